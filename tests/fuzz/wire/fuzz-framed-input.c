/* fuzz-framed-input.c: what flows through the framed input is what was sent, up to the
 * first message that is longer than it may be, or none. In: libFuzzer's bytes through a
 * pipe, read in pieces of any size. Out: a crash, or nothing. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "framed-input.h"

#define FIXED_HEADER_BYTES 16
#define MOST_DATA 8192 /* goes into a pipe at once */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void G_GNUC_NORETURN
fail (const char *complaint)
{
  g_printerr ("%s\n", complaint);
  abort ();
}

static guint32
number_at (const guint8 *message, gsize offset)
{
  guint32 number = 0;

  for (guint i = 0; i < 4; i++)
    number |= (guint32)message[offset + (message[0] == 'l' ? i : 3 - i)] << 8 * i;
  return number;
}

/* How many bytes may flow at most: to before the last byte of the first bad header. */
static gsize
count_good (const guint8 *data, gsize size, gsize most)
{
  gsize offset = 0;

  while (size - offset >= FIXED_HEADER_BYTES)
    {
      const guint8 *message = data + offset;
      guint64 fields, body;

      if (message[0] != 'l' && message[0] != 'B')
        return offset + FIXED_HEADER_BYTES - 1;
      fields = ((guint64)number_at (message, 12) + 7) / 8 * 8;
      body = number_at (message, 4);
      if (FIXED_HEADER_BYTES + fields + body > most)
        return offset + FIXED_HEADER_BYTES - 1;
      if (FIXED_HEADER_BYTES + fields + body > size - offset)
        return size;
      offset += FIXED_HEADER_BYTES + fields + body;
    }
  return size;
}

static GInputStream *
open_stream (const guint8 *data, gsize size, gsize most)
{
  int ends[2];

  if (pipe2 (ends, O_NONBLOCK | O_CLOEXEC) != 0 || write (ends[1], data, size) != (gssize)size)
    fail ("no pipe");
  close (ends[1]);
  return weft_framed_input_new (ends[0], most);
}

/* @pieces: 1 … 256 bytes at a time, over and over */
static void
check (const guint8 *data, gsize size, gsize most, const guint8 *pieces, gsize n_pieces)
{
  g_autoptr (GInputStream) stream = open_stream (data, size, most);
  g_autoptr (GError) error = NULL;
  gsize good = count_good (data, size, MAX (most, FIXED_HEADER_BYTES)), got = 0;
  guint8 buffer[256];
  gssize bytes;

  for (gsize i = 0;; i++)
    {
      bytes = g_input_stream_read (stream, buffer, 1 + (gsize)pieces[i % n_pieces], NULL, &error);
      if (bytes <= 0)
        break;
      if (got + (gsize)bytes > size || memcmp (buffer, data + got, (gsize)bytes) != 0)
        fail ("what came is not what was sent");
      got += (gsize)bytes;
    }
  if (got > good)
    fail ("a bad header was let through");
  if (bytes == 0 && got < size)
    fail ("the stream ended early");
  if (bytes < 0 && (good == size || !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA)))
    fail ("a good stream was refused");
}

/* The first byte is the longest message, in steps of 16; four more are the pieces. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  if (size < 5)
    return 0;
  check (data + 5, MIN (size - 5, MOST_DATA), (gsize)data[0] * 16, data + 1, 4);
  return 0;
}
