/* lane-view-legend.c: which states and marks the picture shows. In: the frames of
 * the rows on screen. Out: a legend, and a signal when it becomes another. */
#include "lane-view-private.h"
#include <string.h>

static void
add_frame (WeftLegend *legend, const WeftLane *lane, const WeftLaneFrame *frame)
{
  const WeftLaneMarks *marks = weft_lane_frame_get_marks (frame);

  legend->states |= weft_state_set_from_shares (frame->total.ns);
  weft_legend_add_marks (legend, marks, WEFT_NO_ID);
  if (lane->thread != WEFT_NO_ID)
    weft_legend_add_marks (legend, marks, lane->thread);
}

void
weft_lane_view_update_legend (WeftLaneView *self)
{
  WeftLegend legend;
  GHashTableIter iter;
  gpointer row;

  memset (&legend, 0, sizeof legend); /* padding too: it is compared as bytes */
  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &row, NULL))
    {
      WeftLaneItem *item = weft_lane_row_get_item (row);
      const WeftLaneFrame *frame = item != NULL ? weft_lane_item_get_frame (item) : NULL;

      if (frame != NULL)
        add_frame (&legend, weft_lane_item_get_lane (item), frame);
    }
  if (self->live)
    weft_legend_add (&legend, &self->legend);
  if (memcmp (&legend, &self->legend, sizeof legend) == 0)
    return;
  self->legend = legend;
  g_signal_emit_by_name (self, "legend-changed");
}

/* Other lanes: what these need is known with their first frames. */
void
weft_lane_view_forget_legend (WeftLaneView *self)
{
  memset (&self->legend, 0, sizeof self->legend);
}

const WeftLegend *
weft_lane_view_get_legend (WeftLaneView *self)
{
  return &self->legend;
}
