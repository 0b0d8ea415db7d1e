/* window-actions.c: the window's verbs. In: actions from buttons, menu and keys.
 * Out: calls to session and view state. */
#include "window-private.h"
#include "export-dialog.h"
#include "export/image.h"
#include "launch-dialog.h"
#include <glib/gi18n.h>

static WeftWindow *
window_of (GtkWidget *widget)
{
  return WEFT_WINDOW (widget);
}

static void
record (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftWindow *self = window_of (widget);

  if (weft_trace_session_get_state (self->session) == WEFT_SESSION_TRACING)
    weft_trace_session_stop (self->session);
  else
    weft_trace_session_start (self->session, FALSE);
}

static void
record_own (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_trace_session_start (window_of (widget)->session, TRUE);
}

static void
retry (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_trace_session_retry (window_of (widget)->session);
}

static void
trace_process (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftWindow *self = window_of (widget);

  self->wanted_tgid = g_variant_get_uint32 (parameter);
  weft_trace_session_narrow (self->session, self->wanted_tgid);
  if (weft_trace_session_get_state (self->session) == WEFT_SESSION_IDLE)
    weft_trace_session_start (self->session, FALSE);
}

static void
pause_picture (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftViewState *state = window_of (widget)->state;

  weft_view_state_set_paused (state, !weft_view_state_get_paused (state));
}

static void
follow (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftViewState *state = window_of (widget)->state;

  weft_view_state_set_paused (state, FALSE);
  weft_view_state_set_follow (state, TRUE);
}

static void
mark (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_lane_view_mark (window_of (widget)->lanes);
}

static void
search (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_process_pane_focus_search (window_of (widget)->processes);
}

static void
demo (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftWindow *self = window_of (widget);
  g_autoptr (GError) error = NULL;

  if (!weft_trace_session_launch_demo (self->session, &error))
    weft_window_tell (self, error->message, FALSE);
}

static void
launch (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftWindow *self = window_of (widget);

  weft_launch_dialog_show (GTK_WINDOW (self), self->session);
}

/* --- files -------------------------------------------------------------- */

static void
add_filter (GtkFileChooser *chooser)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, _ ("Weftscope recordings"));
  gtk_file_filter_add_pattern (filter, "*.weft");
  gtk_file_chooser_add_filter (chooser, filter);
}

static void
open_response_cb (GtkNativeDialog *dialog, int response, WeftWindow *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = g_file_get_path (file);

      if (path != NULL)
        weft_trace_session_open (self->session, path);
      else
        weft_window_tell (self, _ ("Only files of this machine can be opened; copy it here first"),
                          FALSE);
    }
  g_object_unref (dialog);
}

static void
open_recording (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftWindow *self = window_of (widget);
  GtkFileChooserNative *dialog
      = gtk_file_chooser_native_new (_ ("Open a Recording"), GTK_WINDOW (self),
                                     GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Open"), _ ("_Cancel"));

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  add_filter (GTK_FILE_CHOOSER (dialog));
  g_signal_connect (dialog, "response", G_CALLBACK (open_response_cb), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!weft_trace_session_save_finish (WEFT_TRACE_SESSION (source), result, &error))
    weft_window_tell (self, error->message, FALSE);
  else if (self->closing)
    gtk_window_close (GTK_WINDOW (self));
  weft_window_update_actions (self);
}

static void
save_response_cb (GtkNativeDialog *dialog, int response, WeftWindow *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = g_file_get_path (file);

      weft_trace_session_save_async (self->session, path, saved_cb, g_object_ref (self));
    }
  else
    {
      self->closing = FALSE;
    }
  g_object_unref (dialog);
}

