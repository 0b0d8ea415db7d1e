/* recording-rows.h: what a recording's tables say beside its chunks; private to the
 * reader. In: a checked connection to a file of any origin. Out: values in bounds. */
#pragma once
#include "database.h"
#include "trace-store.h"

G_BEGIN_DECLS

typedef struct
{
  WeftTraceInfo info;
  guint64 end_ns;
  guint64 lost;
  gboolean finished;
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

/* Puts into an empty process table those that were there when the trace began. */
void weft_rows_restore_processes (sqlite3 *db, const WeftTraceInfo *info,
                                  WeftProcessTable *processes);

/* Owners and command lines, which no record tells, of all processes. */
void weft_rows_restore_facts (sqlite3 *db, WeftProcessTable *processes);

G_END_DECLS
