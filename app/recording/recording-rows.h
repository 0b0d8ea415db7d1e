/* recording-rows.h: what a recording's tables say beside its chunks; private to the
 * reader. In: a checked connection to a file of any origin. Out: values in bounds. */
#pragma once
#include "database.h"
#include "trace-store.h"

G_BEGIN_DECLS

/* No value but a chunk's is longer; a longer one reads as damage. */
#define WEFT_ROWS_VALUE_BYTES (128 << 10)

typedef struct
{
  WeftTraceInfo info;
  guint64 end_ns;
  guint64 events, lost;
  gboolean finished;
  gboolean own_only;
} WeftSessionRow;

/* A chunk as its row describes it. */
typedef struct
{
  guint number;
  guint64 first_ns, last_ns;
  guint64 n_records;
} WeftChunkRow;

gboolean weft_rows_read_session (sqlite3 *db, WeftSessionRow *session, GError **error);

/**
 * weft_rows_list_chunks:
 * @file_bytes: a file cannot hold more chunks than fit into it
 * @whole: (out): FALSE when rows could not be read; those that may be there all
 *   the same are in the list, with nothing but their number
 *
 * Returns: (transfer full) (element-type WeftChunkRow): by number
 */
GArray *weft_rows_list_chunks (sqlite3 *db, guint64 file_bytes, gboolean *whole);

/* Puts into an empty process table those that were there when the trace began. What
 * a damaged or made-up file has beyond what a machine can is left out. FALSE: rows are
 * damaged, and what they told is missing. */
gboolean weft_rows_restore_processes (sqlite3 *db, const WeftTraceInfo *info,
                                      WeftProcessTable *processes);

/* What records counted of each thread, into a store that was restored without them. FALSE
 * when the rows are of other threads. */
gboolean weft_rows_restore_counts (sqlite3 *db, WeftTraceStore *store);

/* Owners, command lines and, up to @until_ns, ends that no record tells, of all processes.
 * FALSE as above. */
gboolean weft_rows_restore_facts (sqlite3 *db, guint64 until_ns, WeftProcessTable *processes);

G_END_DECLS
