/* authority.h: one asynchronous question to polkit. Holds no state. */
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
 *
 * A polkit that is absent, hangs up or does not know the action means no.
 */
void weft_authority_check_async (const char *sender, const char *action, gboolean interactive,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data);

/* FALSE + G_DBUS_ERROR_ACCESS_DENIED when polkit says no, could not be asked, or
 * the dialog was dismissed; the message says which. */
gboolean weft_authority_check_finish (GAsyncResult *result, GError **error);

G_END_DECLS
