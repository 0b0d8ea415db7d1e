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
} WeftRecordReader;

/* FALSE + G_IO_ERROR_INVALID_DATA when @bytes is no multiple of a unit. */
gboolean weft_record_reader_init (WeftRecordReader *self, const void *data, gsize bytes,
                                  GError **error);

/**
 * weft_record_reader_next:
 * @record: (out) (transfer none): the next record, also of a kind that we do not
 *   know (weft_kind_units() is 0 for it). All of its units lie within the data; of a
 *   known kind they are as many as it needs, and its parts fill the rest
 *
 * Returns: %FALSE at the end, or with @error set to %G_IO_ERROR_INVALID_DATA
 * when a record has no units, too few for its kind, runs past the end, or its
 * parts do
 */
gboolean weft_record_reader_next (WeftRecordReader *self, const struct weft_record **record,
                                  GError **error);

/* (transfer full) (nullable): what an exec brought along, bytes of any origin; of a long
 * line the beginning, which /proc tells all of later. */
char *weft_record_dup_command_line (const struct weft_record *exec);

G_END_DECLS
