/* column.h: the bytes of one column while it is written or read. In: numbers.
 * Out: bytes, packed with zstd where that pays. Readers trust nothing: what
 * runs past the end reads as 0 and sets a flag that never clears. Pure. */
#pragma once
#include <gio/gio.h>
#include <string.h>
#include <zstd.h>

G_BEGIN_DECLS

/* Grows as it is written. All zero is a valid, empty one. */
typedef struct
{
  guint8 *data;
  gsize length;
  gsize capacity;
} WeftColumn;

/* A window on bytes that outlive it. */
typedef struct
{
  const guint8 *at;
  const guint8 *end;
  gboolean overrun; /* something was read that is not there */
} WeftColumnReader;

/* Writes, and reads, numbers of a few bits each. The bytes are little-endian. */
typedef struct
{
  guint64 bits;
  guint n_bits;
} WeftBits;

/* What a column is like: how repeats are best looked for. */
typedef enum
{
  WEFT_COLUMN_PLAIN,
  WEFT_COLUMN_NOISE,    /* numbers that repeat by chance: only how often each comes tells */
  WEFT_COLUMN_PATTERNS, /* long, and much comes again */
  WEFT_COLUMN_SMALL,    /* looked at with care: it is short, or comes seldom */
} WeftColumnNature;

void weft_column_clear (WeftColumn *self);
void weft_column_reserve (WeftColumn *self, gsize more);
void weft_column_put_bytes (WeftColumn *self, const void *bytes, gsize length);
void weft_column_put_varint (WeftColumn *self, guint64 value);

/* Appends @self packed: its length, its packed length (0 = as it is), the bytes. */
void weft_column_pack (const WeftColumn *self, ZSTD_CCtx *zstd, WeftColumnNature nature,
                       WeftColumn *out);

/**
 * weft_column_unpack:
 * @in: stands at a packed column, and behind it afterwards
 * @max_bytes: a column that says it is longer is refused
 * @storage: (out): holds the bytes when they had to be unpacked; the caller clears it
 *
 * Returns: %FALSE with %G_IO_ERROR_INVALID_DATA when the bytes are no column
 */
gboolean weft_column_unpack (WeftColumnReader *in, ZSTD_DCtx *zstd, gsize max_bytes,
                             WeftColumn *storage, WeftColumnReader *column, GError **error);

static inline void
weft_column_put_byte (WeftColumn *self, guint8 byte)
{
  if (G_UNLIKELY (self->length == self->capacity))
    weft_column_reserve (self, 1);
  self->data[self->length++] = byte;
}

static inline guint64
weft_zigzag (gint64 value)
{
  return ((guint64)value << 1) ^ (guint64)(value >> 63);
}

static inline gint64
weft_unzigzag (guint64 value)
{
  return (gint64)(value >> 1) ^ -(gint64)(value & 1);
}

static inline guint8
weft_column_get_byte (WeftColumnReader *self)
{
  if (G_UNLIKELY (self->at == self->end))
    {
      self->overrun = TRUE;
      return 0;
    }
  return *self->at++;
}

static inline guint64
weft_column_get_varint (WeftColumnReader *self)
{
  guint64 value = 0;

  for (guint shift = 0; shift < 64; shift += 7)
    {
      guint8 byte = weft_column_get_byte (self);

      value |= (guint64)(byte & 0x7f) << shift;
      if (byte < 0x80)
        return value;
    }
  self->overrun = TRUE;
  return 0;
}

/* @bytes untouched when there are fewer. */
static inline gboolean
weft_column_get_bytes (WeftColumnReader *self, void *bytes, gsize length)
{
  if ((gsize)(self->end - self->at) < length)
    {
      self->overrun = TRUE;
      return FALSE;
    }
  memcpy (bytes, self->at, length);
  self->at += length;
  return TRUE;
}

/* @n_bits: 0 … 32. */
static inline void
weft_bits_put (WeftBits *self, WeftColumn *column, guint32 value, guint n_bits)
{
  self->bits |= (guint64)value << self->n_bits;
  self->n_bits += n_bits;
  while (self->n_bits >= 8)
    {
      weft_column_put_byte (column, (guint8)self->bits);
      self->bits >>= 8;
      self->n_bits -= 8;
    }
}

static inline void
weft_bits_flush (WeftBits *self, WeftColumn *column)
{
  if (self->n_bits > 0)
    weft_column_put_byte (column, (guint8)self->bits);
  self->bits = 0;
  self->n_bits = 0;
}

/* @n_bits: 0 … 32. */
static inline guint32
weft_bits_get (WeftBits *self, WeftColumnReader *column, guint n_bits)
{
  guint32 value;

  if (self->n_bits < n_bits && column->end - column->at >= 4)
    {
      guint32 word;

      memcpy (&word, column->at, 4);
      column->at += 4;
      self->bits |= (guint64)GUINT32_FROM_LE (word) << self->n_bits;
      self->n_bits += 32;
    }
  while (self->n_bits < n_bits)
    {
      self->bits |= (guint64)weft_column_get_byte (column) << self->n_bits;
      self->n_bits += 8;
    }
  value = (guint32)(self->bits & ((G_GUINT64_CONSTANT (1) << n_bits) - 1));
  self->bits >>= n_bits;
  self->n_bits -= n_bits;
  return value;
}

G_END_DECLS
