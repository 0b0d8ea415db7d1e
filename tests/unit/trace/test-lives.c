/* test-lives.c: births, execs and ends of threads as the store tells them of their
 * processes: whoever goes first, however often a tid is given again. In: made-up
 * lifecycle records. Out: one process for each life. */
#include "trace-fixture.h"
#include <string.h>

#define LEADER 7
#define WORKER 8
#define OTHER 9

/* A thread's start is its tid; so threads of one tid differ by @life. */
static struct weft_task_record
task_at (guint64 time, guint8 kind, guint32 tid, guint64 life)
{
  struct weft_task_record task = { .time_ns = START + time,
                                   .kind = kind,
                                   .units = 2,
                                   .tid = tid,
                                   .tgid = LEADER,
                                   .parent_tgid = 1,
                                   .start_boottime_ns = 1000 * life + tid };

  memcpy (task.comm, "task", 5);
  return task;
}

static void
tell (WeftTraceStore *store, guint64 time, guint8 kind, guint32 tid, guint64 life)
{
  struct weft_task_record task = task_at (time, kind, tid, life);

  trace_fixture_append (store, &task, sizeof task, START + time + 1);
}

static void
tell_exit (WeftTraceStore *store, guint64 time, guint32 tid, guint32 flags, guint32 status)
{
  struct weft_task_record task = task_at (time, WEFT_EXIT, tid, 1);

  task.task_flags = flags;
  task.status = status;
  trace_fixture_append (store, &task, sizeof task, START + time + 1);
}

static void
tell_last_switch (WeftTraceStore *store, guint64 time, guint32 tid)
{
  struct weft_record record = { .time_ns = START + time,
                                .kind = WEFT_SWITCH,
                                .units = 1,
                                .tid = tid,
                                .sw = { .how = WEFT_LEFT_DEAD, .call = WEFT_CALL_NONE } };

  trace_fixture_append (store, &record, sizeof record, START + time + 1);
}

static const WeftProcess *
only_process (WeftTraceStore *store)
{
  WeftProcessTable *table = weft_trace_store_get_processes (store);

  g_assert_cmpuint (weft_process_table_get_size (table), ==, 1);
  return weft_process_table_get (table, 0);
}

static void
assert_exits (WeftTraceStore *store, guint64 exits)
{
  WeftTraceTotals totals;

  weft_trace_store_get_totals (store, &totals);
  g_assert_cmpuint (totals.exits, ==, exits);
}

static WeftTraceStore *
new_store_whose_leader_is_gone (void)
{
  WeftTraceStore *store = trace_fixture_new_store ();

  tell (store, 10, WEFT_FORK, LEADER, 1);
  tell (store, 20, WEFT_FORK, WORKER, 1);
  tell_exit (store, 100, LEADER, 0, 0);
  tell_last_switch (store, 101, LEADER);
  return store;
}

static void
test_a_process_outlives_its_leader (void)
{
  g_autoptr (WeftTraceStore) store = new_store_whose_leader_is_gone ();
  guint n;

  tell (store, 200, WEFT_RENAME, WORKER, 1);
  tell (store, 210, WEFT_FORK, OTHER, 1);
  g_assert_cmpuint (only_process (store)->end_ns, ==, 0);
  g_assert_cmpuint (only_process (store)->n_threads, ==, 2);
  tell_exit (store, 300, OTHER, 0, 0);
  tell_last_switch (store, 301, OTHER);
  tell_exit (store, 400, WORKER, WEFT_TASK_LAST_THREAD, 5 << 8);
  tell_last_switch (store, 401, WORKER);
  g_assert_cmpuint (only_process (store)->end_ns, ==, START + 400);
  g_assert_cmpuint (only_process (store)->status, ==, 5 << 8);
  weft_trace_store_get_threads_of (store, 0, &n);
  g_assert_cmpuint (n, ==, 3);
  assert_exits (store, 1);
}

/* The kernel counts the living down before it tells of either: in a group exit on
 * two CPUs both threads are told as the last. */
static void
test_two_last_threads_are_one_end (void)
{
  static const guint32 orders[][2] = { { LEADER, WORKER }, { WORKER, LEADER } };

  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      const guint32 flags = WEFT_TASK_LAST_THREAD | WEFT_TASK_GROUP_EXIT;
      g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();

      tell (store, 10, WEFT_FORK, LEADER, 1);
      tell (store, 20, WEFT_FORK, WORKER, 1);
      tell_exit (store, 100, orders[i][0], flags, 42 << 8);
      tell_last_switch (store, 101, orders[i][0]);
      tell_exit (store, 200, orders[i][1], flags, 42 << 8);
      tell_last_switch (store, 201, orders[i][1]);
      g_assert_cmpuint (only_process (store)->end_ns, ==, START + 200);
      g_assert_cmpuint (only_process (store)->status, ==, 42 << 8);
      g_assert_cmpuint (only_process (store)->n_threads, ==, 0);
      assert_exits (store, 1);
    }
}

