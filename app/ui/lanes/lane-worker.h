/* lane-worker.h: makes the tiles of lanes off the main thread. In: a store, a
 * range, lanes. Out: frames on the items, in the main thread. One job at a time;
 * a newer wish replaces one that has not begun. */
#pragma once
#include "draw/palette.h"
#include "draw/style.h"
#include "lane-item.h"

G_BEGIN_DECLS

typedef struct
{
  WeftTimeGrid grid; /* device pixels */
  guint64 first_column;
  WeftTimeScale scale; /* the columns in view, as a range */
  WeftScheme scheme;
  WeftMetrics metrics; /* user units */
  double device_scale;
} WeftLaneWish;

typedef struct _WeftLaneWorker WeftLaneWorker;

/* @done: called in the main thread after the frames of a job are set. */
WeftLaneWorker *weft_lane_worker_new (GFunc done, gpointer user_data);
/* A job at hand is cancelled, and not waited for: @done is not called any more. */
void weft_lane_worker_free (WeftLaneWorker *self);
/* Nobody wants what is asked for any more. The job at hand ends soon: @done is called,
 * and no frame is set. */
void weft_lane_worker_cancel (WeftLaneWorker *self);

/* @items: (element-type WeftLaneItem): the lanes to make, referenced */
void weft_lane_worker_request (WeftLaneWorker *self, WeftTraceStore *store,
                               const WeftLaneWish *wish, GPtrArray *items);
/* Whether a job is being worked on. */
gboolean weft_lane_worker_is_busy (WeftLaneWorker *self);
/* And that for so long that another view should not wait for it. */
gboolean weft_lane_worker_is_slow (WeftLaneWorker *self);

G_END_DECLS
