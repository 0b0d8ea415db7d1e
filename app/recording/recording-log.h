/* recording-log.h: whether the log beside a recording is its own. In: a recording's files.
 * Out: the same, without a log that is another's. Private to the folder.
 *
 * A log holds whole pages, by number: that of another recording would show its events in the
 * place of these. Each recording has a number of its own in the one row of its session, which
 * every transaction writes, so that a log has it as well as the file. */
#pragma once
#include "recording-files.h"

G_BEGIN_DECLS

/**
 * weft_recording_log_find_files:
 *
 * As weft_recording_files_open(); a log that is another recording's is left out, and
 * %files->others_log says so. Files of formats before 4 do not tell whose a log is: theirs
 * is what lies there.
 */
gboolean weft_recording_log_find_files (const char *path, WeftRecordingFiles *files,
                                        GCancellable *cancellable, GError **error);

/* Of a recording that nobody writes: FALSE when its log, if there is one, is not its own. */
gboolean weft_recording_log_is_own (const char *path);

G_END_DECLS
