/* test-stat.c: the table of `stat` where numbers are given again and names are of any
 * width. In: made-up records. Out: text. */
#include "event-export.h"
#include "stat.h"
#include "text-columns.h"
#include "trace-fixture.h"
#include <string.h>

#define MS 1000000
#define TGID 29000

static void
tell_task (WeftTraceStore *store, guint64 ms, guint8 kind, guint64 life, const char *name,
           guint32 status)
{
  struct weft_task_record task = { .time_ns = START + ms * MS,
                                   .kind = kind,
                                   .units = 2,
                                   .tid = TGID,
                                   .tgid = TGID,
                                   .parent_tgid = 1,
                                   .start_boottime_ns = START + life * 1000 };

  memcpy (task.comm, name, strlen (name));
  task.status = status;
  if (kind == WEFT_EXIT)
    task.task_flags = WEFT_TASK_LAST_THREAD;
  trace_fixture_append (store, &task, sizeof task, START + ms * MS + 1);
}

static void
tell_switch (WeftTraceStore *store, guint64 ms, guint32 prev, guint32 next, guint8 left)
{
  struct weft_record record = { .time_ns = START + ms * MS,
                                .kind = WEFT_SWITCH,
                                .units = 1,
                                .tid = prev,
                                .sw = { .how = left, .call = WEFT_CALL_NONE, .next_tid = next } };

  trace_fixture_append (store, &record, sizeof record, START + ms * MS);
}

/* A life of 10 ms that runs for @run ms. */
static void
tell_life (WeftTraceStore *store, guint64 begin, guint64 run, const char *name, guint32 status)
{
  tell_task (store, begin, WEFT_FORK, begin, name, 0);
  tell_switch (store, begin + 1, 0, TGID, WEFT_LEFT_IDLE);
  tell_task (store, begin + 1 + run, WEFT_EXIT, begin, name, status);
  tell_switch (store, begin + 2 + run, TGID, 0, WEFT_LEFT_DEAD);
}

static WeftTraceStore *
new_three_lives (void)
{
  WeftTraceStore *store = trace_fixture_new_store ();

  tell_life (store, 10, 1, "first", 1 << 8);
  tell_life (store, 30, 5, "second", 9);
  tell_life (store, 50, 3, "third", 3 << 8);
  weft_trace_store_finish (store, START + 100 * MS);
  return store;
}

/* As the picture of it counts: a process once, and the kernel's threads apart. */
static void
test_what_was_not_recorded_is_counted_by_process (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  const WeftStatOptions options = { .from_ns = START + 20 * MS, .to_ns = START + 90 * MS };
  struct weft_record lost = { .time_ns = START + 15 * MS,
                              .kind = WEFT_LOST,
                              .units = 1,
                              .lost = { .count = 1, .first_ns = START + 15 * MS } };
  struct weft_task_record task = { .kind = WEFT_FORK, .units = 2, .tgid = 7, .comm = "aside" };
  g_autofree char *table = NULL;

  for (guint i = 0; i < 3; i++)
    {
      task.time_ns = START + (10 + i) * MS;
      task.tid = 7 + i;
      task.start_boottime_ns = START + i * 1000;
      if (i == 2)
        {
          task.tgid = task.tid; /* after two threads of a process */
          task.task_flags = WEFT_TASK_KERNEL;
        }
      trace_fixture_append (store, &task, sizeof task, task.time_ns + 1);
    }
  trace_fixture_append (store, &lost, sizeof lost, lost.time_ns);
  weft_trace_store_finish (store, START + 100 * MS);
  table = weft_stat_to_table (store, &options, NULL, NULL);
  g_assert_true (
      g_str_has_suffix (table, "\n1 process was not recorded\n1 kernel thread was not recorded\n"));
  g_assert_null (strstr (table, "threads were not"));
}

static void
test_a_number_given_again_is_another_process (void)
{
  g_autoptr (WeftTraceStore) store = new_three_lives ();
  const WeftStatOptions options = { .sort = WEFT_STAT_RUNNING };
  g_autofree char *table = weft_stat_to_table (store, &options, NULL, NULL);
  g_autofree char *json = weft_stat_to_json (store, &options, NULL, NULL);
  const char *second = strstr (table, "second (29000), killed by SIGKILL\n  second ");
  const char *third = strstr (table, "third (29000), exited 3\n  third ");
  const char *first = strstr (table, "first (29000), exited 1\n  first ");

  g_assert_nonnull (first);
  g_assert_true (second != NULL && second < third && third < first);
  g_assert_nonnull (strstr (json, "\"process\":0,\"name\":\"first\""));
  g_assert_nonnull (strstr (json, "\"process\":1,\"name\":\"second\""));
  g_assert_nonnull (strstr (json, "\"process\":2,\"name\":\"third\""));
}

static void
test_what_adds_up_orders_processes_by_their_sum (void)
{
  static const struct
  {
    WeftStatColumn sort;
    const char *first;
  } cases[] = { { WEFT_STAT_THREAD, "\nfirst (" }, { WEFT_STAT_RUNNING, "\nsecond (" } };
  g_autoptr (WeftTraceStore) store = new_three_lives ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const WeftStatOptions options = { .sort = cases[i].sort };
      g_autofree char *table = weft_stat_to_table (store, &options, NULL, NULL);
      const char *process = strstr (table, " (29000)");

      while (*process != '\n')
        process--;
      g_assert_true (g_str_has_prefix (process, cases[i].first));
    }
}

