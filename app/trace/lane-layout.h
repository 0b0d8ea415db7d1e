/* lane-layout.h: turns a range of time and a width into what a lane shows.
 * Pure but for the store's read section. In: threads, a range. Out: the shares
 * of every pixel column, and the boxes that are wider than a few pixels. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

/* A range of time over a width in pixels. */
typedef struct
{
  guint64 from_ns, to_ns; /* to_ns > from_ns */
  guint width_px;         /* > 0 */
} WeftTimeScale;

/* Unrounded; outside the range too. */
double weft_time_scale_to_px (const WeftTimeScale *self, guint64 time_ns);
guint64 weft_time_scale_to_ns (const WeftTimeScale *self, double px);
/* The time at which column @px begins, exactly the same for every lane and every
 * caller; @px: 0 … width_px. */
guint64 weft_time_scale_get_edge (const WeftTimeScale *self, guint px);

/* A slice that fills the whole columns @from_px to before @to_px. */
typedef struct
{
  guint from_px, to_px;
  guint64 start_ns; /* of the slice, which may begin before the range */
  WeftState state;
  gboolean ends; /* the slice ends within the range */
} WeftLaneBox;

typedef struct
{
  WeftTimeScale scale;
  WeftShares *columns; /* scale.width_px of them */
  /* Column i is exact from edges[i] to edges[i + 1]: where history left memory and columns
   * are wide these lie beside the pixels' own edges by less than half a pixel (history.h). */
  guint64 *edges;
  GArray *boxes;   /* WeftLaneBox in rising order; none in a summary lane */
  GError *missing; /* NULL: all is there; else why some columns are empty */
} WeftLaneItems;

/* Narrower slices are only in the columns. */
#define WEFT_LANE_LEAST_BOX_PX 3

/**
 * weft_lane_items_new:
 * @threads: ids; one for a thread's lane, several for a summary lane, whose
 *   columns hold the sum of all
 *
 * Takes read sections, and brings back what left memory: on a worker.
 *
 * Returns: (transfer full)
 */
WeftLaneItems *weft_lane_items_new (WeftTraceStore *store, const guint *threads, guint n_threads,
                                    const WeftTimeScale *scale);
/* @cancellable: (nullable): when it is cancelled soon nothing more is brought back, and
 * @missing says so */
WeftLaneItems *weft_lane_items_new_full (WeftTraceStore *store, const guint *threads,
                                         guint n_threads, const WeftTimeScale *scale,
                                         GCancellable *cancellable);
/* The time that @threads spent in each state between two times, together. As above. */
WeftShares weft_lane_total (WeftTraceStore *store, const guint *threads, guint n_threads,
                            guint64 from_ns, guint64 to_ns);
/* The same of a view, whose ends move no further than the edges of its columns may. */
WeftShares weft_lane_total_in_view (WeftTraceStore *store, const guint *threads, guint n_threads,
                                    const WeftTimeScale *scale, GCancellable *cancellable);

void weft_lane_items_free (WeftLaneItems *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftLaneItems, weft_lane_items_free)

/* What stands in one row of the view. */
typedef struct
{
  guint process;
  guint thread;      /* id, or WEFT_NO_ID: the row that heads the process's lanes */
  gboolean expanded; /* of a heading: its lanes follow; else it is their summary */
  guint n_threads;   /* of a heading */
} WeftLane;

/**
 * weft_lanes_new:
 * @root: process whose family is shown
 * @collapsed: (nullable): set of process ids (GUINT_TO_POINTER)
 *
 * The lanes of a process and its descendants: a heading for each process that
 * has threads in the trace, then its threads in order of birth. Call within a
 * read section.
 *
 * Returns: (transfer full) (element-type WeftLane)
 */
GArray *weft_lanes_new (WeftTraceStore *store, guint root, GHashTable *collapsed);

G_END_DECLS
