/* lane-worker.c: see the header. The thread reads the store in one short read
 * section a lane and touches no widget; items are only passed along. */
#include "lane-worker.h"
#include "draw/state-label.h"
#include "trace/process-words.h"
#include <glib/gi18n.h>

/* What takes longer brings back history, as a rule. */
#define SLOW_US 250000

typedef struct
{
  WeftLaneWorker *worker;
  WeftTraceStore *store;
  WeftLaneWish wish;
  GCancellable *cancellable;
  GPtrArray *items;  /* WeftLaneItem */
  GArray *lanes;     /* WeftLane, as the items had them */
  GPtrArray *frames; /* WeftLaneFrame, one for each item */
  gpointer marks;    /* of the range, shared by the frames */
} Job;

struct _WeftLaneWorker
{
  GThreadPool *pool;
  GFunc done;
  gpointer user_data;
  Job *next;    /* wished while another was being made */
  Job *at_hand; /* NULL: none is being made */
  gint64 since_us;
  gboolean gone; /* freed while a job was at hand */
};

static void
job_free (Job *job)
{
  if (job == NULL)
    return;
  g_object_unref (job->store);
  g_object_unref (job->cancellable);
  g_ptr_array_unref (job->items);
  g_array_unref (job->lanes);
  g_ptr_array_unref (job->frames);
  g_clear_pointer (&job->marks, weft_shared_marks_unref);
  g_free (job);
}

static void
free_if_gone (WeftLaneWorker *self)
{
  if (self->gone && self->at_hand == NULL)
    g_free (self);
}

static void
push (WeftLaneWorker *self, Job *job)
{
  self->at_hand = job;
  self->since_us = g_get_monotonic_time ();
  g_thread_pool_push (self->pool, job, NULL);
}

static void
show_frames (const Job *job)
{
  if (g_cancellable_is_cancelled (job->cancellable))
    return; /* they may not be whole */
  for (guint i = 0; i < job->items->len; i++)
    weft_lane_item_set_frame (g_ptr_array_index (job->items, i),
                              g_ptr_array_index (job->frames, i));
}

static gboolean
deliver_cb (gpointer user_data)
{
  Job *job = user_data;
  WeftLaneWorker *self = job->worker;

  self->at_hand = NULL;
  if (!self->gone)
    {
      show_frames (job);
      if (self->next != NULL)
        push (self, g_steal_pointer (&self->next));
      self->done (NULL, self->user_data);
    }
  job_free (job);
  free_if_gone (self);
  return G_SOURCE_REMOVE;
}

static char *
describe_group (WeftTraceStore *store, const WeftProcess *process, guint n_threads,
                const WeftShares *total, guint64 range_ns)
{
  return weft_process_describe (process, n_threads,
                                (double)total->ns[WEFT_STATE_RUNNING] / (double)range_ns,
                                (double)total->ns[WEFT_STATE_UNKNOWN] / (double)range_ns,
                                weft_trace_store_get_info (store)->n_cpus, process->end_ns != 0);
}

/* Who the lane is, copied in a read section. */
static void
name_frame (WeftTraceStore *store, const WeftLane *lane, const WeftShares *total, guint64 range_ns,
            WeftLaneFrame *frame)
{
  WeftProcessTable *table = weft_trace_store_get_processes (store);
  const WeftProcess *process = weft_process_table_get (table, lane->process);
  const WeftThread *thread = weft_trace_store_get_thread (store, lane->thread);

  frame->edge_ns = weft_trace_store_get_edge (store);
  if (thread != NULL)
    {
      frame->name = g_strdup (thread->name);
      frame->detail = g_strdup_printf ("%u", thread->tid);
      frame->birth_ns = thread->birth_ns;
      frame->death_ns = thread->death_ns;
      frame->last_state = weft_thread_track_get_last (thread->track).state;
    }
  else if (process != NULL)
    {
      frame->name = g_strdup (process->name);
      frame->detail = describe_group (store, process, lane->n_threads, total, range_ns);
      frame->death_ns = process->end_ns;
    }
}

/* (transfer full) */
static guint *
threads_of (WeftTraceStore *store, const WeftLane *lane, guint *n)
{
  const guint *of_process;
  guint *threads;

  *n = 1;
  if (lane->thread != WEFT_NO_ID)
    return g_memdup2 (&lane->thread, sizeof lane->thread);
  weft_trace_store_begin_read (store);
  of_process = weft_trace_store_get_threads_of (store, lane->process, n);
  threads = g_memdup2 (of_process, *n * sizeof (guint));
  weft_trace_store_end_read (store);
  return threads;
}

static WeftLaneLook
look_of (const WeftLaneWish *wish)
{
  double scale = wish->device_scale;

  return (WeftLaneLook){ .palette = weft_palette_get (wish->scheme),
                         .height = (int)(wish->metrics.lane_height * scale),
                         .box_top = (int)(wish->metrics.box_top * scale),
                         .box_height = (int)(wish->metrics.box_height * scale),
                         .scale = scale };
}

