/* lane-row-paint.c: see the header. Tiles are painted where their range lies in
 * the visible one, so a row moves and zooms at once and becomes sharp with the
 * next frame. */
#include "lane-row-paint.h"
#include "draw/header-painter.h"
#include "draw/lane-painter.h"
#include "draw/mark-painter.h"
#include <glib/gi18n.h>

static void
clip_to_axis (cairo_t *cr, const WeftLaneRowLook *look, double y)
{
  cairo_rectangle (cr, look->axis.x, y, look->axis.scale.width_px, look->height - y);
  cairo_clip (cr);
}

/* Where the frame's range lies now. */
static WeftRect
place_of_frame (const WeftLaneRowLook *look, double y)
{
  double left = weft_lane_axis_to_x (&look->axis, look->frame->scale.from_ns);
  double right = weft_lane_axis_to_x (&look->axis, look->frame->scale.to_ns);

  return (WeftRect){ left, y, right - left, weft_style_get_metrics (look->style)->lane_height };
}

/* Where the frame's first column lies now, and how wide a column is: pixel on pixel when
 * the frame is of the axis's own grid, without what rounded times would leave. */
static void
find_columns (const WeftLaneRowLook *look, double *left, double *width)
{
  const WeftLaneFrame *frame = look->frame;
  double scale = weft_style_get_scale (look->style);
  WeftRect place = place_of_frame (look, 0);

  *left = place.x;
  *width = place.width / frame->grid.width_px;
  if (frame->grid.range_ns != look->axis.grid.range_ns
      || frame->grid.width_px != (guint)(look->axis.grid.width_px * scale))
    return;
  *left
      = look->axis.x
        + (double)(gint64)(frame->first_column - look->axis.first_column * (guint64)scale) / scale;
  *width = 1 / scale;
}

static void
paint_tiles (cairo_t *cr, const WeftLaneRowLook *look, double y)
{
  double left, width;

  find_columns (look, &left, &width);
  for (guint i = 0; i < look->frame->tiles->len; i++)
    {
      const WeftLaneTile *tile = g_ptr_array_index (look->frame->tiles, i);
      gint64 column = (gint64)(tile->column - look->frame->first_column);

      weft_lane_painter_draw_tile (look->style, cr, tile, left + (double)column * width, y, width);
    }
}

/* A frame that ends so shortly before the edge is one that follows it. */
#define FOLLOWS_NS 300000000

/* What the thread is thought to do since the frame was asked for; of a frame that is much
 * older nothing is thought. */
static void
paint_provisional (cairo_t *cr, const WeftLaneRowLook *look)
{
  const WeftLaneFrame *frame = look->frame;
  gboolean follows = frame->scale.to_ns + FOLLOWS_NS > frame->edge_ns;
  guint64 known = follows ? MIN (frame->edge_ns, frame->scale.to_ns) : frame->edge_ns;
  double from = MAX (weft_lane_axis_to_x (&look->axis, known), look->axis.x);
  guint64 most
      = weft_view_state_most_provisional (look->axis.scale.to_ns - look->axis.scale.from_ns);
  double to = weft_lane_axis_to_x (&look->axis,
                                   MIN (MIN (look->edge_ns, known + most), look->axis.scale.to_ns));
  WeftRect rect = { from, 0, to - from, look->height };

  if (frame->death_ns == 0 && rect.width > 0.5)
    weft_mark_draw_provisional (look->style, cr, &rect, frame->last_state);
}

static void
paint_selected (cairo_t *cr, const WeftLaneRowLook *look)
{
  const WeftMetrics *metrics = weft_style_get_metrics (look->style);
  double left = look->axis.x, right = left + look->axis.scale.width_px;
  double from = MAX (weft_lane_axis_to_x (&look->axis, look->selected->start_ns), left - 4);
  double to = MIN (weft_lane_axis_to_x (&look->axis, look->selected->end_ns), right + 4);
  WeftRect rect = { from, metrics->box_top, MAX (to - from, 2), metrics->box_height };

  if (to >= left && from <= right)
    weft_mark_draw_selection (look->style, cr, &rect);
}

static void
paint_names (cairo_t *cr, const WeftLaneRowLook *look)
{
  const WeftLaneFrame *frame = look->frame;
  WeftRect cell = { look->axis.names_x, 0, look->axis.names_width, look->height };
  WeftLaneHeader header = { .name = frame->name,
                            .detail = frame->detail,
                            .share = weft_lane_frame_running (frame),
                            .unknown = weft_lane_frame_unknown (frame),
                            .faded = frame->death_ns != 0 };

  weft_lane_header_draw (look->style, cr, &cell, &header);
}

static void
paint_thread (cairo_t *cr, const WeftLaneRowLook *look)
{
  const WeftLaneFrame *frame = look->frame;
  WeftRect lane = { look->axis.x, 0, look->axis.scale.width_px, look->height };
  WeftRect place = place_of_frame (look, 0);

  paint_names (cr, look);
  cairo_save (cr);
  clip_to_axis (cr, look, 0);
  paint_tiles (cr, look, 0);
  weft_lane_painter_draw_labels (look->style, cr, &lane, &look->axis.scale, frame->boxes,
                                 &frame->scale, NULL, NULL);
  paint_provisional (cr, look);
  weft_lane_marks_draw (weft_lane_frame_get_marks (frame), look->style, cr, &place,
                        look->lane->thread);
  if (look->selected != NULL)
    paint_selected (cr, look);
  cairo_restore (cr);
}

/* Beside the one lane of a folded group: how many it stands for, and their CPUs. */
static void
paint_summary_names (cairo_t *cr, const WeftLaneRowLook *look, double y)
{
  const WeftLaneFrame *frame = look->frame;
  guint n = look->lane->n_threads;
  WeftRect cell = { look->axis.names_x, y, look->axis.names_width, look->height - y };
  g_autofree char *name = g_strdup_printf (ngettext ("%u thread", "%u threads", n), n);
  WeftLaneHeader header = { .name = name,
                            .share = weft_lane_frame_running (frame),
                            .unknown = weft_lane_frame_unknown (frame) / MAX (n, 1),
                            .faded = frame->death_ns != 0 };

  weft_lane_header_draw (look->style, cr, &cell, &header);
}

static void
paint_heading (cairo_t *cr, const WeftLaneRowLook *look)
{
  const WeftLaneFrame *frame = look->frame;
  double height = weft_style_get_metrics (look->style)->group_height;
  WeftRect rect = { 0, 0, look->width, height };
  WeftGroupHeader header = { .name = frame != NULL ? frame->name : "",
                             .details = frame != NULL ? frame->detail : NULL,
                             .expanded = look->lane->expanded,
                             .expandable = TRUE };

  weft_group_header_draw (look->style, cr, &rect, &header);
  if (frame == NULL || frame->tiles == NULL || look->lane->expanded)
    return;
  paint_summary_names (cr, look, height);
  cairo_save (cr);
  clip_to_axis (cr, look, height);
  paint_tiles (cr, look, height);
  cairo_restore (cr);
}

void
weft_lane_row_paint (cairo_t *cr, const WeftLaneRowLook *look)
{
  if (look->lane->thread == WEFT_NO_ID)
    paint_heading (cr, look);
  else if (look->frame != NULL && look->frame->tiles != NULL)
    paint_thread (cr, look);
}
