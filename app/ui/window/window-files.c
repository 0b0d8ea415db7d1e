/* window-files.c: what the window does with files. In: the verbs open and save, names
 * that the person chose. Out: calls to the session, through the guard; and where a
 * recording lies now. */
#include "window-private.h"
#include "replace-question.h"
#include "session/saved-name.h"
#include "source/trace-source.h"
#include "trace/printable.h"
#include <glib/gi18n.h>
#include <string.h>

/* One for each kind of file that can be opened; saving makes a recording. */
static void
add_filters (GtkFileChooser *chooser, gboolean opening)
{
  const WeftTraceSource *source;

  for (guint i = 0; (source = weft_trace_source_get (i)) != NULL; i++)
    {
      g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();
      g_autofree char *pattern = NULL;

      if (source->open == NULL || (!opening && !source->saved_so))
        continue;
      pattern = g_strconcat ("*.", source->extension, NULL);
      gtk_file_filter_set_name (filter, _ (source->title));
      gtk_file_filter_add_pattern (filter, pattern);
      gtk_file_chooser_add_filter (chooser, filter);
    }
}

/* (transfer full) (nullable): what was chosen, when it is of this machine */
static char *
take_path (WeftWindow *self, GtkNativeDialog *dialog, const char *otherwise)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  char *path = file != NULL ? g_file_get_path (file) : NULL;

  if (path == NULL)
    weft_window_tell (self, otherwise, FALSE);
  return path;
}

static GtkFileChooserNative *
choose (WeftWindow *self, const char *title, GtkFileChooserAction action, const char *accept)
{
  GtkFileChooserNative *dialog
      = gtk_file_chooser_native_new (title, GTK_WINDOW (self), action, accept, _ ("_Cancel"));

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  add_filters (GTK_FILE_CHOOSER (dialog), action == GTK_FILE_CHOOSER_ACTION_OPEN);
  self->choosing = GTK_NATIVE_DIALOG (dialog);
  return dialog;
}

/* --- opening ------------------------------------------------------------ */

static void
open_now (WeftWindow *self, GVariant *path)
{
  weft_trace_session_open (self->session, g_variant_get_bytestring (path));
}

void
weft_window_open (WeftWindow *self, const char *path)
{
  weft_window_guard (self, WEFT_VERB_OPEN, open_now, g_variant_new_bytestring (path));
}

static void
open_response_cb (GtkNativeDialog *dialog, int response, WeftWindow *self)
{
  g_autofree char *path = NULL;

  self->choosing = NULL;
  if (response == GTK_RESPONSE_ACCEPT)
    path = take_path (self, dialog,
                      _ ("Only files of this machine can be opened; copy it here first"));
  if (path != NULL)
    weft_window_open (self, path);
  g_object_unref (dialog);
}

