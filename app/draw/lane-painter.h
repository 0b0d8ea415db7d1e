/* lane-painter.h: paints one lane. In: draw items of lane-layout.h, or the strip
 * of pixels that lane-strip.h made of them on another thread. Out: paint: pixels
 * or vectors, and the words on wide slices. Marks, selections and arrows go
 * over it afterwards. */
#pragma once
#include "lane-strip.h"
#include "lane-strip.h"
#include "lane-tile.h"
#include "style.h"
#include "trace/lane-layout.h"

G_BEGIN_DECLS

/* Paints a strip of weft_lane_strip_new() at the top left corner of @rect, pixel
 * on pixel when it was made at the style's scale. */
void weft_lane_painter_draw_strip (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                                   cairo_surface_t *strip);

/* Paints a tile's own columns from @x on at the height @y, each @column_width wide. */
void weft_lane_painter_draw_tile (WeftStyle *style, cairo_t *cr, const WeftLaneTile *tile, double x,
                                  double y, double column_width);

/* The same picture as rectangles, for SVG and PDF; a column is one unit wide. */
void weft_lane_painter_draw_vector (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                                    const WeftLaneItems *items);

/* What is written on a slice; (transfer full), NULL: nothing. */
typedef char *(*WeftLaneLabelFunc) (const WeftLaneBox *box, gpointer user_data);

/**
 * weft_lane_painter_draw_labels:
 * @axis: the range that @rect shows, in units of @rect
 * @boxes: (element-type WeftLaneBox): of draw items that were laid out at @scale,
 *   which may be another range than the visible one
 * @func: (nullable): without it the kinds of sleep are named, which look alike
 *
 * Words on the visible parts of slices that are wide enough: inside high boxes,
 * above low ones.
 */
void weft_lane_painter_draw_labels (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                                    const WeftTimeScale *axis, GArray *boxes,
                                    const WeftTimeScale *scale, WeftLaneLabelFunc func,
                                    gpointer user_data);

/**
 * weft_lane_painter_get_box:
 * @rect: the lane
 *
 * Where the box of a slice from @from_x to @to_x lies, for selections and hit
 * tests; at least one device pixel wide.
 */
WeftRect weft_lane_painter_get_box (WeftStyle *style, const WeftRect *rect, WeftState state,
                                    double from_x, double to_x);

G_END_DECLS
