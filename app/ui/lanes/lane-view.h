/* lane-view.h: the threads of a process and its descendants as swimlanes over
 * one time axis. In: a store, a process, the view state. Out: what was clicked
 * goes to the view state; the picture is made by a worker. */
#pragma once
#include "draw/legend-painter.h"
#include "view-state.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WEFT_TYPE_LANE_VIEW (weft_lane_view_get_type ())
G_DECLARE_FINAL_TYPE (WeftLaneView, weft_lane_view, WEFT, LANE_VIEW, GtkWidget)

/**
 * WeftLaneView:
 *
 * Signals: "legend-changed": the picture shows other states or marks than before;
 * "mark" (guint64 time_ns, guint64 near_ns): a mark is wanted at the time, or gone
 * where there is one no further away.
 */
GtkWidget *weft_lane_view_new (WeftViewState *state);

/* @store: (nullable) */
void weft_lane_view_set_store (WeftLaneView *self, WeftTraceStore *store);
/* Whose lanes to show; WEFT_NO_ID: none. */
void weft_lane_view_set_process (WeftLaneView *self, guint process);
guint weft_lane_view_get_process (WeftLaneView *self);
/* While live the picture moves with each frame of the screen. */
void weft_lane_view_set_live (WeftLaneView *self, gboolean live);

/* (transfer full) (element-type guint): ids of the threads that have lanes. */
GArray *weft_lane_view_get_threads (WeftLaneView *self);
/* (transfer full) (element-type guint): ids of the processes shown. */
GArray *weft_lane_view_get_processes (WeftLaneView *self);
/* (transfer full) (element-type guint): those of them that are folded. */
GArray *weft_lane_view_get_collapsed (WeftLaneView *self);

/* What the picture needs explained. While live it only grows: what comes and goes
 * many times a second must not make the legend jump. */
const WeftLegend *weft_lane_view_get_legend (WeftLaneView *self);

/* Asks for a mark: where the pointer is, else at the selected slice, else now or in
 * the middle of the view. */
void weft_lane_view_mark (WeftLaneView *self);
/* The trace has other marks than before. */
void weft_lane_view_marks_changed (WeftLaneView *self);

/* Zooms to the selected range or slice; to everything when it fits that already. */
void weft_lane_view_fit (WeftLaneView *self);

/* Selects the slice before (-1) or after (+1) the selected one of its thread. */
void weft_lane_view_select_neighbour (WeftLaneView *self, int direction);
/* Along the wake-up chain: to the waker (-1), or to the thread woken next (+1). */
void weft_lane_view_follow_wake (WeftLaneView *self, int direction);

G_END_DECLS
