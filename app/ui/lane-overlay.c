/* lane-overlay.c: see the header. */
#include "lane-overlay.h"
#include "draw/mark-painter.h"
#include "trace/lane-layout.h"

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
paint_range (WeftLaneOverlay *self, cairo_t *cr, const WeftTimeScale *scale, double x,
             double height)
{
  guint64 from, to;
  double left, right;
  WeftRect rect;

  if (!weft_view_state_get_selected_range (self->state, &from, &to))
    return;
  left = weft_time_scale_to_px (scale, from);
  right = weft_time_scale_to_px (scale, to);
  if (right < 0 || left > scale->width_px)
    return;
  rect = (WeftRect){ x + MAX (left, 0), 0, MIN (right, scale->width_px) - MAX (left, 0), height };
  weft_mark_draw_range (self->style, cr, &rect);
}

static void
paint_marks (WeftLaneOverlay *self, cairo_t *cr, const WeftTimeScale *scale, double x,
             double height)
{
  const WeftMark *marks;
  gsize n;

  weft_trace_store_begin_read (self->store);
  marks = weft_trace_store_get_marks (self->store, &n);
  for (gsize i = 0; i < n; i++)
    {
      double left = weft_time_scale_to_px (scale, marks[i].start_ns);
      double right = weft_time_scale_to_px (scale, marks[i].time_ns);
      WeftRect rect = { x + MAX (left, 0), 0, 0, height };

      if (marks[i].thread != WEFT_NO_ID || right < 0 || left > scale->width_px)
        continue;
      rect.width = MAX (3, MIN (right, scale->width_px) - MAX (left, 0));
      if (marks[i].kind == WEFT_MARK_LOST)
        weft_mark_draw_loss_with_count (self->style, cr, &rect, marks[i].value);
      else if (marks[i].kind == WEFT_MARK_SUSPEND)
        weft_mark_draw_suspend (self->style, cr, &rect, x + right);
    }
  weft_trace_store_end_read (self->store);
}

static void
weft_lane_overlay_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftLaneOverlay *self = WEFT_LANE_OVERLAY (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  WeftTimeScale scale;
  WeftRect rect;
  double x;
  cairo_t *cr;

  if (self->style == NULL)
    return;
  x = weft_style_get_metrics (self->style)->header_width;
  weft_view_state_get_range (self->state, &scale.from_ns, &scale.to_ns);
  scale.width_px = (guint)MAX (1, width - x);
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  if (self->store != NULL)
    paint_marks (self, cr, &scale, x, height);
  paint_range (self, cr, &scale, x, height);
  rect = (WeftRect){ x, 0, scale.width_px, height };
  if (self->crosshair_x >= x)
    weft_mark_draw_crosshair (self->style, cr, &rect, self->crosshair_x);
  if (self->has_arrow)
    {
      double at = x + weft_time_scale_to_px (&scale, self->arrow_ns);

      if (at >= x && at <= width)
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
