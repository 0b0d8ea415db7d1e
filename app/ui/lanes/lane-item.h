/* lane-item.h: one row of the lane view as a list item: which lane it is, and the
 * newest picture that was made of it. */
#pragma once
#include <gtk/gtk.h>
#include "draw/lane-marks.h"
#include "lane-tiles.h"
#include "trace/lane-layout.h"

G_BEGIN_DECLS

#define WEFT_TYPE_LANE_ITEM (weft_lane_item_get_type ())
G_DECLARE_FINAL_TYPE (WeftLaneItem, weft_lane_item, WEFT, LANE_ITEM, GObject)

/* What the worker made for a lane; immutable. */
typedef struct
{
  GPtrArray *tiles;     /* (nullable) WeftLaneTile: an expanded heading has none */
  WeftTimeGrid grid;    /* in device pixels */
  guint64 first_column; /* the frame shows grid.width_px columns from it on */
  WeftTimeScale scale;  /* the same as a range */
  guint64 edge_ns;      /* the trace was complete until here */
  WeftState last_state; /* what the thread was in at the edge */
  WeftShares total;     /* of the range */
  guint64 birth_ns, death_ns;
  char *name;     /* printable */
  char *detail;   /* second line or, in a heading, what stands behind the name */
  GArray *boxes;  /* WeftLaneBox */
  gpointer marks; /* shared by the frames of a job: weft_lane_frame_get_marks() */
} WeftLaneFrame;

WeftLaneFrame *weft_lane_frame_new (void);
WeftLaneFrame *weft_lane_frame_ref (WeftLaneFrame *frame);
void weft_lane_frame_unref (WeftLaneFrame *frame);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftLaneFrame, weft_lane_frame_unref)
/* How much of the frame's range was spent running, 0 … 1; negative: nothing is known. */
double weft_lane_frame_running (const WeftLaneFrame *frame);
/* How much of it is not known, so that it may have run for longer. */
double weft_lane_frame_unknown (const WeftLaneFrame *frame);

/* Marks in the range of the frame's scale, of all lanes. @marks: (transfer full) */
gpointer weft_shared_marks_new (WeftLaneMarks *marks);
void weft_shared_marks_unref (gpointer shared);
void weft_lane_frame_share_marks (WeftLaneFrame *frame, gpointer shared);
const WeftLaneMarks *weft_lane_frame_get_marks (const WeftLaneFrame *frame);

WeftLaneItem *weft_lane_item_new (const WeftLane *lane);
const WeftLane *weft_lane_item_get_lane (WeftLaneItem *self);
/* A heading that was expanded or whose number of threads changed. */
void weft_lane_item_update (WeftLaneItem *self, const WeftLane *lane);

/* The lane's tiles, which only the worker touches. */
WeftLaneTiles *weft_lane_item_get_tiles (WeftLaneItem *self);

/* (nullable) (transfer none) */
WeftLaneFrame *weft_lane_item_get_frame (WeftLaneItem *self);
/* Takes a reference; emits "changed". */
void weft_lane_item_set_frame (WeftLaneItem *self, WeftLaneFrame *frame);

G_END_DECLS
