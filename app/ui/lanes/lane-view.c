/* lane-view.c: see the header. The list holds an item a lane; only rows on
 * screen have widgets, and only those get frames made. */
#include "lane-view-private.h"
#include "store-moment.h"
#include "widget-style.h"
#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>
#include <time.h>

/* A picture of a range so many times as long or as short is of no use any more. */
#define UNLIKE_ZOOM 4

G_DEFINE_FINAL_TYPE (WeftLaneView, weft_lane_view, GTK_TYPE_WIDGET)

/* --- frames ------------------------------------------------------------- */

static void request_frames (WeftLaneView *self);

static void
frames_done (gpointer data, gpointer user_data)
{
  WeftLaneView *self = user_data;

  weft_lane_view_update_legend (self);
  if (self->store != NULL)
    request_frames (self);
}

/* The job at hand makes what the view does not show any more, and takes its time. */
static void
give_up_unwanted (WeftLaneView *self)
{
  guint64 asked_ns = self->asked_to_ns - self->asked_from_ns, from, to;

  if (!weft_lane_worker_is_slow (self->worker))
    return;
  weft_view_state_get_range (self->state, &from, &to);
  if (from < self->asked_to_ns && to > self->asked_from_ns && (to - from) / UNLIKE_ZOOM <= asked_ns
      && asked_ns / UNLIKE_ZOOM <= to - from)
    return;
  weft_lane_worker_cancel (self->worker);
  self->asked_generation = 0;
}

/* Asks for new frames unless the newest ones show just this. */
static void
request_frames (WeftLaneView *self)
{
  WeftLaneWish wish;
  WeftLaneAxis axis;
  guint64 from, to, generation;
  int width;
  g_autoptr (GPtrArray) items = NULL;
  GHashTableIter iter;
  gpointer row;

  give_up_unwanted (self);
  if (self->store == NULL || self->style == NULL || weft_lane_worker_is_busy (self->worker))
    return;
  axis = weft_lane_axis_get (self->style, self->state, gtk_widget_get_width (self->area));
  from = axis.scale.from_ns;
  to = axis.scale.to_ns;
  width = (int)axis.scale.width_px;
  generation = weft_store_moment (self->store).generation;
  if (from == self->asked_from_ns && to == self->asked_to_ns && width == self->asked_width
      && generation == self->asked_generation)
    return;
  items = g_ptr_array_new_with_free_func (g_object_unref);
  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &row, NULL))
    if (weft_lane_row_get_item (row) != NULL)
      g_ptr_array_add (items, g_object_ref (weft_lane_row_get_item (row)));
  if (items->len == 0)
    return;
  self->asked_from_ns = from;
  self->asked_to_ns = to;
  self->asked_width = width;
  self->asked_generation = generation;
  wish.device_scale = weft_style_get_scale (self->style);
  wish.grid = (WeftTimeGrid){ axis.grid.range_ns, (guint)(width * wish.device_scale) };
  wish.first_column = axis.first_column * (guint64)wish.device_scale;
  wish.scale = (WeftTimeScale){ from, to, wish.grid.width_px };
  wish.scheme = weft_widget_scheme ();
  wish.metrics = *weft_style_get_metrics (self->style);
  weft_lane_worker_request (self->worker, self->store, &wish, items);
}

static void
redraw_rows (WeftLaneView *self)
{
  GHashTableIter iter;
  gpointer row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &row, NULL))
    gtk_widget_queue_draw (row);
}

static void
range_changed_cb (WeftViewState *state, WeftLaneView *self)
{
  redraw_rows (self);
  request_frames (self);
}

/* --- the list of lanes -------------------------------------------------- */

static void
lanes_changed_cb (WeftLaneList *lanes, WeftLaneView *self)
{
  self->asked_generation = 0;
  request_frames (self);
}

static void
look_at_trace (WeftLaneView *self)
{
  weft_time_header_update (self->header);
  weft_lane_list_update (self->lanes);
}

static guint64
now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (guint64)now.tv_sec * 1000000000 + (guint64)now.tv_nsec;
}

static gboolean
tick_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  WeftLaneView *self = WEFT_LANE_VIEW (widget);
  WeftStoreMoment moment = weft_store_moment (self->store);

  weft_view_state_set_live_bounds (self->state, moment.start_ns, moment.edge_ns, now_ns ());
  look_at_trace (self);
  request_frames (self);
  return G_SOURCE_CONTINUE;
}

void
weft_lane_view_set_live (WeftLaneView *self, gboolean live)
{
  WeftStoreMoment moment;

  if (live && !self->live)
    self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), tick_cb, NULL, NULL);
  else if (!live && self->live)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick);
  self->live = live;
  if (live || self->store == NULL)
    return;
  /* Said again when the last records are in: the trace ends where they end. */
  moment = weft_store_moment (self->store);
  weft_view_state_set_bounds (self->state, moment.start_ns, moment.edge_ns);
  weft_lane_view_update_legend (self); /* what went by is not explained any more */
  weft_time_header_update (self->header);
  weft_lane_list_show (self->lanes, self->store, weft_lane_list_get_process (self->lanes));
  redraw_rows (self);
  request_frames (self);
}

