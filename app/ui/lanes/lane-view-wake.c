/* lane-view-wake.c: who woke whom, in the lane view. In: the selected slice, and
 * records that may have to come from the file, so a worker reads them. Out: the
 * arrow from the waker, and steps along the wake-up chain. */
#include "lane-view-private.h"
#include "slice-facts.h"

/* How far ahead the next waking is looked for. */
#define AHEAD_NS (G_GUINT64_CONSTANT (10000000000))

static GCancellable *
ask_anew (GCancellable **asking)
{
  if (*asking != NULL)
    g_cancellable_cancel (*asking);
  g_clear_object (asking);
  return *asking = g_cancellable_new ();
}

/* --- the arrow ---------------------------------------------------------- */

static gboolean
row_middle (WeftLaneView *self, guint thread, double *y)
{
  GHashTableIter iter;
  gpointer row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &row, NULL))
    {
      WeftLaneItem *item = weft_lane_row_get_item (row);
      double x;

      if (item != NULL && weft_lane_item_get_lane (item)->thread == thread)
        return gtk_widget_translate_coordinates (row, self->area, 0,
                                                 gtk_widget_get_height (row) / 2.0, &x, y);
    }
  return FALSE;
}

static void
place_arrow (WeftLaneView *self)
{
  double from_y = 0, to_y = 0;
  gboolean shown = self->arrow_waker != WEFT_NO_ID && row_middle (self, self->arrow_waker, &from_y)
                   && row_middle (self, self->arrow_thread, &to_y);

  weft_lane_overlay_set_arrow (self->overlay, shown, self->arrow_ns, from_y, to_y);
}

static gboolean
place_arrow_cb (gpointer user_data)
{
  WeftLaneView *self = user_data;

  self->placing_arrow = 0;
  place_arrow (self);
  return G_SOURCE_REMOVE;
}

void
weft_lane_view_place_arrow (WeftLaneView *self)
{
  if (self->placing_arrow == 0)
    self->placing_arrow = g_idle_add_full (G_PRIORITY_LOW, place_arrow_cb, self, NULL);
}

static void
waker_found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftLaneView) self = user_data;
  g_autoptr (WeftSliceFacts) facts = weft_slice_facts_find_finish (result, NULL);

  if (facts == NULL || WEFT_TRACE_STORE (source) != self->store || !facts->details.has_wake)
    return;
  self->arrow_waker = facts->details.waker;
  self->arrow_thread = facts->details.thread;
  self->arrow_ns = facts->details.wake_ns;
  place_arrow (self);
}

/* The arrow of the selected slice, when both lanes are on screen. */
void
weft_lane_view_show_waker (WeftLaneView *self)
{
  GCancellable *cancellable = ask_anew (&self->arrow_asking);
  guint thread;
  guint64 time;

  self->arrow_waker = WEFT_NO_ID;
  weft_lane_overlay_set_arrow (self->overlay, FALSE, 0, 0, 0);
  if (self->store != NULL && weft_view_state_get_selected_slice (self->state, &thread, &time))
    weft_slice_facts_find_async (self->store, thread, time, cancellable, waker_found_cb,
                                 g_object_ref (self));
}

/* --- the chain ---------------------------------------------------------- */

typedef struct
{
  GArray *threads; /* those that have lanes: one can only go there */
  guint thread;
  guint64 time_ns;
  gboolean back;
  guint32 waker_tid;
  WeftTraceStore *store;
  guint to; /* the answer, WEFT_NO_ID: there is none */
  guint64 when_ns;
} Step;

static void
step_free (gpointer data)
{
  Step *step = data;

  g_array_unref (step->threads);
  g_free (step);
}

static gboolean
has_lane (const Step *step, guint thread)
{
  for (guint i = 0; i < step->threads->len; i++)
    if (g_array_index (step->threads, guint, i) == thread)
      return TRUE;
  return FALSE;
}

/* The first waking by the thread ends the search. */
static gboolean
woken_cb (const struct weft_record *record, gpointer user_data)
{
  Step *step = user_data;
  guint woken;

  if (record->kind != WEFT_WAKE || record->tid != step->waker_tid
      || record->wake.context != WEFT_CONTEXT_TASK || record->time_ns < step->time_ns)
    return TRUE;
  weft_trace_store_begin_read (step->store);
  woken = weft_trace_store_find_thread (step->store, record->wake.woken_tid, record->time_ns);
  weft_trace_store_end_read (step->store);
  if (!has_lane (step, woken))
    return TRUE;
  step->to = woken;
  step->when_ns = record->time_ns;
  return FALSE;
}

static void
find_step (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Step *step = data;
  WeftSliceDetails details;
  const WeftThread *thread;

  step->store = source;
  weft_trace_store_begin_read (step->store);
  thread = weft_trace_store_get_thread (step->store, step->thread);
  step->waker_tid = thread != NULL ? thread->tid : 0;
  weft_trace_store_end_read (step->store);
  if (!step->back)
    {
      weft_trace_store_foreach_record (step->store, step->time_ns, step->time_ns + AHEAD_NS,
                                       woken_cb, step, cancellable, NULL);
    }
  else if (weft_trace_store_find_details (step->store, step->thread, step->time_ns, &details, NULL)
           && details.has_wake && has_lane (step, details.waker))
    {
      step->to = details.waker;
      step->when_ns = details.wake_ns;
    }
  g_task_return_boolean (task, TRUE);
}

static void
step_found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftLaneView) self = user_data;
  const Step *step = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), NULL) || step->to == WEFT_NO_ID
      || WEFT_TRACE_STORE (source) != self->store)
    return;
  weft_view_state_select_slice (self->state, step->to, step->when_ns);
  weft_lane_view_reveal (self, step->when_ns);
  weft_lane_view_show_waker (self);
}

void
weft_lane_view_follow_wake (WeftLaneView *self, int direction)
{
  g_autoptr (GTask) task = NULL;
  Step *step;
  guint thread;
  guint64 time;

  if (self->store == NULL || !weft_view_state_get_selected_slice (self->state, &thread, &time))
    return;
  task = g_task_new (self->store, ask_anew (&self->walking), step_found_cb, g_object_ref (self));
  step = g_new0 (Step, 1);
  *step = (Step){ .threads = weft_lane_view_get_threads (self),
                  .thread = thread,
                  .time_ns = time,
                  .back = direction < 0,
                  .to = WEFT_NO_ID };
  g_task_set_task_data (task, step, step_free);
  g_task_run_in_thread (task, find_step);
}
