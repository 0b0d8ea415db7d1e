/* lane-strip.c: see the header. Columns where states mix, boxes where a slice
 * fills whole columns. */
#include "lane-strip.h"

static void
paint_columns (WeftLaneRaster *raster, const WeftLaneItems *items, const WeftPalette *palette,
               guint from_px, guint to_px, guint box_height)
{
  for (guint px = from_px; px < to_px; px++)
    {
      WeftColumnPart parts[WEFT_N_STATES];
      guint n = weft_lane_column_stack_item (palette, items, px, box_height, parts);

      weft_lane_raster_column (raster, (int)px, parts, n);
    }
}

cairo_surface_t *
weft_lane_strip_new (const WeftLaneItems *items, const WeftLaneLook *look, guint64 first_column)
{
  g_autoptr (WeftLaneRaster) raster
      = weft_lane_raster_new (look->palette, (int)items->scale.width_px, look->height, look->scale);
  guint box_height = (guint)look->box_height, px = 0;

  weft_lane_raster_set_box (raster, look->box_top, look->box_height);
  weft_lane_raster_set_first_column (raster, first_column);
  for (guint i = 0; i < items->boxes->len; i++)
    {
      const WeftLaneBox *box = &g_array_index (items->boxes, WeftLaneBox, i);

      paint_columns (raster, items, look->palette, px, box->from_px, box_height);
      weft_lane_raster_box (raster, (int)box->from_px, (int)box->to_px, box->state,
                            i > 0 && weft_lane_box_needs_separator (items->boxes, i - 1),
                            weft_lane_box_needs_separator (items->boxes, i));
      px = box->to_px;
    }
  paint_columns (raster, items, look->palette, px, items->scale.width_px, box_height);
  return weft_lane_raster_end (raster);
}
