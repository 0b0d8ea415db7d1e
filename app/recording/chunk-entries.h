/* chunk-entries.h: what a chunk says of its threads, as bytes and back. Pure.
 * In: for each thread that changes in the chunk its state just before, and the
 * time it spent in each state within it. Out: some ten bytes a thread.
 * Read like the records: of any origin. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

typedef struct
{
  WeftChunkEntry entry;
  WeftShares totals; /* within the chunk's time range */
} WeftChunkThread;

/* @threads: (element-type WeftChunkThread); @first_ns: of the chunk
 * Returns: (transfer full) */
GBytes *weft_chunk_entries_encode (GArray *threads, guint64 first_ns);

/* Returns: (transfer full) (element-type WeftChunkThread): or NULL with
 * %G_IO_ERROR_INVALID_DATA */
GArray *weft_chunk_entries_decode (GBytes *bytes, guint64 first_ns, GError **error);

G_END_DECLS
