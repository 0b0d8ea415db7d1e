/* recording-notes.h: what a trace could not tell, in the file. In: a store, or a file of
 * any origin. Out: rows, or notes in a store. */
#pragma once
#include "database.h"
#include "trace-notes.h"

G_BEGIN_DECLS

/* Puts those of @store into the file, each in the place of one of its name. */
gboolean weft_recording_write_notes (sqlite3 *db, WeftTraceStore *store, GError **error);

/* FALSE: rows are damaged, and what they told is missing. */
gboolean weft_recording_restore_notes (sqlite3 *db, WeftTraceStore *store);

G_END_DECLS
