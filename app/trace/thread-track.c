/* thread-track.c: see the header. In: state changes in order of time. Out:
 * exact shares and slices.
 *
 * Changes live in blocks of 64, packed into 8 bytes. A block belongs to the
 * chunks its changes came with; a block whose changes all came with one chunk
 * can be evicted (its totals stay) and be filled again from that chunk. What
 * changes rarely has blocks that span chunks and stays: it is small. */
#include "thread-track.h"
#include "change-pool.h"
#include <string.h>

#define BLOCK_CHANGES 64
#define FIRST_CAPACITY 4
/* A block at least this full is not continued by the next chunk. */
#define CLOSE_AT_CHUNK_END 32
/* One that is nearly full is left as it is. */
#define MOST_FITTED 58
G_STATIC_ASSERT (BLOCK_CHANGES * sizeof (guint64) == WEFT_CHANGE_POOL_BYTES);

/* A change: 44 bits of ns since the block's start (4.8 hours), 4 of state, 16 of CPU. */
#define OFFSET_BITS 44
#define OFFSET_MAX ((G_GUINT64_CONSTANT (1) << OFFSET_BITS) - 1)

/* The states that time is counted for: what comes after the exit is nobody's. */
#define N_TIMED WEFT_STATE_EXITED
G_STATIC_ASSERT (WEFT_STATE_EXITED == WEFT_N_STATES - 1);

typedef struct
{
  guint64 totals[N_TIMED]; /* time in each state before the block */
  guint64 *changes;        /* NULL when evicted */
  guint32 first_chunk, last_chunk;
  guint8 n;
  guint8 capacity;
} Block;

struct _WeftThreadTrack
{
  guint64 *starts; /* of each block, apart so that a search stays in the cache */
  Block *blocks;
  guint n_blocks;
  guint allocated;
  guint64 n_changes;
  gsize bytes;
  guint64 last_ns;
  WeftState last_state;
  guint16 last_cpu;
  guint revision;
};

static inline guint64
pack (guint64 offset, WeftState state, guint16 cpu)
{
  return offset << 20 | (guint64)state << 16 | cpu;
}

static inline guint64
change_offset (guint64 change)
{
  return change >> 20;
}

static inline WeftState
change_state (guint64 change)
{
  return (WeftState)(change >> 16 & 0xf);
}

static inline guint16
change_cpu (guint64 change)
{
  return (guint16)change;
}

/* Time after the exit is nobody's. */
static inline void
add_time (guint64 *totals, WeftState state, guint64 ns)
{
  if (state != WEFT_STATE_EXITED)
    totals[state] += ns;
}

static Block *
last_block (WeftThreadTrack *self)
{
  return &self->blocks[self->n_blocks - 1];
}

/* Makes room for one more block at @at; the arrays grow by an eighth, so that
 * slack stays small beside what they hold. */
static Block *
insert_block (WeftThreadTrack *self, guint at, guint64 start_ns)
{
  if (self->n_blocks == self->allocated)
    {
      guint more = MAX (1, self->allocated / 8);

      self->allocated += more;
      self->bytes += more * (sizeof (Block) + sizeof (guint64));
      self->starts = g_renew (guint64, self->starts, self->allocated);
      self->blocks = g_renew (Block, self->blocks, self->allocated);
    }
  memmove (&self->starts[at + 1], &self->starts[at], (self->n_blocks - at) * sizeof (guint64));
  memmove (&self->blocks[at + 1], &self->blocks[at], (self->n_blocks - at) * sizeof (Block));
  self->n_blocks++;
  self->starts[at] = start_ns;
  memset (&self->blocks[at], 0, sizeof (Block));
  return &self->blocks[at];
}

/* Adds the time that the block's changes tell, from its start to @end_ns. */
static void
add_block_time (const Block *block, guint64 start_ns, guint64 end_ns, guint64 *totals)
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

static void
open_block (WeftThreadTrack *self, guint chunk, guint64 time_ns)
{
  guint64 totals[N_TIMED] = { 0 };
  Block *block;

  if (self->n_blocks > 0)
    {
      const Block *previous = last_block (self);

      memcpy (totals, previous->totals, sizeof totals);
      add_block_time (previous, self->starts[self->n_blocks - 1], time_ns, totals);
    }
  block = insert_block (self, self->n_blocks, time_ns);
  memcpy (block->totals, totals, sizeof totals);
  block->first_chunk = block->last_chunk = chunk;
}

