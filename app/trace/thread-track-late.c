/* thread-track-late.c: changes that come late. In: a track, changes in the middle of it. Out:
 * the track as if they had come in time. */
#include "thread-track-private.h"

/* Moves the changes of a full block from half of it on into a block of their own. */
static void
split_block (WeftThreadTrack *self, guint segment, guint index)
{
  const Segment *in = &self->segments[segment];
  const guint half = in->blocks[index].n / 2;
  guint64 start = in->starts[index];
  guint64 middle = start + change_offset (in->blocks[index].changes[half]);
  guint64 totals[N_TIMED];
  Block *left, *right;

  weft_track_get_block_totals (self, in, index, totals);
  weft_track_add_block_time (&in->blocks[index], start, middle, totals);
  right = weft_track_insert_block (self, segment, index + 1, middle, totals);
  left = right - 1;
  for (guint i = half; i < left->n; i++)
    {
      guint64 change = left->changes[i];

      weft_track_push_change (self, right,
                              pack (change_offset (change) - (middle - start),
                                    change_state (change), change_cpu (change)));
    }
  left->n = (guint8)half;
}

/* After a late change the time until the next block went to another state. Blocks move. */
static void
shift_totals (WeftThreadTrack *self, guint segment, guint index, WeftState from, WeftState to,
              guint64 ns)
{
  for (; segment < self->n_segments; segment++, index = 0)
    for (Segment *in = &self->segments[segment]; index < in->n_blocks; index++)
      {
        guint64 totals[N_TIMED];

        weft_track_get_block_totals (self, in, index, totals);
        if (from != WEFT_STATE_EXITED)
          totals[from] -= ns;
        add_time (totals, to, ns);
        weft_track_set_block_totals (self, in, index, totals);
      }
}

/* The start of what follows a block, or @otherwise at the track's end. */
static guint64
next_start (const WeftThreadTrack *self, guint segment, guint index, guint64 otherwise)
{
  if (index + 1 < self->segments[segment].n_blocks)
    return self->segments[segment].starts[index + 1];
  return segment + 1 < self->n_segments ? self->starts[segment + 1] : otherwise;
}

/* The track's end, when the late change is behind it. */
static void
note_last (WeftThreadTrack *self, guint64 time_ns, WeftState state, guint16 cpu)
{
  if (time_ns < self->last_ns)
    return;
  self->last_ns = time_ns;
  self->last_state = state;
  self->last_cpu = cpu;
}

/* What follows a segment may have begun from what a late change replaced. */
static void
note_before (WeftThreadTrack *self, guint segment, guint64 time_ns, WeftState state, guint16 cpu)
{
  if (segment + 1 < self->n_segments && time_ns >= self->segments[segment + 1].before.since_ns)
    self->segments[segment + 1].before = (WeftTrackBefore){ time_ns, state, cpu };
}

/* What a segment begins from: the last of what is before it, or what it knows of that. */
static WeftTrackBefore
find_before (const WeftThreadTrack *self, guint segment)
{
  const Segment *left = &self->segments[segment - 1];
  const Block *block = &left->blocks[left->n_blocks - 1];
  guint64 change;

  if (is_hole (left))
    return self->segments[segment].before;
  change = block->changes[block->n - 1];
  return (WeftTrackBefore){ left->starts[left->n_blocks - 1] + change_offset (change),
                            change_state (change), change_cpu (change) };
}

/* The first change in the time of a chunk that has none before it: a block of its own at
 * the beginning of @segment. */
static void
insert_first (WeftThreadTrack *self, guint segment, guint64 time_ns, WeftState state, guint16 cpu)
{
  const WeftTrackBefore before = find_before (self, segment);
  guint64 totals[N_TIMED];
  guint64 until;
  Block *block;

  weft_track_totals_at (self, segment - 1, time_ns, totals, NULL);
  self->segments[segment].before = before;
  block = weft_track_insert_block (self, segment, 0, time_ns, totals);
  weft_track_push_change (self, block, pack (0, state, cpu));
  self->n_changes++;
  until = next_start (self, segment, 0, time_ns);
  shift_totals (self, segment, 1, before.state, state, until - time_ns);
  if (self->segments[segment].n_blocks == 1)
    note_before (self, segment, time_ns, state, cpu);
}

