/* framed-input.c: see the header. In: bytes of a peer that nobody vouches for.
 * Out: the same bytes, as long as they are messages of a sane size. */
#include "framed-input.h"
#include <glib/gi18n.h>
#include <string.h>

/* What comes before the header fields of every D-Bus message. */
#define FIXED_HEADER_BYTES 16

struct _WeftFramedInput
{
  GUnixInputStream parent_instance;

  gsize most_bytes;
  guint8 header[FIXED_HEADER_BYTES];
  gsize header_bytes; /* of the message that comes, as far as it is here */
  guint64 left;       /* of the message that is here */
};

G_DEFINE_FINAL_TYPE (WeftFramedInput, weft_framed_input, G_TYPE_UNIX_INPUT_STREAM)

static guint32
header_number (const WeftFramedInput *self, gsize offset)
{
  guint32 number;

  memcpy (&number, self->header + offset, sizeof number);
  return self->header[0] == 'l' ? GUINT32_FROM_LE (number) : GUINT32_FROM_BE (number);
}

/* The fixed header is complete: how much follows it. */
static gboolean
begin_message (WeftFramedInput *self)
{
  guint64 fields, bytes;

  if (self->header[0] != 'l' && self->header[0] != 'B')
    return FALSE;
  fields = header_number (self, 12);
  bytes = ((fields + 7) & ~G_GUINT64_CONSTANT (7)) + header_number (self, 4);
  if (bytes + FIXED_HEADER_BYTES > self->most_bytes)
    return FALSE;
  self->left = bytes;
  self->header_bytes = 0;
  return TRUE;
}

static gboolean
follow (WeftFramedInput *self, const guint8 *data, gsize bytes)
{
  while (bytes > 0)
    {
      gsize step;

      if (self->left > 0)
        {
          step = MIN (self->left, bytes);
          self->left -= step;
        }
      else
        {
          step = MIN (FIXED_HEADER_BYTES - self->header_bytes, bytes);
          memcpy (self->header + self->header_bytes, data, step);
          self->header_bytes += step;
          if (self->header_bytes == FIXED_HEADER_BYTES && !begin_message (self))
            return FALSE;
        }
      data += step;
      bytes -= step;
    }
  return TRUE;
}

static gssize
weft_framed_input_read (GInputStream *stream, void *buffer, gsize count, GCancellable *cancellable,
                        GError **error)
{
  WeftFramedInput *self = WEFT_FRAMED_INPUT (stream);
  gssize got = G_INPUT_STREAM_CLASS (weft_framed_input_parent_class)
                   ->read_fn (stream, buffer, count, cancellable, error);

  if (got <= 0 || follow (self, buffer, (gsize)got))
    return got;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("The peer sent what is no call to a trace session"));
  return -1;
}

static void
weft_framed_input_class_init (WeftFramedInputClass *klass)
{
  G_INPUT_STREAM_CLASS (klass)->read_fn = weft_framed_input_read;
}

static void
weft_framed_input_init (WeftFramedInput *self)
{
}

GInputStream *
weft_framed_input_new (int fd, gsize most_bytes)
{
  WeftFramedInput *self = g_object_new (WEFT_TYPE_FRAMED_INPUT, "fd", fd, "close-fd", TRUE, NULL);

  self->most_bytes = MAX (most_bytes, FIXED_HEADER_BYTES);
  return G_INPUT_STREAM (self);
}
