/* record.c: `weftscope record`. In: arguments, signals, a command that ends. Out: a
 * recording, progress on a terminal, an exit status.
 *
 * The order matters: the command is forked before any thread runs and waits; signals
 * are taken before there is a file; the sink is ready before the first record comes;
 * the command goes when tracing runs, so that its first event is in the picture. A
 * recording that fails leaves the command alone: it goes on to its own end. */
#include "command.h"
#include "duration.h"
#include "launched-command.h"
#include "printable.h"
#include "proc-reader.h"
#include "record-ending.h"
#include "record-facts.h"
#include "record-options.h"
#include "record-sink.h"
#include "record-targets.h"
#include "stat.h"
#include "terminal.h"
#include "trace-source.h"
#include <inttypes.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <unistd.h>

#define PROGRESS_MS 200
#define TARGETS_MS 1000
/* How often a pipe is looked at for its reader. */
#define READER_MS 50
/* What asks to end within this is one wish: a terminal that goes says it several times. */
#define ONE_WISH_US G_USEC_PER_SEC

typedef struct
{
  const WeftRecordOptions *options;
  GMainLoop *loop;
  WeftLaunchedCommand *command; /* (nullable) */
  WeftRecordEnding *ending;
  GArray *targets; /* (element-type WeftRecordTarget) */
  WeftTraceStore *store;
  WeftRecordSink *sink;
  WeftProcReader *proc;
  WeftHelperClient *client;
  GCancellable *cancellable; /* of the start */
  gint64 started_us;         /* 0 until tracing runs */
  guint64 last_events;
  gint64 last_us;
  gint64 stopping_us;      /* since when it is being asked to end */
  gboolean wrong_call;     /* by the helper's word */
  gboolean stopping, over; /* being asked to end; ended */
  gboolean draining;       /* ended, and the rest is written */
  gboolean time_is_up;     /* as -d said */
  gboolean has_no_command; /* which could not be started */
  gboolean reader_went;    /* of the pipe that is written to */
  gboolean sink_failed;    /* so that there is an error */
  GError *error;           /* the first; told at the end */
} Recorder;

static void
take_error (Recorder *self, const GError *error)
{
  if (self->error == NULL)
    self->error = g_error_copy (error);
}

/* What is not worth a word is that who read our events has read enough. */
static void
take_sink_error (Recorder *self, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE))
    self->reader_went = TRUE;
  else if (self->error == NULL || self->sink_failed)
    {
      /* what the end of it tells is truer than what was told on the way */
      self->sink_failed = TRUE;
      g_clear_error (&self->error);
      self->error = g_error_copy (error);
    }
}

/* Somebody ended it too soon. */
static void
set_nothing_recorded (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                       _ ("Ended before tracing began: nothing was recorded."));
}

/* --- progress ----------------------------------------------------------- */

static void
get_totals (WeftTraceStore *store, WeftTraceTotals *totals)
{
  weft_trace_store_begin_read (store);
  weft_trace_store_get_totals (store, totals);
  weft_trace_store_end_read (store);
}

/* ", 3.4 MB"; empty for a stream. */
static char *
format_size (Recorder *self)
{
  g_autofree char *size = NULL;
  guint64 bytes;

  if (!weft_record_sink_get_bytes (self->sink, &bytes))
    return g_strdup ("");
  size = g_format_size (bytes);
  return g_strdup_printf (_ (", %s"), size);
}

static gboolean
show_progress_cb (gpointer user_data)
{
  Recorder *self = user_data;
  gint64 now_us = g_get_monotonic_time ();
  double elapsed_s = (double)(now_us - self->started_us) / 1e6;
  double last_s = MAX ((double)(now_us - self->last_us) / 1e6, 1e-3);
  g_autofree char *size = format_size (self);
  g_autofree char *whole = NULL, *some = NULL, *less = NULL, *least = NULL;
  WeftTraceTotals totals;

  get_totals (self->store, &totals);
  some = g_strdup_printf (_ ("Recording %.1f s: %" PRIu64 " events, %.0f a second, %" PRIu64
                             " lost%s."),
                          elapsed_s, totals.events,
                          (double)(totals.events - self->last_events) / last_s, totals.lost, size);
  least = g_strdup_printf (_ ("%.1f s, %" PRIu64 " events, %" PRIu64 " lost."), elapsed_s,
                           totals.events, totals.lost);
  whole = g_strdup_printf (_ ("%s Ctrl+C ends it."), some);
  less = g_strdup_printf (_ ("%s Ctrl+C ends it."), least);
  weft_terminal_show_line ((const char *const[]){ whole, less, least, NULL });
  self->last_events = totals.events;
  self->last_us = now_us;
  return G_SOURCE_CONTINUE;
}

