/* bus-guard.c: see the header. In: the bus's socket. Out: one end of a socket pair, which GDBus
 * speaks to as if it were the bus. Both threads only wait, read and write; they end when
 * either side hangs up. */
#include "bus-guard.h"
#include <errno.h>
#include <fcntl.h>
#include <gio/gunixconnection.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_BYTES 16
#define CHUNK_BYTES 16384
#define MOST_DESCRIPTORS 16
/* The last that GDBus says before it and the bus speak in messages. */
#define BEGIN "BEGIN\r\n"

typedef struct
{
  int bus, inside;
  gint begun;   /* atomic: messages, no lines any more */
  gint threads; /* atomic: that still run */

  /* of the thread that reads from the bus */
  guint8 head[HEAD_BYTES];
  gsize head_bytes; /* of the message that comes, as far as they are here */
  guint64 left;     /* of the message whose head is here */
  gboolean drops;   /* that one */
} Guard;

static gboolean
write_all (int fd, const guint8 *data, gsize bytes)
{
  while (bytes > 0)
    {
      gssize step = send (fd, data, bytes, MSG_NOSIGNAL);

      if (step < 0 && errno == EINTR)
        continue;
      if (step <= 0)
        return FALSE;
      data += step;
      bytes -= (gsize)step;
    }
  return TRUE;
}

/* --- from the bus --------------------------------------------------------- */

static guint32
head_number (const Guard *self, gsize offset)
{
  guint32 number;

  memcpy (&number, self->head + offset, sizeof number);
  return self->head[0] == 'l' ? GUINT32_FROM_LE (number) : GUINT32_FROM_BE (number);
}

/* The bus vouches for the form; only how long it is matters. */
static gboolean
begin_message (Guard *self)
{
  guint64 fields = head_number (self, 12);

  self->head_bytes = 0;
  self->left = (fields + 7) / 8 * 8 + head_number (self, 4);
  self->drops = self->left + HEAD_BYTES > WEFT_BUS_GUARD_MOST_BYTES;
  if (!self->drops)
    return write_all (self->inside, self->head, HEAD_BYTES);
  g_message ("A message of %" G_GUINT64_FORMAT " bytes on the bus was dropped", self->left);
  return TRUE;
}

static gboolean
pass_messages (Guard *self, const guint8 *data, gsize bytes)
{
  while (bytes > 0)
    {
      gsize step;

      if (self->left > 0)
        {
          step = MIN (self->left, bytes);
          if (!self->drops && !write_all (self->inside, data, step))
            return FALSE;
          self->left -= step;
        }
      else
        {
          step = MIN (HEAD_BYTES - self->head_bytes, bytes);
          memcpy (self->head + self->head_bytes, data, step);
          self->head_bytes += step;
          if (self->head_bytes == HEAD_BYTES && !begin_message (self))
            return FALSE;
        }
      data += step;
      bytes -= step;
    }
  return TRUE;
}

/* The bus says nothing between its last line and the first message after BEGIN. */
static gboolean
pass_in (Guard *self)
{
  guint8 chunk[CHUNK_BYTES];
  gssize got;

  do
    got = read (self->bus, chunk, sizeof chunk); /* not recvmsg(): descriptors are dropped */
  while (got < 0 && errno == EINTR);
  if (got <= 0)
    return FALSE;
  return g_atomic_int_get (&self->begun) ? pass_messages (self, chunk, (gsize)got)
                                         : write_all (self->inside, chunk, (gsize)got);
}

/* --- to the bus ----------------------------------------------------------- */

static void
close_descriptors (struct msghdr *message)
{
  for (struct cmsghdr *part = CMSG_FIRSTHDR (message); part != NULL;
       part = CMSG_NXTHDR (message, part))
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS)
      for (gsize at = CMSG_LEN (0); at + sizeof (int) <= part->cmsg_len; at += sizeof (int))
        {
          int fd;

          memcpy (&fd, (guint8 *)part + at, sizeof fd);
          close (fd);
        }
}

