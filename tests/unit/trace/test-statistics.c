/* test-statistics.c: the figures of a range against a model that walks everything
 * again. In: random machines and random ranges. Out: equal to the nanosecond. */
#include "statistics.h"
#include "trace-fixture.h"
#include <math.h>
#include <string.h>

#define N_RANGES 60

static GArray *
figures_of (BothModels *fixture, guint64 from, guint64 to, GArray *filter)
{
  g_autoptr (GError) error = NULL;
  GArray *all
      = weft_statistics_new_for_range (fixture->store, from, to, filter, TRUE, NULL, &error);

  g_assert_no_error (error);
  return all;
}

/* --- quantiles --------------------------------------------------------------- */

static gint
compare_numbers (gconstpointer a, gconstpointer b)
{
  const guint64 one = *(const guint64 *)a, other = *(const guint64 *)b;

  return (one > other) - (one < other);
}

/* The smallest value that at least @percent of all do not exceed. */
static guint64
naive_rank (GArray *sorted, guint percent)
{
  for (guint i = 0; i < sorted->len; i++)
    if ((i + 1) * 100 >= sorted->len * percent)
      return g_array_index (sorted, guint64, i);
  return 0;
}

static void
assert_quantiles (const WeftQuantiles *quantiles, GArray *values)
{
  guint64 sum = 0;
  double squares = 0, n = values->len;

  g_array_sort (values, compare_numbers);
  for (guint i = 0; i < values->len; i++)
    sum += g_array_index (values, guint64, i);
  for (guint i = 0; i < values->len; i++)
    squares += pow ((double)g_array_index (values, guint64, i) - (double)sum / n, 2);
  g_assert_cmpuint (quantiles->stddev_ns, ==, n > 0 ? (guint64)round (sqrt (squares / n)) : 0);
  g_assert_cmpuint (quantiles->min_ns, ==, n > 0 ? g_array_index (values, guint64, 0) : 0);
  g_assert_cmpuint (quantiles->count, ==, values->len);
  g_assert_cmpuint (quantiles->mean_ns, ==, values->len > 0 ? sum / values->len : 0);
  g_assert_cmpuint (quantiles->p50_ns, ==, naive_rank (values, 50));
  g_assert_cmpuint (quantiles->p95_ns, ==, naive_rank (values, 95));
  g_assert_cmpuint (quantiles->p99_ns, ==, naive_rank (values, 99));
  g_assert_cmpuint (quantiles->max_ns, ==, naive_rank (values, 100));
}

static void
test_quantiles_are_nearest_ranks (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);

  for (guint n = 0; n < 250; n++)
    {
      g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (guint64));
      g_autofree guint64 *copy = NULL;
      WeftQuantiles quantiles;

      for (guint i = 0; i < n; i++)
        {
          guint64 value = g_rand_int_range (rand, 0, n % 3 == 0 ? 4 : 1000000);

          g_array_append_val (values, value);
        }
      copy = g_memdup2 (values->data, n * sizeof (guint64));
      weft_quantiles_compute (copy, n, &quantiles);
      assert_quantiles (&quantiles, values);
    }
}

/* --- ranges ------------------------------------------------------------------ */