static void
open_recording (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);
  GtkFileChooserNative *dialog;

  if (self->choosing != NULL)
    return;
  dialog = choose (self, _ ("Open a Recording"), GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Open"));
  g_signal_connect_object (dialog, "response", G_CALLBACK (open_response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* --- saving ------------------------------------------------------------- */

/* "~/traces/slow.weft" */
static char *
shorten_path (const char *path)
{
  const char *home = g_get_home_dir ();
  g_autofree char *shown = weft_printable_name (path);
  gsize length = strlen (home);

  if (g_str_has_prefix (path, home) && path[length] == '/')
    return g_strdup_printf ("~%s", shown + length);
  return g_steal_pointer (&shown);
}

void
weft_window_tell_saved (WeftWindow *self, const char *path)
{
  g_autofree char *place = shorten_path (path);
  g_autofree char *text = g_strdup_printf (_ ("Saved as %s"), place);
  g_autofree char *title = g_markup_escape_text (text, -1);
  AdwToast *toast = adw_toast_new (title);

  adw_toast_set_timeout (toast, 8);
  adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (self->toasts), toast);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;

  if (self->session == NULL)
    return; /* the window is gone */
  if (weft_trace_session_save_finish (WEFT_TRACE_SESSION (source), result, &error))
    {
      path = weft_trace_session_dup_path (self->session);
      weft_window_untell (self); /* why it could not be before */
      weft_window_tell_saved (self, path);
      weft_window_guard_state_changed (self);
      return;
    }
  /* what was to follow does not: what was not saved is still here */
  weft_window_forget_pending (self);
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    weft_window_tell (self, error->message, FALSE);
}

void
weft_window_save_now (WeftWindow *self, char *path)
{
  g_autofree char *chosen = path;

  weft_trace_session_save_async (self->session, *chosen != '\0' ? chosen : NULL, saved_cb,
                                 g_object_ref (self));
}

typedef struct
{
  WeftWindow *window;
  WeftPlaceFunc func;
  gpointer user_data;
  char *path; /* that was made of what was typed, and is there already */
} Place;

static Place *
place_new (WeftWindow *self, WeftPlaceFunc func, gpointer user_data)
{
  Place *place = g_new0 (Place, 1);

  place->window = g_object_ref (self);
  place->func = func;
  place->user_data = user_data;
  return place;
}

static void
place_free (Place *place)
{
  g_object_unref (place->window);
  g_free (place->path);
  g_free (place);
}

/* @path: (transfer full) (nullable) */
static void
give_place (Place *place, char *path)
{
  place->func (place->window, path, place->user_data);
  place_free (place);
}

static void
replace_answered_cb (gboolean replace, gpointer user_data)
{
  Place *place = user_data;

  place->window->pending.asking = FALSE;
  give_place (place, replace ? g_steal_pointer (&place->path) : NULL);
}

/* The name that was typed, or what it should be: then whoever has it is asked for. */
static void
take_name (Place *place, const char *typed)
{
  WeftWindow *self = place->window;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = weft_saved_name (typed, &error);

  if (path == NULL)
    weft_window_tell (self, error->message, FALSE);
  if (path == NULL || g_str_equal (path, typed) || !g_file_test (path, G_FILE_TEST_EXISTS))
    {
      give_place (place, g_steal_pointer (&path));
      return;
    }
  self->pending.asking = TRUE;
  place->path = g_steal_pointer (&path);
  weft_replace_question_ask (GTK_WINDOW (self), place->path, replace_answered_cb, place);
}

static void
place_response_cb (GtkNativeDialog *dialog, int response, Place *place)
{
  WeftWindow *self = place->window;
  g_autofree char *typed = NULL;

  self->choosing = NULL;
  if (response == GTK_RESPONSE_ACCEPT)
    typed
        = take_path (self, dialog, _ ("It can be saved on this machine only; copy it from there"));
  if (typed != NULL)
    take_name (place, typed);
  else
    give_place (place, NULL);
  g_object_unref (dialog);
}

void
weft_window_ask_for_place (WeftWindow *self, WeftPlaceFunc func, gpointer user_data)
{
  GtkFileChooserNative *dialog
      = choose (self, _ ("Save the Recording"), GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"));
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *name = g_date_time_format (now, "weftscope-%Y%m%d-%H%M%S.weft");

  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  g_signal_connect (dialog, "response", G_CALLBACK (place_response_cb),
                    place_new (self, func, user_data));
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
place_chosen_cb (WeftWindow *self, char *path, gpointer unused)
{
  if (path != NULL)
    weft_window_save_to (self, path);
  else
    weft_window_forget_pending (self);
}

void
weft_window_choose_place (WeftWindow *self)
{
  if (weft_trace_session_has_unsaved_marks (self->session))
    weft_window_save_to (self, g_strdup (""));
  else
    weft_window_ask_for_place (self, place_chosen_cb, NULL);
}

static void
save_recording (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);

  if (self->choosing == NULL && !self->pending.asking)
    weft_window_choose_place (self);
}

static void
save_copy (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);

  if (self->choosing == NULL && !self->pending.asking)
    weft_window_ask_for_place (self, place_chosen_cb, NULL);
}

void
weft_window_install_file_actions (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "win.open", NULL, open_recording);
  gtk_widget_class_install_action (klass, "win.save", NULL, save_recording);
  gtk_widget_class_install_action (klass, "win.save-as", NULL, save_copy);
}
