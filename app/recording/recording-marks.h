/* recording-marks.h: a person's marks in a file that is complete. In: a store that
 * was recorded or opened, and where its file is. Out: rows. Marks of a trace that
 * still runs are written with the rest of it. */
#pragma once
#include "database.h"
#include "trace-store.h"

G_BEGIN_DECLS

#define WEFT_DELETE_USER_MARKS "DELETE FROM marks WHERE kind = 'user'"

/**
 * weft_recording_write_marks:
 * @path: (type filename): of the finished recording that @store is
 *
 * Puts the user's marks of @store in the place of those in the file: all of them
 * or, when it fails, none. The file may be open for reading meanwhile, by this
 * process too: only pages of this table and new ones change. Waits for the disk:
 * for a worker thread, one at a time.
 */
gboolean weft_recording_write_marks (const char *path, WeftTraceStore *store, GError **error);

/* Gives @store the user's marks of a file of any origin. */
void weft_recording_restore_marks (sqlite3 *db, WeftTraceStore *store);

G_END_DECLS
