/* recording-marks.c: see the header. */
#include "recording-marks.h"
#include "printable.h"
#include "recording-copy.h"
#include "unsaved.h"
#include <glib/gi18n.h>

/* More than a person sets, and no more than a made-up file may cost. */
#define MAX_MARKS 10000
#define MAX_LABEL_BYTES 4096
#define MAX_LABEL_CHARS 200

static void
mark_clear (gpointer data)
{
  g_free ((char *)((WeftMark *)data)->text);
}

static GArray *
copy_marks (WeftTraceStore *store)
{
  GArray *wanted = g_array_new (FALSE, FALSE, sizeof (WeftMark));
  const WeftMark *marks;
  gsize n;

  g_array_set_clear_func (wanted, mark_clear);
  weft_trace_store_begin_read (store);
  marks = weft_trace_store_get_trace_marks (store, &n);
  for (gsize i = 0; i < n; i++)
    if (marks[i].kind == WEFT_MARK_USER)
      {
        WeftMark copy = marks[i];

        copy.text = g_strdup (copy.text);
        g_array_append_val (wanted, copy);
      }
  weft_trace_store_end_read (store);
  return wanted;
}

static gboolean
put_marks (sqlite3 *db, GArray *marks, GError **error)
{
  g_autoptr (sqlite3_stmt) put
      = weft_database_prepare (db, "INSERT INTO marks VALUES (?1, 'user', NULL, 0, ?2)", error);

  for (guint i = 0; put != NULL && i < marks->len; i++)
    {
      const WeftMark *mark = &g_array_index (marks, WeftMark, i);

      weft_database_bind_number (put, 1, mark->time_ns, G_MAXUINT64);
      weft_database_bind_text (put, 2, mark->text);
      if (!weft_database_step (put, error))
        return FALSE;
    }
  return put != NULL;
}

typedef struct
{
  GArray *marks;
  guint64 start_ns; /* of the recording that they are of: no other of that boot has it */
} Change;

static gboolean
check_start (sqlite3 *db, guint64 start_ns, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (sqlite3_stmt) row
      = weft_database_prepare (db, "SELECT start_ns FROM session WHERE id = 1", error);

  if (row == NULL)
    return FALSE;
  if (weft_database_next_row (row, &why) && (guint64)sqlite3_column_int64 (row, 0) == start_ns)
    return TRUE;
  if (why != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                       _ ("another recording is there by now. Save under another name."));
  return FALSE;
}

/* All of them or, when it fails, none. */
static gboolean
replace_marks (gpointer db, gpointer user_data, GError **error)
{
  const Change *change = user_data;

  if (!check_start (db, change->start_ns, error))
    return FALSE;
  if (weft_database_run (db, "BEGIN IMMEDIATE", error)
      && weft_database_run (db, WEFT_DELETE_USER_MARKS, error)
      && put_marks (db, change->marks, error) && weft_database_run (db, "COMMIT", error))
    return TRUE;
  weft_database_run (db, "ROLLBACK", NULL);
  return FALSE;
}

/* In the folder that is ours alone, where nothing can have been put beside it. */
static gboolean
replace_in_place (const char *path, Change *change, GError **error)
{
  g_autoptr (sqlite3) db = weft_database_open_own (path, error);

  return db != NULL && replace_marks (db, change, error);
}

gboolean
weft_recording_write_marks (const char *path, WeftTraceStore *store, GError **error)
{
  g_autoptr (GArray) marks = copy_marks (store);
  g_autofree char *name = weft_printable_basename (path);
  Change change = { marks, weft_trace_store_get_start (store) };

  if (weft_unsaved_owns (path) ? replace_in_place (path, &change, error)
                               : weft_recording_copy_change (path, replace_marks, &change, error))
    return TRUE;
  g_prefix_error (error, _ ("The marks are shown, but cannot be kept in “%s”: "), name);
  return FALSE;
}

gboolean
weft_recording_restore_marks (sqlite3 *db, WeftTraceStore *store)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (sqlite3_stmt) row = weft_database_prepare (
      db, "SELECT time_ns, text FROM marks WHERE kind = 'user' ORDER BY time_ns", &why);

  for (guint n = 0; row != NULL && n < MAX_MARKS && weft_database_next_row (row, &why); n++)
    {
      const char *text = (const char *)sqlite3_column_text (row, 1);
      g_autofree char *printable = weft_make_printable (text != NULL ? text : "", MAX_LABEL_BYTES);
      g_autofree char *label
          = g_utf8_substring (printable, 0, MIN (g_utf8_strlen (printable, -1), MAX_LABEL_CHARS));

      weft_trace_store_add_user_mark (store, (guint64)MAX (sqlite3_column_int64 (row, 0), 0),
                                      label);
    }
  return why == NULL;
}
