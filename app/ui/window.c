/* window.c: see the header. The session says what happens to the trace, the view
 * state what is looked at; the window ties both to widgets. */
#include "window-private.h"
#include "trace/duration.h"
#include "first-program.h"
#include "legend.h"
#include "widget-style.h"
#include "draw/ruler-painter.h"
#include <glib/gi18n.h>

/* How much a new trace shows at first. */
#define FIRST_VIEW_NS (G_GUINT64_CONSTANT (2000000000))
/* Of a narrow window the tree takes so much at most, but never less than it needs. */
#define PANE_SHARE 0.3
#define PANE_LEAST 230

G_DEFINE_FINAL_TYPE (WeftWindow, weft_window, ADW_TYPE_APPLICATION_WINDOW)

/* --- what the session says ---------------------------------------------- */

static void
update_record_button (WeftWindow *self, WeftSessionState state)
{
  gboolean tracing = state == WEFT_SESSION_TRACING;
  gboolean waiting = state == WEFT_SESSION_STARTING || state == WEFT_SESSION_STOPPING
                     || state == WEFT_SESSION_OPENING;

  adw_button_content_set_label (ADW_BUTTON_CONTENT (self->record_content),
                                tracing ? _ ("Stop") : _ ("Record"));
  adw_button_content_set_icon_name (ADW_BUTTON_CONTENT (self->record_content),
                                    tracing ? "media-playback-stop-symbolic"
                                            : "media-record-symbolic");
  if (tracing)
    gtk_widget_add_css_class (self->record, "destructive-action");
  else
    gtk_widget_remove_css_class (self->record, "destructive-action");
  gtk_widget_set_visible (self->spinner, waiting);
  gtk_spinner_set_spinning (GTK_SPINNER (self->spinner), waiting);
}

/* Lanes, or what to do next. */
static void
update_stack (WeftWindow *self)
{
  WeftSessionState state = weft_trace_session_get_state (self->session);
  gboolean traced = state == WEFT_SESSION_TRACING || state == WEFT_SESSION_STOPPING
                    || state == WEFT_SESSION_STOPPED;
  gboolean chosen = weft_lane_view_get_process (self->lanes) != WEFT_NO_ID;
  const char *page = !traced                                    ? "welcome"
                     : chosen || state == WEFT_SESSION_STOPPING ? "lanes"
                                                                : "choose";

  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), page);
}

static void
state_changed_cb (WeftTraceSession *session, WeftWindow *self)
{
  WeftSessionState state = weft_trace_session_get_state (session);

  update_record_button (self, state);
  weft_lane_view_set_live (self->lanes, state == WEFT_SESSION_TRACING);
  /* another matter than what the banner is about */
  if (state == WEFT_SESSION_TRACING || state == WEFT_SESSION_OPENING)
    weft_window_untell (self);
  if (state == WEFT_SESSION_TRACING)
    weft_view_state_set_follow (self->state, TRUE);
  update_stack (self);
  weft_window_update_actions (self);
  /* what was opened is there to be looked at: its keys work at once */
  if (state == WEFT_SESSION_STOPPED && weft_trace_session_get_reader (session) == NULL)
    gtk_widget_grab_focus (GTK_WIDGET (self->lanes));
}

static void
select_wanted (WeftWindow *self)
{
  WeftTraceStore *store = weft_trace_session_get_store (self->session);
  guint id;

  if (self->wanted_tgid == 0)
    return;
  weft_trace_store_begin_read (store);
  id = weft_process_table_find (weft_trace_store_get_processes (store), self->wanted_tgid);
  weft_trace_store_end_read (store);
  if (id == WEFT_NO_ID)
    return;
  self->wanted_tgid = 0;
  weft_process_pane_set_selected_process (self->processes, id);
}

static guint32
selected_tgid (WeftWindow *self)
{
  WeftTraceStore *store = weft_trace_session_get_store (self->session);
  guint id = weft_process_pane_get_selected_process (self->processes);
  const WeftProcess *process;
  guint32 tgid;

  weft_trace_store_begin_read (store);
  process = weft_process_table_get (weft_trace_store_get_processes (store), id);
  tgid = process != NULL ? process->tgid : 0;
  weft_trace_store_end_read (store);
  return tgid;
}

