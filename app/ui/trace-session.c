/* trace-session.c: see the header. Everything slow (polkit, opening, closing the
 * file) happens elsewhere and comes back as a callback. */
#include "trace-session.h"
#include "launch-command.h"
#include "recording/recording-reader.h"
#include "recording/recording.h"
#include "session-marks.h"
#include "source/helper-client.h"
#include <glib/gi18n.h>

struct _WeftTraceSession
{
  GObject parent_instance;

  WeftSessionState state;
  WeftSessionState state_before; /* what an opening that fails comes back to */
  WeftTraceStore *store;
  WeftProcReader *reader;
  WeftHelperClient *client;
  WeftRecording *recording;
  char *opened_path; /* of a trace that came from a file; else NULL */
  gboolean unsaved;
  gboolean own_only;
  gboolean for_command; /* started to launch one, which did not happen yet */
  gboolean abandoned;   /* it never did: what was recorded is of no use */
  char **waiting_argv;  /* to be launched when tracing runs */
  char **refused_argv;  /* it did not: for another try */
  GSubprocess *launched;
};

enum
{
  SIGNAL_STATE_CHANGED,
  SIGNAL_STORE_CHANGED,
  SIGNAL_PROGRESS,
  SIGNAL_PROBLEM,
  SIGNAL_REFUSED,
  SIGNAL_LAUNCHED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftTraceSession, weft_trace_session, G_TYPE_OBJECT)

static void
drop_client (WeftTraceSession *self)
{
  if (self->client == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
}

static void
weft_trace_session_dispose (GObject *object)
{
  WeftTraceSession *self = WEFT_TRACE_SESSION (object);

  if (self->client != NULL && self->state == WEFT_SESSION_TRACING)
    weft_helper_client_stop_async (self->client, NULL, NULL);
  drop_client (self);
  g_clear_object (&self->reader);
  g_clear_object (&self->recording);
  g_clear_object (&self->store);
  g_clear_object (&self->launched);
  g_clear_pointer (&self->waiting_argv, g_strfreev);
  g_clear_pointer (&self->refused_argv, g_strfreev);
  g_clear_pointer (&self->opened_path, g_free);
  G_OBJECT_CLASS (weft_trace_session_parent_class)->dispose (object);
}

static guint
new_signal (const char *name, GType argument)
{
  return g_signal_new (name, WEFT_TYPE_TRACE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, argument == G_TYPE_NONE ? 0 : 1, argument);
}

static void
weft_trace_session_class_init (WeftTraceSessionClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_trace_session_dispose;
  signals[SIGNAL_STATE_CHANGED] = new_signal ("state-changed", G_TYPE_NONE);
  signals[SIGNAL_STORE_CHANGED] = new_signal ("store-changed", G_TYPE_NONE);
  signals[SIGNAL_PROGRESS] = new_signal ("progress", G_TYPE_NONE);
  signals[SIGNAL_PROBLEM] = new_signal ("problem", G_TYPE_STRING);
  signals[SIGNAL_REFUSED] = new_signal ("refused", G_TYPE_STRING);
  signals[SIGNAL_LAUNCHED] = new_signal ("launched", G_TYPE_UINT);
}

static void
weft_trace_session_init (WeftTraceSession *self)
{
  WeftTraceInfo info;

  weft_trace_info_init_local (&info);
  self->store = weft_trace_store_new (&info);
  self->reader = weft_proc_reader_new (self->store);
}

WeftTraceSession *
weft_trace_session_new (void)
{
  return g_object_new (WEFT_TYPE_TRACE_SESSION, NULL);
}

WeftSessionState
weft_trace_session_get_state (WeftTraceSession *self)
{
  return self->state;
}

WeftTraceStore *
weft_trace_session_get_store (WeftTraceSession *self)
{
  return self->store;
}

WeftProcReader *
weft_trace_session_get_reader (WeftTraceSession *self)
{
  return self->reader;
}

gboolean
weft_trace_session_is_unsaved (WeftTraceSession *self)
{
  return self->unsaved;
}

static void
set_state (WeftTraceSession *self, WeftSessionState state)
{
  self->state = state;
  g_signal_emit (self, signals[SIGNAL_STATE_CHANGED], 0);
}

static void
tell_problem (WeftTraceSession *self, const char *message)
{
  g_signal_emit (self, signals[SIGNAL_PROBLEM], 0, message);
}

/* Shows another store; @live: of this machine, so /proc keeps it true. */
static void
use_store (WeftTraceSession *self, WeftTraceStore *store, gboolean live)
{
  g_clear_object (&self->reader);
  g_set_object (&self->store, store);
  if (live)
    self->reader = weft_proc_reader_new (store);
  g_signal_emit (self, signals[SIGNAL_STORE_CHANGED], 0);
}

/* --- launching ---------------------------------------------------------- */

/* What was to be traced does not run: nothing is recorded for its sake. */
static void
give_up (WeftTraceSession *self)
{
  if (!self->for_command)
    return;
  self->abandoned = TRUE;
  weft_trace_session_stop (self);
}

/* Tracing runs, so the very fork of the command is in the picture. */
static void
launch_now (WeftTraceSession *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) child
      = weft_launch_command_spawn ((const char *const *)self->waiting_argv, &error);

  g_clear_pointer (&self->waiting_argv, g_strfreev);
  if (child == NULL)
    {
      tell_problem (self, error->message);
      give_up (self);
      return;
    }
  self->for_command = FALSE;
  g_set_object (&self->launched, child);
  g_signal_emit (self, signals[SIGNAL_LAUNCHED], 0,
                 (guint)g_ascii_strtoull (g_subprocess_get_identifier (child), NULL, 10));
}