static void
drop_changes (WeftThreadTrack *self, Block *block)
{
  self->bytes -= block->capacity * sizeof (guint64);
  if (block->capacity == BLOCK_CHANGES)
    weft_change_pool_give_back (block->changes);
  else
    g_free (block->changes);
  block->changes = NULL;
  block->capacity = 0;
}

static void
grow_block (WeftThreadTrack *self, Block *block)
{
  guint8 capacity = MIN (MAX (FIRST_CAPACITY, block->capacity * 2), BLOCK_CHANGES);

  if (capacity == BLOCK_CHANGES)
    {
      guint64 *changes = weft_change_pool_take ();

      memcpy (changes, block->changes, block->n * sizeof (guint64));
      g_free (block->changes);
      block->changes = changes;
    }
  else
    block->changes = g_renew (guint64, block->changes, capacity);
  self->bytes += (capacity - block->capacity) * sizeof (guint64);
  block->capacity = capacity;
}

static void
push_change (WeftThreadTrack *self, Block *block, guint64 change)
{
  if (block->n == block->capacity)
    grow_block (self, block);
  block->changes[block->n++] = change;
}

/* A block closed before it was full gives back the room it will not use: where many
 * threads share the chunks, most are. */
static void
fit_block (WeftThreadTrack *self, Block *block)
{
  guint64 *changes;

  if (block->capacity != BLOCK_CHANGES || block->n > MOST_FITTED)
    return;
  changes = g_memdup2 (block->changes, block->n * sizeof (guint64));
  weft_change_pool_give_back (block->changes);
  self->bytes -= (block->capacity - block->n) * sizeof (guint64);
  block->changes = changes;
  block->capacity = block->n;
}

WeftThreadTrack *
weft_thread_track_new (guint64 start_ns, WeftState state, guint16 cpu)
{
  WeftThreadTrack *self = g_new0 (WeftThreadTrack, 1);

  open_block (self, 0, start_ns);
  push_change (self, last_block (self), pack (0, state, cpu));
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
  for (guint i = 0; i < self->n_blocks; i++)
    drop_changes (self, &self->blocks[i]);
  g_free (self->blocks);
  g_free (self->starts);
  g_free (self);
}

static gboolean
needs_new_block (WeftThreadTrack *self, guint chunk, guint64 time_ns)
{
  const Block *block = last_block (self);

  return block->n == BLOCK_CHANGES || block->changes == NULL
         || time_ns - self->starts[self->n_blocks - 1] > OFFSET_MAX
         || (block->last_chunk != chunk && block->n >= CLOSE_AT_CHUNK_END);
}

/* The newest change is at @time_ns too: the later word counts. */
static void
replace_last (WeftThreadTrack *self, WeftState state, guint16 cpu)
{
  Block *block = last_block (self);

  if (block->changes == NULL)
    return;
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
      Block *block;

      if (needs_new_block (self, chunk, time_ns))
        {
          fit_block (self, last_block (self));
          open_block (self, chunk, time_ns);
        }
      block = last_block (self);
      push_change (self, block, pack (time_ns - self->starts[self->n_blocks - 1], state, cpu));
      block->last_chunk = MAX (block->last_chunk, chunk);
      self->last_ns = time_ns;
      self->n_changes++;
    }
  self->last_state = state;
  self->last_cpu = cpu;
}

/* The last block that starts at or before @time_ns, searched upwards from @hint
 * in growing steps: columns ask in rising order. Never before block 0. */
static guint
find_block (const WeftThreadTrack *self, guint64 time_ns, guint hint)
{
  const guint64 *starts = self->starts;
  guint low = hint, step = 1, high;

  if (starts[low] > time_ns)
    low = 0;
  while (low + step < self->n_blocks && starts[low + step] <= time_ns)
    {
      low += step;
      step *= 2;
    }
  high = MIN (low + step, self->n_blocks);
  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (starts[middle] <= time_ns)
        low = middle;
      else
        high = middle;
    }
  return low;
}

