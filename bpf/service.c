/* service.c: see the header. A caller's identity is what the bus says of its
 * unique name; nothing depends on what it says of itself. */
#include "service.h"
#include "authority.h"
#include "session.h"
#include "weft-dbus.h"
#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OBJECT_PATH "/io/github/weftscope/Tracer1"
#define MOST_SESSIONS 8
#define MOST_SESSIONS_OF_USER 2
#define MOST_MACHINE_SESSIONS 3
#define MOST_QUESTIONS 8
#define MOST_QUESTIONS_OF_USER 2
#define MOST_QUESTIONS_OF_CALLER 1

/* A caller that waits for its answer, then one that has a session. */
typedef struct
{
  WeftService *service;
  GDBusMethodInvocation *invocation; /* NULL once answered */
  GCancellable *cancellable;
  char *sender;
  guint watch;
  guint32 uid; /* G_MAXUINT32 until the bus told */
  WeftTracerOptions options;
  WeftSession *session;
} Client;

struct _WeftService
{
  GObject parent_instance;

  GDBusConnection *connection;
  WeftDBusTracer1 *skeleton;
  GPtrArray *clients;
  guint idle_s;
  guint idle_source;
};

enum
{
  SIGNAL_IDLE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftService, weft_service, G_TYPE_OBJECT)

static void
client_free (gpointer data)
{
  Client *client = data;

  g_cancellable_cancel (client->cancellable);
  g_clear_handle_id (&client->watch, g_bus_unwatch_name);
  if (client->session != NULL)
    g_signal_handlers_disconnect_by_data (client->session, client);
  g_clear_object (&client->session);
  g_clear_object (&client->invocation);
  g_clear_object (&client->cancellable);
  g_free (client->sender);
  g_free (client);
}

static gboolean
idle_cb (gpointer user_data)
{
  WeftService *self = user_data;

  self->idle_source = 0;
  g_signal_emit (self, signals[SIGNAL_IDLE], 0);
  return G_SOURCE_REMOVE;
}

static void
watch_idleness (WeftService *self)
{
  g_clear_handle_id (&self->idle_source, g_source_remove);
  if (self->clients->len == 0)
    self->idle_source = g_timeout_add_seconds (self->idle_s, idle_cb, self);
}

static void
weft_service_finalize (GObject *object)
{
  WeftService *self = WEFT_SERVICE (object);

  g_clear_handle_id (&self->idle_source, g_source_remove);
  g_ptr_array_unref (self->clients);
  g_clear_object (&self->skeleton);
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (weft_service_parent_class)->finalize (object);
}

static void
weft_service_class_init (WeftServiceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_service_finalize;
  signals[SIGNAL_IDLE] = g_signal_new ("idle", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
weft_service_init (WeftService *self)
{
  self->clients = g_ptr_array_new_with_free_func (client_free);
}

static void
drop_client (Client *client)
{
  WeftService *self = client->service;

  g_ptr_array_remove (self->clients, client);
  watch_idleness (self);
}

static void
refuse (Client *client, GError *error)
{
  g_dbus_method_invocation_take_error (g_steal_pointer (&client->invocation), error);
  drop_client (client);
}

static void
refuse_literal (Client *client, GDBusError code, const char *message)
{
  refuse (client, g_error_new_literal (G_DBUS_ERROR, (gint) code, message));
}

/* --- limits ------------------------------------------------------------- */

static const char *
find_exceeded_limit (WeftService *self, const Client *asking)
{
  guint sessions = 0, of_user = 0, machine = 0;

  for (guint i = 0; i < self->clients->len; i++)
    {
      const Client *client = g_ptr_array_index (self->clients, i);

      if (client->session == NULL)
        continue;
      sessions++;
      of_user += client->uid == asking->uid;
      machine += client->options.scope == WEFT_SCOPE_MACHINE;
    }
  if (sessions >= MOST_SESSIONS)
    return _ ("Eight traces are running already; stop one of them");
  if (of_user >= MOST_SESSIONS_OF_USER)
    return _ ("You have two traces running already; stop one of them");
  if (asking->options.scope == WEFT_SCOPE_MACHINE && machine >= MOST_MACHINE_SESSIONS)
    return _ ("Three traces of the whole machine are running already; stop one of them");
  return NULL;
}

static const char *
find_exceeded_questions (WeftService *self, const Client *asking)
{
  guint questions = 0, of_user = 0, of_caller = 0;

  for (guint i = 0; i < self->clients->len; i++)
    {
      const Client *client = g_ptr_array_index (self->clients, i);

      if (client->session != NULL || client == asking)
        continue;
      questions++;
      of_user += client->uid == asking->uid;
      of_caller += strcmp (client->sender, asking->sender) == 0;
    }
  if (questions >= MOST_QUESTIONS || of_user >= MOST_QUESTIONS_OF_USER
      || of_caller >= MOST_QUESTIONS_OF_CALLER)
    return _ ("Too many questions for authorisation are open; answer or dismiss them first");
  return NULL;
}

/* --- opening ------------------------------------------------------------ */

static void
session_closed_cb (WeftSession *session, gpointer user_data)
{
  drop_client (user_data);
}

static gboolean
make_socket_pair (int sockets[2], GError **error)
{
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0)
    return TRUE;
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
               _ ("Cannot make a connection for the trace: %s"), g_strerror (errno));
  return FALSE;
}

/* Takes @fd. */
static WeftSession *
open_on_socket (int fd, const WeftTracerOptions *options, GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, error);
  g_autoptr (GSocketConnection) stream = NULL;

  if (socket == NULL)
    {
      close (fd);
      return NULL;
    }
  stream = g_socket_connection_factory_create_connection (socket);
  return weft_session_new (G_IO_STREAM (stream), options, error);
}