static void
assert_figures (BothModels *fixture, guint64 from, guint64 to)
{
  g_autoptr (GArray) all = figures_of (fixture, from, to, NULL);

  g_assert_cmpuint (all->len, ==, weft_trace_store_count_threads (fixture->store));
  for (guint id = 0; id < all->len; id++)
    {
      const WeftThreadStatistics *figures = &g_array_index (all, WeftThreadStatistics, id);
      guint32 tid = weft_trace_store_get_thread (fixture->store, id)->tid;
      NaiveCounts counts;
      WeftShares shares;

      naive_model_shares (fixture->model, tid, from, to, fixture->edge_ns, &shares);
      /* a range that reaches the end has what is at it */
      naive_model_counts (fixture->model, tid, from, to >= fixture->edge_ns ? G_MAXUINT64 : to,
                          &counts);
      g_assert_cmpuint (figures->thread, ==, id);
      for (guint state = 0; state < WEFT_N_STATES; state++)
        g_assert_cmpuint (figures->shares.ns[state], ==, shares.ns[state]);
      g_assert_cmpuint (figures->counts.switches, ==, counts.switches);
      g_assert_cmpuint (figures->counts.voluntary, ==, counts.voluntary);
      g_assert_cmpuint (figures->counts.involuntary, ==, counts.involuntary);
      g_assert_cmpuint (figures->counts.wakeups, ==, counts.wakeups);
      assert_quantiles (&figures->wake_to_run, counts.waits);
      g_array_unref (counts.waits);
    }
}

static guint64
random_time (BothModels *fixture)
{
  return START - 1000
         + (guint64)g_rand_double_range (fixture->rand, 0,
                                         (double)(fixture->edge_ns - START + 2000));
}

static void
test_random_ranges (BothModels *fixture, gconstpointer data)
{
  for (guint i = 0; i < N_RANGES; i++)
    {
      guint64 one = random_time (fixture), other = random_time (fixture);

      assert_figures (fixture, MIN (one, other), MAX (one, other));
    }
}

static void
test_the_whole_and_what_lies_beyond (BothModels *fixture, gconstpointer data)
{
  assert_figures (fixture, START, fixture->edge_ns);
  assert_figures (fixture, 0, G_MAXUINT64);
  assert_figures (fixture, 0, START);
  assert_figures (fixture, fixture->edge_ns, G_MAXUINT64);
}

static void
test_empty_ranges_have_nothing (BothModels *fixture, gconstpointer data)
{
  for (guint i = 0; i < N_RANGES; i++)
    {
      guint64 time = random_time (fixture);
      g_autoptr (GArray) all = figures_of (fixture, time, time, NULL);

      for (guint id = 0; id < all->len; id++)
        {
          WeftThreadStatistics nothing = { .thread = id };

          g_assert_cmpuint (g_array_index (all, WeftThreadStatistics, id).absent_ns, ==, 0);

          g_assert_cmpmem (&g_array_index (all, WeftThreadStatistics, id), sizeof nothing, &nothing,
                           sizeof nothing);
        }
    }
}

/* At the changes themselves, where one nanosecond more or less counts. */
static void
test_one_nanosecond_is_one_state (BothModels *fixture, gconstpointer data)
{
  for (guint i = 0; i < N_RANGES; i++)
    {
      guint id = (guint)g_rand_int_range (fixture->rand, 0,
                                          (gint32)weft_trace_store_count_threads (fixture->store));
      GArray *changes
          = naive_model_get_changes (fixture->model,
                                     weft_trace_store_get_thread (fixture->store, id)->tid);
      guint at = (guint)g_rand_int_range (fixture->rand, 0, (gint32)changes->len);
      guint64 time = g_array_index (changes, NaiveChange, at).time_ns;

      assert_figures (fixture, time - 1, time);
      assert_figures (fixture, time, time + 1);
    }
}

