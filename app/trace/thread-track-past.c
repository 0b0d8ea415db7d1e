/* thread-track-past.c: segments that leave memory and come back, and what is known
 * meanwhile. In: chunks, slices. Out: holes and segments; totals at a moment; slices.
 *
 * A hole tells the time in every state up to its own start. What is within it is told by
 * the segment behind it, as far as that knows what it began from, and else by history. */
#include "thread-track-private.h"

/* --- totals ---------------------------------------------------------------- */

/* Within a hole, but after the last change that is absent. */
static gboolean
totals_before_next (const WeftThreadTrack *self, guint at, guint64 time_ns, guint64 *totals)
{
  const Segment *next = &self->segments[at + 1];

  if (at + 1 == self->n_segments || time_ns < next->before.since_ns)
    return FALSE;
  weft_track_get_block_totals (self, next, 0, totals);
  if (next->before.state != WEFT_STATE_EXITED)
    totals[next->before.state] -= self->starts[at + 1] - time_ns;
  return TRUE;
}

gboolean
weft_track_totals_at (const WeftThreadTrack *self, guint at, guint64 time_ns, guint64 *totals,
                      guint *absent)
{
  const Segment *segment = &self->segments[at];
  guint index;

  if (is_hole (segment))
    {
      weft_track_get_block_totals (self, segment, 0, totals);
      if (time_ns == self->starts[at])
        return TRUE;
      if (totals_before_next (self, at, time_ns, totals))
        return TRUE;
      if (self->past != NULL)
        return self->past->get_totals (self->past->history, self, time_ns, totals, absent);
      if (absent != NULL)
        *absent = segment->first;
      return FALSE;
    }
  index = find_block (segment, time_ns, 0);
  weft_track_get_block_totals (self, segment, index, totals);
  weft_track_add_block_time (&segment->blocks[index], segment->starts[index], time_ns, totals);
  return TRUE;
}

gboolean
weft_thread_track_knows (const WeftThreadTrack *self, guint64 time_ns, guint *absent)
{
  guint64 totals[N_TIMED];

  return time_ns <= self->starts[0]
         || weft_track_totals_at (self, find_segment (self, time_ns, 0), time_ns, totals, absent);
}

/* Where a chunk's totals cannot be read, sums of before and after it may disagree. */
static inline guint64
difference (guint64 after, guint64 before)
{
  return after > before ? after - before : 0;
}

static gboolean
add_difference (const WeftThreadTrack *self, guint64 from_ns, guint64 to_ns, WeftShares *shares,
                guint *absent)
{
  guint64 before[N_TIMED], after[N_TIMED];
  guint at = find_segment (self, from_ns, 0);

  if (!weft_track_totals_at (self, at, from_ns, before, absent)
      || !weft_track_totals_at (self, find_segment (self, to_ns, at), to_ns, after, absent))
    return FALSE;
  for (guint i = 0; i < N_TIMED; i++)
    shares->ns[i] += difference (after[i], before[i]);
  return TRUE;
}

/* When the thread was gone, for what cannot be read; G_MAXUINT64 while it lives. */
static guint64
death_of (const WeftThreadTrack *self)
{
  return self->last_state == WEFT_STATE_EXITED ? self->last_ns : G_MAXUINT64;
}

gboolean
weft_thread_track_shares (const WeftThreadTrack *self, guint64 from_ns, guint64 to_ns,
                          guint64 edge_ns, WeftShares *shares, guint *absent)
{
  WeftShares sum = { { 0 } };

  from_ns = MAX (from_ns, self->starts[0]);
  to_ns = MIN (to_ns, edge_ns);
  while (from_ns < to_ns)
    {
      guint64 gap = from_ns, end = to_ns;

      if (self->past == NULL || !self->past->find_gap (self->past->history, &gap, &end))
        gap = end = to_ns;
      if (gap > from_ns && !add_difference (self, from_ns, gap, &sum, absent))
        return FALSE;
      if (MIN (end, death_of (self)) > gap)
        sum.ns[WEFT_STATE_UNKNOWN] += MIN (end, death_of (self)) - gap;
      from_ns = end;
    }
  for (guint i = 0; i < N_TIMED; i++)
    shares->ns[i] += sum.ns[i];
  return TRUE;
}

gboolean
weft_shares_are_known (const WeftShares *shares)
{
  for (guint state = 0; state < WEFT_N_STATES; state++)
    if (state != WEFT_STATE_UNKNOWN && state != WEFT_STATE_EXITED && shares->ns[state] > 0)
      return TRUE;
  return FALSE;
}

