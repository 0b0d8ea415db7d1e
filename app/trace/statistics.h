/* statistics.h: figures of exactly one time range. Pure. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 count, mean_ns, stddev_ns;              /* of these values, not of a sample */
  guint64 min_ns, p50_ns, p95_ns, p99_ns, max_ns; /* exact, nearest rank */
} WeftQuantiles;

typedef struct
{
  guint thread;
  WeftShares shares;       /* Σ = the thread's time within the range */
  guint64 absent_ns;       /* of the range, when it was not there */
  WeftThreadCounts counts; /* within the range */
  WeftQuantiles wake_to_run;
} WeftThreadStatistics;

/**
 * weft_statistics_new_for_range:
 * @filter: (nullable): thread ids wanted, NULL for all
 * @with_counts: also walk the records for counts and wake-to-run latencies
 *   (costs O(records in range)); without, only shares
 *
 * What lies at the ends is in it as weft_trace_store_widen_range() says.
 * Worker thread; takes read sections of its own.
 * Returns: (transfer full) (element-type WeftThreadStatistics): in order of id
 */
GArray *weft_statistics_new_for_range (WeftTraceStore *store, guint64 from_ns, guint64 to_ns,
                                       GArray *filter, gboolean with_counts,
                                       GCancellable *cancellable, GError **error);

/* Something is known of the thread in the range: neither a bystander of a trace of others
 * nor in a gap throughout. */
gboolean weft_statistics_is_recorded (const WeftThreadStatistics *statistics);

/* Leaves those that were there. @statistics: (element-type WeftThreadStatistics) */
void weft_statistics_keep_present (GArray *statistics);

/* Sorts @values in place. */
void weft_quantiles_compute (guint64 *values, gsize n, WeftQuantiles *quantiles);

G_END_DECLS