static void
test_the_groups_status_is_the_processes (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();

  tell (store, 10, WEFT_FORK, LEADER, 1);
  tell (store, 20, WEFT_FORK, WORKER, 1);
  tell_exit (store, 100, LEADER, WEFT_TASK_GROUP_EXIT, 9);
  g_assert_false (only_process (store)->status_known);
  g_assert_cmpuint (only_process (store)->end_ns, ==, 0);
  tell_exit (store, 110, WORKER, WEFT_TASK_LAST_THREAD | WEFT_TASK_GROUP_EXIT, 9);
  g_assert_true (only_process (store)->status_known);
  g_assert_cmpuint (only_process (store)->status, ==, 9);
}

static void
test_a_reused_tid_is_another_thread_of_another_process (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  guint first, second;

  tell (store, 10, WEFT_FORK, LEADER, 1);
  tell_exit (store, 100, LEADER, WEFT_TASK_LAST_THREAD, 0);
  tell_last_switch (store, 101, LEADER);
  tell (store, 200, WEFT_FORK, LEADER, 2);
  first = weft_trace_store_find_thread (store, LEADER, START + 50);
  second = weft_trace_store_find_thread (store, LEADER, START + 250);
  g_assert_cmpuint (first, !=, second);
  g_assert_cmpuint (weft_trace_store_get_thread (store, first)->process, !=,
                    weft_trace_store_get_thread (store, second)->process);
  g_assert_cmpuint (weft_trace_store_get_thread (store, first)->death_ns, ==, START + 101);
  g_assert_cmpuint (weft_trace_store_get_thread (store, second)->birth_ns, ==, START + 200);
  g_assert_cmpuint (weft_trace_store_get_thread (store, second)->death_ns, ==, 0);
}

/* Nothing tells of the end of the first but the birth of the second. */
static void
test_a_reused_tid_ends_who_had_it (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();

  tell (store, 10, WEFT_FORK, LEADER, 1);
  tell (store, 200, WEFT_FORK, LEADER, 2);
  g_assert_cmpuint (weft_trace_store_count_threads (store), ==, 2);
  g_assert_cmpuint (weft_trace_store_get_thread (store, 0)->death_ns, ==, START + 200);
  g_assert_cmpuint (weft_process_table_get (weft_trace_store_get_processes (store), 0)->end_ns, ==,
                    START + 200);
}

static void
test_a_worker_that_execs_goes_on_as_the_leader (void)
{
  g_autoptr (WeftTraceStore) store = new_store_whose_leader_is_gone ();
  struct weft_task_record exec = task_at (200, WEFT_EXEC, LEADER, 1);
  guint worker = weft_trace_store_find_thread (store, WORKER, START + 150);

  exec.old_tid = WORKER;
  memcpy (exec.comm, "new", 4);
  trace_fixture_append (store, &exec, sizeof exec, START + 201);
  g_assert_cmpuint (weft_trace_store_find_thread (store, LEADER, START + 250), ==, worker);
  g_assert_cmpstr (only_process (store)->name, ==, "new");
  g_assert_cmpuint (only_process (store)->n_threads, ==, 1);
  tell_exit (store, 300, LEADER, WEFT_TASK_LAST_THREAD, 0);
  g_assert_cmpuint (only_process (store)->end_ns, ==, START + 300);
}

/* Two snapshots, as after a loss, and a thread that only they tell of. */
static void
test_a_snapshot_again_adds_nobody (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();

  for (guint64 time = 100; time < 400; time += 100)
    for (guint32 tid = LEADER; tid <= WORKER; tid++)
      {
        struct weft_state_record state = { .task = task_at (time, WEFT_STATE, tid, 1) };

        state.task.units = 3;
        state.sw.call = WEFT_CALL_NONE;
        state.leader_start_boottime_ns = 1000 + LEADER;
        trace_fixture_append (store, &state, sizeof state, START + time + 1);
      }
  g_assert_cmpuint (weft_trace_store_count_threads (store), ==, 2);
  g_assert_cmpuint (only_process (store)->n_threads, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func ("/lives/" path, function)
  ADD ("a-process-outlives-its-leader", test_a_process_outlives_its_leader);
  ADD ("two-last-threads-are-one-end", test_two_last_threads_are_one_end);
  ADD ("the-groups-status-is-the-processes", test_the_groups_status_is_the_processes);
  ADD ("a-reused-tid-is-another-thread-of-another-process",
       test_a_reused_tid_is_another_thread_of_another_process);
  ADD ("a-reused-tid-ends-who-had-it", test_a_reused_tid_ends_who_had_it);
  ADD ("a-worker-that-execs-goes-on-as-the-leader", test_a_worker_that_execs_goes_on_as_the_leader);
  ADD ("a-snapshot-again-adds-nobody", test_a_snapshot_again_adds_nobody);
#undef ADD
  return g_test_run ();
}
