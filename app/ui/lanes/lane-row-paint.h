/* lane-row-paint.h: the paint of one row of lanes. In: what the worker made, where
 * time lies now, what is selected. Out: paint on a cairo_t. Reads no store. */
#pragma once
#include "lane-axis.h"
#include "lane-item.h"

G_BEGIN_DECLS

typedef struct
{
  WeftStyle *style;
  WeftLaneAxis axis;
  const WeftLane *lane;
  const WeftLaneFrame *frame; /* (nullable): not made yet */
  guint64 edge_ns;            /* the screen's: may be beyond what the frame knew */
  const WeftSlice *selected;  /* (nullable): the selected slice, when it is in this lane */
  double width, height;
} WeftLaneRowLook;

void weft_lane_row_paint (cairo_t *cr, const WeftLaneRowLook *look);

G_END_DECLS
