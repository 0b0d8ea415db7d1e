/* history.c: which chunks are in memory. In: chunks as they are sealed or brought back.
 * Out: memory under its limit; what totals say of what is absent; gaps. */
#include "history-private.h"
#include "find-start.h"
#include <string.h>

/* They stay: what is near the live edge is looked at and may still be corrected. */
#define CHUNKS_KEPT 4
/* Who holds a range need not say oftener than this that its chunks are in use. */
#define USE_EVERY_US (100 * 1000)

HistoryChunk *
weft_history_get (WeftTraceStore *store, guint number)
{
  return g_ptr_array_index (store->chunks, number);
}

static void
chunk_free (gpointer data)
{
  HistoryChunk *chunk = data;

  g_clear_pointer (&chunk->records, g_bytes_unref);
  for (guint id = 0; id < WEFT_N_DERIVED; id++)
    {
      g_clear_pointer (&chunk->tables[id], g_bytes_unref);
      if (chunk->restored[id] != NULL)
        weft_derived_get (id)->forget (chunk->restored[id]);
    }
  g_clear_pointer (&chunk->threads, g_array_unref);
  g_clear_pointer (&chunk->restated, g_hash_table_unref);
  g_free (chunk->grains.times);
  g_free (chunk);
}

HistoryChunk *
weft_history_add (WeftTraceStore *store, guint64 begin_ns, guint64 end_ns)
{
  HistoryChunk *chunk = g_new0 (HistoryChunk, 1);

  chunk->number = store->chunks->len;
  chunk->begin_ns = begin_ns;
  chunk->end_ns = end_ns;
  chunk->link.data = chunk;
  g_ptr_array_add (store->chunks, chunk);
  g_array_append_val (store->chunk_begins, begin_ns);
  store->memory_bytes += sizeof *chunk + sizeof begin_ns;
  return chunk;
}

guint
weft_history_find_from (WeftTraceStore *store, guint64 time_ns, guint hint)
{
  const guint64 *begins = (const guint64 *)(const void *)store->chunk_begins->data;
  guint n = store->chunk_begins->len;

  return n == 0 || time_ns >= store->open_begin_ns
             ? n
             : weft_find_start (begins, n, time_ns, MIN (hint, n - 1));
}

guint
weft_history_find (WeftTraceStore *store, guint64 time_ns)
{
  return weft_history_find_from (store, time_ns, 0);
}

/* --- what is in memory ------------------------------------------------------ */

static void
use (WeftTraceStore *store, HistoryChunk *chunk, gint64 now_us)
{
  if (chunk->listed)
    g_queue_unlink (&store->used, &chunk->link);
  g_queue_push_tail_link (&store->used, &chunk->link);
  chunk->listed = TRUE;
  chunk->used_us = now_us;
}

void
weft_history_use (WeftTraceStore *store, HistoryChunk *chunk)
{
  g_mutex_lock (&store->used_lock);
  use (store, chunk, g_get_monotonic_time ());
  g_mutex_unlock (&store->used_lock);
}

void
weft_history_hold_range (WeftTraceStore *store, HistoryRange *range, guint first, guint end)
{
  gint64 now_us = g_get_monotonic_time ();

  g_mutex_lock (&store->used_lock);
  if (range->link.data == NULL)
    {
      range->link.data = range;
      g_queue_push_tail_link (&store->held, &range->link);
    }
  range->first = first;
  range->end = end;
  for (guint i = first; i < end; i++)
    {
      HistoryChunk *chunk = weft_history_get (store, i);

      if (chunk->listed && now_us - chunk->used_us > USE_EVERY_US)
        use (store, chunk, now_us);
    }
  g_mutex_unlock (&store->used_lock);
}

void
weft_history_release_range (WeftTraceStore *store, HistoryRange *range)
{
  g_mutex_lock (&store->used_lock);
  if (range->link.data != NULL)
    g_queue_unlink (&store->held, &range->link);
  range->link.data = NULL;
  g_mutex_unlock (&store->used_lock);
}

static gboolean
is_held (const WeftTraceStore *store, HistoryChunk *chunk)
{
  for (const GList *link = store->held.head; link != NULL; link = link->next)
    {
      const HistoryRange *range = link->data;

      if (range->first <= chunk->number && chunk->number < range->end)
        return TRUE;
    }
  return g_atomic_int_get (&chunk->pins) > 0;
}

