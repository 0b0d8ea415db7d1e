/* window-guard.c: asks before something unsaved goes. In: verbs, with what they would
 * do. Out: the same done at once, or after an answer, a stop, a saving; or not at
 * all. Which of these is the table of session/unsaved-guard. */
#include "window-private.h"
#include "trace/printable.h"
#include "widget-style.h"
#include <glib/gi18n.h>

static void resume (WeftWindow *self);

/* --- what waits --------------------------------------------------------- */

void
weft_window_forget_pending (WeftWindow *self)
{
  self->pending.go = NULL;
  g_clear_pointer (&self->pending.parameter, g_variant_unref);
  g_clear_pointer (&self->pending.path, g_free);
  self->pending.waits = self->pending.asking = self->pending.discard = FALSE;
}

static void
go (WeftWindow *self)
{
  WeftGuardedFunc func = self->pending.go;
  g_autoptr (GVariant) parameter = g_steal_pointer (&self->pending.parameter);

  if (self->pending.discard)
    weft_trace_session_let_go (self->session);
  weft_window_forget_pending (self);
  if (func != NULL)
    func (self, parameter);
}

/* --- the question ------------------------------------------------------- */

static void
answered_cb (AdwMessageDialog *dialog, const char *response, WeftWindow *self)
{
  self->pending.asking = FALSE;
  if (g_str_equal (response, "discard"))
    {
      self->pending.discard = TRUE;
      /* later: the window may go by it, and the dialog with the window */
      weft_window_guard_state_changed (self);
    }
  else if (g_str_equal (response, "save"))
    {
      weft_window_choose_place (self);
    }
  else
    {
      weft_window_forget_pending (self);
    }
}

static const char *
explain (WeftWindow *self)
{
  gboolean tracing = weft_trace_session_get_state (self->session) == WEFT_SESSION_TRACING;

  if (weft_trace_session_has_unsaved_marks (self->session))
    return _ ("Marks that you set or removed since are lost otherwise. The recording itself stays "
              "where it is.");
  if (tracing)
    return _ ("It goes on while you decide, and ends when you save or discard. What was recorded "
              "is lost when you discard it.");
  return _ ("What was recorded is lost when you discard it.");
}

static char *
head_question (WeftWindow *self)
{
  g_autofree char *path = weft_trace_session_dup_path (self->session);
  g_autofree char *name = path != NULL ? g_path_get_basename (path) : NULL;
  g_autofree char *shown = name != NULL ? weft_printable_name (name) : NULL;

  if (shown != NULL && weft_trace_session_has_unsaved_marks (self->session))
    return g_strdup_printf (_ ("Save the Marks in “%s”?"), shown);
  return g_strdup (_ ("Save the Recording?"));
}

