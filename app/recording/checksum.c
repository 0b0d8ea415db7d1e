/* checksum.c: eight bytes at a time, each stirred in before the next. In: bytes.
 * Out: a sum that is the same on every machine. */
#include "checksum.h"
#include <string.h>

static guint64
stir (guint64 sum, guint64 word)
{
  sum = (sum ^ word) * G_GUINT64_CONSTANT (0xff51afd7ed558ccd);
  return sum ^ sum >> 32;
}

guint64
weft_checksum (guint64 before, GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  guint64 sum = stir (before, size);

  for (; size > 0; size -= MIN (size, 8), data += 8)
    {
      guint64 word = 0;

      memcpy (&word, data, MIN (size, 8));
      sum = stir (sum, GUINT64_FROM_LE (word));
    }
  return sum;
}
