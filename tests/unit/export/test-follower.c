/* test-follower.c: a live stream of events: each is written once, however late it came.
 * In: batches as they come off the wire. Out: lines. */
#include "event-export.h"
#include "trace-fixture.h"
#include <string.h>

#define MS 1000000

typedef struct
{
  WeftTraceStore *store;
  GOutputStream *out;
  WeftEventFollower *follower;
} Stream;

static void
set_up (Stream *self, gconstpointer unused)
{
  const WeftEventFilter filter = { .kinds = WEFT_EVENT_KINDS_ALL };

  self->store = trace_fixture_new_store ();
  self->out = g_memory_output_stream_new_resizable ();
  self->follower
      = weft_event_follower_new (self->store, WEFT_EVENT_FORMAT_JSONL, &filter, self->out);
}

static void
tear_down (Stream *self, gconstpointer unused)
{
  weft_event_follower_free (self->follower);
  g_object_unref (self->out);
  g_object_unref (self->store);
}

static void
step (Stream *self, gboolean last)
{
  g_autoptr (GError) error = NULL;

  weft_event_follower_step (self->follower, last, &error);
  g_assert_no_error (error);
}

static void
tell_wake (Stream *self, guint64 ns, guint64 until_ns)
{
  const struct weft_record record = { .time_ns = START + ns,
                                      .kind = WEFT_WAKE,
                                      .units = 1,
                                      .tid = 7,
                                      .wake = { .woken_tid = 8, .context = WEFT_CONTEXT_TASK } };

  trace_fixture_append (self->store, &record, sizeof record, START + until_ns);
}

static char *
get_text (Stream *self)
{
  GMemoryOutputStream *memory = G_MEMORY_OUTPUT_STREAM (self->out);

  return g_strndup (g_memory_output_stream_get_data (memory),
                    g_memory_output_stream_get_data_size (memory));
}

static guint
count_lines (Stream *self)
{
  g_autofree char *text = get_text (self);
  guint n = 0;

  for (const char *at = text; (at = strchr (at, '\n')) != NULL; at++)
    n++;
  return n;
}

static guint64
count_stored (Stream *self)
{
  WeftTraceTotals totals;

  weft_trace_store_get_totals (self->store, &totals);
  return totals.events;
}

static void
test_a_record_that_came_late_is_written (Stream *self, gconstpointer unused)
{
  WeftTraceTotals totals;

  for (guint64 ms = 100; ms < 130; ms++)
    {
      tell_wake (self, ms == 120 ? 50 * MS : ms * MS, ms * MS + 1);
      step (self, FALSE);
    }
  weft_trace_store_finish (self->store, START + 130 * MS);
  step (self, TRUE);
  weft_trace_store_get_totals (self->store, &totals);
  g_assert_cmpuint (totals.late, ==, 1);
  g_assert_cmpuint (count_stored (self), ==, 30);
  g_assert_cmpuint (count_lines (self), ==, 30);
}

static void
test_what_was_written_is_what_was_stored_over_many_chunks (Stream *self, gconstpointer unused)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);

  for (guint64 ms = 1; ms < 4000; ms++)
    {
      guint64 late_ms = g_rand_int_range (rand, 0, 10) == 0 ? g_rand_int_range (rand, 0, 900) : 0;

      tell_wake (self, (ms - MIN (late_ms, ms)) * MS, ms * MS + 1);
      if (g_rand_boolean (rand))
        step (self, FALSE);
      if (g_rand_int_range (rand, 0, 50) == 0)
        step (self, FALSE);
    }
  weft_trace_store_finish (self->store, START + 4000 * (guint64)MS);
  step (self, TRUE);
  g_assert_cmpuint (count_stored (self), ==, 3999);
  g_assert_cmpuint (count_lines (self), ==, 3999);
}

static void
test_the_last_step_writes_nothing_twice (Stream *self, gconstpointer unused)
{
  tell_wake (self, 100 * MS, 101 * MS);
  tell_wake (self, 200 * MS, 201 * MS);
  step (self, FALSE);
  weft_trace_store_finish (self->store, START + 300 * MS);
  step (self, TRUE);
  step (self, TRUE);
  g_assert_cmpuint (count_lines (self), ==, 2);
}

static void
add (const char *name, void (*test) (Stream *, gconstpointer))
{
  g_autofree char *path = g_strconcat ("/follower/", name, NULL);

  g_test_add (path, Stream, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("a-record-that-came-late-is-written", test_a_record_that_came_late_is_written);
  add ("what-was-written-is-what-was-stored-over-many-chunks",
       test_what_was_written_is_what_was_stored_over_many_chunks);
  add ("the-last-step-writes-nothing-twice", test_the_last_step_writes_nothing_twice);
  return g_test_run ();
}
