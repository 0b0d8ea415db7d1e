/* column.c: packing columns with zstd, and unpacking what nobody vouches for.
 * In: numbers and bytes. Out: a packed column, or a window on an unpacked one. */
#include "column.h"
#include <glib/gi18n.h>

/* Below this, a zstd frame costs more than it saves. */
#define PACK_FROM_BYTES 24

void
weft_column_clear (WeftColumn *self)
{
  g_clear_pointer (&self->data, g_free);
  self->length = 0;
  self->capacity = 0;
}

void
weft_column_reserve (WeftColumn *self, gsize more)
{
  if (self->capacity - self->length >= more)
    return;
  self->capacity = MAX (MAX (self->capacity * 2, 64), self->length + more);
  self->data = g_realloc (self->data, self->capacity);
}

void
weft_column_put_bytes (WeftColumn *self, const void *bytes, gsize length)
{
  if (length == 0)
    return;
  weft_column_reserve (self, length);
  memcpy (self->data + self->length, bytes, length);
  self->length += length;
}

void
weft_column_put_varint (WeftColumn *self, guint64 value)
{
  for (; value >= 0x80; value >>= 7)
    weft_column_put_byte (self, (guint8)value | 0x80);
  weft_column_put_byte (self, (guint8)value);
}

void
weft_column_pack (const WeftColumn *self, ZSTD_CCtx *zstd, int level, WeftColumn *out)
{
  gsize packed = 0;

  weft_column_put_varint (out, self->length);
  if (self->length == 0)
    return;
  if (self->length >= PACK_FROM_BYTES)
    {
      gsize bound = ZSTD_compressBound (self->length);
      WeftColumn frame = { g_malloc (bound), 0, bound };

      packed = ZSTD_compressCCtx (zstd, frame.data, bound, self->data, self->length, level);
      if (ZSTD_isError (packed) || packed >= self->length)
        packed = 0;
      weft_column_put_varint (out, packed);
      weft_column_put_bytes (out, frame.data, packed);
      weft_column_clear (&frame);
    }
  else
    weft_column_put_varint (out, 0);
  if (packed == 0)
    weft_column_put_bytes (out, self->data, self->length);
}

static gboolean
refuse (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       _ ("A chunk of the recording is damaged."));
  return FALSE;
}

gboolean
weft_column_unpack (WeftColumnReader *in, ZSTD_DCtx *zstd, gsize max_bytes, WeftColumn *storage,
                    WeftColumnReader *column, GError **error)
{
  guint64 length = weft_column_get_varint (in);
  guint64 packed = length > 0 ? weft_column_get_varint (in) : 0;
  guint64 stored = packed > 0 ? packed : length;

  if (in->overrun || length > max_bytes || stored > (guint64)(in->end - in->at))
    return refuse (error);
  if (packed > 0)
    {
      weft_column_reserve (storage, length);
      storage->length = ZSTD_decompressDCtx (zstd, storage->data, length, in->at, packed);
      if (storage->length != length)
        return refuse (error);
    }
  *column = (WeftColumnReader){ in->at, in->at + length, FALSE };
  if (packed > 0)
    *column = (WeftColumnReader){ storage->data, storage->data + length, FALSE };
  in->at += stored;
  return TRUE;
}
