/* lane-row.c: see the header. What it looks like is lane-row-paint.c's. */
#include "lane-row.h"
#include "draw/header-painter.h"
#include "lane-row-paint.h"
#include "slice-facts.h"
#include "slice-text.h"
#include <glib/gi18n.h>
#include <math.h>

struct _WeftLaneRow
{
  GtkWidget parent_instance;

  WeftViewState *state;
  WeftStyle *style;
  WeftLaneItem *item;
  WeftTraceStore *store;
  gulong changed_handler;
  WeftSliceFacts *facts; /* of the slice that the pointer was over last */
  GCancellable *asking;
};

G_DEFINE_FINAL_TYPE (WeftLaneRow, weft_lane_row, GTK_TYPE_WIDGET)

/* The selected slice when it is of this row's thread. */
static gboolean
find_selected (WeftLaneRow *self, WeftSlice *slice)
{
  const WeftThread *thread;
  guint selected;
  guint64 time, start, edge;
  gboolean known;

  if (self->store == NULL || !weft_view_state_get_selected_slice (self->state, &selected, &time)
      || selected == WEFT_NO_ID || selected != weft_lane_item_get_lane (self->item)->thread)
    return FALSE;
  weft_view_state_get_bounds (self->state, &start, &edge);
  weft_trace_store_begin_read (self->store);
  thread = weft_trace_store_get_thread (self->store, selected);
  known = thread != NULL && weft_thread_track_slice_at (thread->track, time, edge, slice, NULL);
  weft_trace_store_end_read (self->store);
  return known;
}

static void
weft_lane_row_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftLaneRow *self = WEFT_LANE_ROW (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  WeftLaneRowLook look = { .width = width, .height = height };
  WeftSlice selected;
  guint64 start;
  cairo_t *cr;

  if (self->item == NULL || self->style == NULL)
    return;
  look.style = self->style;
  look.axis = weft_lane_axis_get (self->style, self->state, width);
  look.lane = weft_lane_item_get_lane (self->item);
  look.frame = weft_lane_item_get_frame (self->item);
  weft_view_state_get_bounds (self->state, &start, &look.edge_ns);
  if (find_selected (self, &selected))
    look.selected = &selected;
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  weft_lane_row_paint (cr, &look);
  cairo_destroy (cr);
}

static void
weft_lane_row_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                       int *natural, int *minimum_baseline, int *natural_baseline)
{
  WeftLaneRow *self = WEFT_LANE_ROW (widget);
  const WeftMetrics *metrics;
  const WeftLane *lane;

  *minimum = *natural = 0;
  if (self->style == NULL || self->item == NULL)
    return;
  metrics = weft_style_get_metrics (self->style);
  lane = weft_lane_item_get_lane (self->item);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = *natural = (int)metrics->header_width + 60;
  else if (lane->thread != WEFT_NO_ID)
    *minimum = *natural = (int)ceil (metrics->lane_height);
  else
    *minimum = *natural
        = (int)ceil (metrics->group_height + (lane->expanded ? 0 : metrics->lane_height));
}

/* --- what the pointer is over ------------------------------------------- */

static void
forget_facts (WeftLaneRow *self)
{
  if (self->asking != NULL)
    g_cancellable_cancel (self->asking);
  g_clear_object (&self->asking);
  g_clear_pointer (&self->facts, weft_slice_facts_free);
}

static void
facts_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftLaneRow) self = user_data;
  g_autoptr (GError) error = NULL;
  WeftSliceFacts *facts = weft_slice_facts_find_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->asking);
  g_clear_pointer (&self->facts, weft_slice_facts_free);
  self->facts = facts;
  if (facts != NULL)
    gtk_widget_trigger_tooltip_query (GTK_WIDGET (self));
}

/* Whether the facts are those of @time_ns; a slice that still grows is as long as
 * it is by now. */
static gboolean
refresh_facts (WeftLaneRow *self, guint64 time_ns)
{
  const WeftThread *thread;
  WeftSlice slice;
  gboolean same;

  if (self->facts == NULL)
    return FALSE;
  thread = weft_trace_store_get_thread (self->store, self->facts->details.thread);
  same = thread != NULL
         && weft_thread_track_slice_at (thread->track, time_ns,
                                        weft_trace_store_get_edge (self->store), &slice, NULL)
         && slice.start_ns == self->facts->details.slice.start_ns
         && slice.state == self->facts->details.slice.state;
  if (same)
    self->facts->details.slice = slice;
  return same;
}

