/* service.c: see the header. In: OpenSession from anyone. An Opening is one such
 * call on its way: limits, who is it, polkit, limits again. Out: a session and
 * one end of a socket, or a refusal. */
#include "service.h"
#include "authority.h"
#include "call-limit.h"
#include "caller.h"
#include "session.h"
#include "weft-dbus.h"
#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST_IN_FLIGHT_PER_CALLER 4
#define MOST_SESSIONS 8
#define MOST_SESSIONS_PER_USER 2
#define MOST_MACHINE_SESSIONS 3
#define MOST_OPENINGS 8
#define MOST_OPENINGS_PER_USER 2
/* A dialog that nobody answers does not hold its place for ever. */
#define MOST_OPENING_S 300
/* A call that was on its way when the name was given up arrives within. */
#define LEAVING_MS 200

struct _WeftService
{
  GObject parent_instance;

  GMainLoop *loop;
  GDBusConnection *bus;
  WeftDBusTracer1 *skeleton;
  GPtrArray *sessions; /* of WeftSession */
  GPtrArray *openings; /* of Opening */
  guint idle_s;
  guint idle;       /* timer */
  gboolean leaving; /* without a name: @idle ends it all, unless a call came */
};

G_DEFINE_FINAL_TYPE (WeftService, weft_service, G_TYPE_OBJECT)

/* One call of OpenSession that has not been answered. */
typedef struct
{
  WeftService *service;
  GDBusMethodInvocation *invocation; /* NULL once answered */
  WeftSessionOptions options;
  gboolean known; /* whose it is: options.uid and gid hold */
  GCancellable *cancellable;
  guint watch, timer;
} Opening;

static void update_idle (WeftService *self);

/* --- limits --------------------------------------------------------------- */

static gboolean
limit (GError **error, const char *message)
{
  g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED, message);
  return FALSE;
}

static gboolean
check_sessions (WeftService *self, const WeftSessionOptions *wanted, GError **error)
{
  guint of_user = 0, of_machine = 0;

  for (guint i = 0; i < self->sessions->len; i++)
    {
      const WeftSessionOptions *other = weft_session_get_options (self->sessions->pdata[i]);

      of_user += other->uid == wanted->uid;
      of_machine += !other->own;
    }
  if (of_user >= MOST_SESSIONS_PER_USER)
    return limit (error, _ ("You have two trace sessions already; stop one of them first"));
  if (!wanted->own && of_machine >= MOST_MACHINE_SESSIONS)
    return limit (error, _ ("Three sessions trace the whole machine already; wait until one ends, "
                            "or trace your own processes only"));
  if (self->sessions->len >= MOST_SESSIONS)
    return limit (error, _ ("There are eight trace sessions already; wait until one ends"));
  return TRUE;
}

static gboolean
check_openings_of_caller (WeftService *self, const char *sender, GError **error)
{
  if (self->openings->len >= MOST_OPENINGS)
    return limit (error, _ ("Too many people are being asked for a password; try again later"));
  for (guint i = 0; i < self->openings->len; i++)
    {
      const Opening *other = self->openings->pdata[i];

      if (g_strcmp0 (sender, g_dbus_method_invocation_get_sender (other->invocation)) == 0)
        return limit (error, _ ("You are being asked for a password already"));
    }
  return TRUE;
}

static gboolean
check_openings_of_user (WeftService *self, guint32 uid, GError **error)
{
  guint number = 0;

  for (guint i = 0; i < self->openings->len; i++)
    {
      const Opening *other = self->openings->pdata[i];

      number += other->known && other->options.uid == uid;
    }
  return number < MOST_OPENINGS_PER_USER
         || limit (error, _ ("You are being asked for a password twice already"));
}

/* --- one call on its way -------------------------------------------------- */

static void
opening_free (gpointer data)
{
  Opening *opening = data;

  g_clear_handle_id (&opening->watch, g_bus_unwatch_name);
  g_clear_handle_id (&opening->timer, g_source_remove);
  g_clear_object (&opening->cancellable);
  g_clear_object (&opening->invocation); /* unanswered: the caller is gone */
  g_free (opening);
}

