/* history.h: what is brought back of a trace that is longer than memory. History is
 * chunks: records and named tables. What was not looked at longest leaves memory above
 * the store's limit; what a reader holds stays. A chunk that cannot be read is a gap:
 * nothing is known of its time, and all else is.
 *
 * Far views need no chunk, only its table of totals (thread-totals.h), which know some
 * moments, the grains. So where a column is wider than the grains of a chunk that has
 * left memory, its edge is moved to the nearest of them, less than half a column away;
 * its neighbour begins there. Each column is exact for the stretch that it then stands
 * for; nothing is invented, left out or counted twice. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

/* Moves the @n rising edges of columns to moments that are known without the chunks they
 * lie in, where the columns, @width_ns each, are wide enough. Takes a read section. */
void weft_history_snap (WeftTraceStore *store, guint64 *edges, gsize n, guint64 width_ns);

/* As it does, but as if all that is sealed had left memory: for what has to be the same when
 * the trace is recorded and when the recording is opened. */
void weft_history_snap_sealed (WeftTraceStore *store, guint64 *edges, gsize n, guint64 width_ns);

typedef struct _WeftHold WeftHold;

/**
 * weft_history_hold:
 * @threads: ids
 * @moments: rising times of which the shares of these threads are wanted
 * @n_held: (out) (nullable): of the first so many moments all is known now; at least two
 *   when there are two. NULL: all of them, however much that is
 *
 * Brings into memory what is absent and keeps it there until it is released. Slow; takes
 * read sections of its own: call on a worker.
 *
 * Returns: (transfer full): NULL with @error set when something is neither in memory nor
 *   in a recording
 */
WeftHold *weft_history_hold (WeftTraceStore *store, const guint *threads, guint n_threads,
                             const guint64 *moments, gsize n_moments, gsize *n_held,
                             GCancellable *cancellable, GError **error);

/* The same for the slice of one thread at a moment, from end to end. @with_tracks: else
 * only for one that totals tell of. */
WeftHold *weft_history_hold_slice (WeftTraceStore *store, guint thread, guint64 time_ns,
                                   gboolean with_tracks, GError **error);

void weft_hold_release (WeftHold *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftHold, weft_hold_release)

/* Whether that is why a chunk can never be read, rather than not just now: it is not whole,
 * there is none, or a newer Weftscope made it. */
gboolean weft_history_tells_damage (const GError *why);

/* How much there is, for tests and figures. */
typedef struct
{
  guint n_chunks;
  guint n_loaded;  /* with tracks */
  guint n_damaged; /* found to be so */
  guint64 loads;   /* so far */
} WeftHistoryFigures;

void weft_history_get_figures (WeftTraceStore *store, WeftHistoryFigures *figures);

G_END_DECLS
