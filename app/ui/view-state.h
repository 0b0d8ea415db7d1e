/* view-state.h: what the user looks at: the one owner of visible range,
 * selected range, selected slice, follow and pause. Views bind to it and never
 * keep copies. Knows times only, no widgets. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

#define WEFT_TYPE_VIEW_STATE (weft_view_state_get_type ())
G_DECLARE_FINAL_TYPE (WeftViewState, weft_view_state, WEFT, VIEW_STATE, GObject)

/**
 * WeftViewState:
 *
 * Signals: "range-changed" (visible range), "selection-changed" (selected range
 * or slice). Property "follow" (gboolean): the range's end stays at the live
 * edge. Property "paused" (gboolean): the picture stands still while the trace
 * goes on.
 */
WeftViewState *weft_view_state_new (void);

/* Nothing below 1 µs can be told apart, nothing above a week makes sense. */
#define WEFT_VIEW_LEAST_NS (G_GUINT64_CONSTANT (1000))
#define WEFT_VIEW_MOST_NS (G_GUINT64_CONSTANT (604800000000000))

/* The trace the view is on: its start and the edge so far. Moves a following range. */
void weft_view_state_set_bounds (WeftViewState *self, guint64 start_ns, guint64 edge_ns);
/* So much of a range may be extrapolated beyond what is known: 50 ms and a twentieth. */
guint64 weft_view_state_most_provisional (guint64 range_ns);

/* The same while it grows: at @now_ns all is known before @known_ns. The screen goes on
 * beyond that, marked as provisional, but not further than that. */
void weft_view_state_set_live_bounds (WeftViewState *self, guint64 start_ns, guint64 known_ns,
                                      guint64 now_ns);
void weft_view_state_get_bounds (WeftViewState *self, guint64 *start_ns, guint64 *edge_ns);

/* A new trace: shows @length_ns from its start and forgets all selections. */
void weft_view_state_reset (WeftViewState *self, guint64 start_ns, guint64 length_ns);

void weft_view_state_get_range (WeftViewState *self, guint64 *from_ns, guint64 *to_ns);
/* Clamped to what can be shown. Leaves following when the range's end is before the edge. */
void weft_view_state_set_range (WeftViewState *self, guint64 from_ns, guint64 to_ns);

/* Makes the range @factor times as long; @anchor_ns stays where it is on screen.
 * A following range keeps its end at the edge. */
void weft_view_state_zoom (WeftViewState *self, double factor, guint64 anchor_ns);

/* Moves by a part of the range's length; to the right when positive. Leaves following. */
void weft_view_state_pan (WeftViewState *self, double part);

/* Everything that was traced. */
void weft_view_state_fit_all (WeftViewState *self);

gboolean weft_view_state_get_follow (WeftViewState *self);
/* Following also ends a pause: it is the one way back to the live edge. */
void weft_view_state_set_follow (WeftViewState *self, gboolean follow);
gboolean weft_view_state_get_paused (WeftViewState *self);
void weft_view_state_set_paused (WeftViewState *self, gboolean paused);
/* How far the range's end is behind the edge; 0 while it follows. */
guint64 weft_view_state_get_behind_ns (WeftViewState *self);

/* The selected range; equal ends: none. Given in any order. */
void weft_view_state_select_range (WeftViewState *self, guint64 one_ns, guint64 other_ns);
gboolean weft_view_state_get_selected_range (WeftViewState *self, guint64 *from_ns, guint64 *to_ns);

/* The selected slice: a thread and a time within it; WEFT_NO_ID: none. */
void weft_view_state_select_slice (WeftViewState *self, guint thread, guint64 time_ns);
gboolean weft_view_state_get_selected_slice (WeftViewState *self, guint *thread, guint64 *time_ns);

G_END_DECLS
