/* chunk-model.c: making and unmaking the model of a chunk. In: its CPUs and new
 * threads. Out: their numbers. */
#include "chunk-model.h"
#include <string.h>

void
weft_model_init (WeftModel *self, const guint16 *cpus, guint n_cpus)
{
  *self = (WeftModel){ .n_cpus = n_cpus };
  for (guint i = 0; i < n_cpus; i++)
    self->n_slots = MAX (self->n_slots, cpus[i] + 1u);
  self->slots = g_new (guint32, MAX (self->n_slots, 1));
  memset (self->slots, 0xff, self->n_slots * sizeof *self->slots);
  self->cpus = g_new0 (WeftModelCpu, MAX (n_cpus, 1));
  for (guint i = 0; i < n_cpus; i++)
    {
      WeftModelCpu *cpu = &self->cpus[i];

      cpu->cpu = cpus[i];
      cpu->current = WEFT_MODEL_IDLE;
      cpu->previous = WEFT_MODEL_NONE;
      cpu->idle_successor = WEFT_MODEL_NONE;
      cpu->irq_woken[0] = cpu->irq_woken[1] = WEFT_MODEL_NONE;
      self->slots[cpus[i]] = i;
    }
  weft_model_add_thread (self, 0);
}

void
weft_model_clear (WeftModel *self)
{
  g_clear_pointer (&self->threads, g_free);
  g_clear_pointer (&self->cpus, g_free);
  g_clear_pointer (&self->slots, g_free);
}

guint32
weft_model_add_thread (WeftModel *self, guint32 tid)
{
  WeftModelThread *thread;

  if (self->n_threads == self->threads_capacity)
    {
      self->threads_capacity = MAX (self->threads_capacity * 2, 32);
      self->threads = g_renew (WeftModelThread, self->threads, self->threads_capacity);
    }
  thread = &self->threads[self->n_threads];
  *thread = (WeftModelThread){
    .tid = tid,
    .successor = WEFT_MODEL_NONE,
    .woken = { WEFT_MODEL_NONE, WEFT_MODEL_NONE },
    .waker = WEFT_MODEL_NONE,
    .woken_after = WEFT_MODEL_NONE,
    .task = WEFT_MODEL_NONE,
    .detail = { { .call = WEFT_CALL_NONE }, { .call = WEFT_CALL_NONE } },
  };
  return self->n_threads++;
}
