/* snapshot.c: see the header. In: the file of a BPF iterator. Out: its bytes. */
#include "snapshot.h"
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <unistd.h>

int
weft_snapshot_begin (WeftSnapshot *self, guint64 now_ns)
{
  struct bpf_link *link;
  int fd;

  weft_snapshot_end (self);
  link = bpf_program__attach_iter (self->program, NULL);
  if (link == NULL)
    return -errno;
  fd = bpf_iter_create (bpf_link__fd (link));
  bpf_link__destroy (link); /* the file keeps what it needs */
  if (fd < 0)
    return fd;
  self->fd = fd;
  self->begin_ns = now_ns;
  self->records = 0;
  return 0;
}

void
weft_snapshot_end (WeftSnapshot *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

gsize
weft_snapshot_read (WeftSnapshot *self, guint8 *buffer, gsize bytes, gsize record_bytes,
                    gboolean *done)
{
  gsize used = 0;

  *done = FALSE;
  while (bytes - used >= record_bytes)
    {
      gsize room = (bytes - used) / record_bytes * record_bytes;
      ssize_t got = read (self->fd, buffer + used, room);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0 && errno == EAGAIN) /* a million tasks passed without a record */
        break;
      if (got <= 0)
        {
          *done = TRUE;
          break;
        }
      used += (gsize)got;
    }
  self->records += used / record_bytes;
  return used;
}

int
weft_snapshot_walk (struct bpf_program *program)
{
  WeftSnapshot walk = { .program = program, .fd = -1 };
  int code = weft_snapshot_begin (&walk, 0);
  gboolean done;
  guint8 nothing[8];

  if (code < 0)
    return code;
  do
    weft_snapshot_read (&walk, nothing, sizeof nothing, 1, &done);
  while (!done);
  weft_snapshot_end (&walk);
  return 0;
}
