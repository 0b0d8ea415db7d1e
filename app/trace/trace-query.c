/* trace-query.c: what is known of one slice. In: a thread and a moment. Out: the
 * switch that began it and the waking that ended it, from the chunk's records. */
#include "history.h"
#include "trace-store-private.h"
#include <glib/gi18n.h>

void
weft_trace_store_widen_range (WeftTraceStore *self, guint64 *from_ns, guint64 *to_ns)
{
  weft_trace_store_begin_read (self);
  if (*from_ns <= self->info.start_ns)
    *from_ns = 0;
  if (*to_ns == 0 || *to_ns >= self->edge_ns)
    *to_ns = G_MAXUINT64;
  weft_trace_store_end_read (self);
}

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
  guint8 kind = weft_record_kind (record);

  if (kind == WEFT_SWITCH && record->tid == search->tid && record->time_ns == search->start_ns)
    {
      search->leave = record->sw;
      search->has_leave = TRUE;
    }
  if (kind != WEFT_WAKE || record->wake.woken_tid != search->tid)
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

static gboolean
search_record_cb (const struct weft_record *record, gpointer user_data)
{
  search_record (user_data, record);
  return TRUE;
}

/* The slice, and the runnable one before it, whose beginning is the waking. */
static gboolean
find_slices (WeftTraceStore *self, guint thread_id, guint64 time_ns, WeftSlice *slice,
             WeftSlice *before, guint32 *tid)
{
  const WeftThread *thread;
  gboolean found;

  weft_trace_store_begin_read (self);
  thread = weft_trace_store_get_thread (self, thread_id);
  found = thread != NULL
          && weft_thread_track_slice_at (thread->track, time_ns, self->edge_ns, slice, NULL);
  if (found)
    {
      *tid = weft_thread_tid_at (thread, slice->start_ns);
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

static gboolean
refuse_unknown (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                       _ ("Nothing is known of the thread at this moment."));
  return FALSE;
}

/* The switch that began it and the wakings at both ends of it. */
static gboolean
search_ends (WeftTraceStore *self, Search *search, const WeftSlice *slice, guint64 before_ns,
             GError **error)
{
  search->start_ns = slice->start_ns;
  search->end_ns = slice->end_ns;
  return search_moment (self, search, slice->start_ns, error)
         && search_moment (self, search, slice->end_ns, error)
         && (before_ns == slice->start_ns || search_moment (self, search, before_ns, error));
}

/* Who ended the wait, and when it ran then: the slice behind it is brought back too. */
static gboolean
tell_wake (WeftTraceStore *self, WeftSliceDetails *found, const Search *search, GError **error)
{
  g_autoptr (WeftHold) hold = NULL;

  weft_trace_store_begin_read (self);
  choose_wake (self, found, search);
  weft_trace_store_end_read (self);
  if (!found->has_wake)
    return TRUE;
  hold = weft_history_hold_slice (self, found->thread, found->wake_ns, TRUE, error);
  if (hold == NULL)
    return FALSE;
  weft_trace_store_begin_read (self);
  found->wake_to_run_ns
      = wake_to_run (self, weft_trace_store_get_thread (self, found->thread), found->wake_ns);
  weft_trace_store_end_read (self);
  return TRUE;
}

gboolean
weft_trace_store_find_details (WeftTraceStore *self, guint thread_id, guint64 time_ns,
                               WeftSliceDetails *details, GError **error)
{
  WeftSliceDetails found = { .thread = thread_id, .waker = WEFT_NO_ID };
  g_autoptr (WeftHold) hold = weft_history_hold_slice (self, thread_id, time_ns, TRUE, error);
  g_autoptr (WeftHold) hold_before = NULL;
  Search search = { 0 };
  WeftSlice before;

  if (hold == NULL)
    return FALSE;
  if (!find_slices (self, thread_id, time_ns, &found.slice, &before, &search.tid))
    return refuse_unknown (error);
  hold_before
      = weft_history_hold_slice (self, thread_id,
                                 found.slice.start_ns - MIN (found.slice.start_ns, 1), TRUE, error);
  if (hold_before == NULL)
    return FALSE;
  find_slices (self, thread_id, time_ns, &found.slice, &before, &search.tid);
  if (!search_ends (self, &search, &found.slice, before.start_ns, error))
    return FALSE;
  found.has_call = search.has_leave;
  found.sw = search.leave;
  if (!tell_wake (self, &found, &search, error))
    return FALSE;
  *details = found;
  return TRUE;
}
