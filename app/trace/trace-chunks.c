/* trace-chunks.c: the unit of history. In: records as they are applied. Out:
 * sealed chunks; memory kept under its limit by dropping the oldest; chunks
 * brought back by running their records through the same state machine. */
#include "trace-store-private.h"
#include "record-reader.h"
#include <string.h>

/* Their records stay in memory for hover and click; older ones are fetched. */
#define CHUNKS_WITH_RECORDS 4

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

void
weft_trace_store_touch (WeftTraceStore *self, ThreadEntry *entry, gboolean born)
{
  WeftChunkEntry item;

  if (entry->touched_in == self->chunks->len + 1)
    return;
  entry->touched_in = self->chunks->len + 1;
  item = (WeftChunkEntry){
    .thread = entry->public.id, .tid = entry->public.tid, .born = born, .before = entry->sched
  };
  g_array_append_val (self->open_entries, item);
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
    g_byte_array_append (self->open_records, (const guint8 *)record,
                         (guint)record->units * WEFT_UNIT_BYTES);
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
      chunk->records = g_byte_array_free_to_bytes (self->open_records);
      self->open_records = g_byte_array_new ();
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
      guint id = g_array_index (chunk->entries, WeftChunkEntry, i).thread;

      weft_thread_track_evict (weft_trace_store_entry (self, id)->public.track, chunk->number);
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

/* One thread while its chunk is run again. */
typedef struct
{
  guint thread;
  gboolean born;
  guint next_of_tid; /* index + 1 of the next that had this tid in the chunk */
  WeftSchedState sched;
  GArray *slices; /* WeftSlice; only start, state and CPU are used */
} Rerun;

typedef struct
{
  const WeftSyscalls *syscalls;
  GArray *threads;    /* Rerun */
  GHashTable *by_tid; /* tid → index + 1 */
} Replay;

static void
rerun_clear (gpointer data)
{
  g_array_unref (((Rerun *)data)->slices);
}

static void
replay_init (Replay *self, WeftTraceStore *store, GArray *entries)
{
  self->syscalls = store->syscalls;
  self->threads = g_array_new (FALSE, FALSE, sizeof (Rerun));
  g_array_set_clear_func (self->threads, rerun_clear);
  self->by_tid = g_hash_table_new (NULL, NULL);
  for (guint i = entries->len; i-- > 0;)
    {
      const WeftChunkEntry *entry = &g_array_index (entries, WeftChunkEntry, i);
      gpointer tid = GUINT_TO_POINTER (entry->tid);
      Rerun rerun = { .thread = entry->thread,
                      .born = entry->born,
                      .next_of_tid = GPOINTER_TO_UINT (g_hash_table_lookup (self->by_tid, tid)),
                      .sched = entry->before,
                      .slices = g_array_new (FALSE, FALSE, sizeof (WeftSlice)) };

      g_array_append_val (self->threads, rerun);
      g_hash_table_insert (self->by_tid, tid, GUINT_TO_POINTER (self->threads->len));
    }
}

static void
replay_clear (Replay *self)
{
  g_array_unref (self->threads);
  g_hash_table_unref (self->by_tid);
}

static Rerun *
rerun_of (Replay *self, guint32 tid)
{
  guint stored = GPOINTER_TO_UINT (g_hash_table_lookup (self->by_tid, GUINT_TO_POINTER (tid)));

  return stored == 0 ? NULL : &g_array_index (self->threads, Rerun, stored - 1);
}

/* As the track would: the later word at one time counts, repeats are dropped. */
static void
push_slice (Rerun *rerun)
{
  WeftSlice slice
      = { .start_ns = rerun->sched.since_ns, .state = rerun->sched.state, .cpu = rerun->sched.cpu };

  if (rerun->slices->len > 0)
    {
      WeftSlice *last = &g_array_index (rerun->slices, WeftSlice, rerun->slices->len - 1);

      if (last->state == slice.state && last->cpu == slice.cpu)
        return;
      if (last->start_ns >= slice.start_ns)
        {
          last->state = slice.state;
          last->cpu = slice.cpu;
          return;
        }
    }
  g_array_append_val (rerun->slices, slice);
}

static void
replay_switch (Replay *self, const struct weft_record *record)
{
  Rerun *rerun = rerun_of (self, record->tid);

  if (rerun != NULL)
    {
      weft_sched_leave (&rerun->sched, self->syscalls, &record->sw, record->time_ns, record->cpu);
      push_slice (rerun);
    }
  rerun = rerun_of (self, record->sw.next_tid);
  if (rerun != NULL)
    {
      weft_sched_run (&rerun->sched, record->time_ns, record->cpu);
      push_slice (rerun);
    }
}

static void
replay_wake (Replay *self, const struct weft_record *record)
{
  Rerun *rerun = rerun_of (self, record->wake.woken_tid);
  WeftState slept;
  WeftWakeEffect effect;

  if (rerun == NULL)
    return;
  effect = weft_sched_wake (&rerun->sched, record->time_ns, record->wake.target_cpu, &slept);
  if (effect == WEFT_WAKE_CORRECTS && rerun->slices->len > 0)
    g_array_index (rerun->slices, WeftSlice, rerun->slices->len - 1).state = slept;
  if (effect != WEFT_WAKE_IGNORED)
    push_slice (rerun);
}

/* A tid changes hands within the chunk: to the next thread that was born with it. */
static void
replay_birth (Replay *self, const struct weft_task_record *record)
{
  Rerun *rerun = rerun_of (self, record->tid);
  gboolean unwanted = (record->task_flags & WEFT_TASK_UNWANTED) != 0;

  if (rerun == NULL)
    return;
  if (!rerun->born && rerun->next_of_tid != 0)
    {
      g_hash_table_insert (self->by_tid, GUINT_TO_POINTER (record->tid),
                           GUINT_TO_POINTER (rerun->next_of_tid));
      rerun = &g_array_index (self->threads, Rerun, rerun->next_of_tid - 1);
    }
  rerun->born = FALSE;
  weft_sched_enter (&rerun->sched, record->time_ns,
                    unwanted ? WEFT_STATE_UNKNOWN : WEFT_STATE_RUNNABLE, record->cpu);
  push_slice (rerun);
}

/* As the live trace: the end of a thread whose last switch is not told. */
static void
replay_exit (Replay *self, const struct weft_task_record *task)
{
  Rerun *rerun = rerun_of (self, task->tid);

  if (rerun == NULL || !(task->task_flags & WEFT_TASK_UNWANTED))
    return;
  weft_sched_enter (&rerun->sched, task->time_ns, WEFT_STATE_EXITED, rerun->sched.cpu);
  push_slice (rerun);
}

static void
replay_exec (Replay *self, const struct weft_task_record *task)
{
  gpointer old = GUINT_TO_POINTER (task->old_tid);
  gpointer worker = g_hash_table_lookup (self->by_tid, old);

  if (task->old_tid == task->tid || worker == NULL)
    return;
  g_hash_table_remove (self->by_tid, old);
  g_hash_table_insert (self->by_tid, GUINT_TO_POINTER (task->tid), worker);
}

static void
replay_state (Replay *self, const struct weft_state_record *state)
{
  Rerun *rerun = rerun_of (self, state->task.tid);

  if (rerun == NULL || rerun->sched.state != WEFT_STATE_UNKNOWN)
    return;
  weft_sched_enter (&rerun->sched, MAX (state->task.time_ns, rerun->sched.since_ns),
                    weft_state_after (self->syscalls, &state->sw), state->task.cpu);
  push_slice (rerun);
}

static void
replay_lost (Replay *self, guint64 first_ns)
{
  for (guint i = 0; i < self->threads->len; i++)
    {
      Rerun *rerun = &g_array_index (self->threads, Rerun, i);

      while (rerun->slices->len > 0
             && g_array_index (rerun->slices, WeftSlice, rerun->slices->len - 1).start_ns
                    > first_ns)
        g_array_set_size (rerun->slices, rerun->slices->len - 1);
      weft_sched_enter (&rerun->sched, first_ns, WEFT_STATE_UNKNOWN, rerun->sched.cpu);
      push_slice (rerun);
    }
}

static void
replay_record (Replay *self, const struct weft_record *record)
{
  const void *task = record;

  switch (record->kind)
    {
    case WEFT_SWITCH:
      replay_switch (self, record);
      break;
    case WEFT_WAKE:
      replay_wake (self, record);
      break;
    case WEFT_FORK:
      replay_birth (self, task);
      break;
    case WEFT_EXIT:
      replay_exit (self, task);
      break;
    case WEFT_EXEC:
      replay_exec (self, task);
      break;
    case WEFT_STATE:
      replay_state (self, task);
      break;
    case WEFT_LOST:
      replay_lost (self, MIN (record->lost.first_ns, record->time_ns));
      break;
    default:
      break;
    }
}

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

static gboolean
run_again (WeftTraceStore *self, GBytes *records, GArray *entries, Replay *replay, GError **error)
{
  WeftRecordReader reader;
  const struct weft_record *record;
  g_autoptr (GError) local = NULL;
  gsize bytes;
  gconstpointer data = g_bytes_get_data (records, &bytes);

  if (!weft_record_reader_init (&reader, data, bytes, error))
    return FALSE;
  replay_init (replay, self, entries);
  while (weft_record_reader_next (&reader, &record, &local))
    replay_record (replay, record);
  if (local == NULL)
    return TRUE;
  replay_clear (replay);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
weft_trace_store_load_chunk (WeftTraceStore *self, guint number, GError **error)
{
  g_autoptr (GArray) entries = NULL;
  g_autoptr (GBytes) records = fetch_records (self, number, &entries, error);
  Replay replay;

  if (records == NULL || !run_again (self, records, entries, &replay, error))
    return FALSE;
  g_rw_lock_writer_lock (&self->lock);
  for (guint i = 0; i < replay.threads->len; i++)
    {
      Rerun *rerun = &g_array_index (replay.threads, Rerun, i);

      weft_thread_track_reload (weft_trace_store_entry (self, rerun->thread)->public.track, number,
                                (const WeftSlice *)(void *)rerun->slices->data, rerun->slices->len);
    }
  account_tracks (self, entries);
  self->generation++;
  g_rw_lock_writer_unlock (&self->lock);
  replay_clear (&replay);
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
  open = g_bytes_new (self->open_records->data, self->open_records->len);
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
