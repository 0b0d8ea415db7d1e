/* lane-strip.h: the pixels of one lane, made off the main thread and painted as
 * one picture. In: what a lane shows. Out: a surface. */
#pragma once
#include "lane-layout.h"
#include "lane-raster.h"

G_BEGIN_DECLS

/**
 * weft_lane_strip_new:
 * @items: laid out in device pixels
 * @height, @box_top, @box_height: of the lane and of a running box in it, device pixels
 *
 * Returns: (transfer full): ARGB, items->scale.width_px wide; no device scale set
 */
cairo_surface_t *weft_lane_strip_new (const WeftLaneItems *items, const WeftPalette *palette,
                                      int height, int box_top, int box_height, double scale);

G_END_DECLS
