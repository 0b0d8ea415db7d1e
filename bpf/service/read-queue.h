/* read-queue.h: the Reads of one session that wait for their answer. In: calls, and the
 * tracer that answers them. Out: records, only as fast as the client reads: what it leaves
 * in the ring is counted as lost. Everything in the thread of the session's context. */
#pragma once
#include "tracer.h"
#include "weft-dbus.h"

G_BEGIN_DECLS

#define WEFT_READ_QUEUE_MOST 2
#define WEFT_READ_QUEUE_LEAST_BYTES 128u
#define WEFT_READ_QUEUE_MOST_BYTES (4u << 20)
#define WEFT_READ_QUEUE_MOST_WAIT_MS 1000u

typedef struct _WeftReadQueue WeftReadQueue;

/**
 * weft_read_queue_new:
 * @connection: on which nothing is processed yet: answers that GDBus holds count as reads
 * @skeleton: (transfer none): outlives the queue
 * @ring_bytes: 0 for the tracer's default
 */
WeftReadQueue *weft_read_queue_new (GMainContext *context, GDBusConnection *connection,
                                    WeftDBusSession1 *skeleton, guint32 ring_bytes);

/* Drops what waits: nobody is there any more. Accepts NULL. */
void weft_read_queue_free (WeftReadQueue *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftReadQueue, weft_read_queue_free)

/**
 * weft_read_queue_push:
 * @tracer: (transfer none): the same each time; outlives the queue
 * @invocation: (transfer full): answered when enough is there, or refused at once
 */
void weft_read_queue_push (WeftReadQueue *self, WeftTracer *tracer,
                           GDBusMethodInvocation *invocation, guint32 max_bytes, guint32 wait_ms);

/* The tracer was stopped: whoever waits gets the rest. */
void weft_read_queue_stop (WeftReadQueue *self);

G_END_DECLS
