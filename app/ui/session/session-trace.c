/* session-trace.c: the part of a session that runs. In: the verbs start, stop, narrow,
 * launch. Out: a client that feeds the store, a recording beside it, and states. */
#include "launch-command.h"
#include "source/trace-source.h"
#include "trace-session-private.h"

/* --- launching ---------------------------------------------------------- */

static void
tell_targets (WeftTraceSession *self)
{
  gboolean only = self->what == WEFT_TRACED_TARGETS;

  weft_helper_client_set_targets (self->client, (const guint32 *)(void *)self->targets->data,
                                  only ? self->targets->len : 0, TRUE, only);
}

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
  guint32 tgid;

  g_clear_pointer (&self->waiting_argv, g_strfreev);
  if (child == NULL)
    {
      weft_session_tell_problem (self, error->message);
      give_up (self);
      return;
    }
  self->for_command = FALSE;
  g_set_object (&self->launched, child);
  tgid = (guint32)g_ascii_strtoull (g_subprocess_get_identifier (child), NULL, 10);
  if (self->what == WEFT_TRACED_TARGETS)
    {
      g_array_append_val (self->targets, tgid);
      tell_targets (self);
    }
  weft_session_tell_launched (self, tgid);
}

static gboolean
launch_argv (WeftTraceSession *self, char **argv)
{
  g_clear_pointer (&self->waiting_argv, g_strfreev);
  self->waiting_argv = argv;
  if (self->state == WEFT_SESSION_TRACING)
    {
      launch_now (self);
    }
  else if (weft_session_is_at_rest (self))
    {
      weft_trace_session_start (self, self->own_only ? WEFT_TRACED_OWN : WEFT_TRACED_MACHINE, 0);
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

/* --- the end ------------------------------------------------------------ */

/* Nothing is there to be saved or asked about; what is in memory can be looked at. */
static void
drop_empty (WeftTraceSession *self)
{
  if (!weft_recording_is_empty (self->recording))
    return;
  weft_session_set_unsaved (self, FALSE, FALSE);
  weft_session_discard (g_steal_pointer (&self->recording));
}

static void
finished_file_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftTraceSession) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    weft_session_tell_problem (self, error->message);
  drop_empty (self);
  weft_session_set_state (self, WEFT_SESSION_STOPPED);
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

  weft_session_drop_client (self);
  if (self->abandoned)
    {
      weft_session_set_unsaved (self, FALSE, FALSE);
      weft_session_discard (g_steal_pointer (&self->recording));
      weft_session_set_state (self, WEFT_SESSION_IDLE);
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
  g_autoptr (GError) error = NULL;
  gboolean whole = weft_helper_client_stop_finish (WEFT_HELPER_CLIENT (source), result, &error);

  if (self->client != WEFT_HELPER_CLIENT (source))
    return;
  if (!whole)
    weft_session_tell_problem (self, error->message);
  close_trace (self);
}

void
weft_trace_session_stop (WeftTraceSession *self)
{
  if (self->state != WEFT_SESSION_TRACING)
    return;
  weft_session_set_state (self, WEFT_SESSION_STOPPING);
  weft_helper_client_stop_async (self->client, stopped_cb, g_object_ref (self));
}

gboolean
weft_trace_session_is_helper_silent (WeftTraceSession *self)
{
  return (self->state == WEFT_SESSION_TRACING || self->state == WEFT_SESSION_STOPPING)
         && self->client != NULL && self->silent;
}

void
weft_session_stop_without_helper (WeftTraceSession *self)
{
  if (!weft_trace_session_is_helper_silent (self))
    return;
  weft_trace_session_stop (self);
  weft_helper_client_abandon (self->client);
}

/* --- while it runs ------------------------------------------------------ */

static void
progress_cb (WeftHelperClient *client, WeftTraceSession *self)
{
  self->silent = FALSE;
  weft_session_tell_progress (self);
}

static void
refused_cb (WeftHelperClient *client, const GError *error, WeftTraceSession *self)
{
  g_free (self->refusal);
  self->refusal = g_strdup (error->message);
  weft_session_tell_problem (self, error->message);
}

static void
silent_cb (WeftHelperClient *client, WeftTraceSession *self)
{
  self->silent = TRUE;
}

static void
ended_cb (WeftHelperClient *client, const GError *error, WeftTraceSession *self)
{
  weft_session_tell_problem (self, error->message);
  weft_session_set_state (self, WEFT_SESSION_STOPPING);
  close_trace (self);
}

static void
recording_failed_cb (WeftRecording *recording, const GError *error, WeftTraceSession *self)
{
  if (recording != self->recording)
    return;
  weft_session_tell_problem (self, error->message);
  weft_trace_session_stop (self);
}

gboolean
weft_trace_session_can_set_scope (WeftTraceSession *self, WeftTraced what)
{
  return self->state == WEFT_SESSION_TRACING
         && (what == WEFT_TRACED_TARGETS || (what == WEFT_TRACED_OWN) == self->own_only);
}

static void
choose (WeftTraceSession *self, WeftTraced what, guint32 tgid)
{
  self->what = what;
  g_array_set_size (self->targets, 0);
  if (what == WEFT_TRACED_TARGETS)
    g_array_append_val (self->targets, tgid);
  g_clear_pointer (&self->refusal, g_free);
}

gboolean
weft_trace_session_set_scope (WeftTraceSession *self, WeftTraced what, guint32 tgid)
{
  if (!weft_trace_session_can_set_scope (self, what))
    return FALSE;
  choose (self, what, tgid);
  tell_targets (self);
  return TRUE;
}

/* --- the beginning ------------------------------------------------------ */

/* @refused: asking again makes sense */
static void
fail_start (WeftTraceSession *self, const char *message, gboolean refused)
{
  g_clear_pointer (&self->refused_argv, g_strfreev);
  self->refused_argv = g_steal_pointer (&self->waiting_argv);
  self->for_command = FALSE;
  if (self->client != NULL)
    g_object_run_dispose (G_OBJECT (self->client)); /* nothing feeds the store any more */
  weft_session_drop_client (self);
  weft_session_discard (g_steal_pointer (&self->next.recording));
  if (weft_session_come_back (self))
    return;
  if (refused)
    weft_session_tell_refused (self, message);
  else
    weft_session_tell_problem (self, message);
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftTraceSession) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!weft_helper_client_start_finish (WEFT_HELPER_CLIENT (source), result, &error)
      || g_cancellable_is_cancelled (self->cancellable))
    {
      fail_start (self, error != NULL ? error->message : NULL, TRUE);
      return;
    }
  g_signal_connect_object (self->next.recording, "failed", G_CALLBACK (recording_failed_cb), self,
                           0);
  weft_session_show_next (self, TRUE);
  weft_session_set_state (self, WEFT_SESSION_TRACING);
  if (self->waiting_argv != NULL)
    launch_now (self);
}

