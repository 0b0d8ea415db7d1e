/* test-lane-marks.c: a mark always shows, whatever else happens on its pixel and however
 * long the range is. In: random marks and ranges. Out: every mark of the range is found
 * again on its lane, by asking for each of them. */
#include "lane-marks.h"
#include "record.h"
#include <math.h>

#define N_MARKS 3000
#define N_THREADS 6
#define LENGTH 100000000
#define N_VIEWS 150

static gint
compare_marks (gconstpointer a, gconstpointer b)
{
  const WeftMark *one = a, *other = b;

  return (one->time_ns > other->time_ns) - (one->time_ns < other->time_ns);
}

static WeftMark
random_mark (GRand *rand)
{
  WeftMark mark = { .kind = (WeftMarkKind)g_rand_int_range (rand, 0, WEFT_MARK_USER + 1),
                    .time_ns = (guint64)g_rand_int_range (rand, 0, LENGTH),
                    .value = (guint64)g_rand_int_range (rand, 1, 1000),
                    .thread = (guint)g_rand_int_range (rand, 0, N_THREADS) };
  guint64 gap = (guint64)g_rand_int_range (rand, 1, LENGTH / 20);

  mark.start_ns = mark.time_ns;
  if (mark.kind == WEFT_MARK_LOST)
    mark.start_ns -= MIN (mark.start_ns, gap);
  if (mark.kind == WEFT_MARK_LOST || mark.kind == WEFT_MARK_SUSPEND)
    mark.thread = WEFT_NO_ID;
  return mark;
}

/* As the store gives them: sorted by time. */
static GArray *
random_marks (GRand *rand)
{
  GArray *marks = g_array_new (FALSE, FALSE, sizeof (WeftMark));

  for (guint i = 0; i < N_MARKS; i++)
    {
      WeftMark mark = random_mark (rand);

      g_array_append_val (marks, mark);
    }
  g_array_sort (marks, compare_marks);
  return marks;
}

static WeftTimeScale
random_scale (GRand *rand)
{
  guint64 length = 1 + (guint64)(LENGTH >> g_rand_int_range (rand, 0, 16));
  guint64 from = (guint64)g_rand_int_range (rand, 0, LENGTH);

  return (WeftTimeScale){ from, from + length, (guint)g_rand_int_range (rand, 1, 2000) };
}

static gboolean
touches (const WeftMark *mark, const WeftTimeScale *scale)
{
  return mark->time_ns >= scale->from_ns && mark->start_ns <= scale->to_ns;
}

/* What is shown of a mark: of its kind, on its pixel, not narrower than it. */
static const WeftLaneMark *
find_shown (const WeftLaneMarks *shown, const WeftMark *mark, const WeftTimeScale *scale)
{
  double x = weft_time_scale_to_px (scale, mark->time_ns);
  double from_x = weft_time_scale_to_px (scale, mark->start_ns);
  guint n;
  const WeftLaneMark *lane = weft_lane_marks_get (shown, mark->thread, &n);

  for (guint i = 0; i < n; i++)
    if (lane[i].kind == mark->kind && floor (lane[i].x) == floor (x) && lane[i].x >= x
        && lane[i].from_x <= from_x)
      return &lane[i];
  return NULL;
}

static WeftLaneMarks *
show (const WeftMark *marks, gsize n, const WeftTimeScale *scale)
{
  WeftLaneMarks *shown = weft_lane_marks_new (marks, n, scale);

  weft_lane_marks_add_gaps (shown, marks, n, scale);
  return shown;
}

static void
test_every_mark_of_the_range_shows (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (12);
  g_autoptr (GArray) marks = random_marks (rand);

  for (guint view = 0; view < N_VIEWS; view++)
    {
      WeftTimeScale scale = random_scale (rand);
      const WeftMark *list = (const WeftMark *)(const void *)marks->data;
      g_autoptr (WeftLaneMarks) shown = show (list, marks->len, &scale);

      for (guint i = 0; i < marks->len; i++)
        if (touches (&list[i], &scale))
          {
            g_assert_nonnull (find_shown (shown, &list[i], &scale));
            g_assert_true (weft_lane_marks_has (shown, list[i].kind));
          }
    }
}

static guint64
sum_of_losses (const WeftLaneMarks *shown)
{
  guint n;
  const WeftLaneMark *lane = weft_lane_marks_get (shown, WEFT_NO_ID, &n);
  guint64 sum = 0;

  for (guint i = 0; i < n; i++)
    if (lane[i].kind == WEFT_MARK_LOST)
      sum += lane[i].value;
  return sum;
}

