/* lane-view-private.h: shared by lane-view.c (lanes, frames),
 * lane-view-pointer.c, lane-view-keys.c, lane-view-wake.c (who woke whom) and
 * lane-view-legend.c (what must be explained). */
#pragma once
#include "lane-axis.h"
#include "lane-item.h"
#include "lane-list.h"
#include "lane-overlay.h"
#include "lane-row.h"
#include "lane-view.h"
#include "lane-worker.h"
#include "time-header.h"

G_BEGIN_DECLS

/* A notch of the wheel, a press of a key. */
#define WEFT_ZOOM_STEP 1.25
#define WEFT_PAN_STEP 0.1

struct _WeftLaneView
{
  GtkWidget parent_instance;

  WeftViewState *state;
  WeftTraceStore *store;
  WeftStyle *style;
  WeftLaneList *lanes;
  GHashTable *rows; /* WeftLaneRow that are bound now */
  WeftLaneWorker *worker;
  guint64 asked_from_ns, asked_to_ns, asked_generation;
  int asked_width;
  gboolean live;
  guint tick;
  WeftLegend legend;

  GtkWidget *box;
  WeftTimeHeader *header;
  GtkWidget *list;
  GtkWidget *area; /* list and overlay: takes the pointer */
  WeftLaneOverlay *overlay;

  GCancellable *arrow_asking; /* who woke the selected slice */
  guint arrow_waker, arrow_thread;
  guint64 arrow_ns;
  guint placing_arrow;   /* idle handler */
  GCancellable *walking; /* along the wake-up chain */

  /* the pointer */
  double pointer_x, pointer_y;
  guint64 drag_from_ns, drag_to_ns;
  gboolean dragging_range, moving_edge;
};

/* The time axis below the pointer; FALSE outside it. */
gboolean weft_lane_view_time_at (WeftLaneView *self, double x, guint64 *time_ns);
/* What stays where it is in a zoom: the time below the pointer. */
guint64 weft_lane_view_get_anchor (WeftLaneView *self);
WeftLaneRow *weft_lane_view_row_at (WeftLaneView *self, double x, double y);
void weft_lane_view_toggle_process (WeftLaneView *self, guint process);
void weft_lane_view_add_pointer (WeftLaneView *self);
void weft_lane_view_add_keys (WeftLaneView *self);
/* The slice that is selected; FALSE without. */
gboolean weft_lane_view_get_slice (WeftLaneView *self, WeftSlice *slice);
/* With a tenth on either side. */
void weft_lane_view_zoom_to (WeftLaneView *self, guint64 from_ns, guint64 to_ns);
void weft_lane_view_show_waker (WeftLaneView *self);
/* New frames came. */
void weft_lane_view_update_legend (WeftLaneView *self);
void weft_lane_view_forget_legend (WeftLaneView *self);
/* The lanes moved: the arrow goes with them, once they lie where they go. */
void weft_lane_view_place_arrow (WeftLaneView *self);
/* Pans only when @time_ns is out of view. */
void weft_lane_view_reveal (WeftLaneView *self, guint64 time_ns);

G_END_DECLS
