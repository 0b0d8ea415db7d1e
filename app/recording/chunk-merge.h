/* chunk-merge.h: the records of all CPUs in the order of their times; private to
 * the codec. In: a run of times for each CPU. Out: whose record comes next. Pure. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 time_ns;
  guint32 cpu;
} WeftMergeHead;

typedef struct
{
  WeftMergeHead *heap; /* the CPUs that have records left, the earliest on top */
  guint n_heads;
  guint *at; /* for each CPU, the place of its next record in times */
  guint *end;
  const guint64 *times; /* CPU by CPU; not owned */
} WeftMerge;

/* @counts: of records, for each CPU; their sum is the number of @times */
void weft_merge_init (WeftMerge *self, const guint64 *times, const guint *counts, guint n_cpus);
void weft_merge_clear (WeftMerge *self);

/* Of equal times, the lower number comes first. Some CPU must have a record left. */
static inline guint32
weft_merge_peek (const WeftMerge *self)
{
  return self->heap[0].cpu;
}

static inline gboolean
weft_merge_comes_before (const WeftMergeHead *a, const WeftMergeHead *b)
{
  return a->time_ns < b->time_ns || (a->time_ns == b->time_ns && a->cpu < b->cpu);
}

static inline void
weft_merge_sift_down (WeftMerge *self, guint i)
{
  WeftMergeHead head = self->heap[i];

  for (guint child; (child = 2 * i + 1) < self->n_heads; i = child)
    {
      if (child + 1 < self->n_heads
          && weft_merge_comes_before (&self->heap[child + 1], &self->heap[child]))
        child++;
      if (!weft_merge_comes_before (&self->heap[child], &head))
        break;
      self->heap[i] = self->heap[child];
    }
  self->heap[i] = head;
}

/* The place of the top CPU's next record in times, and steps behind it. */
static inline guint
weft_merge_take_top (WeftMerge *self)
{
  guint32 cpu = self->heap[0].cpu;
  guint place = self->at[cpu]++;

  if (place + 1 < self->end[cpu])
    self->heap[0].time_ns = self->times[place + 1];
  else
    self->heap[0] = self->heap[--self->n_heads];
  weft_merge_sift_down (self, 0);
  return place;
}

/* The same for a CPU that is not on top. FALSE when it has no record left. */
gboolean weft_merge_take (WeftMerge *self, guint32 cpu, guint *place);

G_END_DECLS
