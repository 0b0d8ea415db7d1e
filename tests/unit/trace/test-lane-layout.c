/* test-lane-layout.c: what a lane shows of a range: each pixel column's shares against a
 * model that walks everything again, and boxes only where one slice fills the columns.
 * In: random machines, random ranges and widths. */
#include "lane-layout.h"
#include "trace-fixture.h"
#include <string.h>

#define HOUR (G_GUINT64_CONSTANT (3600000000000))
#define N_VIEWS 40

static guint64
between (GRand *rand, guint64 low, guint64 high)
{
  return low + (guint64)g_rand_double_range (rand, 0, (double)(high - low));
}

/* From a few ns to all and beyond, at any width. */
static WeftTimeScale
random_scale (BothModels *fixture)
{
  guint64 whole = fixture->edge_ns - START;
  guint64 length = 1 + (whole >> g_rand_int_range (fixture->rand, 0, 18));
  guint64 from = between (fixture->rand, START - length / 2, fixture->edge_ns);

  return (WeftTimeScale){ .from_ns = from,
                          .to_ns = from + length,
                          .width_px = (guint)g_rand_int_range (fixture->rand, 1, 500) };
}

static WeftLaneItems *
items_of (WeftTraceStore *store, const WeftTimeScale *scale, const guint *ids, guint n)
{
  WeftLaneItems *items = weft_lane_items_new (store, ids, n, scale);

  g_assert_no_error (items->missing);
  return items;
}

static void
add_naive (BothModels *fixture, guint id, guint64 from, guint64 to, WeftShares *sum)
{
  WeftShares shares;

  naive_model_shares (fixture->model, weft_trace_store_get_thread (fixture->store, id)->tid, from,
                      to, fixture->edge_ns, &shares);
  for (guint state = 0; state < WEFT_N_STATES; state++)
    sum->ns[state] += shares.ns[state];
}

static void
assert_columns (BothModels *fixture, const WeftTimeScale *scale, const guint *ids, guint n)
{
  g_autoptr (WeftLaneItems) items = items_of (fixture->store, scale, ids, n);
  WeftShares total = { { 0 } }, whole;

  for (guint px = 0; px < scale->width_px; px++)
    {
      guint64 from = weft_time_scale_get_edge (scale, px);
      guint64 to = weft_time_scale_get_edge (scale, px + 1);
      WeftShares column = { { 0 } };

      for (guint i = 0; i < n; i++)
        add_naive (fixture, ids[i], from, to, &column);
      g_assert_cmpmem (&items->columns[px], sizeof column, &column, sizeof column);
    }
  for (guint i = 0; i < n; i++)
    add_naive (fixture, ids[i], scale->from_ns, scale->to_ns, &total);
  whole = weft_lane_total (fixture->store, ids, n, scale->from_ns, scale->to_ns);
  g_assert_cmpmem (&whole, sizeof whole, &total, sizeof total);
}

static void
test_columns_are_what_was (BothModels *fixture, gconstpointer data)
{
  for (guint i = 0; i < N_VIEWS; i++)
    {
      WeftTimeScale scale = random_scale (fixture);

      for (guint id = 0; id < weft_trace_store_count_threads (fixture->store); id++)
        assert_columns (fixture, &scale, &id, 1);
    }
}

static void
test_a_summary_is_the_sum_of_its_lanes (BothModels *fixture, gconstpointer data)
{
  guint n = weft_trace_store_count_threads (fixture->store);
  g_autofree guint *ids = g_new (guint, n);

  for (guint id = 0; id < n; id++)
    ids[id] = id;
  for (guint i = 0; i < N_VIEWS; i++)
    {
      WeftTimeScale scale = random_scale (fixture);
      g_autoptr (WeftLaneItems) items = items_of (fixture->store, &scale, ids, n);

      assert_columns (fixture, &scale, ids, n);
      g_assert_cmpuint (items->boxes->len, ==, 0);
    }
}

/* --- boxes --------------------------------------------------------------------- */

