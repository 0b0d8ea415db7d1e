/* thread-totals.h: what the threads of a chunk did, without the chunk: for each one that
 * changes in it the time in every state, from its start to the chunk's and to some moments
 * within it (grains), and what it was in before and after. The coarse level of history: a
 * view whose columns are wider than a grain needs nothing else. Pure.
 * In: tracks. Out: a table; of a table: totals at those moments. */
#pragma once
#include <gio/gio.h>
#include "thread-track.h"

G_BEGIN_DECLS

/* The moments whose totals a chunk's table has: from the chunk's begin to its end. */
typedef struct
{
  guint64 *times; /* rising; the first and the last one are the chunk's own */
  guint n;        /* at least 2 */
} WeftGrains;

typedef struct _WeftThreadTotals WeftThreadTotals;

/**
 * weft_thread_totals_pack:
 * @tracks: (element-type WeftThreadTrack): of the threads, in order of their ids; those
 *   without a segment of @chunk are left out
 *
 * Returns: (transfer full): the table
 */
GBytes *weft_thread_totals_pack (GPtrArray *tracks, guint chunk, const WeftGrains *grains);

/* @table: of any origin. Returns: (transfer full): NULL when it is no such table */
WeftThreadTotals *weft_thread_totals_new (GBytes *table);
/* The same at a fraction of the cost, for who asks for no times: they are told as 0, and
 * damage among them is not found. */
WeftThreadTotals *weft_thread_totals_new_without_times (GBytes *table);
void weft_thread_totals_free (WeftThreadTotals *self);
gsize weft_thread_totals_get_bytes (const WeftThreadTotals *self);

/* The threads in it, in order of their ids. */
guint weft_thread_totals_count (const WeftThreadTotals *self);
guint weft_thread_totals_get_thread (const WeftThreadTotals *self, guint at);

/* Of one thread. */
typedef struct
{
  WeftTrackBefore before; /* its state when the chunk begins */
  WeftTrackBefore after;  /* its state when it ends */
  guint64 first_ns;       /* its first change */
  guint64 n_changes;
  WeftShares totals; /* up to the grain that was asked for */
} WeftTotalsRow;

/* @grain: number of a moment, 0 is the chunk's begin. FALSE when the thread is not in it,
 * or its row is damaged. */
gboolean weft_thread_totals_get (const WeftThreadTotals *self, guint thread, guint grain,
                                 WeftTotalsRow *row);
const WeftGrains *weft_thread_totals_get_grains (const WeftThreadTotals *self);

/* The grain that begins at @time_ns, or n. */
guint weft_grains_find (const WeftGrains *self, guint64 time_ns);

G_END_DECLS
