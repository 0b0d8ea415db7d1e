/* packed-numbers.h: numbers as bytes, seven bits each, and back: what tables of chunks are
 * made of. Pure. Reading: of any origin; beyond the end it gives 0 and says so. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* What one takes at most. */
#define WEFT_NUMBER_BYTES 10

/* Returns: behind it */
static inline guint8 *
weft_pack_number (guint8 *at, guint64 number)
{
  for (; number >= 0x80; number >>= 7)
    *at++ = (guint8)(number | 0x80);
  *at++ = (guint8)number;
  return at;
}

static inline void
weft_put_number (GByteArray *bytes, guint64 number)
{
  guint8 packed[WEFT_NUMBER_BYTES];

  g_byte_array_append (bytes, packed, (guint)(weft_pack_number (packed, number) - packed));
}

typedef struct
{
  const guint8 *at, *end;
  gboolean overrun;
} WeftNumbers;

static inline WeftNumbers
weft_numbers_of (GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  return (WeftNumbers){ data, size > 0 ? data + size : data, FALSE };
}

static inline guint64
weft_get_number (WeftNumbers *self)
{
  guint64 number = 0;

  for (guint shift = 0; shift < 64; shift += 7)
    {
      guint8 byte;

      if (self->at == self->end)
        break;
      byte = *self->at++;
      number |= (guint64)(byte & 0x7f) << shift;
      if (byte < 0x80)
        return number;
    }
  self->overrun = TRUE;
  return 0;
}

/* Numbers below 0 too. */
static inline guint64
weft_fold_sign (gint64 number)
{
  return (guint64)number << 1 ^ (guint64)(number >> 63);
}

static inline gint64
weft_unfold_sign (guint64 number)
{
  return (gint64)(number >> 1) ^ -(gint64)(number & 1);
}

G_END_DECLS