/* Cut anywhere, the parts add up to the whole: nothing is counted twice or not at all. */
static void
test_parts_add_up (BothModels *fixture, gconstpointer data)
{
  for (guint i = 0; i < N_RANGES; i++)
    {
      guint64 cut = CLAMP (random_time (fixture), START, fixture->edge_ns);
      g_autoptr (GArray) whole = figures_of (fixture, START, fixture->edge_ns, NULL);
      g_autoptr (GArray) first = figures_of (fixture, START, cut, NULL);
      g_autoptr (GArray) second = figures_of (fixture, cut, fixture->edge_ns, NULL);

      for (guint id = 0; id < whole->len; id++)
        {
          const WeftThreadStatistics *all = &g_array_index (whole, WeftThreadStatistics, id);
          const WeftThreadStatistics *one = &g_array_index (first, WeftThreadStatistics, id);
          const WeftThreadStatistics *two = &g_array_index (second, WeftThreadStatistics, id);

          for (guint state = 0; state < WEFT_N_STATES; state++)
            g_assert_cmpuint (all->shares.ns[state], ==,
                              one->shares.ns[state] + two->shares.ns[state]);
          g_assert_cmpuint (all->counts.switches, ==, one->counts.switches + two->counts.switches);
          g_assert_cmpuint (all->counts.wakeups, ==, one->counts.wakeups + two->counts.wakeups);
          g_assert_cmpuint (all->counts.migrations, ==,
                            one->counts.migrations + two->counts.migrations);
          g_assert_cmpuint (all->wake_to_run.count, ==,
                            one->wake_to_run.count + two->wake_to_run.count);
        }
    }
}

static void
assert_counts_are_those_of_the_store (BothModels *fixture)
{
  g_autoptr (GArray) all = figures_of (fixture, 0, G_MAXUINT64, NULL);

  for (guint id = 0; id < all->len; id++)
    g_assert_cmpmem (&g_array_index (all, WeftThreadStatistics, id).counts,
                     sizeof (WeftThreadCounts),
                     &weft_trace_store_get_thread (fixture->store, id)->counts,
                     sizeof (WeftThreadCounts));
}

/* What the store counted as the records came is what is counted from them later. */
static void
test_the_whole_is_what_the_store_counted (BothModels *fixture, gconstpointer data)
{
  assert_counts_are_those_of_the_store (fixture);
}

static void
test_a_filter_changes_no_figure (BothModels *fixture, gconstpointer data)
{
  g_autoptr (GArray) all = figures_of (fixture, START, fixture->edge_ns, NULL);

  for (guint id = 0; id < all->len; id += 3)
    {
      g_autoptr (GArray) filter = g_array_new (FALSE, FALSE, sizeof id);
      g_autoptr (GArray) one = NULL;

      g_array_append_val (filter, id);
      one = figures_of (fixture, START, fixture->edge_ns, filter);
      g_assert_cmpuint (one->len, ==, 1);
      g_assert_cmpmem (one->data, sizeof (WeftThreadStatistics),
                       &g_array_index (all, WeftThreadStatistics, id),
                       sizeof (WeftThreadStatistics));
    }
}

