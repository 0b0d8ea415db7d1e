/* window-busy.c: what takes a while. In: the session's state. Out: a strip below the
 * header bar that says what is done, how far it is, and a button that gives it up. */
#include "window-private.h"
#include <glib/gi18n.h>

static const char *
say_what (WeftWindow *self, WeftSessionState state)
{
  if (weft_trace_session_is_helper_silent (self->session))
    return _ ("The tracing helper does not answer…");
  switch (state)
    {
    case WEFT_SESSION_STARTING:
      return _ ("Waiting for the right to trace…");
    case WEFT_SESSION_STOPPING:
      return _ ("Writing the end of the recording…");
    case WEFT_SESSION_OPENING:
      return _ ("Opening…");
    case WEFT_SESSION_SAVING:
      return _ ("Saving…");
    default:
      return NULL;
    }
}

/* A stop cannot be taken back: it can only end without a helper that does not answer, as
 * can what runs. */
static void
update_cancel (WeftWindow *self, WeftSessionState state)
{
  gboolean silent = weft_trace_session_is_helper_silent (self->session);
  const char *label = silent ? _ ("End Without It") : _ ("Cancel");

  if (g_strcmp0 (gtk_button_get_label (GTK_BUTTON (self->busy_cancel)), label) != 0)
    gtk_button_set_label (GTK_BUTTON (self->busy_cancel), label);
  gtk_widget_set_visible (self->busy_cancel, silent || state != WEFT_SESSION_STOPPING);
}

void
weft_window_update_busy (WeftWindow *self)
{
  WeftSessionState state = weft_trace_session_get_state (self->session);
  const char *what = say_what (self, state);
  double fraction = weft_trace_session_get_fraction (self->session);

  /* what is over at once is not worth a strip that comes and goes */
  if (what == NULL
      || (self->busy_state != state && !weft_trace_session_is_helper_silent (self->session)))
    self->busy_quarters = 0;
  self->busy_state = state;
  gtk_widget_set_visible (self->busy, what != NULL && self->busy_quarters > 0);
  if (what == NULL)
    return;
  self->busy_quarters++;
  if (g_strcmp0 (gtk_label_get_text (GTK_LABEL (self->busy_text)), what) != 0)
    gtk_label_set_text (GTK_LABEL (self->busy_text), what);
  update_cancel (self, state);
  if (state == WEFT_SESSION_OPENING && fraction > 0)
    gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->busy_bar), fraction);
  else
    gtk_progress_bar_pulse (GTK_PROGRESS_BAR (self->busy_bar));
}

static void
give_up (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_trace_session_cancel (WEFT_WINDOW (widget)->session);
}

void
weft_window_install_busy_actions (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "win.give-up", NULL, give_up);
}