void
weft_window_save (WeftWindow *self, gboolean then_close)
{
  GtkFileChooserNative *dialog
      = gtk_file_chooser_native_new (_ ("Save the Recording"), GTK_WINDOW (self),
                                     GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *name = g_date_time_format (now, "weftscope-%Y%m%d-%H%M%S.weft");

  self->closing = then_close;
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  add_filter (GTK_FILE_CHOOSER (dialog));
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  g_signal_connect (dialog, "response", G_CALLBACK (save_response_cb), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
save_recording (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_window_save (window_of (widget), FALSE);
}

static void
export_view (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftWindow *self = window_of (widget);
  g_autoptr (GArray) processes = weft_lane_view_get_processes (self->lanes);
  g_autoptr (GArray) collapsed = weft_lane_view_get_collapsed (self->lanes);

  weft_export_dialog_show (GTK_WINDOW (self), weft_trace_session_get_store (self->session),
                           self->state, processes, collapsed);
}

/* --- the clipboard ------------------------------------------------------ */

typedef struct
{
  WeftTraceStore *store;
  WeftImageOptions options;
  GArray *processes, *collapsed;
} Picture;

static void
picture_free (gpointer data)
{
  Picture *picture = data;

  g_object_unref (picture->store);
  g_array_unref (picture->processes);
  g_array_unref (picture->collapsed);
  g_free (picture);
}

static void
render (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Picture *picture = data;
  GError *error = NULL;
  g_autoptr (GOutputStream) out = g_memory_output_stream_new_resizable ();

  if (weft_image_export (picture->store, &picture->options, out, cancellable, &error)
      && g_output_stream_close (out, cancellable, &error))
    g_task_return_pointer (task,
                           g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (out)),
                           (GDestroyNotify)g_bytes_unref);
  else
    g_task_return_error (task, error);
}

static void
rendered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WeftWindow *self = WEFT_WINDOW (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) png = g_task_propagate_pointer (G_TASK (result), &error);
  g_autoptr (GdkTexture) texture = NULL;

  if (png != NULL)
    texture = gdk_texture_new_from_bytes (png, &error);
  if (texture == NULL)
    {
      weft_window_tell (self, error->message, FALSE);
      return;
    }
  gdk_clipboard_set_texture (gtk_widget_get_clipboard (GTK_WIDGET (self)), texture);
}

static void
copy_picture (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftWindow *self = window_of (widget);
  g_autoptr (GTask) task = g_task_new (self, NULL, rendered_cb, NULL);
  Picture *picture = g_new0 (Picture, 1);

  picture->store = g_object_ref (weft_trace_session_get_store (self->session));
  picture->processes = weft_lane_view_get_processes (self->lanes);
  picture->collapsed = weft_lane_view_get_collapsed (self->lanes);
  picture->options.width_px = MAX (640, gtk_widget_get_width (GTK_WIDGET (self->lanes)));
  picture->options.scale = gtk_widget_get_scale_factor (widget);
  picture->options.dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  picture->options.processes = picture->processes;
  picture->options.collapsed = picture->collapsed;
  weft_view_state_get_range (self->state, &picture->options.from_ns, &picture->options.to_ns);
  g_task_set_task_data (task, picture, picture_free);
  g_task_run_in_thread (task, render);
}

/* --- all of them -------------------------------------------------------- */

void
weft_window_update_actions (WeftWindow *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  WeftSessionState state = weft_trace_session_get_state (self->session);
  gboolean at_rest = state == WEFT_SESSION_IDLE || state == WEFT_SESSION_STOPPED;
  gboolean shown = weft_lane_view_get_process (self->lanes) != WEFT_NO_ID
                   && (state == WEFT_SESSION_TRACING || state == WEFT_SESSION_STOPPED);

  gtk_widget_action_set_enabled (widget, "win.record", at_rest || state == WEFT_SESSION_TRACING);
  gtk_widget_action_set_enabled (widget, "win.record-own", at_rest);
  gtk_widget_action_set_enabled (widget, "win.retry", state == WEFT_SESSION_IDLE);
  gtk_widget_action_set_enabled (widget, "win.open", at_rest);
  gtk_widget_action_set_enabled (widget, "win.save",
                                 state == WEFT_SESSION_STOPPED
                                     && weft_trace_session_is_unsaved (self->session));
  gtk_widget_action_set_enabled (widget, "win.launch", at_rest || state == WEFT_SESSION_TRACING);
  gtk_widget_action_set_enabled (widget, "win.demo", at_rest || state == WEFT_SESSION_TRACING);
  gtk_widget_action_set_enabled (widget, "win.pause", state == WEFT_SESSION_TRACING);
  gtk_widget_action_set_enabled (widget, "win.export", shown);
  gtk_widget_action_set_enabled (widget, "win.copy", shown);
  gtk_widget_action_set_enabled (widget, "win.mark", shown);
}

void
weft_window_install_actions (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "win.record", NULL, record);
  gtk_widget_class_install_action (klass, "win.record-own", NULL, record_own);
  gtk_widget_class_install_action (klass, "win.retry", NULL, retry);
  gtk_widget_class_install_action (klass, "win.trace-process", "u", trace_process);
  gtk_widget_class_install_action (klass, "win.pause", NULL, pause_picture);
  gtk_widget_class_install_action (klass, "win.follow", NULL, follow);
  gtk_widget_class_install_action (klass, "win.search", NULL, search);
  gtk_widget_class_install_action (klass, "win.demo", NULL, demo);
  gtk_widget_class_install_action (klass, "win.launch", NULL, launch);
  gtk_widget_class_install_action (klass, "win.open", NULL, open_recording);
  gtk_widget_class_install_action (klass, "win.save", NULL, save_recording);
  gtk_widget_class_install_action (klass, "win.export", NULL, export_view);
  gtk_widget_class_install_action (klass, "win.copy", NULL, copy_picture);
  gtk_widget_class_install_action (klass, "win.mark", NULL, mark);
}
