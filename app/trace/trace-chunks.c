/* trace-chunks.c: the unit of history. In: records as they are applied. Out:
 * sealed chunks; memory kept under its limit by dropping the oldest; chunks
 * brought back by running their records through the same state machine. */
#include "trace-store-private.h"
#include "chunk-rerun.h"
#include "record-reader.h"
#include <string.h>

/* Their records stay in memory for hover and click; older ones are fetched. */
#define CHUNKS_WITH_RECORDS 4
/* Bytes of records that the open chunk has room for at first; grows twofold. */
#define LEAST_ROOM 65536u

static void
chunk_free (gpointer data)
{
  WeftChunk *chunk = data;

  g_clear_pointer (&chunk->records, g_bytes_unref);
  g_array_unref (chunk->entries);
}

WeftChunk *
weft_chunk_ref (WeftChunk *chunk)
{
  return g_atomic_rc_box_acquire (chunk);
}

void
weft_chunk_unref (WeftChunk *chunk)
{
  if (chunk != NULL)
    g_atomic_rc_box_release_full (chunk, chunk_free);
}

guint
weft_trace_store_open_chunk (WeftTraceStore *self)
{
  return self->chunks->len;
}

/* A late change can be the track's last one, which the state does not know. */
static gboolean
has_parted (const ThreadEntry *entry)
{
  return weft_thread_track_get_state (entry->public.track) != entry->sched.state
         || weft_thread_track_get_cpu (entry->public.track) != entry->sched.cpu;
}

void
weft_trace_store_touch (WeftTraceStore *self, ThreadEntry *entry, gboolean born)
{
  WeftChunkEntry item;

  if (entry->touched_in == self->chunks->len + 1)
    return;
  entry->touched_in = self->chunks->len + 1;
  item = (WeftChunkEntry){ .thread = entry->public.id,
                           .tid = entry->public.tid,
                           .born = born != FALSE,
                           .dead = entry->public.death_ns != 0,
                           .exiting = entry->exiting,
                           .stays = !born && has_parted (entry),
                           .before = entry->sched,
                           .start_boottime_ns = entry->public.start_boottime_ns,
                           .named_ns = entry->named_ns };
  entry->touched_at = self->open_entries->len;
  g_array_append_val (self->open_entries, item);
}

void
weft_trace_store_keep_in_memory (WeftTraceStore *self, const ThreadEntry *entry)
{
  g_array_index (self->open_entries, WeftChunkEntry, entry->touched_at).stays = TRUE;
}

/* Once for each record: g_byte_array_append() divides each time. */
static void
copy_record (WeftTraceStore *self, const struct weft_record *record)
{
  guint bytes = (guint)record->units * WEFT_UNIT_BYTES;

  if (self->open_bytes + bytes > self->open_records->len)
    g_byte_array_set_size (self->open_records, MAX (LEAST_ROOM, 2 * self->open_records->len));
  memcpy (self->open_records->data + self->open_bytes, record, bytes);
  self->open_bytes += bytes;
}

void
weft_trace_store_keep_record (WeftTraceStore *self, const struct weft_record *record)
{
  if (!self->replaying && self->open_n >= WEFT_CHUNK_RECORDS)
    weft_trace_store_seal (self);
  if (self->open_n == 0)
    self->open_first_ns = self->open_last_ns = record->time_ns;
  self->open_first_ns = MIN (self->open_first_ns, record->time_ns);
  self->open_last_ns = MAX (self->open_last_ns, record->time_ns);
  self->open_n++;
  if (!self->replaying)
    copy_record (self, record);
}

static void
account_tracks (WeftTraceStore *self, GArray *entries)
{
  for (guint i = 0; i < entries->len; i++)
    {
      ThreadEntry *entry
          = weft_trace_store_entry (self, g_array_index (entries, WeftChunkEntry, i).thread);
      gsize bytes = weft_thread_track_get_bytes (entry->public.track);

      self->memory_bytes += bytes - entry->accounted_bytes;
      entry->accounted_bytes = bytes;
    }
}

