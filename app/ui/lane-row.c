/* lane-row.c: see the header. The strip is painted where its range lies in the
 * visible one, so a row moves and zooms at once and becomes sharp with the next
 * frame. */
#include "lane-row.h"
#include "draw/header-painter.h"
#include "draw/mark-painter.h"
#include "draw/ruler-painter.h"
#include "draw/state-label.h"
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
};

G_DEFINE_FINAL_TYPE (WeftLaneRow, weft_lane_row, GTK_TYPE_WIDGET)

/* Where the time axis lies in the row. */
static WeftTimeScale
axis_of (WeftLaneRow *self, double *x)
{
  WeftTimeScale scale;
  double header = weft_style_get_metrics (self->style)->header_width;

  weft_view_state_get_range (self->state, &scale.from_ns, &scale.to_ns);
  scale.width_px = (guint) MAX (1, gtk_widget_get_width (GTK_WIDGET (self)) - header);
  *x = header;
  return scale;
}

static void
paint_strip (WeftLaneRow *self, cairo_t *cr, const WeftLaneFrame *frame, double x,
             const WeftTimeScale *axis)
{
  double left = weft_time_scale_to_px (axis, frame->scale.from_ns);
  double right = weft_time_scale_to_px (axis, frame->scale.to_ns);
  double scale_x = (right - left) / frame->scale.width_px;
  double scale_y = 1 / weft_style_get_scale (self->style);

  cairo_save (cr);
  cairo_rectangle (cr, x, 0, axis->width_px, gtk_widget_get_height (GTK_WIDGET (self)));
  cairo_clip (cr);
  cairo_translate (cr, x + left, 0);
  cairo_scale (cr, scale_x, scale_y);
  cairo_set_source_surface (cr, frame->strip, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_NEAREST);
  cairo_paint (cr);
  cairo_restore (cr);
}

/* The names of waits, where a slice has room for them. */
static void
paint_labels (WeftLaneRow *self, cairo_t *cr, const WeftLaneFrame *frame, double x,
              const WeftTimeScale *axis)
{
  const WeftMetrics *metrics = weft_style_get_metrics (self->style);
  const WeftPalette *palette = weft_style_get_palette (self->style);

  for (guint i = 0; i < frame->boxes->len; i++)
    {
      const WeftLaneBox *box = &g_array_index (frame->boxes, WeftLaneBox, i);
      double from = x + weft_time_scale_to_px (
                            axis, weft_time_scale_to_ns (&frame->scale, box->from_px));
      double to
          = x + weft_time_scale_to_px (axis, weft_time_scale_to_ns (&frame->scale, box->to_px));
      const char *label = weft_state_get_short_label (box->state);

      from = MAX (from, x) + 4;
      if (box->state == WEFT_STATE_RUNNING || box->state == WEFT_STATE_UNKNOWN
          || box->state == WEFT_STATE_LOCK
          || to - from < weft_style_measure (self->style, label, WEFT_TEXT_SMALL) + 8)
        continue;
      weft_style_draw_text (self->style, cr, label, WEFT_TEXT_SMALL, palette->dim_text,
                            WEFT_ALIGN_LEFT, from, metrics->box_top + metrics->box_height / 4,
                            to - from);
    }
}

static void
paint_edge (WeftLaneRow *self, cairo_t *cr, const WeftLaneFrame *frame, double x,
            const WeftTimeScale *axis)
{
  WeftRect rect = { .y = 0, .height = gtk_widget_get_height (GTK_WIDGET (self)) };
  guint64 start, edge;
  double from, to;

  if (frame->death_ns != 0)
    {
      from = x + weft_time_scale_to_px (axis, frame->death_ns);
      rect.x = x;
      rect.width = axis->width_px;
      if (from >= x && from < x + axis->width_px)
        weft_mark_draw_exit_with_code (self->style, cr, &rect, from, frame->exit_code);
      return;
    }
  weft_view_state_get_bounds (self->state, &start, &edge);
  from = x + weft_time_scale_to_px (axis, frame->edge_ns);
  to = x + weft_time_scale_to_px (axis, MIN (edge, axis->to_ns));
  rect.x = MAX (from, x);
  rect.width = to - rect.x;
  if (rect.width > 0.5)
    weft_mark_draw_provisional (self->style, cr, &rect, frame->last_state);
}

static void
paint_selection (WeftLaneRow *self, cairo_t *cr, double x, const WeftTimeScale *axis)
{
  const WeftMetrics *metrics = weft_style_get_metrics (self->style);
  const WeftThread *thread;
  guint selected;
  guint64 time, start, edge;
  WeftSlice slice;
  gboolean known;

  if (!weft_view_state_get_selected_slice (self->state, &selected, &time)
      || selected != weft_lane_item_get_lane (self->item)->thread)
    return;
  weft_view_state_get_bounds (self->state, &start, &edge);
  weft_trace_store_begin_read (self->store);
  thread = weft_trace_store_get_thread (self->store, selected);
  known = thread != NULL && weft_thread_track_slice_at (thread->track, time, edge, &slice, NULL);
  weft_trace_store_end_read (self->store);
  if (known)
    {
      double from = weft_time_scale_to_px (axis, slice.start_ns);
      double to = weft_time_scale_to_px (axis, slice.end_ns);
      WeftRect rect = { x + MAX (from, 0), metrics->box_top,
                        MAX (2, MIN (to, axis->width_px) - MAX (from, 0)), metrics->box_height };

      if (to > 0 && from < axis->width_px)
        weft_mark_draw_selection (self->style, cr, &rect);
    }
}

