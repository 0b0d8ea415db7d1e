/* service.c: see the header. In: OpenSession from anyone. Out: what an opening makes of it.
 * The name is given up and taken back here. */
#include "service.h"
#include "bus-guard.h"
#include "call-limit.h"
#include "opening.h"
#include "session-list.h"
#include "weft-dbus.h"
#include <glib/gi18n.h>

#define MOST_IN_FLIGHT_PER_CALLER 4
/* A call that was on its way when the name was given up arrives within. */
#define LEAVING_MS 200

struct _WeftService
{
  GObject parent_instance;

  GMainLoop *loop;
  GDBusConnection *bus;
  WeftDBusTracer1 *skeleton;
  WeftSessionList *sessions;
  WeftOpenings *openings;
  guint idle_s;
  guint idle;       /* timer */
  gboolean leaving; /* without a name: @idle ends it all, unless a call came */
  GError *failure;  /* why the loop was left, where that was no end as it should be */
};

G_DEFINE_FINAL_TYPE (WeftService, weft_service, G_TYPE_OBJECT)

/* --- the method ----------------------------------------------------------- */

static gboolean
read_options (GVariant *given, WeftSessionOptions *options, GError **error)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;
  gboolean known = TRUE;

  g_variant_iter_init (&iter, given);
  while (known && g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      if (g_str_equal (name, "own") && g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
        options->own = g_variant_get_boolean (value);
      else if (g_str_equal (name, "ring-bytes")
               && g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
        options->ring_bytes = g_variant_get_uint32 (value);
      else
        known = FALSE;
      g_variant_unref (value);
    }
  if (known)
    return weft_session_check_ring (options->own, options->ring_bytes, error);
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
               _ ("This version of the helper knows the options “own” (b) and “ring-bytes” (u)"));
  return FALSE;
}

static void update_idle (WeftService *self);

static gboolean
handle_open_session_cb (WeftDBusTracer1 *skeleton, GDBusMethodInvocation *invocation,
                        GUnixFDList *fds, GVariant *given, WeftService *self)
{
  WeftSessionOptions options = { 0 };
  GError *error = NULL;

  if (!read_options (given, &options, &error))
    {
      g_dbus_method_invocation_take_error (invocation, error);
      return TRUE;
    }
  weft_openings_add (self->openings, invocation, &options);
  update_idle (self);
  return TRUE;
}

/* --- coming and going ----------------------------------------------------- */

static gboolean
is_idle (WeftService *self)
{
  return weft_session_list_get_length (self->sessions) == 0
         && weft_openings_get_length (self->openings) == 0;
}

/* The bus's answer is a number. @callback as g_dbus_connection_call() calls it. */
static void
call_bus (WeftService *self, const char *method, GVariant *arguments, GAsyncReadyCallback callback)
{
  g_dbus_connection_call (self->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", method, arguments, G_VARIANT_TYPE ("(u)"),
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, callback, self);
}

static void
took_name_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WeftService *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  guint32 code = 0;

  if (answer != NULL)
    g_variant_get (answer, "(u)", &code);
  if (code == 1 || code == 4) /* ours now, ours already */
    return;
  if (!is_idle (self))
    return; /* another has it now: we end with our sessions */
  g_clear_error (&self->failure);
  g_set_error (&self->failure, G_IO_ERROR, G_IO_ERROR_FAILED,
               _ ("Cannot take the name %s on the system bus: %s"), WEFT_SERVICE_NAME,
               error != NULL ? error->message : _ ("another helper has it"));
  g_main_loop_quit (self->loop);
}

static void
take_name (WeftService *self)
{
  call_bus (self, "RequestName", g_variant_new ("(su)", WEFT_SERVICE_NAME, 4 /* do not queue */),
            took_name_cb);
}

/* Whoever called before the name was given up has been heard by now. */
static gboolean
leave_cb (gpointer user_data)
{
  WeftService *self = user_data;

  self->idle = 0;
  self->leaving = FALSE;
  if (is_idle (self))
    g_main_loop_quit (self->loop);
  else
    take_name (self);
  return G_SOURCE_REMOVE;
}

static void
gave_name_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WeftService *self = user_data;
  g_autoptr (GVariant) answer
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  self->idle = g_timeout_add (LEAVING_MS, leave_cb, self);
}

static gboolean
idle_cb (gpointer user_data)
{
  WeftService *self = user_data;

  self->idle = 0;
  self->leaving = TRUE;
  call_bus (self, "ReleaseName", g_variant_new ("(s)", WEFT_SERVICE_NAME), gave_name_up_cb);
  return G_SOURCE_REMOVE;
}

static void
update_idle (WeftService *self)
{
  if (self->leaving)
    return;
  g_clear_handle_id (&self->idle, g_source_remove);
  if (is_idle (self))
    self->idle = g_timeout_add_seconds (self->idle_s, idle_cb, self);
}

static void
opening_answered (gpointer user_data)
{
  update_idle (user_data);
}

static void
session_ended (gpointer user_data)
{
  WeftService *self = user_data;

  weft_openings_retry (self->openings);
  update_idle (self);
}

static gboolean export(WeftService *self, GError **error)
{
  self->skeleton = weft_dbus_tracer1_skeleton_new ();
  g_signal_connect (self->skeleton, "handle-open-session", G_CALLBACK (handle_open_session_cb),
                    self);
  return g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->skeleton), self->bus,
                                           WEFT_SERVICE_PATH, error);
}

WeftService *
weft_service_new (GMainLoop *loop, guint idle_s, GError **error)
{
  g_autoptr (WeftService) self = g_object_new (WEFT_TYPE_SERVICE, NULL);

  self->loop = g_main_loop_ref (loop);
  self->idle_s = idle_s;
  self->bus = weft_bus_guard_connect (error);
  if (self->bus == NULL)
    {
      g_prefix_error (error, _ ("Cannot reach the system bus: "));
      return NULL;
    }
  g_dbus_connection_set_exit_on_close (self->bus, FALSE);
  g_signal_connect_swapped (self->bus, "closed", G_CALLBACK (g_main_loop_quit), loop);
  weft_call_limit_install (self->bus, MOST_IN_FLIGHT_PER_CALLER, WEFT_EXCESS_ANSWER);
  self->sessions = weft_session_list_new (session_ended, self);
  self->openings = weft_openings_new (self->bus, self->sessions, opening_answered, self);
  if (!export(self, error))
    return NULL;
  take_name (self);
  update_idle (self);
  return g_steal_pointer (&self);
}

gboolean
weft_service_has_ended_well (WeftService *self, GError **error)
{
  if (self->failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->failure));
  return FALSE;
}

static void
weft_service_dispose (GObject *object)
{
  WeftService *self = WEFT_SERVICE (object);

  g_clear_handle_id (&self->idle, g_source_remove);
  g_clear_pointer (&self->openings, weft_openings_free);
  g_clear_pointer (&self->sessions, weft_session_list_free);
  g_clear_object (&self->skeleton);
  g_clear_object (&self->bus);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_error (&self->failure);
  G_OBJECT_CLASS (weft_service_parent_class)->dispose (object);
}

static void
weft_service_class_init (WeftServiceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_service_dispose;
}

static void
weft_service_init (WeftService *self)
{
}
