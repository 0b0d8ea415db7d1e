/* schema.c: the manual of the file's tables. In: a connection. Out: tables.
 *
 * Times are CLOCK_MONOTONIC nanoseconds of the machine that recorded; session
 * says which moment of the calendar start_ns was. What is not known is NULL. */
#include "schema.h"
#include <glib/gi18n.h>
#include <string.h>

/* Up to and with the application id. */

typedef struct
{
  guint since, until; /* the formats that have the table in these words */
  const char *name;
  const char *columns; /* what CREATE TABLE says behind the name, to the byte */
} Table;

#define NOW WEFT_FORMAT_VERSION

/* A new table is a row here, from the present format on. One that changes gets
 * another row: the old one ends with the format before, the new one begins. */
static const Table tables[] = {
  { 1, 1, "session",
    "(  id INTEGER PRIMARY KEY CHECK (id = 1),"
    "  program TEXT,"
    "  architecture TEXT, kernel TEXT, host TEXT, boot_id TEXT, label TEXT, cpus INTEGER,"
    "  start_ns INTEGER, end_ns INTEGER,"
    "  realtime_ns INTEGER, boottime_ns INTEGER,"
    "  own_only INTEGER,"
    "  events INTEGER, lost INTEGER, late INTEGER,"
    "  finished INTEGER)" },
  { 2, 3, "session",
    "(id INTEGER PRIMARY KEY,"
    " program TEXT,"
    " architecture TEXT, kernel TEXT, host TEXT, boot_id TEXT, label TEXT, cpus INTEGER,"
    " start_ns INTEGER, end_ns INTEGER,"
    " realtime_ns INTEGER, boottime_ns INTEGER,"
    " own_only INTEGER,"
    " events INTEGER, lost INTEGER, late INTEGER,"
    " finished INTEGER)" },
  /* One row. */
  { 4, NOW, "session",
    "(id INTEGER PRIMARY KEY,"
    " recording INTEGER," /* a random number: recording-log.h */
    " program TEXT,"      /* the version that wrote the file */
    " architecture TEXT, kernel TEXT, host TEXT, boot_id TEXT, label TEXT, cpus INTEGER,"
    " start_ns INTEGER, end_ns INTEGER,"         /* up to where the recording is complete */
    " realtime_ns INTEGER, boottime_ns INTEGER," /* the other clocks at start_ns */
    " own_only INTEGER,"                         /* 1: only the processes of who recorded */
    " events INTEGER, lost INTEGER, late INTEGER,"
    " finished INTEGER)" }, /* 0: the recording was cut off */
  /* What was traced, each from its time on (0: the beginning) until the next one's.
   * what: 'machine', 'own' (who recorded), 'targets': a row for each process of them. */
  { 2, NOW, "scopes", "(since_ns INTEGER, what TEXT, children INTEGER, pid INTEGER)" },
  { 1, NOW, "processes",
    "(  id INTEGER PRIMARY KEY, parent INTEGER, pid INTEGER, uid INTEGER,"
    "  start_boottime_ns INTEGER, start_ns INTEGER, end_ns INTEGER,"
    "  exit_code INTEGER, signal INTEGER, kernel INTEGER, cgroup_id INTEGER,"
    "  name TEXT, command_line TEXT)" },
  /* What the trace could not tell: trace-notes.h. */
  { 2, NOW, "notes", "(name TEXT PRIMARY KEY, text TEXT) WITHOUT ROWID" },
  /* What processes were called before, and from when on they were not. */
  { 2, NOW, "renames",
    "(process INTEGER, time_ns INTEGER, old_name TEXT, name TEXT,"
    " exec INTEGER," /* 1: the name came with a program */
    " PRIMARY KEY (process, time_ns)) WITHOUT ROWID" },
  { 1, NOW, "threads",
    "(  id INTEGER PRIMARY KEY, process INTEGER, tid INTEGER, start_boottime_ns INTEGER,"
    "  birth_ns INTEGER, death_ns INTEGER, name TEXT, switches INTEGER, voluntary INTEGER,"
    "  involuntary INTEGER, wakeups INTEGER, migrations INTEGER)" },
  /* kind: 'suspend' (value: how long, in ns) or 'user' (text). */
  { 1, NOW, "marks",
    "(  time_ns INTEGER, kind TEXT, thread INTEGER, value INTEGER, text TEXT,"
    "  UNIQUE (time_ns, kind, thread))" },
  { 1, NOW, "lost",
    "(  time_ns INTEGER, cpu INTEGER, start_ns INTEGER, count INTEGER,"
    "  PRIMARY KEY (time_ns, cpu, start_ns)) WITHOUT ROWID" },
  { 1, 1, "chunks",
    "(  number INTEGER PRIMARY KEY, first_ns INTEGER, last_ns INTEGER, n_records INTEGER,"
    "  checksum INTEGER, entries BLOB, records BLOB)" },
  /* records: chunk-codec.h. */
  { 2, NOW, "chunks",
    "(number INTEGER PRIMARY KEY, first_ns INTEGER, last_ns INTEGER, n_records INTEGER,"
    " checksum INTEGER, records BLOB)" },
  { 1, 1, "chunk_threads",
    "(  thread INTEGER, chunk INTEGER, PRIMARY KEY (thread, chunk)) WITHOUT ROWID" },
  /* What is made of a chunk: trace/derived.h. bytes: chunk-tables.h. */
  { 2, NOW, "chunk_tables",
    "(chunk INTEGER, name TEXT, checksum INTEGER, bytes BLOB,"
    " PRIMARY KEY (chunk, name)) WITHOUT ROWID" },
};

