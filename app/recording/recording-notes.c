/* recording-notes.c: see the header. */
#include "recording-notes.h"

static void
copy_cb (const char *name, const char *text, gpointer user_data)
{
  g_ptr_array_add (user_data, g_strdup (name));
  g_ptr_array_add (user_data, g_strdup (text));
}

gboolean
weft_recording_write_notes (sqlite3 *db, WeftTraceStore *store, GError **error)
{
  g_autoptr (GPtrArray) pairs = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (sqlite3_stmt) put
      = weft_database_prepare (db, "INSERT OR REPLACE INTO notes VALUES (?1, ?2)", error);

  weft_trace_store_begin_read (store);
  weft_trace_store_foreach_note (store, copy_cb, pairs);
  weft_trace_store_end_read (store);
  for (guint i = 0; put != NULL && i < pairs->len; i += 2)
    {
      weft_database_bind_text (put, 1, pairs->pdata[i]);
      weft_database_bind_text (put, 2, pairs->pdata[i + 1]);
      if (!weft_database_step (put, error))
        return FALSE;
    }
  return put != NULL;
}

gboolean
weft_recording_restore_notes (sqlite3 *db, WeftTraceStore *store)
{
  g_autoptr (GError) why = NULL;
  /* A file of before has no such table. */
  g_autoptr (sqlite3_stmt) row
      = weft_database_prepare (db, "SELECT name, text FROM notes ORDER BY name", NULL);

  for (guint n = 0; row != NULL && n < WEFT_NOTES_MOST && weft_database_next_row (row, &why); n++)
    {
      const char *name = (const char *)sqlite3_column_text (row, 0);
      const char *text = (const char *)sqlite3_column_text (row, 1);

      if (name != NULL && text != NULL)
        weft_trace_store_set_note (store, name, text);
    }
  return why == NULL;
}
