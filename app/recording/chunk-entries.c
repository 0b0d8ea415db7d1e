/* chunk-entries.c: one line of numbers a thread, packed. In: entries. Out: bytes. */
#include "chunk-entries.h"
#include "column.h"
#include <glib/gi18n.h>

#define PACK_LEVEL 3
/* A thread takes 8 bytes at least; this many is a machine on fire. */
#define MAX_THREADS (1u << 22)

/* Flags in an entry's byte. */
enum
{
  ENTRY_BORN = 1 << 0,
  ENTRY_WOKEN = 1 << 1,
  ENTRY_EARLY = 1 << 2,
};

static void
put_entry (WeftColumn *out, const WeftChunkEntry *entry, guint last, guint64 first_ns)
{
  const WeftSchedState *before = &entry->before;

  weft_column_put_varint (out, weft_zigzag ((gint64)entry->thread - last));
  weft_column_put_varint (out, entry->tid);
  weft_column_put_byte (out,
                        (guint8)((entry->born ? ENTRY_BORN : 0) | (before->woken ? ENTRY_WOKEN : 0)
                                 | (before->early ? ENTRY_EARLY : 0)));
  weft_column_put_byte (out, before->state);
  weft_column_put_byte (out, before->slept_in);
  weft_column_put_varint (out, before->cpu);
  weft_column_put_varint (out, weft_zigzag ((gint64)(first_ns - before->since_ns)));
}

GBytes *
weft_chunk_entries_encode (GArray *threads, guint64 first_ns)
{
  ZSTD_CCtx *zstd = ZSTD_createCCtx ();
  WeftColumn plain = { NULL };
  WeftColumn out = { NULL };
  guint last = 0;

  weft_column_put_varint (&plain, threads->len);
  for (guint i = 0; i < threads->len; i++)
    {
      const WeftChunkThread *thread = &g_array_index (threads, WeftChunkThread, i);
      guint present = 0;

      for (guint state = 0; state < WEFT_N_STATES; state++)
        present |= thread->totals.ns[state] > 0 ? 1u << state : 0;
      put_entry (&plain, &thread->entry, last, first_ns);
      weft_column_put_varint (&plain, present);
      for (guint state = 0; state < WEFT_N_STATES; state++)
        if (present & 1u << state)
          weft_column_put_varint (&plain, thread->totals.ns[state]);
      last = thread->entry.thread;
    }
  weft_column_pack (&plain, zstd, PACK_LEVEL, &out);
  weft_column_clear (&plain);
  ZSTD_freeCCtx (zstd);
  return g_bytes_new_take (out.data, out.length);
}

static void
read_thread (WeftColumnReader *in, guint64 first_ns, guint last, WeftChunkThread *thread)
{
  WeftSchedState *before = &thread->entry.before;
  guint64 present;
  guint flags;

  thread->entry.thread = last + (guint)weft_unzigzag (weft_column_get_varint (in));
  thread->entry.tid = (guint32)weft_column_get_varint (in);
  flags = weft_column_get_byte (in);
  thread->entry.born = (flags & ENTRY_BORN) != 0;
  before->woken = (flags & ENTRY_WOKEN) != 0;
  before->early = (flags & ENTRY_EARLY) != 0;
  before->state = weft_column_get_byte (in);
  before->slept_in = weft_column_get_byte (in);
  before->cpu = (guint16)weft_column_get_varint (in);
  before->since_ns = first_ns - (guint64)weft_unzigzag (weft_column_get_varint (in));
  present = weft_column_get_varint (in);
  if (before->state >= WEFT_N_STATES || before->slept_in >= WEFT_N_STATES
      || present >> WEFT_N_STATES)
    in->overrun = TRUE;
  for (guint state = 0; state < WEFT_N_STATES && !in->overrun; state++)
    if (present & 1u << state)
      thread->totals.ns[state] = weft_column_get_varint (in);
}

GArray *
weft_chunk_entries_decode (GBytes *bytes, guint64 first_ns, GError **error)
{
  g_autoptr (GArray) threads = g_array_new (FALSE, TRUE, sizeof (WeftChunkThread));
  ZSTD_DCtx *zstd = ZSTD_createDCtx ();
  WeftColumn storage = { NULL };
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  WeftColumnReader in = { data, size > 0 ? data + size : data, FALSE };
  WeftColumnReader plain;
  gboolean whole = weft_column_unpack (&in, zstd, MAX_THREADS * (gsize)64, &storage, &plain, error);
  guint64 n_threads = whole ? weft_column_get_varint (&plain) : 0;

  if (whole && n_threads > (guint64)(plain.end - plain.at))
    plain.overrun = TRUE;
  for (guint64 i = 0; whole && i < n_threads && !plain.overrun; i++)
    {
      WeftChunkThread thread = { { 0 } };
      guint last = i > 0 ? g_array_index (threads, WeftChunkThread, i - 1).entry.thread : 0;

      read_thread (&plain, first_ns, last, &thread);
      g_array_append_val (threads, thread);
    }
  weft_column_clear (&storage);
  ZSTD_freeDCtx (zstd);
  if (!whole)
    return NULL;
  if (plain.overrun)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                           _ ("A chunk of the recording is damaged."));
      return NULL;
    }
  return g_steal_pointer (&threads);
}
