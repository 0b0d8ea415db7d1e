/* history-hold.c: what readers need is brought back and stays while they read. In:
 * threads and moments. Out: chunks that are pinned. The one place that finds something
 * absent, loads it and looks again. */
#include "history-private.h"

/* A part of the limit that one hold may bring back, when it may do less than all; what
 * the tracks and the totals of a chunk take; and what it may bring back in any case. */
#define PART_OF_LIMIT 4
#define TRACKS_BYTES (G_GUINT64_CONSTANT (1536) * 1024)
#define TOTALS_BYTES (G_GUINT64_CONSTANT (32) * 1024)
#define LEAST_CHUNKS 4

struct _WeftHold
{
  WeftTraceStore *store;
  GHashTable *pinned; /* numbers */
  HistoryRange range; /* what is between the moments */
};

static WeftHold *
hold_new (WeftTraceStore *store)
{
  WeftHold *self = g_new0 (WeftHold, 1);

  self->store = g_object_ref (store);
  self->pinned = g_hash_table_new (NULL, NULL);
  return self;
}

void
weft_hold_release (WeftHold *self)
{
  GHashTableIter iter;
  gpointer number;

  if (self == NULL)
    return;
  weft_history_release_range (self->store, &self->range);
  g_rw_lock_reader_lock (&self->store->lock);
  g_hash_table_iter_init (&iter, self->pinned);
  while (g_hash_table_iter_next (&iter, &number, NULL))
    g_atomic_int_add (&weft_history_get (self->store, GPOINTER_TO_UINT (number))->pins, -1);
  g_rw_lock_reader_unlock (&self->store->lock);
  g_hash_table_unref (self->pinned);
  g_object_unref (self->store);
  g_free (self);
}

/* Within a read section: nothing leaves meanwhile. */
static void
pin (WeftHold *self, guint number)
{
  HistoryChunk *chunk;

  if (number >= self->store->chunks->len
      || !g_hash_table_add (self->pinned, GUINT_TO_POINTER (number)))
    return;
  chunk = weft_history_get (self->store, number);
  g_atomic_int_inc (&chunk->pins);
  if (chunk->listed)
    weft_history_use (self->store, chunk);
}

/* What one look at the tracks found to be absent. */
typedef struct
{
  GHashTable *tracks, *totals; /* numbers of chunks */
  guint most_tracks, most_totals;
} Wanted;

static void
wanted_init (Wanted *self, const WeftTraceStore *store, gboolean all)
{
  guint64 part = all ? G_MAXUINT64 : store->memory_limit / PART_OF_LIMIT;

  self->tracks = g_hash_table_new (NULL, NULL);
  self->totals = g_hash_table_new (NULL, NULL);
  self->most_tracks = (guint)CLAMP (part / TRACKS_BYTES, LEAST_CHUNKS, G_MAXUINT);
  self->most_totals = (guint)CLAMP (part / TOTALS_BYTES, LEAST_CHUNKS, G_MAXUINT);
}

static void
wanted_clear (Wanted *self)
{
  g_hash_table_unref (self->tracks);
  g_hash_table_unref (self->totals);
}

/* FALSE when that would be too much. */
static gboolean
want (Wanted *self, WeftTraceStore *store, guint number, gboolean must)
{
  const HistoryChunk *chunk = weft_history_get (store, number);
  gboolean totals = chunk->restored[WEFT_DERIVED_TOTALS] == NULL;
  GHashTable *set = totals ? self->totals : self->tracks;

  /* what is there cannot be brought back; of a chunk that cannot be read its totals can */
  if (totals ? chunk->untold : chunk->damaged || chunk->threads != NULL)
    return TRUE;
  if (!must && g_hash_table_size (set) >= (totals ? self->most_totals : self->most_tracks)
      && !g_hash_table_contains (set, GUINT_TO_POINTER (number)))
    return FALSE;
  g_hash_table_add (set, GUINT_TO_POINTER (number));
  return TRUE;
}

static gboolean
look_at (WeftHold *self, guint thread, guint64 time_ns, Wanted *wanted, gboolean must)
{
  WeftTraceStore *store = self->store;
  const WeftThread *entry = weft_trace_store_get_thread (store, thread);
  guint64 time = MIN (time_ns, weft_trace_store_get_edge (store));
  guint absent = WEFT_NO_CHUNK;

  if (entry == NULL || time <= entry->birth_ns)
    return TRUE;
  pin (self, weft_chunk_set_find_before (weft_thread_track_get_chunks (entry->track),
                                         weft_history_find (store, time)));
  return weft_thread_track_knows (entry->track, time, &absent) || absent >= store->chunks->len
         || want (wanted, store, absent, must);
}

static gboolean
has_holes (WeftTraceStore *store, const guint *threads, guint n, guint64 from_ns, guint64 to_ns)
{
  for (guint i = 0; i < n; i++)
    {
      const WeftThread *thread = weft_trace_store_get_thread (store, threads[i]);

      if (thread != NULL && weft_thread_track_has_hole (thread->track, from_ns, to_ns))
        return TRUE;
    }
  return FALSE;
}