static void
store_changed_cb (WeftTraceSession *session, WeftWindow *self)
{
  WeftTraceStore *store = weft_trace_session_get_store (session);
  WeftProcReader *reader = weft_trace_session_get_reader (session);
  guint64 start = weft_trace_store_get_start (store), edge = weft_trace_store_get_edge (store);
  guint program;

  if (self->wanted_tgid == 0)
    self->wanted_tgid = selected_tgid (self);
  weft_process_pane_set_store (self->processes, store);
  weft_process_pane_set_reader (self->processes, reader);
  weft_lane_view_set_store (self->lanes, store);
  weft_details_panel_set_store (WEFT_DETAILS_PANEL (self->details), store);
  weft_view_state_reset (self->state, start, reader != NULL ? FIRST_VIEW_NS : edge - start);
  if (reader == NULL)
    {
      self->wanted_tgid = 0;
      weft_view_state_set_follow (self->state, FALSE);
      weft_view_state_set_bounds (self->state, start, edge);
      weft_view_state_fit_all (self->state);
      weft_trace_store_begin_read (store);
      program = weft_first_program_find (store);
      weft_trace_store_end_read (store);
      weft_process_pane_set_selected_process (self->processes, program);
    }
}

static void
progress_cb (WeftTraceSession *session, WeftWindow *self)
{
  select_wanted (self);
}

static void
problem_cb (WeftTraceSession *session, const char *message, WeftWindow *self)
{
  weft_window_tell (self, message, FALSE);
}

static void
refused_cb (WeftTraceSession *session, const char *message, WeftWindow *self)
{
  weft_window_tell (self, message, TRUE);
}

static void
launched_cb (WeftTraceSession *session, guint tgid, WeftWindow *self)
{
  self->wanted_tgid = tgid;
  select_wanted (self);
}

/* --- what the user looks at --------------------------------------------- */

static void
update_target (WeftWindow *self)
{
  WeftTraceStore *store = weft_trace_session_get_store (self->session);
  const WeftProcess *process;
  g_autofree char *text = NULL;

  weft_trace_store_begin_read (store);
  process = weft_process_table_get (weft_trace_store_get_processes (store),
                                    weft_process_pane_get_selected_process (self->processes));
  text = process != NULL ? g_strdup_printf ("%s · %u", process->name, process->tgid)
                         : g_strdup (_ ("Whole machine"));
  weft_trace_store_end_read (store);
  gtk_label_set_text (GTK_LABEL (self->target), text);
}

static void
selected_process_cb (WeftProcessPane *pane, GParamSpec *spec, WeftWindow *self)
{
  weft_lane_view_set_process (self->lanes, weft_process_pane_get_selected_process (pane));
  update_target (self);
  update_stack (self);
  weft_window_update_actions (self);
}

static void
activate_process_cb (WeftProcessPane *pane, guint id, WeftWindow *self)
{
  WeftSessionState state = weft_trace_session_get_state (self->session);

  if (state == WEFT_SESSION_IDLE)
    weft_trace_session_start (self->session, FALSE);
}

static void
update_follow (WeftWindow *self)
{
  gboolean live = weft_trace_session_get_state (self->session) == WEFT_SESSION_TRACING;
  guint64 behind = weft_view_state_get_behind_ns (self->state);
  g_autofree char *length = weft_format_duration (behind);
  g_autofree char *text = NULL;

  gtk_widget_set_visible (self->follow, live);
  if (behind == 0)
    text = g_strdup (_ ("Live · following"));
  else
    text = g_strdup_printf (_ ("Paused, %s behind · follow"), length);
  gtk_button_set_label (GTK_BUTTON (self->follow), text);
}

static gboolean
quarter_cb (gpointer user_data)
{
  update_follow (user_data);
  return G_SOURCE_CONTINUE;
}

static void
paused_cb (WeftViewState *state, GParamSpec *spec, WeftWindow *self)
{
  gboolean paused = weft_view_state_get_paused (state);

  gtk_button_set_icon_name (GTK_BUTTON (self->pause), paused ? "media-playback-start-symbolic"
                                                             : "media-playback-pause-symbolic");
  update_follow (self);
}

/* --- closing ------------------------------------------------------------ */

