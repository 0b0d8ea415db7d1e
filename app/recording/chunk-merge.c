/* chunk-merge.c: a binary heap of CPUs by the time of their next record.
 * In: times. Out: an order. A CPU usually stays on top for several records. */
#include "chunk-merge.h"

static void
sift_up (WeftMerge *self, guint i)
{
  WeftMergeHead head = self->heap[i];

  for (; i > 0 && weft_merge_comes_before (&head, &self->heap[(i - 1) / 2]); i = (i - 1) / 2)
    self->heap[i] = self->heap[(i - 1) / 2];
  self->heap[i] = head;
}

void
weft_merge_init (WeftMerge *self, const guint64 *times, const guint *counts, guint n_cpus)
{
  guint place = 0;

  *self = (WeftMerge){ .times = times };
  self->heap = g_new (WeftMergeHead, MAX (n_cpus, 1));
  self->at = g_new (guint, MAX (n_cpus, 1));
  self->end = g_new (guint, MAX (n_cpus, 1));
  for (guint i = 0; i < n_cpus; i++)
    {
      self->at[i] = place;
      self->end[i] = place + counts[i];
      if (counts[i] > 0)
        {
          self->heap[self->n_heads] = (WeftMergeHead){ times[place], i };
          sift_up (self, self->n_heads++);
        }
      place += counts[i];
    }
}

void
weft_merge_clear (WeftMerge *self)
{
  g_clear_pointer (&self->heap, g_free);
  g_clear_pointer (&self->at, g_free);
  g_clear_pointer (&self->end, g_free);
}

gboolean
weft_merge_take (WeftMerge *self, guint32 cpu, guint *place)
{
  guint i = 0;

  while (i < self->n_heads && self->heap[i].cpu != cpu)
    i++;
  if (i == self->n_heads)
    return FALSE;
  *place = self->at[cpu]++;
  if (*place + 1 < self->end[cpu])
    self->heap[i].time_ns = self->times[*place + 1];
  else if (i < --self->n_heads)
    self->heap[i] = self->heap[self->n_heads];
  else
    return TRUE;
  sift_up (self, i);
  weft_merge_sift_down (self, i);
  return TRUE;
}
