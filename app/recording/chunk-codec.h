/* chunk-codec.h: a chunk's records as columns, and back. Pure; any thread.
 * In: whole records. Out: bytes that hold exactly these records in exactly
 * this order, at 2 to 3 bytes for each switch or wake-up.
 *
 * The bytes: version, number of records and units, first time, the CPUs with
 * how many records each has; then the columns of chunk-columns.h, each packed
 * with zstd. Shapes and times lie CPU by CPU: what a CPU does next follows from
 * what it did last, and which CPU comes next follows from the times. All other
 * columns are in the order of the records. */
#pragma once
#include <gio/gio.h>
#include "record.h"

G_BEGIN_DECLS

/* A chunk that says it is larger is refused: 32 MiB of records. */
#define WEFT_CHUNK_MAX_UNITS (1u << 20)

/**
 * weft_chunk_encode:
 * @records: whole records, at best sorted by time (others cost more bytes)
 *
 * Returns: (transfer full): or NULL with %G_IO_ERROR_INVALID_DATA when a record
 * has no units or runs past the end, or when there are too many
 */
GBytes *weft_chunk_encode (GBytes *records, GError **error);

/**
 * weft_chunk_decode:
 * @bytes: of any origin
 *
 * Returns: (transfer full): the records; each has the units its kind needs, and
 * all lie within the bytes. NULL with %G_IO_ERROR_INVALID_DATA when @bytes are
 * no chunk or of a newer version.
 */
GBytes *weft_chunk_decode (GBytes *bytes, GError **error);

/* The same for many chunks, one after the other: keeps its room between them,
 * and takes back that of records which were freed. One thread at a time; the
 * records may be freed in any thread, and may outlive the decoder. */
typedef struct _WeftChunkDecoder WeftChunkDecoder;

WeftChunkDecoder *weft_chunk_decoder_new (void);
void weft_chunk_decoder_free (WeftChunkDecoder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftChunkDecoder, weft_chunk_decoder_free)

GBytes *weft_chunk_decoder_decode (WeftChunkDecoder *self, GBytes *bytes, GError **error);

G_END_DECLS
