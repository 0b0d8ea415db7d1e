/* trace-late.c: a change belongs to the chunk whose time it is in. In: changes, in order or
 * late. Out: tracks; and of each chunk, which threads its own records do not tell alone. */
#include "history-private.h"

/* Whether the chunk and all behind it are in memory: else what comes late for it is
 * counted, and its tracks stay as they were. */
static gboolean
can_be_changed (WeftTraceStore *self, guint number)
{
  for (guint i = self->chunks->len; i-- > number;)
    if (weft_history_get (self, i)->threads == NULL)
      return FALSE;
  return TRUE;
}

static void
note_thread (HistoryChunk *chunk, guint thread)
{
  guint low = 0, high = chunk->threads->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (chunk->threads, guint, middle) < thread)
        low = middle + 1;
      else
        high = middle;
    }
  if (low == chunk->threads->len || g_array_index (chunk->threads, guint, low) != thread)
    g_array_insert_val (chunk->threads, low, thread);
}

static void
note_dirty (WeftTraceStore *self, guint from)
{
  for (guint i = from; i < self->chunks->len; i++)
    weft_history_get (self, i)->dirty = TRUE;
  self->dirty_from = MIN (self->dirty_from, from);
}

void
weft_trace_store_note_rewrite (WeftTraceStore *self, guint64 from_ns)
{
  if (from_ns < self->open_begin_ns)
    weft_rewrites_note (&self->rewrites, self->generation + 1, from_ns);
}

static void
note_late (WeftTraceStore *self, guint number, guint thread)
{
  HistoryChunk *chunk = weft_history_get (self, number);

  weft_history_restate (chunk, thread);
  note_thread (chunk, thread);
}

/* The open chunk will restate it. */
static void
note_open (WeftTraceStore *self, ThreadEntry *entry)
{
  entry->restated_in = self->chunks->len + 1;
}

static gboolean
is_open (WeftTraceStore *self, guint64 time_ns)
{
  return time_ns >= self->open_begin_ns;
}

/* Its time is over: FALSE when it cannot be put there any more. */
static gboolean
insert_sealed (WeftTraceStore *self, ThreadEntry *entry, guint64 time_ns, WeftState state,
               guint16 cpu)
{
  WeftThreadTrack *track = entry->machine.public.track;
  guint number = weft_history_find (self, time_ns);

  if (!can_be_changed (self, number)
      || !weft_thread_track_insert (track, number, time_ns, state, cpu))
    return FALSE;
  note_late (self, number, entry->machine.public.id);
  note_dirty (self, number);
  weft_trace_store_note_rewrite (self, time_ns);
  return TRUE;
}

/* What cannot be put where it belongs counts from the open chunk's begin on. */
static void
append_late (WeftTraceStore *self, ThreadEntry *entry, WeftState state, guint16 cpu)
{
  weft_thread_track_append (entry->machine.public.track, self->chunks->len, self->open_begin_ns,
                            state, cpu);
  note_open (self, entry);
}

void
weft_trace_store_change (WeftTraceStore *self, ThreadEntry *entry, guint64 time_ns, WeftState state,
                         guint16 cpu)
{
  WeftThreadTrack *track = entry->machine.public.track;
  const WeftTrackBefore last = weft_thread_track_get_last (track);

  if (self->restoring || (state == last.state && cpu == last.cpu))
    return;
  if (time_ns < last.since_ns)
    {
      time_ns = last.since_ns;
      note_open (self, entry);
    }
  if (is_open (self, time_ns))
    weft_thread_track_append (track, self->chunks->len, time_ns, state, cpu);
  else if (!insert_sealed (self, entry, time_ns, state, cpu))
    append_late (self, entry, state, cpu);
}

void
weft_trace_store_replace (WeftTraceStore *self, ThreadEntry *entry, guint64 time_ns,
                          WeftState state, guint16 cpu)
{
  if (self->restoring)
    return;
  if (is_open (self, time_ns))
    weft_thread_track_insert (entry->machine.public.track, self->chunks->len, time_ns, state, cpu);
  else
    insert_sealed (self, entry, time_ns, state, cpu);
}

void
weft_trace_store_insert (WeftTraceStore *self, ThreadEntry *entry, guint64 time_ns, WeftState state,
                         guint16 cpu)
{
  note_open (self, entry);
  weft_trace_store_replace (self, entry, time_ns, state, cpu);
}

/* What the thread did in chunks from there on will be forgotten. */
static void
note_drops (WeftTraceStore *self, ThreadEntry *entry, guint from)
{
  for (guint i = from; i < self->chunks->len; i++)
    if (weft_thread_track_has_segment (entry->machine.public.track, i))
      note_late (self, i, entry->machine.public.id);
}

void
weft_trace_store_cut (WeftTraceStore *self, ThreadEntry *entry, guint64 time_ns, WeftState state,
                      guint16 cpu)
{
  WeftThreadTrack *track = entry->machine.public.track;
  guint number;

  if (self->restoring)
    return;
  /* what is no longer in memory stays as it was told */
  for (number = self->chunks->len;
       number > 0 && weft_history_get (self, number - 1)->threads != NULL
       && (number == self->chunks->len || weft_history_get (self, number)->begin_ns > time_ns);
       number--)
    ;
  if (number < self->chunks->len)
    time_ns = MAX (time_ns, weft_history_get (self, number)->begin_ns);
  if (is_open (self, time_ns))
    {
      weft_thread_track_cut (track, self->chunks->len, time_ns, state, cpu);
      return;
    }
  if (number == self->chunks->len)
    {
      weft_thread_track_cut (track, self->chunks->len, self->open_begin_ns, state, cpu);
      append_late (self, entry, state, cpu);
      return;
    }
  number = weft_history_find (self, time_ns);
  time_ns = MAX (time_ns, weft_thread_track_get_start (track));
  note_drops (self, entry, number);
  note_late (self, number, entry->machine.public.id);
  weft_thread_track_cut (track, number, time_ns, state, cpu);
  note_open (self, entry);
  note_dirty (self, number);
  weft_trace_store_note_rewrite (self, time_ns);
}
