/* authority.h: one asynchronous question to polkit, by its own interface: its library holds
 * a lock while it connects, and a polkitd that hangs then would stop us all. Holds no state. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/* How the message begins when the dialog was closed: an app says less then. */
#define WEFT_AUTHORITY_DISMISSED "dismissed: "

/**
 * weft_authority_check_async:
 * @sender: unique bus name of who asks: polkit looks up the rest itself
 * @action: polkit action
 * @interactive: whether polkit may show its dialog
 * @cancellable: ends the dialog, too
 *
 * A polkit that is absent, hangs up or does not know the action means no.
 */
void weft_authority_check_async (GDBusConnection *bus, const char *sender, const char *action,
                                 gboolean interactive, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);

/**
 * weft_authority_check_finish:
 * @asking_helps: (out) (optional): whether polkit would let a person decide; set on failure
 *
 * Returns: %FALSE with %G_DBUS_ERROR_ACCESS_DENIED when polkit says no, could not be asked,
 * or the dialog was dismissed (the message says which), or %G_IO_ERROR_CANCELLED
 */
gboolean weft_authority_check_finish (GAsyncResult *result, gboolean *asking_helps, GError **error);

G_END_DECLS
