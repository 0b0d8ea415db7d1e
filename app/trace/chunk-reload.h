/* chunk-reload.h: brings the tracks of a chunk back: the sink in which its records run
 * through the machine again. Pure. In: what was known of each thread just before its first
 * change in the chunk, then the records in the order in which they were applied. Out: each
 * thread's changes, the same as the live store made, but for those that are restated. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

typedef struct _WeftChunkReload WeftChunkReload;

WeftChunkReload *weft_chunk_reload_new (const WeftSyscalls *calls);
void weft_chunk_reload_free (WeftChunkReload *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftChunkReload, weft_chunk_reload_free)

/**
 * weft_chunk_reload_add:
 * @entry: in the order in which the chunk holds them
 * @thread: it is of
 */
void weft_chunk_reload_add (WeftChunkReload *self, const WeftChunkEntry *entry,
                            const WeftThread *thread);

/* All threads come before the first record. */
void weft_chunk_reload_apply (WeftChunkReload *self, const struct weft_record *record);

/* Of the @i-th thread that was added: (transfer none) (element-type WeftSlice), only
 * start, state and CPU are set. The first may lie before the chunk. */
GArray *weft_chunk_reload_get_slices (WeftChunkReload *self, guint i);

G_END_DECLS