static void
open_session (Client *client)
{
  WeftService *self = client->service;
  const char *limit = find_exceeded_limit (self, client);
  g_autoptr (GUnixFDList) fds = NULL;
  GError *error = NULL;
  int sockets[2];

  if (limit != NULL)
    {
      refuse_literal (client, G_DBUS_ERROR_LIMITS_EXCEEDED, limit);
      return;
    }
  if (!make_socket_pair (sockets, &error))
    {
      refuse (client, error);
      return;
    }
  fds = g_unix_fd_list_new_from_array (&sockets[1], 1);
  client->session = open_on_socket (sockets[0], &client->options, &error);
  if (client->session == NULL)
    {
      refuse (client, error);
      return;
    }
  g_signal_connect (client->session, "closed", G_CALLBACK (session_closed_cb), client);
  weft_dbus_tracer1_complete_open_session (self->skeleton, g_steal_pointer (&client->invocation),
                                           fds, g_variant_new_handle (0));
}

static void
authorised_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Client *client = user_data;
  GError *error = NULL;

  if (weft_authority_check_finish (result, &error))
    open_session (client);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    refuse (client, error);
  else
    g_error_free (error); /* the caller vanished and took the client along */
}

static gboolean
may_interact (GDBusMethodInvocation *invocation)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (invocation);

  return (g_dbus_message_get_flags (message)
          & G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION)
         != 0;
}

static void
ask (Client *client)
{
  const char *limit = find_exceeded_questions (client->service, client);
  gboolean own = client->options.scope == WEFT_SCOPE_OWN;

  if (limit != NULL)
    {
      refuse_literal (client, G_DBUS_ERROR_LIMITS_EXCEEDED, limit);
      return;
    }
  if (client->uid == 0)
    {
      open_session (client);
      return;
    }
  weft_authority_check_async (
      client->sender, own ? "io.github.weftscope.trace-own" : "io.github.weftscope.trace",
      may_interact (client->invocation), client->cancellable, authorised_cb, client);
}

/* The group whose processes are a user's own: the one of the user's login. */
static gboolean
find_login_group (guint32 uid, guint32 *gid)
{
  const struct passwd *user = getpwuid (uid);

  if (user == NULL)
    return FALSE;
  *gid = user->pw_gid;
  return TRUE;
}

static void
got_credentials_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Client *client = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (answer == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        refuse_literal (client, G_DBUS_ERROR_ACCESS_DENIED, _ ("The bus does not know the caller"));
      return;
    }
  g_variant_get (answer, "(u)", &client->uid);
  client->options.uid = client->uid;
  if (client->options.scope == WEFT_SCOPE_OWN
      && !find_login_group (client->uid, &client->options.gid))
    {
      refuse_literal (client, G_DBUS_ERROR_ACCESS_DENIED,
                      _ ("The caller is no user of this machine"));
      return;
    }
  ask (client);
}

static void
vanished_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  Client *client = user_data;

  /* A session ends with its connection, whoever holds that now. */
  if (client->session == NULL)
    drop_client (client);
}

static gboolean
take_option (WeftTracerOptions *options, const char *key, GVariant *value)
{
  if (strcmp (key, "own") == 0 && g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    options->scope = g_variant_get_boolean (value) ? WEFT_SCOPE_OWN : WEFT_SCOPE_MACHINE;
  else if (strcmp (key, "ring-bytes") == 0 && g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    options->ring_bytes = g_variant_get_uint32 (value);
  else
    return FALSE;
  return TRUE;
}

static gboolean
take_options (WeftTracerOptions *options, GVariant *given, GDBusMethodInvocation *invocation)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, given);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    if (!take_option (options, key, value))
      {
        g_dbus_method_invocation_return_error (
            invocation, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
            _ ("OpenSession does not take the option \"%s\" of this type; it takes own (b) and "
               "ring-bytes (u)"),
            key);
        g_variant_unref (value);
        return FALSE;
      }
  return TRUE;
}

static gboolean
open_session_cb (WeftDBusTracer1 *skeleton, GDBusMethodInvocation *invocation, GUnixFDList *fds,
                 GVariant *given, gpointer user_data)
{
  WeftService *self = user_data;
  WeftTracerOptions options = { .scope = WEFT_SCOPE_MACHINE };
  Client *client;

  if (!take_options (&options, given, invocation))
    return TRUE;
  client = g_new0 (Client, 1);
  client->service = self;
  client->invocation = invocation;
  client->options = options;
  client->cancellable = g_cancellable_new ();
  client->uid = G_MAXUINT32;
  client->sender = g_strdup (g_dbus_method_invocation_get_sender (invocation));
  g_ptr_array_add (self->clients, client);
  watch_idleness (self);
  client->watch
      = g_bus_watch_name_on_connection (self->connection, client->sender,
                                        G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, vanished_cb, client,
                                        NULL);
  g_dbus_connection_call (self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "GetConnectionUnixUser",
                          g_variant_new ("(s)", client->sender), G_VARIANT_TYPE ("(u)"),
                          G_DBUS_CALL_FLAGS_NONE, -1, client->cancellable, got_credentials_cb,
                          client);
  return TRUE;
}

WeftService *
weft_service_new (GDBusConnection *connection, guint idle_s, GError **error)
{
  g_autoptr (WeftService) self = g_object_new (WEFT_TYPE_SERVICE, NULL);

  self->connection = g_object_ref (connection);
  self->idle_s = idle_s;
  self->skeleton = weft_dbus_tracer1_skeleton_new ();
  g_signal_connect (self->skeleton, "handle-open-session", G_CALLBACK (open_session_cb), self);
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->skeleton), connection,
                                         OBJECT_PATH, error))
    return NULL;
  watch_idleness (self);
  return g_steal_pointer (&self);
}
