/* recording-renames.c: see the header. */
#include "recording-renames.h"

/* Copied, so that no lock is held while the disk is waited for; the names stay. */
static GArray *
copy_renames (WeftTraceStore *store, guint process)
{
  GArray *copies = g_array_new (FALSE, FALSE, sizeof (WeftRename));
  const WeftRename *renames;
  guint n;

  weft_trace_store_begin_read (store);
  renames = weft_process_table_get_renames (weft_trace_store_get_processes (store), process, &n);
  if (n > 0)
    g_array_append_vals (copies, renames, n);
  weft_trace_store_end_read (store);
  return copies;
}

static gboolean
forget_renames (sqlite3 *db, guint process, GError **error)
{
  g_autofree char *sql = g_strdup_printf ("DELETE FROM renames WHERE process = %u", process);

  return weft_database_run (db, sql, error);
}

gboolean
weft_recording_write_renames (sqlite3 *db, WeftTraceStore *store, guint process, GError **error)
{
  g_autoptr (GArray) renames = copy_renames (store, process);
  g_autoptr (sqlite3_stmt) put = NULL;

  if (renames->len == 0)
    return TRUE;
  if (!forget_renames (db, process, error))
    return FALSE;
  put = weft_database_prepare (db, "INSERT OR REPLACE INTO renames VALUES (?1, ?2, ?3, ?4, ?5)",
                               error);
  for (guint i = 0; put != NULL && i < renames->len; i++)
    {
      const WeftRename *rename = &g_array_index (renames, WeftRename, i);

      weft_database_bind_number (put, 1, process, G_MAXUINT64);
      weft_database_bind_number (put, 2, rename->time_ns, G_MAXUINT64);
      weft_database_bind_text (put, 3, rename->old_name);
      weft_database_bind_text (put, 4, rename->new_name);
      weft_database_bind_number (put, 5, rename->exec, G_MAXUINT64);
      if (!weft_database_step (put, error))
        return FALSE;
    }
  return put != NULL;
}

char *
weft_recording_find_first_name (sqlite3 *db, gint64 id, gboolean *whole)
{
  g_autoptr (GError) why = NULL;
  /* a file of before has no such table */
  g_autoptr (sqlite3_stmt) row = weft_database_prepare (
      db, "SELECT old_name FROM renames WHERE process = ?1 ORDER BY time_ns LIMIT 1", NULL);

  if (row == NULL || sqlite3_bind_int64 (row, 1, id) != SQLITE_OK
      || !weft_database_next_row (row, &why))
    {
      *whole &= why == NULL;
      return NULL;
    }
  return g_strdup ((const char *)sqlite3_column_text (row, 0));
}
