/* output-stream.c: as GUnixOutputStream, whose errors name nothing. */
#include "output-stream.h"
#include "output-place.h"
#include <errno.h>
#include <unistd.h>

struct _WeftOutputStream
{
  GOutputStream parent;
  int fd;
  char *name;
};

G_DEFINE_FINAL_TYPE (WeftOutputStream, weft_output_stream, G_TYPE_OUTPUT_STREAM)

/* Until there is room, in a pipe whose reader is slow, or it is cancelled. */
static void
wait_for_room (WeftOutputStream *self, GCancellable *cancellable)
{
  GPollFD fds[2] = { { .fd = self->fd, .events = G_IO_OUT } };
  guint n = 1;

  if (g_cancellable_make_pollfd (cancellable, &fds[1]))
    n = 2;
  while (g_poll (fds, n, -1) < 0 && errno == EINTR)
    continue;
  if (n == 2)
    g_cancellable_release_fd (cancellable);
}

static gssize
weft_output_stream_write (GOutputStream *stream, const void *buffer, gsize count,
                          GCancellable *cancellable, GError **error)
{
  WeftOutputStream *self = WEFT_OUTPUT_STREAM (stream);

  for (;;)
    {
      gssize n;

      wait_for_room (self, cancellable);
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return -1;
      n = write (self->fd, buffer, count);
      if (n >= 0)
        return n;
      if (errno == EINTR || errno == EAGAIN)
        continue;
      weft_output_place_fail (self->name, errno, error);
      return -1;
    }
}

static void
weft_output_stream_finalize (GObject *object)
{
  g_free (WEFT_OUTPUT_STREAM (object)->name);
  G_OBJECT_CLASS (weft_output_stream_parent_class)->finalize (object);
}

static void
weft_output_stream_class_init (WeftOutputStreamClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_output_stream_finalize;
  G_OUTPUT_STREAM_CLASS (klass)->write_fn = weft_output_stream_write;
}

static void
weft_output_stream_init (WeftOutputStream *self)
{
  self->fd = -1;
}

GOutputStream *
weft_output_stream_new (int fd, const char *name)
{
  WeftOutputStream *self = g_object_new (WEFT_TYPE_OUTPUT_STREAM, NULL);

  self->fd = fd;
  self->name = g_strdup (name);
  return G_OUTPUT_STREAM (self);
}
