/* recording-rows.c: rows to values. In: a file that may be damaged or made up. Out:
 * values; a row that cannot be read ends the list, it does not spoil the rest. */
#include "recording-rows.h"
#include "printable.h"
#include "recording-renames.h"
#include "trace-restore.h"
#include <glib/gi18n.h>
#include <string.h>

/* A chunk's row takes at least this much. */
#define MIN_CHUNK_BYTES 256
/* And with its tables as a rule at least this much. */
#define FEW_CHUNK_BYTES 1024
/* More than a machine runs at once. */
#define MAX_PROCESSES 500000
/* What all command lines may take when they are fit to show. */
#define MAX_TEXT_BYTES (64u << 20)
/* Host, kernel and the like are cut to this before they are made fit to show; a name
 * is cut to its 16 bytes. */
#define MAX_LABEL_BYTES 4096

static void
get_text (sqlite3_stmt *row, int column, char *text, gsize size)
{
  const char *value = (const char *)sqlite3_column_text (row, column);
  g_autofree char *printable = weft_make_printable (value != NULL ? value : "", MAX_LABEL_BYTES);

  g_strlcpy (text, printable, size);
}

static guint64
get_number (sqlite3_stmt *row, int column)
{
  return (guint64)MAX (sqlite3_column_int64 (row, column), 0);
}

gboolean
weft_rows_read_session (sqlite3 *db, WeftSessionRow *session, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (sqlite3_stmt) row = weft_database_prepare (
      db,
      "SELECT architecture, kernel, host, boot_id, label, cpus, start_ns, realtime_ns,"
      " boottime_ns, own_only, end_ns, finished, lost, events FROM session WHERE id = 1",
      &why);

  memset (session, 0, sizeof *session);
  if (row == NULL || !weft_database_next_row (row, &why))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("what it says of its machine cannot be read: %s"),
                   why != NULL ? why->message : _ ("it is missing"));
      return FALSE;
    }
  get_text (row, 0, session->info.architecture, sizeof session->info.architecture);
  get_text (row, 1, session->info.kernel, sizeof session->info.kernel);
  get_text (row, 2, session->info.host, sizeof session->info.host);
  get_text (row, 3, session->info.boot_id, sizeof session->info.boot_id);
  get_text (row, 4, session->info.label, sizeof session->info.label);
  session->info.n_cpus = (guint)CLAMP (sqlite3_column_int64 (row, 5), 1, G_MAXUINT16 + 1);
  session->info.start_ns = get_number (row, 6);
  session->info.realtime_ns = get_number (row, 7);
  session->info.boottime_ns = get_number (row, 8);
  session->own_only = sqlite3_column_int (row, 9) != 0;
  session->end_ns = get_number (row, 10);
  session->finished = sqlite3_column_int (row, 11) != 0;
  session->lost = get_number (row, 12);
  session->events = get_number (row, 13);
  return TRUE;
}

static gint64
read_max_number (sqlite3 *db, gint64 fallback)
{
  g_autoptr (sqlite3_stmt) row
      = weft_database_prepare (db, "SELECT max (number) FROM chunks", NULL);

  return row != NULL && weft_database_next_row (row, NULL) ? sqlite3_column_int64 (row, 0)
                                                           : fallback;
}

/* The rows in a damaged part of the file are found one by one, if at all. */
static void
add_unseen (sqlite3 *db, guint64 file_bytes, GArray *chunks)
{
  gint64 next = chunks->len > 0
                    ? (gint64)g_array_index (chunks, WeftChunkRow, chunks->len - 1).number + 1
                    : 0;
  gint64 last = read_max_number (db, next + (gint64)(file_bytes / FEW_CHUNK_BYTES));

  last = MIN (last, (gint64)(file_bytes / MIN_CHUNK_BYTES));
  for (; next <= last; next++)
    {
      WeftChunkRow chunk = { .number = (guint)next };

      g_array_append_val (chunks, chunk);
    }
}

GArray *
weft_rows_list_chunks (sqlite3 *db, guint64 file_bytes, gboolean *whole)
{
  GArray *chunks = g_array_new (FALSE, FALSE, sizeof (WeftChunkRow));
  g_autoptr (GError) why = NULL;
  g_autoptr (sqlite3_stmt) row = weft_database_prepare (
      db, "SELECT number, first_ns, last_ns, n_records FROM chunks ORDER BY number", &why);
  gint64 last = -1;

  while (row != NULL && weft_database_next_row (row, &why))
    {
      gint64 number = sqlite3_column_int64 (row, 0);
      WeftChunkRow chunk
          = { (guint)number, get_number (row, 1), get_number (row, 2), get_number (row, 3) };

      /* In a sound file numbers rise, and there are no more than fit into it. */
      if (number <= last || (guint64)number > file_bytes / MIN_CHUNK_BYTES)
        {
          g_set_error_literal (&why, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "order");
          break;
        }
      last = number;
      g_array_append_val (chunks, chunk);
    }
  *whole = why == NULL;
  if (why != NULL)
    add_unseen (db, file_bytes, chunks);
  return chunks;
}

/* The next row of a table by its key. Keys rise, unless pages of the file are named more
 * than once. @whole: set to FALSE when the table is damaged from here on; else left alone */
