/* test-slice-text.c: what is said of a slice. In: a family, and who of it was recorded
 * when. Out: lines. */
#include "../trace/trace-fixture.h"
#include "trace-scope.h"
#include "ui/lanes/slice-text.h"
#include <string.h>

#define S G_GUINT64_CONSTANT (1000000000)

static void
tell_birth (WeftTraceStore *store, guint64 time, guint32 pid, const char *name)
{
  struct weft_task_record task = { .time_ns = START + time,
                                   .kind = WEFT_FORK,
                                   .units = 2,
                                   .tid = pid,
                                   .tgid = pid,
                                   .parent_tgid = 1,
                                   .start_boottime_ns = START + time };

  memcpy (task.comm, name, strlen (name));
  trace_fixture_append (store, &task, sizeof task, START + time + 1);
}

/* Narrowed to one of two for a time, then to everything again. */
static WeftTraceStore *
new_narrowed (gboolean widened)
{
  static const guint32 tgid = 4242;
  WeftTraceStore *store = trace_fixture_new_store ();

  tell_birth (store, 1000, 4242, "python3");
  tell_birth (store, 2000, 5000, "stranger");
  weft_trace_store_set_scope (store, 0, WEFT_TRACED_MACHINE, NULL, 0, FALSE);
  weft_trace_store_set_scope (store, START + 12 * S + S / 4, WEFT_TRACED_TARGETS, &tgid, 1, TRUE);
  if (widened)
    weft_trace_store_set_scope (store, START + 28 * S + S / 2, WEFT_TRACED_MACHINE, NULL, 0, FALSE);
  return store;
}

static guint
thread_of (WeftTraceStore *store, guint32 tid)
{
  for (guint i = 0; weft_trace_store_get_thread (store, i) != NULL; i++)
    if (weft_trace_store_get_thread (store, i)->tid == tid)
      return i;
  g_assert_not_reached ();
}

static char *
describe (WeftTraceStore *store, guint32 tid, WeftState state, guint64 from_s, guint64 to_s)
{
  const WeftSliceDetails details
      = { .slice
          = { .start_ns = START + from_s * S, .end_ns = START + to_s * S, .state = (guint8)state },
          .thread = thread_of (store, tid),
          .waker = WEFT_NO_ID };
  char *text;

  weft_trace_store_begin_read (store);
  text = weft_slice_text_body (store, &details);
  weft_trace_store_end_read (store);
  return text;
}

static void
test_what_is_unknown_because_others_were_recorded_says_when (void)
{
  g_autoptr (WeftTraceStore) store = new_narrowed (TRUE);
  g_autofree char *text = describe (store, 5000, WEFT_STATE_UNKNOWN, 12, 29);

  g_assert_nonnull (strstr (text, "\nnot recorded from 12.25 s to 28.50 s: only python3 · 4242"));
}

static void
test_a_narrowing_that_goes_on_has_no_end (void)
{
  g_autoptr (WeftTraceStore) store = new_narrowed (FALSE);
  g_autofree char *text = describe (store, 5000, WEFT_STATE_UNKNOWN, 12, 29);

  g_assert_nonnull (strstr (text, "\nnot recorded from 12.25 s on: only python3 · 4242"));
}

static void
test_what_was_recorded_says_nothing_of_it (void)
{
  g_autoptr (WeftTraceStore) store = new_narrowed (TRUE);
  static const struct
  {
    guint32 tid;
    WeftState state;
    guint64 from_s, to_s;
  } cases[] = {
    { 4242, WEFT_STATE_UNKNOWN, 12, 29 }, /* the chosen one */
    { 5000, WEFT_STATE_UNKNOWN, 0, 12 },  /* before */
    { 5000, WEFT_STATE_UNKNOWN, 29, 40 }, /* and after */
    { 5000, WEFT_STATE_RUNNING, 12, 29 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text
          = describe (store, cases[i].tid, cases[i].state, cases[i].from_s, cases[i].to_s);

      g_assert_null (strstr (text, "not recorded"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/slice-text/what-is-unknown-because-others-were-recorded-says-when",
                   test_what_is_unknown_because_others_were_recorded_says_when);
  g_test_add_func ("/slice-text/a-narrowing-that-goes-on-has-no-end",
                   test_a_narrowing_that_goes_on_has_no_end);
  g_test_add_func ("/slice-text/what-was-recorded-says-nothing-of-it",
                   test_what_was_recorded_says_nothing_of_it);
  return g_test_run ();
}
