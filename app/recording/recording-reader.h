/* recording-reader.h: a .weft file as a store. In: a path. Out: a store that holds
 * the whole trace, and fetches from the file what leaves its memory. Never writes
 * to the file or beside it. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

/* @fraction: 0 … 1. In the thread that opens. */
typedef void (*WeftRecordingProgress) (double fraction, gpointer user_data);

/**
 * weft_recording_open:
 * @path: (type filename)
 * @progress: (nullable)
 * @warning: (out) (optional) (nullable) (transfer full): a sentence for the user
 *   when the recording opened, but not all of it: chunks are damaged, or it was
 *   cut off, or is being written still
 *
 * Slow: for a worker thread. Chunks are decoded by all CPUs.
 *
 * Returns: (transfer full): a finished store, or NULL when the file is foreign,
 * of a newer version, or damaged beyond use; the message names the file
 */
WeftTraceStore *weft_recording_open (const char *path, WeftRecordingProgress progress,
                                     gpointer user_data, char **warning, GCancellable *cancellable,
                                     GError **error);

/* TRUE when the first bytes of a file are those of a recording, of whatever version. */
gboolean weft_recording_recognise_head (const guint8 *head, gsize size);
/* The same of a file by name. */
gboolean weft_recording_recognise (const char *path);

G_END_DECLS
