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
 * or, when it fails, none. An unsaved trace is changed where it is; any other file
 * may be a stranger's, or have a stranger's journal beside it: a changed copy takes
 * its place, and who has it open for reading goes on with what he opened. Another recording
 * that took the name meanwhile is left alone: %G_IO_ERROR_EXISTS. Waits for
 * the disk: for a worker thread, one at a time.
 */
gboolean weft_recording_write_marks (const char *path, WeftTraceStore *store, GError **error);

/* Gives @store the user's marks of a file of any origin. FALSE: rows are damaged, and what
 * they told is missing. */
gboolean weft_recording_restore_marks (sqlite3 *db, WeftTraceStore *store);

G_END_DECLS
