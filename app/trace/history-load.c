/* history-load.c: brings chunks back. In: numbers. Out: records; totals; tracks, by
 * running the records through the same machine again. What is damaged becomes a gap here,
 * once, for everybody; what cannot be read just now is told to who asked. */
#include "history-private.h"
#include "chunk-reload.h"
#include "record-reader.h"
#include <glib/gi18n.h>

gboolean
weft_history_tells_damage (const GError *why)
{
  return g_error_matches (why, G_IO_ERROR, G_IO_ERROR_INVALID_DATA)
         || g_error_matches (why, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
         || g_error_matches (why, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

/* --- records and tables ------------------------------------------------------- */

static GBytes *
make_loss (const HistoryChunk *chunk)
{
  struct weft_record lost
      = { .time_ns = MAX (chunk->end_ns, 1) - 1, .kind = WEFT_LOST, .units = 1 };

  lost.lost.count = chunk->n_lost;
  lost.lost.first_ns = chunk->begin_ns;
  return g_bytes_new (&lost, sizeof lost);
}

/* Returns: the loss in place of the records of a chunk that could not be read. */
static GBytes *
take_damage (WeftTraceStore *store, guint number)
{
  HistoryChunk *chunk;
  GBytes *loss;

  g_rw_lock_writer_lock (&store->lock);
  chunk = weft_history_get (store, number);
  weft_history_damage (store, chunk);
  loss = make_loss (chunk);
  g_rw_lock_writer_unlock (&store->lock);
  return loss;
}

static gboolean
refuse_gone (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                       _ ("The history of this moment has left memory and was not recorded."));
  return FALSE;
}

GBytes *
weft_history_fetch_records (WeftTraceStore *store, guint number, gboolean *is_loss, GError **error)
{
  g_autoptr (GError) why = NULL;
  const HistoryChunk *chunk;
  GBytes *records = NULL;

  g_rw_lock_reader_lock (&store->lock);
  chunk = weft_history_get (store, number);
  *is_loss = chunk->damaged;
  if (chunk->damaged)
    records = make_loss (chunk);
  else if (chunk->records != NULL)
    records = g_bytes_ref (chunk->records);
  g_rw_lock_reader_unlock (&store->lock);
  if (records != NULL)
    return records;
  if (store->fetch_func == NULL)
    {
      refuse_gone (error);
      return NULL;
    }
  records = store->fetch_func (number, store->fetch_data, &why);
  *is_loss = records == NULL && weft_history_tells_damage (why);
  if (*is_loss)
    return take_damage (store, number);
  if (records == NULL)
    g_propagate_error (error, g_steal_pointer (&why));
  return records;
}

/* @table: (out) (transfer full): NULL when the chunk has none, or (@damaged) when it is
 * not whole. Returns: FALSE when it cannot be read just now */
static gboolean
fetch_table (WeftTraceStore *store, guint number, WeftDerivedId id, GBytes **table,
             gboolean *damaged, GError **error)
{
  g_autoptr (GError) why = NULL;

  g_rw_lock_reader_lock (&store->lock);
  *table = weft_history_get (store, number)->tables[id];
  if (*table != NULL)
    g_bytes_ref (*table);
  g_rw_lock_reader_unlock (&store->lock);
  if (*table == NULL && store->fetch_table_func != NULL)
    *table = store->fetch_table_func (number, weft_derived_get (id)->name, store->fetch_data, &why);
  if (*table == NULL && why != NULL && !weft_history_tells_damage (why))
    {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
  *damaged = *table == NULL
             && (weft_derived_get (id)->is_needed
                 || (why != NULL && !g_error_matches (why, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)));
  return TRUE;
}

/* The same of what the table tells; @damaged stays when it was. */
static gboolean
fetch_restored (WeftTraceStore *store, guint number, WeftDerivedId id, gpointer *restored,
                gboolean *damaged, GError **error)
{
  g_autoptr (GBytes) table = NULL;
  gboolean broken;

  if (!fetch_table (store, number, id, &table, &broken, error))
    return FALSE;
  *restored = table != NULL ? weft_derived_get (id)->restore (table) : NULL;
  *damaged |= broken || (table != NULL && *restored == NULL);
  return TRUE;
}

gboolean
weft_history_load_totals (WeftTraceStore *store, guint number, GError **error)
{
  gboolean damaged;
  g_autoptr (GBytes) table = NULL;
  HistoryChunk *chunk;
  const WeftThreadTotals *totals;

  if (!fetch_table (store, number, WEFT_DERIVED_TOTALS, &table, &damaged, error))
    return FALSE;
  g_rw_lock_writer_lock (&store->lock);
  chunk = weft_history_get (store, number);
  if (chunk->tables[WEFT_DERIVED_TOTALS] == NULL)
    weft_history_set_table (store, chunk, WEFT_DERIVED_TOTALS, table);
  totals = weft_history_restore (store, chunk, WEFT_DERIVED_TOTALS);
  if (totals == NULL || !weft_history_has_grains_of (chunk, totals))
    {
      weft_history_set_table (store, chunk, WEFT_DERIVED_TOTALS, NULL);
      chunk->untold = TRUE;
      weft_history_damage (store, chunk);
    }
  weft_history_use (store, chunk);
  weft_history_trim (store);
  g_rw_lock_writer_unlock (&store->lock);
  return TRUE;
}

/* --- tracks --------------------------------------------------------------------- */

/* What a chunk is made of again. */
typedef struct
{
  WeftTraceStore *store;
  const HistoryChunk *chunk;
  GArray *entries;
  GHashTable *restated; /* (nullable) thread id → GArray of WeftSlice */
  WeftThreadTotals *totals;
  WeftChunkReload *reload;
  GHashTable *places; /* thread id → its place among the entries + 1 */
} Loading;

static void
loading_clear (Loading *self)
{
  g_clear_pointer (&self->entries, g_array_unref);
  g_clear_pointer (&self->restated, g_hash_table_unref);
  g_clear_pointer (&self->totals, weft_thread_totals_free);
  g_clear_pointer (&self->reload, weft_chunk_reload_free);
  g_clear_pointer (&self->places, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Loading, loading_clear)

/* Within a read section: in the order of the entries, so that the reload's i-th thread is
 * the i-th of them. */
static gboolean
begin_reload (Loading *self)
{
  WeftTraceStore *store = self->store;

  self->reload = weft_chunk_reload_new (store->syscalls);
  self->places = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < self->entries->len; i++)
    {
      const WeftChunkEntry *entry = &g_array_index (self->entries, WeftChunkEntry, i);
      const WeftThread *thread = weft_trace_store_get_thread (store, entry->thread);

      if (thread == NULL)
        return FALSE;
      weft_chunk_reload_add (self->reload, entry, thread);
      g_hash_table_insert (self->places, GUINT_TO_POINTER (entry->thread),
                           GUINT_TO_POINTER (i + 1));
    }
  return TRUE;
}

static gboolean
run_again (Loading *self, GBytes *records)
{
  WeftRecordReader reader;
  const struct weft_record *record;
  g_autoptr (GError) error = NULL;
  gsize bytes;
  gconstpointer data = g_bytes_get_data (records, &bytes);

  if (!weft_record_reader_init (&reader, data, bytes, NULL))
    return FALSE;
  while (weft_record_reader_next (&reader, &record, &error))
    weft_chunk_reload_apply (self->reload, record);
  return error == NULL;
}

/* (nullable) */
static GArray *
find_slices (Loading *self, guint thread)
{
  const gpointer id = GUINT_TO_POINTER (thread);
  guint place = GPOINTER_TO_UINT (g_hash_table_lookup (self->places, id));
  GArray *restated = self->restated != NULL ? g_hash_table_lookup (self->restated, id) : NULL;

  if (restated != NULL)
    return restated;
  return place > 0 ? weft_chunk_reload_get_slices (self->reload, place - 1) : NULL;
}

/* Those that lie in the chunk's time; the first one has what was before it too. */
static GArray *
slices_of (Loading *self, guint thread)
{
  GArray *all = find_slices (self, thread);
  GArray *slices = g_array_new (FALSE, FALSE, sizeof (WeftSlice));
  const HistoryChunk *chunk = self->chunk;

  for (guint i = 0; all != NULL && i < all->len; i++)
    {
      const WeftSlice *slice = &g_array_index (all, WeftSlice, i);

      if ((slice->start_ns >= chunk->begin_ns || chunk->number == 0)
          && slice->start_ns < chunk->end_ns)
        g_array_append_val (slices, *slice);
    }
  return slices;
}

static void
reload_thread (Loading *self, guint id)
{
  ThreadEntry *entry = weft_trace_store_entry (self->store, id);
  WeftThreadTrack *track = entry->machine.public.track;
  guint64 start = weft_thread_track_get_start (track), known;
  g_autoptr (GArray) slices = NULL;
  const WeftSlice *first;
  WeftTotalsRow row;

  if (!weft_thread_totals_get (self->totals, id, 0, &row))
    return;
  slices = slices_of (self, id);
  /* the head of the track tells its start, and the state that it begins with */
  while (slices->len > 0 && g_array_index (slices, WeftSlice, 0).start_ns <= start)
    g_array_remove_index (slices, 0);
  if (slices->len == 0)
    return;
  first = &g_array_index (slices, WeftSlice, 0);
  known = MAX (self->chunk->begin_ns, start);
  if (row.before.state != WEFT_STATE_EXITED)
    row.totals.ns[row.before.state] += first->start_ns - known;
  weft_thread_track_reload (track, self->chunk->number, self->chunk->end_ns, &row.totals,
                            &row.before, first, slices->len);
  weft_history_account (self->store, entry);
}

static void
restate (Loading *self, HistoryChunk *chunk)
{
  GHashTableIter iter;
  gpointer id;

  if (self->restated == NULL)
    return;
  g_hash_table_iter_init (&iter, self->restated);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    weft_history_restate (chunk, GPOINTER_TO_UINT (id));
}

/* Within the write lock. */
static void
install (Loading *self, HistoryChunk *chunk)
{
  WeftTraceStore *store = self->store;
  GArray *threads = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < weft_thread_totals_count (self->totals); i++)
    {
      guint id = weft_thread_totals_get_thread (self->totals, i);

      if (id >= store->threads->len)
        break;
      reload_thread (self, id);
      g_array_append_val (threads, id);
    }
  chunk->threads = threads;
  restate (self, chunk);
  store->memory_bytes += threads->len * sizeof (guint);
  store->n_loaded++;
  store->loads++;
}

/* FALSE when they cannot be read just now. */
static gboolean
fetch_tables (Loading *self, guint number, gboolean *damaged, GError **error)
{
  WeftTraceStore *store = self->store;
  gpointer entries = NULL, totals = NULL, restated = NULL;
  gboolean fetched
      = fetch_restored (store, number, WEFT_DERIVED_ENTRIES, &entries, damaged, error)
        && fetch_restored (store, number, WEFT_DERIVED_TOTALS, &totals, damaged, error)
        && fetch_restored (store, number, WEFT_DERIVED_RESTATED, &restated, damaged, error);

  self->entries = entries;
  self->totals = totals;
  self->restated = restated;
  return fetched;
}

/* FALSE when the chunk is damaged. */
static gboolean
rebuild (Loading *self, guint number, GBytes *records)
{
  gboolean whole;

  g_rw_lock_reader_lock (&self->store->lock);
  self->chunk = weft_history_get (self->store, number);
  whole = weft_history_has_grains_of (self->chunk, self->totals) && begin_reload (self);
  g_rw_lock_reader_unlock (&self->store->lock);
  return whole && run_again (self, records);
}

/* Whether there is nothing to do: it is there, or it is a gap. */
static gboolean
is_settled (WeftTraceStore *store, guint number)
{
  HistoryChunk *chunk;
  gboolean settled;

  g_rw_lock_reader_lock (&store->lock);
  chunk = weft_history_get (store, number);
  settled = chunk->threads != NULL || chunk->damaged;
  if (chunk->threads != NULL)
    weft_history_use (store, chunk);
  g_rw_lock_reader_unlock (&store->lock);
  return settled;
}

gboolean
weft_history_load (WeftTraceStore *store, guint number, GError **error)
{
  g_auto (Loading) self = { .store = store };
  g_autoptr (GBytes) records = NULL;
  HistoryChunk *chunk;
  gboolean whole, is_loss, damaged = FALSE;

  if (is_settled (store, number))
    return TRUE;
  records = weft_history_fetch_records (store, number, &is_loss, error);
  if (records == NULL)
    return FALSE;
  if (is_loss)
    return TRUE;
  if (!fetch_tables (&self, number, &damaged, error))
    return FALSE;
  whole = !damaged && rebuild (&self, number, records);
  g_rw_lock_writer_lock (&store->lock);
  chunk = weft_history_get (store, number);
  if (!whole)
    weft_history_damage (store, chunk);
  else if (chunk->threads == NULL && !chunk->damaged)
    install (&self, chunk);
  weft_history_use (store, chunk);
  weft_history_trim (store);
  g_rw_lock_writer_unlock (&store->lock);
  return TRUE;
}

gboolean
weft_trace_store_load_chunk (WeftTraceStore *self, guint number, GError **error)
{
  guint n_chunks;

  g_rw_lock_reader_lock (&self->lock);
  n_chunks = self->chunks->len;
  g_rw_lock_reader_unlock (&self->lock);
  if (number < n_chunks)
    return weft_history_load (self, number, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("The trace has no chunk %u."), number);
  return FALSE;
}
