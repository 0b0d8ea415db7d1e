/* call-limit.c: see the header. In: every message of a connection, in both
 * directions. Out: the same, without what nobody would answer or could hold. */
#include "call-limit.h"
#include "framed-input.h"
#include <glib/gi18n.h>

typedef struct
{
  GMutex lock;
  GHashTable *in_flight; /* peer → number */
  guint most;
  WeftExcess excess;
  gboolean closing;
} CallLimit;

static void
call_limit_free (gpointer data)
{
  CallLimit *self = data;

  g_hash_table_unref (self->in_flight);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* Returns: what is in flight then. On a bus the peer is who the daemon says; without a
 * daemon it is whoever holds the other end, whatever a message says of its sender. */
static guint
count (CallLimit *self, const char *name, int step)
{
  const char *key = self->excess == WEFT_EXCESS_ANSWER && name != NULL ? name : "";
  guint number;

  g_mutex_lock (&self->lock);
  number = GPOINTER_TO_UINT (g_hash_table_lookup (self->in_flight, key));
  if (step > 0)
    number++;
  else if (number > 0)
    number--;
  if (number == 0)
    g_hash_table_remove (self->in_flight, key);
  else
    g_hash_table_insert (self->in_flight, g_strdup (key), GUINT_TO_POINTER (number));
  g_mutex_unlock (&self->lock);
  return number;
}

static gboolean
is_answer (GDBusMessage *message)
{
  GDBusMessageType type = g_dbus_message_get_message_type (message);

  return type == G_DBUS_MESSAGE_TYPE_METHOD_RETURN || type == G_DBUS_MESSAGE_TYPE_ERROR;
}

static gboolean
wants_answer (GDBusMessage *call)
{
  return (g_dbus_message_get_flags (call) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED) == 0;
}

static void
hang_up (GDBusConnection *connection)
{
  GInputStream *input = g_io_stream_get_input_stream (g_dbus_connection_get_stream (connection));

  if (!WEFT_IS_FRAMED_INPUT (input) || !weft_framed_input_hang_up (input))
    g_dbus_connection_close (connection, NULL, NULL, NULL);
}

static void
refuse (CallLimit *self, GDBusConnection *connection, GDBusMessage *call)
{
  g_autoptr (GDBusMessage) answer = NULL;

  if (self->excess == WEFT_EXCESS_DISCONNECT)
    {
      self->closing = TRUE;
      hang_up (connection);
      return;
    }
  answer = g_dbus_message_new_method_error (call, "org.freedesktop.DBus.Error.LimitsExceeded",
                                            _ ("Too many calls at once, or one that brings "
                                               "descriptors; wait for the answers"));
  g_dbus_connection_send_message (connection, answer, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
}

static GDBusMessage *
filter (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  CallLimit *self = user_data;

  if (!incoming)
    {
      if (is_answer (message))
        count (self, g_dbus_message_get_destination (message), -1);
      return message;
    }
  if (g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    return message;
  if (!self->closing && wants_answer (message))
    {
      if (count (self, g_dbus_message_get_sender (message), 1) <= self->most
          && g_dbus_message_get_unix_fd_list (message) == NULL)
        return message;
      refuse (self, connection, message); /* counted until its answer leaves, too */
    }
  g_object_unref (message);
  return NULL;
}

void
weft_call_limit_install (GDBusConnection *connection, guint most, WeftExcess excess)
{
  CallLimit *self = g_new0 (CallLimit, 1);

  g_mutex_init (&self->lock);
  self->in_flight = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->most = most;
  self->excess = excess;
  g_dbus_connection_add_filter (connection, filter, self, call_limit_free);
}
