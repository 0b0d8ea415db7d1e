/* thread-track-private.h: the inside of a track, shared by thread-track-segments.c, which
 * has its memory, thread-track.c, which appends to it and cuts it, thread-track-late.c, which
 * inserts, thread-track-past.c, which lets segments go and takes them back, and
 * thread-track-columns.c, which reads it for pictures.
 *
 * A track is a list of segments in order of time: the head, which is its first state and
 * belongs to no chunk; one for each chunk in which it changes; and holes, each of which
 * stands for the absent segments of one or several chunks. The last state of a segment
 * lasts until the next one starts. */
#pragma once
#include <string.h>
#include "find-start.h"
#include "thread-track.h"

G_BEGIN_DECLS

#define BLOCK_CHANGES 64

/* A change: 42 bits of ns since the block's start (73 minutes), 6 of state, 16 of CPU. */
#define OFFSET_SHIFT 22
#define OFFSET_MAX ((G_GUINT64_CONSTANT (1) << (64 - OFFSET_SHIFT)) - 1)
G_STATIC_ASSERT (WEFT_N_STATES <= 32); /* bits of slotted, too */

/* The states that time is counted for: what comes after the exit is nobody's. */
#define N_TIMED WEFT_STATE_EXITED
G_STATIC_ASSERT (WEFT_STATE_EXITED == WEFT_N_STATES - 1);

typedef struct
{
  guint64 *changes; /* NULL: this is all that is left of a hole */
  guint8 n;
  guint8 capacity;
} Block;

/* One piece of memory has the starts, the blocks and the totals, in this order: what a far
 * view asks of a segment is near together, and a search for a start stays in the cache. */
typedef struct
{
  guint64 *starts; /* of each block; the piece */
  Block *blocks;
  guint64 *totals; /* of each block a row of n_slots: time in each state before the block */
  guint n_blocks;  /* at least 1; a hole has one */
  guint allocated;
  guint32 first, last;    /* the chunk it is of; of a hole: from the first to the last one */
  guint8 n_slots;         /* the track's when the segment was written */
  gboolean starts_late;   /* of a hole: it starts before the first change that is absent */
  WeftTrackBefore before; /* not of a hole */
} Segment;

/* What an append reads lies together. */
struct _WeftThreadTrack
{
  guint64 *starts; /* of each segment */
  Segment *segments;
  guint n_segments; /* at least 1 */
  guint allocated;
  guint64 n_changes;
  gsize bytes;
  guint64 last_ns;
  WeftState last_state;
  guint16 last_cpu;

  guint id;
  guint revision;
  guint n_holes;
  const WeftTrackPast *past;
  WeftChunkSet chunks; /* those in which it changes, absent ones too */
  /* Most threads are ever in six states or fewer: totals have a slot for each that had some
   * time, in order of the first total that told so. */
  guint32 slotted; /* bits of the states that have one */
  guint8 n_slots;
  guint8 slot_states[N_TIMED];
};

/* What the C library needs for a piece of memory besides the piece. */
#define PIECE_BYTES 16

static inline guint64
pack (guint64 offset, WeftState state, guint16 cpu)
{
  return offset << OFFSET_SHIFT | (guint64)state << 16 | cpu;
}

static inline guint64
change_offset (guint64 change)
{
  return change >> OFFSET_SHIFT;
}

static inline WeftState
change_state (guint64 change)
{
  return (WeftState)(change >> 16 & 0x3f);
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

static inline gboolean
is_hole (const Segment *segment)
{
  return segment->blocks[0].changes == NULL;
}

static inline guint
find_segment (const WeftThreadTrack *self, guint64 time_ns, guint hint)
{
  return weft_find_start (self->starts, self->n_segments, time_ns, hint);
}

static inline guint
find_block (const Segment *segment, guint64 time_ns, guint hint)
{
  return weft_find_start (segment->starts, segment->n_blocks, time_ns, hint);
}

/* Whether that segment or one behind it is absent. */
static inline gboolean
weft_track_has_hole_from (const WeftThreadTrack *self, guint segment)
{
  for (; self->n_holes > 0 && segment < self->n_segments; segment++)
    if (is_hole (&self->segments[segment]))
      return TRUE;
  return FALSE;
}

/* The last change of @block at or before @offset. */
static inline guint
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

/* What a row of totals says. @totals: N_TIMED */
static inline void
weft_track_read_row (const WeftThreadTrack *self, const guint64 *row, guint n_slots,
                     guint64 *totals)
{
  memset (totals, 0, N_TIMED * sizeof *totals);
  for (guint slot = 0; slot < n_slots; slot++)
    totals[self->slot_states[slot]] = row[slot];
}

/* The time in every state from the track's start to that of a block. */
static inline void
weft_track_get_block_totals (const WeftThreadTrack *self, const Segment *segment, guint block,
                             guint64 *totals)
{
  weft_track_read_row (self, &segment->totals[(gsize)block * segment->n_slots], segment->n_slots,
                       totals);
}

/* thread-track-segments.c */
/* Its blocks may move. @totals: N_TIMED */
void weft_track_set_block_totals (WeftThreadTrack *self, Segment *segment, guint block,
                                  const guint64 *totals);
/* Adds the time that the block's changes tell, from its start to @end_ns. */
void weft_track_add_block_time (const Block *block, guint64 start_ns, guint64 end_ns,
                                guint64 *totals);
/* A segment without a block yet. */
Segment *weft_track_insert_segment (WeftThreadTrack *self, guint at, guint first, guint last);
/* A block without changes. Others of the segment move. */
Block *weft_track_insert_block (WeftThreadTrack *self, guint segment, guint at, guint64 start_ns,
                                const guint64 *totals);
void weft_track_push_change (WeftThreadTrack *self, Block *block, guint64 change);
/* Its blocks and their changes; it stays in the list. */
void weft_track_clear_segment (WeftThreadTrack *self, Segment *segment);
void weft_track_remove_segment (WeftThreadTrack *self, guint at);
void weft_track_drop_changes (WeftThreadTrack *self, Block *block);
/* The segment gives back the room it will not use. */
void weft_track_fit (WeftThreadTrack *self, Segment *segment);

/* thread-track-past.c: the time in every state from the track's start to @time_ns, which
 * lies in segment @at; FALSE when that is a hole that does not tell. */
gboolean weft_track_totals_at (const WeftThreadTrack *self, guint at, guint64 time_ns,
                               guint64 *totals, guint *absent);

G_END_DECLS