static void
account_bytes (WeftTraceStore *store, GBytes *old, GBytes *new)
{
  store->memory_bytes += new != NULL ? g_bytes_get_size (new) : 0;
  store->memory_bytes -= old != NULL ? g_bytes_get_size (old) : 0;
}

void
weft_history_set_records (WeftTraceStore *store, HistoryChunk *chunk, GBytes *records)
{
  account_bytes (store, chunk->records, records);
  g_clear_pointer (&chunk->records, g_bytes_unref);
  chunk->records = records != NULL ? g_bytes_ref (records) : NULL;
}

static gsize
restored_bytes (HistoryChunk *chunk, WeftDerivedId id)
{
  const WeftDerivedClass *derived = weft_derived_get (id);

  return chunk->restored[id] != NULL && derived->get_bytes != NULL
             ? derived->get_bytes (chunk->restored[id])
             : 0;
}

static void
forget_restored (WeftTraceStore *store, HistoryChunk *chunk, WeftDerivedId id)
{
  if (chunk->restored[id] == NULL)
    return;
  store->memory_bytes -= restored_bytes (chunk, id);
  weft_derived_get (id)->forget (chunk->restored[id]);
  chunk->restored[id] = NULL;
}

void
weft_history_set_table (WeftTraceStore *store, HistoryChunk *chunk, WeftDerivedId id, GBytes *table)
{
  forget_restored (store, chunk, id);
  account_bytes (store, chunk->tables[id], table);
  g_clear_pointer (&chunk->tables[id], g_bytes_unref);
  chunk->tables[id] = table != NULL ? g_bytes_ref (table) : NULL;
}

void
weft_history_restate (HistoryChunk *chunk, guint thread)
{
  if (chunk->restated == NULL)
    chunk->restated = g_hash_table_new (NULL, NULL);
  g_hash_table_add (chunk->restated, GUINT_TO_POINTER (thread));
}

gpointer
weft_history_restore (WeftTraceStore *store, HistoryChunk *chunk, WeftDerivedId id)
{
  if (chunk->restored[id] == NULL && chunk->tables[id] != NULL)
    {
      chunk->restored[id] = weft_derived_get (id)->restore (chunk->tables[id]);
      store->memory_bytes += restored_bytes (chunk, id);
    }
  return chunk->restored[id];
}

void
weft_history_account (WeftTraceStore *store, ThreadEntry *entry)
{
  gsize bytes = weft_thread_track_get_bytes (entry->machine.public.track);

  store->memory_bytes += bytes - entry->accounted_bytes;
  entry->accounted_bytes = bytes;
}

/* The tables can be had again only from who says so. */
static void
drop_tables (WeftTraceStore *store, HistoryChunk *chunk)
{
  for (guint id = 0; id < WEFT_N_DERIVED; id++)
    {
      forget_restored (store, chunk, id);
      if (store->fetch_table_func != NULL)
        weft_history_set_table (store, chunk, id, NULL);
    }
}

void
weft_history_note_left (WeftTraceStore *store, HistoryChunk *chunk)
{
  chunk->left = TRUE;
  store->left_until_ns = MAX (store->left_until_ns, chunk->end_ns);
}

static void
evict_chunk (WeftTraceStore *store, HistoryChunk *chunk)
{
  for (guint i = 0; chunk->threads != NULL && i < chunk->threads->len; i++)
    {
      ThreadEntry *entry = weft_trace_store_entry (store, g_array_index (chunk->threads, guint, i));

      weft_thread_track_evict (entry->machine.public.track, chunk->number);
      weft_history_account (store, entry);
    }
  if (chunk->threads != NULL)
    {
      store->memory_bytes -= chunk->threads->len * sizeof (guint);
      weft_history_note_left (store, chunk);
      store->evicted_until_ns = MAX (store->evicted_until_ns, chunk->last_ns);
      store->n_loaded--;
    }
  g_clear_pointer (&chunk->threads, g_array_unref);
  g_clear_pointer (&chunk->restated, g_hash_table_unref);
  weft_history_set_records (store, chunk, NULL);
  drop_tables (store, chunk);
}

