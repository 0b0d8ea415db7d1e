/* chunk-model.h: what a chunk's past says about its next record; private to the
 * codec. In: records, as they are written or read. Out: guesses. Encoder and
 * decoder keep the same model and take the same steps, so that most records
 * need no more than "guess number 2 was right". Pure; knows no bytes. */
#pragma once
#include <glib.h>
#include <string.h>
#include "record.h"

G_BEGIN_DECLS

/* Threads and CPUs have dense numbers within a chunk: their order of appearance. */
#define WEFT_MODEL_NONE G_MAXUINT32
#define WEFT_MODEL_IDLE 0 /* the thread with tid 0 is always there */
#define WEFT_MODEL_PENDING 4

/* How a switch left: all of struct weft_switch but who comes. */
typedef struct
{
  guint64 arg;
  gint16 call;
  guint8 flags;
  guint8 how;
  guint8 unused[4];
} WeftDetail;

typedef struct
{
  guint32 tid;
  guint32 successor;   /* who came when it last left */
  guint32 woken[2];    /* whom it woke last, and before that */
  guint32 waker;       /* who woke it last */
  guint32 woken_after; /* whom its waker woke next, last time */
  guint32 task;        /* its last task record in the chunk */
  guint16 cpu;         /* where it last ran */
  WeftDetail detail[2];
} WeftModelThread;

typedef struct
{
  guint16 cpu;
  guint32 current;
  guint32 previous;       /* the last one that left, idle left out */
  guint32 idle_successor; /* who came when the CPU was last idle */
  guint32 irq_woken[2];   /* as a thread's woken, for wakings outside task context */
  guint n_pending;
  guint32 pending[WEFT_MODEL_PENDING]; /* woken or preempted, not yet run; newest last */
} WeftModelCpu;

/* Guesses at the thread that comes. The order is the encoder's order of trial. */
typedef enum
{
  WEFT_NEXT_IDLE,
  WEFT_NEXT_SUCCESSOR,
  WEFT_NEXT_PENDING, /* … + WEFT_MODEL_PENDING − 1: the newest first */
  WEFT_NEXT_PREVIOUS = WEFT_NEXT_PENDING + WEFT_MODEL_PENDING,
  WEFT_NEXT_EXPLICIT,
} WeftNextGuess;

/* Guesses at the thread that is woken. */
typedef enum
{
  WEFT_WOKEN_LAST,
  WEFT_WOKEN_CYCLE,
  WEFT_WOKEN_WAKER,
  WEFT_WOKEN_BEFORE,
  WEFT_WOKEN_PREVIOUS,
  WEFT_WOKEN_EXPLICIT,
} WeftWokenGuess;

typedef struct
{
  WeftModelThread *threads;
  guint n_threads;
  guint threads_capacity;
  WeftModelCpu *cpus;
  guint n_cpus;
  guint32 *slots; /* CPU → its number, or WEFT_MODEL_NONE; n_slots of them */
  guint n_slots;
} WeftModel;

/* @cpus: the CPUs of the chunk; (transfer none) */
void weft_model_init (WeftModel *self, const guint16 *cpus, guint n_cpus);
void weft_model_clear (WeftModel *self);

/* Returns: the new thread's number; pointers to threads are void afterwards */
guint32 weft_model_add_thread (WeftModel *self, guint32 tid);

static inline gboolean
weft_detail_equal (const WeftDetail *a, const WeftDetail *b)
{
  return a->arg == b->arg && a->call == b->call && a->flags == b->flags && a->how == b->how;
}

/* WEFT_MODEL_NONE when the guess names nobody. */
static inline guint32
weft_model_guess_next (const WeftModel *self, const WeftModelCpu *cpu, guint32 thread, guint guess)
{
  guint newest = guess - WEFT_NEXT_PENDING;

  switch (guess)
    {
    case WEFT_NEXT_IDLE:
      return WEFT_MODEL_IDLE;
    case WEFT_NEXT_SUCCESSOR:
      return thread == WEFT_MODEL_IDLE ? cpu->idle_successor : self->threads[thread].successor;
    case WEFT_NEXT_PREVIOUS:
      return cpu->previous;
    default:
      return newest < cpu->n_pending ? cpu->pending[cpu->n_pending - 1 - newest] : WEFT_MODEL_NONE;
    }
}

static inline guint32
weft_model_guess_woken (const WeftModel *self, const WeftModelCpu *cpu, guint32 waker,
                        gboolean in_task, guint guess)
{
  const guint32 *woken = in_task ? self->threads[waker].woken : cpu->irq_woken;

  switch (guess)
    {
    case WEFT_WOKEN_LAST:
      return woken[0];
    case WEFT_WOKEN_BEFORE:
      return woken[1];
    case WEFT_WOKEN_CYCLE:
      return woken[0] == WEFT_MODEL_NONE ? WEFT_MODEL_NONE : self->threads[woken[0]].woken_after;
    case WEFT_WOKEN_WAKER:
      return in_task ? self->threads[waker].waker : WEFT_MODEL_NONE;
    default:
      return cpu->previous;
    }
}

static inline void
weft_model_add_pending (WeftModelCpu *cpu, guint32 thread)
{
  if (cpu->n_pending == WEFT_MODEL_PENDING)
    {
      memmove (cpu->pending, cpu->pending + 1, sizeof cpu->pending - sizeof cpu->pending[0]);
      cpu->n_pending--;
    }
  cpu->pending[cpu->n_pending++] = thread;
}

static inline void
weft_model_remove_pending (WeftModelCpu *cpu, guint32 thread)
{
  for (guint i = cpu->n_pending; i-- > 0;)
    if (cpu->pending[i] == thread)
      {
        for (guint j = i + 1; j < cpu->n_pending; j++)
          cpu->pending[j - 1] = cpu->pending[j];
        cpu->n_pending--;
        return;
      }
}

/* Learns from a switch; every thread must be one of the model's. */
static inline void
weft_model_learn_switch (WeftModel *self, WeftModelCpu *cpu, guint32 thread, guint32 next,
                         const WeftDetail *detail)
{
  WeftModelThread *leaves = &self->threads[thread];
  guint left = detail->how & 0x0f;

  if (thread == WEFT_MODEL_IDLE)
    cpu->idle_successor = next;
  else
    {
      leaves->successor = next;
      cpu->previous = thread;
      if (left == WEFT_LEFT_PREEMPTED || left == WEFT_LEFT_YIELDED)
        weft_model_add_pending (cpu, thread);
    }
  if (!weft_detail_equal (&leaves->detail[0], detail))
    {
      leaves->detail[1] = leaves->detail[0];
      leaves->detail[0] = *detail;
    }
  if (next != WEFT_MODEL_IDLE)
    weft_model_remove_pending (cpu, next);
  self->threads[next].cpu = cpu->cpu;
  cpu->current = next;
}

static inline void
weft_model_learn_wake (WeftModel *self, WeftModelCpu *cpu, guint32 waker, guint32 woken,
                       gboolean in_task, guint16 target_cpu)
{
  guint32 *history = in_task ? self->threads[waker].woken : cpu->irq_woken;

  if (history[0] != WEFT_MODEL_NONE)
    self->threads[history[0]].woken_after = woken;
  if (history[0] != woken)
    {
      history[1] = history[0];
      history[0] = woken;
    }
  if (in_task)
    self->threads[woken].waker = waker;
  self->threads[woken].cpu = target_cpu;
  if (target_cpu < self->n_slots && self->slots[target_cpu] != WEFT_MODEL_NONE)
    weft_model_add_pending (&self->cpus[self->slots[target_cpu]], woken);
}

G_END_DECLS
