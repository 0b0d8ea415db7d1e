/* test-activity.c: bars that are counted as a trace grows are those of a count of all of
 * it, and cost what is new. */
#include "activity-bars.h"
#include "trace-fixture.h"
#include "synthetic.h"
#include <math.h>
#include <string.h>

#define MS 1000000

/* All the time that all threads ran, as a share of all CPUs. */
static double
share_of_all (WeftTraceStore *store)
{
  guint64 from = weft_trace_store_get_start (store), edge = weft_trace_store_get_edge (store);
  WeftShares shares = { { 0 } };

  for (guint id = 0; id < weft_trace_store_count_threads (store); id++)
    g_assert_true (weft_thread_track_shares (weft_trace_store_get_thread (store, id)->track, from,
                                             edge, edge, &shares, NULL));
  return (double)shares.ns[WEFT_STATE_RUNNING] / (double)(edge - from)
         / weft_trace_store_get_info (store)->n_cpus;
}

static void
tell_loss (WeftTraceStore *store, guint64 from_ns, guint64 to_ns)
{
  struct weft_record lost = { .time_ns = to_ns, .kind = WEFT_LOST, .units = 1 };

  lost.lost.count = 3;
  lost.lost.first_ns = from_ns;
  trace_fixture_append (store, &lost, sizeof lost, to_ns + 1);
}

static void
test_bars_of_a_trace_that_grows_are_those_of_all_of_it (void)
{
  const SyntheticMachine machine = { .n_cpus = 4,
                                     .n_processes = 5,
                                     .threads_per_process = 6,
                                     .mean_run_ns = 400000,
                                     .forks = 0.002,
                                     .seed = 3,
                                     .start_ns = START };
  g_autoptr (Synthetic) synthetic = synthetic_new (&machine);
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  g_autoptr (WeftActivity) grown = weft_activity_new (store);

  for (guint i = 0; i < 40; i++)
    {
      g_autoptr (GBytes) batch = synthetic_next (synthetic, 5000);
      g_autoptr (WeftActivity) fresh = weft_activity_new (store);
      guint64 before = weft_trace_store_get_edge (store);
      Bars bars, all;
      double sum = 0;

      weft_trace_store_append (store, batch, synthetic_get_time (synthetic), NULL);
      if (i % 9 == 4)
        tell_loss (store, before, synthetic_get_time (synthetic));
      bars = get_bars (grown);
      all = get_bars (fresh);
      assert_same (&bars, &all);
      for (guint bar = 0; bar < N_BARS; bar++)
        sum += bars.shares[bar] / N_BARS;
      g_assert_cmpfloat_with_epsilon (sum, share_of_all (store), 1e-6);
    }
  g_assert_cmpuint (weft_trace_store_get_edge (store) - START, >, (guint64)3000 * MS);
}

/* Who ran where until then, and who came, told @back_ns too late. */
static void
tell_late_switch (WeftTraceStore *store, GRand *random, guint64 back_ns)
{
  guint n = weft_trace_store_count_threads (store);
  const WeftThread *one
      = weft_trace_store_get_thread (store, (guint)g_rand_int_range (random, 0, (gint)n));
  const WeftThread *other
      = weft_trace_store_get_thread (store, (guint)g_rand_int_range (random, 0, (gint)n));
  guint64 edge = weft_trace_store_get_edge (store);
  struct weft_record late = {
    .time_ns = edge - MIN (back_ns, edge - START), .kind = WEFT_SWITCH, .units = 1, .tid = one->tid
  };

  late.sw.how = WEFT_LEFT_SLEEP;
  late.sw.call = WEFT_CALL_NONE;
  late.sw.next_tid = other->tid;
  trace_fixture_append (store, &late, sizeof late, edge);
}

/* A snapshot that names nobody, of that long ago. */
static void
tell_snapshot (WeftTraceStore *store, guint64 back_ns)
{
  guint64 edge = weft_trace_store_get_edge (store);
  struct weft_record sync = { .time_ns = edge, .kind = WEFT_SYNC, .units = 1 };

  sync.sync.begin_ns = edge - MIN (back_ns, edge - START);
  trace_fixture_append (store, &sync, sizeof sync, edge);
}

