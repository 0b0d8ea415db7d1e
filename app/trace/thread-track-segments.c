/* thread-track-segments.c: the memory of a track. In: segments, blocks, changes and totals
 * to be kept. Out: room for them, none of it unused for long. */
#include "thread-track-private.h"
#include "change-pool.h"

#define FIRST_CAPACITY 4
/* A block that is nearly full is left as it is. */
#define MOST_FITTED 58
/* So many changes of a closed segment are one block. */
#define MOST_JOINED (BLOCK_CHANGES * 7 / 4)
G_STATIC_ASSERT (BLOCK_CHANGES * sizeof (guint64) == WEFT_CHANGE_POOL_BYTES);

/* The list grows by an eighth, so that slack stays small beside what it holds. */
Segment *
weft_track_insert_segment (WeftThreadTrack *self, guint at, guint first, guint last)
{
  guint behind = self->n_segments - at;

  if (self->n_segments == self->allocated)
    {
      guint more = MAX (1, self->allocated / 8);

      self->allocated += more;
      self->bytes += more * (sizeof (Segment) + sizeof (guint64));
      self->starts = g_renew (guint64, self->starts, self->allocated);
      self->segments = g_renew (Segment, self->segments, self->allocated);
    }
  memmove (&self->starts[at + 1], &self->starts[at], behind * sizeof (guint64));
  memmove (&self->segments[at + 1], &self->segments[at], behind * sizeof (Segment));
  self->n_segments++;
  self->segments[at] = (Segment){ .first = first, .last = last };
  return &self->segments[at];
}

/* What the piece of a segment needs. */
static gsize
bytes_of_piece (guint allocated, guint n_slots)
{
  return allocated * (sizeof (guint64) + sizeof (Block) + n_slots * sizeof (guint64)) + PIECE_BYTES;
}

/* Moves what a segment has into a piece with so much room. */
static void
set_room (WeftThreadTrack *self, Segment *segment, guint allocated, guint n_slots)
{
  Segment old = *segment;

  segment->starts = g_malloc (bytes_of_piece (allocated, n_slots) - PIECE_BYTES);
  segment->blocks = (Block *)(segment->starts + allocated);
  segment->totals = (guint64 *)(segment->blocks + allocated);
  segment->allocated = allocated;
  segment->n_slots = (guint8)n_slots;
  self->bytes += bytes_of_piece (allocated, n_slots);
  if (old.starts == NULL)
    return;
  memcpy (segment->starts, old.starts, old.n_blocks * sizeof (guint64));
  memcpy (segment->blocks, old.blocks, old.n_blocks * sizeof (Block));
  for (guint i = 0; i < old.n_blocks; i++)
    {
      guint64 *row = &segment->totals[(gsize)i * n_slots];

      memcpy (row, &old.totals[(gsize)i * old.n_slots], old.n_slots * sizeof (guint64));
      memset (row + old.n_slots, 0, (n_slots - old.n_slots) * sizeof (guint64));
    }
  self->bytes -= bytes_of_piece (old.allocated, old.n_slots);
  g_free (old.starts);
}

/* A slot for every state that has some time. */
static void
add_slots (WeftThreadTrack *self, const guint64 *totals)
{
  for (guint state = 0; state < N_TIMED; state++)
    if (totals[state] > 0 && !(self->slotted >> state & 1))
      {
        self->slotted |= 1u << state;
        self->slot_states[self->n_slots++] = (guint8)state;
      }
}

static void
write_row (WeftThreadTrack *self, Segment *segment, guint block, const guint64 *totals)
{
  guint64 *row = &segment->totals[(gsize)block * segment->n_slots];

  for (guint slot = 0; slot < segment->n_slots; slot++)
    row[slot] = totals[self->slot_states[slot]];
}

void
weft_track_set_block_totals (WeftThreadTrack *self, Segment *segment, guint block,
                             const guint64 *totals)
{
  add_slots (self, totals);
  if (segment->n_slots < self->n_slots)
    set_room (self, segment, segment->allocated, self->n_slots);
  write_row (self, segment, block, totals);
}

