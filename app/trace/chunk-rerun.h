/* chunk-rerun.h: runs the records of a chunk again, to bring its tracks back. Pure.
 * In: what was known of each thread just before its first change in the chunk, then the
 * records in the order in which they were applied. Out: each thread's changes, the same
 * as trace-apply.c made. A change there is a change here. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

typedef struct _WeftChunkRerun WeftChunkRerun;

WeftChunkRerun *weft_chunk_rerun_new (const WeftSyscalls *calls);
void weft_chunk_rerun_free (WeftChunkRerun *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftChunkRerun, weft_chunk_rerun_free)

/**
 * weft_chunk_rerun_add:
 * @entry: in the order in which the chunk holds them
 * @thread: it is of; @tgid: of its process, 0 when unknown
 */
void weft_chunk_rerun_add (WeftChunkRerun *self, const WeftChunkEntry *entry,
                           const WeftThread *thread, guint32 tgid);

/* All threads come before the first record. */
void weft_chunk_rerun_apply (WeftChunkRerun *self, const struct weft_record *record);

/* Of the @i-th thread that was added: (transfer none) (element-type WeftSlice), only
 * start, state and CPU are set. The first may lie before the chunk. */
GArray *weft_chunk_rerun_get_slices (WeftChunkRerun *self, guint i);

G_END_DECLS