static void
tell_anything (WeftTraceStore *store, GRand *random)
{
  guint64 edge = weft_trace_store_get_edge (store);
  guint64 back = (guint64)g_rand_int_range (random, 0, 4000) * MS;

  switch (g_rand_int_range (random, 0, 8))
    {
    case 0:
      tell_loss (store, MAX (START, edge - MIN (back, edge)), edge);
      break;
    case 1:
      tell_loss (store, MAX (START, edge - MIN (back, edge)), MAX (START, edge - back / 2));
      break;
    case 2:
      tell_snapshot (store, back);
      break;
    case 3:
    case 4:
      tell_late_switch (store, random, back);
      break;
    default:
      break;
    }
}

/* Threads come and go, records come late, losses and snapshots tell of what is long over,
 * and it is counted at any time: what was counted is what a count of all would tell. */
static void
test_bars_that_grew_are_those_of_a_new_count (gconstpointer seed)
{
  const SyntheticMachine machine = { .n_cpus = 4,
                                     .n_processes = 4,
                                     .threads_per_process = 4,
                                     .mean_run_ns = 700000,
                                     .forks = 0.02,
                                     .seed = GPOINTER_TO_UINT (seed),
                                     .start_ns = START };
  g_autoptr (Synthetic) synthetic = synthetic_new (&machine);
  g_autoptr (GRand) random = g_rand_new_with_seed (machine.seed);
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  g_autoptr (WeftActivity) grown = weft_activity_new (store);

  for (guint i = 0; i < 60; i++)
    {
      g_autoptr (GBytes) batch
          = synthetic_next (synthetic, (guint)g_rand_int_range (random, 10, 4000));
      g_autoptr (WeftActivity) fresh = weft_activity_new (store);
      Bars bars, all;

      weft_trace_store_append (store, batch, synthetic_get_time (synthetic), NULL);
      if (i > 4)
        tell_anything (store, random);
      if (i == 59)
        weft_trace_store_finish (store, synthetic_get_time (synthetic) + 3 * MS);
      if (g_rand_int_range (random, 0, 3) == 0 && i < 59)
        continue;
      bars = get_bars (grown);
      all = get_bars (fresh);
      assert_same (&bars, &all);
    }
  g_assert_cmpuint (weft_trace_store_get_edge (store) - START, >, (guint64)3000 * MS);
}

static void
tell_life (WeftTraceStore *store, guint32 pid, guint64 birth_ns)
{
  struct weft_task_record records[2] = {
    { .time_ns = birth_ns,
      .kind = WEFT_FORK,
      .units = 2,
      .tid = pid,
      .tgid = pid,
      .parent_tgid = 1,
      .start_boottime_ns = birth_ns },
    { .time_ns = birth_ns + 1000,
      .kind = WEFT_EXIT,
      .units = 2,
      .tid = pid,
      .tgid = pid,
      .start_boottime_ns = birth_ns,
      .task_flags = WEFT_TASK_LAST_THREAD },
  };
  struct weft_record leaves = { .time_ns = birth_ns + 2000, .kind = WEFT_SWITCH, .units = 1 };

  leaves.tid = pid;
  leaves.sw.how = WEFT_LEFT_DEAD;
  leaves.sw.call = WEFT_CALL_NONE;
  trace_fixture_append (store, records, sizeof records, birth_ns + 1500);
  trace_fixture_append (store, &leaves, sizeof leaves, birth_ns + MS);
}

static void
tell_switch (WeftTraceStore *store, guint64 time_ns, guint32 tid, guint8 how, guint32 next_tid)
{
  struct weft_record record = { .time_ns = time_ns, .kind = WEFT_SWITCH, .units = 1, .tid = tid };

  record.sw.how = how;
  record.sw.call = WEFT_CALL_NONE;
  record.sw.next_tid = next_tid;
  trace_fixture_append (store, &record, sizeof record, time_ns + 1);
}

/* A thread of a process. */
static void
tell_task (WeftTraceStore *store, guint64 time_ns, guint kind, guint32 tid, guint32 tgid)
{
  const struct weft_task_record record
      = { .time_ns = time_ns,
          .kind = (guint8)kind,
          .units = 2,
          .tid = tid,
          .tgid = tgid,
          .parent_tgid = 1,
          .start_boottime_ns = tid,
          .task_flags = kind == WEFT_EXIT ? WEFT_TASK_LAST_THREAD : 0 };

  trace_fixture_append (store, &record, sizeof record, time_ns + 1);
}