/* A command may write to the terminal at any time, and so may who reads the events of a
 * pipe: its line is not ours then. */
static void
begin_progress (Recorder *self)
{
  guint64 bytes;

  self->started_us = self->last_us = g_get_monotonic_time ();
  if (self->command == NULL && isatty (STDERR_FILENO)
      && weft_record_sink_get_bytes (self->sink, &bytes))
    g_timeout_add (PROGRESS_MS, show_progress_cb, self);
}

/* Of what is on the disk, which a full one may have less of than came. */
static void
show_summary (Recorder *self)
{
  g_autoptr (WeftTraceStore) kept = NULL;
  gboolean opens = weft_record_sink_open_kept (self->sink, &kept);
  WeftTraceStore *store = kept != NULL ? kept : self->store;
  g_autofree char *size = format_size (self);
  g_autofree char *duration = NULL;
  g_autofree char *name = NULL;
  WeftTraceTotals totals;

  if (self->options->to_stdout || weft_record_sink_get_name (self->sink) == NULL)
    return;
  get_totals (store, &totals);
  name = weft_printable_name (weft_record_sink_get_name (self->sink));
  duration = weft_format_duration (weft_trace_store_get_edge (store)
                                   - weft_trace_store_get_start (store));
  weft_terminal_clear_line ();
  if (opens)
    g_printerr (_ ("%s: %s, %" PRIu64 " events, %" PRIu64 " lost%s\n"), name, duration,
                totals.events, totals.lost, size);
  else
    g_printerr (_ ("%s: nothing of it can be read%s\n"), name, size);
}

/* It goes on to its end, which nobody asked for. */
static void
tell_of_command (Recorder *self)
{
  g_autofree char *text = NULL;

  if (self->time_is_up || (self->error == NULL && !self->reader_went))
    return;
  text = g_strdup_printf (_ ("“%s” goes on without being recorded."),
                          weft_launched_command_get_name (self->command));
  weft_terminal_say (text);
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
  self->stopping_us = g_get_monotonic_time ();
  if (self->started_us == 0)
    g_cancellable_cancel (self->cancellable);
  else
    weft_helper_client_stop_async (self->client, stopped_cb, self);
}

/* Somebody wants it; and who waits for a reader that does not come, or a helper that does
 * not answer, no more of that. */
static void
asked_to_stop_cb (gpointer user_data)
{
  Recorder *self = user_data;

  if (self->draining)
    g_main_loop_quit (self->loop);
  else if (!self->stopping)
    stop (self);
  else if (self->client != NULL && g_get_monotonic_time () - self->stopping_us >= ONE_WISH_US)
    weft_helper_client_abandon (self->client);
}

static void
tell_time_is_up (Recorder *self)
{
  g_autofree char *text = NULL;

  if (self->command == NULL || weft_launched_command_has_ended (self->command))
    return;
  text = g_strdup_printf (_ ("The time is up: “%s” is ended."),
                          weft_launched_command_get_name (self->command));
  weft_terminal_say (text);
}

static gboolean
duration_cb (gpointer user_data)
{
  Recorder *self = user_data;

  tell_time_is_up (self);
  self->time_is_up = TRUE;
  stop (self);
  weft_record_ending_end_command (self->ending);
  return G_SOURCE_REMOVE;
}

/* A timeout's own milliseconds are over after 50 days. */
static void
end_after (Recorder *self, guint64 duration_ns)
{
  g_autoptr (GSource) source = g_timeout_source_new (0);

  g_source_set_ready_time (source, self->started_us + (gint64)(duration_ns / 1000));
  g_source_set_callback (source, duration_cb, self, NULL);
  g_source_attach (source, NULL);
}

