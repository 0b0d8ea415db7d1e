/* window.c: see the header. The session says what happens to the trace, the view
 * state what is looked at; the window ties both to widgets. */
#include "window-private.h"
#include "trace/duration.h"
#include "facts-button.h"
#include "session/first-program.h"
#include "lanes/legend.h"
#include "unsaved-rows.h"
#include "widget-style.h"
#include "store-moment.h"
#include <glib/gi18n.h>

/* How much a new trace shows at first. */
#define FIRST_VIEW_NS (G_GUINT64_CONSTANT (2000000000))
/* Of a narrow window the tree takes so much at most, but never less than it needs. */
#define PANE_SHARE 0.3
#define PANE_LEAST 230
/* Counting the children of what is recorded takes its time: at most a tenth of a core. */
#define REST_PER_TITLE 9

G_DEFINE_FINAL_TYPE (WeftWindow, weft_window, ADW_TYPE_APPLICATION_WINDOW)

/* --- what the session says ---------------------------------------------- */

gboolean
weft_window_has_trace (WeftWindow *self)
{
  switch (weft_trace_session_get_state (self->session))
    {
    case WEFT_SESSION_IDLE:
      return FALSE;
    case WEFT_SESSION_STARTING:
    case WEFT_SESSION_OPENING:
      return self->had_trace; /* what was shown before still is */
    default:
      return TRUE;
    }
}

gboolean
weft_window_is_live (WeftWindow *self)
{
  WeftSessionState state = weft_trace_session_get_state (self->session);

  return state == WEFT_SESSION_TRACING || state == WEFT_SESSION_STOPPING;
}

static void
update_record_button (WeftWindow *self, WeftSessionState state)
{
  gboolean tracing = state == WEFT_SESSION_TRACING, starting = state == WEFT_SESSION_STARTING;

  adw_button_content_set_label (ADW_BUTTON_CONTENT (self->record_content), tracing ? _ ("Stop")
                                                                           : starting
                                                                               ? _ ("Cancel")
                                                                               : _ ("Record"));
  adw_button_content_set_icon_name (ADW_BUTTON_CONTENT (self->record_content),
                                    tracing || starting ? "media-playback-stop-symbolic"
                                                        : "media-record-symbolic");
  if (tracing)
    gtk_widget_add_css_class (self->record, "destructive-action");
  else
    gtk_widget_remove_css_class (self->record, "destructive-action");
}

/* Lanes, or what to do next. */
static void
update_stack (WeftWindow *self)
{
  gboolean chosen = weft_lane_view_get_process (self->lanes) != WEFT_NO_ID;
  gboolean stopping = weft_trace_session_get_state (self->session) == WEFT_SESSION_STOPPING;
  const char *page = !weft_window_has_trace (self) ? "welcome"
                     : chosen || stopping          ? "lanes"
                                                   : "choose";
  gboolean another = g_strcmp0 (page, gtk_stack_get_visible_child_name (GTK_STACK (self->stack)));

  if (!another)
    return;
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), page);
  if (!weft_window_has_trace (self))
    weft_unsaved_rows_refresh (WEFT_UNSAVED_ROWS (self->unsaved));
}

static void
update_facts (WeftWindow *self)
{
  g_autoptr (GPtrArray) told = NULL;
  WeftTraceFacts facts;

  if (!weft_window_has_trace (self))
    return;
  weft_trace_session_get_facts (self->session, &facts);
  told = weft_trace_facts_describe (&facts);
  weft_trace_facts_clear (&facts);
  weft_facts_button_set (WEFT_FACTS_BUTTON (self->facts), told);
}

static void
state_changed_cb (WeftTraceSession *session, WeftWindow *self)
{
  WeftSessionState state = weft_trace_session_get_state (session);

  if (state != WEFT_SESSION_STARTING && state != WEFT_SESSION_OPENING)
    self->had_trace = state != WEFT_SESSION_IDLE;
  update_record_button (self, state);
  weft_lane_view_set_live (self->lanes, state == WEFT_SESSION_TRACING);
  weft_process_pane_set_trace (self->processes, state == WEFT_SESSION_TRACING ? WEFT_PANE_TRACE_RUNS
                                                : self->had_trace             ? WEFT_PANE_TRACE_OVER
                                                                              : WEFT_PANE_NO_TRACE);
  /* another matter than what the banner is about */
  if (state == WEFT_SESSION_TRACING || state == WEFT_SESSION_OPENING)
    weft_window_untell (self);
  if (state == WEFT_SESSION_TRACING)
    weft_view_state_set_follow (self->state, TRUE);
  update_stack (self);
  weft_window_update_actions (self);
  weft_window_update_scope (self);
  /* what was opened is there to be looked at: its keys work at once */
  if (self->busy_state == WEFT_SESSION_OPENING && state == WEFT_SESSION_STOPPED)
    gtk_widget_grab_focus (GTK_WIDGET (self->lanes));
  weft_window_update_busy (self);
  update_facts (self);
  weft_window_guard_state_changed (self);
}

