/* lane-raster.h: pixels of one lane. In: parts of columns and boxes, in device
 * pixels. Out: an ARGB surface, clear where nothing is. No text. Any thread,
 * one at a time. */
#pragma once
#include "lane-column.h"

G_BEGIN_DECLS

typedef struct _WeftLaneRaster WeftLaneRaster;

/* @scale: device pixels per user unit: the size of hatches and dots. */
WeftLaneRaster *weft_lane_raster_new (const WeftPalette *palette, int width, int height,
                                      double scale);
void weft_lane_raster_free (WeftLaneRaster *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftLaneRaster, weft_lane_raster_free)

/* Where the box of a running slice lies: pixels from the top, and its height. */
void weft_lane_raster_set_box (WeftLaneRaster *self, int top, int height);

/* Paints one pixel column. */
void weft_lane_raster_column (WeftLaneRaster *self, int x, const WeftColumnPart *parts, guint n);

/* Paints columns from @from to before @to in one state. When @closed, the last one
 * is thinned to a separator, and a box wide enough gets softened corners. */
void weft_lane_raster_box (WeftLaneRaster *self, int from, int to, WeftState state,
                           gboolean closed);

/* (transfer full): the surface, without a device scale; the raster is of no use afterwards. */
cairo_surface_t *weft_lane_raster_end (WeftLaneRaster *self);

G_END_DECLS
