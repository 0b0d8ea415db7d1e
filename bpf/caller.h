/* caller.h: who a bus name is, as the bus itself says. Holds no state. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  guint32 uid;
  guint32 gid; /* of the user's entry; G_MAXUINT32, which nobody has, without one */
} WeftCaller;

/**
 * weft_caller_look_up_async:
 * @sender: unique bus name
 *
 * Asks bus and user database in a thread: either may be slow.
 */
void weft_caller_look_up_async (GDBusConnection *bus, const char *sender, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);

/* FALSE and @caller untouched when the name is gone. */
gboolean weft_caller_look_up_finish (GAsyncResult *result, WeftCaller *caller, GError **error);

G_END_DECLS
