/* lane-strip.c: see the header. Columns first, then the boxes over those that
 * they fill wholly. */
#include "lane-strip.h"

static void
paint_columns (WeftLaneRaster *raster, const WeftLaneItems *items, const WeftPalette *palette,
               int box_height, guint n_threads)
{
  guint64 range = items->scale.to_ns - items->scale.from_ns;

  for (guint px = 0; px < items->scale.width_px; px++)
    {
      WeftColumnPart parts[WEFT_N_STATES];
      guint64 length = range * (px + 1) / items->scale.width_px - range * px / items->scale.width_px;
      guint n;

      n = weft_lane_column_stack (palette, items->columns[px].ns, MAX (1, length) * n_threads,
                                  (guint) box_height, parts);
      weft_lane_raster_column (raster, (int) px, parts, n);
    }
}

cairo_surface_t *
weft_lane_strip_new (const WeftLaneItems *items, const WeftPalette *palette, int height,
                     int box_top, int box_height, double scale, guint n_threads)
{
  WeftLaneRaster *raster
      = weft_lane_raster_new (palette, (int) items->scale.width_px, height, scale);

  weft_lane_raster_set_box (raster, box_top, box_height);
  paint_columns (raster, items, palette, box_height, MAX (1, n_threads));
  for (guint i = 0; i < items->boxes->len; i++)
    {
      const WeftLaneBox *box = &g_array_index (items->boxes, WeftLaneBox, i);

      weft_lane_raster_box (raster, (int) box->from_px, (int) box->to_px, box->state, box->ends);
    }
  return weft_lane_raster_end (raster);
}
