/* recording-copy.h: a recording of any origin as one file of ours. In: a path. Out: a
 * file that this process made, whole. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/* TRUE when the file alone is not the recording: a log or a journal stands beside it,
 * or somebody writes to it. */
gboolean weft_recording_copy_is_needed (const char *path);

/**
 * weft_recording_copy_change:
 * @path: (type filename): of a recording; a link is followed and stays
 * @change: is given a connection to the copy
 *
 * Puts a changed copy in the place of a recording, with its log in it: as a whole or, when
 * it fails, not at all, with the care of output-file.h for what others put there
 * meanwhile. Who has it open goes on with what he opened.
 *
 * Returns: %FALSE with @error set to why
 */
typedef gboolean (*WeftRecordingChange) (gpointer db, gpointer user_data, GError **error);

gboolean weft_recording_copy_change (const char *path, WeftRecordingChange change,
                                     gpointer user_data, GError **error);

G_END_DECLS
