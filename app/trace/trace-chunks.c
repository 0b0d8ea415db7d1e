/* trace-chunks.c: the unit of history. In: records as they are applied. Out: sealed chunks
 * with their tables; walks over their records. */
#include "history-private.h"
#include "record-reader.h"
#include <string.h>

/* Bytes of records that the open chunk has room for at first; grows twofold. */
#define LEAST_ROOM 65536u
/* So many records lie between two moments that a chunk's totals know, or more where
 * many threads share it: a row for so many records and no more. */
#define GRAIN_RECORDS 4096
#define RECORDS_A_ROW 32

static void
table_clear (gpointer data)
{
  g_bytes_unref (((WeftChunkTable *)data)->bytes);
}

static void
chunk_free (gpointer data)
{
  WeftChunk *chunk = data;

  g_clear_pointer (&chunk->records, g_bytes_unref);
  g_clear_pointer (&chunk->entries, g_array_unref);
  g_array_unref (chunk->tables);
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

/* A thread of a process that has ended is not looked for any more (activity.c). */
static void
note_return (WeftTraceStore *self, const WeftThread *thread)
{
  const WeftProcess *process = weft_process_table_get (self->processes, thread->process);

  if (process != NULL && process->end_ns != 0 && thread->death_ns == 0)
    weft_trace_store_note_rewrite (self, process->end_ns);
}

void
weft_trace_store_add_entry (WeftTraceStore *self, ThreadEntry *entry, gboolean born)
{
  WeftChunkEntry item;

  entry->touched_in = self->chunks->len + 1;
  note_return (self, &entry->machine.public);
  item
      = (WeftChunkEntry){ .thread = entry->machine.public.id,
                          .tid = entry->machine.public.tid,
                          .tgid = entry->machine.tgid,
                          .born = born != FALSE,
                          .dead = entry->machine.public.death_ns != 0,
                          .exiting = entry->machine.exiting,
                          .losses = weft_thread_machine_get_losses (self->machine, &entry->machine),
                          .before = entry->machine.sched,
                          .changed_ns
                          = weft_thread_track_get_last (entry->machine.public.track).since_ns,
                          .start_boottime_ns = entry->machine.public.start_boottime_ns,
                          .named_ns = entry->machine.named_ns,
                          .count_address = entry->machine.count_address };
  g_array_append_val (self->open_entries, item);
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

/* All that was applied until now is before the moment. */
static void
add_grain (WeftTraceStore *self)
{
  guint64 time_ns = self->applied_ns + 1;

  if (self->open_grains->len == 0
      || g_array_index (self->open_grains, guint64, self->open_grains->len - 1) < time_ns)
    g_array_append_val (self->open_grains, time_ns);
}

void
weft_trace_store_keep_record (WeftTraceStore *self, const struct weft_record *record)
{
  if (self->open_n == 0)
    self->open_first_ns = self->open_last_ns = record->time_ns;
  else if (self->open_n % GRAIN_RECORDS == 0)
    add_grain (self);
  self->open_first_ns = MIN (self->open_first_ns, record->time_ns);
  self->open_last_ns = MAX (self->open_last_ns, record->time_ns);
  self->open_n++;
  if (!self->replaying)
    copy_record (self, record);
}

void
weft_trace_store_begin_derived (WeftTraceStore *self)
{
  weft_derived_drop (&self->open_derived);
  weft_derived_begin (&self->open_derived);
  self->open_thread = self->threads->len;
}

/* --- sealing -------------------------------------------------------------- */

/* The moments of a chunk: its begin, its end, and every so many of those between. */
static WeftGrains
take_grains (WeftTraceStore *self, guint64 begin_ns, guint64 end_ns, guint n_threads)
{
  guint64 most = MAX (self->open_n / RECORDS_A_ROW / MAX (n_threads, 1), 1);
  guint step = (guint)MAX ((self->open_grains->len + most) / most, 1);
  GArray *times = g_array_new (FALSE, FALSE, sizeof (guint64));
  WeftGrains grains;

  g_array_append_val (times, begin_ns);
  for (guint i = step - 1; i < self->open_grains->len; i += step)
    {
      guint64 time_ns = g_array_index (self->open_grains, guint64, i);

      if (time_ns > begin_ns && time_ns < end_ns)
        g_array_append_val (times, time_ns);
    }
  g_array_append_val (times, end_ns);
  g_array_set_size (self->open_grains, 0);
  grains.n = times->len;
  grains.times = (guint64 *)(void *)g_array_free (times, FALSE);
  return grains;
}

static gint
compare_ids (gconstpointer a, gconstpointer b)
{
  const guint one = *(const guint *)a, other = *(const guint *)b;

  return (one > other) - (one < other);
}

/* The threads that the open chunk is about, in order of their ids. */
static GArray *
list_threads (GArray *entries)
{
  GArray *ids = g_array_sized_new (FALSE, FALSE, sizeof (guint), entries->len);

  for (guint i = 0; i < entries->len; i++)
    g_array_append_val (ids, g_array_index (entries, WeftChunkEntry, i).thread);
  g_array_sort (ids, compare_ids);
  return ids;
}

static void
list_restated (WeftTraceStore *self, HistoryChunk *chunk)
{
  for (guint i = 0; i < chunk->threads->len; i++)
    {
      guint id = g_array_index (chunk->threads, guint, i);

      if (weft_trace_store_entry (self, id)->restated_in == chunk->number + 1)
        weft_history_restate (chunk, id);
    }
}

static GPtrArray *
list_tracks (WeftTraceStore *self, GArray *ids)
{
  GPtrArray *tracks = g_ptr_array_sized_new (ids->len);

  for (guint i = 0; i < ids->len; i++)
    g_ptr_array_add (
        tracks, weft_trace_store_entry (self, g_array_index (ids, guint, i))->machine.public.track);
  return tracks;
}

static void
close_tracks (WeftTraceStore *self, HistoryChunk *chunk)
{
  for (guint i = 0; i < chunk->threads->len; i++)
    {
      ThreadEntry *entry = weft_trace_store_entry (self, g_array_index (chunk->threads, guint, i));

      weft_thread_track_close (entry->machine.public.track, chunk->number);
      weft_history_evict_last (self, entry, chunk->number);
      weft_history_account (self, entry);
    }
}

/* (transfer full) (element-type WeftHead): of the threads that are new in the open chunk */
static GArray *
list_heads (WeftTraceStore *self)
{
  GArray *heads = g_array_new (FALSE, FALSE, sizeof (WeftHead));

  for (guint id = self->open_thread; id < self->threads->len; id++)
    {
      WeftHead head;

      head.state
          = weft_thread_track_get_head (weft_trace_store_entry (self, id)->machine.public.track,
                                        &head.cpu);
      g_array_append_val (heads, head);
    }
  return heads;
}

/* Makes the tables and keeps them with the chunk; those that are new are handed out. */
static void
make_tables (WeftTraceStore *self, HistoryChunk *chunk, GArray *entries, GArray *heads, GArray *out)
{
  g_autoptr (GPtrArray) tracks = list_tracks (self, chunk->threads);
  WeftDerivedSource source = { .chunk = chunk->number,
                               .grains = &chunk->grains,
                               .entries = entries,
                               .n_threads = self->threads->len,
                               .totals = &self->totals,
                               .heads = heads,
                               .tracks = tracks,
                               .restated = chunk->restated };

  for (guint id = 0; id < WEFT_N_DERIVED; id++)
    {
      WeftChunkTable table = { .name = weft_derived_get (id)->name };

      source.open = entries != NULL ? self->open_derived.open[id] : NULL;
      table.bytes = weft_derived_get (id)->seal (&source);
      if (table.bytes == NULL)
        continue;
      /* who keeps the chunk has it at hand from now on */
      weft_history_set_table (self, chunk, id, self->fetch_table_func == NULL ? table.bytes : NULL);
      g_array_append_val (out, table);
    }
}

/* What the recorder gets keeps its records, whatever leaves memory here. */
static void
hand_out (WeftTraceStore *self, const HistoryChunk *from, GBytes *records, GArray *entries,
          GArray *tables)
{
  WeftChunk *chunk;

  if (self->replaying || self->chunk_func == NULL)
    return;
  chunk = g_atomic_rc_box_new0 (WeftChunk);
  chunk->number = from->number;
  chunk->first_ns = from->first_ns;
  chunk->last_ns = from->last_ns;
  chunk->n_records = from->n_records;
  chunk->records = records != NULL ? g_bytes_ref (records) : NULL;
  chunk->entries = entries != NULL ? g_array_ref (entries) : NULL;
  chunk->tables = g_array_ref (tables);
  g_ptr_array_add (self->sealed, chunk);
}

static GArray *
new_tables (void)
{
  GArray *tables = g_array_new (FALSE, FALSE, sizeof (WeftChunkTable));

  g_array_set_clear_func (tables, table_clear);
  return tables;
}

static void
take_records (WeftTraceStore *self, HistoryChunk *chunk)
{
  g_autoptr (GBytes) records = NULL;

  if (self->replaying)
    return;
  g_byte_array_set_size (self->open_records, (guint)self->open_bytes);
  records = g_byte_array_free_to_bytes (self->open_records);
  self->open_records = g_byte_array_new ();
  self->open_bytes = 0;
  weft_history_set_records (self, chunk, records);
}

void
weft_trace_store_seal (WeftTraceStore *self)
{
  g_autoptr (GArray) entries = g_steal_pointer (&self->open_entries);
  g_autoptr (GArray) tables = new_tables ();
  guint64 begin_ns = self->open_begin_ns;
  /* what came too late for where it belongs is at its begin */
  guint64 end_ns = MAX (self->applied_ns + 1, begin_ns + (self->open_n > 0));
  g_autoptr (GArray) heads = list_heads (self);
  HistoryChunk *chunk;

  /* the first one has all that was before it too */
  if (self->chunks->len == 0)
    begin_ns = MIN (self->info.start_ns, self->open_n > 0 ? self->open_first_ns : end_ns);
  chunk = weft_history_add (self, MIN (begin_ns, end_ns), end_ns);
  self->open_begin_ns = end_ns;
  chunk->first_ns = self->open_first_ns;
  chunk->last_ns = self->open_last_ns;
  chunk->n_records = self->open_n;
  chunk->n_events = self->totals.events - self->sealed_events;
  self->sealed_events = self->totals.events;
  chunk->threads = list_threads (entries);
  list_restated (self, chunk);
  chunk->grains = take_grains (self, chunk->begin_ns, end_ns, chunk->threads->len);
  self->memory_bytes += chunk->threads->len * sizeof (guint) + chunk->grains.n * sizeof (guint64);
  self->n_loaded++;
  close_tracks (self, chunk);
  take_records (self, chunk);
  make_tables (self, chunk, entries, heads, tables);
  weft_trace_store_begin_derived (self);
  hand_out (self, chunk, chunk->records, entries, tables);
  weft_history_use (self, chunk);
  self->open_entries = g_array_new (FALSE, FALSE, sizeof (WeftChunkEntry));
  self->open_n = 0;
}

void
weft_trace_store_seal_late (WeftTraceStore *self)
{
  for (; self->dirty_from < self->chunks->len; self->dirty_from++)
    {
      HistoryChunk *chunk = weft_history_get (self, self->dirty_from);
      g_autoptr (GArray) tables = NULL;

      if (!chunk->dirty || chunk->threads == NULL)
        continue;
      tables = new_tables ();
      make_tables (self, chunk, NULL, NULL, tables);
      for (guint i = 0; i < chunk->threads->len; i++)
        weft_history_account (self, weft_trace_store_entry (self, g_array_index (chunk->threads,
                                                                                 guint, i)));
      hand_out (self, chunk, NULL, NULL, tables);
      chunk->dirty = FALSE;
    }
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
      const HistoryChunk *chunk;
      g_autoptr (GBytes) records = NULL;
      gboolean is_loss;

      g_rw_lock_reader_lock (&self->lock);
      chunk = weft_history_get (self, i);
      g_rw_lock_reader_unlock (&self->lock);
      if (chunk->n_records == 0 || chunk->last_ns < from_ns || chunk->first_ns >= to_ns)
        continue;
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      records = weft_history_fetch_records (self, i, &is_loss, error);
      /* the loss in place of what cannot be read is told wherever it ends */
      if (records == NULL
          || !walk_records (records, is_loss ? 0 : from_ns, is_loss ? G_MAXUINT64 : to_ns, func,
                            user_data, error))
        return FALSE;
    }
  return walk_records (open, from_ns, to_ns, func, user_data, error);
}

/* What came into a chunk, from a byte on; @sealed: (out): whether it can grow no more. */
static GBytes *
copy_from (WeftTraceStore *self, const WeftRecordPlace *place, gboolean *sealed, GError **error)
{
  g_autoptr (GBytes) whole = NULL;
  GBytes *open = NULL;
  gboolean is_loss;

  g_rw_lock_reader_lock (&self->lock);
  *sealed = place->chunk < self->chunks->len;
  if (!*sealed)
    open = g_bytes_new (self->open_records->data + place->bytes, self->open_bytes - place->bytes);
  g_rw_lock_reader_unlock (&self->lock);
  if (open != NULL)
    return open;
  whole = weft_history_fetch_records (self, place->chunk, &is_loss, error);
  if (whole == NULL || is_loss)
    return g_steal_pointer (&whole);
  return g_bytes_new_from_bytes (whole, place->bytes, g_bytes_get_size (whole) - place->bytes);
}

gboolean
weft_trace_store_follow_records (WeftTraceStore *self, WeftRecordPlace *place, WeftRecordFunc func,
                                 gpointer user_data, GCancellable *cancellable, GError **error)
{
  gboolean sealed = TRUE;

  while (sealed)
    {
      g_autoptr (GBytes) records = NULL;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      records = copy_from (self, place, &sealed, error);
      if (records == NULL || !walk_records (records, 0, G_MAXUINT64, func, user_data, error))
        return FALSE;
      place->bytes = sealed ? 0 : place->bytes + g_bytes_get_size (records);
      place->chunk += sealed;
    }
  return TRUE;
}
