/* test-process-table.c: the processes that records and /proc together tell of: one
 * entry for each life of a pid, its kin, its end. In: made-up records and samples. */
#include <string.h>
#include "trace/process-table.h"

#define MS (G_GUINT64_CONSTANT (1000000))
#define AHEAD (5000 * MS) /* CLOCK_BOOTTIME before CLOCK_MONOTONIC */

typedef struct
{
  guint32 tgid, parent;
  guint64 start; /* boottime */
  const char *name;
} Sample;

static struct weft_task_record
task_at (guint64 time, guint8 kind, guint32 tid, guint32 tgid, guint64 start)
{
  struct weft_task_record record = { .time_ns = time,
                                     .kind = kind,
                                     .units = 2,
                                     .tid = tid,
                                     .tgid = tgid,
                                     .parent_tgid = 1,
                                     .start_boottime_ns = start };

  memcpy (record.comm, "task", 5);
  return record;
}

static guint
apply (WeftProcessTable *table, guint64 time, guint8 kind, guint32 tgid, guint64 start)
{
  struct weft_task_record record = task_at (time, kind, tgid, tgid, start);

  if (kind == WEFT_EXIT)
    record.task_flags = WEFT_TASK_LAST_THREAD;
  return weft_process_table_apply (table, &record, start);
}

static guint
fork_child (WeftProcessTable *table, guint64 time, guint32 parent, guint32 tgid)
{
  struct weft_task_record record = task_at (time, WEFT_FORK, tgid, tgid, AHEAD + time);

  record.parent_tgid = parent;
  return weft_process_table_apply (table, &record, AHEAD + time);
}

static guint
reconcile (WeftProcessTable *table, guint64 time, const Sample *samples, guint n)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, TRUE, sizeof (WeftProcEntry));
  WeftProcSnapshot snapshot
      = { .time_ns = time, .boottime_minus_monotonic_ns = AHEAD, .entries = entries };

  for (guint i = 0; i < n; i++)
    {
      WeftProcEntry entry = { .tgid = samples[i].tgid,
                              .parent_tgid = samples[i].parent,
                              .uid = 1000,
                              .start_boottime_ns = samples[i].start / (10 * MS) * (10 * MS),
                              .state = 'S',
                              .n_threads = 1 };

      g_strlcpy (entry.comm, samples[i].name != NULL ? samples[i].name : "task", sizeof entry.comm);
      g_array_append_val (entries, entry);
    }
  return weft_process_table_reconcile (table, &snapshot);
}

static WeftProcessTable *
new_table (void)
{
  WeftProcessTable *table = weft_process_table_new ();

  weft_process_table_set_boot_offset (table, AHEAD);
  return table;
}

static const WeftProcess *
newest (WeftProcessTable *table, guint32 tgid)
{
  const WeftProcess *process
      = weft_process_table_get (table, weft_process_table_find (table, tgid));

  g_assert_nonnull (process);
  return process;
}

/* --- one entry for each life of a pid ------------------------------------- */

static void
test_a_reused_pid_is_another_process (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();
  guint first = fork_child (table, 100 * MS, 1, 7);
  guint second;

  apply (table, 200 * MS, WEFT_EXIT, 7, AHEAD + 100 * MS);
  second = fork_child (table, 300 * MS, 1, 7);
  g_assert_cmpuint (first, !=, second);
  g_assert_cmpuint (weft_process_table_find (table, 7), ==, second);
  g_assert_cmpuint (weft_process_table_find_at (table, 7, 150 * MS), ==, first);
  g_assert_cmpuint (weft_process_table_find_at (table, 7, 299 * MS), ==, first);
  g_assert_cmpuint (weft_process_table_find_at (table, 7, 300 * MS), ==, second);
  g_assert_cmpuint (weft_process_table_get (table, first)->end_ns, ==, 200 * MS);
  g_assert_cmpuint (weft_process_table_get (table, second)->end_ns, ==, 0);
}

