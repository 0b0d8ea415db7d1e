/* helper-patience.c: counts seconds in which nothing is heard; those in which we stood still
 * ourselves are none. In: ticks, /proc. Out: calls.
 *
 * One that records may stand still for as long as it likes: it is said, no more. To detach takes
 * the kernel a minute on a busy machine, in which a helper says nothing: it is waited for. One that
 * was stopped, or is in a debugger's hands, is not. */
#include "helper-patience.h"
#include "proc-stat.h"

#define SILENT_S 3
#define STOPPED_S 5
#define LOST_S 90

struct _WeftHelperPatience
{
  pid_t pid;
  WeftHelperPatienceFunc func;
  gpointer user_data;
  GSource *tick;
  guint silent_s;
  gboolean told;
  gboolean ending; /* it was told to stop */
};

static gboolean
is_stopped (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int)pid);
  g_autofree char *text = NULL;
  WeftProcStat stat;
  gsize length;

  return pid > 0 && g_file_get_contents (path, &text, &length, NULL)
         && weft_proc_stat_parse (text, length, &stat) && (stat.state == 'T' || stat.state == 't');
}

static gboolean
is_lost (WeftHelperPatience *self)
{
  return self->ending
         && (self->silent_s >= LOST_S || (self->silent_s >= STOPPED_S && is_stopped (self->pid)));
}

static gboolean
tick_cb (gpointer user_data)
{
  WeftHelperPatience *self = user_data;

  self->silent_s++;
  if (is_lost (self))
    {
      self->func (TRUE, self->user_data);
      return G_SOURCE_REMOVE;
    }
  if (self->silent_s >= SILENT_S && !self->told)
    {
      self->told = TRUE;
      self->func (FALSE, self->user_data);
    }
  return G_SOURCE_CONTINUE;
}

WeftHelperPatience *
weft_helper_patience_new (pid_t pid, WeftHelperPatienceFunc func, gpointer user_data)
{
  WeftHelperPatience *self = g_new0 (WeftHelperPatience, 1);

  self->pid = pid;
  self->func = func;
  self->user_data = user_data;
  self->tick = g_timeout_source_new_seconds (1);
  g_source_set_callback (self->tick, tick_cb, self, NULL);
  g_source_attach (self->tick, g_main_context_get_thread_default ());
  return self;
}

void
weft_helper_patience_free (WeftHelperPatience *self)
{
  if (self == NULL)
    return;
  g_source_destroy (self->tick);
  g_source_unref (self->tick);
  g_free (self);
}

void
weft_helper_patience_hear (WeftHelperPatience *self)
{
  if (self == NULL)
    return;
  self->silent_s = 0;
  self->told = FALSE;
}

void
weft_helper_patience_end (WeftHelperPatience *self)
{
  weft_helper_patience_hear (self);
  self->ending = TRUE;
}
