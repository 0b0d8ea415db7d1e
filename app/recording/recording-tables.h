/* recording-tables.h: keeps the tables of a recording up with its store; private
 * to the recording, one thread at a time. In: a store and sealed chunks. Out: rows.
 * Reads the store in short read sections, writes outside them. */
#pragma once
#include "database.h"
#include "trace-store.h"

G_BEGIN_DECLS

typedef struct _WeftRecordingTables WeftRecordingTables;

/* @db, @store: (transfer none): outlive it */
WeftRecordingTables *weft_recording_tables_new (sqlite3 *db, WeftTraceStore *store, GError **error);
void weft_recording_tables_free (WeftRecordingTables *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRecordingTables, weft_recording_tables_free)

/* Each needs a transaction of the caller's. */

/* Adds the chunk with its records and tables, and writes the threads that change in it
 * anew; of one that was added before the tables that it has are replaced. */
gboolean weft_recording_tables_add_chunk (WeftRecordingTables *self, WeftChunk *chunk,
                                          GError **error);

/* Writes processes, marks and the session's row as far as they changed. At the
 * end, with @finished, all of it and every thread. */
gboolean weft_recording_tables_update (WeftRecordingTables *self, gboolean finished,
                                       GError **error);

G_END_DECLS
