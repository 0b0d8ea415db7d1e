/* trace-restore.c: see the header. Runs the records of lives through the machine, so that
 * identities, names and marks are those of the live store; what they say of states is left
 * out, the totals know better. */
#include "trace-restore.h"
#include "history-private.h"
#include "lives-table.h"
#include "restated.h"
#include "record-reader.h"
#include <string.h>

/* So many threads may be told of before they are born. */
#define MOST_TOLD_LATER (1u << 20)

/* What is known of a thread's track while chunks come in. */
typedef struct
{
  WeftChunkSet chunks;
  guint64 begin_ns; /* of the first of them */
  guint64 n_changes;
  WeftTrackBefore after; /* the newest of its changes */
  gboolean has_head;     /* what it began with was told anew */
  WeftTrackBefore head;
} Restored;

static void
restored_clear (gpointer data)
{
  weft_chunk_set_clear (&((Restored *)data)->chunks);
}

/* @next: the place in the list of hints */
static WeftEndHint
take_hint (WeftTraceStore *self, const WeftLives *lives, guint record, guint *next)
{
  const WeftLifeHint *hint
      = *next < lives->hints->len ? &g_array_index (lives->hints, WeftLifeHint, *next) : NULL;

  if (hint == NULL || hint->record != record)
    return (WeftEndHint){ NULL };
  ++*next;
  return (WeftEndHint){ .running = hint->running < self->threads->len
                                       ? &weft_trace_store_entry (self, hint->running)->machine
                                       : NULL,
                        .ends_nobody = hint->ends_nobody,
                        .leader_stays = hint->leader_stays };
}

static gboolean
run_lives (WeftTraceStore *self, const WeftLives *lives)
{
  WeftRecordReader reader;
  const struct weft_record *record;
  g_autoptr (GError) error = NULL;
  guint next = 0;

  if (!weft_record_reader_init (&reader, lives->records->data, lives->records->len, NULL))
    return FALSE;
  for (guint i = 0; weft_record_reader_next (&reader, &record, &error); i++)
    {
      weft_thread_machine_tell_hint (self->machine, take_hint (self, lives, i, &next));
      weft_trace_store_apply (self, record);
    }
  return error == NULL && self->threads->len == lives->n_threads
         && lives->heads->len <= self->threads->len;
}

static void
set_heads (WeftTraceStore *self, const WeftLives *lives)
{
  guint first = self->threads->len - lives->heads->len;

  for (guint i = 0; i < lives->heads->len; i++)
    {
      const WeftHead *head = &g_array_index (lives->heads, WeftHead, i);

      weft_thread_track_set_head (weft_trace_store_entry (self, first + i)->machine.public.track,
                                  head->state, head->cpu);
    }
}

/* What came late may be of somebody who is told of only in a later chunk. Returns:
 * (nullable) (transfer none): NULL when nobody can have such an id */
static Restored *
ensure_restored (WeftTraceStore *self, guint id)
{
  if (id >= self->threads->len + MOST_TOLD_LATER)
    return NULL;
  if (id >= self->restored->len)
    g_array_set_size (self->restored, id + 1);
  return &g_array_index (self->restored, Restored, id);
}

/* What a thread began with may have been told anew when the chunk was sealed already. FALSE
 * when it is of nobody. */
static gboolean
take_heads (WeftTraceStore *self, GHashTable *restated)
{
  GHashTableIter iter;
  gpointer id, value;

  g_hash_table_iter_init (&iter, restated);
  while (g_hash_table_iter_next (&iter, &id, &value))
    {
      const GArray *slices = value;
      const WeftSlice *first;
      Restored *restored = ensure_restored (self, GPOINTER_TO_UINT (id));

      if (restored == NULL)
        return FALSE;
      if (slices->len == 0 || restored->has_head)
        continue;
      first = &g_array_index (slices, WeftSlice, 0);
      restored->has_head = TRUE;
      restored->head = (WeftTrackBefore){ first->start_ns, first->state, first->cpu };
    }
  return TRUE;
}

/* FALSE when one is of nobody. */
static gboolean
take_totals (WeftTraceStore *self, const HistoryChunk *chunk, const WeftThreadTotals *totals)
{
  for (guint i = 0; i < weft_thread_totals_count (totals); i++)
    {
      guint id = weft_thread_totals_get_thread (totals, i);
      Restored *restored = ensure_restored (self, id);
      WeftTotalsRow row;

      if (restored == NULL || !weft_thread_totals_get (totals, id, 0, &row))
        return FALSE;
      if (restored->n_changes == 0)
        restored->begin_ns = chunk->begin_ns;
      weft_chunk_set_add (&restored->chunks, chunk->number);
      restored->n_changes += MAX (row.n_changes, 1);
      restored->after = row.after;
    }
  return TRUE;
}

