/* thread-track.c: see the header. In: state changes in order of time. Out: segments of
 * blocks, each with its running totals. */
#include "thread-track-private.h"

/* --- the ends --------------------------------------------------------------- */

static Segment *
last_segment (WeftThreadTrack *self)
{
  return &self->segments[self->n_segments - 1];
}

static Block *
last_block (WeftThreadTrack *self)
{
  return &last_segment (self)->blocks[last_segment (self)->n_blocks - 1];
}

static guint64
last_start (WeftThreadTrack *self)
{
  return last_segment (self)->starts[last_segment (self)->n_blocks - 1];
}

/* --- the object ----------------------------------------------------------- */

WeftThreadTrack *
weft_thread_track_new (guint64 start_ns, WeftState state, guint16 cpu)
{
  WeftThreadTrack *self = g_new0 (WeftThreadTrack, 1);
  const guint64 totals[N_TIMED] = { 0 };

  weft_track_insert_segment (self, 0, WEFT_NO_CHUNK, WEFT_NO_CHUNK);
  weft_track_push_change (self, weft_track_insert_block (self, 0, 0, start_ns, totals),
                          pack (0, state, cpu));
  weft_track_fit (self, last_segment (self));
  self->n_changes = 1;
  self->last_ns = start_ns;
  self->last_state = state;
  self->last_cpu = cpu;
  return self;
}

void
weft_thread_track_free (WeftThreadTrack *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->n_segments; i++)
    weft_track_clear_segment (self, &self->segments[i]);
  weft_chunk_set_clear (&self->chunks);
  g_free (self->segments);
  g_free (self->starts);
  g_free (self);
}

void
weft_thread_track_set_past (WeftThreadTrack *self, guint id, const WeftTrackPast *past)
{
  self->id = id;
  self->past = past;
}

guint
weft_thread_track_get_id (const WeftThreadTrack *self)
{
  return self->id;
}

/* --- changes in order ------------------------------------------------------ */

/* Adds the time from the track's start to @time_ns, which is not before the last change. */
static void
add_totals_to_end (WeftThreadTrack *self, guint64 time_ns, guint64 *totals)
{
  const Segment *segment = last_segment (self);

  weft_track_get_block_totals (self, segment, segment->n_blocks - 1, totals);
  weft_track_add_block_time (last_block (self), last_start (self), time_ns, totals);
}

static void
open_block (WeftThreadTrack *self, guint chunk, guint64 time_ns)
{
  guint64 totals[N_TIMED];

  add_totals_to_end (self, time_ns, totals);
  if (last_segment (self)->last != chunk)
    {
      Segment *segment = weft_track_insert_segment (self, self->n_segments, chunk, chunk);

      segment->before = (WeftTrackBefore){ self->last_ns, self->last_state, self->last_cpu };
      weft_chunk_set_add (&self->chunks, chunk);
    }
  weft_track_insert_block (self, self->n_segments - 1, last_segment (self)->n_blocks, time_ns,
                           totals);
}

static gboolean
needs_new_block (WeftThreadTrack *self, guint chunk, guint64 time_ns)
{
  return last_segment (self)->last != chunk || last_block (self)->n >= BLOCK_CHANGES
         || time_ns - last_start (self) > OFFSET_MAX;
}

/* The newest change is at @time_ns too: the later word counts. */
static void
replace_last (WeftThreadTrack *self, WeftState state, guint16 cpu)
{
  Block *block = last_block (self);

  if (block->changes != NULL)
    block->changes[block->n - 1] = pack (change_offset (block->changes[block->n - 1]), state, cpu);
}

void
weft_thread_track_append (WeftThreadTrack *self, guint chunk, guint64 time_ns, WeftState state,
                          guint16 cpu)
{
  if (state == self->last_state && cpu == self->last_cpu)
    return;
  if (time_ns <= self->last_ns)
    {
      replace_last (self, state, cpu);
    }
  else
    {
      if (needs_new_block (self, chunk, time_ns))
        open_block (self, chunk, time_ns);
      weft_track_push_change (self, last_block (self),
                              pack (time_ns - last_start (self), state, cpu));
      self->last_ns = time_ns;
      self->n_changes++;
    }
  self->last_state = state;
  self->last_cpu = cpu;
}

