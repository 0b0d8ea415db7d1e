/* test-recording-formats.c: which files are recordings: those of earlier formats, and
 * none whose schema somebody changed. In: a file of each earlier format, and files
 * that were changed by SQL. Out: stores and refusals. */
#include "database.h"
#include "history.h"
#include "recording-fixture.h"
#include "schema.h"
#include <string.h>

static const char *format_1_path;

/* --- earlier formats ---------------------------------------------------- */

static void
unpack (const char *from, const char *to)
{
  g_autoptr (GFile) packed = g_file_new_for_path (from);
  g_autoptr (GFile) target = g_file_new_for_path (to);
  g_autoptr (GError) error = NULL;
  g_autoptr (GZlibDecompressor) gunzip = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr (GFileInputStream) file = g_file_read (packed, NULL, &error);
  g_autoptr (GInputStream) in = NULL;
  g_autoptr (GFileOutputStream) out = NULL;

  g_assert_no_error (error);
  in = g_converter_input_stream_new (G_INPUT_STREAM (file), G_CONVERTER (gunzip));
  out = g_file_replace (target, NULL, FALSE, G_FILE_CREATE_NONE, NULL, &error);
  g_output_stream_splice (G_OUTPUT_STREAM (out), in, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL,
                          &error);
  g_assert_no_error (error);
}

static void
test_format_1_opens_with_all_it_has (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) store = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *warning = NULL;
  WeftTraceTotals totals;
  const WeftProcess *process;
  const WeftMark *marks;
  gsize n_marks, n_found = 0;

  unpack (format_1_path, fixture->path);
  store = weft_recording_open (fixture->path, NULL, NULL, &warning, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (warning, ==, NULL);
  weft_trace_store_get_totals (store, &totals);
  g_assert_cmpuint (totals.events, ==, 2951);
  g_assert_cmpuint (totals.lost, ==, 0);
  g_assert_cmpuint (weft_trace_store_count_threads (store), ==, 57);
  g_assert_cmpuint (weft_trace_store_get_edge (store), ==, G_GUINT64_CONSTANT (5000036131027));
  process = weft_process_table_get (weft_trace_store_get_processes (store), 3);
  g_assert_cmpuint (process->uid, ==, 1000);
  g_assert_cmpstr (process->command_line, ==, "/usr/bin/old --flag");
  marks = weft_trace_store_get_trace_marks (store, &n_marks);
  for (gsize i = 0; i < n_marks; i++)
    n_found += marks[i].kind == WEFT_MARK_USER && strcmp (marks[i].text, "an old mark") == 0;
  g_assert_cmpuint (n_found, ==, 1);
}

/* What futexes hold was not told then: a wait for one is for a lock, as it was. */
static void
test_format_1_has_its_lock_waits (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) store = NULL;
  g_autoptr (GError) error = NULL;
  WeftShares shares = { { 0 } };
  guint64 edge;

  unpack (format_1_path, fixture->path);
  store = weft_recording_open (fixture->path, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  edge = weft_trace_store_get_edge (store);
  for (guint id = 0; id < weft_trace_store_count_threads (store); id++)
    weft_thread_track_shares (weft_trace_store_get_thread (store, id)->track, 0, edge, edge,
                              &shares, NULL);
  g_assert_cmpuint (shares.ns[WEFT_STATE_LOCK], >, 0);
  g_assert_cmpuint (shares.ns[WEFT_STATE_CONDITION], >, 0);
}

/* --- schemas ------------------------------------------------------------ */

#define REWRITE(table, from, to)                                                                   \
  "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace (sql, '" from "', '" to     \
  "') WHERE name = '" table "'"