/* The last change of @block at or before @offset. */
static guint
find_change (const Block *block, guint64 offset)
{
  guint low = 0, high = block->n;

  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (change_offset (block->changes[middle]) <= offset)
        low = middle;
      else
        high = middle;
    }
  return low;
}

/* Moves the changes of a full block from @half on into a block of their own. */
static void
split_block (WeftThreadTrack *self, guint index)
{
  const guint half = BLOCK_CHANGES / 2;
  guint64 start = self->starts[index];
  guint64 middle = start + change_offset (self->blocks[index].changes[half]);
  Block *right = insert_block (self, index + 1, middle);
  Block *left = &self->blocks[index];

  memcpy (right->totals, left->totals, sizeof right->totals);
  right->first_chunk = left->first_chunk;
  right->last_chunk = left->last_chunk;
  for (guint i = half; i < left->n; i++)
    {
      guint64 change = left->changes[i];

      push_change (self, right,
                   pack (change_offset (change) - (middle - start), change_state (change),
                         change_cpu (change)));
    }
  left->n = half;
  add_block_time (left, start, middle, right->totals);
}

/* After a late change the time until the next block went to another state. */
static void
shift_totals (WeftThreadTrack *self, guint from, WeftState old_state, WeftState new_state,
              guint64 ns)
{
  for (guint i = from; i < self->n_blocks; i++)
    {
      if (old_state != WEFT_STATE_EXITED)
        self->blocks[i].totals[old_state] -= ns;
      add_time (self->blocks[i].totals, new_state, ns);
    }
}

/* A change too far from its block's start for an offset: it comes behind all that the
 * block holds, and begins a block of its own. */