/* Two never have a pid at once. */
static void
test_a_reuse_ends_who_had_the_pid_when_the_exit_was_lost (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();
  guint first = fork_child (table, 100 * MS, 1, 7);

  fork_child (table, 300 * MS, 1, 7);
  g_assert_cmpuint (weft_process_table_get (table, first)->end_ns, ==, 300 * MS);
  g_assert_false (weft_process_table_get (table, first)->status_known);
  g_assert_cmpuint (newest (table, 7)->end_ns, ==, 0);
}

static void
test_a_reuse_in_the_same_instant_is_told_by_the_start (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();
  guint first = fork_child (table, 100 * MS, 1, 7);

  apply (table, 100 * MS + 1, WEFT_EXIT, 7, AHEAD + 100 * MS);
  g_assert_cmpuint (fork_child (table, 100 * MS + 2, 1, 7), !=, first);
  g_assert_cmpuint (weft_process_table_get_size (table), ==, 2);
}

static void
test_the_same_start_is_the_same_process (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();
  guint id = fork_child (table, 100 * MS, 1, 7);
  guint64 start = AHEAD + 100 * MS;

  g_assert_cmpuint (apply (table, 110 * MS, WEFT_STATE, 7, start), ==, id);
  g_assert_cmpuint (apply (table, 120 * MS, WEFT_RENAME, 7, start), ==, id);
  g_assert_cmpuint (apply (table, 130 * MS, WEFT_EXEC, 7, start), ==, id);
  g_assert_cmpuint (apply (table, 140 * MS, WEFT_EXIT, 7, start), ==, id);
  g_assert_cmpuint (weft_process_table_get_size (table), ==, 1);
}

static void
test_a_sample_of_another_start_is_a_reuse (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();
  guint first = fork_child (table, 100 * MS, 1, 7);
  const Sample sample = { 7, 1, AHEAD + 500 * MS, NULL };

  g_assert_cmpuint (reconcile (table, 600 * MS, &sample, 1), ==, 2); /* a birth, an end */
  g_assert_cmpuint (weft_process_table_find (table, 7), !=, first);
  g_assert_cmpuint (weft_process_table_get (table, first)->end_ns, ==, 600 * MS);
  g_assert_false (weft_process_table_get (table, first)->status_known);
}

/* --- /proc is older than the records -------------------------------------- */

/* Taken before an exec, applied after it. */
static void
test_a_sample_from_before_an_exec_sets_nothing_back (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();
  const Sample stale = { 7, 2, AHEAD + 100 * MS, "old" };
  guint id;

  fork_child (table, 10 * MS, 1, 1);
  fork_child (table, 20 * MS, 1, 2);
  id = fork_child (table, 100 * MS, 1, 7);
  for (guint kind = WEFT_RENAME; kind >= WEFT_EXEC; kind--)
    {
      struct weft_task_record record = task_at (300 * MS, (guint8)kind, 7, 7, AHEAD + 100 * MS);

      g_strlcpy (record.comm, "new", sizeof record.comm);
      weft_process_table_apply (table, &record, AHEAD + 100 * MS);
    }
  reconcile (table, 200 * MS, &stale, 1);
  g_assert_cmpstr (newest (table, 7)->name, ==, "new");
  g_assert_cmpuint (newest (table, 7)->parent, ==, weft_process_table_find (table, 1));
  g_assert_cmpstr (weft_process_table_get_name_at (table, id, 250 * MS), ==, "task");
  g_assert_cmpstr (weft_process_table_get_name_at (table, id, 300 * MS), ==, "new");
}

/* @bytes of words, of @number in all, trail the exec in @units. */
static const char *
command_line_of_exec (WeftProcessTable *table, const char *words, guint16 bytes, guint32 number,
                      guint8 units)
{
  struct weft_record room[8] = { { .time_ns = 0 } };
  struct weft_task_record exec
      = task_at (300 * MS, WEFT_EXEC | WEFT_HAS_PARTS, 7, 7, AHEAD + 100 * MS);
  struct weft_part part
      = { .kind = WEFT_PART_COMMAND_LINE, .units = units, .bytes = bytes, .number = number };
  gpointer at = room;

  exec.units = (guint8)(2 + units);
  memcpy (room, &exec, sizeof exec);
  memcpy (room + 2, &part, sizeof part);
  if (words != NULL)
    memcpy ((char *)(room + 2) + G_STRUCT_OFFSET (struct weft_part, payload), words, bytes);
  weft_process_table_apply (table, at, AHEAD + 100 * MS);
  return newest (table, 7)->command_line;
}