static void
command_ended_cb (gpointer user_data)
{
  Recorder *self = user_data;

  if (self->over)
    g_main_loop_quit (self->loop);
  else
    stop (self);
}

/* Once, when those that were asked for are gone: it goes on, but of what? */
static gboolean
look_at_targets_cb (gpointer user_data)
{
  Recorder *self = user_data;

  if (!weft_record_targets_have_ended (self->targets))
    return G_SOURCE_CONTINUE;
  if (!self->stopping)
    weft_terminal_say (self->options->no_children
                           ? _ ("All processes that were named have ended. Ctrl+C ends the"
                                " recording.")
                           : _ ("All processes that were named have ended; what they started is"
                                " followed until Ctrl+C."));
  return G_SOURCE_REMOVE;
}

static void
sink_failed_cb (const GError *error, gpointer user_data)
{
  Recorder *self = user_data;

  take_sink_error (self, error);
  stop (self);
}

static void
client_refused_cb (WeftHelperClient *client, GError *error, gpointer user_data)
{
  weft_record_facts_tell_refusal (error);
}

static void
client_silent_cb (WeftHelperClient *client, gpointer user_data)
{
  Recorder *self = user_data;

  weft_terminal_say (self->stopping
                         ? _ ("The tracing helper does not answer. Ctrl+C once more ends the "
                              "recording with what is there.")
                         : _ ("The tracing helper does not answer. What it does not send is not "
                              "recorded."));
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

  begin_progress (self);
  if (self->options->duration_ns > 0)
    end_after (self, self->options->duration_ns);
  if (self->command == NULL)
    {
      if (self->targets->len > 0)
        g_timeout_add (TARGETS_MS, look_at_targets_cb, self);
      return;
    }
  weft_launched_command_watch (self->command, G_CALLBACK (command_ended_cb), self);
  self->has_no_command = !weft_launched_command_go (self->command, &error);
  if (self->has_no_command)
    take_error (self, error);
  else
    weft_record_ending_command_runs (self->ending);
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Recorder *self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean started = weft_helper_client_start_finish (self->client, result, &error);

  if (self->stopping && self->error == NULL) /* interrupted while it started */
    set_nothing_recorded (&self->error);
  if (!started)
    {
      /* only the helper knows which groups there are */
      self->wrong_call
          = self->error == NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      take_error (self, error);
      g_main_loop_quit (self->loop);
    }
  else if (!self->stopping)
    begin (self);
  else
    weft_helper_client_stop_async (self->client, stopped_cb, self);
}

static void
start_client (Recorder *self)
{
  gboolean terminal = isatty (STDIN_FILENO) && weft_terminal_is_ours ();
  g_auto (GStrv) groups
      = self->options->groups != NULL ? g_strsplit (self->options->groups, ",", -1) : NULL;
  WeftHelperOptions options = {
    .own_only = self->options->own, .interactive = TRUE, .text_agent = terminal, .groups = groups
  };
  g_autoptr (GArray) tgids = weft_record_targets_get_tgids (self->targets);

  self->client = weft_trace_source_connect (self->store);
  g_signal_connect (self->client, "progress", G_CALLBACK (progress_cb), self);
  g_signal_connect (self->client, "refused", G_CALLBACK (client_refused_cb), self);
  g_signal_connect (self->client, "silent", G_CALLBACK (client_silent_cb), self);
  g_signal_connect (self->client, "ended", G_CALLBACK (client_ended_cb), self);
  if (self->command != NULL && !self->options->all)
    {
      guint32 pid = (guint32)weft_launched_command_get_pid (self->command);

      g_array_append_val (tgids, pid);
    }
  if (tgids->len > 0)
    weft_helper_client_set_targets (self->client, (guint32 *)(void *)tgids->data, tgids->len,
                                    !self->options->no_children, TRUE);
  weft_helper_client_start_async (self->client, &options, self->cancellable, started_cb, self);
}