static void
insert_far (WeftThreadTrack *self, guint index, guint chunk, guint64 time_ns, guint64 change)
{
  guint64 start = self->starts[index];
  Block *block = insert_block (self, index + 1, time_ns);
  const Block *left = &self->blocks[index];
  WeftState old_state = change_state (left->changes[left->n - 1]);
  guint64 until = index + 2 < self->n_blocks ? self->starts[index + 2] : time_ns;

  memcpy (block->totals, left->totals, sizeof block->totals);
  add_block_time (left, start, time_ns, block->totals);
  block->first_chunk = left->first_chunk;
  block->last_chunk = MAX (left->last_chunk, chunk);
  push_change (self, block, change);
  self->n_changes++;
  shift_totals (self, index + 2, old_state, change_state (change), until - time_ns);
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

gboolean
weft_thread_track_insert (WeftThreadTrack *self, guint chunk, guint64 time_ns, WeftState state,
                          guint16 cpu)
{
  guint index, at;
  guint64 offset, until, old_change;
  Block *block;

  if (time_ns < self->starts[0])
    return FALSE;
  index = find_block (self, time_ns, 0);
  if (self->blocks[index].changes == NULL)
    return FALSE;
  self->revision++;
  if (time_ns - self->starts[index] > OFFSET_MAX)
    {
      insert_far (self, index, chunk, time_ns, pack (0, state, cpu));
      note_last (self, time_ns, state, cpu);
      return TRUE;
    }
  if (self->blocks[index].n == BLOCK_CHANGES)
    {
      split_block (self, index);
      index = find_block (self, time_ns, index);
    }
  block = &self->blocks[index];
  /* It now needs two chunks to fill it again, so it will not be evicted. */
  block->last_chunk = MAX (block->last_chunk, chunk);
  offset = time_ns - self->starts[index];
  at = find_change (block, offset);
  old_change = block->changes[at];
  until = at + 1u < block->n           ? change_offset (block->changes[at + 1])
          : index + 1 < self->n_blocks ? self->starts[index + 1] - self->starts[index]
                                       : offset;
  shift_totals (self, index + 1, change_state (old_change), state, until - offset);
  if (change_offset (old_change) == offset)
    {
      block->changes[at] = pack (offset, state, cpu);
    }
  else
    {
      push_change (self, block, 0);
      memmove (&block->changes[at + 2], &block->changes[at + 1],
               (block->n - at - 2) * sizeof (guint64));
      block->changes[at + 1] = pack (offset, state, cpu);
      self->n_changes++;
    }
  note_last (self, time_ns, state, cpu);
  return TRUE;
}

/* Drops blocks and changes after @time_ns; the track then ends with a change
 * at or before it. */
static void
drop_after (WeftThreadTrack *self, guint64 time_ns)
{
  guint keep = find_block (self, time_ns, 0);
  Block *block;
  guint64 change;

  while (self->n_blocks > keep + 1)
    {
      Block *gone = last_block (self);

      self->n_changes -= gone->n;
      drop_changes (self, gone);
      self->n_blocks--;
    }
  block = last_block (self);
  if (block->changes == NULL)
    return;
  self->n_changes -= block->n;
  block->n = find_change (block, time_ns - self->starts[keep]) + 1;
  self->n_changes += block->n;
  change = block->changes[block->n - 1];
  self->last_ns = self->starts[keep] + change_offset (change);
  self->last_state = change_state (change);
  self->last_cpu = change_cpu (change);
}

void
weft_thread_track_cut (WeftThreadTrack *self, guint chunk, guint64 time_ns, WeftState state)
{
  if (time_ns < self->starts[0])
    time_ns = self->starts[0];
  self->revision++;
  if (time_ns < self->last_ns)
    drop_after (self, time_ns);
  weft_thread_track_append (self, chunk, MAX (time_ns, self->last_ns), state, self->last_cpu);
}

guint64
weft_thread_track_get_start (const WeftThreadTrack *self)
{
  return self->starts[0];
}

guint64
weft_thread_track_get_last_change (const WeftThreadTrack *self)
{
  return self->last_ns;
}

WeftState
weft_thread_track_get_state (const WeftThreadTrack *self)
{
  return self->last_state;
}

guint16
weft_thread_track_get_cpu (const WeftThreadTrack *self)
{
  return self->last_cpu;
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
  return sizeof *self + self->bytes;
}

/* Adds to @totals the time in every state from the track's start to @time_ns.
 * FALSE when an absent block would be cut. */
static gboolean
totals_at (const WeftThreadTrack *self, guint index, guint64 time_ns, guint64 *totals,
           guint *absent)
{
  const Block *block = &self->blocks[index];

  memcpy (totals, block->totals, sizeof block->totals);
  if (time_ns == self->starts[index])
    return TRUE;
  if (block->changes == NULL)
    {
      if (absent != NULL)
        *absent = block->first_chunk;
      return FALSE;
    }
  add_block_time (block, self->starts[index], time_ns, totals);
  return TRUE;
}

gboolean
weft_thread_track_shares (const WeftThreadTrack *self, guint64 from_ns, guint64 to_ns,
                          guint64 edge_ns, WeftShares *shares, guint *absent)
{
  guint64 before[N_TIMED], after[N_TIMED];
  guint index;

  from_ns = MAX (from_ns, self->starts[0]);
  to_ns = MIN (to_ns, edge_ns);
  if (to_ns <= from_ns)
    return TRUE;
  index = find_block (self, from_ns, 0);
  if (!totals_at (self, index, from_ns, before, absent))
    return FALSE;
  if (!totals_at (self, find_block (self, to_ns, index), to_ns, after, absent))
    return FALSE;
  for (guint i = 0; i < N_TIMED; i++)
    shares->ns[i] += after[i] - before[i];
  return TRUE;
}

/* A moment on the track and the time in every state up to it. */
typedef struct
{
  guint64 totals[N_TIMED];
  guint block;
  guint at;       /* the change that holds it */
  guint64 offset; /* of the moment within its block */
  gboolean known; /* else its block is absent */
} Cursor;

/* Goes on within the block to @end, which is not before. */
static inline void
cursor_walk (Cursor *self, const Block *block, guint64 end)
{
  const guint64 *changes = block->changes;
  guint64 from = self->offset;
  guint at = self->at;

  for (; at + 1u < block->n && change_offset (changes[at + 1]) <= end; at++)
    {
      guint64 next = change_offset (changes[at + 1]);

      add_time (self->totals, change_state (changes[at]), next - from);
      from = next;
    }
  add_time (self->totals, change_state (changes[at]), end - from);
  self->at = at;
  self->offset = end;
}

/* To @end from the block's end, where the next block's totals hold. */
static inline void
cursor_walk_back (Cursor *self, const WeftThreadTrack *track, guint64 end)
{
  const Block *block = &track->blocks[self->block];
  guint64 to = track->starts[self->block + 1] - track->starts[self->block];
  guint at = block->n - 1u;

  memcpy (self->totals, block[1].totals, sizeof self->totals);
  for (; at > 0 && change_offset (block->changes[at]) > end; at--)
    {
      guint64 from = change_offset (block->changes[at]);

      add_time (self->totals, change_state (block->changes[at]), from - to);
      to = from;
    }
  add_time (self->totals, change_state (block->changes[at]), end - to);
  self->at = at;
  self->offset = end;
}

/* Whether @time_ns in block @index is nearer to the next one's start, from where the
 * walk is shorter. */
static inline gboolean
is_nearer_to_end (const WeftThreadTrack *self, guint index, guint64 time_ns)
{
  return index + 1 < self->n_blocks
         && time_ns > self->starts[index + 1] - (time_ns - self->starts[index]);
}

static inline void
cursor_enter (Cursor *self, const WeftThreadTrack *track, guint index, guint64 time_ns,
              guint *absent)
{
  const Block *block = &track->blocks[index];
  guint64 end = time_ns - track->starts[index];

  self->block = index;
  self->known = block->changes != NULL || end == 0;
  if (block->changes != NULL && is_nearer_to_end (track, index, time_ns))
    {
      cursor_walk_back (self, track, end);
      return;
    }
  memcpy (self->totals, block->totals, sizeof self->totals);
  self->at = 0;
  self->offset = 0;
  if (block->changes != NULL)
    cursor_walk (self, block, end);
  else if (!self->known && absent != NULL)
    *absent = block->first_chunk;
}

/* Where the columns' edges lie. */
typedef struct
{
  guint64 time_ns;
  guint block;
  gboolean from_end; /* the block will be walked from there */
} Edge;

/* As find_block(), but begins @step blocks behind @hint: columns of a far view lie about
 * as far from each other as the last two. */
static guint
find_next_block (const WeftThreadTrack *self, guint64 time_ns, guint hint, guint step)
{
  const guint64 *starts = self->starts;
  guint guess = MIN (hint + step, self->n_blocks - 1);

  /* a few too far are a few steps back; the search below is for the others */
  for (guint i = 0; i < 8 && starts[guess] > time_ns && guess > hint; i++)
    guess--;
  return find_block (self, time_ns, starts[guess] <= time_ns ? guess : hint);
}

static Edge *
find_edges (const WeftThreadTrack *self, const guint64 *times, gsize n, guint64 edge_ns)
{
  Edge *edges = g_new (Edge, n);
  guint64 first = self->starts[0], last = MAX (edge_ns, first);
  guint block = 0, step = 0;

  for (gsize i = 0; i < n; i++)
    {
      guint64 time = CLAMP (times[i], first, last);
      guint next = i > 0 ? find_next_block (self, time, block, step) : find_block (self, time, 0);

      step = i > 0 ? next - block : 0;
      block = next;
      edges[i] = (Edge){ time, block, is_nearer_to_end (self, block, time) };
    }
  return edges;
}

/* A far view touches every block once, somewhere in memory: what the next columns
 * need is asked for while this one is counted. */
#define PREFETCH_BLOCK 16
#define PREFETCH_CHANGES 8
#define CACHE_LINE 64

static inline void
prefetch (const WeftThreadTrack *self, const Edge *edges, gsize i, gsize n)
{
  if (i + PREFETCH_BLOCK <= n
      && edges[i + PREFETCH_BLOCK].block != edges[i + PREFETCH_BLOCK - 1].block)
    {
      const Edge *edge = &edges[i + PREFETCH_BLOCK];
      const Block *block = &self->blocks[edge->block];
      /* its end with the next one's totals, or its totals and its end */
      const char *from = edge->from_end ? (const char *)&block->changes : (const char *)block;

      for (guint at = 0; at < sizeof (Block); at += CACHE_LINE)
        __builtin_prefetch (from + at);
    }
  if (i + PREFETCH_CHANGES <= n
      && edges[i + PREFETCH_CHANGES].block != edges[i + PREFETCH_CHANGES - 1].block)
    {
      const Edge *edge = &edges[i + PREFETCH_CHANGES];
      const Block *block = &self->blocks[edge->block];
      guint from = edge->from_end ? block->n / 2 : 0;

      for (guint at = 0; at <= block->n / 2u && block->changes != NULL; at += CACHE_LINE / 8)
        __builtin_prefetch (&block->changes[from + at]);
    }
}

gboolean
weft_thread_track_columns (const WeftThreadTrack *self, const guint64 *edges, gsize n_columns,
                           guint64 edge_ns, WeftShares *shares, guint *absent)
{
  g_autofree Edge *found = find_edges (self, edges, n_columns + 1, edge_ns);
  Cursor cursors[2];
  gboolean complete;

  cursor_enter (&cursors[0], self, found[0].block, found[0].time_ns, absent);
  complete = cursors[0].known;
  for (gsize i = 1; i <= n_columns; i++)
    {
      const Cursor *before = &cursors[(i - 1) % 2];
      Cursor *cursor = &cursors[i % 2];
      const Block *block = &self->blocks[found[i].block];

      prefetch (self, found, i, n_columns);
      if (found[i].block == before->block && block->changes != NULL)
        {
          *cursor = *before;
          cursor_walk (cursor, block, found[i].time_ns - self->starts[found[i].block]);
        }
      else
        cursor_enter (cursor, self, found[i].block, found[i].time_ns, absent);
      complete = complete && cursor->known;
      if (before->known && cursor->known)
        {
          for (guint s = 0; s < N_TIMED; s++)
            shares[i - 1].ns[s] = cursor->totals[s] - before->totals[s];
          shares[i - 1].ns[WEFT_STATE_EXITED] = 0;
        }
      else
        memset (&shares[i - 1], 0, sizeof *shares);
    }
  return complete;
}

/* The end of the change after (@index, @at), which may be in the next block. */
static guint64
change_end (const WeftThreadTrack *self, guint index, guint at, guint64 edge_ns)
{
  const Block *block = &self->blocks[index];

  if (at + 1u < block->n)
    return self->starts[index] + change_offset (block->changes[at + 1]);
  if (index + 1 < self->n_blocks)
    return self->starts[index + 1];
  return MAX (edge_ns, self->last_ns);
}

gboolean
weft_thread_track_slice_at (const WeftThreadTrack *self, guint64 time_ns, guint64 edge_ns,
                            WeftSlice *slice, guint *absent)
{
  const Block *block;
  guint index, at;

  if (time_ns < self->starts[0] || time_ns >= MAX (edge_ns, self->last_ns + 1))
    return FALSE;
  index = find_block (self, time_ns, 0);
  block = &self->blocks[index];
  if (block->changes == NULL)
    {
      if (absent != NULL)
        *absent = block->first_chunk;
      return FALSE;
    }
  at = find_change (block, time_ns - self->starts[index]);
  slice->start_ns = self->starts[index] + change_offset (block->changes[at]);
  slice->end_ns = change_end (self, index, at, edge_ns);
  slice->state = change_state (block->changes[at]);
  slice->cpu = change_cpu (block->changes[at]);
  return TRUE;
}

guint64
weft_thread_track_evict (WeftThreadTrack *self, guint chunk)
{
  gsize before = self->bytes;

  /* The last block stays: it is being written. */
  for (guint i = 0; i + 1 < self->n_blocks && self->blocks[i].first_chunk <= chunk; i++)
    {
      Block *block = &self->blocks[i];

      if (block->changes == NULL || block->first_chunk != chunk || block->last_chunk != chunk)
        continue;
      drop_changes (self, block);
    }
  return before - self->bytes;
}

void
weft_thread_track_reload (WeftThreadTrack *self, guint chunk, const WeftSlice *slices,
                          gsize n_slices)
{
  gsize next = 0;

  self->revision++;
  for (guint i = 0; i + 1 < self->n_blocks && self->blocks[i].first_chunk <= chunk; i++)
    {
      Block *block = &self->blocks[i];

      if (block->changes != NULL || block->first_chunk != chunk)
        continue;
      block->n = 0;
      while (next < n_slices && slices[next].start_ns < self->starts[i])
        next++;
      for (; next < n_slices && slices[next].start_ns < self->starts[i + 1]; next++)
        {
          if (block->n == BLOCK_CHANGES)
            break;
          push_change (self, block,
                       pack (slices[next].start_ns - self->starts[i], slices[next].state,
                             slices[next].cpu));
        }
    }
}