static void
test_an_exec_brings_its_command_line (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();

  fork_child (table, 100 * MS, 1, 7);
  g_assert_cmpstr (command_line_of_exec (table, "cc\0a b.c\0", 9, 9, 1), ==, "cc a b.c");
  g_assert_cmpstr (command_line_of_exec (table, "cc\0a.c\0-o\0and\0much\0more\0", 27, 500, 2), ==,
                   "cc a.c -o and much more…");
  g_assert_cmpstr (command_line_of_exec (table, "\0\0", 2, 2, 1), ==, NULL);
  g_assert_cmpstr (command_line_of_exec (table, "cc\n\0", 4, 4, 1), ==, "cc\\x0a");
  /* more than there is room for: nobody of ours wrote that */
  g_assert_cmpstr (command_line_of_exec (table, NULL, 500, 500, 1), ==, NULL);
}

/* /proc was quicker than the records: its word gets their time. */
static void
test_a_sampled_name_that_is_told_later_is_one_rename (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();
  const Sample early = { 7, 1, AHEAD + 100 * MS, "new" };
  guint id = fork_child (table, 100 * MS, 1, 7), n;
  struct weft_task_record record = task_at (150 * MS, WEFT_RENAME, 7, 7, AHEAD + 100 * MS);

  reconcile (table, 200 * MS, &early, 1);
  g_strlcpy (record.comm, "new", sizeof record.comm);
  weft_process_table_apply (table, &record, AHEAD + 100 * MS);
  g_assert_cmpuint (weft_process_table_get_renames (table, id, &n)[0].time_ns, ==, 150 * MS);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpstr (newest (table, 7)->name, ==, "new");
}

static void
test_an_older_sample_does_not_revive (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();
  guint id = fork_child (table, 100 * MS, 1, 7);
  const Sample sample = { 7, 1, AHEAD + 100 * MS, NULL };

  apply (table, 300 * MS, WEFT_EXIT, 7, AHEAD + 100 * MS);
  g_assert_cmpuint (reconcile (table, 299 * MS, &sample, 1), ==, 0);
  g_assert_cmpuint (weft_process_table_get_size (table), ==, 1);
  g_assert_cmpuint (weft_process_table_get (table, id)->end_ns, ==, 300 * MS);
}

/* Nor when the pid was given again in between. */
static void
test_an_older_sample_does_not_revive_who_had_the_pid_before (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();
  guint first = fork_child (table, 100 * MS, 1, 7);
  const Sample sample = { 7, 1, AHEAD + 100 * MS, NULL };
  guint second;

  apply (table, 300 * MS, WEFT_EXIT, 7, AHEAD + 100 * MS);
  second = fork_child (table, 301 * MS, 1, 7);
  g_assert_cmpuint (reconcile (table, 299 * MS, &sample, 1), ==, 0);
  g_assert_cmpuint (weft_process_table_get_size (table), ==, 2);
  g_assert_cmpuint (weft_process_table_find (table, 7), ==, second);
  g_assert_cmpuint (weft_process_table_get (table, first)->end_ns, ==, 300 * MS);
  g_assert_cmpuint (weft_process_table_get (table, second)->end_ns, ==, 0);
}

static void
test_an_older_sample_does_not_end_what_was_born_since (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();

  fork_child (table, 300 * MS, 1, 7);
  g_assert_cmpuint (reconcile (table, 300 * MS, NULL, 0), ==, 0);
  g_assert_cmpuint (newest (table, 7)->end_ns, ==, 0);
  g_assert_cmpuint (reconcile (table, 301 * MS, NULL, 0), ==, 1);
  g_assert_cmpuint (newest (table, 7)->end_ns, ==, 301 * MS);
}

/* --- what the records missed ---------------------------------------------- */

