/* thread-track-private.h: the inside of a track, shared by thread-track.c, which changes
 * it, and thread-track-columns.c, which reads it for pictures. */
#pragma once
#include "thread-track.h"

G_BEGIN_DECLS

#define BLOCK_CHANGES 64

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

/* The last block that starts at or before @time_ns, searched upwards from @hint
 * in growing steps: columns ask in rising order. Never before block 0. */
static inline guint
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

G_END_DECLS