void
weft_thread_track_close (WeftThreadTrack *self, guint chunk)
{
  if (last_segment (self)->last == chunk)
    weft_track_fit (self, last_segment (self));
}

/* --- cuts ------------------------------------------------------------------ */

static void
drop_last_segment (WeftThreadTrack *self)
{
  const Segment *segment = last_segment (self);

  for (guint i = 0; i < segment->n_blocks; i++)
    self->n_changes -= segment->blocks[i].n;
  weft_chunk_set_remove (&self->chunks, segment->first);
  weft_track_remove_segment (self, self->n_segments - 1);
}

/* Drops the changes after @time_ns, which the last segment holds. */
static void
drop_after (WeftThreadTrack *self, guint64 time_ns)
{
  Segment *segment = last_segment (self);
  guint keep = find_block (segment, time_ns, 0);
  Block *block = &segment->blocks[keep];
  guint64 change;

  for (; segment->n_blocks > keep + 1; segment->n_blocks--)
    {
      self->n_changes -= segment->blocks[segment->n_blocks - 1].n;
      weft_track_drop_changes (self, &segment->blocks[segment->n_blocks - 1]);
    }
  self->n_changes -= block->n;
  block->n = (guint8)(find_change (block, time_ns - segment->starts[keep]) + 1);
  self->n_changes += block->n;
  change = block->changes[block->n - 1];
  self->last_ns = segment->starts[keep] + change_offset (change);
  self->last_state = change_state (change);
  self->last_cpu = change_cpu (change);
}

/* FALSE when all that is left of the track's end is absent. */
static gboolean
drop_segments_after (WeftThreadTrack *self, guint64 time_ns)
{
  guint keep = find_segment (self, time_ns, 0);

  if (weft_track_has_hole_from (self, keep))
    return FALSE;
  while (self->n_segments > keep + 1)
    drop_last_segment (self);
  return TRUE;
}

void
weft_thread_track_cut (WeftThreadTrack *self, guint chunk, guint64 time_ns, WeftState state,
                       guint16 cpu)
{
  time_ns = MAX (time_ns, self->starts[0]);
  self->revision++;
  /* what comes before the last absent one stays */
  for (guint i = self->n_segments; self->n_holes > 0 && i-- > 0 && self->starts[i] > time_ns;)
    if (i > 0 && is_hole (&self->segments[i - 1]))
      {
        time_ns = self->starts[i];
        break;
      }
  if (is_hole (last_segment (self)))
    return;
  if (time_ns < self->last_ns && drop_segments_after (self, time_ns))
    drop_after (self, time_ns);
  if (last_segment (self)->last != WEFT_NO_CHUNK)
    chunk = MAX (chunk, last_segment (self)->last);
  weft_thread_track_append (self, chunk, MAX (time_ns, self->last_ns), state, cpu);
}

/* --- what it is ------------------------------------------------------------ */

guint64
weft_thread_track_get_start (const WeftThreadTrack *self)
{
  return self->starts[0];
}

WeftTrackBefore
weft_thread_track_get_last (const WeftThreadTrack *self)
{
  return (WeftTrackBefore){ self->last_ns, self->last_state, self->last_cpu };
}

guint
weft_thread_track_get_revision (const WeftThreadTrack *self)
{
  return self->revision;
}

void
weft_thread_track_revise (WeftThreadTrack *self)
{
  self->revision++;
}

guint64
weft_thread_track_count_changes (const WeftThreadTrack *self)
{
  return self->n_changes;
}

gsize
weft_thread_track_get_bytes (const WeftThreadTrack *self)
{
  return sizeof *self + self->bytes + weft_chunk_set_get_bytes (&self->chunks) + PIECE_BYTES;
}

const WeftChunkSet *
weft_thread_track_get_chunks (const WeftThreadTrack *self)
{
  return &self->chunks;
}