/* What is known of a range ends where a gap begins, and begins again where it ends. */
static void
look_at_gaps (WeftHold *self, const guint *threads, guint n_threads, guint64 from_ns, guint64 to_ns,
              Wanted *wanted)
{
  guint64 gap = from_ns, end = to_ns;

  for (; gap < to_ns && weft_history_find_gap (self->store, &gap, &end); gap = end, end = to_ns)
    for (guint t = 0; t < n_threads; t++)
      {
        look_at (self, threads[t], gap, wanted, TRUE);
        look_at (self, threads[t], end, wanted, TRUE);
      }
}

/* Returns: of how many moments all is known, or will be with what is wanted. */
static gsize
look (WeftHold *self, const guint *threads, guint n_threads, const guint64 *moments,
      gsize n_moments, Wanted *wanted)
{
  WeftTraceStore *store = self->store;

  if (n_moments > 0 && has_holes (store, threads, n_threads, moments[0], moments[n_moments - 1]))
    for (gsize i = 0; i < n_moments; i++)
      for (guint t = 0; t < n_threads; t++)
        if (!look_at (self, threads[t], moments[i], wanted, i < 2))
          return i;
  if (n_moments > 0)
    look_at_gaps (self, threads, n_threads, moments[0], moments[n_moments - 1], wanted);
  /* what is there between the moments stays */
  if (n_moments > 0)
    {
      guint first = weft_history_find (store, moments[0]);
      guint last = weft_history_find_from (store, moments[n_moments - 1], first);

      weft_history_hold_range (store, &self->range, first, MIN (last + 1, store->chunks->len));
    }
  return n_moments;
}

static gboolean
load_wanted (WeftHold *self, const Wanted *wanted, GCancellable *cancellable, GError **error)
{
  GHashTableIter iter;
  gpointer number;

  g_hash_table_iter_init (&iter, wanted->totals);
  while (g_hash_table_iter_next (&iter, &number, NULL))
    if (g_cancellable_set_error_if_cancelled (cancellable, error)
        || !weft_history_load_totals (self->store, GPOINTER_TO_UINT (number), error))
      return FALSE;
  g_hash_table_iter_init (&iter, wanted->tracks);
  while (g_hash_table_iter_next (&iter, &number, NULL))
    if (g_cancellable_set_error_if_cancelled (cancellable, error)
        || !weft_history_load (self->store, GPOINTER_TO_UINT (number), error))
      return FALSE;
  return TRUE;
}

WeftHold *
weft_history_hold (WeftTraceStore *store, const guint *threads, guint n_threads,
                   const guint64 *moments, gsize n_moments, gsize *n_held,
                   GCancellable *cancellable, GError **error)
{
  g_autoptr (WeftHold) self = hold_new (store);
  gboolean complete = FALSE, loaded = TRUE;

  while (!complete && loaded)
    {
      Wanted wanted;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      wanted_init (&wanted, store, n_held == NULL);
      g_rw_lock_reader_lock (&store->lock);
      n_moments = look (self, threads, n_threads, moments, n_moments, &wanted);
      g_rw_lock_reader_unlock (&store->lock);
      complete = g_hash_table_size (wanted.tracks) == 0 && g_hash_table_size (wanted.totals) == 0;
      loaded = load_wanted (self, &wanted, cancellable, error);
      wanted_clear (&wanted);
    }
  if (!loaded)
    return NULL;
  if (n_held != NULL)
    *n_held = n_moments;
  return g_steal_pointer (&self);
}

/* A slice takes the chunk that it begins in and the one that it ends in, and of each its
 * totals and perhaps its tracks. */
#define MOST_LOOKS 5

/* FALSE when that is not known, with the chunk that would tell pinned and wanted. */
static gboolean
look_at_slice (WeftHold *self, guint thread_id, guint64 time_ns, Wanted *wanted)
{
  const WeftThread *thread = weft_trace_store_get_thread (self->store, thread_id);
  guint absent = WEFT_NO_CHUNK;
  WeftSlice slice;

  if (thread == NULL
      || weft_thread_track_slice_at (thread->track, time_ns, self->store->edge_ns, &slice, &absent)
      || absent >= self->store->chunks->len)
    return TRUE;
  pin (self, absent);
  want (wanted, self->store, absent, TRUE);
  return FALSE;
}

WeftHold *
weft_history_hold_slice (WeftTraceStore *store, guint thread, guint64 time_ns, gboolean with_tracks,
                         GError **error)
{
  g_autoptr (WeftHold) self = hold_new (store);
  gboolean found = FALSE, loaded = TRUE;

  for (guint i = 0; i < MOST_LOOKS && !found && loaded; i++)
    {
      Wanted wanted;

      wanted_init (&wanted, store, TRUE);
      g_rw_lock_reader_lock (&store->lock);
      found = look_at_slice (self, thread, time_ns, &wanted);
      g_rw_lock_reader_unlock (&store->lock);
      if (!with_tracks)
        g_hash_table_remove_all (wanted.tracks);
      found |= g_hash_table_size (wanted.tracks) == 0 && g_hash_table_size (wanted.totals) == 0;
      loaded = load_wanted (self, &wanted, NULL, error);
      wanted_clear (&wanted);
    }
  return loaded ? g_steal_pointer (&self) : NULL;
}
