/* lane-vector.h: rectangles of one lane, for files without pixels. In: the same
 * parts and boxes as lane-raster.h. Out: one path per look on a cairo_t, with
 * equal neighbours merged, so that a file stays small. */
#pragma once
#include "lane-column.h"

G_BEGIN_DECLS

typedef struct _WeftLaneVector WeftLaneVector;

/* A column is one user unit wide; (@x, @y) is the box's top left corner. */
WeftLaneVector *weft_lane_vector_new (const WeftPalette *palette, double x, double y, int width,
                                      int box_height);
void weft_lane_vector_free (WeftLaneVector *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftLaneVector, weft_lane_vector_free)

/* Columns and boxes must come from left to right. */
void weft_lane_vector_column (WeftLaneVector *self, int x, const WeftColumnPart *parts, guint n);
void weft_lane_vector_box (WeftLaneVector *self, double from, double to, WeftState state,
                           gboolean closed);

/* Paints all that came. */
void weft_lane_vector_end (WeftLaneVector *self, cairo_t *cr);

/* Rectangles after merging; of use once all came. */
guint weft_lane_vector_count (WeftLaneVector *self);

G_END_DECLS
