/* session-files.c: the part of a session that lies on disk. In: the verbs open, save,
 * mark. Out: a store from a file, a file from a store; all of it in a worker. */
#include "session-marks.h"
#include "source/trace-source.h"
#include "trace-session-private.h"
#include <glib/gi18n.h>

/* --- opening ------------------------------------------------------------ */

typedef struct
{
  WeftTraceSession *session; /* its main thread's, for the progress */
  char *path;
  double told;
} Opening;

static void
opening_free (gpointer data)
{
  Opening *opening = data;

  g_object_unref (opening->session);
  g_free (opening->path);
  g_free (opening);
}

static void
trace_free (gpointer data)
{
  WeftSessionTrace *trace = data;

  g_clear_object (&trace->store);
  g_clear_object (&trace->recording);
  g_free (trace->damage);
  g_free (trace);
}

typedef struct
{
  WeftTraceSession *session;
  double fraction;
} Progress;

static gboolean
tell_progress_cb (gpointer user_data)
{
  Progress *progress = user_data;

  progress->session->fraction = progress->fraction;
  return G_SOURCE_REMOVE;
}

static void
progress_free (gpointer data)
{
  Progress *progress = data;

  g_object_unref (progress->session);
  g_free (progress);
}

/* In the worker. */
static void
opening_progress (double fraction, gpointer user_data)
{
  Opening *opening = user_data;
  Progress *progress;

  if (fraction < opening->told + 0.01)
    return;
  opening->told = fraction;
  progress = g_new (Progress, 1);
  *progress = (Progress){ g_object_ref (opening->session), fraction };
  g_idle_add_full (G_PRIORITY_DEFAULT, tell_progress_cb, progress, progress_free);
}

static void
open_file (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Opening *opening = data;
  WeftSessionTrace *trace = g_new0 (WeftSessionTrace, 1);
  GError *error = NULL;

  trace->recording = weft_recording_adopt (opening->path, &error);
  if (trace->recording != NULL)
    trace->store = weft_trace_source_open (opening->path, opening_progress, opening, &trace->damage,
                                           cancellable, &error);
  if (trace->store != NULL)
    {
      g_task_return_pointer (task, trace, trace_free);
      return;
    }
  g_task_return_error (task, error);
  trace_free (trace);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftTraceSession) self = user_data;
  g_autoptr (GError) error = NULL;
  WeftSessionTrace *trace = g_task_propagate_pointer (G_TASK (result), &error);

  if (trace == NULL)
    {
      if (!weft_session_come_back (self))
        weft_session_tell_problem (self, error->message);
      return;
    }
  self->next = *trace;
  g_free (trace);
  g_clear_pointer (&self->refusal, g_free);
  weft_session_show_next (self, FALSE);
  weft_session_set_state (self, WEFT_SESSION_STOPPED);
  if (self->damage != NULL)
    weft_session_tell_problem (self, self->damage);
}

void
weft_trace_session_open (WeftTraceSession *self, const char *path)
{
  g_autoptr (GTask) task = NULL;
  Opening *opening;

  if (!weft_session_is_at_rest (self))
    return;
  weft_session_begin (self, WEFT_SESSION_OPENING);
  opening = g_new0 (Opening, 1);
  opening->session = g_object_ref (self);
  opening->path = g_strdup (path);
  task = g_task_new (self, self->cancellable, opened_cb, g_object_ref (self));
  g_task_set_task_data (task, opening, opening_free);
  g_task_run_in_thread (task, open_file);
}

/* --- saving ------------------------------------------------------------- */

typedef struct
{
  WeftRecording *recording;
  WeftTraceStore *store;
  char *path;     /* (nullable): where to, or NULL for marks only */
  gboolean marks; /* to be written */
} Saving;

static void
saving_free (gpointer data)
{
  Saving *saving = data;

  g_object_unref (saving->recording);
  g_object_unref (saving->store);
  g_free (saving->path);
  g_free (saving);
}

static void
save_file (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Saving *saving = data;
  GError *error = NULL;
  gboolean saved = TRUE;

  weft_session_marks_lock_file ();
  if (saving->path != NULL)
    saved = weft_recording_save_as (saving->recording, saving->path, cancellable, &error);
  weft_session_marks_unlock_file ();
  if (saved && saving->marks)
    saved = weft_session_marks_save (saving->store, saving->recording, &error);
  if (saved)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WeftTraceSession *self = WEFT_TRACE_SESSION (source);
  g_autoptr (GTask) outer = user_data;
  GError *error = NULL;
  gboolean saved = g_task_propagate_boolean (G_TASK (result), &error);

  if (saved)
    weft_session_set_unsaved (self, FALSE, FALSE);
  else if (weft_recording_is_saved (self->recording))
    weft_session_set_unsaved (self, FALSE, self->unsaved_marks);
  weft_session_set_state (self, WEFT_SESSION_STOPPED);
  if (saved)
    g_task_return_boolean (outer, TRUE);
  else
    g_task_return_error (outer, error);
}

void
weft_trace_session_save_async (WeftTraceSession *self, const char *path,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) outer = g_task_new (self, NULL, callback, user_data);
  g_autoptr (GTask) task = NULL;
  Saving *saving;

  if (self->recording == NULL || self->state != WEFT_SESSION_STOPPED)
    {
      g_task_return_new_error (outer, G_IO_ERROR, G_IO_ERROR_FAILED,
                               self->state == WEFT_SESSION_STOPPED
                                   ? _ ("There is nothing to save: no event could be kept")
                                   : _ ("There is no finished trace to save; stop tracing first"));
      return;
    }
  weft_session_begin (self, WEFT_SESSION_SAVING);
  saving = g_new0 (Saving, 1);
  saving->recording = g_object_ref (self->recording);
  saving->store = g_object_ref (self->store);
  saving->path = g_strdup (path);
  saving->marks = self->unsaved_marks;
  task = g_task_new (self, self->cancellable, saved_cb, g_steal_pointer (&outer));
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, saving, saving_free);
  g_task_run_in_thread (task, save_file);
}

gboolean
weft_trace_session_save_finish (WeftTraceSession *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- marks -------------------------------------------------------------- */

static void
marks_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftTraceSession) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!weft_session_marks_save_finish (result, &error))
    weft_session_tell_problem (self, error->message);
}

void
weft_trace_session_toggle_mark (WeftTraceSession *self, guint64 time_ns, guint64 near_ns)
{
  if (self->state != WEFT_SESSION_TRACING && self->state != WEFT_SESSION_STOPPED)
    return;
  weft_session_marks_toggle (self->store, time_ns, near_ns);
  /* while it runs, marks are written with the rest */
  if (self->state == WEFT_SESSION_TRACING || self->recording == NULL)
    return;
  if (self->unsaved)
    weft_session_marks_save_async (self->store, self->recording, marks_saved_cb,
                                   g_object_ref (self));
  else
    weft_session_set_unsaved (self, FALSE, TRUE);
}