void
weft_history_evict_last (WeftTraceStore *store, ThreadEntry *entry, guint before)
{
  WeftThreadTrack *track = entry->machine.public.track;
  guint chunk = before > 0
                    ? weft_chunk_set_find_before (weft_thread_track_get_chunks (track), before - 1)
                    : WEFT_NO_CHUNK;

  if (chunk != WEFT_NO_CHUNK && weft_history_get (store, chunk)->threads == NULL)
    weft_thread_track_evict (track, chunk);
}

/* The one that was not looked at longest and may go; it is off the list then. */
static HistoryChunk *
take_oldest (WeftTraceStore *store)
{
  HistoryChunk *found = NULL;

  g_mutex_lock (&store->used_lock);
  for (GList *link = store->used.head; link != NULL && found == NULL; link = link->next)
    {
      HistoryChunk *chunk = link->data;

      if (chunk->number + CHUNKS_KEPT < store->chunks->len && !is_held (store, chunk))
        found = chunk;
    }
  if (found != NULL)
    {
      g_queue_unlink (&store->used, &found->link);
      found->listed = FALSE;
    }
  g_mutex_unlock (&store->used_lock);
  return found;
}

/* Records are as large as all else together: those of sealed chunks go at once. */
static void
drop_records (WeftTraceStore *store)
{
  if (store->fetch_func == NULL)
    return;
  for (; store->drop_next + CHUNKS_KEPT < store->chunks->len; store->drop_next++)
    weft_history_set_records (store, weft_history_get (store, store->drop_next), NULL);
}

void
weft_history_trim (WeftTraceStore *store)
{
  HistoryChunk *chunk;

  drop_records (store);
  while (store->memory_bytes > store->memory_limit && (chunk = take_oldest (store)) != NULL)
    evict_chunk (store, chunk);
}

void
weft_history_free (WeftTraceStore *store)
{
  g_ptr_array_unref (store->chunks);
  g_array_unref (store->chunk_begins);
  g_array_unref (store->gaps);
  g_mutex_clear (&store->used_lock);
}

guint64
weft_trace_store_get_evicted_until (WeftTraceStore *store)
{
  return store->evicted_until_ns;
}

void
weft_history_get_figures (WeftTraceStore *store, WeftHistoryFigures *figures)
{
  g_rw_lock_reader_lock (&store->lock);
  *figures = (WeftHistoryFigures){ .n_chunks = store->chunks->len,
                                   .n_loaded = store->n_loaded,
                                   .n_damaged = store->gaps->len,
                                   .loads = store->loads };
  g_rw_lock_reader_unlock (&store->lock);
}

/* --- what cannot be read ------------------------------------------------------ */

typedef struct
{
  guint64 from_ns, to_ns;
} Gap;

void
weft_history_set_gap (WeftTraceStore *store, HistoryChunk *chunk, guint64 n_lost)
{
  const Gap gap = { chunk->begin_ns, chunk->end_ns };
  guint at = store->gaps->len;

  chunk->damaged = TRUE;
  chunk->n_lost = n_lost;
  while (at > 0 && g_array_index (store->gaps, Gap, at - 1).from_ns > gap.from_ns)
    at--;
  g_array_insert_val (store->gaps, at, gap);
}

void
weft_history_damage (WeftTraceStore *store, HistoryChunk *chunk)
{
  WeftMark mark = { .time_ns = MAX (chunk->end_ns, 1) - 1,
                    .start_ns = chunk->begin_ns,
                    .value = MAX (chunk->n_events, 1),
                    .thread = WEFT_NO_ID,
                    .kind = WEFT_MARK_LOST };

  if (chunk->damaged)
    return;
  weft_history_set_gap (store, chunk, mark.value);
  weft_trace_store_add_mark (store, mark, NULL);
  store->totals.lost += mark.value;
  store->totals.events -= MIN (store->totals.events, chunk->n_events);
  store->sealed_events -= MIN (store->sealed_events, chunk->n_events);
  for (guint id = 0; id < store->threads->len; id++)
    weft_thread_track_revise (weft_trace_store_entry (store, id)->machine.public.track);
  weft_trace_store_note_rewrite (store, chunk->begin_ns);
  store->generation++;
}

