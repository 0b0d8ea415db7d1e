/* test-identities.c: who is who when it is told in odd orders: execs from a worker, those
 * who ended and are not reaped, names over time, switches that nobody told. In: made-up
 * records, in the order in which a kernel tells them. Out: one thread for each life. */
#include "trace-fixture.h"
#include <string.h>

#define LEADER 7
#define WORKER 8
#define OTHER 9

static struct weft_task_record
task_at (guint64 time, guint8 kind, guint32 tid, guint16 cpu, const char *comm)
{
  struct weft_task_record task = { .time_ns = START + time,
                                   .kind = kind,
                                   .units = 2,
                                   .cpu = cpu,
                                   .tid = tid,
                                   .tgid = LEADER,
                                   .parent_tgid = 1,
                                   .start_boottime_ns = 1000 + tid };

  g_strlcpy (task.comm, comm, sizeof task.comm);
  return task;
}

static void
tell (WeftTraceStore *store, guint64 time, guint8 kind, guint32 tid, guint16 cpu, const char *comm)
{
  struct weft_task_record task = task_at (time, kind, tid, cpu, comm);

  trace_fixture_append (store, &task, sizeof task, START + time + 1);
}

static void
tell_switch (WeftTraceStore *store, guint64 time, guint16 cpu, guint32 leaves, guint8 how,
             guint32 comes)
{
  struct weft_record record = { .time_ns = START + time,
                                .kind = WEFT_SWITCH,
                                .units = 1,
                                .cpu = cpu,
                                .tid = leaves,
                                .sw = { .how = how, .call = WEFT_CALL_NONE, .next_tid = comes } };

  trace_fixture_append (store, &record, sizeof record, START + time + 1);
}

static void
tell_state (WeftTraceStore *store, guint64 time, guint32 tid, guint8 how)
{
  struct weft_state_record state = { .task = task_at (time, WEFT_STATE, tid, 0, "seen"),
                                     .sw = { .how = how, .call = WEFT_CALL_NONE },
                                     .leader_start_boottime_ns = 1000 + LEADER };

  state.task.units = 3;
  trace_fixture_append (store, &state, sizeof state, START + time + 1);
}

static WeftState
state_at (WeftTraceStore *store, guint id, guint64 time)
{
  const WeftThread *thread = weft_trace_store_get_thread (store, id);
  WeftSlice slice;

  g_assert_true (weft_thread_track_slice_at (thread->track, START + time,
                                             weft_trace_store_get_edge (store), &slice, NULL));
  return slice.state;
}

/* Threads 0 and 1: a leader that is a zombie, and a worker on CPU 1. */
static WeftTraceStore *
new_store_amid_an_exec (gboolean leader_is_gone)
{
  WeftTraceStore *store = trace_fixture_new_store ();

  tell (store, 10, WEFT_FORK, LEADER, 0, "old");
  tell (store, 20, WEFT_FORK, WORKER, 0, "worker");
  tell_switch (store, 30, 0, 0, 0, LEADER);
  tell_switch (store, 40, 1, 0, 0, WORKER);
  tell (store, 50, WEFT_EXIT, LEADER, 0, "old");
  if (leader_is_gone)
    tell_switch (store, 60, 0, LEADER, WEFT_LEFT_DEAD, 0);
  return store;
}

static void
tell_exec (WeftTraceStore *store, guint64 time)
{
  struct weft_task_record exec = task_at (time, WEFT_EXEC, LEADER, 1, "new");

  exec.old_tid = WORKER;
  trace_fixture_append (store, &exec, sizeof exec, START + time + 1);
}

static void
assert_exec_is_one_life (WeftTraceStore *store, guint64 moved)
{
  const WeftThread *leader = weft_trace_store_get_thread (store, 0);
  const WeftThread *worker = weft_trace_store_get_thread (store, 1);

  g_assert_cmpuint (weft_trace_store_count_threads (store), ==, 2);
  g_assert_cmpuint (leader->death_ns, !=, 0);
  g_assert_cmpstr (leader->name, ==, "old");
  g_assert_cmpuint (worker->death_ns, ==, 0);
  g_assert_cmpuint (worker->tid, ==, LEADER);
  g_assert_cmpuint (worker->moved_ns, ==, START + moved);
  g_assert_cmpuint (worker->start_boottime_ns, ==, 1000 + LEADER);
  g_assert_cmpstr (worker->name, ==, "new");
  g_assert_cmpstr (weft_thread_name_at (worker, START + 45), ==, "worker");
  g_assert_cmpuint (weft_trace_store_find_thread (store, LEADER, START + 45), ==, 0);
  g_assert_cmpuint (weft_trace_store_find_thread (store, WORKER, START + 45), ==, 1);
  g_assert_cmpuint (weft_trace_store_find_thread (store, LEADER, START + 200), ==, 1);
}

