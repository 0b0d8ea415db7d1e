/* record.c: `weftscope record`. In: arguments, signals, a command that ends. Out: a
 * recording, progress on a terminal, an exit status.
 *
 * The order matters: the command is forked before any thread runs and waits; the
 * sink is ready before the first record comes; the command goes when tracing runs,
 * so that its first event is in the picture. */
#include "command.h"
#include "duration.h"
#include "helper-client.h"
#include "launched-command.h"
#include "proc-reader.h"
#include "record-options.h"
#include "record-sink.h"
#include "record-targets.h"
#include "stat.h"
#include <inttypes.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define PROGRESS_MS 200
/* How long a command may take to end after Ctrl+C before it is told to. */
#define PATIENCE_S 3

typedef struct
{
  const WeftRecordOptions *options;
  GMainLoop *loop;
  WeftLaunchedCommand *command; /* (nullable) */
  WeftTraceStore *store;
  WeftRecordSink *sink;
  WeftProcReader *proc;
  WeftHelperClient *client;
  GCancellable *cancellable; /* of the start */
  gint64 started_us;         /* 0 until tracing runs */
  guint64 last_events;
  gint64 last_us;
  gboolean interrupted, stopping, time_is_up;
  GError *error; /* the first; told at the end */
} Recorder;

static void
take_error (Recorder *self, const GError *error)
{
  if (self->error == NULL)
    self->error = g_error_copy (error);
}

/* --- progress ----------------------------------------------------------- */

static void
get_totals (Recorder *self, WeftTraceTotals *totals)
{
  weft_trace_store_begin_read (self->store);
  weft_trace_store_get_totals (self->store, totals);
  weft_trace_store_end_read (self->store);
}

static gboolean
show_progress_cb (gpointer user_data)
{
  Recorder *self = user_data;
  gint64 now_us = g_get_monotonic_time ();
  g_autofree char *size = g_format_size (weft_record_sink_get_bytes (self->sink));
  g_autofree char *line = NULL;
  WeftTraceTotals totals;
  double rate;

  get_totals (self, &totals);
  rate = (double)(totals.events - self->last_events)
         / MAX ((double)(now_us - self->last_us) / 1e6, 1e-3);
  self->last_events = totals.events;
  self->last_us = now_us;
  line = g_strdup_printf (_ ("Recording %.1f s: %" PRIu64 " events, %.0f a second, %" PRIu64
                             " lost, %s. Ctrl+C ends it."),
                          (double)(now_us - self->started_us) / 1e6, totals.events, rate,
                          totals.lost, size);
  weft_command_show_line (line);
  return G_SOURCE_CONTINUE;
}

static void
show_summary (Recorder *self)
{
  g_autofree char *size = g_format_size (weft_record_sink_get_bytes (self->sink));
  g_autofree char *duration = NULL;
  WeftTraceTotals totals;

  get_totals (self, &totals);
  duration = weft_format_duration (weft_trace_store_get_edge (self->store)
                                   - weft_trace_store_get_start (self->store));
  weft_command_clear_line ();
  g_printerr (_ ("%s: %s, %" PRIu64 " events, %" PRIu64 " lost, %s\n"), self->options->out,
              duration, totals.events, totals.lost, size);
}

/* --- ending ------------------------------------------------------------- */

static void
stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Recorder *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!weft_helper_client_stop_finish (self->client, result, &error))
    take_error (self, error);
  g_main_loop_quit (self->loop);
}

static void
stop (Recorder *self)
{
  if (self->stopping)
    return;
  self->stopping = TRUE;
  if (self->started_us == 0)
    g_cancellable_cancel (self->cancellable);
  else
    weft_helper_client_stop_async (self->client, stopped_cb, self);
}

static gboolean
duration_cb (gpointer user_data)
{
  Recorder *self = user_data;

  self->time_is_up = TRUE;
  stop (self);
  return G_SOURCE_REMOVE;
}

static gboolean
patience_cb (gpointer user_data)
{
  Recorder *self = user_data;

  stop (self);
  return G_SOURCE_REMOVE;
}

/* A command gets the chance to end first, so that its end is recorded; the
 * terminal has sent it the same signal. */
static void
interrupt (Recorder *self, int number)
{
  if (self->command == NULL || self->interrupted || self->started_us == 0
      || weft_launched_command_has_ended (self->command))
    {
      stop (self);
      return;
    }
  self->interrupted = TRUE;
  if (number != SIGINT)
    weft_launched_command_signal (self->command, number);
  g_timeout_add_seconds (PATIENCE_S, patience_cb, self);
}

static gboolean
sigint_cb (gpointer user_data)
{
  interrupt (user_data, SIGINT);
  return G_SOURCE_CONTINUE;
}

static gboolean
sigterm_cb (gpointer user_data)
{
  interrupt (user_data, SIGTERM);
  return G_SOURCE_CONTINUE;
}

static void
command_ended_cb (gpointer user_data)
{
  stop (user_data);
}

static void
sink_failed_cb (const GError *error, gpointer user_data)
{
  Recorder *self = user_data;

  take_error (self, error);
  stop (self);
}

static void
client_ended_cb (WeftHelperClient *client, GError *error, gpointer user_data)
{
  Recorder *self = user_data;

  take_error (self, error);
  self->stopping = TRUE;
  g_main_loop_quit (self->loop);
}

/* --- running ------------------------------------------------------------ */

static void
progress_cb (WeftHelperClient *client, gpointer user_data)
{
  Recorder *self = user_data;

  weft_record_sink_step (self->sink);
}

