/* session-marks.c: see the header. */
#include "session-marks.h"
#include "draw/ruler-painter.h"
#include "store-moment.h"
#include "recording/recording-marks.h"

/* Marks are few and files are small: one lock for all of them. */
static GMutex file_lock;

/* --- in the store ------------------------------------------------------- */

/* One more than the highest: a number never means another mark than before. */
static guint64
next_number (WeftTraceStore *store)
{
  const WeftMark *marks;
  guint64 highest = 0;
  gsize n;

  weft_trace_store_begin_read (store);
  marks = weft_trace_store_get_trace_marks (store, &n);
  for (gsize i = 0; i < n; i++)
    if (marks[i].kind == WEFT_MARK_USER && marks[i].text != NULL)
      highest = MAX (highest, g_ascii_strtoull (marks[i].text, NULL, 10));
  weft_trace_store_end_read (store);
  return MIN (highest, G_MAXUINT32) + 1;
}

void
weft_session_marks_toggle (WeftTraceStore *store, guint64 time_ns, guint64 near_ns)
{
  gint64 since = (gint64)(time_ns - weft_store_moment (store).start_ns);
  g_autofree char *time = weft_ruler_format_time (since, 1000);
  g_autofree char *label = NULL;

  if (weft_trace_store_remove_user_mark (store, time_ns - MIN (near_ns, time_ns),
                                         time_ns + near_ns))
    return;
  label = g_strdup_printf ("%" G_GUINT64_FORMAT " · %s", next_number (store), time);
  weft_trace_store_add_user_mark (store, time_ns, label);
}

/* --- in the file -------------------------------------------------------- */

void
weft_session_marks_lock_file (void)
{
  g_mutex_lock (&file_lock);
}

void
weft_session_marks_unlock_file (void)
{
  g_mutex_unlock (&file_lock);
}

gboolean
weft_session_marks_save (WeftTraceStore *store, WeftRecording *recording, GError **error)
{
  g_autofree char *path = NULL;
  gboolean saved;

  weft_session_marks_lock_file ();
  path = weft_recording_dup_path (recording);
  saved = weft_recording_write_marks (path, store, error);
  weft_session_marks_unlock_file ();
  return saved;
}

static void
save (GTask *task, gpointer store, gpointer recording, GCancellable *cancellable)
{
  GError *error = NULL;

  if (weft_session_marks_save (store, recording, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
weft_session_marks_save_async (WeftTraceStore *store, WeftRecording *recording,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (store, NULL, callback, user_data);

  g_task_set_task_data (task, g_object_ref (recording), g_object_unref);
  g_task_run_in_thread (task, save);
}

gboolean
weft_session_marks_save_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