static void
unsaved_changed_cb (WeftTraceSession *session, WeftWindow *self)
{
  weft_window_update_actions (self);
  weft_window_update_scope (self);
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

static void
store_changed_cb (WeftTraceSession *session, WeftWindow *self)
{
  WeftTraceStore *store = weft_trace_session_get_store (session);
  WeftProcReader *reader = weft_trace_session_get_reader (session);
  WeftStoreMoment moment = weft_store_moment (store);
  guint64 start = moment.start_ns, edge = moment.edge_ns;
  guint program;

  if (self->wanted_tgid == 0)
    self->wanted_tgid = self->selected_tgid;
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

static guint32
find_selected_tgid (WeftWindow *self)
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
selected_process_cb (WeftProcessPane *pane, GParamSpec *spec, WeftWindow *self)
{
  self->selected_tgid = find_selected_tgid (self);
  weft_lane_view_set_process (self->lanes, weft_process_pane_get_selected_process (pane));
  update_stack (self);
  weft_window_update_scope (self);
  weft_window_update_actions (self);
}

static void
activate_process_cb (WeftProcessPane *pane, guint id, WeftWindow *self)
{
  WeftSessionState state = weft_trace_session_get_state (self->session);

  if (state == WEFT_SESSION_IDLE)
    weft_window_trace (self, WEFT_TRACED_MACHINE, 0);
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
  WeftWindow *self = user_data;
  gint64 begin_us = g_get_monotonic_time ();

  update_follow (self);
  weft_window_update_busy (self);
  if (weft_window_is_live (self) && begin_us >= self->next_title_us)
    {
      weft_window_update_scope (self);
      update_facts (self);
      self->next_title_us
          = g_get_monotonic_time () + REST_PER_TITLE * (g_get_monotonic_time () - begin_us);
    }
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

static gboolean
weft_window_close_request (GtkWindow *window)
{
  WeftWindow *self = WEFT_WINDOW (window);

  if (!self->closing)
    weft_window_guard_close (self);
  if (!self->closing)
    return TRUE;
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

  weft_window_unwatch_focus (self);
  g_clear_handle_id (&self->follow_timer, g_source_remove);
  g_clear_handle_id (&self->going_on, g_source_remove);
  weft_window_forget_pending (self);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  if (self->state != NULL)
    g_signal_handlers_disconnect_by_data (self->state, self);
  g_clear_object (&self->session);
  g_clear_object (&self->state);
  g_clear_object (&self->settings);
  g_clear_object (&self->scope_action);
  g_clear_object (&self->scope_menu);
  g_clear_pointer (&self->scope_menu_key, g_free);
  G_OBJECT_CLASS (weft_window_parent_class)->dispose (object);
}

#define BIND(child) gtk_widget_class_bind_template_child (klass, WeftWindow, child)

static void
bind_children (GtkWidgetClass *klass)
{
  BIND (record);
  BIND (record_content);
  BIND (pause);
  BIND (scope);
  BIND (target);
  BIND (target_state);
  BIND (toasts);
  BIND (stack);
  BIND (split);
  BIND (pane_place);
  BIND (lanes_place);
  BIND (details_place);
  BIND (legend);
  BIND (follow);
  BIND (facts);
  BIND (choose_page);
  BIND (welcome);
  BIND (unsaved);
  BIND (banner);
  BIND (banner_text);
  BIND (banner_cause);
  BIND (banner_retry);
  BIND (busy);
  BIND (busy_text);
  BIND (busy_bar);
  BIND (busy_cancel);
  BIND (bystander);
  BIND (bystander_text);
  BIND (bystander_widen);
}

static void
weft_window_class_init (WeftWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = weft_window_close_request;
  widget_class->size_allocate = weft_window_size_allocate;
  g_type_ensure (WEFT_TYPE_LEGEND);
  g_type_ensure (WEFT_TYPE_FACTS_BUTTON);
  g_type_ensure (WEFT_TYPE_UNSAVED_ROWS);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/weftscope/Weftscope/ui/window.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, pane_moved_cb);
  weft_window_bind_banner (widget_class);
  weft_window_install_actions (widget_class);
  weft_window_install_file_actions (widget_class);
  weft_window_install_scope_actions (widget_class);
  weft_window_install_busy_actions (widget_class);
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
  g_signal_connect (self->session, "unsaved-changed", G_CALLBACK (unsaved_changed_cb), self);
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
  weft_window_add_scope (self);
  weft_window_add_unsaved (self);
  add_views (self);
  connect_session (self);
  weft_window_watch_focus (self);
  g_signal_connect (self->state, "notify::paused", G_CALLBACK (paused_cb), self);
  g_signal_connect_swapped (self->state, "notify::follow", G_CALLBACK (update_follow), self);
  gtk_window_set_default_size (GTK_WINDOW (self),
                               g_settings_get_int (self->settings, "window-width"),
                               g_settings_get_int (self->settings, "window-height"));
  self->pane_width = g_settings_get_int (self->settings, "pane-width");
  store_changed_cb (self->session, self);
  state_changed_cb (self->session, self);
  weft_unsaved_rows_refresh (WEFT_UNSAVED_ROWS (self->unsaved));
  weft_window_warn_of_root (self);
  self->follow_timer = g_timeout_add (250, quarter_cb, self);
}

GtkWidget *
weft_window_new (AdwApplication *application)
{
  return g_object_new (WEFT_TYPE_WINDOW, "application", application, NULL);
}