static void
opening_end (Opening *opening)
{
  WeftService *self = opening->service;

  g_ptr_array_remove_fast (self->openings, opening);
  update_idle (self);
  g_object_unref (self);
}

static void
opening_refuse (Opening *opening, const GError *error)
{
  g_dbus_method_invocation_return_gerror (g_steal_pointer (&opening->invocation), error);
  opening_end (opening);
}

static void
session_closed_cb (WeftSession *session, WeftService *self)
{
  g_ptr_array_remove_fast (self->sessions, session);
  update_idle (self);
}

/* Returns: the client's end of a new session's connection, or -1. */
static int
add_session (WeftService *self, const WeftSessionOptions *options, GError **error)
{
  WeftSession *session;
  int ends[2], out_fd;

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_FAILED,
                   _ ("Cannot make a connection for the trace: %s"), g_strerror (errno));
      return -1;
    }
  out_fd = fcntl (ends[0], F_DUPFD_CLOEXEC, 3);
  if (out_fd < 0)
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_FAILED,
                   _ ("Cannot make a connection for the trace: %s"), g_strerror (errno));
      close (ends[0]);
      close (ends[1]);
      return -1;
    }
  session = weft_session_new (ends[0], out_fd, options, error);
  if (session == NULL)
    {
      close (ends[1]);
      return -1;
    }
  g_signal_connect (session, "closed", G_CALLBACK (session_closed_cb), self);
  g_ptr_array_add (self->sessions, session);
  return ends[1];
}

static void
opening_grant (Opening *opening)
{
  WeftService *self = opening->service;
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  g_autoptr (GError) error = NULL;
  int fd = -1, handle = -1;

  if (check_sessions (self, &opening->options, &error))
    fd = add_session (self, &opening->options, &error);
  if (fd >= 0)
    {
      handle = g_unix_fd_list_append (list, fd, &error); /* duplicates it */
      close (fd);
    }
  if (handle < 0)
    {
      opening_refuse (opening, error);
      return;
    }
  weft_dbus_tracer1_complete_open_session (self->skeleton, g_steal_pointer (&opening->invocation),
                                           list, g_variant_new_handle (handle));
  opening_end (opening);
}

static void
authorised_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Opening *opening = user_data;
  g_autoptr (GError) error = NULL;

  if (weft_authority_check_finish (result, &error))
    {
      opening_grant (opening);
      return;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_clear_error (&error);
      g_set_error_literal (&error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                           _ ("Nobody answered the question for a password in time"));
    }
  opening_refuse (opening, error);
}

static void
ask_polkit (Opening *opening)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (opening->invocation);
  gboolean interactive
      = (g_dbus_message_get_flags (message) & G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION)
        != 0;

  weft_authority_check_async (g_dbus_method_invocation_get_sender (opening->invocation),
                              opening->options.own ? "io.github.weftscope.trace-own"
                                                   : "io.github.weftscope.trace",
                              interactive, opening->cancellable, authorised_cb, opening);
}

static void
looked_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Opening *opening = user_data;
  WeftCaller caller = { 0 };
  g_autoptr (GError) error = NULL;

  if (!weft_caller_look_up_finish (result, &caller, &error)
      || !check_openings_of_user (opening->service, caller.uid, &error))
    {
      opening_refuse (opening, error);
      return;
    }
  opening->options.uid = caller.uid;
  opening->options.gid = caller.gid;
  opening->known = TRUE;
  if (!check_sessions (opening->service, &opening->options, &error))
    opening_refuse (opening, error);
  else if (caller.uid == 0)
    opening_grant (opening);
  else
    ask_polkit (opening);
}

/* --- the method ----------------------------------------------------------- */

static void
caller_vanished_cb (GDBusConnection *bus, const char *name, gpointer user_data)
{
  Opening *opening = user_data;

  g_cancellable_cancel (opening->cancellable);
}

static gboolean
took_too_long_cb (gpointer user_data)
{
  Opening *opening = user_data;

  opening->timer = 0;
  g_cancellable_cancel (opening->cancellable);
  return G_SOURCE_REMOVE;
}

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

