/* test-scope.c: what a trace says of what it watched, over time. In: scopes and
 * lifecycle records. Out: one answer for a range, and its title. */
#include "trace-fixture.h"
#include "trace-scope.h"
#include <string.h>

#define MS 1000000

static void
tell_birth (WeftTraceStore *store, guint64 time, guint32 pid, guint32 parent, const char *name)
{
  struct weft_task_record task = { .time_ns = START + time,
                                   .kind = WEFT_FORK,
                                   .units = 2,
                                   .tid = pid,
                                   .tgid = pid,
                                   .parent_tgid = parent,
                                   .start_boottime_ns = START + time };

  memcpy (task.comm, name, strlen (name));
  trace_fixture_append (store, &task, sizeof task, START + time + 1);
}

/* python3 with a child and a grandchild, and a stranger. */
static WeftTraceStore *
new_family (void)
{
  WeftTraceStore *store = trace_fixture_new_store ();

  tell_birth (store, 1 * MS, 4242, 1, "python3");
  tell_birth (store, 2 * MS, 4300, 4242, "sh");
  tell_birth (store, 3 * MS, 4400, 4300, "sleep");
  tell_birth (store, 4 * MS, 5000, 1, "stranger");
  return store;
}

static void
trace_targets (WeftTraceStore *store, guint64 since_ns, const guint32 *tgids, gsize n)
{
  weft_trace_store_set_scope (store, since_ns, WEFT_TRACED_TARGETS, tgids, n, TRUE);
}

static void
assert_title (WeftTraceStore *store, guint64 from, guint64 to, const char *expected)
{
  g_autofree char *title = weft_trace_store_describe_scope (store, START + from, START + to);

  g_assert_cmpstr (title, ==, expected);
}

static void
test_nothing_is_said_before_anything_is_traced (void)
{
  g_autoptr (WeftTraceStore) store = new_family ();

  g_assert_cmpuint (weft_trace_store_get_traced (store, 0, G_MAXUINT64), ==, WEFT_TRACED_UNTOLD);
  assert_title (store, 0, 10 * MS, NULL);
}