void
weft_trace_store_seal (WeftTraceStore *self)
{
  WeftChunk *chunk = g_atomic_rc_box_new0 (WeftChunk);

  chunk->number = self->chunks->len;
  chunk->first_ns = self->open_first_ns;
  chunk->last_ns = self->open_last_ns;
  chunk->n_records = self->open_n;
  chunk->entries = self->open_entries;
  self->open_entries = g_array_new (FALSE, FALSE, sizeof (WeftChunkEntry));
  self->memory_bytes += chunk->entries->len * sizeof (WeftChunkEntry);
  account_tracks (self, chunk->entries);
  if (!self->replaying)
    {
      g_byte_array_set_size (self->open_records, (guint)self->open_bytes);
      chunk->records = g_byte_array_free_to_bytes (self->open_records);
      self->open_records = g_byte_array_new ();
      self->open_bytes = 0;
      self->memory_bytes += g_bytes_get_size (chunk->records);
      /* What the recorder gets keeps its records, whatever leaves memory here. */
      if (self->chunk_func != NULL)
        {
          WeftChunk *copy = g_atomic_rc_box_new0 (WeftChunk);

          *copy = *chunk;
          copy->records = g_bytes_ref (chunk->records);
          copy->entries = g_array_ref (chunk->entries);
          g_ptr_array_add (self->sealed, copy);
        }
    }
  self->open_n = 0;
  g_ptr_array_add (self->chunks, chunk);
}

static void
drop_records (WeftTraceStore *self, WeftChunk *chunk)
{
  if (chunk->records == NULL)
    return;
  self->memory_bytes -= MIN (self->memory_bytes, g_bytes_get_size (chunk->records));
  g_clear_pointer (&chunk->records, g_bytes_unref);
}

static void
evict_chunk (WeftTraceStore *self, WeftChunk *chunk)
{
  drop_records (self, chunk);
  for (guint i = 0; i < chunk->entries->len; i++)
    {
      const WeftChunkEntry *entry = &g_array_index (chunk->entries, WeftChunkEntry, i);

      if (!entry->stays)
        weft_thread_track_evict (weft_trace_store_entry (self, entry->thread)->public.track,
                                 chunk->number);
    }
  account_tracks (self, chunk->entries);
}

void
weft_trace_store_trim (WeftTraceStore *self)
{
  guint newest
      = self->chunks->len > CHUNKS_WITH_RECORDS ? self->chunks->len - CHUNKS_WITH_RECORDS : 0;

  if (self->fetch_func != NULL)
    for (; self->drop_next < newest; self->drop_next++)
      drop_records (self, g_ptr_array_index (self->chunks, self->drop_next));
  while (self->memory_bytes > self->memory_limit && self->evict_next < newest)
    evict_chunk (self, g_ptr_array_index (self->chunks, self->evict_next++));
}

guint64
weft_trace_store_get_evicted_until (WeftTraceStore *self)
{
  const WeftChunk *chunk;

  if (self->evict_next == 0)
    return 0;
  chunk = g_ptr_array_index (self->chunks, self->evict_next - 1);
  return chunk->last_ns;
}

/* --- bringing a chunk back ---------------------------------------------- */

/* The records of a chunk, from memory or fetched; called without the lock. */
static GBytes *
fetch_records (WeftTraceStore *self, guint number, GArray **entries, GError **error)
{
  WeftChunk *chunk;
  GBytes *records;

  g_rw_lock_reader_lock (&self->lock);
  if (number >= self->chunks->len)
    {
      g_rw_lock_reader_unlock (&self->lock);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no chunk %u", number);
      return NULL;
    }
  chunk = g_ptr_array_index (self->chunks, number);
  records = chunk->records != NULL ? g_bytes_ref (chunk->records) : NULL;
  if (entries != NULL)
    *entries = g_array_ref (chunk->entries);
  g_rw_lock_reader_unlock (&self->lock);
  if (records == NULL && self->fetch_func != NULL)
    records = self->fetch_func (number, self->fetch_data, error);
  else if (records == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 "the history of this moment has left memory and was not recorded");
  if (records == NULL && entries != NULL)
    g_clear_pointer (entries, g_array_unref);
  return records;
}

