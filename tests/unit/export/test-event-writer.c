/* test-event-writer.c: events as CSV and JSON lines: the columns that readers rely on,
 * quoting, and which events a filter lets through. */
#include "event-export.h"
#include "event-writer.h"
#include <linux/futex.h>
#include <string.h>

#define START (G_GUINT64_CONSTANT (5000) * 1000000000)
#define MS 1000000
#define FIXED                                                                                      \
  "Timestamp,Event_Type,PID,PPID,Command,Parent_Command,Child_Command,Prev_PID,Prev_Command,"      \
  "Next_PID,Next_Command"

static void
test_header_begins_with_the_fixed_columns (void)
{
  g_autoptr (GString) header = g_string_new (NULL);
  g_auto (GStrv) columns = NULL;

  weft_csv_append_header (header);
  g_assert_true (g_str_has_prefix (header->str, FIXED ","));
  g_assert_true (g_str_has_suffix (header->str, "\r\n"));
  columns = g_strsplit (header->str, ",", -1);
  g_assert_cmpuint (g_strv_length (columns), ==, WEFT_N_FIELDS);
}

static void
test_csv_quotes_what_must_be (void)
{
  const struct
  {
    const char *name, *written;
  } cases[] = { { "plain", "plain" },
                { "a,b", "\"a,b\"" },
                { "say \"hi\"", "\"say \"\"hi\"\"\"" },
                { "two\nlines", "\"two\nlines\"" },
                { "=HYPERLINK(1;2)", "'=HYPERLINK(1;2)" },
                { "+1", "'+1" },
                { "-bash", "'-bash" },
                { "@SUM(A1)", "'@SUM(A1)" },
                { "\t=1", "'\t=1" },
                { "=1,2", "\"'=1,2\"" },
                { "a=1", "a=1" } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) line = g_string_new (NULL);
      g_autofree char *expected = g_strdup_printf (",,,,%s,", cases[i].written);
      WeftEventRow row = { .present = G_GUINT64_CONSTANT (1) << WEFT_FIELD_COMMAND };

      row.values[WEFT_FIELD_COMMAND].text = cases[i].name;
      weft_csv_append_row (line, &row);
      g_assert_true (g_str_has_prefix (line->str, expected));
    }
}

static void
test_json_strings_are_escaped (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  weft_json_append_string (out, "a\"b\\c\n");
  g_assert_cmpstr (out->str, ==, "\"a\\\"b\\\\c\\u000a\"");
}

static void
add_task (GByteArray *records, guint8 kind, guint64 time, guint32 tgid, guint32 parent,
          const char *name)
{
  struct weft_task_record task = { .time_ns = time,
                                   .kind = kind,
                                   .units = 2,
                                   .tid = tgid,
                                   .tgid = tgid,
                                   .parent_tgid = parent,
                                   .start_boottime_ns = tgid,
                                   .parent_tid = parent };

  g_strlcpy (task.comm, name, sizeof task.comm);
  g_byte_array_append (records, (const guint8 *)&task, sizeof task);
}

static void
add_switch (GByteArray *records, guint64 time, guint32 from, guint32 to)
{
  struct weft_record record = { .time_ns = time, .kind = WEFT_SWITCH, .units = 1, .tid = from };

  record.sw.call = WEFT_CALL_NONE;
  record.sw.next_tid = to;
  g_byte_array_append (records, (const guint8 *)&record, sizeof record);
}

/* 20 begets 21 and 22; 21 runs before 22. */
static WeftTraceStore *
new_store (void)
{
  WeftTraceInfo info = { .architecture = "x86_64", .n_cpus = 1, .start_ns = START };
  WeftTraceStore *store = weft_trace_store_new (&info);
  GByteArray *records = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  add_task (records, WEFT_FORK, START + 1 * MS, 20, 1, "mother");
  add_task (records, WEFT_FORK, START + 2 * MS, 21, 20, "one,two");
  add_task (records, WEFT_FORK, START + 3 * MS, 22, 20, "other");
  add_switch (records, START + 4 * MS, 21, 22);
  add_switch (records, START + 5 * MS, 22, 20);
  bytes = g_byte_array_free_to_bytes (records);
  weft_trace_store_append (store, bytes, G_MAXUINT64, &error);
  g_assert_no_error (error);
  weft_trace_store_finish (store, START + 6 * MS);
  return store;
}

/* Returns: (transfer full): the lines behind the header */
static char **
export_lines_of (WeftTraceStore *store, const WeftEventFilter *filter)
{
  g_autoptr (GOutputStream) out = g_memory_output_stream_new_resizable ();
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *text = NULL;
  const char *body;
  g_autoptr (GError) error = NULL;

  weft_event_export (store, WEFT_EVENT_FORMAT_CSV, filter, out, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_close (out, NULL, NULL);
  bytes = g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (out));
  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_assert_true (g_str_has_suffix (text, "\r\n"));
  text[strlen (text) - 2] = '\0';
  body = strstr (text, "\r\n");
  return g_strsplit (body != NULL ? body + 2 : "", "\r\n", -1);
}

static char **
export_lines (const WeftEventFilter *filter)
{
  g_autoptr (WeftTraceStore) store = new_store ();

  return export_lines_of (store, filter);
}

static void
assert_kind (const char *line, const char *kind)
{
  g_auto (GStrv) fields = g_strsplit (line, ",", 3);

  g_assert_cmpstr (fields[1], ==, kind);
}

static void
test_every_event_is_a_line (void)
{
  g_auto (GStrv) lines = export_lines (NULL);

  g_assert_cmpuint (g_strv_length (lines), ==, 5);
  assert_kind (lines[0], "FORK");
  assert_kind (lines[4], "SWITCH");
  g_assert_nonnull (strstr (lines[1], "\"one,two\""));
}

