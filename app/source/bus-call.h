/* bus-call.h: a D-Bus call whose answer is waited for, and which can be given up. In: a
 * call. Out: its answer, or why there is none. In a thread that may wait; it turns no
 * main context but one of its own.
 *
 * GDBus's own synchronous calls must not be given up: when the answer and the cancellation
 * meet, a context with its descriptor stays behind for ever. */
#pragma once
#include <gio/gio.h>
#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

typedef struct
{
  const char *bus_name; /* NULL on a connection from end to end */
  const char *path, *interface, *method;
  const char *answer_type;
  GDBusCallFlags flags;
  int timeout_ms;
} WeftBusCall;

/**
 * weft_bus_call:
 * @arguments: (nullable): a floating reference is taken
 * @fds: (out) (optional) (transfer full) (nullable): what came with the answer
 *
 * Returns: (transfer full): or NULL with @error
 */
GVariant *weft_bus_call (GDBusConnection *connection, const WeftBusCall *call, GVariant *arguments,
                         GUnixFDList **fds, GCancellable *cancellable, GError **error);

G_END_DECLS
