/* trace-restore.h: a store from what was made of a recording's chunks, without their
 * records. In: tables, chunk by chunk. Out: threads, processes, marks, and tracks whose
 * segments are all absent until somebody looks at them. One thread, before all others. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

/* @chunk: the next one's number, times and count.
 * @lives, @totals, @restated: its tables of these names; @restated: (nullable).
 * Returns: %FALSE when they do not fit to each other or to those before: the store is of
 *   no use then, and the records must be replayed into another */
gboolean weft_trace_store_restore_chunk (WeftTraceStore *self, const WeftChunk *chunk,
                                         GBytes *lives, GBytes *totals, GBytes *restated);

/* What the records would have counted of a thread. FALSE when there is no such thread. */
gboolean weft_trace_store_restore_counts (WeftTraceStore *self, guint thread,
                                          const WeftThreadCounts *counts);

/* After the last chunk. FALSE when the tables tell of threads that were never born. */
gboolean weft_trace_store_end_restore (WeftTraceStore *self);

G_END_DECLS