/* --- rows --------------------------------------------------------------- */

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, WeftLaneView *self)
{
  GtkWidget *row = weft_lane_row_new (self->state);

  weft_lane_row_set_style (WEFT_LANE_ROW (row), self->style);
  gtk_list_item_set_child (list_item, row);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, WeftLaneView *self)
{
  WeftLaneRow *row = WEFT_LANE_ROW (gtk_list_item_get_child (list_item));

  weft_lane_row_set_item (row, gtk_list_item_get_item (list_item), self->store);
  weft_lane_row_set_style (row, self->style);
  g_hash_table_add (self->rows, row);
  self->asked_generation = 0;
  request_frames (self);
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, WeftLaneView *self)
{
  WeftLaneRow *row = WEFT_LANE_ROW (gtk_list_item_get_child (list_item));

  g_hash_table_remove (self->rows, row);
  weft_lane_row_set_item (row, NULL, NULL);
}

static void
make_style (WeftLaneView *self)
{
  GHashTableIter iter;
  gpointer row;

  g_clear_pointer (&self->style, weft_style_unref);
  self->style = weft_widget_style_new (GTK_WIDGET (self));
  weft_time_header_set_style (self->header, self->style);
  weft_lane_overlay_set_style (self->overlay, self->style);
  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &row, NULL))
    weft_lane_row_set_style (row, self->style);
  self->asked_generation = 0;
  if (gtk_widget_get_realized (GTK_WIDGET (self)))
    request_frames (self);
}

static void
weft_lane_view_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (weft_lane_view_parent_class)->css_changed (widget, change);
  make_style (WEFT_LANE_VIEW (widget));
}

static void
weft_lane_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  WeftLaneView *self = WEFT_LANE_VIEW (widget);

  gtk_widget_allocate (self->box, width, height, baseline, NULL);
  request_frames (self);
}

static void
weft_lane_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                        int *natural, int *minimum_baseline, int *natural_baseline)
{
  gtk_widget_measure (WEFT_LANE_VIEW (widget)->box, orientation, for_size, minimum, natural,
                      minimum_baseline, natural_baseline);
}

/* A list without rows takes it itself, and keeps it when they come. */
static gboolean
weft_lane_view_grab_focus (GtkWidget *widget)
{
  WeftLaneView *self = WEFT_LANE_VIEW (widget);

  if (g_list_model_get_n_items (weft_lane_list_get_items (self->lanes)) == 0)
    return FALSE;
  if (gtk_widget_get_focus_child (self->list) != NULL)
    return gtk_widget_grab_focus (self->list);
  return gtk_widget_child_focus (self->list, GTK_DIR_TAB_FORWARD);
}

static void
weft_lane_view_dispose (GObject *object)
{
  WeftLaneView *self = WEFT_LANE_VIEW (object);

  if (self->live)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick);
  self->live = FALSE;
  g_clear_handle_id (&self->placing_arrow, g_source_remove);
  if (self->arrow_asking != NULL)
    g_cancellable_cancel (self->arrow_asking);
  if (self->walking != NULL)
    g_cancellable_cancel (self->walking);
  g_clear_object (&self->arrow_asking);
  g_clear_object (&self->walking);
  if (self->state != NULL)
    g_signal_handlers_disconnect_by_data (self->state, self);
  g_signal_handlers_disconnect_by_data (adw_style_manager_get_default (), self);
  g_clear_pointer (&self->worker, weft_lane_worker_free);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->style, weft_style_unref);
  g_signal_handlers_disconnect_by_data (self->lanes, self);
  g_clear_object (&self->lanes);
  g_clear_object (&self->state);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (weft_lane_view_parent_class)->dispose (object);
}

static void
weft_lane_view_finalize (GObject *object)
{
  WeftLaneView *self = WEFT_LANE_VIEW (object);

  g_hash_table_unref (self->rows);
  G_OBJECT_CLASS (weft_lane_view_parent_class)->finalize (object);
}

