/* record-sink.h: where a live trace goes: a recording, or a stream of events. In: a
 * store that grows. Out: a file or standard output. */
#pragma once
#include "record-options.h"
#include "recording.h"

G_BEGIN_DECLS

typedef struct _WeftRecordSink WeftRecordSink;

/* Called once, in the main context, when nothing more can be written. */
typedef void (*WeftRecordSinkFailed) (const GError *error, gpointer user_data);

/* @store: (transfer none): empty yet. A file that is there stays until
 * weft_record_sink_finish(); without a name one is made of the date, which nobody has.
 * %G_IO_ERROR_WOULD_BLOCK: nobody reads yet from the pipe that it shall go to. */
WeftRecordSink *weft_record_sink_new (const WeftRecordOptions *options, WeftTraceStore *store,
                                      WeftRecordSinkFailed failed, gpointer user_data,
                                      GError **error);

/* Without weft_record_sink_finish(), leaves the folder as it was. */
void weft_record_sink_free (WeftRecordSink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRecordSink, weft_record_sink_free)

/* The store has grown. */
void weft_record_sink_step (WeftRecordSink *self);

/* The store is finished: what is left is written. @ended is called in the main context
 * when that is done, or has failed; at once where it takes no reader. */
void weft_record_sink_end (WeftRecordSink *self, void (*ended) (gpointer));

/**
 * weft_record_sink_finish:
 * @whole: it went as it was meant to: the file takes the place of the one that was
 *   there; else it stays under the name that it has, see weft_record_sink_get_name()
 *
 * After weft_record_sink_end(); without waiting for its callback, what is not written
 * yet is given up, and @error says so.
 */
gboolean weft_record_sink_finish (WeftRecordSink *self, gboolean whole, GError **error);

/* (transfer none) (nullable): of the file as it is now; NULL when there is none. */
const char *weft_record_sink_get_name (WeftRecordSink *self);

/**
 * weft_record_sink_open_kept:
 * @kept: (out) (transfer full) (nullable): what the finished file has, where that is not all
 *   that came
 *
 * Returns: %FALSE when nothing of it can be read
 */
gboolean weft_record_sink_open_kept (WeftRecordSink *self, WeftTraceStore **kept);

/* What is on the disk by now; FALSE for a stream. */
gboolean weft_record_sink_get_bytes (WeftRecordSink *self, guint64 *bytes);

G_END_DECLS
