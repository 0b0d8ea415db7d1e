/* lane-axis.h: where names and time lie in a row of lanes. In: a width, a style,
 * the view state. Out: rectangles and the scale. The names stand at the start of
 * the row, which is the right in right-to-left; time always runs left to right. */
#pragma once
#include "draw/style.h"
#include "trace/lane-layout.h"
#include "trace/time-grid.h"
#include "view-state.h"

G_BEGIN_DECLS

typedef struct
{
  double x;       /* left end of the time axis */
  double names_x; /* left end of the column of names */
  double names_width;
  WeftTimeScale scale;  /* the visible range over the axis's width, moved to whole columns */
  WeftTimeGrid grid;    /* of these columns */
  guint64 first_column; /* the leftmost */
} WeftLaneAxis;

WeftLaneAxis weft_lane_axis_get (WeftStyle *style, WeftViewState *state, int width);

/* Where @time_ns lies in the row; may be outside. */
double weft_lane_axis_to_x (const WeftLaneAxis *axis, guint64 time_ns);
/* The time at @x, which may be outside the axis. */
guint64 weft_lane_axis_to_ns (const WeftLaneAxis *axis, double x);
gboolean weft_lane_axis_holds (const WeftLaneAxis *axis, double x);

G_END_DECLS