/* The kernel renames before it tells of the exec, already under the leader's tid. */
static void
test_an_exec_of_a_worker_makes_no_third_thread (void)
{
  g_autoptr (WeftTraceStore) store = new_store_amid_an_exec (TRUE);

  tell (store, 100, WEFT_RENAME, LEADER, 1, "new");
  tell_exec (store, 110);
  tell_switch (store, 120, 1, LEADER, WEFT_LEFT_SLEEP, 0);
  assert_exec_is_one_life (store, 100);
  g_assert_cmpuint (weft_trace_store_get_thread (store, 1)->counts.switches, ==, 1);
}

/* What it waited for as a worker is told under the tid of then. */
static void
test_a_slice_from_before_an_exec_has_its_facts (void)
{
  g_autoptr (WeftTraceStore) store = new_store_amid_an_exec (TRUE);
  g_autoptr (GError) error = NULL;
  WeftSliceDetails details;

  tell_switch (store, 70, 1, WORKER, WEFT_LEFT_STOPPED, 0);
  tell_switch (store, 80, 1, 0, 0, WORKER);
  tell (store, 100, WEFT_RENAME, LEADER, 1, "new");
  tell_exec (store, 110);
  weft_trace_store_finish (store, START + 200);
  g_assert_true (weft_trace_store_find_details (store, 1, START + 75, &details, &error));
  g_assert_no_error (error);
  g_assert_true (details.has_call);
  g_assert_cmpuint (weft_switch_left (&details.sw), ==, WEFT_LEFT_STOPPED);
}

/* Giving the old memory back takes long, and may be preempted. */
static void
test_a_switch_amid_an_exec_is_the_workers (void)
{
  g_autoptr (WeftTraceStore) store = new_store_amid_an_exec (TRUE);

  tell_switch (store, 90, 1, LEADER, WEFT_LEFT_PREEMPTED, 0);
  tell_switch (store, 95, 1, 0, 0, LEADER);
  tell (store, 100, WEFT_RENAME, LEADER, 1, "new");
  tell_exec (store, 110);
  assert_exec_is_one_life (store, 90);
  g_assert_cmpuint (state_at (store, 1, 92), ==, WEFT_STATE_RUNNABLE);
  g_assert_cmpuint (state_at (store, 1, 96), ==, WEFT_STATE_RUNNING);
}

static void
test_a_leader_may_leave_after_its_tid_is_taken (void)
{
  g_autoptr (WeftTraceStore) store = new_store_amid_an_exec (FALSE);

  tell (store, 100, WEFT_RENAME, LEADER, 1, "new");
  tell_switch (store, 105, 0, WORKER, WEFT_LEFT_DEAD, 0);
  tell_exec (store, 110);
  assert_exec_is_one_life (store, 100);
  g_assert_cmpuint (weft_trace_store_get_thread (store, 0)->death_ns, ==, START + 105);
  g_assert_cmpuint (weft_trace_store_get_thread (store, 0)->counts.switches, ==, 1);
}

/* A snapshot, and another after a loss, tell of who is not reaped. */
static void
test_who_is_not_reaped_is_the_one_that_ended (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  struct weft_task_record end = task_at (50, WEFT_EXIT, LEADER, 0, "old");
  const WeftProcess *process;

  tell (store, 10, WEFT_FORK, LEADER, 0, "old");
  tell_switch (store, 20, 0, 0, 0, LEADER);
  end.task_flags = WEFT_TASK_LAST_THREAD;
  trace_fixture_append (store, &end, sizeof end, START + 51);
  tell_switch (store, 60, 0, LEADER, WEFT_LEFT_DEAD, 0);
  tell_state (store, 100, LEADER, WEFT_LEFT_DEAD);
  tell_state (store, 200, LEADER, WEFT_LEFT_DEAD);
  process = weft_process_table_get (weft_trace_store_get_processes (store), 0);
  g_assert_cmpuint (weft_trace_store_count_threads (store), ==, 1);
  g_assert_cmpuint (weft_trace_store_get_thread (store, 0)->death_ns, ==, START + 60);
  g_assert_cmpuint (state_at (store, 0, 150), ==, WEFT_STATE_EXITED);
  g_assert_cmpuint (process->n_threads, ==, 0);
  g_assert_cmpuint (process->end_ns, ==, START + 50);
}

static void
test_who_was_dead_before_the_trace_was_never_there (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  const WeftThread *thread;

  tell_state (store, 100, LEADER, WEFT_LEFT_DEAD);
  thread = weft_trace_store_get_thread (store, 0);
  g_assert_cmpuint (thread->birth_ns, ==, START + 100);
  g_assert_cmpuint (thread->death_ns, ==, START + 100);
}

