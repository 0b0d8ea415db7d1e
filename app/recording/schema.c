/* schema.c: the manual of the file's tables. In: a connection. Out: tables.
 *
 * Times are CLOCK_MONOTONIC nanoseconds of the machine that recorded; session
 * says which moment of the calendar start_ns was. What is not known is NULL. */
#include "schema.h"
#include <glib/gi18n.h>
#include <string.h>

static const char tables[] =
    /* One row. */
    "CREATE TABLE session ("
    "  id INTEGER PRIMARY KEY CHECK (id = 1),"
    "  program TEXT," /* the version that wrote the file */
    "  architecture TEXT, kernel TEXT, host TEXT, boot_id TEXT, label TEXT, cpus INTEGER,"
    "  start_ns INTEGER, end_ns INTEGER,"         /* up to where the recording is complete */
    "  realtime_ns INTEGER, boottime_ns INTEGER," /* the other clocks at start_ns */
    "  own_only INTEGER,"                         /* 1: only the processes of who recorded */
    "  events INTEGER, lost INTEGER, late INTEGER,"
    "  finished INTEGER);" /* 0: the recording was cut off */
    "CREATE TABLE processes ("
    "  id INTEGER PRIMARY KEY, parent INTEGER, pid INTEGER, uid INTEGER,"
    "  start_boottime_ns INTEGER, start_ns INTEGER, end_ns INTEGER,"
    "  exit_code INTEGER, signal INTEGER, kernel INTEGER, cgroup_id INTEGER,"
    "  name TEXT, command_line TEXT);"
    "CREATE TABLE threads ("
    "  id INTEGER PRIMARY KEY, process INTEGER, tid INTEGER, start_boottime_ns INTEGER,"
    "  birth_ns INTEGER, death_ns INTEGER, name TEXT, switches INTEGER, voluntary INTEGER,"
    "  involuntary INTEGER, wakeups INTEGER, migrations INTEGER);"
    /* kind: 'suspend' (value: how long, in ns) or 'user' (text). */
    "CREATE TABLE marks ("
    "  time_ns INTEGER, kind TEXT, thread INTEGER, value INTEGER, text TEXT,"
    "  UNIQUE (time_ns, kind, thread));"
    "CREATE TABLE lost ("
    "  time_ns INTEGER, cpu INTEGER, start_ns INTEGER, count INTEGER,"
    "  PRIMARY KEY (time_ns, cpu, start_ns)) WITHOUT ROWID;"
    /* records: chunk-codec.h. entries: chunk-entries.h. checksum: of both. */
    "CREATE TABLE chunks ("
    "  number INTEGER PRIMARY KEY, first_ns INTEGER, last_ns INTEGER, n_records INTEGER,"
    "  checksum INTEGER, entries BLOB, records BLOB);"
    /* In which chunks a thread changes. */
    "CREATE TABLE chunk_threads ("
    "  thread INTEGER, chunk INTEGER, PRIMARY KEY (thread, chunk)) WITHOUT ROWID;";

/* What must be there for a file to be read. */
static const char *const needed[]
    = { "session", "processes", "threads", "marks", "lost", "chunks", "chunk_threads" };

gboolean
weft_schema_create (sqlite3 *db, GError **error)
{
  g_autofree char *head = g_strdup_printf ("PRAGMA application_id = %d; PRAGMA user_version = %d;",
                                           WEFT_APPLICATION_ID, WEFT_FORMAT_VERSION);

  return weft_database_run (db, "BEGIN", error) && weft_database_run (db, head, error)
         && weft_database_run (db, tables, error) && weft_database_run (db, "COMMIT", error);
}

gboolean
weft_schema_recognise (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, NULL);
  guint8 page[72];
  gsize n_read = 0;

  return stream != NULL
         && g_input_stream_read_all (G_INPUT_STREAM (stream), page, sizeof page, &n_read, NULL,
                                     NULL)
         && n_read == sizeof page && memcmp (page, "SQLite format 3", 16) == 0 && page[68] == 'W'
         && page[69] == 'E' && page[70] == 'F' && page[71] == 'T';
}

static gboolean
read_number (sqlite3 *db, const char *sql, gint64 *number, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = weft_database_prepare (db, sql, error);

  if (statement == NULL || !weft_database_next_row (statement, error))
    return FALSE;
  *number = sqlite3_column_int64 (statement, 0);
  return TRUE;
}

/* A table of ours, not a view or something virtual that calls itself so. */
static gboolean
has_table (sqlite3 *db, const char *table)
{
  g_autoptr (sqlite3_stmt) statement = weft_database_prepare (
      db,
      "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1 AND rootpage > 0"
      " AND sql NOT LIKE '%GENERATED%' AND sql NOT LIKE '% AS (%'",
      NULL);

  if (statement == NULL)
    return FALSE;
  weft_database_bind_text (statement, 1, table);
  return weft_database_next_row (statement, NULL);
}

gboolean
weft_schema_check (sqlite3 *db, const char *name, GError **error)
{
  gint64 application = 0;
  gint64 version = 0;

  if (!read_number (db, "PRAGMA application_id", &application, error)
      || !read_number (db, "PRAGMA user_version", &version, error))
    {
      g_prefix_error (error, _ ("The recording “%s” is damaged: "), name);
      return FALSE;
    }
  if (application != WEFT_APPLICATION_ID)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("“%s” is not a Weftscope recording."), name);
      return FALSE;
    }
  if (version > WEFT_FORMAT_VERSION)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   _ ("“%s” was recorded by a newer Weftscope (format %d, this one reads up to"
                      " %d). Update Weftscope to open it."),
                   name, (int)version, WEFT_FORMAT_VERSION);
      return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (needed); i++)
    if (!has_table (db, needed[i]))
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                     _ ("The recording “%s” is damaged: the table %s is missing."), name,
                     needed[i]);
        return FALSE;
      }
  return TRUE;
}