static void
test_kinds_are_chosen (void)
{
  WeftEventFilter filter = { .kinds = weft_event_kind_from_name ("Fork") };
  g_auto (GStrv) lines = export_lines (&filter);

  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  for (guint i = 0; i < 3; i++)
    assert_kind (lines[i], "FORK");
  g_assert_cmpuint (weft_event_kind_from_name ("party"), ==, 0);
}

static void
test_processes_are_chosen (void)
{
  guint32 tgid = 21;
  g_autoptr (GArray) tgids = g_array_new (FALSE, FALSE, sizeof tgid);
  WeftEventFilter filter = { .tgids = tgids };
  g_auto (GStrv) lines = NULL;

  g_array_append_val (tgids, tgid);
  lines = export_lines (&filter);
  g_assert_cmpuint (g_strv_length (lines), ==, 2);
  assert_kind (lines[0], "FORK");
  assert_kind (lines[1], "SWITCH");
}

static void
test_times_are_chosen (void)
{
  WeftEventFilter filter = { .from_ns = START + 2 * MS, .to_ns = START + 4 * MS };
  g_auto (GStrv) lines = export_lines (&filter);

  g_assert_cmpuint (g_strv_length (lines), ==, 2);
}

static void
add_wait (GByteArray *records, guint64 time, guint32 tid)
{
  struct weft_record record = { .time_ns = time, .kind = WEFT_SWITCH, .units = 1, .tid = tid };

  record.sw = (struct weft_switch){ .flags = WEFT_FLAG_TIMEOUT,
                                    .how = WEFT_LEFT_SLEEP | FUTEX_WAIT_BITSET << 4,
                                    .call = 202, /* futex */
                                    .arg = 0x1000 };
  g_byte_array_append (records, (const guint8 *)&record, sizeof record);
}

static void
add_wake (GByteArray *records, guint64 time, guint8 context, guint32 tid)
{
  struct weft_record record = { .time_ns = time, .kind = WEFT_WAKE, .units = 1 };

  record.tid = context == WEFT_CONTEXT_TASK ? 20 : 0;
  record.wake = (struct weft_wake){ .woken_tid = tid, .context = context };
  g_byte_array_append (records, (const guint8 *)&record, sizeof record);
}

/* Who waits for Python's interpreter lock waits on a condition, 5 ms at a time: what that was
 * for is known when somebody lets go of it. */
static void
test_a_wait_is_told_as_its_lane_has_it (void)
{
  g_autoptr (WeftTraceStore) store = new_store ();
  GByteArray *records = g_byte_array_new ();
  WeftEventFilter filter = { .kinds = weft_event_kind_from_name ("Switch") };
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = NULL;

  add_switch (records, START + 10 * MS, 0, 21);
  add_wait (records, START + 11 * MS, 21);
  add_wake (records, START + 16 * MS, WEFT_CONTEXT_SOFTIRQ, 21);
  add_switch (records, START + 16 * MS + 1000, 0, 21);
  add_wait (records, START + 16 * MS + 2000, 21);
  add_wake (records, START + 18 * MS, WEFT_CONTEXT_TASK, 21);
  bytes = g_byte_array_free_to_bytes (records);
  weft_trace_store_append (store, bytes, G_MAXUINT64, &error);
  g_assert_no_error (error);
  weft_trace_store_finish (store, START + 20 * MS);
  lines = export_lines_of (store, &filter);
  g_assert_cmpuint (g_strv_length (lines), ==, 6);
  g_assert_nonnull (strstr (lines[3], ",lock,sleep,futex,"));
  g_assert_nonnull (strstr (lines[5], ",lock,sleep,futex,"));
}

/* Recordings from before the helper left it out have the call of whoever made way. */
static void
test_why_a_bystander_left_is_not_told (void)
{
  g_autoptr (WeftTraceStore) store = new_store ();
  GByteArray *records = g_byte_array_new ();
  WeftEventFilter filter = { .kinds = weft_event_kind_from_name ("Switch") };
  struct weft_record *last;
  g_autoptr (GBytes) bytes = NULL;
  g_auto (GStrv) lines = NULL;

  add_wait (records, START + 10 * MS, WEFT_TID_OTHER);
  last = (struct weft_record *)(void *)records->data;
  last->sw.next_tid = 21;
  bytes = g_byte_array_free_to_bytes (records);
  weft_trace_store_append (store, bytes, G_MAXUINT64, NULL);
  weft_trace_store_finish (store, START + 20 * MS);
  lines = export_lines_of (store, &filter);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  g_assert_nonnull (strstr (lines[2], "one,two"));
  g_assert_null (strstr (lines[2], "futex"));
  g_assert_null (strstr (lines[2], "sleep"));
  g_assert_null (strstr (lines[2], "condition"));
}

#define ADD(path, function) g_test_add_func ("/event-writer/" path, function)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("header-begins-with-the-fixed-columns", test_header_begins_with_the_fixed_columns);
  ADD ("csv-quotes-what-must-be", test_csv_quotes_what_must_be);
  ADD ("json-strings-are-escaped", test_json_strings_are_escaped);
  ADD ("every-event-is-a-line", test_every_event_is_a_line);
  ADD ("kinds-are-chosen", test_kinds_are_chosen);
  ADD ("processes-are-chosen", test_processes_are_chosen);
  ADD ("times-are-chosen", test_times_are_chosen);
  ADD ("a-wait-is-told-as-its-lane-has-it", test_a_wait_is_told_as_its_lane_has_it);
  ADD ("why-a-bystander-left-is-not-told", test_why_a_bystander_left_is_not_told);
  return g_test_run ();
}