/* Each would run, compute or order something that its author chose. */
static const struct
{
  const char *sql, *sentence;
} changed[] = {
  { REWRITE ("processes", "command_line TEXT", "command_line TEXT AS(hex(zeroblob(9))||id)"),
    "its table processes is not as" },
  { REWRITE ("processes", "command_line TEXT", "command_line TEXT AS (pid)"), "processes" },
  { REWRITE ("chunks", "n_records INTEGER", "n_records INTEGER GENERATED ALWAYS AS (1) STORED"),
    "chunks" },
  { REWRITE ("processes", "pid INTEGER", "pid INTEGER CHECK (pid > abs (uid))"), "processes" },
  { REWRITE ("processes", "pid INTEGER", "pid INTEGER DEFAULT (random ())"), "processes" },
  { REWRITE ("processes", "name TEXT", "name TEXT COLLATE nocase"), "processes" },
  { REWRITE ("processes", "id INTEGER PRIMARY KEY", "id INTEGER"), "processes" },
  { REWRITE ("processes", "id INTEGER", "pid INTEGER"), "processes" },
  { "ALTER TABLE threads ADD COLUMN more TEXT", "threads" },
  { "ALTER TABLE threads DROP COLUMN name", "threads" },
  { "DROP TABLE chunks; CREATE VIEW chunks AS SELECT 0 AS number", "a view" },
  { "CREATE VIEW more AS SELECT 1", "a view" },
  { "CREATE TRIGGER t AFTER DELETE ON marks BEGIN DELETE FROM processes; END", "a trigger" },
  { "CREATE INDEX i ON processes (hex (name))", "an index" },
  { "CREATE INDEX i ON chunks (first_ns)", "an index" },
  { "DROP TABLE marks; CREATE VIRTUAL TABLE marks USING fts5 (time_ns, kind, text)", "marks" },
  { "CREATE TABLE more (a)", "a table" },
  { "DROP TABLE threads", "the table threads is missing" },
};

static void
test_changed_schemas_are_refused (Fixture *fixture, gconstpointer unused)
{
  for (guint i = 0; i < G_N_ELEMENTS (changed); i++)
    {
      g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 3000);
      g_autoptr (GError) error = NULL;

      fixture_change (fixture->path, changed[i].sql);
      g_assert_null (weft_recording_open (fixture->path, NULL, NULL, NULL, NULL, &error));
      g_assert_nonnull (error);
      if (strstr (error->message, changed[i].sentence) == NULL)
        g_error ("“%s” does not say “%s”", error->message, changed[i].sentence);
    }
}

/* A table that was added to the list is made, and found again as it was made. */
static void
test_what_is_made_is_what_is_checked (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 3000);
  g_autoptr (GError) error = NULL;
  g_autoptr (sqlite3) db = weft_database_open_reading (fixture->path, &error);
  guint version = 0;

  g_assert_no_error (error);
  weft_schema_check (db, "it", &version, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (version, ==, WEFT_FORMAT_VERSION);
}

/* What a log belongs to was not told then: it is that of the file beside it. */
static void
test_format_3_opens (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 3000);
  g_autoptr (WeftTraceStore) store = NULL;
  g_autoptr (GError) error = NULL;

  fixture_change (fixture->path,
                  "ALTER TABLE session DROP COLUMN recording; PRAGMA user_version = 3");
  store = weft_recording_open (fixture->path, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  fixture_assert_same (live, store);
}

/* Its tables of lives are others than now: what they tell is told by the records. */
static void
test_format_2_opens_from_its_records (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 100000);
  g_autoptr (WeftTraceStore) store = NULL;
  g_autoptr (GError) error = NULL;
  WeftHistoryFigures figures;

  fixture_change (fixture->path,
                  "ALTER TABLE session DROP COLUMN recording; PRAGMA user_version = 2");
  store = weft_recording_open (fixture->path, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  weft_history_get_figures (store, &figures);
  g_assert_cmpuint (figures.n_loaded, ==, figures.n_chunks);
  fixture_assert_same (live, store);
}

/* --- from tables ---------------------------------------------------------- */

typedef struct
{
  GByteArray *records;
  guint64 time_ns;
} Made;

