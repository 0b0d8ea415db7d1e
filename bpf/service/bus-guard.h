/* bus-guard.h: a connection to the system bus on which no message is long. Everybody may
 * send the helper one, of 32 MiB, and GDBus makes a tree of a gigabyte of it before anybody
 * is asked. So its bytes come through two threads here that look at their length. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/* The longest that comes through; what the helper is sent takes a few hundred bytes. */
#define WEFT_BUS_GUARD_MOST_BYTES (16u << 10)

/**
 * weft_bus_guard_connect:
 *
 * Longer messages are dropped, unanswered, and descriptors that come with one; what the
 * helper sends goes out as it is. The connection closes with the bus's.
 *
 * Returns: (transfer full): authenticated, with a name; or %NULL
 */
GDBusConnection *weft_bus_guard_connect (GError **error);

G_END_DECLS