static HistoryChunk *
add_chunk (WeftTraceStore *self, const WeftChunk *from, const WeftThreadTotals *totals)
{
  const WeftGrains *grains = weft_thread_totals_get_grains (totals);
  HistoryChunk *chunk = weft_history_add (self, grains->times[0], grains->times[grains->n - 1]);

  chunk->first_ns = from->first_ns;
  chunk->last_ns = from->last_ns;
  chunk->n_records = from->n_records;
  chunk->grains.n = grains->n;
  chunk->grains.times = g_memdup2 (grains->times, grains->n * sizeof *grains->times);
  weft_history_note_left (self, chunk);
  self->memory_bytes += grains->n * sizeof *grains->times;
  return chunk;
}

/* As sealing does. */
static void
end_chunk (WeftTraceStore *self, const HistoryChunk *chunk, const WeftLives *lives)
{
  self->open_begin_ns = chunk->end_ns;
  self->applied_ns = chunk->end_ns - 1;
  self->edge_ns = MAX (self->edge_ns, self->applied_ns);
  self->totals.events = lives->n_events;
  self->totals.late = lives->n_late;
  self->totals.unknown = lives->n_unknown;
  self->totals.switches = lives->n_switches;
  g_array_set_size (self->open_entries, 0);
  g_array_set_size (self->open_grains, 0);
  weft_trace_store_begin_derived (self);
  self->open_n = 0;
}

static gboolean
restore (WeftTraceStore *self, const WeftChunk *from, const WeftLives *lives,
         const WeftThreadTotals *totals, GHashTable *restated)
{
  const WeftGrains *grains = weft_thread_totals_get_grains (totals);
  HistoryChunk *chunk;
  gboolean whole;

  if (from->number != self->chunks->len || grains->times[grains->n - 1] == 0
      || (self->chunks->len > 0 && grains->times[0] != self->open_begin_ns))
    return FALSE;
  if (self->restored == NULL)
    {
      self->restored = g_array_new (FALSE, TRUE, sizeof (Restored));
      g_array_set_clear_func (self->restored, restored_clear);
    }
  self->replaying = self->restoring = TRUE;
  whole = run_lives (self, lives);
  if (whole)
    {
      set_heads (self, lives);
      chunk = add_chunk (self, from, totals);
      chunk->n_events = lives->n_events - MIN (self->sealed_events, lives->n_events);
      self->sealed_events = lives->n_events;
      whole
          = take_totals (self, chunk, totals) && (restated == NULL || take_heads (self, restated));
      end_chunk (self, chunk, lives);
    }
  self->replaying = self->restoring = FALSE;
  return whole;
}

gboolean
weft_trace_store_restore_chunk (WeftTraceStore *self, const WeftChunk *chunk, GBytes *lives_table,
                                GBytes *totals_table, GBytes *restated_table)
{
  WeftThreadTotals *totals = weft_thread_totals_new_without_times (totals_table);
  g_autoptr (WeftLives) lives = weft_lives_unpack (lives_table);
  g_autoptr (GHashTable) restated
      = restated_table != NULL ? weft_restated_unpack (restated_table) : NULL;
  gboolean whole = FALSE;

  if (totals != NULL && lives != NULL && (restated_table == NULL) == (restated == NULL))
    {
      g_rw_lock_writer_lock (&self->lock);
      whole = restore (self, chunk, lives, totals, restated);
      g_rw_lock_writer_unlock (&self->lock);
    }
  weft_thread_totals_free (totals);
  return whole;
}

gboolean
weft_trace_store_restore_counts (WeftTraceStore *self, guint thread, const WeftThreadCounts *counts)
{
  if (thread >= self->threads->len)
    return FALSE;
  weft_trace_store_entry (self, thread)->machine.public.counts = *counts;
  return TRUE;
}

static void
end_track (Restored *restored, WeftThreadTrack *track)
{
  if (restored->has_head && restored->head.since_ns == weft_thread_track_get_start (track))
    weft_thread_track_set_head (track, restored->head.state, restored->head.cpu);
  if (restored->n_changes > 0)
    weft_thread_track_restore (track, &restored->chunks, restored->begin_ns,
                               restored->n_changes + 1, restored->after.since_ns,
                               restored->after.state, restored->after.cpu);
}

gboolean
weft_trace_store_end_restore (WeftTraceStore *self)
{
  gboolean whole;

  g_rw_lock_writer_lock (&self->lock);
  whole = self->restored == NULL || self->restored->len <= self->threads->len;
  for (guint id = 0; whole && self->restored != NULL && id < self->restored->len; id++)
    {
      ThreadEntry *entry = weft_trace_store_entry (self, id);

      end_track (&g_array_index (self->restored, Restored, id), entry->machine.public.track);
      weft_history_account (self, entry);
    }
  g_clear_pointer (&self->restored, g_array_unref);
  weft_trace_store_note_rewrite (self, 0);
  self->generation++;
  g_rw_lock_writer_unlock (&self->lock);
  return whole;
}
