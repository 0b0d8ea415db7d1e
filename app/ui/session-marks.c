/* session-marks.c: see the header. */
#include "session-marks.h"
#include "draw/ruler-painter.h"
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
  marks = weft_trace_store_get_marks (store, &n);
  for (gsize i = 0; i < n; i++)
    if (marks[i].kind == WEFT_MARK_USER && marks[i].text != NULL)
      highest = MAX (highest, g_ascii_strtoull (marks[i].text, NULL, 10));
  weft_trace_store_end_read (store);
  return MIN (highest, G_MAXUINT32) + 1;
}

void
weft_session_marks_toggle (WeftTraceStore *store, guint64 time_ns, guint64 near_ns)
{
  gint64 since = (gint64)(time_ns - weft_trace_store_get_start (store));
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

typedef struct
{
  WeftTraceStore *store;
  WeftRecording *recording;
  char *path;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  g_object_unref (job->store);
  g_clear_object (&job->recording);
  g_free (job->path);
  g_free (job);
}

static void
save (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Job *job = data;
  g_autofree char *path = NULL;
  GError *error = NULL;
  gboolean saved;

  weft_session_marks_lock_file ();
  path = job->recording != NULL ? weft_recording_dup_path (job->recording) : g_strdup (job->path);
  saved = weft_recording_write_marks (path, job->store, &error);
  weft_session_marks_unlock_file ();
  if (saved)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
weft_session_marks_save_async (WeftTraceStore *store, WeftRecording *recording, const char *path,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (store, NULL, callback, user_data);
  Job *job = g_new0 (Job, 1);

  job->store = g_object_ref (store);
  job->recording = recording != NULL ? g_object_ref (recording) : NULL;
  job->path = g_strdup (path);
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, save);
}

gboolean
weft_session_marks_save_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
