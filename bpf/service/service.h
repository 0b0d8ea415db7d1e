/* service.h: the object on the system bus that opens sessions: who may have
 * one, and how many. Ends the main loop when nobody needs it any more. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

#define WEFT_SERVICE_NAME "io.github.weftscope.Tracer1"
#define WEFT_SERVICE_PATH "/io/github/weftscope/Tracer1"

#define WEFT_TYPE_SERVICE (weft_service_get_type ())
G_DECLARE_FINAL_TYPE (WeftService, weft_service, WEFT, SERVICE, GObject)

/**
 * weft_service_new:
 * @loop: left when the service was idle for @idle_s, or lost its bus or name
 * @idle_s: seconds; at least 1
 *
 * Connects to the system bus, exports the object, asks for the name.
 */
WeftService *weft_service_new (GMainLoop *loop, guint idle_s, GError **error);

/* After the loop: FALSE when the name was refused. */
gboolean weft_service_has_ended_well (WeftService *self, GError **error);

G_END_DECLS
