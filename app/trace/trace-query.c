/* trace-query.c: what is known of one slice. In: a thread and a moment. Out: the
 * switch that began it and the waking that ended it, from the chunk's records. */
#include "trace-store-private.h"
#include <string.h>

/* What the records around a slice are searched for. */
typedef struct
{
  guint32 tid;
  guint64 start_ns, end_ns;
  gboolean has_leave, has_wake, has_start_wake;
  struct weft_switch leave;      /* it left its CPU at start_ns */
  struct weft_record wake;       /* the waking at end_ns */
  struct weft_record start_wake; /* the last waking at or before start_ns */
} Search;

static void
search_record (Search *search, const struct weft_record *record)
{
  if (record->kind == WEFT_SWITCH && record->tid == search->tid
      && record->time_ns == search->start_ns)
    {
      search->leave = record->sw;
      search->has_leave = TRUE;
    }
  if (record->kind != WEFT_WAKE || record->wake.woken_tid != search->tid)
    return;
  if (record->time_ns <= search->start_ns)
    {
      search->start_wake = *record;
      search->has_start_wake = TRUE;
    }
  if (record->time_ns == search->end_ns)
    {
      search->wake = *record;
      search->has_wake = TRUE;
    }
}

static void
search_bytes (Search *search, const guint8 *data, gsize bytes)
{
  gsize offset = 0;

  while (offset < bytes)
    {
      const struct weft_record *record = (const void *)(data + offset);

      search_record (search, record);
      offset += (gsize)record->units * WEFT_UNIT_BYTES;
    }
}

static gboolean
overlaps (guint64 first, guint64 last, const Search *search)
{
  return first <= search->end_ns && last >= search->start_ns;
}

/* Every chunk that may hold the slice's ends; FALSE when one is not in memory. */
static gboolean
search_chunks (WeftTraceStore *self, Search *search, guint *absent)
{
  for (guint i = 0; i < self->chunks->len; i++)
    {
      const WeftChunk *chunk = g_ptr_array_index (self->chunks, i);
      gsize bytes;
      const guint8 *data;
      gboolean holds_start
          = chunk->first_ns <= search->start_ns && chunk->last_ns >= search->start_ns;
      gboolean holds_end = chunk->first_ns <= search->end_ns && chunk->last_ns >= search->end_ns;

      if (chunk->n_records == 0 || (!holds_start && !holds_end))
        continue;
      if (chunk->records == NULL)
        {
          if (absent != NULL)
            *absent = i;
          return FALSE;
        }
      data = g_bytes_get_data (chunk->records, &bytes);
      search_bytes (search, data, bytes);
    }
  if (self->open_n > 0 && !self->replaying
      && overlaps (self->open_first_ns, self->open_last_ns, search))
    search_bytes (search, self->open_records->data, self->open_bytes);
  return TRUE;
}

static void
take_wake (WeftTraceStore *self, WeftSliceDetails *details, const struct weft_record *wake)
{
  details->has_wake = TRUE;
  details->wake_ns = wake->time_ns;
  details->waker_context = wake->wake.context;
  details->waker
      = wake->wake.context == WEFT_CONTEXT_TASK && wake->tid != 0 && wake->tid != WEFT_TID_OTHER
            ? weft_trace_store_find_thread (self, wake->tid, wake->time_ns)
            : WEFT_NO_ID;
}

/* From the waking to the moment it ran: the runnable slice that holds it. */
static guint64
wake_to_run (WeftTraceStore *self, const WeftThread *thread, guint64 wake_ns)
{
  WeftSlice slice;

  if (!weft_thread_track_slice_at (thread->track, wake_ns, self->edge_ns, &slice, NULL)
      || slice.state != WEFT_STATE_RUNNABLE || slice.end_ns >= self->edge_ns)
    return 0;
  return slice.end_ns - wake_ns;
}

/* Which waking belongs to the slice, by the state it is in. */
static void
choose_wake (WeftTraceStore *self, WeftSliceDetails *details, const Search *search)
{
  WeftState state = details->slice.state;

  if (state == WEFT_STATE_RUNNING || state == WEFT_STATE_RUNNABLE)
    {
      if (search->has_start_wake
          && (state == WEFT_STATE_RUNNING || search->start_wake.time_ns == details->slice.start_ns))
        take_wake (self, details, &search->start_wake);
    }
  else if (search->has_wake)
    {
      take_wake (self, details, &search->wake);
    }
}