static void
test_missed_births_are_added_with_their_parents (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();
  /* the child stands before its parent, as pids wrap */
  const Sample samples[] = { { 7, 9, AHEAD + 200 * MS, "child" },
                             { 9, 1, AHEAD + 100 * MS, "parent" },
                             { 1, 0, 10 * MS, "init" } };

  g_assert_cmpuint (reconcile (table, 300 * MS, samples, 3), ==, 3);
  g_assert_cmpuint (newest (table, 7)->parent, ==, weft_process_table_find (table, 9));
  g_assert_cmpuint (newest (table, 9)->parent, ==, weft_process_table_find (table, 1));
  g_assert_cmpuint (newest (table, 1)->parent, ==, WEFT_NO_ID);
  g_assert_cmpstr (newest (table, 7)->name, ==, "child");
  g_assert_cmpuint (newest (table, 7)->start_ns, ==, 200 * MS);
  g_assert_cmpuint (newest (table, 1)->start_ns, ==, 0); /* before the clock's 0 */
  g_assert_cmpuint (reconcile (table, 310 * MS, samples, 3), ==, 0);
}

static void
test_missed_exits_end_without_a_status (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();
  const Sample samples[] = { { 1, 0, 10 * MS, "init" }, { 7, 1, AHEAD + 100 * MS, "gone" } };

  reconcile (table, 200 * MS, samples, 2);
  g_assert_cmpuint (reconcile (table, 300 * MS, samples, 1), ==, 1);
  g_assert_cmpuint (newest (table, 7)->end_ns, ==, 200 * MS);
  g_assert_cmpuint (newest (table, 7)->n_threads, ==, 0);
  g_assert_false (newest (table, 7)->status_known);
  g_assert_cmpuint (newest (table, 1)->end_ns, ==, 0);
  g_assert_cmpuint (reconcile (table, 400 * MS, samples, 1), ==, 0);
}

/* /proc was faster than the window in which records are sorted. */
static void
test_an_exit_record_after_the_sample_tells_when_and_how (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();
  guint id = fork_child (table, 100 * MS, 1, 7);
  struct weft_task_record exit = task_at (250 * MS, WEFT_EXIT, 7, 7, AHEAD + 100 * MS);

  reconcile (table, 300 * MS, NULL, 0);
  exit.task_flags = WEFT_TASK_LAST_THREAD;
  exit.status = 9;
  g_assert_cmpuint (weft_process_table_apply (table, &exit, exit.start_boottime_ns), ==, id);
  g_assert_cmpuint (newest (table, 7)->end_ns, ==, 250 * MS);
  g_assert_true (newest (table, 7)->status_known);
  g_assert_cmpuint (newest (table, 7)->status, ==, 9);
}

static void
test_a_missed_rename_is_taken_from_the_sample (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();
  guint id = fork_child (table, 100 * MS, 1, 7);
  const Sample sample = { 7, 1, AHEAD + 100 * MS, "renamed" };

  reconcile (table, 300 * MS, &sample, 1);
  g_assert_cmpstr (newest (table, 7)->name, ==, "renamed");
  g_assert_cmpstr (weft_process_table_get_name_at (table, id, 299 * MS), ==, "task");
  g_assert_cmpstr (weft_process_table_get_name_at (table, id, 300 * MS), ==, "renamed");
}

/* --- its name --------------------------------------------------------------- */

/* Each life is found by its time, in a search that does not walk them all. */
static void
test_the_lives_of_a_pid_are_found_by_their_time (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();
  const guint n = 200000;

  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (fork_child (table, (i + 1) * MS, 1, 7), ==, i);
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpuint (weft_process_table_find_at (table, 7, (i + 1) * MS), ==, i);
      g_assert_cmpuint (weft_process_table_find_at (table, 7, (i + 2) * MS - 1), ==, i);
    }
  g_assert_cmpuint (weft_process_table_find_at (table, 7, 0), ==, 0);
  g_assert_cmpuint (weft_process_table_find_at (table, 8, n * MS), ==, WEFT_NO_ID);
}

/* --- its end --------------------------------------------------------------- */

static void
exit_thread (WeftProcessTable *table, guint64 time, guint32 tid, guint32 flags, guint32 status)
{
  const guint64 leader_start = AHEAD + 100 * MS;
  struct weft_task_record record
      = task_at (time, WEFT_EXIT, tid, 7, tid == 7 ? leader_start : AHEAD + tid);

  record.task_flags = flags;
  record.status = status;
  weft_process_table_apply (table, &record, leader_start);
}