static gboolean
launch_argv (WeftTraceSession *self, char **argv)
{
  g_clear_pointer (&self->waiting_argv, g_strfreev);
  self->waiting_argv = argv;
  if (self->state == WEFT_SESSION_TRACING)
    launch_now (self);
  else if (self->state == WEFT_SESSION_IDLE || self->state == WEFT_SESSION_STOPPED)
    {
      weft_trace_session_start (self, FALSE);
      self->for_command = TRUE;
    }
  return TRUE;
}

gboolean
weft_trace_session_launch (WeftTraceSession *self, const char *command, GError **error)
{
  char **argv = weft_launch_command_parse (command, error);

  return argv != NULL && launch_argv (self, argv);
}

gboolean
weft_trace_session_launch_demo (WeftTraceSession *self, GError **error)
{
  char **argv = weft_launch_command_demo (error);

  return argv != NULL && launch_argv (self, argv);
}

/* --- tracing ------------------------------------------------------------ */

static void
progress_cb (WeftHelperClient *client, WeftTraceSession *self)
{
  g_signal_emit (self, signals[SIGNAL_PROGRESS], 0);
}

static void
finished_file_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftTraceSession) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    tell_problem (self, error->message);
  set_state (self, WEFT_SESSION_STOPPED);
}

static void
finish_file (GTask *task, gpointer source, gpointer recording, GCancellable *cancellable)
{
  GError *error = NULL;

  if (weft_recording_finish (recording, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* The last record is in the store; what remains is the file. */
static void
close_trace (WeftTraceSession *self)
{
  g_autoptr (GTask) task = NULL;

  drop_client (self);
  if (self->abandoned)
    {
      g_clear_object (&self->recording);
      self->unsaved = FALSE;
      set_state (self, WEFT_SESSION_IDLE);
      return;
    }
  if (self->recording == NULL)
    {
      set_state (self, WEFT_SESSION_STOPPED);
      return;
    }
  task = g_task_new (self, NULL, finished_file_cb, g_object_ref (self));
  g_task_set_task_data (task, g_object_ref (self->recording), g_object_unref);
  g_task_run_in_thread (task, finish_file);
}

static void
stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftTraceSession) self = user_data;

  weft_helper_client_stop_finish (WEFT_HELPER_CLIENT (source), result, NULL);
  close_trace (self);
}

void
weft_trace_session_stop (WeftTraceSession *self)
{
  if (self->state != WEFT_SESSION_TRACING)
    return;
  set_state (self, WEFT_SESSION_STOPPING);
  weft_helper_client_stop_async (self->client, stopped_cb, g_object_ref (self));
}

static void
ended_cb (WeftHelperClient *client, const GError *error, WeftTraceSession *self)
{
  tell_problem (self, error->message);
  set_state (self, WEFT_SESSION_STOPPING);
  close_trace (self);
}

static void
recording_failed_cb (WeftRecording *recording, const GError *error, WeftTraceSession *self)
{
  tell_problem (self, error->message);
  weft_trace_session_stop (self);
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftTraceSession) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!weft_helper_client_start_finish (WEFT_HELPER_CLIENT (source), result, &error))
    {
      drop_client (self);
      g_clear_object (&self->recording);
      self->refused_argv = g_steal_pointer (&self->waiting_argv);
      set_state (self, WEFT_SESSION_IDLE);
      g_signal_emit (self, signals[SIGNAL_REFUSED], 0, error->message);
      return;
    }
  self->unsaved = self->recording != NULL;
  set_state (self, WEFT_SESSION_TRACING);
  if (self->waiting_argv != NULL)
    launch_now (self);
}