#define LEAST_UNKNOWN 0.05

gboolean
weft_unknown_is_told (double unknown)
{
  return unknown >= LEAST_UNKNOWN;
}

/* --- slices ---------------------------------------------------------------- */

static void
note_absent (guint *absent, guint chunk)
{
  if (absent != NULL)
    *absent = chunk;
}

/* FALSE, and which chunk would tell, where history does not. */
static gboolean
slice_of_past (const WeftThreadTrack *self, guint at, guint64 time_ns, WeftSlice *slice,
               guint *absent)
{
  if (self->past != NULL)
    return self->past->get_slice (self->past->history, self, time_ns, slice, absent);
  note_absent (absent, self->segments[at].first);
  return FALSE;
}

static gboolean
slice_in_hole (const WeftThreadTrack *self, guint at, guint64 time_ns, guint64 edge_ns,
               WeftSlice *slice, guint *absent)
{
  const Segment *next = &self->segments[at + 1];

  if (at + 1 == self->n_segments && time_ns >= self->last_ns)
    {
      *slice = (WeftSlice){ self->last_ns, MAX (edge_ns, self->last_ns), self->last_state,
                            self->last_cpu };
      return TRUE;
    }
  if (at + 1 == self->n_segments || time_ns < next->before.since_ns)
    return slice_of_past (self, at, time_ns, slice, absent);
  *slice = (WeftSlice){ .start_ns = next->before.since_ns,
                        .end_ns = self->starts[at + 1],
                        .state = next->before.state,
                        .cpu = next->before.cpu };
  return TRUE;
}

static gboolean
slice_in_segment (const WeftThreadTrack *self, guint at, guint64 time_ns, guint64 edge_ns,
                  WeftSlice *slice, guint *absent)
{
  const Segment *segment = &self->segments[at];
  guint index = find_block (segment, time_ns, 0);
  const Block *block = &segment->blocks[index];
  guint64 start = segment->starts[index];
  guint change = find_change (block, time_ns - start);

  slice->start_ns = start + change_offset (block->changes[change]);
  slice->state = change_state (block->changes[change]);
  slice->cpu = change_cpu (block->changes[change]);
  if (change + 1u < block->n)
    slice->end_ns = start + change_offset (block->changes[change + 1]);
  else if (index + 1 < segment->n_blocks)
    slice->end_ns = segment->starts[index + 1];
  else if (at + 1 == self->n_segments)
    slice->end_ns = MAX (edge_ns, self->last_ns);
  else if (!is_hole (&self->segments[at + 1]) || !self->segments[at + 1].starts_late)
    slice->end_ns = self->starts[at + 1];
  else
    {
      WeftSlice end;

      if (!slice_of_past (self, at + 1, self->starts[at + 1], &end, absent))
        return FALSE;
      slice->end_ns = end.end_ns;
    }
  return TRUE;
}

/* What cannot be read is one slice of nothing known. */
static gboolean
slice_in_gap (const WeftThreadTrack *self, guint64 time_ns, WeftSlice *slice)
{
  guint64 from, to;

  if (self->past == NULL || time_ns >= death_of (self)
      || !self->past->get_gap (self->past->history, time_ns, &from, &to))
    return FALSE;
  *slice = (WeftSlice){ .start_ns = MAX (from, self->starts[0]),
                        .end_ns = MIN (to, death_of (self)),
                        .state = WEFT_STATE_UNKNOWN };
  return TRUE;
}

gboolean
weft_thread_track_slice_at (const WeftThreadTrack *self, guint64 time_ns, guint64 edge_ns,
                            WeftSlice *slice, guint *absent)
{
  guint at;

  if (time_ns < self->starts[0] || time_ns >= MAX (edge_ns, self->last_ns + 1))
    return FALSE;
  if (slice_in_gap (self, time_ns, slice))
    return TRUE;
  at = find_segment (self, time_ns, 0);
  return is_hole (&self->segments[at])
             ? slice_in_hole (self, at, time_ns, edge_ns, slice, absent)
             : slice_in_segment (self, at, time_ns, edge_ns, slice, absent);
}

/* --- segments leave -------------------------------------------------------- */

