/* record-sink.h: where a live trace goes: a recording, or a stream of events. In: a
 * store that grows. Out: a file or standard output. */
#pragma once
#include "record-options.h"
#include "recording.h"

G_BEGIN_DECLS

typedef struct _WeftRecordSink WeftRecordSink;

/* Called once, in the main context, when nothing more can be written. */
typedef void (*WeftRecordSinkFailed) (const GError *error, gpointer user_data);

/* @store: (transfer none): empty yet. A recording that is there is put aside until
 * weft_record_sink_keep(). */
WeftRecordSink *weft_record_sink_new (const WeftRecordOptions *options, WeftTraceStore *store,
                                      WeftRecordSinkFailed failed, gpointer user_data,
                                      GError **error);

/* Without weft_record_sink_keep(), leaves the folder as it was. */
void weft_record_sink_free (WeftRecordSink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRecordSink, weft_record_sink_free)

/* Tracing runs: from here on the file stays. */
void weft_record_sink_keep (WeftRecordSink *self);

/* The store has grown. */
void weft_record_sink_step (WeftRecordSink *self);

/* The store is finished. */
gboolean weft_record_sink_finish (WeftRecordSink *self, GError **error);

/* 0 for a stream. */
guint64 weft_record_sink_get_bytes (WeftRecordSink *self);

G_END_DECLS
