/* recording-renames.h: what processes were called before. In: the store's processes. Out:
 * rows; the name that each had first is where a reopened trace begins. */
#pragma once
#include "database.h"
#include "trace-store.h"

G_BEGIN_DECLS

/* Writes the names of a process anew. */
gboolean weft_recording_write_renames (sqlite3 *db, WeftTraceStore *store, guint process,
                                       GError **error);

/* What process @id of the file was called first; NULL when it has one name, or the file is
 * of a format that does not tell. (transfer full): as the file has it, of any origin.
 * @whole: set to FALSE when the file's rows of names are damaged; else left alone */
char *weft_recording_find_first_name (sqlite3 *db, gint64 id, gboolean *whole);

G_END_DECLS