/* Descriptors go with the first byte, as they came. */
static gboolean
send_with_descriptors (Guard *self, struct msghdr *message, gsize bytes)
{
  guint8 *data = message->msg_iov->iov_base;
  gssize sent;

  message->msg_iov->iov_len = bytes;
  do
    sent = sendmsg (self->bus, message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  close_descriptors (message);
  return sent > 0 && write_all (self->bus, data + sent, bytes - (gsize)sent);
}

static gboolean
pass_out (Guard *self)
{
  guint8 chunk[CHUNK_BYTES];
  union
  {
    struct cmsghdr align;
    char bytes[CMSG_SPACE (MOST_DESCRIPTORS * sizeof (int))];
  } control;
  struct iovec data = { .iov_base = chunk, .iov_len = sizeof chunk };
  struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };
  gssize got;

  message.msg_control = &control;
  message.msg_controllen = sizeof control;
  do
    got = recvmsg (self->inside, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got <= 0)
    return FALSE;
  if (!g_atomic_int_get (&self->begun) && memmem (chunk, (gsize)got, BEGIN, strlen (BEGIN)) != NULL)
    g_atomic_int_set (&self->begun, TRUE); /* before the bus knows */
  return send_with_descriptors (self, &message, (gsize)got);
}

/* --- both ----------------------------------------------------------------- */

static void
leave (Guard *self)
{
  shutdown (self->bus, SHUT_RDWR);
  shutdown (self->inside, SHUT_RDWR);
  if (!g_atomic_int_dec_and_test (&self->threads))
    return;
  close (self->bus);
  close (self->inside);
  g_free (self);
}

static gpointer
in_main (gpointer guard)
{
  while (pass_in (guard))
    ;
  leave (guard);
  return NULL;
}

static gpointer
out_main (gpointer guard)
{
  while (pass_out (guard))
    ;
  leave (guard);
  return NULL;
}

/* --- connecting ----------------------------------------------------------- */

/* Returns: a blocking descriptor of our own, or -1. */
static int
connect_to_bus (GError **error)
{
  g_autofree char *address = g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SYSTEM, NULL, error);
  g_autoptr (GIOStream) stream
      = address != NULL ? g_dbus_address_get_stream_sync (address, NULL, NULL, error) : NULL;
  int fd;

  if (stream == NULL)
    return -1;
  if (!G_IS_SOCKET_CONNECTION (stream))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   _ ("The address of the system bus is no socket"));
      return -1;
    }
  fd = fcntl (g_socket_get_fd (g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream))),
              F_DUPFD_CLOEXEC, 3);
  if (fd >= 0 && g_unix_set_fd_nonblocking (fd, FALSE, error))
    return fd;
  if (fd < 0)
    g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
  else
    close (fd);
  return -1;
}

/* Returns: the end for GDBus; the threads have the other, and the bus. */
static int
place_guard (int bus, GError **error)
{
  Guard *self;
  int ends[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    {
      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
      close (bus);
      return -1;
    }
  self = g_new0 (Guard, 1);
  self->bus = bus;
  self->inside = ends[0];
  self->threads = 2;
  g_thread_unref (g_thread_new ("weft-bus-in", in_main, self));
  g_thread_unref (g_thread_new ("weft-bus-out", out_main, self));
  return ends[1];
}

GDBusConnection *
weft_bus_guard_connect (GError **error)
{
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketConnection) stream = NULL;
  int bus = connect_to_bus (error);
  int end = bus >= 0 ? place_guard (bus, error) : -1;

  if (end < 0)
    return NULL;
  socket = g_socket_new_from_fd (end, error);
  if (socket == NULL)
    {
      close (end);
      return NULL;
    }
  stream = g_socket_connection_factory_create_connection (socket);
  return g_dbus_connection_new_sync (G_IO_STREAM (stream), NULL,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                         | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     NULL, NULL, error);
}