static double
running_share (const WeftLaneFrame *frame)
{
  guint64 all = 0;

  for (guint i = 0; i < WEFT_N_STATES; i++)
    all += frame->total.ns[i];
  return all == 0 ? 0 : (double) frame->total.ns[WEFT_STATE_RUNNING] / (double) all;
}

static void
paint_heading (WeftLaneRow *self, cairo_t *cr, const WeftLaneFrame *frame, const WeftRect *rect)
{
  const WeftLane *lane = weft_lane_item_get_lane (self->item);
  WeftGroupHeader header = { .name = frame != NULL ? frame->name : "",
                             .details = frame != NULL ? frame->detail : NULL,
                             .expanded = lane->expanded,
                             .expandable = TRUE };

  weft_group_header_draw (self->style, cr, rect, &header);
}

static void
paint_lane (WeftLaneRow *self, cairo_t *cr, const WeftLaneFrame *frame, const WeftRect *rect)
{
  const WeftMetrics *metrics = weft_style_get_metrics (self->style);
  WeftRect cell = { 0, rect->y, metrics->header_width, rect->height };
  WeftLaneHeader header = { .name = frame->name,
                            .detail = frame->detail,
                            .share = running_share (frame),
                            .faded = frame->death_ns != 0 };
  double x;
  WeftTimeScale axis = axis_of (self, &x);

  weft_lane_header_draw (self->style, cr, &cell, &header);
  paint_strip (self, cr, frame, x, &axis);
  cairo_save (cr);
  cairo_rectangle (cr, x, 0, axis.width_px, rect->height);
  cairo_clip (cr);
  paint_labels (self, cr, frame, x, &axis);
  paint_edge (self, cr, frame, x, &axis);
  if (self->store != NULL)
    paint_selection (self, cr, x, &axis);
  cairo_restore (cr);
}

static void
weft_lane_row_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftLaneRow *self = WEFT_LANE_ROW (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  WeftRect rect = { 0, 0, width, height };
  WeftLaneFrame *frame;
  cairo_t *cr;

  if (self->item == NULL || self->style == NULL)
    return;
  frame = weft_lane_item_get_frame (self->item);
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  if (weft_lane_item_get_lane (self->item)->thread == WEFT_NO_ID)
    {
      rect.height = weft_style_get_metrics (self->style)->group_height;
      paint_heading (self, cr, frame, &rect);
      if (frame != NULL && frame->strip != NULL)
        {
          double x;
          WeftTimeScale axis = axis_of (self, &x);

          cairo_translate (cr, 0, rect.height);
          paint_strip (self, cr, frame, x, &axis);
        }
    }
  else if (frame != NULL && frame->strip != NULL)
    {
      paint_lane (self, cr, frame, &rect);
    }
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
    *minimum = *natural = (int) metrics->header_width + 60;
  else if (lane->thread != WEFT_NO_ID)
    *minimum = *natural = (int) ceil (metrics->lane_height);
  else
    *minimum = *natural
        = (int) ceil (metrics->group_height + (lane->expanded ? 0 : metrics->lane_height));
}

static gboolean
weft_lane_row_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard,
                             GtkTooltip *tooltip)
{
  WeftLaneRow *self = WEFT_LANE_ROW (widget);
  WeftSliceDetails details;
  double axis_x;
  WeftTimeScale axis;
  gboolean known;
  g_autofree char *text = NULL;

  if (self->item == NULL || self->store == NULL || keyboard
      || weft_lane_item_get_lane (self->item)->thread == WEFT_NO_ID)
    return FALSE;
  axis = axis_of (self, &axis_x);
  if (x < axis_x)
    return FALSE;
  weft_trace_store_begin_read (self->store);
  known = weft_trace_store_get_details (self->store, weft_lane_item_get_lane (self->item)->thread,
                                        weft_time_scale_to_ns (&axis, x - axis_x), &details, NULL);
  if (known)
    {
      g_autofree char *title = weft_slice_text_title (self->store, &details);
      g_autofree char *body = weft_slice_text_body (self->store, &details);

      text = g_markup_printf_escaped ("<b>%s</b>\n%s", title, body);
    }
  weft_trace_store_end_read (self->store);
  if (known)
    gtk_tooltip_set_markup (tooltip, text);
  return known;
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
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_LIST_ITEM);
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

static void
update_accessible (WeftLaneRow *self)
{
  const WeftLaneFrame *frame = weft_lane_item_get_frame (self->item);
  g_autofree char *share = NULL;
  g_autofree char *label = NULL;

  if (frame == NULL || frame->name == NULL)
    return;
  share = weft_share_format (running_share (frame), FALSE);
  if (weft_lane_item_get_lane (self->item)->thread == WEFT_NO_ID)
    /* Translators: name of a process and what is known of it */
    label = g_strdup_printf (_ ("process %s, %s"), frame->name, frame->detail);
  else
    label = g_strdup_printf (_ ("%s, thread %s, running %s"), frame->name, frame->detail, share);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
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
