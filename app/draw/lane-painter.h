/* lane-painter.h: paints one lane. In: draw items of lane-layout.h. Out: a strip
 * of pixels made on any thread and painted once, or vectors, and the words on
 * wide slices. Marks, selections and arrows are painted over it afterwards. */
#pragma once
#include "style.h"
#include "trace/lane-layout.h"

G_BEGIN_DECLS

/**
 * weft_lane_strip_new:
 * @width, @height: of the lane, logical pixels
 * @scale: device pixels per logical pixel
 *
 * The states of a lane, clear where nothing is. Sharpest when @items were laid
 * out at width × scale columns; others are stretched. Needs no style and no
 * font, so that a worker can make it while another is on screen.
 *
 * Returns: (transfer full): an image surface with its device scale set
 */
cairo_surface_t *weft_lane_strip_new (const WeftLaneItems *items, const WeftPalette *palette,
                                      int width, int height, double scale);

/* Paints such a strip at the top left corner of @rect, pixel on pixel. */
void weft_lane_painter_draw_strip (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                                   cairo_surface_t *strip);

/* The same picture as rectangles, for SVG and PDF; @rect is as wide as the items. */
void weft_lane_painter_draw_vector (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                                    const WeftLaneItems *items);

/* What is written on a slice; (transfer full), NULL: nothing. */
typedef char *(*WeftLaneLabelFunc) (const WeftLaneBox *box, gpointer user_data);

/**
 * weft_lane_painter_draw_labels:
 * @func: (nullable): without it slices are named by their states, running ones not at all
 *
 * Words on the slices that are wide enough: inside high boxes, above low ones.
 */
void weft_lane_painter_draw_labels (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                                    const WeftLaneItems *items, WeftLaneLabelFunc func,
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