static void
assert_as_new (WeftActivity *grown, WeftTraceStore *store)
{
  g_autoptr (WeftActivity) fresh = weft_activity_new (store);
  Bars bars = get_bars (grown), all = get_bars (fresh);

  assert_same (&bars, &all);
}

/* Bins become longer amid the life of threads that have long ended then. */
static void
test_who_ended_stays_in_bars_when_these_get_longer (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  g_autoptr (WeftActivity) grown = weft_activity_new (store);

  for (guint32 i = 0; i < 1000; i++)
    {
      guint64 time_ns = START + (guint64)i * 7 * MS;
      guint32 pid = 100 + i;

      tell_task (store, time_ns, WEFT_FORK, pid, pid);
      tell_switch (store, time_ns + 1, 0, WEFT_LEFT_PREEMPTED, pid);
      tell_task (store, time_ns + 3 * MS, WEFT_EXIT, pid, pid);
      tell_switch (store, time_ns + 3 * MS + 1, pid, WEFT_LEFT_DEAD, 0);
      if (i % 5 == 4)
        assert_as_new (grown, store);
    }
}

/* What /proc or a record says of its process does not hide that it runs. */
static void
test_a_thread_that_runs_after_its_process_ended_is_counted (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  g_autoptr (WeftActivity) grown = weft_activity_new (store);

  tell_task (store, START, WEFT_FORK, 100, 100);
  tell_task (store, START, WEFT_FORK, 101, 100);
  tell_switch (store, START + MS, 0, WEFT_LEFT_PREEMPTED, 101);
  tell_switch (store, START + 2 * MS, 101, WEFT_LEFT_SLEEP, 0);
  tell_task (store, START + 3 * MS, WEFT_EXIT, 100, 100);
  tell_switch (store, START + 4 * MS, 100, WEFT_LEFT_DEAD, 0);
  for (guint i = 1; i < 40; i++)
    {
      tell_life (store, 200 + i, START + (guint64)i * 100 * MS);
      if (i > 30)
        {
          tell_switch (store, START + ((guint64)i * 100 + 20) * MS, 0, WEFT_LEFT_PREEMPTED, 101);
          tell_switch (store, START + ((guint64)i * 100 + 70) * MS, 101, WEFT_LEFT_SLEEP, 0);
        }
      assert_as_new (grown, store);
    }
}

/* A thousand that came and went are looked at once, or while what is late may come, or
 * their chunk is open. */
static void
test_who_ended_is_not_counted_again (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  g_autoptr (WeftActivity) activity = weft_activity_new (store);
  guint64 looks;

  for (guint32 i = 0; i < 1000; i++)
    tell_life (store, 100 + i, START + i * MS);
  tell_life (store, 5000, START + (guint64)4000 * MS);
  tell_life (store, 5001, START + (guint64)5100 * MS);
  get_bars (activity);
  looks = weft_activity_count_looks (activity);
  g_assert_cmpuint (looks, ==, 1002);
  tell_life (store, 5002, START + (guint64)5200 * MS);
  get_bars (activity);
  g_assert_cmpuint (weft_activity_count_looks (activity), ==, looks + 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/activity/bars-of-a-trace-that-grows-are-those-of-all-of-it",
                   test_bars_of_a_trace_that_grows_are_those_of_all_of_it);
  g_test_add_func ("/activity/who-ended-stays-in-bars-when-these-get-longer",
                   test_who_ended_stays_in_bars_when_these_get_longer);
  g_test_add_func ("/activity/a-thread-that-runs-after-its-process-ended-is-counted",
                   test_a_thread_that_runs_after_its_process_ended_is_counted);
  for (guint seed = 1; seed <= 8; seed++)
    {
      g_autofree char *path
          = g_strdup_printf ("/activity/bars-that-grew-are-those-of-a-new-count/%u", seed);

      g_test_add_data_func (path, GUINT_TO_POINTER (seed),
                            test_bars_that_grew_are_those_of_a_new_count);
    }
  g_test_add_func ("/activity/who-ended-is-not-counted-again", test_who_ended_is_not_counted_again);
  return g_test_run ();
}
