/* call-limit.h: how many calls of one peer may be in flight. GDBus queues what
 * comes in and what goes out without bound; this filter, in GDBus's own worker
 * thread, is what bounds both. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  WEFT_EXCESS_ANSWER,     /* with LimitsExceeded: others share the connection */
  WEFT_EXCESS_DISCONNECT, /* the peer has it for itself */
} WeftExcess;

/**
 * weft_call_limit_install:
 * @most: calls in flight per sender on a bus, else on the connection
 *
 * A call is in flight from its arrival until its answer begins to leave. Calls
 * beyond @most and calls that bring descriptors are refused as @excess says,
 * calls that want no answer are dropped: none of them reaches the main loop.
 * Stays for as long as the connection does; install it before the connection
 * processes messages.
 */
void weft_call_limit_install (GDBusConnection *connection, guint most, WeftExcess excess);

G_END_DECLS