static gboolean
next_by_key (sqlite3_stmt *row, int column, gint64 *last, gboolean *whole)
{
  g_autoptr (GError) why = NULL;
  gboolean there = weft_database_next_row (row, &why);
  gint64 before = *last;

  if (there)
    *last = sqlite3_column_int64 (row, column);
  *whole &= why == NULL && (!there || *last > before);
  return there && *last > before;
}

/* The table begins with the name that a process had first; the records tell the others. */
static void
add_entry (sqlite3 *db, sqlite3_stmt *row, GArray *entries, gboolean *whole)
{
  g_autofree char *name = weft_recording_find_first_name (db, sqlite3_column_int64 (row, 6), whole);

  WeftProcEntry entry = {
    .tgid = (guint32)get_number (row, 0),
    .parent_tgid = (guint32)get_number (row, 1),
    .uid = G_MAXUINT32,
    .start_boottime_ns = get_number (row, 3),
    .state = '?',
    .kernel = sqlite3_column_int (row, 4) != 0,
  };

  if (sqlite3_column_type (row, 2) != SQLITE_NULL)
    entry.uid = (guint32)get_number (row, 2);
  if (name != NULL)
    g_strlcpy (entry.comm, name, sizeof entry.comm);
  else
    get_text (row, 5, entry.comm, sizeof entry.comm);
  g_array_append_val (entries, entry);
}

gboolean
weft_rows_restore_processes (sqlite3 *db, const WeftTraceInfo *info, WeftProcessTable *processes)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, TRUE, sizeof (WeftProcEntry));
  WeftProcSnapshot snapshot = { info->start_ns, info->boottime_ns - info->start_ns, entries };
  g_autoptr (sqlite3_stmt) row = weft_database_prepare (
      db,
      "SELECT p.pid, (SELECT q.pid FROM processes q WHERE q.id = p.parent), p.uid,"
      " p.start_boottime_ns, p.kernel, p.name, p.id FROM processes p"
      " WHERE p.start_ns IS NULL OR p.start_ns <= ?1 ORDER BY p.id",
      NULL);
  gint64 last = -1;
  gboolean whole = TRUE;

  if (row == NULL)
    return FALSE;
  sqlite3_bind_int64 (row, 1, (gint64)info->start_ns);
  while (entries->len < MAX_PROCESSES && next_by_key (row, 6, &last, &whole))
    add_entry (db, row, entries, &whole);
  if (entries->len > 0)
    weft_process_table_reconcile (processes, &snapshot);
  return whole;
}

/* The process of a row: a table that was restored from this file has it at its place. */
static guint
find_process (sqlite3_stmt *row, WeftProcessTable *processes)
{
  guint32 pid = (guint32)get_number (row, 0);
  guint64 start_ns = get_number (row, 1);
  gint64 id = sqlite3_column_int64 (row, 4);
  const WeftProcess *process
      = id >= 0 && id < WEFT_NO_ID ? weft_process_table_get (processes, (guint)id) : NULL;

  if (process != NULL && process->tgid == pid && process->start_ns == start_ns)
    return (guint)id;
  return weft_process_table_find_at (processes, pid, start_ns);
}

gboolean
weft_rows_restore_facts (sqlite3 *db, guint64 until_ns, WeftProcessTable *processes)
{
  g_autoptr (sqlite3_stmt) row
      = weft_database_prepare (db,
                               "SELECT pid, start_ns, uid, command_line, id, end_ns FROM processes"
                               " ORDER BY id",
                               NULL);
  gsize text_left = MAX_TEXT_BYTES;
  gint64 last = -1;
  gboolean whole = row != NULL;

  while (row != NULL && next_by_key (row, 4, &last, &whole))
    {
      const char *text = (const char *)sqlite3_column_text (row, 3);
      g_autofree char *command_line = text != NULL ? weft_make_printable (text, -1) : NULL;
      gsize length = command_line != NULL ? strlen (command_line) + 1 : 0;
      guint id = find_process (row, processes);
      guint64 end_ns = get_number (row, 5);
      guint32 uid = G_MAXUINT32;

      if (sqlite3_column_type (row, 2) != SQLITE_NULL)
        uid = (guint32)get_number (row, 2);
      if (id != WEFT_NO_ID)
        weft_process_table_set_facts (processes, id, uid, length <= text_left ? command_line : NULL,
                                      end_ns <= until_ns ? end_ns : 0);
      text_left -= MIN (length, text_left);
    }
  return whole;
}

gboolean
weft_rows_restore_counts (sqlite3 *db, WeftTraceStore *store)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (sqlite3_stmt) row = weft_database_prepare (
      db,
      "SELECT id, switches, voluntary, involuntary, wakeups, migrations FROM threads ORDER BY id",
      &why);
  guint n = 0;

  while (row != NULL && weft_database_next_row (row, &why))
    {
      const WeftThreadCounts counts = { .switches = get_number (row, 1),
                                        .voluntary = get_number (row, 2),
                                        .involuntary = get_number (row, 3),
                                        .wakeups = get_number (row, 4),
                                        .migrations = get_number (row, 5) };

      if (get_number (row, 0) != n || !weft_trace_store_restore_counts (store, n++, &counts))
        return FALSE;
    }
  return why == NULL && n == weft_trace_store_count_threads (store);
}
