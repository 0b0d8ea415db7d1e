/* chunk-tables.c: see the header. */
#include "chunk-tables.h"
#include "column.h"

/* A table that says it is longer is refused: no chunk has so much to tell. */
#define MAX_TABLE_BYTES ((gsize)64 << 20)

GBytes *
weft_chunk_table_pack (GBytes *table)
{
  ZSTD_CCtx *zstd = ZSTD_createCCtx ();
  WeftColumn plain = { NULL };
  WeftColumn out = { NULL };
  gsize size;
  gconstpointer data = g_bytes_get_data (table, &size);

  weft_column_put_bytes (&plain, data, size);
  weft_column_pack (&plain, zstd, WEFT_COLUMN_SMALL, &out);
  weft_column_clear (&plain);
  ZSTD_freeCCtx (zstd);
  return g_bytes_new_take (out.data, out.length);
}

GBytes *
weft_chunk_table_unpack (GBytes *packed, GError **error)
{
  ZSTD_DCtx *zstd = ZSTD_createDCtx ();
  WeftColumn storage = { NULL };
  gsize size;
  const guint8 *data = g_bytes_get_data (packed, &size);
  WeftColumnReader in = { data, size > 0 ? data + size : data, FALSE };
  WeftColumnReader plain;
  GBytes *table = NULL;

  if (weft_column_unpack (&in, zstd, MAX_TABLE_BYTES, &storage, &plain, error))
    table = g_bytes_new (plain.at, (gsize)(plain.end - plain.at));
  weft_column_clear (&storage);
  ZSTD_freeDCtx (zstd);
  return table;
}
