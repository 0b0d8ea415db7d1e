/* test-process-starts.c: one process, whoever tells of it first: /proc, which knows its start
 * in ticks, one of its threads, or its leader. In: made-up records and samples. */
#include "trace/process-table.h"

#define MS (G_GUINT64_CONSTANT (1000000))
#define AHEAD (5000 * MS) /* CLOCK_BOOTTIME before CLOCK_MONOTONIC */

/* All are about the process 7. */
static void
apply (WeftProcessTable *table, guint64 time, guint8 kind, guint32 tid, guint64 start,
       guint64 leader_start)
{
  struct weft_task_record record = { .time_ns = time,
                                     .kind = kind,
                                     .units = 2,
                                     .tid = tid,
                                     .tgid = 7,
                                     .parent_tgid = 1,
                                     .start_boottime_ns = start };

  g_strlcpy (record.comm, tid == 7 ? "leader" : "thread", sizeof record.comm);
  weft_process_table_apply (table, &record, leader_start);
}

static guint
reconcile (WeftProcessTable *table, guint64 time, guint64 start)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, TRUE, sizeof (WeftProcEntry));
  const WeftProcSnapshot snapshot
      = { .time_ns = time, .boottime_minus_monotonic_ns = AHEAD, .entries = entries };
  const WeftProcEntry entry = { .tgid = 7,
                                .parent_tgid = 1,
                                .start_boottime_ns = start / (10 * MS) * (10 * MS),
                                .state = 'S',
                                .n_threads = 1,
                                .comm = "leader" };

  g_array_append_val (entries, entry);
  return weft_process_table_reconcile (table, &snapshot);
}

static void
reconcile_without (WeftProcessTable *table, guint64 time)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (WeftProcEntry));
  const WeftProcSnapshot snapshot
      = { .time_ns = time, .boottime_minus_monotonic_ns = AHEAD, .entries = entries };

  g_assert_cmpuint (weft_process_table_reconcile (table, &snapshot), ==, 1);
}

static WeftProcessTable *
new_table (void)
{
  WeftProcessTable *table = weft_process_table_new ();

  weft_process_table_set_boot_offset (table, AHEAD);
  return table;
}

static const WeftProcess *
newest (WeftProcessTable *table)
{
  return weft_process_table_get (table, weft_process_table_find (table, 7));
}

/* /proc tells ticks of 10 ms, records ns: whoever came first, it is one process. */
static void
test_a_start_in_ticks_is_the_start_in_ns (void)
{
  const guint64 start = AHEAD + 100 * MS + 7654321;
  for (guint proc_first = 0; proc_first < 2; proc_first++)
    {
      g_autoptr (WeftProcessTable) table = new_table ();

      if (proc_first)
        g_assert_cmpuint (reconcile (table, 200 * MS, start), ==, 1);
      apply (table, start - AHEAD, WEFT_FORK, 7, start, start);
      if (!proc_first)
        g_assert_cmpuint (reconcile (table, 200 * MS, start), ==, 0);
      g_assert_cmpuint (weft_process_table_get_size (table), ==, 1);
      g_assert_cmpuint (newest (table)->start_boottime_ns, ==, start);
      g_assert_cmpuint (newest (table)->start_ns, ==, start - AHEAD);
    }
}

/* A thread whose leader no record has told yet knows its process by what /proc said. */
static void
test_a_thread_that_ends_before_its_leader_is_told_makes_no_other_process (void)
{
  const guint64 start = AHEAD + 100 * MS + 7654321;
  g_autoptr (WeftProcessTable) table = new_table ();

  reconcile (table, 200 * MS, start);
  apply (table, 300 * MS, WEFT_EXIT, 8, start + 5 * MS, newest (table)->start_boottime_ns);
  apply (table, 400 * MS, WEFT_STATE, 7, start, start);
  g_assert_cmpuint (weft_process_table_get_size (table), ==, 1);
  g_assert_cmpuint (newest (table)->start_boottime_ns, ==, start);
  g_assert_cmpuint (newest (table)->end_ns, ==, 0);
}

/* Of a process that only a thread has told of yet, the thread's name is a guess. */
static void
test_a_process_has_not_the_name_of_its_thread (void)
{
  const guint64 start = AHEAD + 100 * MS;

  for (guint proc_first = 0; proc_first < 2; proc_first++)
    {
      g_autoptr (WeftProcessTable) table = new_table ();
      guint n;

      apply (table, 300 * MS, WEFT_EXIT, 8, start + 10 * MS, 0);
      g_assert_cmpstr (newest (table)->name, ==, "thread");
      if (proc_first)
        reconcile (table, 350 * MS, start);
      apply (table, 400 * MS, WEFT_STATE, 7, start, start);
      g_assert_cmpstr (newest (table)->name, ==, "leader");
      weft_process_table_get_renames (table, newest (table)->id, &n);
      g_assert_cmpuint (n, ==, 0);
    }
}

/* /proc was walked before the trace began, and again in it. */
static void
test_who_was_gone_before_any_record_ends_when_it_was_last_seen (void)
{
  const guint64 start = AHEAD + 100 * MS;
  g_autoptr (WeftProcessTable) table = new_table ();

  reconcile (table, 200 * MS, start);
  reconcile (table, 250 * MS, start);
  reconcile_without (table, 900 * MS);
  g_assert_cmpuint (newest (table)->end_ns, ==, 250 * MS);
  g_assert_false (newest (table)->status_known);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func ("/process-starts/" path, function)
  ADD ("a-start-in-ticks-is-the-start-in-ns", test_a_start_in_ticks_is_the_start_in_ns);
  ADD ("a-thread-that-ends-before-its-leader-is-told-makes-no-other-process",
       test_a_thread_that_ends_before_its_leader_is_told_makes_no_other_process);
  ADD ("a-process-has-not-the-name-of-its-thread", test_a_process_has_not_the_name_of_its_thread);
  ADD ("who-was-gone-before-any-record-ends-when-it-was-last-seen",
       test_who_was_gone_before_any_record_ends_when_it_was_last_seen);
#undef ADD
  return g_test_run ();
}