static void
show_tiles (const Job *job, WeftLaneTiles *tiles, const guint *threads, guint n,
            WeftLaneFrame *frame)
{
  const WeftLaneWish *wish = &job->wish;
  const WeftLaneLook look = look_of (wish);

  frame->tiles = weft_lane_tiles_get (tiles, job->store, threads, n, &look, &wish->grid,
                                      wish->first_column, wish->grid.width_px, job->cancellable);
  frame->boxes = weft_lane_tiles_join_boxes (frame->tiles, wish->first_column, wish->grid.width_px);
}

static WeftLaneFrame *
make_frame (const Job *job, const WeftLane *lane, WeftLaneTiles *tiles)
{
  const WeftLaneWish *wish = &job->wish;
  WeftLaneFrame *frame = weft_lane_frame_new ();
  guint n;
  g_autofree guint *threads = threads_of (job->store, lane, &n);

  frame->grid = wish->grid;
  frame->first_column = wish->first_column;
  frame->scale = wish->scale;
  if (lane->thread != WEFT_NO_ID || !lane->expanded)
    show_tiles (job, tiles, threads, n, frame);
  frame->total = weft_lane_total_in_view (job->store, threads, n, &wish->scale, job->cancellable);
  weft_trace_store_begin_read (job->store);
  name_frame (job->store, lane, &frame->total, wish->scale.to_ns - wish->scale.from_ns, frame);
  weft_trace_store_end_read (job->store);
  weft_lane_frame_share_marks (frame, job->marks);
  return frame;
}

static void
take_marks (Job *job)
{
  WeftLaneMarks *lane_marks;
  const WeftMark *marks;
  gsize n;

  weft_trace_store_begin_read (job->store);
  marks = weft_trace_store_get_trace_marks (job->store, &n);
  lane_marks = weft_lane_marks_new (marks, n, &job->wish.scale);
  for (guint i = 0; i < job->lanes->len; i++)
    weft_lane_marks_add_thread (lane_marks, job->store,
                                g_array_index (job->lanes, WeftLane, i).thread, &job->wish.scale);
  weft_lane_marks_add_gaps (lane_marks, marks, n, &job->wish.scale);
  job->marks = weft_shared_marks_new (lane_marks);
  weft_trace_store_end_read (job->store);
}

static void
work (gpointer data, gpointer unused)
{
  Job *job = data;

  take_marks (job);
  for (guint i = 0; i < job->lanes->len && !g_cancellable_is_cancelled (job->cancellable); i++)
    g_ptr_array_add (job->frames,
                     make_frame (job, &g_array_index (job->lanes, WeftLane, i),
                                 weft_lane_item_get_tiles (g_ptr_array_index (job->items, i))));
  g_main_context_invoke_full (NULL, GDK_PRIORITY_EVENTS, deliver_cb, job, NULL);
}

WeftLaneWorker *
weft_lane_worker_new (GFunc done, gpointer user_data)
{
  WeftLaneWorker *self = g_new0 (WeftLaneWorker, 1);

  self->pool = g_thread_pool_new (work, NULL, 1, FALSE, NULL);
  self->done = done;
  self->user_data = user_data;
  return self;
}

void
weft_lane_worker_free (WeftLaneWorker *self)
{
  if (self == NULL)
    return;
  weft_lane_worker_cancel (self);
  g_thread_pool_free (self->pool, FALSE, FALSE);
  self->gone = TRUE;
  free_if_gone (self);
}

void
weft_lane_worker_cancel (WeftLaneWorker *self)
{
  g_clear_pointer (&self->next, job_free);
  if (self->at_hand != NULL)
    g_cancellable_cancel (self->at_hand->cancellable);
}

void
weft_lane_worker_request (WeftLaneWorker *self, WeftTraceStore *store, const WeftLaneWish *wish,
                          GPtrArray *items)
{
  Job *job = g_new0 (Job, 1);

  job->worker = self;
  job->store = g_object_ref (store);
  job->cancellable = g_cancellable_new ();
  job->wish = *wish;
  job->items = g_ptr_array_ref (items);
  job->lanes = g_array_sized_new (FALSE, FALSE, sizeof (WeftLane), items->len);
  job->frames = g_ptr_array_new_with_free_func ((GDestroyNotify)weft_lane_frame_unref);
  for (guint i = 0; i < items->len; i++)
    g_array_append_val (job->lanes, *weft_lane_item_get_lane (g_ptr_array_index (items, i)));
  if (self->at_hand == NULL)
    {
      push (self, job);
      return;
    }
  g_clear_pointer (&self->next, job_free);
  self->next = job;
}

gboolean
weft_lane_worker_is_busy (WeftLaneWorker *self)
{
  return self->at_hand != NULL;
}

gboolean
weft_lane_worker_is_slow (WeftLaneWorker *self)
{
  return self->at_hand != NULL && g_get_monotonic_time () - self->since_us > SLOW_US;
}