/* All of its columns are in its state and in no other, and it is no wider than its slice. */
static void
assert_box (BothModels *fixture, const WeftLaneItems *items, guint id, const WeftLaneBox *box)
{
  const WeftTimeScale *scale = &items->scale;
  WeftSlice slice;

  g_assert_cmpuint (box->from_px, <, box->to_px);
  g_assert_cmpuint (box->to_px, <=, scale->width_px);
  for (guint px = box->from_px; px < box->to_px; px++)
    for (guint state = 0; state < WEFT_N_STATES; state++)
      if (state != box->state)
        g_assert_cmpuint (items->columns[px].ns[state], ==, 0);
  g_assert_true (
      weft_thread_track_slice_at (weft_trace_store_get_thread (fixture->store, id)->track,
                                  weft_time_scale_get_edge (scale, box->from_px), fixture->edge_ns,
                                  &slice, NULL));
  g_assert_cmpuint (slice.start_ns, ==, box->start_ns);
  g_assert_cmpuint (slice.state, ==, box->state);
  g_assert_cmpuint (slice.end_ns, >=, weft_time_scale_get_edge (scale, box->to_px));
  g_assert_cmpint (box->ends, ==, slice.end_ns <= scale->to_ns);
}

/* Whole columns that a slice fills, or 0. */
static guint
naive_width (const WeftTimeScale *scale, guint64 from, guint64 to)
{
  guint n = 0;

  for (guint px = 0; px < scale->width_px; px++)
    n += weft_time_scale_get_edge (scale, px) >= from
         && weft_time_scale_get_edge (scale, px + 1) <= to;
  return n;
}

static gboolean
has_box (const WeftLaneItems *items, guint64 start)
{
  for (guint i = 0; i < items->boxes->len; i++)
    if (g_array_index (items->boxes, WeftLaneBox, i).start_ns == start)
      return TRUE;
  return FALSE;
}

/* Two columns are lost to rounding at most; what is wider has its box. */
static void
assert_wide_slices_have_boxes (BothModels *fixture, const WeftLaneItems *items, guint id)
{
  GArray *changes = naive_model_get_changes (fixture->model,
                                             weft_trace_store_get_thread (fixture->store, id)->tid);

  for (guint i = 0; i + 1 < changes->len; i++)
    {
      const NaiveChange *item = &g_array_index (changes, NaiveChange, i);
      gboolean merges = i > 0 && item[-1].state == item->state;

      if (merges || item[1].state == item->state || item->state == WEFT_STATE_EXITED
          || item[1].time_ns <= items->scale.from_ns || item->time_ns >= items->scale.to_ns)
        continue;
      if (naive_width (&items->scale, item->time_ns, item[1].time_ns) >= WEFT_LANE_LEAST_BOX_PX + 2)
        g_assert_true (has_box (items, item->time_ns));
    }
}

static void
test_boxes_are_slices (BothModels *fixture, gconstpointer data)
{
  guint n_boxes = 0;

  for (guint i = 0; i < N_VIEWS; i++)
    {
      WeftTimeScale scale = random_scale (fixture);

      for (guint id = 0; id < weft_trace_store_count_threads (fixture->store); id++)
        {
          g_autoptr (WeftLaneItems) items = items_of (fixture->store, &scale, &id, 1);

          for (guint b = 0; b < items->boxes->len; b++)
            {
              const WeftLaneBox *box = &g_array_index (items->boxes, WeftLaneBox, b);

              g_assert_true (b == 0 || box[-1].to_px <= box->from_px);
              assert_box (fixture, items, id, box);
            }
          assert_wide_slices_have_boxes (fixture, items, id);
          n_boxes += items->boxes->len;
        }
    }
  g_assert_cmpuint (n_boxes, >, 100);
}

/* --- nothing is too short ---------------------------------------------------------- */

static struct weft_record
switch_at (guint64 time, guint32 prev, guint32 next, guint8 left)
{
  return (struct weft_record){ .time_ns = START + time,
                               .kind = WEFT_SWITCH,
                               .units = 1,
                               .tid = prev,
                               .sw = { .how = left, .call = 35, .next_tid = next } };
}

/* A sleeper of an hour that runs for 2 µs at @run_ns. */
static WeftTraceStore *
new_store_of_an_hour (guint64 run_ns)
{
  WeftTraceInfo info = { .architecture = "x86_64", .n_cpus = 1, .start_ns = START };
  WeftTraceStore *store = weft_trace_store_new (&info);
  struct weft_record records[] = {
    switch_at (0, 7, 0, WEFT_LEFT_SLEEP),
    switch_at (run_ns, 0, 7, WEFT_LEFT_PREEMPTED),
    switch_at (run_ns + 2000, 7, 0, WEFT_LEFT_SLEEP),
  };
  g_autoptr (GBytes) bytes = g_bytes_new (records, sizeof records);
  g_autoptr (GError) error = NULL;

  weft_trace_store_append (store, bytes, G_MAXUINT64, &error);
  g_assert_no_error (error);
  weft_trace_store_finish (store, START + HOUR);
  return store;
}

