/* record-reader.h: walks a stream of records that nobody vouches for. Pure.
 * In: bytes from the wire or a file. Out: whole, well-formed records. */
#pragma once
#include <gio/gio.h>
#include "record.h"

G_BEGIN_DECLS

typedef struct
{
  const guint8 *data; /* not owned; must outlive the reader; 8-byte aligned */
  gsize bytes;
  gsize offset;
  guint64 unknown; /* records of kinds we do not know, skipped */
} WeftRecordReader;

/* FALSE + G_IO_ERROR_INVALID_DATA when @bytes is no multiple of a unit. */
gboolean weft_record_reader_init (WeftRecordReader *self, const void *data, gsize bytes,
                                  GError **error);

/**
 * weft_record_reader_next:
 * @record: (out) (transfer none): the next record of a known kind; all of its
 *   units lie within the data, and as many as its kind needs
 *
 * Returns: %FALSE at the end, or with @error set to %G_IO_ERROR_INVALID_DATA
 * when a record has no units, too few for its kind, or runs past the end
 */
gboolean weft_record_reader_next (WeftRecordReader *self, const struct weft_record **record,
                                  GError **error);

G_END_DECLS
