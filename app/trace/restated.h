/* restated.h: what threads did in the time of a chunk, in full, where its own records tell
 * it otherwise: what came late, with later records or out of order, and losses that reach
 * back. A chunk that is brought back takes these threads from here and all others from its
 * records. Pure. In: tracks. Out: a table, and back. */
#pragma once
#include "thread-track.h"

G_BEGIN_DECLS

/**
 * weft_restated_pack:
 * @tracks: (element-type WeftThreadTrack): in order of their ids
 * @threads: (nullable): set of ids: those of @tracks to restate; a track that begins in the
 *   chunk is restated from its beginning on
 * @begin_ns, @end_ns: where the time of @chunk begins and ends
 *
 * Returns: (transfer full) (nullable): NULL when there is none
 */
GBytes *weft_restated_pack (GPtrArray *tracks, GHashTable *threads, guint chunk, guint64 begin_ns,
                            guint64 end_ns);

/* @table: of any origin. Returns: (transfer full): thread id → GArray of WeftSlice in
 * order, ends unset; NULL when it is damaged */
GHashTable *weft_restated_unpack (GBytes *table);

G_END_DECLS
