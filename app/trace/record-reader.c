/* record-reader.c: see the header. In: bytes. Out: whole records or an error. */
#include "record-reader.h"
#include <glib/gi18n.h>

/* Whether the parts of a record that has some fill it without a gap. */
static gboolean
parts_fit (const struct weft_record *record, guint needed)
{
  const struct weft_part *units = (const void *)record;
  guint at = needed;

  while (at < record->units && units[at].units > 0)
    at += units[at].units;
  return at == record->units && record->units > needed;
}

/* Whether a record has the units that its kind needs; of unknown kinds nobody can say. */
static gboolean
is_well_formed (const struct weft_record *record)
{
  guint needed = weft_kind_units (weft_record_kind (record));

  if (record->units < needed)
    return FALSE;
  return needed == 0 || !(record->kind & WEFT_HAS_PARTS) || parts_fit (record, needed);
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
  /* nothing is nowhere, and no offset may be added to that */
  *self = (WeftRecordReader){ .data = bytes > 0 ? data : (const void *)"", .bytes = bytes };
  return TRUE;
}

gboolean
weft_record_reader_next (WeftRecordReader *self, const struct weft_record **record, GError **error)
{
  const struct weft_record *next;
  gsize left = self->bytes - self->offset;

  if (left == 0)
    return FALSE;
  next = (const void *)(self->data + self->offset);
  if (next->units == 0 || (gsize)next->units * WEFT_UNIT_BYTES > left || !is_well_formed (next))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("The event stream is damaged: a record of kind %u claims %u units at "
                      "offset %zu"),
                   next->kind, next->units, self->offset);
      return FALSE;
    }
  self->offset += (gsize)next->units * WEFT_UNIT_BYTES;
  *record = next;
  return TRUE;
}

char *
weft_record_dup_command_line (const struct weft_record *exec)
{
  const struct weft_part *part = weft_record_part (exec, NULL);
  g_autoptr (GString) line = NULL;

  while (part != NULL && part->kind != WEFT_PART_COMMAND_LINE)
    part = weft_record_part (exec, part);
  if (part == NULL || part->bytes > part->units * WEFT_UNIT_BYTES - 8)
    return NULL;
  line = g_string_new_len ((const char *)part->payload, part->bytes);
  while (line->len > 0 && line->str[line->len - 1] == '\0')
    g_string_truncate (line, line->len - 1);
  for (gsize i = 0; i < line->len; i++)
    if (line->str[i] == '\0')
      line->str[i] = ' ';
  if (part->number > part->bytes)
    g_string_append (line, "…");
  return line->len > 0 ? g_string_free (g_steal_pointer (&line), FALSE) : NULL;
}