gboolean
weft_trace_store_get_details (WeftTraceStore *self, guint thread_id, guint64 time_ns,
                              WeftSliceDetails *details, guint *absent)
{
  const WeftThread *thread = weft_trace_store_get_thread (self, thread_id);
  WeftSliceDetails found = { .thread = thread_id, .waker = WEFT_NO_ID };
  Search search = { 0 };

  if (thread == NULL
      || !weft_thread_track_slice_at (thread->track, time_ns, self->edge_ns, &found.slice, absent))
    return FALSE;
  search.tid = thread->tid;
  search.start_ns = found.slice.start_ns;
  search.end_ns = found.slice.end_ns;
  if (!search_chunks (self, &search, absent))
    return FALSE;
  found.has_call = search.has_leave;
  found.sw = search.leave;
  choose_wake (self, &found, &search);
  if (found.has_wake)
    found.wake_to_run_ns = wake_to_run (self, thread, found.wake_ns);
  *details = found;
  return TRUE;
}

/* --- with history that left memory -------------------------------------- */

static gboolean
search_record_cb (const struct weft_record *record, gpointer user_data)
{
  search_record (user_data, record);
  return TRUE;
}

/* The slice, and the runnable one before it, whose beginning is the waking. */
static gboolean
find_slices (WeftTraceStore *self, guint thread_id, guint64 time_ns, WeftSlice *slice,
             WeftSlice *before, guint32 *tid, guint *absent)
{
  const WeftThread *thread;
  gboolean found;

  weft_trace_store_begin_read (self);
  thread = weft_trace_store_get_thread (self, thread_id);
  found = thread != NULL
          && weft_thread_track_slice_at (thread->track, time_ns, self->edge_ns, slice, absent);
  if (found)
    {
      *tid = thread->tid;
      *before = *slice;
      if (slice->state == WEFT_STATE_RUNNING && slice->start_ns > 0)
        weft_thread_track_slice_at (thread->track, slice->start_ns - 1, self->edge_ns, before,
                                    NULL);
    }
  weft_trace_store_end_read (self);
  return found;
}

static gboolean
search_moment (WeftTraceStore *self, Search *search, guint64 time_ns, GError **error)
{
  return weft_trace_store_foreach_record (self, time_ns, time_ns + 1, search_record_cb, search,
                                          NULL, error);
}

gboolean
weft_trace_store_find_details (WeftTraceStore *self, guint thread_id, guint64 time_ns,
                               WeftSliceDetails *details, GError **error)
{
  WeftSliceDetails found = { .thread = thread_id, .waker = WEFT_NO_ID };
  Search search = { 0 };
  WeftSlice before;
  guint absent = WEFT_NO_ID;
  const WeftThread *thread;

  if (!find_slices (self, thread_id, time_ns, &found.slice, &before, &search.tid, &absent)
      && (absent == WEFT_NO_ID || !weft_trace_store_load_chunk (self, absent, error)
          || !find_slices (self, thread_id, time_ns, &found.slice, &before, &search.tid, NULL)))
    {
      if (error != NULL && *error == NULL)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                     "nothing is known of the thread at this moment");
      return FALSE;
    }
  search.start_ns = found.slice.start_ns;
  search.end_ns = found.slice.end_ns;
  if (!search_moment (self, &search, found.slice.start_ns, error)
      || !search_moment (self, &search, found.slice.end_ns, error)
      || (before.start_ns != found.slice.start_ns
          && !search_moment (self, &search, before.start_ns, error)))
    return FALSE;
  weft_trace_store_begin_read (self);
  thread = weft_trace_store_get_thread (self, thread_id);
  found.has_call = search.has_leave;
  found.sw = search.leave;
  choose_wake (self, &found, &search);
  if (found.has_wake)
    found.wake_to_run_ns = wake_to_run (self, thread, found.wake_ns);
  weft_trace_store_end_read (self);
  *details = found;
  return TRUE;
}
