/* trace-marks.c: marks sorted by time. In: what records tell, and the times and labels
 * that a person sets. Out: those of the whole trace, and of each thread by their kind:
 * who shows a lane picks those of its pixels, and looks at no others. */
#include "trace-store-private.h"

static void
insert (GArray *marks, const WeftMark *mark)
{
  guint at = marks->len;

  while (at > 0 && g_array_index (marks, WeftMark, at - 1).time_ns > mark->time_ns)
    at--;
  g_array_insert_val (marks, at, *mark);
}

static GArray *
marks_of (WeftTraceStore *self, guint thread, WeftMarkKind kind)
{
  ThreadEntry *entry = weft_trace_store_entry (self, thread);

  if (entry->marks == NULL)
    entry->marks = g_new0 (ThreadMarks, 1);
  if (entry->marks->of_kind[kind] == NULL)
    entry->marks->of_kind[kind] = g_array_new (FALSE, FALSE, sizeof (WeftMark));
  return entry->marks->of_kind[kind];
}

void
weft_thread_marks_free (ThreadMarks *marks)
{
  for (guint kind = 0; marks != NULL && kind < WEFT_N_THREAD_MARKS; kind++)
    g_clear_pointer (&marks->of_kind[kind], g_array_unref);
  g_free (marks);
}

void
weft_trace_store_add_mark (WeftTraceStore *self, WeftMark mark, const char *text)
{
  gboolean of_trace = mark.thread == WEFT_NO_ID;

  g_return_if_fail (of_trace || mark.kind < WEFT_N_THREAD_MARKS);
  mark.text = text != NULL ? g_string_chunk_insert_const (self->strings, text) : NULL;
  insert (of_trace ? self->trace_marks : marks_of (self, mark.thread, mark.kind), &mark);
  self->memory_bytes += sizeof mark;
}

const WeftMark *
weft_trace_store_get_thread_marks (WeftTraceStore *self, guint thread, WeftMarkKind kind, gsize *n)
{
  const ThreadMarks *marks
      = thread < self->threads->len ? weft_trace_store_entry (self, thread)->marks : NULL;
  GArray *found = marks != NULL && kind < WEFT_N_THREAD_MARKS ? marks->of_kind[kind] : NULL;

  *n = found != NULL ? found->len : 0;
  return found != NULL ? (const WeftMark *)(void *)found->data : NULL;
}

const WeftMark *
weft_trace_store_get_trace_marks (WeftTraceStore *self, gsize *n)
{
  *n = self->trace_marks->len;
  return (const WeftMark *)(void *)self->trace_marks->data;
}

guint64
weft_trace_store_count_lost (WeftTraceStore *self, guint64 from_ns, guint64 to_ns,
                             guint64 *until_ns)
{
  guint64 lost = 0, last_ns = to_ns;

  weft_trace_store_begin_read (self);
  for (guint i = 0; i < self->trace_marks->len; i++)
    {
      const WeftMark *mark = &g_array_index (self->trace_marks, WeftMark, i);

      if (mark->kind != WEFT_MARK_LOST || mark->time_ns < from_ns || mark->start_ns >= to_ns)
        continue;
      lost += mark->value;
      last_ns = MAX (last_ns, mark->time_ns + 1);
    }
  weft_trace_store_end_read (self);
  if (until_ns != NULL)
    *until_ns = last_ns;
  return lost;
}

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
find_in_range (GArray *marks, guint64 from_ns, guint64 to_ns)
{
  guint64 middle = from_ns + (to_ns - from_ns) / 2, least = G_MAXUINT64;
  guint found = marks->len;

  for (guint i = 0; i < marks->len; i++)
    {
      const WeftMark *mark = &g_array_index (marks, WeftMark, i);
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
  guint at;
  gboolean found;

  g_return_val_if_fail (WEFT_IS_TRACE_STORE (self) && from_ns <= to_ns, FALSE);
  g_rw_lock_writer_lock (&self->lock);
  at = find_in_range (self->trace_marks, from_ns, to_ns);
  found = at < self->trace_marks->len;
  if (found)
    {
      g_array_remove_index (self->trace_marks, at);
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
