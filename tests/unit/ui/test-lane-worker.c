/* test-lane-worker.c: who does not want a picture any more does not wait for it. In:
 * lanes over history that comes back only when the test lets it. Out: who waits. */
#include "lane-worker.h"
#include "synthetic.h"

#define START (G_GUINT64_CONSTANT (5000) * 1000000000)
#define N_RECORDS 600000

typedef struct
{
  WeftTraceStore *store;
  GPtrArray *records; /* GBytes by chunk */
  GPtrArray *items;   /* WeftLaneItem */
  WeftLaneWish wish;
  guint n_done;

  GMutex lock;
  GCond changed;
  gboolean asked; /* somebody waits for history */
  gboolean open;  /* it may come */
  guint n_fetched;
  gint gone;
} Fixture;

static void
keep_cb (WeftTraceStore *store, WeftChunk *chunk, gpointer user_data)
{
  Fixture *self = user_data;

  if (chunk->records != NULL)
    g_ptr_array_add (self->records, g_bytes_ref (chunk->records));
}

static GBytes *
fetch_cb (guint chunk, gpointer user_data, GError **error)
{
  Fixture *self = user_data;

  g_mutex_lock (&self->lock);
  self->asked = TRUE;
  self->n_fetched++;
  g_cond_broadcast (&self->changed);
  while (!self->open)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
  return g_bytes_ref (g_ptr_array_index (self->records, chunk));
}

/* Nobody fetches any more. */
static void
gone_cb (gpointer user_data)
{
  g_atomic_int_set (&((Fixture *)user_data)->gone, TRUE);
}

static void
wait_until_asked (Fixture *self)
{
  g_mutex_lock (&self->lock);
  while (!self->asked)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
}

static void
let_history_come (Fixture *self)
{
  g_mutex_lock (&self->lock);
  self->open = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
record (Fixture *self)
{
  const SyntheticMachine machine = { .n_cpus = 2,
                                     .n_processes = 2,
                                     .threads_per_process = 3,
                                     .mean_run_ns = 20000,
                                     .seed = 5,
                                     .start_ns = START };
  g_autoptr (Synthetic) synthetic = synthetic_new (&machine);

  for (guint i = 0; i < 60; i++)
    {
      g_autoptr (GBytes) batch = synthetic_next (synthetic, N_RECORDS / 60);

      g_assert_true (
          weft_trace_store_append (self->store, batch, synthetic_get_time (synthetic), NULL));
    }
  g_assert_cmpuint (weft_trace_store_get_evicted_until (self->store), >, START);
}

static void
look_at (Fixture *self, guint64 length_ns)
{
  const guint64 from_ns = START + 1000000;

  self->wish.scale = (WeftTimeScale){ from_ns, from_ns + length_ns, 500 };
  self->wish.grid = (WeftTimeGrid){ length_ns, 500 };
  self->wish.first_column = weft_time_grid_get_column (&self->wish.grid, from_ns);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  const WeftTraceInfo info = { .architecture = "x86_64", .n_cpus = 2, .start_ns = START };

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->records = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  self->store = weft_trace_store_new (&info);
  weft_trace_store_set_chunk_func (self->store, keep_cb, self, NULL);
  weft_trace_store_set_fetch_func (self->store, fetch_cb, self, gone_cb);
  weft_trace_store_set_memory_limit (self->store, 1);
  record (self);
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint thread = 0; thread < 3; thread++)
    g_ptr_array_add (self->items, weft_lane_item_new (&(WeftLane){ 0, thread, FALSE, 0 }));
  look_at (self, 1000000);
  self->wish.metrics = (WeftMetrics){ .lane_height = 32, .box_top = 5, .box_height = 22 };
  self->wish.device_scale = 1;
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_ptr_array_unref (self->items);
  g_object_unref (self->store);
  /* a worker that was let go may still be at it */
  while (!g_atomic_int_get (&self->gone))
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
  g_ptr_array_unref (self->records);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
}

static void
done_cb (gpointer data, gpointer user_data)
{
  ((Fixture *)user_data)->n_done++;
}

static gboolean
has_frames (Fixture *self)
{
  for (guint i = 0; i < self->items->len; i++)
    if (weft_lane_item_get_frame (g_ptr_array_index (self->items, i)) != NULL)
      return TRUE;
  return FALSE;
}

/* The worker's thread holds the items for as long as it goes on. */
static void
wait_until_left (Fixture *self)
{
  while (G_OBJECT (g_ptr_array_index (self->items, 0))->ref_count > 1)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_what_is_wanted_comes (Fixture *self, gconstpointer unused)
{
  WeftLaneWorker *worker = weft_lane_worker_new (done_cb, self);

  self->open = TRUE;
  weft_lane_worker_request (worker, self->store, &self->wish, self->items);
  while (self->n_done == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (has_frames (self));
  g_assert_cmpuint (self->n_fetched, >, 0);
  weft_lane_worker_free (worker);
}

static void
test_who_goes_does_not_wait (Fixture *self, gconstpointer unused)
{
  WeftLaneWorker *worker = weft_lane_worker_new (done_cb, self);

  weft_lane_worker_request (worker, self->store, &self->wish, self->items);
  wait_until_asked (self);
  weft_lane_worker_free (worker); /* would be for ever: no history comes before */
  let_history_come (self);
  wait_until_left (self);
  g_assert_cmpuint (self->n_done, ==, 0);
  g_assert_false (has_frames (self));
}

static void
test_what_is_cancelled_brings_nothing_more_back (Fixture *self, gconstpointer unused)
{
  WeftLaneWorker *worker = weft_lane_worker_new (done_cb, self);

  look_at (self, 1000000000); /* some chunks */
  weft_lane_worker_request (worker, self->store, &self->wish, self->items);
  wait_until_asked (self);
  weft_lane_worker_cancel (worker);
  let_history_come (self);
  while (self->n_done == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (has_frames (self));
  g_assert_cmpuint (self->n_fetched, ==, 1);
  weft_lane_worker_free (worker);
}

/* Of a thread that lived for a quarter of what is in view, of one of which nothing is
 * known, and at the edge of a trace that grows. */
static void
test_shares_are_of_the_range (void)
{
  g_autoptr (WeftLaneFrame) frame = weft_lane_frame_new ();

  frame->scale = (WeftTimeScale){ START, START + 4000, 100 };
  frame->edge_ns = START + 9000;
  frame->total.ns[WEFT_STATE_UNKNOWN] = 4000;
  g_assert_cmpfloat (weft_lane_frame_running (frame), <, 0);
  g_assert_cmpfloat (weft_lane_frame_unknown (frame), ==, 1);
  frame->total.ns[WEFT_STATE_UNKNOWN] = 0;
  frame->total.ns[WEFT_STATE_RUNNING] = 1000;
  g_assert_cmpfloat (weft_lane_frame_running (frame), ==, 0.25);
  frame->edge_ns = START + 2000;
  g_assert_cmpfloat (weft_lane_frame_running (frame), ==, 0.5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) g_test_add ("/lane-worker/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("what-is-wanted-comes", test_what_is_wanted_comes);
  ADD ("who-goes-does-not-wait", test_who_goes_does_not_wait);
  ADD ("what-is-cancelled-brings-nothing-more-back",
       test_what_is_cancelled_brings_nothing_more_back);
  g_test_add_func ("/lane-worker/shares-are-of-the-range", test_shares_are_of_the_range);
  return g_test_run ();
}