static void
test_the_title_names_targets_and_counts_their_children (void)
{
  static const guint32 tgids[] = { 4242, 5000, 4300, 4400 };
  static const struct
  {
    gsize n;
    const char *title;
  } cases[] = {
    { 1, "python3 · 4242 and 2 children" },
    { 2, "python3 · 4242, stranger · 5000 and 2 children" },
    { 4, "python3 · 4242, stranger · 5000, sh · 4300 + 1" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (WeftTraceStore) store = new_family ();

      trace_targets (store, 0, tgids, cases[i].n);
      assert_title (store, 0, 10 * MS, cases[i].title);
    }
}

static void
test_a_child_that_came_later_is_not_counted (void)
{
  static const guint32 tgid = 4242;
  g_autoptr (WeftTraceStore) store = new_family ();

  trace_targets (store, 0, &tgid, 1);
  assert_title (store, 1 * MS, 2 * MS + MS / 2, "python3 · 4242 and 1 child");
}

static void
tell_end (WeftTraceStore *store, guint64 time, guint32 pid, guint64 birth)
{
  struct weft_task_record task = { .time_ns = START + time,
                                   .kind = WEFT_EXIT,
                                   .units = 2,
                                   .tid = pid,
                                   .tgid = pid,
                                   .start_boottime_ns = START + birth,
                                   .task_flags = WEFT_TASK_LAST_THREAD };

  trace_fixture_append (store, &task, sizeof task, START + time + 1);
}

/* While it runs, when it has ended, and when something else is recorded since. */
static void
test_children_are_those_of_the_time_it_was_traced (void)
{
  static const guint32 tgid = 4242;
  static const char *const title = "python3 · 4242 and 2 children";
  g_autoptr (WeftTraceStore) store = new_family ();
  g_autofree char *live = NULL;

  tell_end (store, 10 * MS, 4400, 3 * MS);
  weft_trace_store_set_scope (store, 0, WEFT_TRACED_MACHINE, NULL, 0, FALSE);
  trace_targets (store, START + 20 * MS, &tgid, 1);
  tell_birth (store, 21 * MS, 4500, 4242, "came");
  tell_end (store, 22 * MS, 4500, 21 * MS);
  live = weft_trace_store_describe_scope (store, weft_trace_store_get_edge (store),
                                          weft_trace_store_get_edge (store));
  g_assert_cmpstr (live, ==, title);
  assert_title (store, 20 * MS, 22 * MS, title);
  weft_trace_store_set_scope (store, START + 30 * MS, WEFT_TRACED_MACHINE, NULL, 0, FALSE);
  tell_birth (store, 31 * MS, 4600, 4242, "later");
  assert_title (store, 0, 40 * MS, "Whole machine, at times only python3 · 4242 and 2 children");
}

static void
test_targets_that_nobody_knows_have_a_title (void)
{
  static const guint32 tgid = 77;
  g_autoptr (WeftTraceStore) store = new_family ();

  trace_targets (store, 0, &tgid, 1);
  assert_title (store, 0, 10 * MS, "Chosen processes");
}

static void
test_the_whole_machine_is_only_what_was_so_throughout (void)
{
  static const guint32 tgid = 5000;
  g_autoptr (WeftTraceStore) store = new_family ();

  weft_trace_store_set_scope (store, 0, WEFT_TRACED_MACHINE, NULL, 0, FALSE);
  trace_targets (store, START + 20 * MS, &tgid, 1);
  weft_trace_store_set_scope (store, START + 30 * MS, WEFT_TRACED_MACHINE, NULL, 0, FALSE);
  assert_title (store, 0, 10 * MS, "Whole machine");
  assert_title (store, 31 * MS, 40 * MS, "Whole machine");
  assert_title (store, 22 * MS, 28 * MS, "stranger · 5000");
  assert_title (store, 10 * MS, 40 * MS, "Whole machine, at times only stranger · 5000");
  g_assert_cmpuint (weft_trace_store_get_traced (store, START, START + 10 * MS), ==,
                    WEFT_TRACED_MACHINE);
  g_assert_cmpuint (weft_trace_store_get_traced (store, START, START + 40 * MS), ==,
                    WEFT_TRACED_TARGETS);
  g_assert_cmpuint (weft_trace_store_get_traced (store, G_MAXUINT64, G_MAXUINT64), ==,
                    WEFT_TRACED_MACHINE);
}

static void
test_every_narrowing_is_told (void)
{
  static const guint32 stranger = 5000, python = 4242;
  g_autoptr (WeftTraceStore) store = new_family ();

  weft_trace_store_set_scope (store, 0, WEFT_TRACED_MACHINE, NULL, 0, FALSE);
  trace_targets (store, START + 20 * MS, &stranger, 1);
  weft_trace_store_set_scope (store, START + 30 * MS, WEFT_TRACED_MACHINE, NULL, 0, FALSE);
  trace_targets (store, START + 40 * MS, &python, 1);
  trace_targets (store, START + 50 * MS, &stranger, 1);
  assert_title (store, 0, 60 * MS,
                "Whole machine, at times only stranger · 5000 or python3 · 4242 and 2 children");
  assert_title (store, 0, 38 * MS, "Whole machine, at times only stranger · 5000");
  assert_title (store, 41 * MS, 60 * MS,
                "python3 · 4242 and 2 children or stranger · 5000, one at a time");
  assert_title (store, 41 * MS, 45 * MS, "python3 · 4242 and 2 children");
  g_assert_true (weft_trace_store_scope_changed (store, START + 41 * MS, START + 60 * MS));
  g_assert_false (weft_trace_store_scope_changed (store, START + 41 * MS, START + 45 * MS));
}

static void
test_many_narrowings_are_counted (void)
{
  static const guint32 tgids[] = { 5000, 4242, 4300, 4400, 5000 };
  g_autoptr (WeftTraceStore) store = new_family ();

  weft_trace_store_set_scope (store, 0, WEFT_TRACED_MACHINE, NULL, 0, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (tgids); i++)
    weft_trace_store_set_scope (store, START + (20 + i) * MS, WEFT_TRACED_TARGETS, &tgids[i], 1,
                                FALSE);
  assert_title (store, 0, 60 * MS,
                "Whole machine, at times only stranger · 5000 or python3 · 4242 or sh · 4300 + 1");
}

static void
test_who_was_in_a_scope_was_recorded (void)
{
  static const guint32 python = 4242;
  g_autoptr (WeftTraceStore) store = new_family ();
  WeftProcessTable *table = weft_trace_store_get_processes (store);
  guint sleeper = weft_process_table_find (table, 4400);
  guint stranger = weft_process_table_find (table, 5000);

  g_assert_true (weft_trace_store_records_process (store, stranger, START, START + 9 * MS));
  trace_targets (store, 0, &python, 1);
  g_assert_true (weft_trace_store_records_process (store, sleeper, START, START + 9 * MS));
  g_assert_false (weft_trace_store_records_process (store, stranger, START, START + 9 * MS));
  weft_trace_store_set_scope (store, START + 10 * MS, WEFT_TRACED_MACHINE, NULL, 0, FALSE);
  weft_trace_store_set_scope (store, START + 20 * MS, WEFT_TRACED_TARGETS, &python, 1, FALSE);
  g_assert_true (weft_trace_store_records_process (store, stranger, START, START + 30 * MS));
  g_assert_true (weft_trace_store_records_process (store, sleeper, START, START + 30 * MS));
  g_assert_false (
      weft_trace_store_records_process (store, stranger, START + 21 * MS, START + 30 * MS));
  g_assert_false (
      weft_trace_store_records_process (store, sleeper, START + 21 * MS, START + 30 * MS));
}

static void
test_what_was_told_of_a_time_is_told_anew (void)
{
  g_autoptr (WeftTraceStore) store = new_family ();
  guint n;

  weft_trace_store_set_scope (store, 0, WEFT_TRACED_MACHINE, NULL, 0, FALSE);
  weft_trace_store_set_scope (store, 0, WEFT_TRACED_OWN, NULL, 0, FALSE);
  weft_trace_store_get_scopes (store, &n);
  g_assert_cmpuint (n, ==, 1);
  assert_title (store, 0, 10 * MS, "Own processes");
}

static void
test_ids_come_back (void)
{
  static const WeftTraced all[] = { WEFT_TRACED_MACHINE, WEFT_TRACED_OWN, WEFT_TRACED_TARGETS };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    g_assert_cmpuint (weft_traced_from_id (weft_traced_get_id (all[i])), ==, all[i]);
  g_assert_cmpuint (weft_traced_from_id ("everything"), ==, WEFT_TRACED_UNTOLD);
  g_assert_cmpuint (weft_traced_from_id (NULL), ==, WEFT_TRACED_UNTOLD);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scope/nothing-is-said-before-anything-is-traced",
                   test_nothing_is_said_before_anything_is_traced);
  g_test_add_func ("/scope/the-title-names-targets-and-counts-their-children",
                   test_the_title_names_targets_and_counts_their_children);
  g_test_add_func ("/scope/a-child-that-came-later-is-not-counted",
                   test_a_child_that_came_later_is_not_counted);
  g_test_add_func ("/scope/children-are-those-of-the-time-it-was-traced",
                   test_children_are_those_of_the_time_it_was_traced);
  g_test_add_func ("/scope/targets-that-nobody-knows-have-a-title",
                   test_targets_that_nobody_knows_have_a_title);
  g_test_add_func ("/scope/the-whole-machine-is-only-what-was-so-throughout",
                   test_the_whole_machine_is_only_what_was_so_throughout);
  g_test_add_func ("/scope/every-narrowing-is-told", test_every_narrowing_is_told);
  g_test_add_func ("/scope/many-narrowings-are-counted", test_many_narrowings_are_counted);
  g_test_add_func ("/scope/who-was-in-a-scope-was-recorded", test_who_was_in_a_scope_was_recorded);
  g_test_add_func ("/scope/what-was-told-of-a-time-is-told-anew",
                   test_what_was_told_of_a_time_is_told_anew);
  g_test_add_func ("/scope/ids-come-back", test_ids_come_back);
  return g_test_run ();
}
