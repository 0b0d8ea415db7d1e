/* recording-scopes.c: see the header. A scope of chosen processes is a row for each of
 * them, all with the same time; any other is one row without a process. */
#include "recording-scopes.h"

/* Of one file: 4096 targets can be chosen at once, and be chosen anew. */
#define MAX_ROWS 65536

typedef struct
{
  gint64 since_ns;
  WeftTraced what;
  gboolean children;
  guint64 pid; /* G_MAXUINT64: none */
} Row;

/* Copies, so that no lock is held while the disk is waited for. */
static GArray *
list_rows (WeftTraceStore *store)
{
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (Row));
  const WeftScope *scopes;
  guint n;

  weft_trace_store_begin_read (store);
  scopes = weft_trace_store_get_scopes (store, &n);
  for (guint i = 0; i < n; i++)
    {
      GArray *tgids = scopes[i].tgids;
      Row row = { (gint64)scopes[i].since_ns, scopes[i].what, scopes[i].children, G_MAXUINT64 };

      if (tgids == NULL || tgids->len == 0)
        g_array_append_val (rows, row);
      for (guint t = 0; tgids != NULL && t < tgids->len; t++)
        {
          row.pid = g_array_index (tgids, guint32, t);
          g_array_append_val (rows, row);
        }
    }
  weft_trace_store_end_read (store);
  return rows;
}

gboolean
weft_recording_write_scopes (sqlite3 *db, WeftTraceStore *store, GError **error)
{
  g_autoptr (GArray) rows = list_rows (store);
  g_autoptr (sqlite3_stmt) put = NULL;

  if (!weft_database_run (db, "DELETE FROM scopes", error))
    return FALSE;
  put = weft_database_prepare (db, "INSERT INTO scopes VALUES (?1, ?2, ?3, ?4)", error);
  for (guint i = 0; put != NULL && i < rows->len; i++)
    {
      const Row *row = &g_array_index (rows, Row, i);

      weft_database_bind_number (put, 1, (guint64)row->since_ns, G_MAXUINT64);
      weft_database_bind_text (put, 2, weft_traced_get_id (row->what));
      weft_database_bind_number (put, 3, row->children ? 1 : 0, G_MAXUINT64);
      weft_database_bind_number (put, 4, row->pid, G_MAXUINT64);
      if (!weft_database_step (put, error))
        return FALSE;
    }
  return put != NULL;
}

static void
take_scope (WeftTraceStore *store, const Row *scope, GArray *tgids)
{
  weft_trace_store_set_scope (store, (guint64)MAX (scope->since_ns, 0), scope->what,
                              (const guint32 *)(void *)tgids->data, tgids->len, scope->children);
  g_array_set_size (tgids, 0);
}

gboolean
weft_recording_restore_scopes (sqlite3 *db, gboolean own_only, WeftTraceStore *store)
{
  g_autoptr (GArray) tgids = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GError) why = NULL;
  /* a file of before has no such table */
  g_autoptr (sqlite3_stmt) row = weft_database_prepare (
      db, "SELECT since_ns, what, children, pid FROM scopes ORDER BY since_ns, rowid", NULL);
  Row last = { 0, own_only ? WEFT_TRACED_OWN : WEFT_TRACED_UNTOLD, FALSE, 0 };
  guint n = 0;

  for (; row != NULL && n < MAX_ROWS && weft_database_next_row (row, &why); n++)
    {
      Row next = { .since_ns = sqlite3_column_int64 (row, 0),
                   .what = weft_traced_from_id ((const char *)sqlite3_column_text (row, 1)),
                   .children = sqlite3_column_int (row, 2) != 0 };
      guint32 tgid = (guint32)sqlite3_column_int64 (row, 3);

      if (n > 0 && next.since_ns != last.since_ns)
        take_scope (store, &last, tgids);
      if (sqlite3_column_type (row, 3) == SQLITE_INTEGER)
        g_array_append_val (tgids, tgid);
      last = next;
    }
  if (n > 0 || own_only)
    take_scope (store, &last, tgids);
  return why == NULL;
}
