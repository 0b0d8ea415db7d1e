/* chunk-tables.h: the bytes of a table that is made of a chunk, in the file. Pure. In:
 * bytes that this folder knows nothing of. Out: the same, packed where that pays. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/* Returns: (transfer full) */
GBytes *weft_chunk_table_pack (GBytes *table);
/* @packed: of any origin. Returns: (transfer full): NULL with %G_IO_ERROR_INVALID_DATA */
GBytes *weft_chunk_table_unpack (GBytes *packed, GError **error);

G_END_DECLS