/* In the order of @entries, so that the rerun's i-th thread is the i-th of them. */
static WeftChunkRerun *
begin_rerun (WeftTraceStore *self, GArray *entries)
{
  WeftChunkRerun *rerun = weft_chunk_rerun_new (self->syscalls);

  g_rw_lock_reader_lock (&self->lock);
  for (guint i = 0; i < entries->len; i++)
    {
      const WeftChunkEntry *entry = &g_array_index (entries, WeftChunkEntry, i);
      const WeftThread *thread = &weft_trace_store_entry (self, entry->thread)->public;
      const WeftProcess *process = weft_process_table_get (self->processes, thread->process);

      weft_chunk_rerun_add (rerun, entry, thread, process != NULL ? process->tgid : 0);
    }
  g_rw_lock_reader_unlock (&self->lock);
  return rerun;
}

static gboolean
run_again (WeftChunkRerun *rerun, GBytes *records, GError **error)
{
  WeftRecordReader reader;
  const struct weft_record *record;
  g_autoptr (GError) local = NULL;
  gsize bytes;
  gconstpointer data = g_bytes_get_data (records, &bytes);

  if (!weft_record_reader_init (&reader, data, bytes, error))
    return FALSE;
  while (weft_record_reader_next (&reader, &record, &local))
    weft_chunk_rerun_apply (rerun, record);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
weft_trace_store_load_chunk (WeftTraceStore *self, guint number, GError **error)
{
  g_autoptr (GArray) entries = NULL;
  g_autoptr (GBytes) records = fetch_records (self, number, &entries, error);
  g_autoptr (WeftChunkRerun) rerun = NULL;

  if (records == NULL)
    return FALSE;
  rerun = begin_rerun (self, entries);
  if (!run_again (rerun, records, error))
    return FALSE;
  g_rw_lock_writer_lock (&self->lock);
  for (guint i = 0; i < entries->len; i++)
    {
      guint thread = g_array_index (entries, WeftChunkEntry, i).thread;
      GArray *slices = weft_chunk_rerun_get_slices (rerun, i);

      weft_thread_track_reload (weft_trace_store_entry (self, thread)->public.track, number,
                                (const WeftSlice *)(void *)slices->data, slices->len);
    }
  account_tracks (self, entries);
  self->generation++;
  g_rw_lock_writer_unlock (&self->lock);
  return TRUE;
}

/* --- walking ------------------------------------------------------------ */

static gboolean
walk_records (GBytes *records, guint64 from_ns, guint64 to_ns, WeftRecordFunc func,
              gpointer user_data, GError **error)
{
  WeftRecordReader reader;
  const struct weft_record *record;
  g_autoptr (GError) local = NULL;
  gsize bytes;
  gconstpointer data = g_bytes_get_data (records, &bytes);

  if (!weft_record_reader_init (&reader, data, bytes, error))
    return FALSE;
  while (weft_record_reader_next (&reader, &record, &local))
    {
      if (record->time_ns < from_ns || record->time_ns >= to_ns)
        continue;
      if (!func (record, user_data))
        return FALSE;
    }
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
weft_trace_store_foreach_record (WeftTraceStore *self, guint64 from_ns, guint64 to_ns,
                                 WeftRecordFunc func, gpointer user_data, GCancellable *cancellable,
                                 GError **error)
{
  g_autoptr (GBytes) open = NULL;
  guint n_chunks;

  g_rw_lock_reader_lock (&self->lock);
  n_chunks = self->chunks->len;
  open = g_bytes_new (self->open_records->data, self->open_bytes);
  g_rw_lock_reader_unlock (&self->lock);
  for (guint i = 0; i < n_chunks; i++)
    {
      const WeftChunk *chunk;
      g_autoptr (GBytes) records = NULL;

      g_rw_lock_reader_lock (&self->lock);
      chunk = g_ptr_array_index (self->chunks, i);
      g_rw_lock_reader_unlock (&self->lock);
      if (chunk->n_records == 0 || chunk->last_ns < from_ns || chunk->first_ns >= to_ns)
        continue;
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      records = fetch_records (self, i, NULL, error);
      if (records == NULL || !walk_records (records, from_ns, to_ns, func, user_data, error))
        return FALSE;
    }
  return walk_records (open, from_ns, to_ns, func, user_data, error);
}