static gboolean
is_in_format (const Table *table, guint version)
{
  return version >= table->since && version <= table->until;
}

gboolean
weft_schema_create (sqlite3 *db, GError **error)
{
  g_autoptr (GString) sql = g_string_new ("BEGIN;");

  g_string_append_printf (sql, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
                          WEFT_APPLICATION_ID, WEFT_FORMAT_VERSION);
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    if (is_in_format (&tables[i], WEFT_FORMAT_VERSION))
      g_string_append_printf (sql, "CREATE TABLE %s %s;", tables[i].name, tables[i].columns);
  g_string_append (sql, "COMMIT");
  return weft_database_run (db, sql->str, error);
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

/* Returns: the table's place in the list, or -1 */
static int
find_table (const char *name, guint version)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    if (is_in_format (&tables[i], version) && g_strcmp0 (tables[i].name, name) == 0)
      return (int)i;
  return -1;
}

static gboolean
has_our_words (const Table *table, const char *sql)
{
  g_autofree char *ours = g_strdup_printf ("CREATE TABLE %s %s", table->name, table->columns);

  return g_strcmp0 (ours, sql) == 0;
}

/* What a file has that is no table of ours, in a word of ours: never in its own. */
static const char *
describe_kind (const char *kind)
{
  if (g_strcmp0 (kind, "view") == 0)
    return _ ("a view");
  if (g_strcmp0 (kind, "trigger") == 0)
    return _ ("a trigger");
  return g_strcmp0 (kind, "index") == 0 ? _ ("an index") : _ ("a table");
}

/* The row stands at one entry of the file's schema. */
static gboolean
check_entry (sqlite3_stmt *row, const char *name, guint version, gboolean *found, GError **error)
{
  const char *kind = (const char *)sqlite3_column_text (row, 0);
  const char *sql = (const char *)sqlite3_column_text (row, 2);
  int table = find_table ((const char *)sqlite3_column_text (row, 1), version);

  /* What SQLite makes for a key of a table has no words, and no choice. */
  if (g_strcmp0 (kind, "index") == 0 && table >= 0 && sql == NULL)
    return TRUE;
  if (g_strcmp0 (kind, "table") != 0 || table < 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 _ ("The recording “%s” was changed: it has %s that Weftscope did not make."
                    " It is not opened, for your safety."),
                 name, describe_kind (kind));
  else if (found[table] || !has_our_words (&tables[table], sql))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 _ ("The recording “%s” was changed: its table %s is not as Weftscope makes it."
                    " It is not opened, for your safety."),
                 name, tables[table].name);
  else
    return found[table] = TRUE;
  return FALSE;
}

static gboolean
check_tables (sqlite3 *db, const char *name, guint version, GError **error)
{
  gboolean found[G_N_ELEMENTS (tables)] = { FALSE };
  g_autoptr (GError) why = NULL;
  g_autoptr (sqlite3_stmt) row
      = weft_database_prepare (db, "SELECT type, tbl_name, sql FROM sqlite_schema", &why);

  while (row != NULL && weft_database_next_row (row, &why))
    if (!check_entry (row, name, version, found, error))
      return FALSE;
  if (why != NULL)
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&why),
                                  _ ("The recording “%s” is damaged: "), name);
      return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    if (is_in_format (&tables[i], version) && !found[i])
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                     _ ("The recording “%s” is damaged: the table %s is missing."), name,
                     tables[i].name);
        return FALSE;
      }
  return TRUE;
}

gboolean
weft_schema_check (sqlite3 *db, const char *name, guint *format, GError **error)
{
  gint64 application = 0;
  gint64 version = 0;

  if (!read_number (db, "PRAGMA application_id", &application, error)
      || !read_number (db, "PRAGMA user_version", &version, error))
    {
      g_prefix_error (error, _ ("The recording “%s” is damaged: "), name);
      return FALSE;
    }
  if (application != WEFT_APPLICATION_ID || version < 1)
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
  if (!check_tables (db, name, (guint)version, error))
    return FALSE;
  if (format != NULL)
    *format = (guint)version;
  return TRUE;
}
