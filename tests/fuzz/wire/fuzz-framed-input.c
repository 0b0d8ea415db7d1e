/* fuzz-framed-input.c: what a hostile peer sends meets the framed input and a real
 * GDBusConnection behind it, with the session's interface exported. In: libFuzzer's bytes
 * through a socket, read in pieces of any size. Out: a crash, or nothing. A judge of its
 * own, GDBus's parser, says of each message that came through whether it is a call that
 * may come, and what was sent must be what came. */
#include "framed-input.h"
#include "session.h"
#include "weft-dbus.h"
#include "wire-call.h"
#include <gio/gunixoutputstream.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST_DATA 8192 /* goes into a socket at once */
#define SESSION_INTERFACE "io.github.weftscope.Session1"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void G_GNUC_NORETURN
fail (const char *complaint)
{
  g_printerr ("%s\n", complaint);
  abort ();
}

/* The reading end of what holds @data and then ends; @other goes both ways. */
static int
send_data (const guint8 *data, gsize size, int *other)
{
  int ends[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0
      || (size > 0 && write (ends[1], data, size) != (gssize)size)
      || shutdown (ends[1], SHUT_WR) != 0)
    fail ("no socket");
  *other = ends[1];
  return ends[0];
}

/* --- the judge ------------------------------------------------------------ */

static gboolean
is_of_type (GDBusMessage *message, GDBusMessageHeaderField code, const char *type)
{
  GVariant *value = g_dbus_message_get_header (message, code);

  return value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE (type));
}

static const char *
expected_type (GDBusMessage *message)
{
  const char *member = g_dbus_message_get_member (message);

  if (!g_str_equal (g_dbus_message_get_interface (message), SESSION_INTERFACE))
    return g_str_equal (member, "Get") ? "ss" : "";
  if (g_str_equal (member, "Start"))
    return "u";
  if (g_str_equal (member, "Read"))
    return "uu";
  if (g_str_equal (member, "SetTargets"))
    return "aubb";
  return g_str_equal (member, "SetGroups") ? "as" : "";
}

static void
judge (const guint8 *data, gsize size)
{
  g_autofree guint8 *copy = g_memdup2 (data, size);
  g_autoptr (GDBusMessage) message
      = g_dbus_message_new_from_blob (copy, size, G_DBUS_CAPABILITY_FLAGS_NONE, NULL);

  if (message == NULL)
    fail ("what GDBus cannot read was let through");
  if (g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL
      || !is_of_type (message, G_DBUS_MESSAGE_HEADER_FIELD_PATH, "o")
      || !is_of_type (message, G_DBUS_MESSAGE_HEADER_FIELD_INTERFACE, "s")
      || !is_of_type (message, G_DBUS_MESSAGE_HEADER_FIELD_MEMBER, "s")
      || g_dbus_message_get_sender (message) != NULL
      || g_dbus_message_get_destination (message) != NULL
      || g_dbus_message_get_num_unix_fds (message) != 0 || g_dbus_message_get_serial (message) == 0)
    fail ("what is no call was let through");
  if (!g_str_equal (g_dbus_message_get_path (message), WEFT_SESSION_PATH)
      || !g_str_equal (g_dbus_message_get_signature (message), expected_type (message)))
    fail ("a call that a session does not have was let through");
}

/* The messages that come, told from each other by their heads, are calls. */
static void
read_all (GInputStream *stream, const guint8 *pieces, gsize n_pieces)
{
  g_autoptr (GByteArray) got = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  guint8 buffer[256];
  gssize bytes;

  for (gsize i = 0;; i++)
    {
      gsize whole;

      bytes = g_input_stream_read (stream, buffer, 1 + (gsize)pieces[i % n_pieces], NULL, &error);
      if (bytes <= 0)
        break;
      g_byte_array_append (got, buffer, (guint)bytes);
      while (got->len > WEFT_WIRE_HEAD_BYTES
             && (whole = weft_wire_call_measure (got->data, G_MAXUINT32, NULL)) != 0
             && whole <= got->len)
        {
          judge (got->data, whole);
          g_byte_array_remove_range (got, 0, (guint)whole);
        }
    }
  if (got->len != 0)
    fail ("a piece of a message was let through");
  if (bytes < 0 && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA))
    fail ("a stream was refused for no reason");
}

/* --- GDBus behind it ------------------------------------------------------- */

static gboolean
end_cb (gpointer user_data)
{
  *(gboolean *)user_data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
closed_cb (GDBusConnection *connection, gboolean vanished, GError *error, gpointer user_data)
{
  g_idle_add_full (G_PRIORITY_LOW, end_cb, user_data, NULL); /* after all calls */
}

static void
serve (int fd)
{
  g_autoptr (GInputStream) input = weft_framed_input_new (fd, MOST_DATA);
  g_autoptr (GOutputStream) output = g_unix_output_stream_new (dup (fd), TRUE);
  g_autoptr (GIOStream) stream = g_simple_io_stream_new (input, output);
  g_autoptr (GDBusConnection) connection
      = g_dbus_connection_new_sync (stream, NULL, G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                                    NULL, NULL, NULL);
  g_autoptr (WeftDBusSession1) skeleton = weft_dbus_session1_skeleton_new ();
  gboolean ended = FALSE;

  g_dbus_connection_set_exit_on_close (connection, FALSE);
  g_signal_connect (connection, "closed", G_CALLBACK (closed_cb), &ended);
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (skeleton), connection,
                                         WEFT_SESSION_PATH, NULL))
    fail ("no object");
  g_dbus_connection_start_message_processing (connection);
  while (!ended)
    g_main_context_iteration (NULL, TRUE);
  g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (skeleton));
}

/* The first byte is the longest message, in steps of 16; four more are the pieces. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GInputStream) stream = NULL;
  gsize bytes;
  int other;

  if (size < 5)
    return 0;
  bytes = MIN (size - 5, MOST_DATA);
  stream = weft_framed_input_new (send_data (data + 5, bytes, &other), (gsize)data[0] * 16);
  read_all (stream, data + 1, 4);
  close (other);
  serve (send_data (data + 5, bytes, &other));
  close (other);
  return 0;
}
