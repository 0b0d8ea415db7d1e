/* service.h: the object on the system bus. In: OpenSession. Out: sessions, within
 * their limits, for those polkit lets. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

#define WEFT_TYPE_SERVICE (weft_service_get_type ())
G_DECLARE_FINAL_TYPE (WeftService, weft_service, WEFT, SERVICE, GObject)

/* Serves on @connection; emits "idle" when there was no session and no question
 * for @idle_s seconds. */
WeftService *weft_service_new (GDBusConnection *connection, guint idle_s, GError **error);

G_END_DECLS
