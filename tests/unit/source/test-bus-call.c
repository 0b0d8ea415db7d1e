/* test-bus-call.c: calls that are waited for, answered and given up at the same moment. In:
 * both ends of a connection. Out: answers, and no more descriptors than before. */
#include "bus-call.h"
#include <sys/socket.h>
#include <unistd.h>

#define N_CALLS 3000

typedef struct
{
  GDBusConnection *client, *server;
  gboolean answers;
} Line;

/* In the server's worker thread. */
static GDBusMessage *
answer_cb (GDBusConnection *server, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  Line *line = user_data;
  g_autoptr (GDBusMessage) reply = NULL;

  if (!incoming || g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    return message;
  reply = g_dbus_message_new_method_reply (message);
  g_dbus_message_set_body (reply, g_variant_new ("(u)", 7));
  if (line->answers)
    g_dbus_connection_send_message (server, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
  g_object_unref (message);
  return NULL;
}

static GDBusConnection *
open_end (int fd)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, NULL);
  g_autoptr (GSocketConnection) stream = g_socket_connection_factory_create_connection (socket);

  return g_dbus_connection_new_sync (G_IO_STREAM (stream), NULL, G_DBUS_CONNECTION_FLAGS_NONE, NULL,
                                     NULL, NULL);
}

static void
set_up (Line *line, gconstpointer unused)
{
  int ends[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  line->client = open_end (ends[0]);
  line->server = open_end (ends[1]);
  line->answers = TRUE;
  g_dbus_connection_add_filter (line->server, answer_cb, line, NULL);
}

static void
tear_down (Line *line, gconstpointer unused)
{
  g_dbus_connection_close_sync (line->client, NULL, NULL);
  g_clear_object (&line->client);
  g_clear_object (&line->server);
}

static GVariant *
ask (Line *line, GCancellable *cancellable, GError **error)
{
  const WeftBusCall call = {
    .path = "/a", .interface = "a.b", .method = "C", .answer_type = "(u)", .timeout_ms = 20000
  };

  return weft_bus_call (line->client, &call, NULL, NULL, cancellable, error);
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) folder = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (folder) != NULL)
    n++;
  return n;
}

static void
test_an_answer_is_returned (Line *line, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = ask (line, NULL, &error);
  guint32 number;

  g_assert_no_error (error);
  g_variant_get (answer, "(u)", &number);
  g_assert_cmpuint (number, ==, 7);
}

typedef struct
{
  GCancellable *cancellable;
  guint after_us;
} Canceller;

static gpointer
cancel_main (gpointer user_data)
{
  const Canceller *self = user_data;
  gint64 until = g_get_monotonic_time () + self->after_us;

  while (g_get_monotonic_time () < until)
    ;
  g_cancellable_cancel (self->cancellable);
  return NULL;
}

/* (nullable): given up after a time, if it is not answered before */
static GVariant *
ask_for (Line *line, guint after_us, GError **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Canceller canceller = { cancellable, after_us };
  GThread *thread = g_thread_new ("canceller", cancel_main, &canceller);
  GVariant *answer = ask (line, cancellable, error);

  g_thread_join (thread);
  return answer;
}

static void
test_a_call_can_be_given_up (Line *line, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  line->answers = FALSE;
  g_assert_null (ask_for (line, 1000, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_what_is_given_up_as_it_is_answered_leaves_nothing_open (Line *line, gconstpointer unused)
{
  guint before = count_descriptors (), n_answered = 0;

  for (guint i = 0; i < N_CALLS; i++)
    {
      g_autoptr (GVariant) answer = ask_for (line, i % 200, NULL);

      n_answered += answer != NULL;
    }
  g_test_message ("%u of %u were answered", n_answered, N_CALLS);
  g_assert_cmpuint (count_descriptors (), <=, before + 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/bus-call/" name, Line, NULL, set_up, func, tear_down)
  ADD ("an-answer-is-returned", test_an_answer_is_returned);
  ADD ("a-call-can-be-given-up", test_a_call_can_be_given_up);
  ADD ("what-is-given-up-as-it-is-answered-leaves-nothing-open",
       test_what_is_given_up_as_it_is_answered_leaves_nothing_open);
#undef ADD
  return g_test_run ();
}