static void
unsaved_cb (GtkDialog *dialog, int response, WeftWindow *self)
{
  gtk_window_destroy (GTK_WINDOW (dialog));
  if (response == GTK_RESPONSE_ACCEPT)
    {
      weft_window_save (self, TRUE);
    }
  else if (response == GTK_RESPONSE_REJECT)
    {
      self->closing = TRUE;
      gtk_window_close (GTK_WINDOW (self));
    }
}

static void
ask_to_save (WeftWindow *self)
{
  GtkWidget *dialog
      = gtk_message_dialog_new (GTK_WINDOW (self), GTK_DIALOG_MODAL | GTK_DIALOG_USE_HEADER_BAR,
                                GTK_MESSAGE_QUESTION, GTK_BUTTONS_NONE,
                                _ ("Save the trace before closing?"));

  gtk_message_dialog_format_secondary_text (GTK_MESSAGE_DIALOG (dialog),
                                            _ ("What was recorded is lost otherwise."));
  gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Cancel"), GTK_RESPONSE_CANCEL);
  gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Discard"), GTK_RESPONSE_REJECT);
  gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Save…"), GTK_RESPONSE_ACCEPT);
  weft_name_buttons (dialog);
  gtk_dialog_set_default_response (GTK_DIALOG (dialog), GTK_RESPONSE_ACCEPT);
  g_signal_connect (dialog, "response", G_CALLBACK (unsaved_cb), self);
  gtk_window_present (GTK_WINDOW (dialog));
}

static gboolean
weft_window_close_request (GtkWindow *window)
{
  WeftWindow *self = WEFT_WINDOW (window);

  if (!self->closing && weft_trace_session_get_state (self->session) == WEFT_SESSION_STOPPED
      && weft_trace_session_is_unsaved (self->session))
    {
      ask_to_save (self);
      return TRUE;
    }
  g_settings_set_int (self->settings, "window-width", gtk_widget_get_width (GTK_WIDGET (self)));
  g_settings_set_int (self->settings, "window-height", gtk_widget_get_height (GTK_WIDGET (self)));
  g_settings_set_int (self->settings, "pane-width", self->pane_width);
  return GTK_WINDOW_CLASS (weft_window_parent_class)->close_request (window);
}

/* --- the tree's width ---------------------------------------------------- */

/* Each new width of the window is met with the width that the user gave the tree,
 * or with less where the lanes would get too little. */
static void
weft_window_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  WeftWindow *self = WEFT_WINDOW (widget);

  if (width != self->fitted_width)
    {
      self->fitted_width = 0;
      gtk_paned_set_position (GTK_PANED (self->split),
                              MIN (self->pane_width, MAX (PANE_LEAST, (int)(width * PANE_SHARE))));
    }
  GTK_WIDGET_CLASS (weft_window_parent_class)->size_allocate (widget, width, height, baseline);
  self->fitted_width = width;
}

/* At a width that stays, it was the user. */
static void
pane_moved_cb (WeftWindow *self)
{
  if (self->fitted_width != 0)
    self->pane_width = gtk_paned_get_position (GTK_PANED (self->split));
}

/* --- the object --------------------------------------------------------- */

static void
weft_window_dispose (GObject *object)
{
  WeftWindow *self = WEFT_WINDOW (object);

  g_clear_handle_id (&self->follow_timer, g_source_remove);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  if (self->state != NULL)
    g_signal_handlers_disconnect_by_data (self->state, self);
  g_clear_object (&self->session);
  g_clear_object (&self->state);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (weft_window_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *klass)
{
  gtk_widget_class_bind_template_child (klass, WeftWindow, record);
  gtk_widget_class_bind_template_child (klass, WeftWindow, record_content);
  gtk_widget_class_bind_template_child (klass, WeftWindow, pause);
  gtk_widget_class_bind_template_child (klass, WeftWindow, target);
  gtk_widget_class_bind_template_child (klass, WeftWindow, stack);
  gtk_widget_class_bind_template_child (klass, WeftWindow, split);
  gtk_widget_class_bind_template_child (klass, WeftWindow, pane_place);
  gtk_widget_class_bind_template_child (klass, WeftWindow, lanes_place);
  gtk_widget_class_bind_template_child (klass, WeftWindow, details_place);
  gtk_widget_class_bind_template_child (klass, WeftWindow, legend);
  gtk_widget_class_bind_template_child (klass, WeftWindow, follow);
  gtk_widget_class_bind_template_child (klass, WeftWindow, banner);
  gtk_widget_class_bind_template_child (klass, WeftWindow, banner_text);
  gtk_widget_class_bind_template_child (klass, WeftWindow, banner_cause);
  gtk_widget_class_bind_template_child (klass, WeftWindow, banner_retry);
  gtk_widget_class_bind_template_child (klass, WeftWindow, spinner);
}

static void
weft_window_class_init (WeftWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = weft_window_close_request;
  widget_class->size_allocate = weft_window_size_allocate;
  g_type_ensure (WEFT_TYPE_LEGEND);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/weftscope/Weftscope/ui/window.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, pane_moved_cb);
  weft_window_bind_banner (widget_class);
  weft_window_install_actions (widget_class);
}

