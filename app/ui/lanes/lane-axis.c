/* lane-axis.c: see the header. */
#include "lane-axis.h"

/* Half a pixel at most: columns then stay the same while the view follows or pans. */
static void
snap (WeftLaneAxis *axis)
{
  WeftTimeScale *scale = &axis->scale;

  axis->grid = (WeftTimeGrid){ scale->to_ns - scale->from_ns, scale->width_px };
  axis->first_column = weft_time_grid_get_column (&axis->grid, scale->from_ns);
  scale->from_ns = weft_time_grid_get_edge (&axis->grid, axis->first_column);
  scale->to_ns = weft_time_grid_get_edge (&axis->grid, axis->first_column + scale->width_px);
}

WeftLaneAxis
weft_lane_axis_get (WeftStyle *style, WeftViewState *state, int width)
{
  double names = MIN (weft_style_get_metrics (style)->header_width, width / 2.0);
  gboolean rtl = weft_style_is_rtl (style);
  WeftLaneAxis axis
      = { .x = rtl ? 0 : names, .names_x = rtl ? width - names : 0, .names_width = names };

  weft_view_state_get_range (state, &axis.scale.from_ns, &axis.scale.to_ns);
  axis.scale.width_px = (guint)MAX (1, width - names);
  snap (&axis);
  return axis;
}

double
weft_lane_axis_to_x (const WeftLaneAxis *axis, guint64 time_ns)
{
  return axis->x + weft_time_scale_to_px (&axis->scale, time_ns);
}

guint64
weft_lane_axis_to_ns (const WeftLaneAxis *axis, double x)
{
  return weft_time_scale_to_ns (&axis->scale, x - axis->x);
}

gboolean
weft_lane_axis_holds (const WeftLaneAxis *axis, double x)
{
  return x >= axis->x && x < axis->x + axis->scale.width_px;
}
