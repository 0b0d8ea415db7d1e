/* stat.h: what every thread did, as figures. In: a store and a range. Out: JSON for
 * programs, a table for people. Slow: walks the records of the range. */
#pragma once
#include "statistics.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 from_ns, to_ns; /* CLOCK_MONOTONIC; 0, 0: all */
  GArray *tgids;          /* (nullable) (element-type guint32): only these processes */
} WeftStatOptions;

/**
 * weft_stat_to_json:
 *
 * The stable format of `weftscope stat --json`. Times of processes are relative to
 * the recording's start, negative before it; the nanoseconds of a thread add up to
 * its time within the range.
 *
 * Returns: (transfer full): one line with a newline, or NULL with @error set
 */
char *weft_stat_to_json (WeftTraceStore *store, const WeftStatOptions *options,
                         GCancellable *cancellable, GError **error);

/* The same for a person: who ran, who waited, and mainly for what. */
char *weft_stat_to_table (WeftTraceStore *store, const WeftStatOptions *options,
                          GCancellable *cancellable, GError **error);

G_END_DECLS