static void
put_task (Made *made, guint8 kind, guint32 tid, guint32 flags)
{
  const struct weft_task_record task = { .time_ns = made->time_ns += 1000,
                                         .kind = kind,
                                         .units = 2,
                                         .tid = tid,
                                         .tgid = 10,
                                         .parent_tgid = 1,
                                         .start_boottime_ns = 1000 + tid,
                                         .task_flags = flags,
                                         .comm = "program" };

  g_byte_array_append (made->records, (const guint8 *)&task, sizeof task);
}

static void
put_switch (Made *made, guint32 leaves, guint8 how, guint32 comes)
{
  const struct weft_record record
      = { .time_ns = made->time_ns += 1000,
          .kind = WEFT_SWITCH,
          .units = 1,
          .tid = leaves,
          .sw = { .how = how, .call = WEFT_CALL_NONE, .next_tid = comes } };

  g_byte_array_append (made->records, (const guint8 *)&record, sizeof record);
}

/* A worker ends and another one comes, which leaves again; then the leader ends before it.
 * Who only reads of ends must not think that the other one still ran, and is the leader. */
static void
put_program_that_ends (Made *made)
{
  put_task (made, WEFT_FORK, 10, 0);
  put_switch (made, 0, WEFT_LEFT_IDLE, 10);
  put_task (made, WEFT_FORK, 11, 0);
  put_task (made, WEFT_FORK, 12, 0);
  put_switch (made, 10, WEFT_LEFT_SLEEP, 11);
  put_task (made, WEFT_EXIT, 11, 0);
  put_switch (made, 11, WEFT_LEFT_DEAD, 12);
  put_switch (made, 12, WEFT_LEFT_SLEEP, 10);
  put_task (made, WEFT_EXIT, 10, 0);
  put_switch (made, 10, WEFT_LEFT_DEAD, 0);
  put_switch (made, 0, WEFT_LEFT_IDLE, 12);
  put_task (made, WEFT_EXIT, 12, WEFT_TASK_LAST_THREAD);
  put_switch (made, 12, WEFT_LEFT_DEAD, 0);
}

/* A worker execs: its first switch under its leader's tid says so, before its RENAME. */
static void
put_exec_of_a_worker (Made *made)
{
  put_task (made, WEFT_FORK, 10, 0);
  put_switch (made, 0, WEFT_LEFT_IDLE, 10);
  put_task (made, WEFT_FORK, 11, 0);
  put_switch (made, 10, WEFT_LEFT_SLEEP, 11);
  put_task (made, WEFT_EXIT, 10, 0);
  put_switch (made, 10, WEFT_LEFT_SLEEP, 11);
  put_switch (made, 10, WEFT_LEFT_PREEMPTED, 10);
  put_task (made, WEFT_RENAME, 10, 0);
  put_task (made, WEFT_EXEC, 10, 0);
  put_switch (made, 10, WEFT_LEFT_SLEEP, 0);
}

static void
assert_opens_from_its_tables (Fixture *fixture, void (*put) (Made *))
{
  g_autoptr (WeftTraceStore) live = fixture_new_store ();
  Made made = { .records = g_byte_array_new (), .time_ns = weft_trace_store_get_start (live) };
  g_autoptr (WeftTraceStore) store = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) records = NULL;
  WeftRecording *recording
      = weft_recording_create (fixture->path, live, WEFT_RECORDING_NONE, &error);
  WeftHistoryFigures figures;

  g_assert_no_error (error);
  put (&made);
  records = g_byte_array_free_to_bytes (made.records);
  weft_trace_store_append (live, records, G_MAXUINT64, &error);
  g_assert_no_error (error);
  weft_trace_store_finish (live, made.time_ns + 1000);
  weft_recording_finish (recording, &error);
  g_assert_no_error (error);
  g_object_unref (recording);
  store = weft_recording_open (fixture->path, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  weft_history_get_figures (store, &figures);
  g_assert_cmpuint (figures.n_loaded, ==, 0);
  for (guint id = 0; id < weft_trace_store_count_threads (live); id++)
    {
      const WeftThread *one = weft_trace_store_get_thread (live, id);
      const WeftThread *other = weft_trace_store_get_thread (store, id);

      g_assert_cmpuint (one->tid, ==, other->tid);
      g_assert_cmpuint (one->first_tid, ==, other->first_tid);
      g_assert_cmpuint (one->moved_ns, ==, other->moved_ns);
      g_assert_cmpuint (one->death_ns, ==, other->death_ns);
    }
  fixture_assert_same (live, store);
}

