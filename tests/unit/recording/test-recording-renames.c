/* test-recording-renames.c: names as they were, in the file and back. In: a process that
 * was there, by its first name, and execs. Out: the same names at the same times when the
 * file is opened. */
#include "database.h"
#include "recording-fixture.h"
#include <string.h>

#define PID 4242
#define BORN_NS 1000 /* CLOCK_BOOTTIME, before the trace */

static void
find_by_proc (WeftTraceStore *store, const char *name)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, TRUE, sizeof (WeftProcEntry));
  const WeftTraceInfo *info = weft_trace_store_get_info (store);
  WeftProcEntry entry = { .tgid = PID, .parent_tgid = 1, .start_boottime_ns = BORN_NS };
  WeftProcSnapshot snapshot = { info->start_ns, info->boottime_ns - info->start_ns, entries };

  g_strlcpy (entry.comm, name, sizeof entry.comm);
  g_array_append_val (entries, entry);
  weft_trace_store_reconcile (store, &snapshot);
}

static void
tell (WeftTraceStore *store, guint64 time, guint8 kind, const char *name)
{
  guint64 start = weft_trace_store_get_start (store);
  struct weft_task_record task = { .time_ns = start + time,
                                   .kind = kind,
                                   .units = 2,
                                   .tid = PID,
                                   .tgid = PID,
                                   .parent_tgid = 1,
                                   .start_boottime_ns = BORN_NS };
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  g_strlcpy (task.comm, name, sizeof task.comm);
  bytes = g_bytes_new (&task, sizeof task);
  weft_trace_store_append (store, bytes, start + time + 1, &error);
  g_assert_no_error (error);
}

static void
assert_names (WeftTraceStore *store)
{
  WeftProcessTable *table = weft_trace_store_get_processes (store);
  guint id = weft_process_table_find (table, PID);
  guint64 start = weft_trace_store_get_start (store);
  const WeftThread *thread
      = weft_trace_store_get_thread (store, weft_trace_store_find_thread (store, PID, start + 900));

  g_assert_nonnull (thread);
  for (guint64 time = 50; time < 900; time += 100)
    {
      const char *expected = time < 200 ? "launcher" : time < 600 ? "shell" : "program";

      g_assert_cmpstr (weft_process_table_get_name_at (table, id, start + time), ==, expected);
      g_assert_cmpstr (weft_thread_name_at (thread, start + time), ==, expected);
    }
  g_assert_cmpstr (weft_renames_get_before_exec (thread->renames, start + 700), ==, "shell");
}

static void
record_names (const char *path)
{
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftRecording) recording
      = weft_recording_create (path, store, WEFT_RECORDING_NONE, &error);

  g_assert_no_error (error);
  find_by_proc (store, "launcher");
  tell (store, 200, WEFT_RENAME, "shell");
  tell (store, 210, WEFT_EXEC, "shell");
  tell (store, 600, WEFT_RENAME, "program");
  tell (store, 610, WEFT_EXEC, "program");
  assert_names (store);
  weft_trace_store_finish (store, weft_trace_store_get_start (store) + 1000);
  weft_recording_finish (recording, &error);
  g_assert_no_error (error);
}

static void
test_names_of_then_come_back (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) opened = NULL;
  g_autoptr (GError) error = NULL;

  record_names (fixture->path);
  opened = weft_recording_open (fixture->path, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_names (opened);
}

/* Anyone can ask the file itself. */
static void
test_names_are_rows (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  sqlite3 *db;
  sqlite3_stmt *row;

  record_names (fixture->path);
  g_assert_cmpint (sqlite3_open (fixture->path, &db), ==, SQLITE_OK);
  row = weft_database_prepare (
      db, "SELECT group_concat (old_name || ' ' || name || ' ' || exec) FROM renames", &error);
  g_assert_no_error (error);
  g_assert_true (weft_database_next_row (row, &error));
  g_assert_cmpstr ((const char *)sqlite3_column_text (row, 0), ==,
                   "launcher shell 1,shell program 1");
  sqlite3_finalize (row);
  sqlite3_close (db);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function)                                                                        \
  g_test_add ("/recording-renames/" path, Fixture, NULL, fixture_set_up, function,                 \
              fixture_tear_down)
  ADD ("names-of-then-come-back", test_names_of_then_come_back);
  ADD ("names-are-rows", test_names_are_rows);
#undef ADD
  return g_test_run ();
}