static void
test_an_end_names_who_was_known_by_switches_alone (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();

  tell_switch (store, 10, 0, 0, 0, LEADER);
  g_assert_cmpstr (weft_trace_store_get_thread (store, 0)->name, ==, WEFT_UNNAMED);
  tell (store, 20, WEFT_EXIT, LEADER, 0, "late");
  g_assert_cmpstr (weft_trace_store_get_thread (store, 0)->name, ==, "late");
}

/* An exec's rename comes before it, even when the name is the same. */
static void
test_a_name_is_the_one_of_then (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  WeftProcessTable *table = weft_trace_store_get_processes (store);
  const WeftThread *thread;

  tell (store, 10, WEFT_FORK, LEADER, 0, "shell");
  tell (store, 100, WEFT_RENAME, LEADER, 0, "shell");
  tell (store, 110, WEFT_EXEC, LEADER, 0, "shell");
  tell (store, 200, WEFT_RENAME, LEADER, 0, "sleep");
  tell (store, 210, WEFT_EXEC, LEADER, 0, "sleep");
  tell (store, 300, WEFT_RENAME, LEADER, 0, "third");
  thread = weft_trace_store_get_thread (store, 0);
  for (guint64 time = 0; time < 400; time += 50)
    {
      const char *expected = time < 200 ? "shell" : time < 300 ? "sleep" : "third";

      g_assert_cmpstr (weft_thread_name_at (thread, START + time), ==, expected);
      g_assert_cmpstr (weft_process_table_get_name_at (table, 0, START + time), ==, expected);
    }
  g_assert_cmpstr (weft_renames_get_before_exec (thread->renames, START + 210), ==, "shell");
  g_assert_cmpstr (weft_renames_get_before_exec (thread->renames, START + 110), ==, "shell");
  g_assert_null (weft_renames_get_before_exec (thread->renames, START + 90));
}

static void
test_a_thread_outside_of_the_session_stays_unknown (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  struct weft_record wake
      = { .time_ns = START + 10,
          .kind = WEFT_WAKE,
          .units = 1,
          .tid = LEADER,
          .wake
          = { .woken_tid = OTHER, .context = WEFT_CONTEXT_TASK, .flags = WEFT_WAKE_UNWANTED } };

  trace_fixture_append (store, &wake, sizeof wake, START + 100);
  g_assert_cmpuint (weft_trace_store_get_thread (store, 0)->counts.wakeups, ==, 1);
  g_assert_cmpuint (state_at (store, 0, 50), ==, WEFT_STATE_UNKNOWN);
}

/* Some kernels hide how certain threads leave. */
static void
test_who_left_untold_is_unknown (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();

  tell_switch (store, 10, 0, 0, 0, LEADER);
  tell_switch (store, 20, 0, OTHER, WEFT_LEFT_SLEEP, 0);
  g_assert_cmpuint (state_at (store, 0, 15), ==, WEFT_STATE_UNKNOWN);
  g_assert_cmpuint (state_at (store, 0, 20), ==, WEFT_STATE_UNKNOWN);
  tell_switch (store, 30, 0, 0, 0, LEADER);
  tell_switch (store, 40, 1, 0, 0, LEADER);
  g_assert_cmpuint (state_at (store, 0, 35), ==, WEFT_STATE_UNKNOWN);
  g_assert_cmpuint (state_at (store, 0, 40), ==, WEFT_STATE_RUNNING);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func ("/identities/" path, function)
  ADD ("an-exec-of-a-worker-makes-no-third-thread", test_an_exec_of_a_worker_makes_no_third_thread);
  ADD ("a-slice-from-before-an-exec-has-its-facts", test_a_slice_from_before_an_exec_has_its_facts);
  ADD ("a-switch-amid-an-exec-is-the-workers", test_a_switch_amid_an_exec_is_the_workers);
  ADD ("a-leader-may-leave-after-its-tid-is-taken", test_a_leader_may_leave_after_its_tid_is_taken);
  ADD ("who-is-not-reaped-is-the-one-that-ended", test_who_is_not_reaped_is_the_one_that_ended);
  ADD ("who-was-dead-before-the-trace-was-never-there",
       test_who_was_dead_before_the_trace_was_never_there);
  ADD ("an-end-names-who-was-known-by-switches-alone",
       test_an_end_names_who_was_known_by_switches_alone);
  ADD ("a-name-is-the-one-of-then", test_a_name_is_the_one_of_then);
  ADD ("a-thread-outside-of-the-session-stays-unknown",
       test_a_thread_outside_of_the_session_stays_unknown);
  ADD ("who-left-untold-is-unknown", test_who_left_untold_is_unknown);
#undef ADD
  return g_test_run ();
}