static void
add_thread (WeftProcessTable *table, guint64 time, guint32 tid)
{
  struct weft_task_record record = task_at (time, WEFT_FORK, tid, 7, AHEAD + tid);

  weft_process_table_apply (table, &record, AHEAD + 100 * MS);
}

static void
test_a_process_ends_with_its_last_thread (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();

  fork_child (table, 100 * MS, 1, 7);
  add_thread (table, 110 * MS, 8);
  add_thread (table, 120 * MS, 9);
  g_assert_cmpuint (newest (table, 7)->n_threads, ==, 3);
  exit_thread (table, 200 * MS, 7, 0, 0); /* the leader leaves first */
  g_assert_cmpuint (newest (table, 7)->n_threads, ==, 2);
  g_assert_cmpuint (newest (table, 7)->end_ns, ==, 0);
  g_assert_false (newest (table, 7)->status_known);
  exit_thread (table, 300 * MS, 9, 0, 0);
  g_assert_cmpuint (newest (table, 7)->end_ns, ==, 0);
  exit_thread (table, 400 * MS, 8, WEFT_TASK_LAST_THREAD, 3 << 8);
  g_assert_cmpuint (newest (table, 7)->end_ns, ==, 400 * MS);
  g_assert_cmpuint (newest (table, 7)->n_threads, ==, 0);
  g_assert_cmpuint (newest (table, 7)->status, ==, 3 << 8);
  g_assert_cmpuint (weft_process_table_get_size (table), ==, 1);
}

/* While the group exits, a thread's own code is 0 or its death's signal. */
static void
test_the_status_is_that_of_the_group (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();

  fork_child (table, 100 * MS, 1, 7);
  add_thread (table, 110 * MS, 8);
  exit_thread (table, 200 * MS, 8, 0, 0);
  g_assert_false (newest (table, 7)->status_known);
  exit_thread (table, 201 * MS, 7, WEFT_TASK_LAST_THREAD | WEFT_TASK_GROUP_EXIT, 42 << 8);
  g_assert_true (newest (table, 7)->status_known);
  g_assert_cmpuint (newest (table, 7)->status, ==, 42 << 8);
}

/* --- who is there from the beginning ---------------------------------------- */

/* Each snapshot names everybody again; that makes nobody more. */
static void
test_a_second_snapshot_counts_nobody_twice (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();

  apply (table, 100 * MS, WEFT_STATE, 7, 50 * MS);
  apply (table, 200 * MS, WEFT_STATE, 7, 50 * MS);
  g_assert_cmpuint (newest (table, 7)->n_threads, ==, 1);
  fork_child (table, 300 * MS, 1, 8);
  apply (table, 310 * MS, WEFT_STATE, 8, AHEAD + 300 * MS);
  g_assert_cmpuint (newest (table, 8)->n_threads, ==, 1);
}

/* --- kin --------------------------------------------------------------------- */

static void
test_an_orphan_has_a_new_parent_and_its_old_family (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();
  const Sample before[] = { { 1, 0, 10 * MS, "init" } };
  const Sample after[]
      = { { 1, 0, 10 * MS, "init" }, { 9, 1, AHEAD + 200 * MS, "task" } }; /* 8 is gone */
  guint init, parent, child;

  reconcile (table, 90 * MS, before, 1);
  init = weft_process_table_find (table, 1);
  parent = fork_child (table, 100 * MS, 1, 8);
  child = fork_child (table, 200 * MS, 8, 9);
  g_assert_cmpuint (weft_process_table_get (table, child)->parent, ==, parent);
  apply (table, 300 * MS, WEFT_EXIT, 8, AHEAD + 100 * MS);
  g_assert_cmpuint (reconcile (table, 400 * MS, after, 2), ==, 0);
  g_assert_cmpuint (weft_process_table_get (table, child)->parent, ==, init);
  g_assert_cmpuint (weft_process_table_get_birth_parent (table, child), ==, parent);
  g_assert_true (weft_process_table_descends (table, child, parent));
  g_assert_true (weft_process_table_descends (table, child, init));
  g_assert_false (weft_process_table_descends (table, parent, child));
}