static void
legend_changed_cb (WeftLaneView *lanes, WeftWindow *self)
{
  weft_legend_show (WEFT_LEGEND (self->legend), weft_lane_view_get_legend (lanes));
}

static void
mark_cb (WeftLaneView *lanes, guint64 time_ns, guint64 near_ns, WeftWindow *self)
{
  weft_trace_session_toggle_mark (self->session, time_ns, near_ns);
  weft_lane_view_marks_changed (lanes);
}

static void
connect_session (WeftWindow *self)
{
  g_signal_connect (self->session, "state-changed", G_CALLBACK (state_changed_cb), self);
  g_signal_connect (self->session, "store-changed", G_CALLBACK (store_changed_cb), self);
  g_signal_connect (self->session, "progress", G_CALLBACK (progress_cb), self);
  g_signal_connect (self->session, "problem", G_CALLBACK (problem_cb), self);
  g_signal_connect (self->session, "refused", G_CALLBACK (refused_cb), self);
  g_signal_connect (self->session, "launched", G_CALLBACK (launched_cb), self);
}

static GArray *
threads_in_view (gpointer user_data)
{
  return weft_lane_view_get_threads (WEFT_WINDOW (user_data)->lanes);
}

static void
add_views (WeftWindow *self)
{
  self->processes = WEFT_PROCESS_PANE (weft_process_pane_new ());
  self->lanes = WEFT_LANE_VIEW (weft_lane_view_new (self->state));
  self->details = weft_details_panel_new (self->state, threads_in_view, self);
  gtk_widget_set_vexpand (GTK_WIDGET (self->processes), TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (self->processes), TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (self->lanes), TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (self->lanes), TRUE);
  gtk_widget_set_hexpand (self->details, TRUE);
  gtk_box_append (GTK_BOX (self->pane_place), GTK_WIDGET (self->processes));
  gtk_box_append (GTK_BOX (self->lanes_place), GTK_WIDGET (self->lanes));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->details_place), self->details);
  g_signal_connect (self->processes, "notify::selected-process", G_CALLBACK (selected_process_cb),
                    self);
  g_signal_connect (self->lanes, "mark", G_CALLBACK (mark_cb), self);
  g_signal_connect (self->lanes, "legend-changed", G_CALLBACK (legend_changed_cb), self);
  g_signal_connect (self->processes, "activate-process", G_CALLBACK (activate_process_cb), self);
}

static void
weft_window_init (WeftWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  weft_name_buttons (GTK_WIDGET (self));
  self->settings = g_settings_new (WEFT_APP_ID);
  self->session = weft_trace_session_new ();
  self->state = weft_view_state_new ();
  add_views (self);
  connect_session (self);
  g_signal_connect (self->state, "notify::paused", G_CALLBACK (paused_cb), self);
  g_signal_connect_swapped (self->state, "notify::follow", G_CALLBACK (update_follow), self);
  gtk_window_set_default_size (GTK_WINDOW (self),
                               g_settings_get_int (self->settings, "window-width"),
                               g_settings_get_int (self->settings, "window-height"));
  self->pane_width = g_settings_get_int (self->settings, "pane-width");
  store_changed_cb (self->session, self);
  state_changed_cb (self->session, self);
  update_target (self);
  weft_window_warn_of_root (self);
  self->follow_timer = g_timeout_add (250, quarter_cb, self);
}

GtkWidget *
weft_window_new (AdwApplication *application)
{
  return g_object_new (WEFT_TYPE_WINDOW, "application", application, NULL);
}

void
weft_window_open (WeftWindow *self, const char *path)
{
  weft_trace_session_open (self->session, path);
}
