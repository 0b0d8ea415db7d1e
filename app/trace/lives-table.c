/* lives-table.c: see the header. Numbers, then the records as they are. */
#include "lives-table.h"
#include "packed-numbers.h"
#include "process-table.h"

WeftLives *
weft_lives_new (void)
{
  WeftLives *self = g_new0 (WeftLives, 1);

  self->heads = g_array_new (FALSE, FALSE, sizeof (WeftHead));
  self->hints = g_array_new (FALSE, FALSE, sizeof (WeftLifeHint));
  self->records = g_byte_array_new ();
  return self;
}

void
weft_lives_free (WeftLives *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->heads);
  g_array_unref (self->hints);
  g_byte_array_unref (self->records);
  g_free (self);
}

void
weft_lives_add (WeftLives *self, const struct weft_record *record, WeftLifeHint hint)
{
  hint.record = self->n_records++;
  if (hint.running != WEFT_NO_ID || hint.ends_nobody || hint.leader_stays)
    g_array_append_val (self->hints, hint);
  g_byte_array_append (self->records, (const guint8 *)record,
                       (guint)record->units * WEFT_UNIT_BYTES);
}

GBytes *
weft_lives_pack (const WeftLives *self, GArray *heads)
{
  GByteArray *bytes = g_byte_array_new ();
  guint last = 0;

  weft_put_number (bytes, self->n_threads);
  weft_put_number (bytes, self->n_events);
  weft_put_number (bytes, self->n_late);
  weft_put_number (bytes, self->n_unknown);
  weft_put_number (bytes, self->n_switches);
  weft_put_number (bytes, heads->len);
  for (guint i = 0; i < heads->len; i++)
    {
      weft_put_number (bytes, g_array_index (heads, WeftHead, i).state);
      weft_put_number (bytes, g_array_index (heads, WeftHead, i).cpu);
    }
  weft_put_number (bytes, self->hints->len);
  for (guint i = 0; i < self->hints->len; i++)
    {
      const WeftLifeHint *hint = &g_array_index (self->hints, WeftLifeHint, i);

      weft_put_number (bytes, hint->record - last);
      /* WEFT_NO_ID is 0 then */
      weft_put_number (bytes, (guint64)(hint->running + 1u) << 2 | (hint->leader_stays ? 2u : 0u)
                                  | (hint->ends_nobody ? 1u : 0u));
      last = hint->record;
    }
  g_byte_array_append (bytes, self->records->data, self->records->len);
  return g_byte_array_free_to_bytes (bytes);
}

static gboolean
read_heads (WeftNumbers *in, GArray *heads)
{
  guint64 n = weft_get_number (in);

  if (in->overrun || n > (guint64)(in->end - in->at) / 2)
    return FALSE;
  for (guint64 i = 0; i < n; i++)
    {
      guint64 state = weft_get_number (in);
      const WeftHead head = { (WeftState)state, (guint16)weft_get_number (in) };

      if (in->overrun || state >= WEFT_N_STATES)
        return FALSE;
      g_array_append_val (heads, head);
    }
  return TRUE;
}

static gboolean
read_hints (WeftNumbers *in, GArray *hints)
{
  guint64 n = weft_get_number (in), record = 0;

  if (in->overrun || n > (guint64)(in->end - in->at) / 2)
    return FALSE;
  for (guint64 i = 0; i < n; i++)
    {
      guint64 distance = weft_get_number (in), rest = weft_get_number (in);
      WeftLifeHint hint;

      if (in->overrun || distance > G_MAXINT32 || rest >> 2 > G_MAXINT32
          || (record += distance) > G_MAXINT32)
        return FALSE;
      hint = (WeftLifeHint){ (guint)record, (guint)(rest >> 2) - 1u, (rest & 1) != 0,
                             (rest & 2) != 0 };
      g_array_append_val (hints, hint);
    }
  return TRUE;
}

WeftLives *
weft_lives_unpack (GBytes *table)
{
  g_autoptr (WeftLives) self = weft_lives_new ();
  WeftNumbers in = weft_numbers_of (table);

  self->n_threads = weft_get_number (&in);
  self->n_events = weft_get_number (&in);
  self->n_late = weft_get_number (&in);
  self->n_unknown = weft_get_number (&in);
  self->n_switches = weft_get_number (&in);
  if (!read_heads (&in, self->heads) || !read_hints (&in, self->hints)
      || in.end - in.at > G_MAXINT32)
    return NULL;
  g_byte_array_append (self->records, in.at, (guint)(in.end - in.at));
  return g_steal_pointer (&self);
}