static void
begin_opening (WeftService *self, GDBusMethodInvocation *invocation,
               const WeftSessionOptions *options)
{
  Opening *opening = g_new0 (Opening, 1);
  const char *sender = g_dbus_method_invocation_get_sender (invocation);

  opening->service = g_object_ref (self);
  opening->invocation = invocation;
  opening->options = *options;
  opening->cancellable = g_cancellable_new ();
  opening->watch = g_bus_watch_name_on_connection (self->bus, sender, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                   NULL, caller_vanished_cb, opening, NULL);
  opening->timer = g_timeout_add_seconds (MOST_OPENING_S, took_too_long_cb, opening);
  g_ptr_array_add (self->openings, opening);
  update_idle (self);
  weft_caller_look_up_async (self->bus, sender, opening->cancellable, looked_up_cb, opening);
}

static gboolean
handle_open_session_cb (WeftDBusTracer1 *skeleton, GDBusMethodInvocation *invocation,
                        GUnixFDList *fds, GVariant *given, WeftService *self)
{
  WeftSessionOptions options = { 0 };
  g_autoptr (GError) error = NULL;

  if (read_options (given, &options, &error)
      && check_openings_of_caller (self, g_dbus_method_invocation_get_sender (invocation), &error))
    begin_opening (self, invocation, &options);
  else
    g_dbus_method_invocation_return_gerror (invocation, error);
  return TRUE;
}

/* --- coming and going ----------------------------------------------------- */

static gboolean
is_idle (WeftService *self)
{
  return self->sessions->len == 0 && self->openings->len == 0;
}

static guint32
call_bus (WeftService *self, const char *method, GVariant *arguments, GError **error)
{
  g_autoptr (GVariant) answer
      = g_dbus_connection_call_sync (self->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                     "org.freedesktop.DBus", method, arguments,
                                     G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL,
                                     error);
  guint32 code = 0;

  if (answer != NULL)
    g_variant_get (answer, "(u)", &code);
  return code;
}

static gboolean
take_name (WeftService *self, GError **error)
{
  g_autoptr (GError) cause = NULL;
  guint32 code = call_bus (self, "RequestName",
                           g_variant_new ("(su)", WEFT_SERVICE_NAME, 4 /* do not queue */), &cause);

  if (code == 1 || code == 4) /* ours now, ours already */
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
               _ ("Cannot take the name %s on the system bus: %s"), WEFT_SERVICE_NAME,
               cause != NULL ? cause->message : _ ("another helper has it"));
  return FALSE;
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
    take_name (self, NULL); /* where another has it now, we end with our sessions */
  return G_SOURCE_REMOVE;
}

static gboolean
idle_cb (gpointer user_data)
{
  WeftService *self = user_data;

  self->leaving = TRUE;
  call_bus (self, "ReleaseName", g_variant_new ("(s)", WEFT_SERVICE_NAME), NULL);
  self->idle = g_timeout_add (LEAVING_MS, leave_cb, self);
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
  self->bus = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, error);
  if (self->bus == NULL)
    {
      g_prefix_error (error, _ ("Cannot reach the system bus: "));
      return NULL;
    }
  g_dbus_connection_set_exit_on_close (self->bus, FALSE);
  g_signal_connect_swapped (self->bus, "closed", G_CALLBACK (g_main_loop_quit), loop);
  weft_call_limit_install (self->bus, MOST_IN_FLIGHT_PER_CALLER, WEFT_EXCESS_ANSWER);
  if (!export(self, error) || !take_name (self, error))
    return NULL;
  update_idle (self);
  return g_steal_pointer (&self);
}

static void
weft_service_dispose (GObject *object)
{
  WeftService *self = WEFT_SERVICE (object);

  g_clear_handle_id (&self->idle, g_source_remove);
  g_clear_pointer (&self->sessions, g_ptr_array_unref);
  g_clear_pointer (&self->openings, g_ptr_array_unref);
  g_clear_object (&self->skeleton);
  g_clear_object (&self->bus);
  g_clear_pointer (&self->loop, g_main_loop_unref);
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
  self->sessions = g_ptr_array_new_with_free_func (g_object_unref);
  self->openings = g_ptr_array_new_with_free_func (opening_free);
}