/* Into the block at @index, which has room for it. */
static void
insert_into (WeftThreadTrack *self, guint segment, guint index, guint64 time_ns, WeftState state,
             guint16 cpu)
{
  Block *block = &self->segments[segment].blocks[index];
  guint64 start = self->segments[segment].starts[index], offset = time_ns - start;
  guint at = find_change (block, offset);
  guint64 old = block->changes[at];
  guint64 until = at + 1u < block->n ? start + change_offset (block->changes[at + 1])
                                     : next_start (self, segment, index, time_ns);
  gboolean ends = at + 1u == block->n && index + 1 == self->segments[segment].n_blocks;

  if (change_offset (old) == offset)
    {
      block->changes[at] = pack (offset, state, cpu);
    }
  else
    {
      weft_track_push_change (self, block, 0);
      memmove (&block->changes[at + 2], &block->changes[at + 1],
               (block->n - at - 2u) * sizeof (guint64));
      block->changes[at + 1] = pack (offset, state, cpu);
      self->n_changes++;
    }
  shift_totals (self, segment, index + 1, change_state (old), state, until - time_ns);
  if (ends)
    note_before (self, segment, time_ns, state, cpu);
}

/* A change too far from its block's start for an offset: it comes behind all that the
 * block holds, and begins a block of its own. */
static void
insert_far (WeftThreadTrack *self, guint segment, guint index, guint64 time_ns, WeftState state,
            guint16 cpu)
{
  const Segment *in = &self->segments[segment];
  guint64 totals[N_TIMED];
  const Block *left = &in->blocks[index];
  WeftState old = change_state (left->changes[left->n - 1]);
  gboolean ends = index + 1 == in->n_blocks;
  Block *block;

  weft_track_get_block_totals (self, in, index, totals);
  weft_track_add_block_time (left, in->starts[index], time_ns, totals);
  block = weft_track_insert_block (self, segment, index + 1, time_ns, totals);
  weft_track_push_change (self, block, pack (0, state, cpu));
  self->n_changes++;
  shift_totals (self, segment, index + 2, old, state,
                next_start (self, segment, index + 1, time_ns) - time_ns);
  if (ends)
    note_before (self, segment, time_ns, state, cpu);
}

/* Whether a change in the segment at or after the hole can still be put there. */
static gboolean
can_insert (const WeftThreadTrack *self, guint segment, guint chunk, guint64 time_ns)
{
  const Segment *next = &self->segments[segment + 1];

  if (time_ns < self->starts[0] || weft_track_has_hole_from (self, segment + 1))
    return FALSE;
  return !is_hole (&self->segments[segment])
         || (segment + 1 < self->n_segments && next->first == chunk
             && time_ns >= next->before.since_ns);
}

/* A change in the time of a chunk, before those that the track has of it. */
static void
insert_segment_first (WeftThreadTrack *self, guint segment, guint chunk, guint64 time_ns,
                      WeftState state, guint16 cpu)
{
  if (segment == self->n_segments || self->segments[segment].first != chunk)
    {
      weft_track_insert_segment (self, segment, chunk, chunk);
      self->starts[segment] = time_ns;
    }
  weft_chunk_set_add (&self->chunks, chunk);
  insert_first (self, segment, time_ns, state, cpu);
}

static void
insert_within (WeftThreadTrack *self, guint segment, guint64 time_ns, WeftState state, guint16 cpu)
{
  guint index = find_block (&self->segments[segment], time_ns, 0);

  if (self->segments[segment].blocks[index].n >= BLOCK_CHANGES)
    {
      split_block (self, segment, index);
      index = find_block (&self->segments[segment], time_ns, index);
    }
  if (time_ns - self->segments[segment].starts[index] > OFFSET_MAX)
    insert_far (self, segment, index, time_ns, state, cpu);
  else
    insert_into (self, segment, index, time_ns, state, cpu);
}

gboolean
weft_thread_track_insert (WeftThreadTrack *self, guint chunk, guint64 time_ns, WeftState state,
                          guint16 cpu)
{
  guint segment = find_segment (self, time_ns, 0);

  if (!can_insert (self, segment, chunk, time_ns))
    return FALSE;
  self->revision++;
  if (self->segments[segment].last != chunk && time_ns > self->starts[0])
    insert_segment_first (self, segment + 1, chunk, time_ns, state, cpu);
  else
    insert_within (self, segment, time_ns, state, cpu);
  note_last (self, time_ns, state, cpu);
  return TRUE;
}
