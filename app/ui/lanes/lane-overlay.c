/* lane-overlay.c: see the header. */
#include "lane-overlay.h"
#include "draw/lane-marks.h"
#include "draw/mark-painter.h"
#include "lane-axis.h"

struct _WeftLaneOverlay
{
  GtkWidget parent_instance;

  WeftViewState *state;
  WeftStyle *style;
  WeftTraceStore *store;
  double crosshair_x;
  gboolean has_arrow;
  guint64 arrow_ns;
  double arrow_from_y, arrow_to_y;
};

G_DEFINE_FINAL_TYPE (WeftLaneOverlay, weft_lane_overlay, GTK_TYPE_WIDGET)

static void
paint_range (WeftLaneOverlay *self, cairo_t *cr, const WeftLaneAxis *axis, double height)
{
  double end = axis->x + axis->scale.width_px;
  guint64 from, to;
  double left, right;
  WeftRect rect;

  if (!weft_view_state_get_selected_range (self->state, &from, &to))
    return;
  left = weft_lane_axis_to_x (axis, from);
  right = weft_lane_axis_to_x (axis, to);
  if (right < axis->x || left > end)
    return;
  left = MAX (left, axis->x);
  rect = (WeftRect){ left, 0, MIN (right, end) - left, height };
  weft_mark_draw_range (self->style, cr, &rect);
}

/* Marks of the whole trace: gaps with their counts, suspends. However many
 * there are, at most one of a kind is painted on a pixel. */
static void
paint_marks (WeftLaneOverlay *self, cairo_t *cr, const WeftLaneAxis *axis, const WeftRect *rect)
{
  g_autoptr (WeftLaneMarks) lane_marks = NULL;
  const WeftMark *marks;
  gsize n;

  weft_trace_store_begin_read (self->store);
  marks = weft_trace_store_get_trace_marks (self->store, &n);
  lane_marks = weft_lane_marks_new (marks, n, &axis->scale);
  weft_lane_marks_add_gaps (lane_marks, marks, n, &axis->scale);
  weft_trace_store_end_read (self->store);
  weft_lane_marks_draw (lane_marks, self->style, cr, rect, WEFT_NO_ID);
}

static void
weft_lane_overlay_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftLaneOverlay *self = WEFT_LANE_OVERLAY (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  WeftLaneAxis axis;
  WeftRect rect;
  cairo_t *cr;

  if (self->style == NULL)
    return;
  axis = weft_lane_axis_get (self->style, self->state, width);
  rect = (WeftRect){ axis.x, 0, axis.scale.width_px, height };
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  if (self->store != NULL)
    paint_marks (self, cr, &axis, &rect);
  paint_range (self, cr, &axis, height);
  if (weft_lane_axis_holds (&axis, self->crosshair_x))
    weft_mark_draw_crosshair (self->style, cr, &rect, self->crosshair_x);
  if (self->has_arrow)
    {
      double at = weft_lane_axis_to_x (&axis, self->arrow_ns);

      if (weft_lane_axis_holds (&axis, at))
        weft_mark_draw_wake_arrow (self->style, cr, at, self->arrow_from_y, at, self->arrow_to_y);
    }
  cairo_destroy (cr);
}

static void
weft_lane_overlay_dispose (GObject *object)
{
  WeftLaneOverlay *self = WEFT_LANE_OVERLAY (object);

  if (self->state != NULL)
    g_signal_handlers_disconnect_by_data (self->state, self);
  g_clear_object (&self->state);
  g_clear_object (&self->store);
  g_clear_pointer (&self->style, weft_style_unref);
  G_OBJECT_CLASS (weft_lane_overlay_parent_class)->dispose (object);
}

static void
weft_lane_overlay_class_init (WeftLaneOverlayClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_lane_overlay_dispose;
  widget_class->snapshot = weft_lane_overlay_snapshot;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
weft_lane_overlay_init (WeftLaneOverlay *self)
{
  self->crosshair_x = -1;
  gtk_widget_set_can_target (GTK_WIDGET (self), FALSE);
}

GtkWidget *
weft_lane_overlay_new (WeftViewState *state)
{
  WeftLaneOverlay *self = g_object_new (WEFT_TYPE_LANE_OVERLAY, NULL);

  self->state = g_object_ref (state);
  g_signal_connect_swapped (state, "range-changed", G_CALLBACK (gtk_widget_queue_draw), self);
  g_signal_connect_swapped (state, "selection-changed", G_CALLBACK (gtk_widget_queue_draw), self);
  return GTK_WIDGET (self);
}

void
weft_lane_overlay_set_style (WeftLaneOverlay *self, WeftStyle *style)
{
  g_clear_pointer (&self->style, weft_style_unref);
  self->style = weft_style_ref (style);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
weft_lane_overlay_set_store (WeftLaneOverlay *self, WeftTraceStore *store)
{
  g_set_object (&self->store, store);
  self->has_arrow = FALSE;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
weft_lane_overlay_set_crosshair (WeftLaneOverlay *self, double x)
{
  if (self->crosshair_x == x)
    return;
  self->crosshair_x = x;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
weft_lane_overlay_set_arrow (WeftLaneOverlay *self, gboolean shown, guint64 time_ns, double from_y,
                             double to_y)
{
  self->has_arrow = shown;
  self->arrow_ns = time_ns;
  self->arrow_from_y = from_y;
  self->arrow_to_y = to_y;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