static void
weft_lane_view_class_init (WeftLaneViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_lane_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = weft_lane_view_finalize;
  widget_class->grab_focus = weft_lane_view_grab_focus;
  widget_class->measure = weft_lane_view_measure;
  widget_class->size_allocate = weft_lane_view_size_allocate;
  widget_class->css_changed = weft_lane_view_css_changed;
  gtk_widget_class_set_css_name (widget_class, "laneview");
  g_signal_new ("mark", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 2, G_TYPE_UINT64, G_TYPE_UINT64);
  g_signal_new ("legend-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 0);
}

static void
weft_lane_view_init (WeftLaneView *self)
{
  self->arrow_waker = WEFT_NO_ID;
  self->pointer_x = -1;
  self->rows = g_hash_table_new (NULL, NULL);
  self->lanes = weft_lane_list_new ();
  g_signal_connect (self->lanes, "changed", G_CALLBACK (lanes_changed_cb), self);
  self->worker = weft_lane_worker_new (frames_done, self);
}

static GtkWidget *
make_list (WeftLaneView *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkSingleSelection *selection
      = gtk_single_selection_new (g_object_ref (weft_lane_list_get_items (self->lanes)));
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled));

  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (weft_lane_view_place_arrow),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (adjustment, "changed", G_CALLBACK (weft_lane_view_place_arrow), self,
                           G_CONNECT_SWAPPED);
  gtk_single_selection_set_autoselect (selection, FALSE);
  gtk_single_selection_set_can_unselect (selection, TRUE);
  gtk_single_selection_set_selected (selection, GTK_INVALID_LIST_POSITION);
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), self);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), self);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), self);
  self->list = gtk_list_view_new (GTK_SELECTION_MODEL (selection), factory);
  gtk_widget_add_css_class (self->list, "lanes");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Threads over time"), -1);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), self->list);
  gtk_widget_set_vexpand (scrolled, TRUE);
  return scrolled;
}

GtkWidget *
weft_lane_view_new (WeftViewState *state)
{
  WeftLaneView *self = g_object_new (WEFT_TYPE_LANE_VIEW, NULL);

  self->state = g_object_ref (state);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  self->header = WEFT_TIME_HEADER (weft_time_header_new (state));
  self->area = gtk_overlay_new ();
  self->overlay = WEFT_LANE_OVERLAY (weft_lane_overlay_new (state));
  make_style (self);
  gtk_overlay_set_child (GTK_OVERLAY (self->area), make_list (self));
  gtk_overlay_add_overlay (GTK_OVERLAY (self->area), GTK_WIDGET (self->overlay));
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->header));
  gtk_box_append (GTK_BOX (self->box), self->area);
  weft_lane_view_add_pointer (self);
  weft_lane_view_add_keys (self);
  g_signal_connect (state, "range-changed", G_CALLBACK (range_changed_cb), self);
  g_signal_connect_swapped (state, "selection-changed", G_CALLBACK (redraw_rows), self);
  g_signal_connect_swapped (adw_style_manager_get_default (), "notify::dark",
                            G_CALLBACK (make_style), self);
  g_signal_connect_swapped (adw_style_manager_get_default (), "notify::high-contrast",
                            G_CALLBACK (make_style), self);
  return GTK_WIDGET (self);
}

void
weft_lane_view_set_store (WeftLaneView *self, WeftTraceStore *store)
{
  weft_lane_worker_cancel (self->worker);
  g_set_object (&self->store, store);
  weft_lane_list_show (self->lanes, store, WEFT_NO_ID);
  self->asked_generation = 0;
  weft_time_header_set_store (self->header, store);
  weft_lane_overlay_set_store (self->overlay, store);
}

void
weft_lane_view_set_process (WeftLaneView *self, guint process)
{
  gboolean another = weft_lane_list_get_process (self->lanes) != process;

  if (another)
    weft_lane_worker_cancel (self->worker);
  self->arrow_waker = WEFT_NO_ID;
  weft_lane_view_forget_legend (self);
  weft_lane_overlay_set_arrow (self->overlay, FALSE, 0, 0, 0);
  weft_lane_list_show (self->lanes, self->store, process);
  if (another && g_list_model_get_n_items (weft_lane_list_get_items (self->lanes)) > 0)
    gtk_widget_activate_action (self->list, "list.scroll-to-item", "u", 0);
}

guint
weft_lane_view_get_process (WeftLaneView *self)
{
  return weft_lane_list_get_process (self->lanes);
}

void
weft_lane_view_toggle_process (WeftLaneView *self, guint process)
{
  weft_lane_list_toggle (self->lanes, process);
}

static GArray *
collect (WeftLaneView *self, gboolean threads)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint));
  GListModel *items = weft_lane_list_get_items (self->lanes);
  guint n = g_list_model_get_n_items (items);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (WeftLaneItem) item = g_list_model_get_item (items, i);
      const WeftLane *lane = weft_lane_item_get_lane (item);

      if (threads && lane->thread != WEFT_NO_ID)
        g_array_append_val (ids, lane->thread);
      else if (!threads && lane->thread == WEFT_NO_ID)
        g_array_append_val (ids, lane->process);
    }
  return ids;
}

GArray *
weft_lane_view_get_threads (WeftLaneView *self)
{
  return collect (self, TRUE);
}

GArray *
weft_lane_view_get_processes (WeftLaneView *self)
{
  return collect (self, FALSE);
}

GArray *
weft_lane_view_get_collapsed (WeftLaneView *self)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint));
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, weft_lane_list_get_collapsed (self->lanes));
  while (g_hash_table_iter_next (&iter, &id, NULL))
    {
      guint value = GPOINTER_TO_UINT (id);

      g_array_append_val (ids, value);
    }
  return ids;
}
