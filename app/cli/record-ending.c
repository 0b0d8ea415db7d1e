/* record-ending.c: see the header. In: signals. Out: signals, and sentences. */
#include "record-ending.h"
#include "signals.h"
#include "terminal.h"
#include <glib/gi18n.h>
#include <signal.h>

/* Two Ctrl+C within this are one wish. */
#define TWICE_US (2 * G_USEC_PER_SEC)
/* How long a command may take to end before it is spoken of, */
#define REMARK_S 1
/* and before it is told to, when it was asked by name. */
#define PATIENCE_S 3

struct _WeftRecordEnding
{
  WeftLaunchedCommand *command; /* (nullable) */
  void (*stop) (gpointer);
  gpointer stop_data;
  gboolean runs;
  gboolean told;          /* the command got our SIGTERM */
  gint64 interrupted_us;  /* when Ctrl+C came last; 0: not yet */
  guint remark, patience; /* source ids */
};

static gboolean
command_goes_on (WeftRecordEnding *self)
{
  return self->command != NULL && self->runs && !weft_launched_command_has_ended (self->command);
}

static gboolean
remark_cb (gpointer user_data)
{
  WeftRecordEnding *self = user_data;
  g_autofree char *text = NULL;

  self->remark = 0;
  if (!command_goes_on (self))
    return G_SOURCE_REMOVE;
  if (self->told)
    text = g_strdup_printf (_ ("“%s” (process %d) was told to end and still runs. Ctrl+C kills"
                               " it."),
                            weft_launched_command_get_name (self->command),
                            (int)weft_launched_command_get_pid (self->command));
  else
    text = g_strdup_printf (_ ("“%s” goes on. Ctrl+C twice ends it."),
                            weft_launched_command_get_name (self->command));
  weft_terminal_remark (text);
  return G_SOURCE_REMOVE;
}

static void
remark_later (WeftRecordEnding *self)
{
  g_clear_handle_id (&self->remark, g_source_remove);
  self->remark = g_timeout_add_seconds (REMARK_S, remark_cb, self);
}

/* Its end shall still be in the recording, which therefore goes on. */
static void
tell_command (WeftRecordEnding *self)
{
  g_clear_handle_id (&self->patience, g_source_remove);
  if (!command_goes_on (self))
    return;
  weft_launched_command_signal (self->command, self->told ? SIGKILL : SIGTERM);
  self->told = TRUE;
  remark_later (self);
}

static gboolean
patience_cb (gpointer user_data)
{
  WeftRecordEnding *self = user_data;

  self->patience = 0;
  self->stop (self->stop_data);
  weft_record_ending_end_command (self);
  return G_SOURCE_REMOVE;
}

static void
be_patient (WeftRecordEnding *self)
{
  remark_later (self);
  if (self->patience == 0)
    self->patience = g_timeout_add_seconds (PATIENCE_S, patience_cb, self);
}

static void
signal_cb (int number, gboolean of_terminal, gpointer user_data)
{
  WeftRecordEnding *self = user_data;
  gint64 now_us = g_get_monotonic_time ();
  gboolean twice = self->interrupted_us != 0 && now_us - self->interrupted_us < TWICE_US;

  if (!command_goes_on (self))
    {
      self->stop (self->stop_data);
      return;
    }
  if (number == SIGINT && of_terminal)
    self->interrupted_us = now_us;
  else if (!self->told)
    {
      /* A hang-up may be told to the first of the session alone. */
      if (!of_terminal || number == SIGHUP)
        weft_launched_command_signal (self->command, number);
      be_patient (self);
      return;
    }
  if (self->told || twice)
    tell_command (self);
  else
    remark_later (self);
}

WeftRecordEnding *
weft_record_ending_new (WeftLaunchedCommand *command, void (*stop) (gpointer), gpointer user_data,
                        GError **error)
{
  WeftRecordEnding *self = g_new0 (WeftRecordEnding, 1);

  self->command = command;
  self->stop = stop;
  self->stop_data = user_data;
  if (!weft_signals_watch (signal_cb, self, error))
    g_clear_pointer (&self, g_free);
  return self;
}

void
weft_record_ending_free (WeftRecordEnding *self)
{
  if (self == NULL)
    return;
  weft_signals_unwatch ();
  g_clear_handle_id (&self->remark, g_source_remove);
  g_clear_handle_id (&self->patience, g_source_remove);
  g_free (self);
}

void
weft_record_ending_command_runs (WeftRecordEnding *self)
{
  self->runs = TRUE;
}

void
weft_record_ending_end_command (WeftRecordEnding *self)
{
  if (!self->told)
    tell_command (self);
}
