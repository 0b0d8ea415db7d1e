/* recording-scopes.h: what was traced, in the file. In: a store, or a file of any
 * origin. Out: rows, or the scopes in a store. */
#pragma once
#include "database.h"
#include "trace-scope.h"

G_BEGIN_DECLS

/* Puts those of @store in the place of those in the file. Within a transaction. */
gboolean weft_recording_write_scopes (sqlite3 *db, WeftTraceStore *store, GError **error);

/* Gives an empty @store the scopes of a file. A recording of before they were kept
 * says no more than @own_only. FALSE: rows are damaged, and what they told is missing. */
gboolean weft_recording_restore_scopes (sqlite3 *db, gboolean own_only, WeftTraceStore *store);

G_END_DECLS
