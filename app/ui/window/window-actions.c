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

/* What is traced is chosen in the title; this is the whole of it, or nothing. */
static void
record (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftWindow *self = window_of (widget);

  switch (weft_trace_session_get_state (self->session))
    {
    case WEFT_SESSION_TRACING:
      weft_trace_session_stop (self->session);
      break;
    case WEFT_SESSION_STARTING:
      weft_trace_session_cancel (self->session);
      break;
    default:
      weft_window_trace (self, WEFT_TRACED_MACHINE, 0);
    }
}

static void
record_own (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_window_trace (window_of (widget), WEFT_TRACED_OWN, 0);
}

static void
retry_now (WeftWindow *self, GVariant *parameter)
{
  weft_trace_session_retry (self->session);
}

static void
retry (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_window_guard (window_of (widget), WEFT_VERB_RECORD, retry_now, NULL);
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
launch_demo (WeftWindow *self, GVariant *parameter)
{
  g_autoptr (GError) error = NULL;

  if (!weft_trace_session_launch_demo (self->session, &error))
    weft_window_tell (self, error->message, FALSE);
}

static void
demo (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_window_guard (window_of (widget), WEFT_VERB_LAUNCH, launch_demo, NULL);
}

static void
launch_command (WeftWindow *self, GVariant *command)
{
  g_autoptr (GError) error = NULL;

  if (!weft_trace_session_launch (self->session, g_variant_get_string (command, NULL), &error))
    weft_window_tell (self, error->message, FALSE);
}

static void
command_typed_cb (const char *command, gpointer user_data)
{
  weft_window_guard (WEFT_WINDOW (user_data), WEFT_VERB_LAUNCH, launch_command,
                     g_variant_new_string (command));
}

static void
launch (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_launch_dialog_show (GTK_WINDOW (widget), command_typed_cb, widget);
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

/* Made when it is asked for and gone when it is closed: GTK 4.8 falls over when a screen
 * reader asks for a window of a number that there is no more, and finds a hidden one. */
static void
show_shortcuts (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr (GtkBuilder) builder
      = gtk_builder_new_from_resource ("/io/github/weftscope/Weftscope/ui/shortcuts-window.ui");
  GtkWindow *shortcuts = GTK_WINDOW (gtk_builder_get_object (builder, "window"));

  gtk_window_set_transient_for (shortcuts, GTK_WINDOW (widget));
  gtk_window_set_destroy_with_parent (shortcuts, TRUE);
  gtk_window_present (shortcuts);
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
  gboolean stopped = state == WEFT_SESSION_STOPPED, tracing = state == WEFT_SESSION_TRACING;
  gboolean at_rest = state == WEFT_SESSION_IDLE || stopped;
  gboolean shown
      = weft_lane_view_get_process (self->lanes) != WEFT_NO_ID && weft_window_has_trace (self);
  const struct
  {
    const char *action;
    gboolean makes_sense;
  } actions[] = {
    { "win.record", at_rest || tracing || state == WEFT_SESSION_STARTING },
    { "win.record-own", at_rest || tracing },
    { "win.trace-process", at_rest || tracing },
    { "win.retry", at_rest },
    { "win.give-up", !at_rest },
    { "win.widen", tracing },
    { "win.open", at_rest || tracing },
    { "win.save", tracing || (stopped && weft_trace_session_is_unsaved (self->session)) },
    { "win.save-as", tracing || (stopped && weft_trace_session_has_file (self->session)) },
    { "win.launch", at_rest || tracing },
    { "win.demo", at_rest || tracing },
    { "win.pause", tracing },
    { "win.export", shown },
    { "win.copy", shown },
    { "win.mark", shown && (tracing || stopped) },
  };

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_action_set_enabled (widget, actions[i].action, actions[i].makes_sense);
  g_simple_action_set_enabled (self->scope_action, at_rest || tracing);
}

void
weft_window_install_actions (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "win.record", NULL, record);
  gtk_widget_class_install_action (klass, "win.record-own", NULL, record_own);
  gtk_widget_class_install_action (klass, "win.retry", NULL, retry);
  gtk_widget_class_install_action (klass, "win.pause", NULL, pause_picture);
  gtk_widget_class_install_action (klass, "win.follow", NULL, follow);
  gtk_widget_class_install_action (klass, "win.search", NULL, search);
  gtk_widget_class_install_action (klass, "win.demo", NULL, demo);
  gtk_widget_class_install_action (klass, "win.launch", NULL, launch);
  gtk_widget_class_install_action (klass, "win.export", NULL, export_view);
  gtk_widget_class_install_action (klass, "win.copy", NULL, copy_picture);
  gtk_widget_class_install_action (klass, "win.mark", NULL, mark);
  gtk_widget_class_install_action (klass, "win.shortcuts", NULL, show_shortcuts);
}
