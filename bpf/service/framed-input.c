/* framed-input.c: see the header. In: bytes of a peer that nobody vouches for. Out: whole
 * calls. Of the next message no byte is taken before the last one is handed on: what is
 * held is one message, and an empty descriptor means that there is nothing to hand on. */
#include "framed-input.h"
#include "wire-call.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct _WeftFramedInput
{
  GUnixInputStream parent_instance;

  gsize most_bytes;
  GByteArray *message; /* the one that comes */
  gsize wanted;        /* of it: its head, then all of it */
  gboolean checked;    /* it is whole, and a call */
  gsize given;         /* of a checked one */
  GError *refusal;     /* of the first that is none; for ever */
  gint ended;          /* atomic */
};

static void pollable_init (GPollableInputStreamInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (WeftFramedInput, weft_framed_input, G_TYPE_UNIX_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM, pollable_init))

/* Waits for bytes (read_fn), or does not (a pollable stream). */
typedef gssize (*Fetch) (WeftFramedInput *self, void *buffer, gsize count,
                         GCancellable *cancellable, GError **error);

static void
begin_message (WeftFramedInput *self)
{
  g_byte_array_set_size (self->message, 0);
  self->wanted = WEFT_WIRE_HEAD_BYTES;
  self->given = 0;
  self->checked = FALSE;
}

/* What was wanted is here. */
static void
look_at_message (WeftFramedInput *self)
{
  if (self->wanted == WEFT_WIRE_HEAD_BYTES)
    self->wanted = weft_wire_call_measure (self->message->data, self->most_bytes, &self->refusal);
  else
    self->checked = weft_wire_call_check (self->message, &self->refusal);
}

/* Returns: 0 at the end, -1 with @error, else more. */
static gssize
receive (WeftFramedInput *self, Fetch fetch, GCancellable *cancellable, GError **error)
{
  guint held = self->message->len;
  gssize got;

  g_byte_array_set_size (self->message, (guint)self->wanted);
  got = fetch (self, self->message->data + held, self->wanted - held, cancellable, error);
  g_byte_array_set_size (self->message, held + (guint)MAX (got, 0));
  if (self->message->len == self->wanted)
    look_at_message (self);
  if (got == 0 || self->refusal != NULL)
    g_atomic_int_set (&self->ended, TRUE);
  return got;
}

static gssize
serve (WeftFramedInput *self, void *buffer, gsize count, Fetch fetch, GCancellable *cancellable,
       GError **error)
{
  gsize step;

  while (!self->checked && self->refusal == NULL)
    {
      gssize got = receive (self, fetch, cancellable, error);

      if (got <= 0)
        return got;
    }
  if (self->refusal != NULL)
    {
      g_propagate_error (error, g_error_copy (self->refusal));
      return -1;
    }
  step = MIN (count, self->message->len - self->given);
  memcpy (buffer, self->message->data + self->given, step);
  self->given += step;
  if (self->given == self->message->len)
    begin_message (self);
  return (gssize)step;
}

/* --- the stream ----------------------------------------------------------- */

static gssize
fetch_waiting (WeftFramedInput *self, void *buffer, gsize count, GCancellable *cancellable,
               GError **error)
{
  return G_INPUT_STREAM_CLASS (weft_framed_input_parent_class)
      ->read_fn (G_INPUT_STREAM (self), buffer, count, cancellable, error);
}

static gssize
fetch_at_once (WeftFramedInput *self, void *buffer, gsize count, GCancellable *cancellable,
               GError **error)
{
  int fd = g_unix_input_stream_get_fd (G_UNIX_INPUT_STREAM (self));
  gssize got;

  do
    got = read (fd, buffer, count);
  while (got < 0 && errno == EINTR);
  if (got < 0)
    g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
  return got;
}

static gssize
weft_framed_input_read (GInputStream *stream, void *buffer, gsize count, GCancellable *cancellable,
                        GError **error)
{
  return serve (WEFT_FRAMED_INPUT (stream), buffer, count, fetch_waiting, cancellable, error);
}

static gssize
weft_framed_input_read_nonblocking (GPollableInputStream *stream, void *buffer, gsize count,
                                    GError **error)
{
  return serve (WEFT_FRAMED_INPUT (stream), buffer, count, fetch_at_once, NULL, error);
}

static void
pollable_init (GPollableInputStreamInterface *interface)
{
  interface->read_nonblocking = weft_framed_input_read_nonblocking;
}

static void
weft_framed_input_finalize (GObject *object)
{
  WeftFramedInput *self = WEFT_FRAMED_INPUT (object);

  g_byte_array_unref (self->message);
  g_clear_error (&self->refusal);
  G_OBJECT_CLASS (weft_framed_input_parent_class)->finalize (object);
}

static void
weft_framed_input_class_init (WeftFramedInputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_framed_input_finalize;
  G_INPUT_STREAM_CLASS (klass)->read_fn = weft_framed_input_read;
}

static void
weft_framed_input_init (WeftFramedInput *self)
{
  self->message = g_byte_array_new ();
  begin_message (self);
}

GInputStream *
weft_framed_input_new (int fd, gsize most_bytes)
{
  WeftFramedInput *self = g_object_new (WEFT_TYPE_FRAMED_INPUT, "fd", fd, "close-fd", TRUE, NULL);

  self->most_bytes = most_bytes;
  return G_INPUT_STREAM (self);
}

gboolean
weft_framed_input_has_ended (GInputStream *stream)
{
  return g_atomic_int_get (&WEFT_FRAMED_INPUT (stream)->ended);
}

gboolean
weft_framed_input_hang_up (GInputStream *stream)
{
  return shutdown (g_unix_input_stream_get_fd (G_UNIX_INPUT_STREAM (stream)), SHUT_RDWR) == 0;
}