/* Nothing is shown that was not, and no pixel holds a kind twice. */
static void
test_no_mark_is_invented (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (13);
  g_autoptr (GArray) marks = random_marks (rand);
  const WeftMark *list = (const WeftMark *)(const void *)marks->data;

  for (guint view = 0; view < N_VIEWS; view++)
    {
      WeftTimeScale scale = random_scale (rand);
      g_autoptr (WeftLaneMarks) shown = show (list, marks->len, &scale);
      g_autoptr (GHashTable) places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      guint64 lost = 0;
      guint n_shown = 0;

      for (guint i = 0; i < marks->len; i++)
        if (touches (&list[i], &scale))
          {
            g_hash_table_add (
                places, g_strdup_printf ("%u %d %.0f", list[i].thread, list[i].kind,
                                         floor (weft_time_scale_to_px (&scale, list[i].time_ns))));
            lost += list[i].kind == WEFT_MARK_LOST ? list[i].value : 0;
          }
      for (guint thread = 0; thread <= N_THREADS; thread++)
        {
          guint n;

          weft_lane_marks_get (shown, thread < N_THREADS ? thread : WEFT_NO_ID, &n);
          n_shown += n;
        }
      g_assert_cmpuint (n_shown, ==, g_hash_table_size (places));
      g_assert_cmpuint (sum_of_losses (shown), ==, lost);
    }
}

/* --- those of a thread ------------------------------------------------------ */

/* A thread that changes its name @n times, and as often becomes another program, with
 * some at the same time. */
static WeftTraceStore *
new_store (GRand *rand, guint n)
{
  const WeftTraceInfo info = { .architecture = "x86_64", .n_cpus = 1, .start_ns = 1 };
  WeftTraceStore *store = weft_trace_store_new (&info);
  g_autoptr (GByteArray) records = g_byte_array_new ();
  struct weft_task_record task = { .time_ns = 1, .units = 2, .tid = 7, .tgid = 7 };
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = 0; i < n; i++)
    {
      task.kind = i == 0 ? WEFT_FORK : g_rand_boolean (rand) ? WEFT_RENAME : WEFT_EXEC;
      task.start_boottime_ns = 1;
      task.time_ns += (guint64)g_rand_int_range (rand, 0, 2000);
      g_snprintf (task.comm, sizeof task.comm, "name-%u", i);
      g_byte_array_append (records, (const guint8 *)&task, sizeof task);
    }
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&records));
  g_assert_true (weft_trace_store_append (store, bytes, G_MAXUINT64, NULL));
  return store;
}

static GArray *
list_marks (WeftTraceStore *store)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (WeftMark));

  for (guint kind = 0; kind < WEFT_N_THREAD_MARKS; kind++)
    {
      gsize n;
      const WeftMark *marks = weft_trace_store_get_thread_marks (store, 0, kind, &n);

      g_array_append_vals (all, marks, (guint)n);
    }
  g_array_sort (all, compare_marks);
  return all;
}

/* What is picked of many is what a pass over all of them shows. */
static void
test_a_thread_shows_what_all_its_marks_show (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (17);
  g_autoptr (WeftTraceStore) store = new_store (rand, 20000);
  g_autoptr (GArray) all = list_marks (store);

  g_assert_cmpuint (all->len, >, 10000);
  for (guint view = 0; view < N_VIEWS; view++)
    {
      WeftTimeScale scale = random_scale (rand);
      g_autoptr (WeftLaneMarks) picked = weft_lane_marks_new (NULL, 0, &scale);
      g_autoptr (WeftLaneMarks) whole
          = weft_lane_marks_new ((const WeftMark *)(const void *)all->data, all->len, &scale);
      guint n_picked, n_whole;

      weft_lane_marks_add_thread (picked, store, 0, &scale);
      weft_lane_marks_get (whole, 0, &n_whole);
      weft_lane_marks_get (picked, 0, &n_picked);
      g_assert_cmpuint (n_picked, ==, n_whole);
      for (guint i = 0; i < all->len; i++)
        if (touches (&g_array_index (all, WeftMark, i), &scale))
          g_assert_nonnull (find_shown (picked, &g_array_index (all, WeftMark, i), &scale));
    }
}

/* Another event beyond the range, but before the gap's end, hid it. */
static void
test_a_gap_shows_to_who_looks_at_its_middle (void)
{
  const WeftMark list[] = {
    { .time_ns = 500, .start_ns = 500, .thread = 3, .kind = WEFT_MARK_EXIT },
    { .time_ns = 900, .start_ns = 100, .value = 5, .thread = WEFT_NO_ID, .kind = WEFT_MARK_LOST },
  };
  const WeftTimeScale scale = { 200, 300, 100 };
  g_autoptr (WeftLaneMarks) shown = show (list, G_N_ELEMENTS (list), &scale);

  g_assert_true (weft_lane_marks_has (shown, WEFT_MARK_LOST));
  g_assert_false (weft_lane_marks_has (shown, WEFT_MARK_EXIT));
  g_assert_cmpuint (sum_of_losses (shown), ==, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func ("/lane-marks/" path, function)
  ADD ("every-mark-of-the-range-shows", test_every_mark_of_the_range_shows);
  ADD ("no-mark-is-invented", test_no_mark_is_invented);
  ADD ("a-gap-shows-to-who-looks-at-its-middle", test_a_gap_shows_to_who_looks_at_its_middle);
  ADD ("a-thread-shows-what-all-its-marks-show", test_a_thread_shows_what_all_its_marks_show);
#undef ADD
  return g_test_run ();
}
