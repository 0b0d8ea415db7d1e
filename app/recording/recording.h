/* recording.h: a trace on disk while it runs. In: a store's sealed chunks, in the
 * store's writer thread. Out: a .weft file that opens whatever happens to us, and
 * the chunks back when the store wants them. A thread of its own does the work.
 * Reading files is recording-reader.h. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_RECORDING_NONE = 0,
  WEFT_RECORDING_PRIVATE = 1 << 0, /* mode 0600, and capped: an unsaved trace */
} WeftRecordingFlags;

#define WEFT_TYPE_RECORDING (weft_recording_get_type ())
G_DECLARE_FINAL_TYPE (WeftRecording, weft_recording, WEFT, RECORDING, GObject)

/**
 * WeftRecording::failed:
 * @error: what was attempted, why it failed, what to do
 *
 * Writing stopped (the disk is full, an unsaved trace reached its cap); that of
 * weft_recording_finish() knows what could be kept. Emitted once, in the thread-default main
 * context of weft_recording_create(). What was written opens; the caller stops the trace and
 * finishes the recording.
 */

/**
 * weft_recording_create:
 * @path: (type filename): of an empty file, as output-file.h makes it, or of none;
 *   what is there otherwise is refused
 * @store: (transfer none): takes over its chunk and fetch functions. Must not have
 *   sealed a chunk yet.
 *
 * Returns: (transfer full): or NULL with @error set
 */
WeftRecording *weft_recording_create (const char *path, WeftTraceStore *store,
                                      WeftRecordingFlags flags, GError **error);

/* The same in the user's cache folder: for a trace that may never be saved. */
WeftRecording *weft_recording_create_unsaved (WeftTraceStore *store, GError **error);

/**
 * weft_recording_finish:
 *
 * Waits until all chunks are written and closes the file: one file, no journal
 * beside it. To be called after weft_trace_store_finish(). The store can still
 * fetch. May take seconds: not on the main thread of a window. Does nothing the
 * second time. After a failure what is left is tried once more, for the journal has
 * given its room back.
 *
 * Returns: %FALSE when writing failed, now or before; what was written opens
 */
gboolean weft_recording_finish (WeftRecording *self, GError **error);

/* Of a finished one: all that the store got is in the file. */
gboolean weft_recording_is_whole (WeftRecording *self);
/* No event could be written, and nobody else wrote there. */
gboolean weft_recording_is_empty (WeftRecording *self);

/**
 * weft_recording_save_as:
 * @path: (type filename): where to; a file there is replaced when the new one is
 *   whole and on the disk, a link keeps pointing at it, anything else is refused
 *
 * Finishes when that was not done, then moves an unsaved recording, or copies
 * one that is saved already; the copy is what it is from then on. Slow: not on the
 * main thread of a window. After a failure all is as it was.
 */
gboolean weft_recording_save_as (WeftRecording *self, const char *path, GCancellable *cancellable,
                                 GError **error);

/* (type filename) (transfer full): where it is now. */
char *weft_recording_dup_path (WeftRecording *self);
gboolean weft_recording_is_saved (WeftRecording *self);
/* Of the file, and of what waits beside it. */
guint64 weft_recording_get_bytes (WeftRecording *self);

/* An unsaved recording is removed with its object; call this to keep it for
 * weft_unsaved_list(), until weft_recording_discard() says otherwise. */
void weft_recording_keep (WeftRecording *self);

/* Ends it and removes what an unsaved one has on disk, kept or not; nothing feeds its
 * store any more. Leaves alone what was saved. Slow: not on the main thread. */
void weft_recording_discard (WeftRecording *self);

/* @path: (type filename): of weft_unsaved_list(). TRUE when no event came into it before
 * its writer was gone; FALSE also when that cannot be told. */
gboolean weft_recording_file_is_empty (const char *path);

/**
 * weft_recording_adopt:
 * @path: (type filename): of weft_unsaved_list(), or of any file
 *
 * Takes over what is there, finished. What another run left unsaved is kept, and
 * locked for this process; any other file is left alone and counts as saved. Its
 * store is opened by weft_recording_open(). Slow, as above.
 *
 * Returns: (transfer full): or NULL when another Weftscope has it, or it is gone
 */
WeftRecording *weft_recording_adopt (const char *path, GError **error);

/* Of a finished one whose file goes: what could not be brought from its log into it goes
 * with it. */
void weft_recording_remove_log (WeftRecording *self);

G_END_DECLS
