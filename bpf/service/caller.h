/* caller.h: who a bus name is, as the bus itself says, and whose group that is. Holds no
 * state. Nothing here can be cancelled: a call that GDBus was told to cancel when its answer
 * was already there would stay for ever, with its descriptors, where it is synchronous. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  guint32 uid;
  guint32 pid; /* 0: the bus does not know */
} WeftCaller;

/**
 * weft_caller_find_async:
 * @sender: unique bus name
 *
 * Asks the bus, which answers at once, with what the kernel said when the caller connected.
 */
void weft_caller_find_async (GDBusConnection *bus, const char *sender, GAsyncReadyCallback callback,
                             gpointer user_data);

/* FALSE and @caller untouched when the name is gone. */
gboolean weft_caller_find_finish (GAsyncResult *result, WeftCaller *caller, GError **error);

/**
 * weft_caller_find_group_async:
 *
 * Asks the user database in a thread: it may be slow.
 */
void weft_caller_find_group_async (guint32 uid, GAsyncReadyCallback callback, gpointer user_data);

/* Of the user's entry; G_MAXUINT32, which nobody has, without one. FALSE and @gid untouched
 * when the database could not be asked. */
gboolean weft_caller_find_group_finish (GAsyncResult *result, guint32 *gid, GError **error);

G_END_DECLS