/* The first that ends after a moment; they are sorted, as chunks lie end to end. NULL when
 * there is none. */
static const Gap *
find_gap_after (WeftTraceStore *store, guint64 time_ns)
{
  guint low = 0, high = store->gaps->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (store->gaps, Gap, middle).to_ns <= time_ns)
        low = middle + 1;
      else
        high = middle;
    }
  return low < store->gaps->len ? &g_array_index (store->gaps, Gap, low) : NULL;
}

gboolean
weft_history_find_gap (WeftTraceStore *store, guint64 *from_ns, guint64 *to_ns)
{
  const Gap *gap = find_gap_after (store, *from_ns);

  if (gap == NULL || gap->from_ns >= *to_ns)
    return FALSE;
  *from_ns = MAX (*from_ns, gap->from_ns);
  *to_ns = MIN (*to_ns, gap->to_ns);
  return TRUE;
}

static gboolean
find_gap_cb (gpointer history, guint64 *from_ns, guint64 *to_ns)
{
  return weft_history_find_gap (history, from_ns, to_ns);
}

static gboolean
get_gap_cb (gpointer history, guint64 time_ns, guint64 *from_ns, guint64 *to_ns)
{
  const Gap *gap = find_gap_after (history, time_ns);

  if (gap == NULL || gap->from_ns > time_ns)
    return FALSE;
  *from_ns = gap->from_ns;
  *to_ns = gap->to_ns;
  return TRUE;
}

/* --- what totals tell --------------------------------------------------------- */

gboolean
weft_history_has_grains_of (const HistoryChunk *chunk, const WeftThreadTotals *totals)
{
  const WeftGrains *grains = weft_thread_totals_get_grains (totals);

  return grains->n == chunk->grains.n
         && memcmp (grains->times, chunk->grains.times, grains->n * sizeof *grains->times) == 0;
}

/* The chunk whose table tells of a moment of a thread: that of its last change before, or
 * of the chunk whose time it is. NULL, and which it is, when that is not in memory. */
static const HistoryChunk *
find_row (WeftTraceStore *store, const WeftThreadTrack *track, guint number, guint grain,
          WeftTotalsRow *row, guint *absent)
{
  const HistoryChunk *chunk;

  if (absent != NULL)
    *absent = number;
  if (number == WEFT_NO_CHUNK || number >= store->chunks->len)
    return NULL;
  chunk = weft_history_get (store, number);
  if (chunk->restored[WEFT_DERIVED_TOTALS] == NULL
      || !weft_thread_totals_get (chunk->restored[WEFT_DERIVED_TOTALS],
                                  weft_thread_track_get_id (track),
                                  MIN (grain, chunk->grains.n - 1), row))
    return NULL;
  return chunk;
}

/* @totals are those of @known_ns; either may be the later one. */
static void
move_totals (guint64 *totals, WeftState state, guint64 known_ns, guint64 time_ns)
{
  if (state != WEFT_STATE_EXITED)
    totals[state] += time_ns - known_ns;
}

static gboolean
get_totals_cb (gpointer history, const WeftThreadTrack *track, guint64 time_ns, guint64 *totals,
               guint *absent)
{
  WeftTraceStore *store = history;
  guint number = weft_chunk_set_find_before (weft_thread_track_get_chunks (track),
                                             weft_history_find (store, time_ns));
  const HistoryChunk *chunk;
  WeftTotalsRow row;
  guint grain;

  chunk = find_row (store, track, number, G_MAXUINT, &row, absent);
  if (chunk == NULL)
    return FALSE;
  grain = weft_grains_find (&chunk->grains, time_ns);
  if (time_ns >= row.after.since_ns)
    {
      memcpy (totals, row.totals.ns, WEFT_STATE_EXITED * sizeof *totals);
      move_totals (totals, row.after.state, chunk->end_ns, time_ns);
      return TRUE;
    }
  if (grain == chunk->grains.n && time_ns > row.first_ns)
    return FALSE;
  find_row (store, track, number, grain < chunk->grains.n ? grain : 0, &row, NULL);
  memcpy (totals, row.totals.ns, WEFT_STATE_EXITED * sizeof *totals);
  if (grain == chunk->grains.n)
    move_totals (totals, row.before.state,
                 MAX (chunk->begin_ns, weft_thread_track_get_start (track)), time_ns);
  return TRUE;
}

