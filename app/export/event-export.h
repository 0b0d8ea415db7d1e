/* event-export.h: the events of a trace as a file or a live stream. In: a store.
 * Out: CSV or JSON lines on a stream. */
#pragma once
#include "event-row.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_EVENT_FORMAT_CSV,
  WEFT_EVENT_FORMAT_JSONL,
} WeftEventFormat;

/* Called in the exporting thread now and then. */
typedef void (*WeftEventProgress) (double fraction, gpointer user_data);

/**
 * weft_event_export:
 * @filter: (nullable)
 * @out: (transfer none): left open
 * @progress: (nullable)
 *
 * Writes all events that the filter wants, in order of time. Slow: for a worker.
 */
gboolean weft_event_export (WeftTraceStore *store, WeftEventFormat format,
                            const WeftEventFilter *filter, GOutputStream *out,
                            WeftEventProgress progress, gpointer user_data,
                            GCancellable *cancellable, GError **error);

/* The same for a trace that grows. */
typedef struct _WeftEventFollower WeftEventFollower;

WeftEventFollower *weft_event_follower_new (WeftTraceStore *store, WeftEventFormat format,
                                            const WeftEventFilter *filter, GOutputStream *out);
void weft_event_follower_free (WeftEventFollower *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftEventFollower, weft_event_follower_free)

/**
 * weft_event_follower_step:
 * @last: nothing more will come
 *
 * Writes and flushes what entered the trace since the last call, each event once; one
 * that came late stands behind those of later times. The first events wait for the
 * snapshot that names their threads, some 50 ms.
 */
gboolean weft_event_follower_step (WeftEventFollower *self, gboolean last, GError **error);

G_END_DECLS