static guint
count_rows (WeftTraceStore *store, guint64 from_ns, guint64 to_ns)
{
  const WeftEventFilter filter = { .from_ns = from_ns, .to_ns = to_ns };
  g_autoptr (GOutputStream) out = g_memory_output_stream_new_resizable ();
  GMemoryOutputStream *memory = G_MEMORY_OUTPUT_STREAM (out);
  const char *text;
  guint lines = 0;

  g_assert_true (
      weft_event_export (store, WEFT_EVENT_FORMAT_JSONL, &filter, out, NULL, NULL, NULL, NULL));
  text = g_memory_output_stream_get_data (memory);
  for (gsize i = 0; i < g_memory_output_stream_get_data_size (memory); i++)
    lines += text[i] == '\n';
  return lines;
}

static void
test_a_range_that_reaches_the_end_has_what_is_at_it (void)
{
  static const struct
  {
    guint64 from, to; /* ms; 0 stands for none */
    guint n;
  } cases[] = { { 0, 0, 5 },  { 0, 1000, 5 }, { 0, 100, 5 },  { 10, 0, 5 }, { 10, 100, 5 },
                { 1, 99, 4 }, { 11, 12, 1 },  { 12, 100, 3 }, { 10, 11, 1 } };
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();

  tell_life (store, 10, 1, "first", 0);
  tell_switch (store, 100, 0, 77, WEFT_LEFT_IDLE);
  weft_trace_store_finish (store, START + 100 * MS);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint64 from_ns = cases[i].from != 0 ? START + cases[i].from * MS : 0;
      guint64 to_ns = cases[i].to != 0 ? START + cases[i].to * MS : 0;
      const WeftStatOptions options = { .from_ns = from_ns, .to_ns = to_ns };
      g_autofree char *json = weft_stat_to_json (store, &options, NULL, NULL);
      g_autofree char *events = g_strdup_printf (",\"events\":%u,", cases[i].n);

      g_assert_nonnull (strstr (json, events));
      g_assert_cmpuint (count_rows (store, from_ns, to_ns), ==, cases[i].n);
    }
}

static void
test_large_numbers_are_grouped (void)
{
  static const WeftStatOptions options = { 0 };
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  g_autofree char *table = NULL;

  for (guint ms = 0; ms < 1200; ms++)
    tell_switch (store, ms, ms % 2 == 0 ? 0 : TGID, ms % 2 == 0 ? TGID : 0, WEFT_LEFT_SLEEP);
  weft_trace_store_finish (store, START + 1200 * MS);
  table = weft_stat_to_table (store, &options, NULL, NULL);
  g_assert_nonnull (strstr (table, ", 1\u202f200 events"));
}

static void
test_text_is_measured_as_a_terminal_shows_it (void)
{
  static const struct
  {
    const char *text;
    guint columns;
  } cases[] = { { "", 0 },           { "plain", 5 }, { "\u4f60\u597d", 4 }, { "e\u0301t\u0301", 2 },
                { "\U0001f600", 2 }, { "µs …", 4 },  { "\uff21", 2 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (weft_text_columns (cases[i].text), ==, cases[i].columns);
}

static void
test_cells_have_their_width (void)
{
  static const struct
  {
    const char *text;
    int width;
    const char *expected;
  } cases[] = {
    { "ab", 4, "ab  " },
    { "ab", -4, "  ab" },
    { "abcdef", 4, "abc…" },
    { "abcdef", -4, "abc…" },
    { "\u4f60\u597d\u4f60", 6, "\u4f60\u597d\u4f60" },
    { "\u4f60\u597d\u4f60", 5, "\u4f60\u597d…" },
    { "\u4f60\u597d\u4f60", 4, "\u4f60… " },
    { "xe\u0301yz", 3, "xe\u0301…" },
    { "abc", 0, "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) out = g_string_new (NULL);

      weft_text_append_cell (out, cases[i].text, cases[i].width);
      g_assert_cmpstr (out->str, ==, cases[i].expected);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stat/what-was-not-recorded-is-counted-by-process",
                   test_what_was_not_recorded_is_counted_by_process);
  g_test_add_func ("/stat/a-number-given-again-is-another-process",
                   test_a_number_given_again_is_another_process);
  g_test_add_func ("/stat/what-adds-up-orders-processes-by-their-sum",
                   test_what_adds_up_orders_processes_by_their_sum);
  g_test_add_func ("/stat/a-range-that-reaches-the-end-has-what-is-at-it",
                   test_a_range_that_reaches_the_end_has_what_is_at_it);
  g_test_add_func ("/stat/large-numbers-are-grouped", test_large_numbers_are_grouped);
  g_test_add_func ("/stat/text-is-measured-as-a-terminal-shows-it",
                   test_text_is_measured_as_a_terminal_shows_it);
  g_test_add_func ("/stat/cells-have-their-width", test_cells_have_their_width);
  return g_test_run ();
}
