/* thread-entries.c: one line of numbers a thread. In: entries. Out: bytes, and back. */
#include "thread-entries.h"
#include "packed-numbers.h"

/* The bytes that an entry takes at least. */
#define LEAST_BYTES 12

/* Flags of an entry. */
enum
{
  ENTRY_BORN = 1 << 0,
  ENTRY_DEAD = 1 << 1,
  ENTRY_EXITING = 1 << 2,
  ENTRY_WOKEN = 1 << 3,
  ENTRY_EARLY = 1 << 4,
  ENTRY_LOSSES = 1 << 5, /* and the bit above it */
};

GBytes *
weft_thread_entries_pack (GArray *entries, guint64 begin_ns)
{
  GByteArray *bytes = g_byte_array_new ();
  guint last = 0;

  weft_put_number (bytes, begin_ns);
  weft_put_number (bytes, entries->len);
  for (guint i = 0; i < entries->len; i++)
    {
      const WeftChunkEntry *entry = &g_array_index (entries, WeftChunkEntry, i);
      const WeftSchedState *before = &entry->before;

      weft_put_number (bytes, weft_fold_sign ((gint64)entry->thread - last));
      weft_put_number (bytes, entry->tid);
      weft_put_number (bytes, entry->tgid);
      weft_put_number (bytes, (entry->born ? ENTRY_BORN : 0u) | (entry->dead ? ENTRY_DEAD : 0u)
                                  | (entry->exiting ? ENTRY_EXITING : 0u)
                                  | (before->woken ? ENTRY_WOKEN : 0u)
                                  | (before->early ? ENTRY_EARLY : 0u)
                                  | entry->losses * ENTRY_LOSSES);
      weft_put_number (bytes, before->state);
      weft_put_number (bytes, before->slept_in);
      weft_put_number (bytes, before->cpu);
      weft_put_number (bytes, weft_fold_sign ((gint64)(begin_ns - before->since_ns)));
      weft_put_number (bytes, weft_fold_sign ((gint64)(before->since_ns - entry->changed_ns)));
      weft_put_number (bytes, entry->start_boottime_ns);
      weft_put_number (bytes, entry->named_ns);
      weft_put_number (bytes, entry->count_address);
      last = entry->thread;
    }
  return g_byte_array_free_to_bytes (bytes);
}

static gboolean
read_entry (WeftNumbers *in, guint64 begin_ns, guint last, WeftChunkEntry *entry)
{
  WeftSchedState *before = &entry->before;
  guint64 thread = last + (guint64)weft_unfold_sign (weft_get_number (in));
  guint64 flags, state, slept;

  entry->thread = (guint)thread;
  entry->tid = (guint32)weft_get_number (in);
  entry->tgid = (guint32)weft_get_number (in);
  flags = weft_get_number (in);
  entry->born = (flags & ENTRY_BORN) != 0;
  entry->dead = (flags & ENTRY_DEAD) != 0;
  entry->exiting = (flags & ENTRY_EXITING) != 0;
  entry->losses = flags / ENTRY_LOSSES & 3;
  before->woken = (flags & ENTRY_WOKEN) != 0;
  before->early = (flags & ENTRY_EARLY) != 0;
  before->state = (guint8)(state = weft_get_number (in));
  before->slept_in = (guint8)(slept = weft_get_number (in));
  before->cpu = (guint16)weft_get_number (in);
  before->since_ns = begin_ns - (guint64)weft_unfold_sign (weft_get_number (in));
  entry->changed_ns = before->since_ns - (guint64)weft_unfold_sign (weft_get_number (in));
  entry->start_boottime_ns = weft_get_number (in);
  entry->named_ns = weft_get_number (in);
  entry->count_address = weft_get_number (in);
  return !in->overrun && thread < G_MAXINT32 && state < WEFT_N_STATES && slept < WEFT_N_STATES;
}

GArray *
weft_thread_entries_unpack (GBytes *table)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (WeftChunkEntry));
  WeftNumbers in = weft_numbers_of (table);
  guint64 begin_ns = weft_get_number (&in), n = weft_get_number (&in);
  guint last = 0;

  if (in.overrun || n > (guint64)(in.end - in.at) / LEAST_BYTES)
    return NULL;
  for (guint64 i = 0; i < n; i++)
    {
      WeftChunkEntry entry = { 0 };

      if (!read_entry (&in, begin_ns, last, &entry))
        return NULL;
      g_array_append_val (entries, entry);
      last = entry.thread;
    }
  return g_steal_pointer (&entries);
}
