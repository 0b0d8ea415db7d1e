/* test-process-changes.c: what of a table of processes changed since when, and what it
 * costs that most of them ended long ago. In: made-up records and samples. */
#include <string.h>
#include "trace/process-table.h"

#define MS (G_GUINT64_CONSTANT (1000000))
#define AHEAD (5000 * MS) /* CLOCK_BOOTTIME before CLOCK_MONOTONIC */

static guint
apply (WeftProcessTable *table, guint64 time, guint8 kind, guint32 tgid, guint64 birth)
{
  struct weft_task_record record = { .time_ns = time,
                                     .kind = kind,
                                     .units = 2,
                                     .tid = tgid,
                                     .tgid = tgid,
                                     .parent_tgid = 1,
                                     .task_flags = kind == WEFT_EXIT ? WEFT_TASK_LAST_THREAD : 0,
                                     .start_boottime_ns = AHEAD + birth };

  memcpy (record.comm, "task", 5);
  return weft_process_table_apply (table, &record, record.start_boottime_ns);
}

static guint
fork_child (WeftProcessTable *table, guint64 time, guint32 tgid)
{
  return apply (table, time, WEFT_FORK, tgid, time);
}

static void
end (WeftProcessTable *table, guint64 time, guint32 tgid, guint64 birth)
{
  apply (table, time, WEFT_EXIT, tgid, birth);
}

/* /proc shows 7, by that name, and 8. */
static void
reconcile (WeftProcessTable *table, guint64 time, const char *name)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, TRUE, sizeof (WeftProcEntry));
  const WeftProcSnapshot snapshot
      = { .time_ns = time, .boottime_minus_monotonic_ns = AHEAD, .entries = entries };

  for (guint32 tgid = 7; tgid <= 8; tgid++)
    {
      WeftProcEntry entry = { .tgid = tgid,
                              .parent_tgid = 1,
                              .uid = 1000,
                              .start_boottime_ns = AHEAD + (tgid == 7 ? 100 : 110) * MS,
                              .state = 'S',
                              .memory_bytes = time,
                              .n_threads = 1 };

      g_strlcpy (entry.comm, tgid == 7 ? name : "task", sizeof entry.comm);
      g_array_append_val (entries, entry);
    }
  weft_process_table_reconcile (table, &snapshot);
}

static WeftProcessTable *
new_table (void)
{
  WeftProcessTable *table = weft_process_table_new ();

  weft_process_table_set_boot_offset (table, AHEAD);
  return table;
}

static void
assert_changed (WeftProcessTable *table, guint64 since, guint n, guint newest_id)
{
  g_autoptr (GArray) changed = weft_process_table_list_changed (table, since);

  g_assert_cmpuint (changed->len, ==, n);
  if (n > 0)
    g_assert_cmpuint (g_array_index (changed, guint, 0), ==, newest_id);
}

static void
test_what_changed_is_listed_and_samples_of_usage_are_not (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();
  guint first = fork_child (table, 100 * MS, 7), second = fork_child (table, 110 * MS, 8);
  guint64 then;

  assert_changed (table, 0, 2, second);
  reconcile (table, 200 * MS, "task"); /* tells whose they are */
  then = weft_process_table_get_generation (table);
  assert_changed (table, then, 0, WEFT_NO_ID);
  reconcile (table, 300 * MS, "task");
  g_assert_cmpuint (weft_process_table_get_generation (table), >, then);
  assert_changed (table, then, 0, WEFT_NO_ID);
  reconcile (table, 400 * MS, "other");
  assert_changed (table, then, 1, first);
  end (table, 500 * MS, 8, 110 * MS);
  assert_changed (table, then, 2, second);
  then = weft_process_table_get_generation (table);
  weft_process_table_set_facts (table, first, 1000, "other --again", 0);
  assert_changed (table, then, 1, first);
  assert_changed (table, weft_process_table_get_generation (table), 0, WEFT_NO_ID);
}

/* The shortest of some, so that who else runs on this machine is left out. */
static gint64
time_reconcile (WeftProcessTable *table, guint64 time)
{
  gint64 least = G_MAXINT64;

  for (guint i = 0; i < 20; i++)
    {
      gint64 start = g_get_monotonic_time ();

      for (guint again = 0; again < 50; again++)
        reconcile (table, time, "task");
      least = MIN (least, g_get_monotonic_time () - start);
    }
  return least;
}

static void
test_what_ended_costs_no_reconcile_anything (void)
{
  g_autoptr (WeftProcessTable) table = new_table ();
  guint64 time = 100 * MS;
  gint64 few;

  fork_child (table, time, 7);
  few = time_reconcile (table, time + MS);
  for (guint32 tgid = 100; tgid < 200100; tgid++)
    {
      fork_child (table, time, tgid);
      end (table, time + 1, tgid, time);
      time += 2;
    }
  g_assert_cmpint (time_reconcile (table, time + MS), <, 1000 + 10 * few);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/process-changes/are-listed-and-samples-of-usage-are-not",
                   test_what_changed_is_listed_and_samples_of_usage_are_not);
  g_test_add_func ("/process-changes/what-ended-costs-no-reconcile-anything",
                   test_what_ended_costs_no_reconcile_anything);
  return g_test_run ();
}
