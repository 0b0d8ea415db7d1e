/* column.c: packing columns with zstd, and unpacking what nobody vouches for.
 * In: numbers and bytes. Out: a packed column, or a window on an unpacked one. */
#include "column.h"
#include <glib/gi18n.h>

/* Below this, a zstd frame costs more than it saves. */
#define PACK_FROM_BYTES 24

/* Parameters of zstd; 0: as the level has it. Bytes of a synthetic recording and of a real
 * one, against level 3 alone, for shapes (PATTERNS) 94 and 96 %, for the times after a
 * waking (NOISE) 97 and 100 %, for tables of lives (SMALL) 99 and 92 %. PATTERNS costs 7 ns
 * a byte more, NOISE 1 to 5 ns less. */
static const struct
{
  int level, strategy, least_match, search_log;
} natures[] = {
  [WEFT_COLUMN_PLAIN] = { 3, 0, 0, 0 },
  [WEFT_COLUMN_NOISE] = { 3, ZSTD_dfast, 7, 0 },
  [WEFT_COLUMN_PATTERNS] = { 3, ZSTD_greedy, 6, 5 },
  [WEFT_COLUMN_SMALL] = { 9, 0, 0, 0 },
};

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

static void
tell_nature (ZSTD_CCtx *zstd, WeftColumnNature nature)
{
  ZSTD_CCtx_setParameter (zstd, ZSTD_c_compressionLevel, natures[nature].level);
  ZSTD_CCtx_setParameter (zstd, ZSTD_c_strategy, natures[nature].strategy);
  ZSTD_CCtx_setParameter (zstd, ZSTD_c_minMatch, natures[nature].least_match);
  ZSTD_CCtx_setParameter (zstd, ZSTD_c_searchLog, natures[nature].search_log);
}

void
weft_column_pack (const WeftColumn *self, ZSTD_CCtx *zstd, WeftColumnNature nature, WeftColumn *out)
{
  gsize packed = 0;

  weft_column_put_varint (out, self->length);
  if (self->length == 0)
    return;
  if (self->length >= PACK_FROM_BYTES)
    {
      gsize bound = ZSTD_compressBound (self->length);
      WeftColumn frame = { g_malloc (bound), 0, bound };

      tell_nature (zstd, nature);
      packed = ZSTD_compress2 (zstd, frame.data, bound, self->data, self->length);
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
