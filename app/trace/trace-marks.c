/* trace-marks.c: the marks that a person sets. In: times and labels. Out: marks of
 * the whole trace among those that records left, sorted with them. */
#include "trace-store-private.h"

void
weft_trace_store_add_user_mark (WeftTraceStore *self, guint64 time_ns, const char *label)
{
  const WeftMark mark
      = { .time_ns = time_ns, .start_ns = time_ns, .thread = WEFT_NO_ID, .kind = WEFT_MARK_USER };

  g_return_if_fail (WEFT_IS_TRACE_STORE (self));
  g_rw_lock_writer_lock (&self->lock);
  weft_trace_store_add_mark (self, mark, label);
  self->user_marks_generation++;
  self->generation++;
  g_rw_lock_writer_unlock (&self->lock);
}

/* The one that is nearest to the middle of the range, or the number of marks. */
static guint
find_in_range (WeftTraceStore *self, guint64 from_ns, guint64 to_ns)
{
  guint64 middle = from_ns + (to_ns - from_ns) / 2, least = G_MAXUINT64;
  guint found = self->marks->len;

  for (guint i = 0; i < self->marks->len; i++)
    {
      const WeftMark *mark = &g_array_index (self->marks, WeftMark, i);
      guint64 distance = mark->time_ns > middle ? mark->time_ns - middle : middle - mark->time_ns;

      if (mark->kind != WEFT_MARK_USER || mark->time_ns < from_ns || mark->time_ns > to_ns
          || distance >= least)
        continue;
      least = distance;
      found = i;
    }
  return found;
}

gboolean
weft_trace_store_remove_user_mark (WeftTraceStore *self, guint64 from_ns, guint64 to_ns)
{
  gboolean found;
  guint at;

  g_return_val_if_fail (WEFT_IS_TRACE_STORE (self) && from_ns <= to_ns, FALSE);
  g_rw_lock_writer_lock (&self->lock);
  at = find_in_range (self, from_ns, to_ns);
  found = at < self->marks->len;
  if (found)
    {
      g_array_remove_index (self->marks, at);
      self->user_marks_generation++;
      self->generation++;
    }
  g_rw_lock_writer_unlock (&self->lock);
  return found;
}

guint64
weft_trace_store_get_user_marks_generation (WeftTraceStore *self)
{
  return self->user_marks_generation;
}