static gboolean
quit_cb (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

/* A pipe may have its reader later; signals are heard meanwhile. */
static gboolean
open_sink (Recorder *self, GError **error)
{
  for (;;)
    {
      g_autoptr (GError) why = NULL;

      self->sink = weft_record_sink_new (self->options, self->store, sink_failed_cb, self, &why);
      if (self->sink != NULL)
        return TRUE;
      if (!g_error_matches (why, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        {
          g_propagate_error (error, g_steal_pointer (&why));
          return FALSE;
        }
      g_timeout_add (READER_MS, quit_cb, self->loop);
      g_main_loop_run (self->loop);
      if (self->stopping)
        {
          set_nothing_recorded (error);
          return FALSE;
        }
    }
}

static gboolean
prepare (Recorder *self, GError **error)
{
  self->targets = weft_record_targets_find (self->options->pids, self->options->names, error);
  if (self->targets == NULL)
    return FALSE;
  self->ending = weft_record_ending_new (self->command, asked_to_stop_cb, self, error);
  if (self->ending == NULL)
    return FALSE;
  signal (SIGPIPE, SIG_IGN);
  self->store = weft_trace_source_new_store (self->options->label);
  return open_sink (self, error);
}

static void
drained_cb (gpointer user_data)
{
  Recorder *self = user_data;

  if (self->draining)
    g_main_loop_quit (self->loop);
  self->draining = FALSE;
}

/* What came before the end; a slow reader may take its time, until a second signal. */
static void
drain (Recorder *self)
{
  self->draining = TRUE;
  weft_record_sink_end (self->sink, drained_cb);
  if (self->draining)
    g_main_loop_run (self->loop);
  self->draining = FALSE;
}

/* From the start of tracing to its end. */
static void
run (Recorder *self)
{
  g_autoptr (GError) error = NULL;

  self->proc = weft_proc_reader_new (self->store);
  start_client (self);
  g_main_loop_run (self->loop);
  g_clear_object (&self->proc);
  weft_terminal_clear_line ();
  if (self->started_us > 0 && !self->has_no_command)
    drain (self);
  self->over = TRUE;
  if (self->started_us == 0 || self->has_no_command)
    return;
  if (!weft_record_sink_finish (self->sink, self->error == NULL, &error))
    take_sink_error (self, error);
  show_summary (self);
  weft_record_facts_tell_end (self->store, self->options->format == WEFT_RECORD_FILE);
}

static void
wait_for_command (Recorder *self)
{
  if (self->command == NULL || self->started_us == 0
      || weft_launched_command_has_ended (self->command))
    return;
  if (!self->has_no_command)
    tell_of_command (self);
  g_main_loop_run (self->loop);
}

/* The command's status is ours; what went wrong with us is 125. One that we ended has done
 * nothing wrong itself. */
static int
get_status (Recorder *self)
{
  gboolean failed;
  int status;

  if (self->command == NULL && self->reader_went)
    return 128 + SIGPIPE;
  if (self->command == NULL && self->wrong_call)
    return WEFT_EXIT_USAGE;
  if (self->command == NULL)
    return self->error != NULL ? WEFT_EXIT_FAILED : WEFT_EXIT_DONE;
  if (self->started_us == 0)
    return WEFT_EXIT_OURS;
  status = weft_launched_command_get_status (self->command);
  failed = status != 0 && !(status == 128 + SIGTERM && self->time_is_up);
  return self->error != NULL && !failed ? WEFT_EXIT_OURS : status;
}

static void
recorder_clear (Recorder *self)
{
  g_clear_object (&self->client);
  g_clear_pointer (&self->sink, weft_record_sink_free);
  g_clear_object (&self->store);
  g_clear_pointer (&self->ending, weft_record_ending_free);
  g_clear_pointer (&self->command, weft_launched_command_free);
  g_clear_pointer (&self->targets, g_array_unref);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_error (&self->error);
}

static int
record (const WeftRecordOptions *options)
{
  Recorder self = { .options = options };
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
  if (prepare (&self, &error))
    run (&self);
  else
    take_error (&self, error);
  if (self.error != NULL)
    weft_command_complain (self.error);
  wait_for_command (&self);
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