static void
test_who_is_asked_to_stop_stops (BothModels *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (weft_statistics_new_for_range (fixture->store, 0, G_MAXUINT64, NULL, TRUE,
                                                cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* --- a coming that is not told --------------------------------------------------- */

#define HIDDEN 9

static void
put_event (GByteArray *records, guint64 time, guint16 cpu, guint32 leaves, guint32 comes,
           guint32 woken)
{
  struct weft_record record = { .time_ns = START + time, .units = 1, .cpu = cpu, .tid = leaves };

  record.kind = woken != 0 ? WEFT_WAKE : WEFT_SWITCH;
  if (woken != 0)
    record.wake = (struct weft_wake){ .woken_tid = woken, .target_cpu = cpu };
  else
    record.sw
        = (struct weft_switch){ .how = WEFT_LEFT_SLEEP, .call = WEFT_CALL_NONE, .next_tid = comes };
  g_byte_array_append (records, (const guint8 *)&record, sizeof record);
}

/* Woken at 100, it came to CPU 1 untold and left it at 150; it waited for a CPU from 200
 * to 230, no longer, and changed its CPU twice. */
static void
test_a_coming_that_is_not_told_makes_no_long_wait (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  g_autoptr (GByteArray) records = g_byte_array_new ();
  BothModels fixture = { .store = store };
  const WeftThreadStatistics *figures;
  g_autoptr (GArray) all = NULL;

  put_event (records, 10, 0, 0, HIDDEN, 0);
  put_event (records, 20, 0, HIDDEN, 0, 0);
  put_event (records, 100, 0, 0, 0, HIDDEN);
  put_event (records, 150, 1, HIDDEN, 0, 0);
  put_event (records, 200, 1, 0, 0, HIDDEN);
  put_event (records, 230, 0, 0, HIDDEN, 0);
  trace_fixture_append (store, records->data, records->len, START + 300);
  all = figures_of (&fixture, START, START + 300, NULL);
  g_assert_cmpuint (all->len, ==, 1);
  figures = &g_array_index (all, WeftThreadStatistics, 0);
  g_assert_cmpuint (figures->wake_to_run.count, ==, 1);
  g_assert_cmpuint (figures->wake_to_run.max_ns, ==, 30);
  g_assert_cmpuint (figures->counts.migrations, ==, 2);
  g_assert_cmpuint (weft_trace_store_get_thread (store, 0)->counts.migrations, ==, 2);
}

/* --- one count of one fact ------------------------------------------------------- */

static void
put_task (GByteArray *records, guint64 time, guint16 cpu, guint8 kind, guint8 left)
{
  struct weft_state_record task = { .task = { .time_ns = START + time,
                                              .kind = kind,
                                              .units = weft_kind_units (kind),
                                              .cpu = cpu,
                                              .tid = HIDDEN,
                                              .tgid = HIDDEN,
                                              .start_boottime_ns = 5 },
                                    .sw = { .how = left, .call = WEFT_CALL_NONE } };

  g_byte_array_append (records, (const guint8 *)&task, task.task.units * WEFT_UNIT_BYTES);
}

static void
put_loss (GByteArray *records, guint64 time)
{
  struct weft_record loss = { .time_ns = START + time, .kind = WEFT_LOST, .units = 1 };

  loss.lost = (struct weft_lost){ .count = 1, .first_ns = START + time - 1 };
  g_byte_array_append (records, (const guint8 *)&loss, sizeof loss);
}

static void
put_another_on_its_cpu (GByteArray *records)
{
  put_event (records, 10, 0, 0, HIDDEN, 0);
  put_event (records, 20, 0, 0, HIDDEN + 1, 0);
  put_event (records, 30, 1, HIDDEN, 0, 0);
}

static void
put_a_gap (GByteArray *records)
{
  put_event (records, 10, 0, 0, HIDDEN, 0);
  put_event (records, 20, 0, HIDDEN, 0, 0);
  put_loss (records, 30);
  put_event (records, 40, 1, 0, HIDDEN, 0);
}

static void
put_a_waking_from_elsewhere (GByteArray *records)
{
  put_event (records, 10, 0, 0, 0, HIDDEN);
  put_event (records, 20, 1, 0, HIDDEN, 0);
}

static void
put_a_snapshot_from_elsewhere (GByteArray *records)
{
  put_task (records, 10, 0, WEFT_STATE, WEFT_LEFT_SLEEP);
  put_event (records, 20, 1, 0, HIDDEN, 0);
}

static void
put_a_newborn (GByteArray *records)
{
  put_task (records, 10, 0, WEFT_FORK, 0);
  put_task (records, 15, 0, WEFT_STATE, WEFT_LEFT_PREEMPTED);
  put_event (records, 20, 1, 0, HIDDEN, 0);
}

static void
test_a_migration_is_counted_once (void)
{
  static const struct
  {
    void (*put) (GByteArray *records);
    guint migrations;
  } cases[] = {
    { put_another_on_its_cpu, 1 },        { put_a_gap, 1 },     { put_a_waking_from_elsewhere, 1 },
    { put_a_snapshot_from_elsewhere, 1 }, { put_a_newborn, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
      g_autoptr (GByteArray) records = g_byte_array_new ();
      BothModels fixture = { .store = store };

      cases[i].put (records);
      trace_fixture_append (store, records->data, records->len, START + 300);
      g_assert_cmpuint (weft_trace_store_get_thread (store, 0)->counts.migrations, ==,
                        cases[i].migrations);
      assert_counts_are_those_of_the_store (&fixture);
    }
}

/* Two switches that come when later ones were applied: they count, and move nobody. */
static void
test_a_late_record_is_counted_once (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  g_autoptr (GByteArray) records = g_byte_array_new (), late = g_byte_array_new ();
  BothModels fixture = { .store = store };

  put_event (records, 10, 0, 0, HIDDEN, 0);
  put_event (records, 100, 0, HIDDEN, 0, 0);
  trace_fixture_append (store, records->data, records->len, START + 200);
  put_event (late, 40, 0, HIDDEN, 0, 0);
  put_event (late, 60, 0, 0, HIDDEN, 0);
  put_event (late, 70, 1, 0, 0, HIDDEN);
  put_event (late, 210, 0, 0, HIDDEN, 0);
  trace_fixture_append (store, late->data, late->len, START + 300);
  g_assert_cmpuint (weft_trace_store_get_thread (store, 0)->counts.switches, ==, 2);
  g_assert_cmpuint (weft_trace_store_get_thread (store, 0)->counts.wakeups, ==, 1);
  g_assert_cmpuint (weft_trace_store_get_thread (store, 0)->counts.migrations, ==, 0);
  assert_counts_are_those_of_the_store (&fixture);
}

/* Of machines of which anything may be hidden or lost. */
static void
test_counts_of_any_records_are_those_of_the_store (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);

  for (guint round = 0; round < N_RANGES; round++)
    {
      g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
      g_autoptr (GByteArray) records = g_byte_array_new ();
      BothModels fixture = { .store = store };

      for (guint64 time = 1; time < 300; time++)
        {
          guint16 cpu = (guint16)g_rand_int_range (rand, 0, 3);
          guint32 one = (guint32)g_rand_int_range (rand, HIDDEN - 3, HIDDEN + 4);
          guint32 other = (guint32)g_rand_int_range (rand, HIDDEN - 3, HIDDEN + 4);

          if (g_rand_int_range (rand, 0, 40) == 0)
            put_loss (records, time);
          else if (g_rand_int_range (rand, 0, 20) == 0)
            put_task (records, time, cpu, WEFT_STATE, WEFT_LEFT_SLEEP);
          else if (g_rand_boolean (rand))
            put_event (records, time, cpu, 0, 0, one);
          else if (one != other)
            put_event (records, time, cpu, one, other, 0);
        }
      trace_fixture_append (store, records->data, records->len, START + 300);
      assert_counts_are_those_of_the_store (&fixture);
    }
}

/* --- a tid that is given again ------------------------------------------------- */

#define TID 7

static void
put_life (GByteArray *records, guint64 begin, guint n_runs)
{
  struct weft_task_record birth = { .time_ns = START + begin,
                                    .kind = WEFT_FORK,
                                    .units = 2,
                                    .tid = TID,
                                    .tgid = TID,
                                    .start_boottime_ns = 1 + begin };

  g_byte_array_append (records, (const guint8 *)&birth, sizeof birth);
  for (guint i = 0; i < n_runs; i++)
    {
      struct weft_record run = { .time_ns = START + begin + 10 + i * 20,
                                 .kind = WEFT_SWITCH,
                                 .units = 1,
                                 .sw = { .call = WEFT_CALL_NONE, .next_tid = TID } };
      struct weft_record leave = { .time_ns = run.time_ns + 10,
                                   .kind = WEFT_SWITCH,
                                   .units = 1,
                                   .tid = TID,
                                   .sw = { .call = WEFT_CALL_NONE } };

      if (i + 1 == n_runs)
        leave.sw.how = WEFT_LEFT_DEAD;
      g_byte_array_append (records, (const guint8 *)&run, sizeof run);
      g_byte_array_append (records, (const guint8 *)&leave, sizeof leave);
    }
}

/* Three lives of one tid: 2, 3 and 5 runs. */
static WeftTraceStore *
new_store_of_three_lives (void)
{
  WeftTraceInfo info = { .architecture = "x86_64", .n_cpus = 1, .start_ns = START };
  WeftTraceStore *store = weft_trace_store_new (&info);
  GByteArray *records = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  put_life (records, 100, 2);
  put_life (records, 1000, 3);
  put_life (records, 2000, 5);
  bytes = g_byte_array_free_to_bytes (records);
  weft_trace_store_append (store, bytes, G_MAXUINT64, &error);
  g_assert_no_error (error);
  weft_trace_store_finish (store, START + 3000);
  return store;
}

static void
assert_switches (WeftTraceStore *store, guint64 from, guint64 to, guint thread, guint64 switches)
{
  g_autoptr (GArray) filter = g_array_new (FALSE, FALSE, sizeof thread);
  g_autoptr (GArray) one = NULL, all = NULL;
  g_autoptr (GError) error = NULL;

  g_array_append_val (filter, thread);
  one = weft_statistics_new_for_range (store, START + from, START + to, filter, TRUE, NULL, &error);
  all = weft_statistics_new_for_range (store, START + from, START + to, NULL, TRUE, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_array_index (one, WeftThreadStatistics, 0).counts.switches, ==, switches);
  g_assert_cmpuint (g_array_index (all, WeftThreadStatistics, thread).counts.switches, ==,
                    switches);
}

static void
test_counts_go_to_who_had_the_tid (void)
{
  g_autoptr (WeftTraceStore) store = new_store_of_three_lives ();

  g_assert_cmpuint (weft_trace_store_count_threads (store), ==, 3);
  assert_switches (store, 0, 3000, 0, 2);
  assert_switches (store, 0, 3000, 1, 3);
  assert_switches (store, 0, 3000, 2, 5);
  /* the births lie before the range */
  assert_switches (store, 1001, 3000, 0, 0);
  assert_switches (store, 1001, 3000, 1, 3);
  assert_switches (store, 2001, 3000, 1, 0);
  assert_switches (store, 2001, 3000, 2, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function)                                                                        \
  for (guint seed = 1; seed <= 3; seed++)                                                          \
    {                                                                                              \
      g_autofree char *name = g_strdup_printf ("/statistics/machine-%u/" path, seed);              \
                                                                                                   \
      g_test_add (name, BothModels, GUINT_TO_POINTER (seed), both_models_set_up, function,         \
                  both_models_tear_down);                                                          \
    }
  ADD ("random-ranges", test_random_ranges);
  ADD ("the-whole-and-what-lies-beyond", test_the_whole_and_what_lies_beyond);
  ADD ("empty-ranges-have-nothing", test_empty_ranges_have_nothing);
  ADD ("one-nanosecond-is-one-state", test_one_nanosecond_is_one_state);
  ADD ("parts-add-up", test_parts_add_up);
  ADD ("the-whole-is-what-the-store-counted", test_the_whole_is_what_the_store_counted);
  ADD ("a-filter-changes-no-figure", test_a_filter_changes_no_figure);
  ADD ("who-is-asked-to-stop-stops", test_who_is_asked_to_stop_stops);
#undef ADD
  g_test_add_func ("/statistics/quantiles-are-nearest-ranks", test_quantiles_are_nearest_ranks);
  g_test_add_func ("/statistics/counts-go-to-who-had-the-tid", test_counts_go_to_who_had_the_tid);
  g_test_add_func ("/statistics/a-migration-is-counted-once", test_a_migration_is_counted_once);
  g_test_add_func ("/statistics/a-late-record-is-counted-once", test_a_late_record_is_counted_once);
  g_test_add_func ("/statistics/counts-of-any-records-are-those-of-the-store",
                   test_counts_of_any_records_are_those_of_the_store);
  g_test_add_func ("/statistics/a-coming-that-is-not-told-makes-no-long-wait",
                   test_a_coming_that_is_not_told_makes_no_long_wait);
  return g_test_run ();
}
