/* test-kernel-groups.c: groups of events come and go while a trace runs; what the kernel
 * lacks is a group less. Runs with the helper's two capabilities. */
#include "test-trace.h"
#include "groups.h"
#include <string.h>
#include <unistd.h>

static const WeftTracerOptions machine = { .scope = WEFT_SCOPE_MACHINE };

static void
play_naps (gpointer data)
{
  for (int i = 0; i < 30; i++)
    weft_test_sleep_ms (1);
}

static void
set_groups (WeftTestTrace *trace, guint groups)
{
  g_autoptr (GError) error = NULL;

  weft_tracer_set_groups (weft_test_trace_get_tracer (trace), groups, &error);
  g_assert_no_error (error);
}

/* Plays, and drains until its end is told; of its switches nothing may be. */
static pid_t
play_unseen (WeftTestTrace *trace)
{
  pid_t child = weft_test_fork (play_naps, NULL);

  g_assert_cmpint (weft_test_trace_finish (trace, child), ==, 0);
  return child;
}

static guint
count_switches (WeftTestTrace *trace, gsize at, guint32 tid)
{
  const struct weft_record *record;
  guint count = 0;

  while ((record = weft_test_trace_next (trace, &at, WEFT_SWITCH)) != NULL)
    count += record->tid == tid;
  return count;
}

static const struct weft_record *
find_untold (WeftTestTrace *trace)
{
  const struct weft_record *record;
  gsize at = 0;

  while ((record = weft_test_trace_next (trace, &at, WEFT_LOST)) != NULL)
    if (record->lost.count == 0)
      return record;
  return NULL;
}

/* No record of a kind lies between two times. */
static void
check_silence (WeftTestTrace *trace, guint kind, guint64 from_ns, guint64 to_ns)
{
  const struct weft_record *record;
  gsize at = 0;

  while ((record = weft_test_trace_next (trace, &at, kind)) != NULL)
    g_assert_true (record->time_ns <= from_ns || record->time_ns >= to_ns);
}

static void
test_a_group_goes_and_comes_while_the_trace_runs (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  const struct weft_record *untold;
  pid_t before, unseen, after;
  guint64 again_ns;

  weft_test_trace_await_snapshot (trace);
  before = weft_test_trace_play (trace, play_naps, NULL);
  set_groups (trace, 0);
  unseen = play_unseen (trace);
  again_ns = (guint64)g_get_monotonic_time () * 1000;
  set_groups (trace, WEFT_GROUPS_DEFAULT);
  weft_test_trace_await_snapshot (trace);
  after = weft_test_trace_play (trace, play_naps, NULL);
  g_assert_cmpuint (count_switches (trace, 0, (guint32)before), >=, 30);
  g_assert_cmpuint (count_switches (trace, 0, (guint32)unseen), ==, 0);
  g_assert_nonnull (weft_test_trace_find_task (trace, WEFT_FORK, (guint32)unseen));
  g_assert_cmpuint (count_switches (trace, 0, (guint32)after), >=, 30);
  untold = find_untold (trace);
  g_assert_nonnull (untold);
  g_assert_cmpuint (untold->lost.first_ns, ==, untold->time_ns);
  g_assert_cmpuint (untold->time_ns, <, again_ns);
  check_silence (trace, WEFT_SWITCH, untold->time_ns, again_ns);
  check_silence (trace, WEFT_WAKE, untold->time_ns, again_ns);
}

static void
test_a_trace_of_lives_alone_has_no_switches (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftTracer) tracer = weft_tracer_new (&machine, &error);
  g_autofree guint8 *buffer = g_malloc (1 << 20);
  gboolean born = FALSE;
  guint64 until;

  g_assert_no_error (error);
  weft_tracer_set_groups (tracer, 0, &error);
  g_assert_no_error (error);
  weft_tracer_start (tracer, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 1000 && !born; i++)
    {
      pid_t child = weft_test_fork (play_naps, NULL);
      gsize bytes = weft_tracer_drain (tracer, buffer, 1 << 20, &until);

      for (gsize at = 0; at < bytes;)
        {
          const struct weft_record *record = (const void *)(buffer + at);

          g_assert_true (record->kind != WEFT_SWITCH && record->kind != WEFT_WAKE);
          if (record->kind == WEFT_STATE || record->kind == WEFT_FORK)
            g_assert_true (((const struct weft_task_record *)record)->task_flags
                           & WEFT_TASK_UNWANTED); /* what it does next is not told */
          born |= record->kind == WEFT_EXIT;
          at += record->units * WEFT_UNIT_BYTES;
        }
      g_assert_cmpint (child, >, 0);
      weft_test_sleep_ms (10);
    }
  g_assert_true (born);
}

/* What was attached and what was not add up all the same. */
static void
test_nothing_is_unaccounted_for_when_groups_change (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  WeftTracer *tracer = weft_test_trace_get_tracer (trace);
  WeftTracerAccount account;

  for (int i = 0; i < 5; i++)
    {
      weft_test_trace_play (trace, play_naps, NULL);
      set_groups (trace, 0);
      weft_test_trace_drain (trace);
      set_groups (trace, WEFT_GROUPS_DEFAULT);
    }
  weft_tracer_stop (tracer);
  weft_test_trace_drain (trace);
  weft_tracer_get_account (tracer, &account);
  g_assert_cmpuint (account.lost, ==, 0);
  g_assert_cmpuint (account.produced, ==, account.delivered);
}

static void
test_a_tracer_that_starts_again_records_again (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  WeftTracer *tracer = weft_test_trace_get_tracer (trace);
  g_autoptr (GError) error = NULL;
  pid_t child;

  weft_test_trace_play (trace, play_naps, NULL);
  weft_tracer_stop (tracer);
  weft_test_trace_drain (trace);
  weft_tracer_start (tracer, &error);
  g_assert_no_error (error);
  child = weft_test_trace_play (trace, play_naps, NULL);
  g_assert_cmpuint (count_switches (trace, 0, (guint32)child), >=, 30);
}

static void
test_an_unknown_group_is_refused_by_name (void)
{
  const char *const ids[] = { "sched", "party", NULL };
  g_autoptr (GError) error = NULL;
  guint groups = 77;

  g_assert_false (weft_groups_parse (ids, &groups, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "party"));
  g_assert_nonnull (strstr (error->message, "“sched”"));
  g_assert_cmpuint (groups, ==, 77);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!weft_test_may_trace ())
    return 0;
  g_test_add_func ("/groups/one-goes-and-comes-while-the-trace-runs",
                   test_a_group_goes_and_comes_while_the_trace_runs);
  g_test_add_func ("/groups/a-trace-of-lives-alone-has-no-switches",
                   test_a_trace_of_lives_alone_has_no_switches);
  g_test_add_func ("/groups/nothing-is-unaccounted-for-when-they-change",
                   test_nothing_is_unaccounted_for_when_groups_change);
  g_test_add_func ("/groups/a-tracer-that-starts-again-records-again",
                   test_a_tracer_that_starts_again_records_again);
  g_test_add_func ("/groups/an-unknown-one-is-refused-by-name",
                   test_an_unknown_group_is_refused_by_name);
  return g_test_run ();
}