/* The loaded segment of a chunk, or n_segments. */
static guint
find_loaded (const WeftThreadTrack *self, guint chunk)
{
  guint low = 1, high = self->n_segments;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (self->segments[middle].last < chunk)
        low = middle + 1;
      else
        high = middle;
    }
  return low < self->n_segments && self->segments[low].first == chunk
                 && !is_hole (&self->segments[low])
             ? low
             : self->n_segments;
}

gboolean
weft_thread_track_has_segment (const WeftThreadTrack *self, guint chunk)
{
  return find_loaded (self, chunk) < self->n_segments;
}

GArray *
weft_thread_track_copy_segment (const WeftThreadTrack *self, guint chunk)
{
  guint at = find_loaded (self, chunk);
  GArray *slices = g_array_new (FALSE, FALSE, sizeof (WeftSlice));

  for (guint b = 0; at < self->n_segments && b < self->segments[at].n_blocks; b++)
    for (guint i = 0; i < self->segments[at].blocks[b].n; i++)
      {
        guint64 change = self->segments[at].blocks[b].changes[i];
        const WeftSlice slice = { .start_ns = self->segments[at].starts[b] + change_offset (change),
                                  .state = change_state (change),
                                  .cpu = change_cpu (change) };

        g_array_append_val (slices, slice);
      }
  return slices;
}

gboolean
weft_thread_track_has_hole (const WeftThreadTrack *self, guint64 from_ns, guint64 to_ns)
{
  if (self->n_holes == 0)
    return FALSE;
  for (guint i = find_segment (self, from_ns, 0); i < self->n_segments && self->starts[i] <= to_ns;
       i++)
    if (is_hole (&self->segments[i]))
      return TRUE;
  return FALSE;
}

/* Of a segment: its place in time and its totals; its changes go. */
static void
hollow (WeftThreadTrack *self, Segment *segment)
{
  for (guint i = 0; i < segment->n_blocks; i++)
    weft_track_drop_changes (self, &segment->blocks[i]);
  segment->n_blocks = 1;
  segment->blocks[0].n = 0;
  segment->starts_late = FALSE;
  weft_track_fit (self, segment);
  self->n_holes++;
}

gboolean
weft_thread_track_evict (WeftThreadTrack *self, guint chunk)
{
  guint at = find_loaded (self, chunk);
  Segment *segment = &self->segments[at];

  if (at == self->n_segments
      || (at + 1 == self->n_segments && self->last_state != WEFT_STATE_EXITED))
    return FALSE;
  hollow (self, segment);
  if (at + 1 < self->n_segments && is_hole (segment + 1))
    {
      segment->last = segment[1].last;
      weft_track_remove_segment (self, at + 1);
      self->n_holes--;
    }
  if (is_hole (&self->segments[at - 1]))
    {
      self->segments[at - 1].last = self->segments[at].last;
      weft_track_remove_segment (self, at);
      self->n_holes--;
    }
  return TRUE;
}

/* --- and come back --------------------------------------------------------- */

/* The hole that stands for @chunk, or n_segments. */
static guint
find_hole (const WeftThreadTrack *self, guint chunk)
{
  for (guint low = 1, high = self->n_segments; low < high;)
    {
      guint middle = low + (high - low) / 2;

      if (self->segments[middle].last < chunk)
        low = middle + 1;
      else if (self->segments[middle].first > chunk)
        high = middle;
      else
        return is_hole (&self->segments[middle]) ? middle : self->n_segments;
    }
  return self->n_segments;
}

static void
fill_segment (WeftThreadTrack *self, guint at, const WeftShares *totals, const WeftSlice *slices,
              gsize n_slices)
{
  Segment *segment = &self->segments[at];
  guint64 sum[N_TIMED];
  Block *block = NULL;
  guint64 start = 0;

  memcpy (sum, totals->ns, sizeof sum);
  for (gsize i = 0; i < n_slices; i++)
    {
      guint64 time = slices[i].start_ns;

      if (i > 0)
        add_time (sum, slices[i - 1].state, time - slices[i - 1].start_ns);
      if (block == NULL || block->n == BLOCK_CHANGES || time - start > OFFSET_MAX)
        {
          block = weft_track_insert_block (self, at, segment->n_blocks, time, sum);
          start = time;
        }
      weft_track_push_change (self, block, pack (time - start, slices[i].state, slices[i].cpu));
    }
  weft_track_fit (self, segment);
}

static void
add_hole (WeftThreadTrack *self, guint at, guint first, guint last, guint64 start_ns,
          const guint64 *totals)
{
  Segment *hole = weft_track_insert_segment (self, at, first, last);

  weft_track_insert_block (self, at, 0, start_ns, totals);
  hole->starts_late = TRUE;
  self->n_holes++;
}