static void
ask (WeftWindow *self)
{
  g_autofree char *question = head_question (self);
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), question, explain (self));
  AdwMessageDialog *asking = ADW_MESSAGE_DIALOG (dialog);

  self->pending.asking = TRUE;
  adw_message_dialog_add_responses (asking, "cancel", _ ("_Cancel"), "discard", _ ("_Discard"),
                                    "save", _ ("_Save…"), NULL);
  if (weft_trace_session_has_unsaved_marks (self->session))
    adw_message_dialog_set_response_label (asking, "save", _ ("_Save"));
  adw_message_dialog_set_response_appearance (asking, "discard", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_response_appearance (asking, "save", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (asking, "save");
  adw_message_dialog_set_close_response (asking, "cancel");
  gtk_window_set_destroy_with_parent (GTK_WINDOW (dialog), TRUE);
  weft_name_buttons (dialog);
  g_signal_connect_object (dialog, "response", G_CALLBACK (answered_cb), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* --- on and on ---------------------------------------------------------- */

/* A helper that does not answer holds nobody up who has said what is to become of it. */
static void
stop_for_good (WeftWindow *self)
{
  if (weft_trace_session_is_helper_silent (self->session))
    weft_trace_session_cancel (self->session);
  else
    weft_trace_session_stop (self->session);
}

/* The person's answer, as far as the state lets it be done now. */
static void
carry_out (WeftWindow *self, WeftSessionState state)
{
  if (state == WEFT_SESSION_TRACING)
    stop_for_good (self);
  else if (state == WEFT_SESSION_STOPPED && self->pending.path != NULL)
    weft_window_save_now (self, g_steal_pointer (&self->pending.path));
  else if (state == WEFT_SESSION_STOPPED || state == WEFT_SESSION_IDLE)
    go (self);
}

static void
resume (WeftWindow *self)
{
  WeftSessionState state = weft_trace_session_get_state (self->session);

  if (self->pending.discard || self->pending.path != NULL)
    {
      carry_out (self, state);
      return;
    }
  switch (weft_unsaved_guard_answer (state, weft_trace_session_is_unsaved (self->session),
                                     self->pending.verb))
    {
    case WEFT_GUARD_GO:
      go (self);
      break;
    case WEFT_GUARD_ASK:
      ask (self);
      break;
    case WEFT_GUARD_CANCEL:
      weft_trace_session_cancel (self->session);
      break;
    case WEFT_GUARD_WAIT:
      /* asked while the helper does not answer: without it, then */
      if (weft_trace_session_is_helper_silent (self->session))
        weft_trace_session_cancel (self->session);
      break;
    default:
      weft_window_forget_pending (self);
    }
}

void
weft_window_guard (WeftWindow *self, WeftVerb verb, WeftGuardedFunc func, GVariant *parameter)
{
  if (self->pending.asking || self->choosing != NULL)
    return; /* one question at a time */
  weft_window_forget_pending (self);
  self->pending.waits = TRUE;
  self->pending.verb = verb;
  self->pending.go = func;
  self->pending.parameter = parameter != NULL ? g_variant_ref_sink (parameter) : NULL;
  resume (self);
}

void
weft_window_save_to (WeftWindow *self, char *path)
{
  if (!self->pending.waits)
    {
      self->pending.waits = TRUE;
      self->pending.verb = WEFT_VERB_CLOSE; /* of all verbs the one that waits for anything */
    }
  g_free (self->pending.path);
  self->pending.path = path;
  carry_out (self, weft_trace_session_get_state (self->session));
}

/* --- leaving without a question ----------------------------------------- */

/* Within a request to close, which goes on then, the second one is ignored. */
static void
close_now (WeftWindow *self, GVariant *parameter)
{
  self->closing = TRUE;
  gtk_window_close (GTK_WINDOW (self));
}

void
weft_window_guard_close (WeftWindow *self)
{
  weft_window_guard (self, WEFT_VERB_CLOSE, close_now, NULL);
}

static void
go_on_leaving (WeftWindow *self)
{
  WeftSessionState state = weft_trace_session_get_state (self->session);

  if (state == WEFT_SESSION_TRACING)
    stop_for_good (self);
  else if (state == WEFT_SESSION_STARTING || state == WEFT_SESSION_OPENING)
    weft_trace_session_cancel (self->session);
  else if (state == WEFT_SESSION_STOPPED || state == WEFT_SESSION_IDLE)
    close_now (self, NULL);
}

void
weft_window_leave (WeftWindow *self)
{
  self->leaving = TRUE;
  weft_window_forget_pending (self);
  go_on_leaving (self);
}

/* What is under way ends first. */
static gboolean
is_settled (WeftWindow *self)
{
  WeftSessionState state = weft_trace_session_get_state (self->session);

  return state == WEFT_SESSION_IDLE || state == WEFT_SESSION_STOPPED
         || state == WEFT_SESSION_TRACING;
}

static gboolean
go_on_cb (gpointer user_data)
{
  WeftWindow *self = user_data;

  self->going_on = 0;
  if (self->leaving)
    go_on_leaving (self);
  else if (self->pending.waits && !self->pending.asking && self->choosing == NULL
           && is_settled (self))
    resume (self);
  return G_SOURCE_REMOVE;
}

/* When all have heard of the state: what is done now changes it again. */
void
weft_window_guard_state_changed (WeftWindow *self)
{
  if (self->going_on == 0 && (self->leaving || self->pending.waits))
    self->going_on = g_idle_add_full (G_PRIORITY_DEFAULT, go_on_cb, self, NULL);
}