static void
test_a_program_that_ends_opens_from_tables (Fixture *fixture, gconstpointer unused)
{
  assert_opens_from_its_tables (fixture, put_program_that_ends);
}

static void
test_an_exec_of_a_worker_opens_from_tables (Fixture *fixture, gconstpointer unused)
{
  assert_opens_from_its_tables (fixture, put_exec_of_a_worker);
}

static void
assert_refused (const char *path, const char *sentence)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (weft_recording_open (path, NULL, NULL, NULL, NULL, &error));
  g_assert_nonnull (error);
  if (strstr (error->message, sentence) == NULL)
    g_error ("“%s” does not say “%s”", error->message, sentence);
}

static void
test_what_is_none_is_refused (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *letter = g_build_filename (fixture->folder, "letter", NULL);
  g_autofree char *empty = g_build_filename (fixture->folder, "empty", NULL);
  g_autofree char *missing = g_build_filename (fixture->folder, "missing.weft", NULL);
  g_autofree char *other = g_build_filename (fixture->folder, "other.db", NULL);

  g_file_set_contents (letter, "Dear Anna,", -1, NULL);
  g_file_set_contents (empty, "", 0, NULL);
  fixture_change (other, "CREATE TABLE chunks (number)");
  assert_refused (letter, "letter” is not a Weftscope recording");
  assert_refused (empty, "is not a Weftscope recording");
  assert_refused (other, "is not a Weftscope recording");
  assert_refused (fixture->folder, "is not a Weftscope recording");
  assert_refused (missing, "No such file");
}

static void
test_what_was_tampered_with_is_refused (Fixture *fixture, gconstpointer unused)
{
  static const struct
  {
    const char *sql, *sentence;
  } cases[] = {
    { "PRAGMA user_version = 99", "newer Weftscope" },
    { "DROP TABLE threads", "the table threads is missing" },
    { "DELETE FROM session", "damaged" },
    { "DROP TABLE session; CREATE TABLE session (id)", "table session is not as" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 3000);

      fixture_change (fixture->path, cases[i].sql);
      assert_refused (fixture->path, cases[i].sentence);
    }
}

#define ADD(name, func) g_test_add (name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  format_1_path = argv[1];
  ADD ("/formats/format-1-opens-with-all-it-has", test_format_1_opens_with_all_it_has);
  ADD ("/formats/format-1-has-its-lock-waits", test_format_1_has_its_lock_waits);
  ADD ("/formats/changed-schemas-are-refused", test_changed_schemas_are_refused);
  ADD ("/formats/what-is-made-is-what-is-checked", test_what_is_made_is_what_is_checked);
  ADD ("/formats/what-is-none-is-refused", test_what_is_none_is_refused);
  ADD ("/formats/what-was-tampered-with-is-refused", test_what_was_tampered_with_is_refused);
  ADD ("/formats/format-3-opens", test_format_3_opens);
  ADD ("/formats/format-2-opens-from-its-records", test_format_2_opens_from_its_records);
  ADD ("/formats/a-program-that-ends-opens-from-tables",
       test_a_program_that_ends_opens_from_tables);
  ADD ("/formats/an-exec-of-a-worker-opens-from-tables",
       test_an_exec_of_a_worker_opens_from_tables);
  return g_test_run ();
}
