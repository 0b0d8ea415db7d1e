/* lane-painter.c: from draw items to pixels, rectangles and words. What a
 * column shows is decided in lane-column.c, once for screen and file. */
#include "lane-painter.h"

#include <math.h>

#include "lane-vector.h"
#include "state-label.h"

/* The box of a running slice within its lane, of the metrics' 32 : 5 : 22. */
#define BOX_TOP_SHARE (5.0 / 32)
#define BOX_HEIGHT_SHARE (22.0 / 32)
#define LABEL_PADDING 5.0
/* Shorter slices are left to the tooltip: a word on each would be noise. */
#define LEAST_LABELLED_PX 44.0

void
weft_lane_painter_draw_strip (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                              cairo_surface_t *strip)
{
  double scale = weft_style_get_scale (style);

  cairo_save (cr);
  cairo_translate (cr, weft_style_snap (style, rect->x), weft_style_snap (style, rect->y));
  cairo_scale (cr, 1 / scale, 1 / scale);
  cairo_set_source_surface (cr, strip, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_NEAREST);
  cairo_paint (cr);
  cairo_restore (cr);
}

void
weft_lane_painter_draw_tile (WeftStyle *style, cairo_t *cr, const WeftLaneTile *tile, double x,
                             double y, double column_width)
{
  cairo_save (cr);
  cairo_translate (cr, x, y);
  cairo_scale (cr, column_width, 1 / weft_style_get_scale (style));
  cairo_rectangle (cr, 0, tile->top_px, tile->width_px,
                   cairo_image_surface_get_height (tile->surface));
  cairo_set_source_surface (cr, tile->surface, -(double)tile->margin_px, tile->top_px);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_NEAREST);
  cairo_fill (cr);
  cairo_restore (cr);
}

static void
add_columns (WeftLaneVector *vector, const WeftLaneItems *items, const WeftPalette *palette,
             int box_height, guint from_px, guint to_px)
{
  for (guint px = from_px; px < to_px; px++)
    {
      WeftColumnPart parts[WEFT_N_STATES];
      guint n = weft_lane_column_stack_item (palette, items, px, box_height, parts);

      weft_lane_vector_column (vector, px, parts, n);
    }
}

void
weft_lane_painter_draw_vector (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                               const WeftLaneItems *items)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  int box_height = (int)round (rect->height * BOX_HEIGHT_SHARE);
  g_autoptr (WeftLaneVector) vector
      = weft_lane_vector_new (palette, rect->x, rect->y + round (rect->height * BOX_TOP_SHARE),
                              items->scale.width_px, box_height);
  guint px = 0;

  for (guint i = 0; i < items->boxes->len; i++)
    {
      const WeftLaneBox *box = &g_array_index (items->boxes, WeftLaneBox, i);

      add_columns (vector, items, palette, box_height, px, box->from_px);
      weft_lane_vector_box (vector, box->from_px, box->to_px, box->state,
                            weft_lane_box_needs_separator (items->boxes, i));
      px = box->to_px;
    }
  add_columns (vector, items, palette, box_height, px, items->scale.width_px);
  weft_lane_vector_end (vector, cr);
}

WeftRect
weft_lane_painter_get_box (WeftStyle *style, const WeftRect *rect, WeftState state, double from_x,
                           double to_x)
{
  double bottom
      = rect->y + round (rect->height * BOX_TOP_SHARE) + round (rect->height * BOX_HEIGHT_SHARE);
  double height = round (weft_style_get_palette (style)->states[state].height
                         * round (rect->height * BOX_HEIGHT_SHARE));
  double width = MAX (to_x - from_x, weft_style_hairline (style));

  height = MAX (height, 2);
  return (WeftRect){ from_x, bottom - height, width, height };
}

static char *
default_label (const WeftLaneBox *box)
{
  /* the others are told by their looks; these share one, or nearly */
  if (!weft_state_is_sleep (box->state) && box->state != WEFT_STATE_OTHER
      && box->state != WEFT_STATE_UNTOLD)
    return NULL;
  return g_strdup (weft_state_get_short_label (box->state));
}

static void
draw_label (WeftStyle *style, cairo_t *cr, const WeftRect *lane, const WeftRect *box,
            WeftState state, const char *text)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  double line = weft_style_get_metrics (style)->small_line_height;
  double room = box->width - 2 * LABEL_PADDING;
  gboolean inside = box->height >= line;
  double middle = inside ? box->y + box->height / 2 : box->y - line / 2;

  if (weft_style_measure (style, text, WEFT_TEXT_SMALL) > room)
    return; /* half a word tells nothing; the tooltip has it whole */
  if (!inside && middle - line / 2 < lane->y - 1)
    return;
  weft_style_draw_text (style, cr, text, WEFT_TEXT_SMALL,
                        inside ? palette->states[state].text : palette->dim_text, WEFT_ALIGN_LEFT,
                        box->x + LABEL_PADDING, middle, room);
}

void
weft_lane_painter_draw_labels (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                               const WeftTimeScale *axis, GArray *boxes, const WeftTimeScale *scale,
                               WeftLaneLabelFunc func, gpointer user_data)
{
  for (guint i = 0; i < boxes->len; i++)
    {
      const WeftLaneBox *item = &g_array_index (boxes, WeftLaneBox, i);
      double from = weft_time_scale_to_px (axis, weft_time_scale_to_ns (scale, item->from_px));
      double to = weft_time_scale_to_px (axis, weft_time_scale_to_ns (scale, item->to_px));
      WeftRect box;
      g_autofree char *text = NULL;

      from = MAX (from, 0);
      to = MIN (to, axis->width_px);
      if (to - from < LEAST_LABELLED_PX)
        continue;
      text = func != NULL ? func (item, user_data) : default_label (item);
      if (text == NULL)
        continue;
      box = weft_lane_painter_get_box (style, rect, item->state, rect->x + from, rect->x + to);
      draw_label (style, cr, rect, &box, item->state, text);
    }
}
