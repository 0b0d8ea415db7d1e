/* session-marks.h: the user's marks of a window's trace. In: times. Out: marks in
 * the store, and in the file of a trace that is complete. */
#pragma once
#include "recording/recording.h"
#include "trace/trace-store.h"

G_BEGIN_DECLS

/* Removes the mark that is at most @near_ns from @time_ns, or sets one there. */
void weft_session_marks_toggle (WeftTraceStore *store, guint64 time_ns, guint64 near_ns);

/**
 * weft_session_marks_save:
 * @recording: whose file is meant, wherever it is by then
 *
 * Writes the marks of @store to the file, one after another, never while the file
 * is moved by a holder of weft_session_marks_lock_file(). Waits for the disk.
 */
gboolean weft_session_marks_save (WeftTraceStore *store, WeftRecording *recording, GError **error);
/* The same in a worker. */
void weft_session_marks_save_async (WeftTraceStore *store, WeftRecording *recording,
                                    GAsyncReadyCallback callback, gpointer user_data);
gboolean weft_session_marks_save_finish (GAsyncResult *result, GError **error);

/* For a thread that moves the file. */
void weft_session_marks_lock_file (void);
void weft_session_marks_unlock_file (void);

G_END_DECLS
