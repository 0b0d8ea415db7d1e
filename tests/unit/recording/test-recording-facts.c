/* test-recording-facts.c: a page of a plain table (processes, names, marks …) is damaged: the
 * events are all there, and what opens the file says that something is not. In: recordings
 * with one page overwritten. */
#include "database.h"
#include "recording-fixture.h"
#include "trace-notes.h"
#include "trace-scope.h"
#include <string.h>

static void
record (const char *path)
{
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  g_autoptr (Synthetic) machine = fixture_new_machine ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftRecording) recording
      = weft_recording_create (path, store, WEFT_RECORDING_NONE, &error);

  g_assert_no_error (error);
  weft_trace_store_set_scope (store, 0, WEFT_TRACED_MACHINE, NULL, 0, FALSE);
  weft_trace_store_set_note (store, "sched", "told");
  fixture_feed (store, machine, 20000);
  weft_trace_store_add_user_mark (store, weft_trace_store_get_edge (store), "here");
  fixture_finish (store, machine, recording);
}

/* Where the root page of @table lies in the file. */
static gsize
find_page (const char *path, const char *table, gsize *bytes)
{
  g_autoptr (sqlite3) db = weft_database_open_reading (path, NULL);
  g_autofree char *sql
      = g_strdup_printf ("SELECT (rootpage - 1) * (SELECT page_size FROM pragma_page_size), (SELECT"
                         " page_size FROM pragma_page_size) FROM sqlite_master WHERE name = '%s'",
                         table);
  g_autoptr (sqlite3_stmt) row = weft_database_prepare (db, sql, NULL);

  g_assert_true (weft_database_next_row (row, NULL));
  *bytes = (gsize)sqlite3_column_int64 (row, 1);
  return (gsize)sqlite3_column_int64 (row, 0);
}

static void
overwrite_page (const char *path, const char *table)
{
  gsize page, bytes, size;
  g_autofree char *data = NULL;

  page = find_page (path, table, &bytes);
  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  g_assert_cmpuint (page, >, 0);
  g_assert_cmpuint (page + bytes, <=, size);
  memset (data + page, 0xa5, bytes);
  g_assert_true (g_file_set_contents (path, data, (gssize)size, NULL));
}

static guint64
count_events (const char *path, char **warning)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftTraceStore) store = weft_recording_open (path, NULL, NULL, warning, NULL, &error);
  WeftTraceTotals totals;

  g_assert_no_error (error);
  weft_trace_store_get_totals (store, &totals);
  return totals.events;
}

static void
test_a_damaged_table_is_told (Fixture *fixture, gconstpointer table)
{
  g_autofree char *before = NULL, *after = NULL;
  guint64 events;

  record (fixture->path);
  events = count_events (fixture->path, &before);
  g_assert_null (before);
  overwrite_page (fixture->path, table);
  g_assert_cmpuint (count_events (fixture->path, &after), ==, events);
  g_assert_nonnull (after);
  g_assert_nonnull (strstr (after, "marks is damaged"));
}

int
main (int argc, char **argv)
{
  static const char *const tables[] = { "processes", "renames", "scopes", "notes", "marks" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      g_autofree char *name = g_strdup_printf ("/recording-facts/%s", tables[i]);

      g_test_add (name, Fixture, tables[i], fixture_set_up, test_a_damaged_table_is_told,
                  fixture_tear_down);
    }
  return g_test_run ();
}
