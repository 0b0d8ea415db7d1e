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

/* The number of the leftmost column, 0 unless told: the phase of hatches and dots. */
void weft_lane_raster_set_first_column (WeftLaneRaster *self, guint64 column);

/* Paints one pixel column. */
void weft_lane_raster_column (WeftLaneRaster *self, int x, const WeftColumnPart *parts, guint n);

/* Paints columns from @from to before @to in one state. Where it @follows or @precedes a
 * box that looks the same, its corner there is softened if it is wide enough; before the
 * one that follows it the last column is thinned to a separator. */
void weft_lane_raster_box (WeftLaneRaster *self, int from, int to, WeftState state,
                           gboolean follows, gboolean precedes);

/* (transfer full): the surface, without a device scale; the raster is of no use afterwards. */
cairo_surface_t *weft_lane_raster_end (WeftLaneRaster *self);

G_END_DECLS
