/* lane-overlay.h: what lies over all lanes: grid, selected range, crosshair,
 * loss gaps, wake-up arrow. Lets all input through. In: view state, positions.
 * Out: paint, on a node of its own, so that the lanes below are not repainted. */
#pragma once
#include "draw/style.h"
#include "view-state.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WEFT_TYPE_LANE_OVERLAY (weft_lane_overlay_get_type ())
G_DECLARE_FINAL_TYPE (WeftLaneOverlay, weft_lane_overlay, WEFT, LANE_OVERLAY, GtkWidget)

GtkWidget *weft_lane_overlay_new (WeftViewState *state);
void weft_lane_overlay_set_style (WeftLaneOverlay *self, WeftStyle *style);
void weft_lane_overlay_set_store (WeftLaneOverlay *self, WeftTraceStore *store);
/* @x in the overlay; negative: none */
void weft_lane_overlay_set_crosshair (WeftLaneOverlay *self, double x);
/* From the waker's lane to the woken's, in the overlay; times on the axis. */
void weft_lane_overlay_set_arrow (WeftLaneOverlay *self, gboolean shown, guint64 time_ns,
                                  double from_y, double to_y);

G_END_DECLS
