/* image-lane.h: one lane of a picture. In: a row of the plan. Out: paint. Takes
 * a read section while it lays the lane out, none while it paints. */
#pragma once
#include "draw/style.h"
#include "image-plan.h"

G_BEGIN_DECLS

/* Fails when a chunk that left memory cannot be brought back. */
gboolean weft_image_lane_draw (WeftTraceStore *store, const WeftImagePlan *plan,
                               const WeftImageRow *row, WeftStyle *style, cairo_t *cr,
                               const WeftRect *rect, gboolean vector, GError **error);

G_END_DECLS
