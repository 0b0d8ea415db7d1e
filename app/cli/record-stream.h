/* record-stream.h: the events of a live trace as text, written by a thread of its own:
 * who reads them may be slow, or stop, and that must hold up nothing but the text. In: a
 * store that grows. Out: bytes on a stream. */
#pragma once
#include "event-export.h"

G_BEGIN_DECLS

typedef struct _WeftRecordStream WeftRecordStream;

/* Called once, in the main context: all is written, or @error tells why not. */
typedef void (*WeftRecordStreamEnded) (const GError *error, gpointer user_data);

/* @out: (transfer none): is not closed */
WeftRecordStream *weft_record_stream_new (WeftTraceStore *store, WeftEventFormat format,
                                          GOutputStream *out, WeftRecordStreamEnded ended,
                                          gpointer user_data);

/* What is not written by now is given up. */
void weft_record_stream_free (WeftRecordStream *self);

/* The store has grown. */
void weft_record_stream_step (WeftRecordStream *self);

/* The store is finished: the rest is written, then @ended is called. */
void weft_record_stream_end (WeftRecordStream *self);

/* TRUE when nothing more will be written, for whatever reason. */
gboolean weft_record_stream_has_ended (WeftRecordStream *self);

G_END_DECLS