/* Tracing runs. */
static void
begin (Recorder *self)
{
  g_autoptr (GError) error = NULL;

  self->started_us = self->last_us = g_get_monotonic_time ();
  weft_record_sink_keep (self->sink);
  if (self->options->duration_ns > 0)
    g_timeout_add ((guint)MAX (self->options->duration_ns / 1000000, 1), duration_cb, self);
  if (isatty (STDERR_FILENO))
    g_timeout_add (PROGRESS_MS, show_progress_cb, self);
  if (self->command == NULL)
    return;
  weft_launched_command_watch (self->command, G_CALLBACK (command_ended_cb), self);
  if (!weft_launched_command_go (self->command, &error))
    take_error (self, error);
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Recorder *self = user_data;
  g_autoptr (GError) error = NULL;

  if (weft_helper_client_start_finish (self->client, result, &error))
    {
      begin (self);
      /* Interrupted while it started. */
      if (self->stopping)
        weft_helper_client_stop_async (self->client, stopped_cb, self);
      return;
    }
  if (!self->stopping)
    take_error (self, error);
  g_main_loop_quit (self->loop);
}

static void
start_client (Recorder *self, GArray *targets)
{
  gboolean terminal = isatty (STDIN_FILENO) && isatty (STDERR_FILENO);
  WeftHelperOptions options
      = { .own_only = self->options->own, .interactive = TRUE, .text_agent = terminal };

  self->client = weft_helper_client_new (self->store);
  g_signal_connect (self->client, "progress", G_CALLBACK (progress_cb), self);
  g_signal_connect (self->client, "ended", G_CALLBACK (client_ended_cb), self);
  if (targets->len > 0)
    weft_helper_client_set_targets (self->client, (guint32 *)(void *)targets->data, targets->len,
                                    !self->options->no_children, TRUE);
  weft_helper_client_start_async (self->client, &options, self->cancellable, started_cb, self);
}

/* With the command, when it is what is to be followed. */
static GArray *
find_targets (Recorder *self, GError **error)
{
  GArray *targets = weft_record_targets_find (self->options->pids, self->options->name, error);

  if (targets != NULL && self->command != NULL && !self->options->all)
    {
      guint32 pid = (guint32)weft_launched_command_get_pid (self->command);

      g_array_append_val (targets, pid);
    }
  return targets;
}

static gboolean
prepare (Recorder *self, GError **error)
{
  WeftTraceInfo info;

  weft_trace_info_init_local (&info);
  info.own_only = self->options->own;
  if (self->options->label != NULL)
    g_strlcpy (info.label, self->options->label, sizeof info.label);
  self->store = weft_trace_store_new (&info);
  self->sink = weft_record_sink_new (self->options, self->store, sink_failed_cb, self, error);
  return self->sink != NULL;
}

/* From the start of tracing to its end. */
static void
run (Recorder *self, GArray *targets)
{
  guint signals[2] = { g_unix_signal_add (SIGINT, sigint_cb, self),
                       g_unix_signal_add (SIGTERM, sigterm_cb, self) };
  g_autoptr (GError) error = NULL;

  signal (SIGPIPE, SIG_IGN);
  self->proc = weft_proc_reader_new (self->store);
  start_client (self, targets);
  g_main_loop_run (self->loop);
  g_clear_object (&self->proc);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    g_source_remove (signals[i]);
  if (self->started_us == 0)
    return;
  if (!weft_record_sink_finish (self->sink, &error))
    take_error (self, error);
  if (!self->options->to_stdout)
    show_summary (self);
}

/* The command's status is ours; what went wrong with us is 125. */
static int
get_status (Recorder *self)
{
  int status;

  if (self->command == NULL)
    return self->error != NULL ? WEFT_EXIT_FAILED : WEFT_EXIT_DONE;
  if (self->started_us == 0)
    return WEFT_EXIT_OURS;
  weft_launched_command_signal (self->command, SIGTERM);
  status = weft_launched_command_get_status (self->command);
  /* Ending it, with the time that was asked for or with what went wrong, was ours. */
  if (status == 128 + SIGTERM && (self->time_is_up || self->error != NULL))
    status = WEFT_EXIT_DONE;
  return self->error != NULL && status == 0 ? WEFT_EXIT_OURS : status;
}

static void
recorder_clear (Recorder *self)
{
  g_clear_object (&self->client);
  g_clear_pointer (&self->sink, weft_record_sink_free);
  g_clear_object (&self->store);
  g_clear_pointer (&self->command, weft_launched_command_free);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_error (&self->error);
}

static int
record (const WeftRecordOptions *options)
{
  Recorder self = { .options = options };
  g_autoptr (GArray) targets = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  if (options->command != NULL)
    {
      self.command = weft_launched_command_new (options->command, &error);
      if (self.command == NULL)
        {
          weft_command_complain (error);
          return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ? WEFT_EXIT_NOT_FOUND
                                                                           : WEFT_EXIT_OURS;
        }
    }
  self.loop = g_main_loop_new (NULL, FALSE);
  self.cancellable = g_cancellable_new ();
  targets = find_targets (&self, &error);
  if (targets != NULL && prepare (&self, &error))
    run (&self, targets);
  else
    take_error (&self, error);
  if (self.error != NULL)
    weft_command_complain (self.error);
  status = get_status (&self);
  recorder_clear (&self);
  return status;
}

int
weft_command_record (int argc, char **argv)
{
  WeftRecordOptions options = { NULL };
  int status;

  if (weft_record_options_parse (&options, argc, argv, &status))
    status = record (&options);
  weft_record_options_clear (&options);
  return status;
}