/* The parent's pid was given again before the sample: that is no kin. */
static void
test_a_child_is_not_that_of_who_has_its_parents_pid_later (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();
  guint parent = fork_child (table, 100 * MS, 1, 8);
  guint child = fork_child (table, 200 * MS, 8, 9);
  guint other;

  apply (table, 300 * MS, WEFT_EXIT, 8, AHEAD + 100 * MS);
  other = fork_child (table, 400 * MS, 1, 8);
  g_assert_cmpuint (weft_process_table_get (table, child)->parent, ==, parent);
  g_assert_false (weft_process_table_descends (table, child, other));
}

static void
test_nobody_is_its_own_ancestor (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();
  /* no kernel says so; a damaged file or a sample of two moments can */
  const Sample circle[] = { { 7, 8, AHEAD + 100 * MS, NULL },
                            { 8, 9, AHEAD + 110 * MS, NULL },
                            { 9, 7, AHEAD + 120 * MS, NULL },
                            { 6, 6, AHEAD + 130 * MS, NULL } };

  reconcile (table, 200 * MS, circle, 4);
  g_assert_cmpuint (newest (table, 6)->parent, ==, WEFT_NO_ID);
  g_assert_false (weft_process_table_descends (table, weft_process_table_find (table, 7),
                                               weft_process_table_find (table, 6)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func ("/process-table/" path, function)
  ADD ("a-reused-pid-is-another-process", test_a_reused_pid_is_another_process);
  ADD ("a-reuse-ends-who-had-the-pid-when-the-exit-was-lost",
       test_a_reuse_ends_who_had_the_pid_when_the_exit_was_lost);
  ADD ("a-reuse-in-the-same-instant-is-told-by-the-start",
       test_a_reuse_in_the_same_instant_is_told_by_the_start);
  ADD ("the-same-start-is-the-same-process", test_the_same_start_is_the_same_process);
  ADD ("an-exec-brings-its-command-line", test_an_exec_brings_its_command_line);
  ADD ("a-sample-from-before-an-exec-sets-nothing-back",
       test_a_sample_from_before_an_exec_sets_nothing_back);
  ADD ("a-sampled-name-that-is-told-later-is-one-rename",
       test_a_sampled_name_that_is_told_later_is_one_rename);
  ADD ("a-sample-of-another-start-is-a-reuse", test_a_sample_of_another_start_is_a_reuse);
  ADD ("an-older-sample-does-not-revive", test_an_older_sample_does_not_revive);
  ADD ("an-older-sample-does-not-revive-who-had-the-pid-before",
       test_an_older_sample_does_not_revive_who_had_the_pid_before);
  ADD ("an-older-sample-does-not-end-what-was-born-since",
       test_an_older_sample_does_not_end_what_was_born_since);
  ADD ("missed-births-are-added-with-their-parents",
       test_missed_births_are_added_with_their_parents);
  ADD ("missed-exits-end-without-a-status", test_missed_exits_end_without_a_status);
  ADD ("an-exit-record-after-the-sample-tells-when-and-how",
       test_an_exit_record_after_the_sample_tells_when_and_how);
  ADD ("a-missed-rename-is-taken-from-the-sample", test_a_missed_rename_is_taken_from_the_sample);
  ADD ("the-lives-of-a-pid-are-found-by-their-time",
       test_the_lives_of_a_pid_are_found_by_their_time);
  ADD ("a-process-ends-with-its-last-thread", test_a_process_ends_with_its_last_thread);
  ADD ("the-status-is-that-of-the-group", test_the_status_is_that_of_the_group);
  ADD ("a-second-snapshot-counts-nobody-twice", test_a_second_snapshot_counts_nobody_twice);
  ADD ("an-orphan-has-a-new-parent-and-its-old-family",
       test_an_orphan_has_a_new_parent_and_its_old_family);
  ADD ("a-child-is-not-that-of-who-has-its-parents-pid-later",
       test_a_child_is_not_that_of_who_has_its_parents_pid_later);
  ADD ("nobody-is-its-own-ancestor", test_nobody_is_its_own_ancestor);
#undef ADD
  return g_test_run ();
}
