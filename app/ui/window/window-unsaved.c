/* window-unsaved.c: unsaved traces of earlier runs on the welcome page. In: the verbs
 * of their rows. Out: a trace that is opened, saved where the person wants it, or
 * gone after a question. */
#include "window-private.h"
#include "session/unsaved-traces.h"
#include "unsaved-rows.h"
#include "widget-style.h"
#include <glib/gi18n.h>

/* What is to happen to which, while the person is asked. */
typedef struct
{
  WeftWindow *window;
  char *path;
  char *to;
} Wish;

static Wish *
wish_new (WeftWindow *window, const char *path)
{
  Wish *wish = g_new0 (Wish, 1);

  wish->window = g_object_ref (window);
  wish->path = g_strdup (path);
  return wish;
}

static void
wish_free (Wish *wish)
{
  g_object_unref (wish->window);
  g_free (wish->path);
  g_free (wish->to);
  g_free (wish);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Wish *wish = user_data;
  WeftWindow *self = wish->window;
  g_autoptr (GError) error = NULL;

  if (!weft_unsaved_traces_finish (result, &error) && self->session != NULL)
    weft_window_tell (self, error->message, FALSE);
  else if (self->session != NULL && wish->to != NULL)
    weft_window_tell_saved (self, wish->to);
  if (self->session != NULL)
    weft_unsaved_rows_refresh (WEFT_UNSAVED_ROWS (self->unsaved));
  wish_free (wish);
}

static void
open_cb (WeftUnsavedRows *rows, const char *path, WeftWindow *self)
{
  weft_window_open (self, path);
}

/* --- saving ------------------------------------------------------------- */

static void
place_chosen_cb (WeftWindow *self, char *to, gpointer user_data)
{
  Wish *wish = user_data;

  wish->to = to;
  if (to != NULL)
    weft_unsaved_traces_save_async (wish->path, to, done_cb, wish);
  else
    wish_free (wish);
}

static void
save_cb (WeftUnsavedRows *rows, const char *path, WeftWindow *self)
{
  weft_window_ask_for_place (self, place_chosen_cb, wish_new (self, path));
}

/* --- discarding --------------------------------------------------------- */

static void
discard_answered_cb (AdwMessageDialog *dialog, const char *response, Wish *wish)
{
  if (g_str_equal (response, "discard"))
    weft_unsaved_traces_discard_async (wish->path, done_cb, wish);
  else
    wish_free (wish);
}

static void
discard_cb (WeftUnsavedRows *rows, const char *path, WeftWindow *self)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), _ ("Discard the Recording?"),
                                              _ ("It is gone for good then."));
  AdwMessageDialog *asking = ADW_MESSAGE_DIALOG (dialog);

  adw_message_dialog_add_responses (asking, "cancel", _ ("_Cancel"), "discard", _ ("_Discard"),
                                    NULL);
  adw_message_dialog_set_response_appearance (asking, "discard", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (asking, "cancel");
  adw_message_dialog_set_close_response (asking, "cancel");
  gtk_window_set_destroy_with_parent (GTK_WINDOW (dialog), TRUE);
  weft_name_buttons (dialog);
  g_signal_connect (dialog, "response", G_CALLBACK (discard_answered_cb), wish_new (self, path));
  gtk_window_present (GTK_WINDOW (dialog));
}

/* The rows are to be seen without scrolling: what is above them takes less room. */
static void
shown_cb (GtkWidget *rows, GParamSpec *spec, WeftWindow *self)
{
  if (gtk_widget_get_visible (rows))
    gtk_widget_add_css_class (self->welcome, "compact");
  else
    gtk_widget_remove_css_class (self->welcome, "compact");
}

void
weft_window_add_unsaved (WeftWindow *self)
{
  g_signal_connect (self->unsaved, "notify::visible", G_CALLBACK (shown_cb), self);
  g_signal_connect (self->unsaved, "open", G_CALLBACK (open_cb), self);
  g_signal_connect (self->unsaved, "save", G_CALLBACK (save_cb), self);
  g_signal_connect (self->unsaved, "discard", G_CALLBACK (discard_cb), self);
}