static void
test_a_run_of_2_us_keeps_its_share_of_an_hour (void)
{
  static const guint widths[] = { 1, 2, 333, 1600, 3840 };
  static const guint64 runs[] = { 1, HOUR / 2 - 1000, HOUR / 2, HOUR / 3, HOUR - 2001 };

  for (guint w = 0; w < G_N_ELEMENTS (widths); w++)
    for (guint r = 0; r < G_N_ELEMENTS (runs); r++)
      {
        g_autoptr (WeftTraceStore) store = new_store_of_an_hour (runs[r]);
        const WeftTimeScale scale = { START, START + HOUR, widths[w] };
        guint id = 0;
        g_autoptr (WeftLaneItems) items = items_of (store, &scale, &id, 1);
        WeftShares total = weft_lane_total (store, &id, 1, START, START + HOUR);
        guint64 sum = 0;

        for (guint px = 0; px < scale.width_px; px++)
          {
            sum += items->columns[px].ns[WEFT_STATE_RUNNING];
            if (items->columns[px].ns[WEFT_STATE_RUNNING] == 0)
              continue;
            g_assert_cmpuint (weft_time_scale_get_edge (&scale, px), <=, START + runs[r] + 1999);
            g_assert_cmpuint (weft_time_scale_get_edge (&scale, px + 1), >, START + runs[r]);
          }
        g_assert_cmpuint (sum, ==, 2000);
        g_assert_cmpuint (total.ns[WEFT_STATE_RUNNING], ==, 2000);
        g_assert_cmpuint (total.ns[WEFT_STATE_TIMER], ==, HOUR - 2000);
      }
}

/* --- the scale ----------------------------------------------------------------------- */

static void
test_edges_divide_the_range (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);

  for (guint i = 0; i < 2000; i++)
    {
      guint64 length = 1 + (G_MAXUINT64 >> g_rand_int_range (rand, 2, 62)) % (1000 * HOUR);
      const WeftTimeScale scale
          = { START, START + length, (guint)g_rand_int_range (rand, 1, 8000) };
      guint px = (guint)g_rand_int_range (rand, 0, (gint32)scale.width_px);

      g_assert_cmpuint (weft_time_scale_get_edge (&scale, 0), ==, scale.from_ns);
      g_assert_cmpuint (weft_time_scale_get_edge (&scale, scale.width_px), ==, scale.to_ns);
      g_assert_cmpuint (weft_time_scale_get_edge (&scale, px), <=,
                        weft_time_scale_get_edge (&scale, px + 1));
      g_assert_cmpfloat_with_epsilon (weft_time_scale_to_px (&scale,
                                                             weft_time_scale_get_edge (&scale, px)),
                                      px, 1e-6 + (double)scale.width_px / (double)length);
    }
}

static void
test_times_beyond_the_range_lie_beyond_the_width (void)
{
  const WeftTimeScale scale = { 1000, 2000, 100 };

  g_assert_cmpfloat (weft_time_scale_to_px (&scale, 500), ==, -50);
  g_assert_cmpfloat (weft_time_scale_to_px (&scale, 2500), ==, 150);
  g_assert_cmpuint (weft_time_scale_to_ns (&scale, -50), ==, 500);
  g_assert_cmpuint (weft_time_scale_to_ns (&scale, 150), ==, 2500);
  g_assert_cmpuint (weft_time_scale_to_ns (&scale, -1e6), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function)                                                                        \
  for (guint seed = 1; seed <= 2; seed++)                                                          \
    {                                                                                              \
      g_autofree char *name = g_strdup_printf ("/lane-layout/machine-%u/" path, seed);             \
                                                                                                   \
      g_test_add (name, BothModels, GUINT_TO_POINTER (seed), both_models_set_up, function,         \
                  both_models_tear_down);                                                          \
    }
  ADD ("columns-are-what-was", test_columns_are_what_was);
  ADD ("a-summary-is-the-sum-of-its-lanes", test_a_summary_is_the_sum_of_its_lanes);
  ADD ("boxes-are-slices", test_boxes_are_slices);
#undef ADD
  g_test_add_func ("/lane-layout/a-run-of-2-us-keeps-its-share-of-an-hour",
                   test_a_run_of_2_us_keeps_its_share_of_an_hour);
  g_test_add_func ("/lane-layout/edges-divide-the-range", test_edges_divide_the_range);
  g_test_add_func ("/lane-layout/times-beyond-the-range-lie-beyond-the-width",
                   test_times_beyond_the_range_lie_beyond_the_width);
  return g_test_run ();
}