void
weft_trace_session_start (WeftTraceSession *self, gboolean own_only)
{
  WeftHelperOptions options = { .own_only = own_only, .interactive = TRUE };
  g_autoptr (WeftTraceStore) store = NULL;
  g_autoptr (GError) error = NULL;
  WeftTraceInfo info;

  if (self->state != WEFT_SESSION_IDLE && self->state != WEFT_SESSION_STOPPED)
    return;
  self->own_only = own_only;
  self->for_command = self->abandoned = FALSE;
  g_clear_pointer (&self->refused_argv, g_strfreev);
  weft_trace_info_init_local (&info);
  info.own_only = own_only;
  store = weft_trace_store_new (&info);
  g_clear_object (&self->recording);
  self->unsaved = FALSE;
  g_clear_pointer (&self->opened_path, g_free);
  self->recording = weft_recording_create_unsaved (store, &error);
  if (self->recording == NULL)
    tell_problem (self, error->message);
  else
    g_signal_connect_object (self->recording, "failed", G_CALLBACK (recording_failed_cb), self, 0);
  use_store (self, store, TRUE);
  self->client = weft_helper_client_new (store);
  g_signal_connect (self->client, "progress", G_CALLBACK (progress_cb), self);
  g_signal_connect (self->client, "ended", G_CALLBACK (ended_cb), self);
  set_state (self, WEFT_SESSION_STARTING);
  weft_helper_client_start_async (self->client, &options, NULL, started_cb, g_object_ref (self));
}

void
weft_trace_session_retry (WeftTraceSession *self)
{
  if (self->state != WEFT_SESSION_IDLE)
    return;
  g_clear_pointer (&self->waiting_argv, g_strfreev);
  self->waiting_argv = g_steal_pointer (&self->refused_argv);
  weft_trace_session_start (self, self->own_only);
  self->for_command = self->waiting_argv != NULL;
}

void
weft_trace_session_narrow (WeftTraceSession *self, guint32 tgid)
{
  if (self->client != NULL)
    weft_helper_client_set_targets (self->client, &tgid, tgid != 0 ? 1 : 0, TRUE, tgid != 0);
}

/* --- marks -------------------------------------------------------------- */

static void
marks_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftTraceSession) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!weft_session_marks_save_finish (result, &error))
    tell_problem (self, error->message);
}

void
weft_trace_session_toggle_mark (WeftTraceSession *self, guint64 time_ns, guint64 near_ns)
{
  if (self->state != WEFT_SESSION_TRACING && self->state != WEFT_SESSION_STOPPED)
    return;
  weft_session_marks_toggle (self->store, time_ns, near_ns);
  /* while it runs, marks are written with the rest */
  if (self->state == WEFT_SESSION_STOPPED && (self->recording != NULL || self->opened_path != NULL))
    weft_session_marks_save_async (self->store, self->recording, self->opened_path, marks_saved_cb,
                                   g_object_ref (self));
}

/* --- files -------------------------------------------------------------- */

static void
open_file (GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
  GError *error = NULL;
  char *warning = NULL;
  WeftTraceStore *store = weft_recording_open (path, NULL, NULL, &warning, cancellable, &error);

  if (store == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (warning != NULL)
    g_object_set_data_full (G_OBJECT (store), "warning", warning, g_free);
  g_task_return_pointer (task, store, g_object_unref);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftTraceSession) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftTraceStore) store = g_task_propagate_pointer (G_TASK (result), &error);

  if (store == NULL)
    {
      set_state (self, self->state_before);
      tell_problem (self, error->message);
      return;
    }
  g_clear_object (&self->recording);
  self->unsaved = FALSE;
  g_free (self->opened_path);
  self->opened_path = g_strdup (g_task_get_task_data (G_TASK (result)));
  use_store (self, store, FALSE);
  set_state (self, WEFT_SESSION_STOPPED);
  if (g_object_get_data (G_OBJECT (store), "warning") != NULL)
    tell_problem (self, g_object_get_data (G_OBJECT (store), "warning"));
}

void
weft_trace_session_open (WeftTraceSession *self, const char *path)
{
  g_autoptr (GTask) task = NULL;

  if (self->state != WEFT_SESSION_IDLE && self->state != WEFT_SESSION_STOPPED)
    return;
  self->state_before = self->state;
  set_state (self, WEFT_SESSION_OPENING);
  task = g_task_new (self, NULL, opened_cb, g_object_ref (self));
  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, open_file);
}

static void
save_file (GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
  WeftTraceSession *self = source;
  GError *error = NULL;
  gboolean saved;

  weft_session_marks_lock_file ();
  saved = weft_recording_save_as (self->recording, path, cancellable, &error);
  weft_session_marks_unlock_file ();
  if (saved)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
weft_trace_session_save_async (WeftTraceSession *self, const char *path,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  if (self->recording == NULL || self->state != WEFT_SESSION_STOPPED)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED,
                               _ ("There is no finished trace to save; stop tracing first"));
      return;
    }
  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, save_file);
}

gboolean
weft_trace_session_save_finish (WeftTraceSession *self, GAsyncResult *result, GError **error)
{
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  self->unsaved = FALSE;
  return TRUE;
}
