/* recording-copy.h: a file that SQLite cannot open without writing is opened as a
 * private copy; private to the reader. In: a path. Out: a folder with a copy. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/* TRUE when a journal stands beside the file: it was cut off, or is being written. */
gboolean weft_recording_copy_is_needed (const char *path);

/**
 * weft_recording_copy:
 * @copy: (out) (transfer full) (type filename): the file within the folder
 *
 * Copies file and journal to a folder that only this user can read.
 *
 * Returns: (transfer full) (type filename): the folder, to be removed by the
 * caller; NULL with @error set, and nothing left behind
 */
char *weft_recording_copy (const char *path, char **copy, GCancellable *cancellable,
                           GError **error);

G_END_DECLS