/* The facts may have to come from the file: the tooltip waits for them. */
static gboolean
weft_lane_row_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard,
                             GtkTooltip *tooltip)
{
  WeftLaneRow *self = WEFT_LANE_ROW (widget);
  WeftLaneAxis axis;
  guint64 time;
  guint thread;
  g_autofree char *text = NULL;

  if (self->item == NULL || self->store == NULL || keyboard)
    return FALSE;
  thread = weft_lane_item_get_lane (self->item)->thread;
  axis = weft_lane_axis_get (self->style, self->state, gtk_widget_get_width (widget));
  if (thread == WEFT_NO_ID || !weft_lane_axis_holds (&axis, x))
    return FALSE;
  time = weft_lane_axis_to_ns (&axis, x);
  weft_trace_store_begin_read (self->store);
  if (refresh_facts (self, time))
    {
      g_autofree char *title = weft_slice_text_title (self->store, &self->facts->details);
      g_autofree char *body = weft_slice_text_body (self->store, &self->facts->details);

      text = g_markup_printf_escaped ("<b>%s</b>\n%s", title, body);
    }
  weft_trace_store_end_read (self->store);
  if (text != NULL)
    {
      gtk_tooltip_set_markup (tooltip, text);
      return TRUE;
    }
  forget_facts (self);
  self->asking = g_cancellable_new ();
  weft_slice_facts_find_async (self->store, thread, time, self->asking, facts_cb,
                               g_object_ref (self));
  return FALSE;
}

static void
weft_lane_row_dispose (GObject *object)
{
  WeftLaneRow *self = WEFT_LANE_ROW (object);

  weft_lane_row_set_item (self, NULL, NULL);
  g_clear_object (&self->state);
  g_clear_pointer (&self->style, weft_style_unref);
  G_OBJECT_CLASS (weft_lane_row_parent_class)->dispose (object);
}

static void
weft_lane_row_class_init (WeftLaneRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_lane_row_dispose;
  widget_class->snapshot = weft_lane_row_snapshot;
  widget_class->measure = weft_lane_row_measure;
  widget_class->query_tooltip = weft_lane_row_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "lanerow");
  /* the list item around it speaks for it: that is what gets the focus */
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
weft_lane_row_init (WeftLaneRow *self)
{
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
}

GtkWidget *
weft_lane_row_new (WeftViewState *state)
{
  WeftLaneRow *self = g_object_new (WEFT_TYPE_LANE_ROW, NULL);

  self->state = g_object_ref (state);
  return GTK_WIDGET (self);
}

void
weft_lane_row_set_style (WeftLaneRow *self, WeftStyle *style)
{
  g_clear_pointer (&self->style, weft_style_unref);
  self->style = weft_style_ref (style);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static char *
describe_thread (const WeftLaneFrame *frame)
{
  double running = weft_lane_frame_running (frame), unknown = weft_lane_frame_unknown (frame);
  g_autofree char *share = weft_share_format (running, FALSE);
  g_autofree char *shown = weft_share_format_least (running, unknown);
  g_autofree char *rest = weft_share_format (unknown, FALSE);

  if (running < 0)
    /* Translators: name and number of a thread whose lane is empty */
    return g_strdup_printf (_ ("%s, thread %s, not known what it did"), frame->name, frame->detail);
  if (!g_str_equal (share, shown))
    /* Translators: name and number of a thread, two shares of the time in view */
    return g_strdup_printf (_ ("%s, thread %s, running %s, not known %s"), frame->name,
                            frame->detail, share, rest);
  return g_strdup_printf (_ ("%s, thread %s, running %s"), frame->name, frame->detail, share);
}

static void
update_accessible (WeftLaneRow *self)
{
  const WeftLaneFrame *frame = weft_lane_item_get_frame (self->item);
  GtkWidget *list_item = gtk_widget_get_parent (GTK_WIDGET (self));
  g_autofree char *label = NULL;

  if (list_item == NULL || frame == NULL || frame->name == NULL)
    return;
  if (weft_lane_item_get_lane (self->item)->thread == WEFT_NO_ID)
    /* Translators: name of a process and what is known of it */
    label = g_strdup_printf (_ ("process %s, %s"), frame->name, frame->detail);
  else
    label = describe_thread (frame);
  gtk_accessible_update_property (GTK_ACCESSIBLE (list_item), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
}

static void
changed_cb (WeftLaneItem *item, WeftLaneRow *self)
{
  update_accessible (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
weft_lane_row_set_item (WeftLaneRow *self, WeftLaneItem *item, WeftTraceStore *store)
{
  forget_facts (self);
  if (self->item != NULL)
    g_clear_signal_handler (&self->changed_handler, self->item);
  g_set_object (&self->item, item);
  g_set_object (&self->store, store);
  if (item == NULL)
    return;
  self->changed_handler = g_signal_connect (item, "changed", G_CALLBACK (changed_cb), self);
  update_accessible (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

WeftLaneItem *
weft_lane_row_get_item (WeftLaneRow *self)
{
  return self->item;
}