/* There is a place for what will come. */
static void
created_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftTraceSession) self = user_data;
  g_autoptr (GError) error = NULL;
  WeftHelperOptions options = { .own_only = self->own_only, .interactive = TRUE };

  self->next.recording = g_task_propagate_pointer (G_TASK (result), &error);
  if (self->next.recording == NULL || g_cancellable_is_cancelled (self->cancellable))
    {
      fail_start (self, error != NULL ? error->message : NULL, FALSE);
      return;
    }
  self->silent = FALSE;
  self->client = weft_trace_source_connect (self->next.store);
  g_signal_connect (self->client, "progress", G_CALLBACK (progress_cb), self);
  g_signal_connect (self->client, "refused", G_CALLBACK (refused_cb), self);
  g_signal_connect (self->client, "silent", G_CALLBACK (silent_cb), self);
  g_signal_connect (self->client, "ended", G_CALLBACK (ended_cb), self);
  if (self->what == WEFT_TRACED_TARGETS)
    tell_targets (self);
  weft_helper_client_start_async (self->client, &options, self->cancellable, started_cb,
                                  g_object_ref (self));
}

static void
create_recording (GTask *task, gpointer source, gpointer store, GCancellable *cancellable)
{
  GError *error = NULL;
  WeftRecording *recording = weft_recording_create_unsaved (store, &error);

  if (recording == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  /* from now on it goes when somebody says so, and not otherwise */
  weft_recording_keep (recording);
  g_task_return_pointer (task, recording, g_object_unref);
}

static void
start_chosen (WeftTraceSession *self)
{
  g_autoptr (GTask) task = NULL;

  self->for_command = self->abandoned = FALSE;
  self->next.store = weft_trace_source_new_store (NULL);
  weft_session_begin (self, WEFT_SESSION_STARTING);
  task = g_task_new (self, NULL, created_cb, g_object_ref (self));
  g_task_set_task_data (task, g_object_ref (self->next.store), g_object_unref);
  g_task_run_in_thread (task, create_recording);
}

void
weft_trace_session_start (WeftTraceSession *self, WeftTraced what, guint32 tgid)
{
  g_return_if_fail (what != WEFT_TRACED_UNTOLD);
  if (!weft_session_is_at_rest (self))
    return;
  if (what != WEFT_TRACED_TARGETS)
    self->own_only = what == WEFT_TRACED_OWN;
  choose (self, what, tgid);
  g_clear_pointer (&self->refused_argv, g_strfreev);
  start_chosen (self);
}

void
weft_trace_session_retry (WeftTraceSession *self)
{
  if (!weft_session_is_at_rest (self))
    return;
  g_clear_pointer (&self->waiting_argv, g_strfreev);
  self->waiting_argv = g_steal_pointer (&self->refused_argv);
  start_chosen (self);
  self->for_command = self->waiting_argv != NULL;
}