/* What is absent behind the segment @at, from the end of its chunk's time on. */
static void
add_hole_behind (WeftThreadTrack *self, guint at, guint first, guint last, guint64 end_ns)
{
  const Segment *segment = &self->segments[at];
  guint end = segment->n_blocks - 1;
  guint64 totals[N_TIMED];

  weft_track_get_block_totals (self, segment, end, totals);
  weft_track_add_block_time (&segment->blocks[end], segment->starts[end], end_ns, totals);
  add_hole (self, at + 1, first, last, end_ns, totals);
}

void
weft_thread_track_reload (WeftThreadTrack *self, guint chunk, guint64 end_ns,
                          const WeftShares *totals, const WeftTrackBefore *before,
                          const WeftSlice *slices, gsize n_slices)
{
  guint at = find_hole (self, chunk), first, last, left, right;

  if (at == self->n_segments || n_slices == 0)
    return;
  first = self->segments[at].first;
  last = self->segments[at].last;
  left = chunk > 0 ? weft_chunk_set_find_before (&self->chunks, chunk - 1) : WEFT_NO_CHUNK;
  right = weft_chunk_set_find_after (&self->chunks, chunk + 1);
  if (left != WEFT_NO_CHUNK && left >= first)
    self->segments[at++].last = left;
  else
    {
      weft_track_remove_segment (self, at);
      self->n_holes--;
    }
  weft_track_insert_segment (self, at, chunk, chunk)->before = *before;
  fill_segment (self, at, totals, slices, n_slices);
  if (right != WEFT_NO_CHUNK && right <= last)
    add_hole_behind (self, at, right, last, end_ns);
}

void
weft_thread_track_restore (WeftThreadTrack *self, WeftChunkSet *chunks, guint64 begin_ns,
                           guint64 n_changes, guint64 last_ns, WeftState state, guint16 cpu)
{
  guint first = weft_chunk_set_find_after (chunks, 0);
  guint64 totals[N_TIMED] = { 0 };
  guint64 start = MAX (begin_ns, self->starts[0]);

  weft_chunk_set_clear (&self->chunks);
  self->chunks = *chunks;
  *chunks = (WeftChunkSet){ NULL };
  if (first == WEFT_NO_CHUNK)
    return;
  weft_track_add_block_time (&self->segments[0].blocks[0], self->starts[0], start, totals);
  add_hole (self, 1, first, weft_chunk_set_find_before (&self->chunks, WEFT_NO_CHUNK - 1), start,
            totals);
  self->n_changes = n_changes;
  self->last_ns = last_ns;
  self->last_state = state;
  self->last_cpu = cpu;
}

void
weft_thread_track_set_head (WeftThreadTrack *self, WeftState state, guint16 cpu)
{
  self->segments[0].blocks[0].changes[0] = pack (0, state, cpu);
  if (self->n_segments > 1)
    return;
  self->last_state = state;
  self->last_cpu = cpu;
}

WeftState
weft_thread_track_get_head (const WeftThreadTrack *self, guint16 *cpu)
{
  *cpu = change_cpu (self->segments[0].blocks[0].changes[0]);
  return change_state (self->segments[0].blocks[0].changes[0]);
}

gboolean
weft_thread_track_tell_segment (const WeftThreadTrack *self, guint chunk, WeftTrackSegment *segment)
{
  guint at = find_loaded (self, chunk);
  const Segment *from = &self->segments[at];
  const Block *last;
  guint64 change;

  if (at == self->n_segments)
    return FALSE;
  last = &from->blocks[from->n_blocks - 1];
  change = last->changes[last->n - 1];
  *segment
      = (WeftTrackSegment){ .before = from->before,
                            .after = { from->starts[from->n_blocks - 1] + change_offset (change),
                                       change_state (change), change_cpu (change) },
                            .first_ns = from->starts[0] };
  for (guint i = 0; i < from->n_blocks; i++)
    segment->n += from->blocks[i].n;
  return TRUE;
}

void
weft_thread_track_get_totals (const WeftThreadTrack *self, guint64 time_ns, WeftShares *totals)
{
  memset (totals, 0, sizeof *totals);
  if (time_ns > self->starts[0])
    weft_track_totals_at (self, find_segment (self, time_ns, self->n_segments - 1), time_ns,
                          totals->ns, NULL);
}
