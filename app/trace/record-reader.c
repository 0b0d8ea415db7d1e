/* record-reader.c: see the header. In: bytes. Out: whole records or an error. */
#include "record-reader.h"
#include <glib/gi18n.h>

/* The units a known kind needs at least; 0 for a kind that we do not know. */
static guint
units_of_kind (guint8 kind)
{
  switch (kind)
    {
    case WEFT_SWITCH:
    case WEFT_WAKE:
    case WEFT_LOST:
    case WEFT_SUSPEND:
    case WEFT_SYNC:
      return 1;
    case WEFT_FORK:
    case WEFT_EXEC:
    case WEFT_EXIT:
    case WEFT_RENAME:
      return sizeof (struct weft_task_record) / WEFT_UNIT_BYTES;
    case WEFT_STATE:
      return sizeof (struct weft_state_record) / WEFT_UNIT_BYTES;
    default:
      return 0;
    }
}

gboolean
weft_record_reader_init (WeftRecordReader *self, const void *data, gsize bytes, GError **error)
{
  if (bytes % WEFT_UNIT_BYTES != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("The event stream is damaged: %zu bytes are no whole number of records"),
                   bytes);
      return FALSE;
    }
  *self = (WeftRecordReader){ .data = data, .bytes = bytes };
  return TRUE;
}

gboolean
weft_record_reader_next (WeftRecordReader *self, const struct weft_record **record, GError **error)
{
  while (self->offset < self->bytes)
    {
      const struct weft_record *next = (const void *)(self->data + self->offset);
      gsize length = (gsize)next->units * WEFT_UNIT_BYTES;
      guint needed = units_of_kind (next->kind);

      if (length == 0 || length > self->bytes - self->offset || next->units < needed)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       _ ("The event stream is damaged: a record of kind %u claims %u units at "
                          "offset %zu"),
                       next->kind, next->units, self->offset);
          return FALSE;
        }
      self->offset += length;
      if (needed > 0)
        {
          *record = next;
          return TRUE;
        }
      self->unknown++;
    }
  return FALSE;
}
