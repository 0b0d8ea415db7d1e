/* thread-entries.h: where the threads of a chunk begin, as a table and back: what the
 * machine knew of each before the chunk's first record about it. Pure. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

/* @entries: (element-type WeftChunkEntry); @begin_ns: near the times in it */
GBytes *weft_thread_entries_pack (GArray *entries, guint64 begin_ns);
/* @table: of any origin. Returns: (transfer full): NULL when it is damaged */
GArray *weft_thread_entries_unpack (GBytes *table);

G_END_DECLS