Block *
weft_track_insert_block (WeftThreadTrack *self, guint segment, guint at, guint64 start_ns,
                         const guint64 *totals)
{
  Segment *into = &self->segments[segment];
  guint behind = into->n_blocks - at;
  guint64 *row;

  add_slots (self, totals);
  if (into->n_blocks == into->allocated)
    set_room (self, into, into->allocated + MAX (1, into->allocated / 2), self->n_slots);
  else if (into->n_slots < self->n_slots)
    set_room (self, into, into->allocated, self->n_slots);
  row = &into->totals[(gsize)at * into->n_slots];
  memmove (&into->starts[at + 1], &into->starts[at], behind * sizeof (guint64));
  memmove (&into->blocks[at + 1], &into->blocks[at], behind * sizeof (Block));
  memmove (row + into->n_slots, row, (gsize)behind * into->n_slots * sizeof (guint64));
  write_row (self, into, at, totals);
  into->blocks[at] = (Block){ NULL, 0, 0 };
  into->starts[at] = start_ns;
  into->n_blocks++;
  if (at == 0)
    self->starts[segment] = start_ns;
  return &into->blocks[at];
}

static gsize
bytes_of_changes (guint capacity)
{
  return capacity * sizeof (guint64) + (capacity < BLOCK_CHANGES ? PIECE_BYTES : 0);
}

void
weft_track_drop_changes (WeftThreadTrack *self, Block *block)
{
  if (block->changes == NULL)
    return;
  self->bytes -= bytes_of_changes (block->capacity);
  if (block->capacity == BLOCK_CHANGES)
    weft_change_pool_give_back (block->changes);
  else
    g_free (block->changes);
  block->changes = NULL;
  block->capacity = 0;
}

void
weft_track_clear_segment (WeftThreadTrack *self, Segment *segment)
{
  for (guint i = 0; i < segment->n_blocks; i++)
    weft_track_drop_changes (self, &segment->blocks[i]);
  self->bytes -= bytes_of_piece (segment->allocated, segment->n_slots);
  g_free (segment->starts);
}

void
weft_track_remove_segment (WeftThreadTrack *self, guint at)
{
  guint behind = self->n_segments - at - 1;

  weft_track_clear_segment (self, &self->segments[at]);
  memmove (&self->starts[at], &self->starts[at + 1], behind * sizeof (guint64));
  memmove (&self->segments[at], &self->segments[at + 1], behind * sizeof (Segment));
  self->n_segments--;
}

static void
set_capacity (WeftThreadTrack *self, Block *block, guint8 capacity)
{
  guint64 *changes;

  if (capacity == BLOCK_CHANGES)
    changes = weft_change_pool_take ();
  else
    changes = g_new (guint64, capacity);
  if (block->n > 0)
    memcpy (changes, block->changes, block->n * sizeof (guint64));
  weft_track_drop_changes (self, block);
  block->changes = changes;
  block->capacity = capacity;
  self->bytes += bytes_of_changes (capacity);
}

void
weft_track_push_change (WeftThreadTrack *self, Block *block, guint64 change)
{
  if (block->n == block->capacity)
    set_capacity (self, block,
                  (guint8)MIN (MAX (FIRST_CAPACITY, block->capacity * 2), BLOCK_CHANGES));
  block->changes[block->n++] = change;
}

/* A segment of a block and a part is one block: where many threads share the chunks, most
 * are, and totals are as large as a dozen changes. */
static void
join_blocks (WeftThreadTrack *self, Segment *segment)
{
  Block *block = segment->blocks, *rest = block + 1;
  guint64 shift;

  if (segment->n_blocks != 2 || block->n + rest->n > MOST_JOINED)
    return;
  shift = segment->starts[1] - segment->starts[0];
  if (shift + change_offset (rest->changes[rest->n - 1]) > OFFSET_MAX)
    return;
  set_capacity (self, block, (guint8)(block->n + rest->n));
  for (guint i = 0; i < rest->n; i++)
    block->changes[block->n++]
        = pack (change_offset (rest->changes[i]) + shift, change_state (rest->changes[i]),
                change_cpu (rest->changes[i]));
  weft_track_drop_changes (self, rest);
  segment->n_blocks = 1;
}

/* Where many threads share the chunks, most blocks are closed before they are full. */
void
weft_track_fit (WeftThreadTrack *self, Segment *segment)
{
  Block *block;

  join_blocks (self, segment);
  block = &segment->blocks[segment->n_blocks - 1];

  if (block->n < block->capacity && block->n <= MOST_FITTED)
    set_capacity (self, block, block->n);
  if (segment->allocated > segment->n_blocks)
    set_room (self, segment, segment->n_blocks, segment->n_slots);
}

void
weft_track_add_block_time (const Block *block, guint64 start_ns, guint64 end_ns, guint64 *totals)
{
  guint64 end = end_ns - start_ns;

  for (guint i = 0; i < block->n; i++)
    {
      guint64 from = change_offset (block->changes[i]);
      guint64 to = i + 1u < block->n ? change_offset (block->changes[i + 1]) : end;

      if (from >= end)
        return;
      add_time (totals, change_state (block->changes[i]), MIN (to, end) - from);
    }
}
