/* image-lane.c: lays one lane out and paints it with its words and marks. */
#include "image-lane.h"

#include <math.h>

#include "draw/lane-painter.h"

/* The ids of the row's threads: one, or all of a process. */
static GArray *
threads_of (WeftTraceStore *store, const WeftImageRow *row)
{
  GArray *threads = g_array_new (FALSE, FALSE, sizeof (guint));
  const guint *ids;
  guint n;

  if (row->kind == WEFT_IMAGE_ROW_LANE)
    {
      g_array_append_val (threads, row->thread);
      return threads;
    }
  weft_trace_store_begin_read (store);
  ids = weft_trace_store_get_threads_of (store, row->process, &n);
  g_array_append_vals (threads, ids, n);
  weft_trace_store_end_read (store);
  return threads;
}

static void
paint_pixels (WeftStyle *style, cairo_t *cr, const WeftRect *rect, const WeftLaneItems *items)
{
  const WeftMetrics *metrics = weft_style_get_metrics (style);
  double scale = weft_style_get_scale (style);
  const WeftLaneLook look = { .palette = weft_style_get_palette (style),
                              .height = (int)lround (metrics->lane_height * scale),
                              .box_top = (int)lround (metrics->box_top * scale),
                              .box_height = (int)lround (metrics->box_height * scale),
                              .scale = scale };
  cairo_surface_t *strip = weft_lane_strip_new (items, &look, 0);

  weft_lane_painter_draw_strip (style, cr, rect, strip);
  cairo_surface_destroy (strip);
}

gboolean
weft_image_lane_draw (WeftTraceStore *store, const WeftImagePlan *plan, const WeftImageRow *row,
                      WeftStyle *style, cairo_t *cr, const WeftRect *rect, gboolean vector,
                      GError **error)
{
  double device = vector ? 1 : weft_style_get_scale (style);
  const WeftTimeScale axis = { plan->from_ns, plan->to_ns, (guint)MAX (1, rect->width) };
  const WeftTimeScale scale
      = { plan->from_ns, plan->to_ns, (guint)MAX (1, lround (rect->width * device)) };
  g_autoptr (GArray) threads = threads_of (store, row);
  g_autoptr (WeftLaneItems) items
      = weft_lane_items_new (store, (const guint *)(const void *)threads->data, threads->len,
                             &scale);

  if (items->missing != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&items->missing));
      return FALSE;
    }
  if (vector)
    weft_lane_painter_draw_vector (style, cr, rect, items);
  else
    paint_pixels (style, cr, rect, items);
  weft_lane_painter_draw_labels (style, cr, rect, &axis, items->boxes, &scale, NULL, NULL);
  return TRUE;
}