static gboolean
get_slice_cb (gpointer history, const WeftThreadTrack *track, guint64 time_ns, WeftSlice *slice,
              guint *absent)
{
  WeftTraceStore *store = history;
  const WeftChunkSet *chunks = weft_thread_track_get_chunks (track);
  guint number = weft_chunk_set_find_before (chunks, weft_history_find (store, time_ns));
  WeftTotalsRow row, next;

  if (find_row (store, track, number, 0, &row, absent) == NULL)
    return FALSE;
  if (time_ns < row.first_ns)
    {
      *slice = (WeftSlice){ row.before.since_ns, row.first_ns, row.before.state, row.before.cpu };
      return TRUE;
    }
  if (time_ns < row.after.since_ns)
    return FALSE; /* its tracks would tell */
  *slice = (WeftSlice){ row.after.since_ns, store->edge_ns, row.after.state, row.after.cpu };
  number = weft_chunk_set_find_after (chunks, number + 1);
  if (number == store->chunks->len && absent != NULL)
    *absent = number;
  if (number == WEFT_NO_CHUNK)
    return TRUE;
  if (find_row (store, track, number, 0, &next, absent) == NULL)
    return FALSE;
  slice->end_ns = next.first_ns;
  return TRUE;
}

void
weft_history_init (WeftTraceStore *store)
{
  store->chunks = g_ptr_array_new_with_free_func (chunk_free);
  store->chunk_begins = g_array_new (FALSE, FALSE, sizeof (guint64));
  store->gaps = g_array_new (FALSE, FALSE, sizeof (Gap));
  g_mutex_init (&store->used_lock);
  store->past = (WeftTrackPast){ .get_totals = get_totals_cb,
                                 .get_slice = get_slice_cb,
                                 .find_gap = find_gap_cb,
                                 .get_gap = get_gap_cb,
                                 .history = store };
}

/* --- where wide columns begin --------------------------------------------------- */

/* By all of its grains: a short one at its end would move an edge where none must be moved. */
static gboolean
is_finer (const HistoryChunk *chunk, guint64 width_ns)
{
  const WeftGrains *grains = &chunk->grains;

  return grains->n > 1
         && (grains->times[grains->n - 1] - grains->times[0]) / (grains->n - 1) <= width_ns;
}

/* The nearest moment that the chunk's totals know, when that is less than half of
 * @width_ns away. */
static guint64
snap (const HistoryChunk *chunk, guint64 time_ns, guint64 width_ns)
{
  for (guint i = 0; is_finer (chunk, width_ns) && i + 1 < chunk->grains.n; i++)
    {
      guint64 from = chunk->grains.times[i], to = chunk->grains.times[i + 1];

      if (time_ns < from || time_ns >= to)
        continue;
      if (to - from > width_ns)
        return time_ns;
      return time_ns - from < to - time_ns ? from : to;
    }
  return time_ns;
}

static void
snap_until (WeftTraceStore *store, guint64 until_ns, gboolean with_present, guint64 *edges, gsize n,
            guint64 width_ns)
{
  guint64 least = 0;
  guint number = 0;

  for (gsize i = 0; i < n && edges[i] < until_ns; i++)
    {
      const HistoryChunk *chunk;

      number = weft_history_find_from (store, edges[i], number);
      chunk = weft_history_get (store, number);
      if ((chunk->left || with_present) && !chunk->damaged)
        edges[i] = MAX (least, snap (chunk, edges[i], width_ns));
      least = edges[i];
    }
}

void
weft_history_snap (WeftTraceStore *store, guint64 *edges, gsize n, guint64 width_ns)
{
  g_rw_lock_reader_lock (&store->lock);
  snap_until (store, MIN (store->left_until_ns, store->open_begin_ns), FALSE, edges, n, width_ns);
  g_rw_lock_reader_unlock (&store->lock);
}

void
weft_history_snap_sealed (WeftTraceStore *store, guint64 *edges, gsize n, guint64 width_ns)
{
  g_rw_lock_reader_lock (&store->lock);
  snap_until (store, store->open_begin_ns, TRUE, edges, n, width_ns);
  g_rw_lock_reader_unlock (&store->lock);
}
