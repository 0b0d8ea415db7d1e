/* lane-row.h: one lane on screen. In: an item with its frame, the view state.
 * Out: paint, a tooltip, an accessible name. */
#pragma once
#include "draw/style.h"
#include "lane-item.h"
#include "view-state.h"

G_BEGIN_DECLS

#define WEFT_TYPE_LANE_ROW (weft_lane_row_get_type ())
G_DECLARE_FINAL_TYPE (WeftLaneRow, weft_lane_row, WEFT, LANE_ROW, GtkWidget)

GtkWidget *weft_lane_row_new (WeftViewState *state);
/* @style: (transfer none): shared by all rows of a view */
void weft_lane_row_set_style (WeftLaneRow *self, WeftStyle *style);
/* @store: (nullable): for tooltips */
void weft_lane_row_set_item (WeftLaneRow *self, WeftLaneItem *item, WeftTraceStore *store);
WeftLaneItem *weft_lane_row_get_item (WeftLaneRow *self);

G_END_DECLS
