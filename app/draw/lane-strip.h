/* lane-strip.h: the pixels of one lane, made off the main thread and painted as
 * one picture. In: what a lane shows. Out: a surface. */
#pragma once
#include "lane-layout.h"
#include "lane-raster.h"

G_BEGIN_DECLS

/* How a lane is painted; what differs makes other pixels. */
typedef struct
{
  const WeftPalette *palette;
  int height;              /* of the lane, device pixels */
  int box_top, box_height; /* of a running box in it */
  double scale;            /* device pixels per user unit */
} WeftLaneLook;

/**
 * weft_lane_strip_new:
 * @items: laid out in device pixels
 * @first_column: where hatches are counted from: strips whose columns are numbered on
 *   fit to each other
 *
 * Returns: (transfer full): ARGB, items->scale.width_px wide; no device scale set
 */
cairo_surface_t *weft_lane_strip_new (const WeftLaneItems *items, const WeftLaneLook *look,
                                      guint64 first_column);

G_END_DECLS
