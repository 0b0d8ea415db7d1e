/* ring-reader.c: see the header and ring.h. In: what the programs wrote into shared
 * memory. Out: one stream of records in the order of their times.
 *
 * The merge is a heap of rings by the time of their next record; the top is taken until
 * another ring's record is older. A ring whose next record is still being written leaves
 * the heap until the next drain.
 *
 * A loss is noted before its ring gets room back, and takes its turn in the merge: behind
 * what was written before it, and before what has been written since. */
#include "ring-reader.h"
#include <string.h>

/* Of losses that wait for their turn: the newest takes in what comes when there are more. */
#define MOST_LOSSES 32

typedef struct
{
  guint64 first_ns, last_ns, count;
} Loss;

typedef struct
{
  struct weft_ring *shared;
  struct weft_record *units;
  guint32 tail; /* ours; the shared one follows at the end of a drain */
  guint32 end;  /* where this drain ends */
  guint32 mark;
  guint32 records_seen;     /* the shared count of records, as of reserved */
  guint64 reserved;         /* the same, without wrapping */
  Loss losses[MOST_LOSSES]; /* noted and not told, the oldest first */
  guint n_losses;
  gboolean is_open;       /* the newest is of since room was last given */
  guint64 noted_until_ns; /* the newest loss, told or not */
  guint64 losses_told;    /* of those that were noted */
  guint64 losses_mark;    /* how many were noted at the mark */
} Ring;

typedef struct
{
  guint64 time_ns;
  Ring *ring;
} Next;

struct _WeftRingReader
{
  Ring *rings;
  guint n_rings;
  guint32 ring_units;
  Next *heap;
  guint n_heap;
  gsize needed;                        /* what the last drain had no room for */
  guint64 ends_ns[WEFT_KIND_MASK + 1]; /* of each kind; what is stamped later is dropped */
  guint64 discarded;                   /* for that reason */
  guint64 end_ns;                      /* of all */
  guint64 watched;                     /* kinds that watch_func is told of, a bit each */
  WeftRecordFunc watch_func;
  gpointer watch_data;
  guint64 delivered, told; /* records; of those lost */
};

WeftRingReader *
weft_ring_reader_new (struct weft_ring *rings, struct weft_record *units, guint n_rings,
                      guint32 ring_units)
{
  WeftRingReader *self = g_new0 (WeftRingReader, 1);

  self->rings = g_new0 (Ring, n_rings);
  self->heap = g_new0 (Next, n_rings);
  self->n_rings = n_rings;
  self->ring_units = ring_units;
  weft_ring_reader_end (self, G_MAXUINT64);
  for (guint i = 0; i < n_rings; i++)
    {
      self->rings[i].shared = &rings[i];
      self->rings[i].units = units + (gsize)i * ring_units;
    }
  return self;
}

void
weft_ring_reader_free (WeftRingReader *self)
{
  if (self == NULL)
    return;
  g_free (self->rings);
  g_free (self->heap);
  g_free (self);
}

static guint64
read_head (Ring *ring)
{
  guint64 head = __atomic_load_n (&ring->shared->head, __ATOMIC_SEQ_CST);

  /* Called often enough that the count cannot have wrapped in between. */
  ring->reserved += (guint32)((guint32)(head >> 32) - ring->records_seen);
  ring->records_seen = (guint32)(head >> 32);
  return head;
}

static struct weft_record *
unit_at (WeftRingReader *self, Ring *ring, guint32 position)
{
  return &ring->units[position & (self->ring_units - 1)];
}

/* Gives @count units back: their first words are 0 again, as a free unit's is. */
static void
free_units (WeftRingReader *self, Ring *ring, guint32 count)
{
  struct weft_record *units = unit_at (self, ring, ring->tail);

  for (guint32 i = 0; i < count; i++)
    units[i].time_ns = 0;
  ring->tail += count;
}

static guint32
next_units (WeftRingReader *self, Ring *ring)
{
  guint32 left = self->ring_units - (ring->tail & (self->ring_units - 1));

  return CLAMP (unit_at (self, ring, ring->tail)->units, 1, left); /* 0 would never end */
}

/* Time of the ring's next record, or of the loss that comes before it; 0 when there is
 * neither, or it is still being written. */
static guint64
next_time (WeftRingReader *self, Ring *ring)
{
  while (ring->tail != ring->end)
    {
      struct weft_record *next = unit_at (self, ring, ring->tail);
      guint64 time_ns = __atomic_load_n (&next->time_ns, __ATOMIC_ACQUIRE);

      if (time_ns == 0 || next->kind != WEFT_PAD)
        return ring->n_losses > 0 ? MIN (time_ns, ring->losses[0].last_ns) : time_ns;
      free_units (self, ring, next_units (self, ring));
    }
  return ring->n_losses > 0 ? ring->losses[0].last_ns : 0;
}

/* Moves the top of the heap down to its place. */
static void
sift_down (WeftRingReader *self, guint at)
{
  Next moving = self->heap[at];

  for (guint child = 2 * at + 1; child < self->n_heap; child = 2 * at + 1)
    {
      if (child + 1 < self->n_heap && self->heap[child + 1].time_ns < self->heap[child].time_ns)
        child++;
      if (moving.time_ns <= self->heap[child].time_ns)
        break;
      self->heap[at] = self->heap[child];
      at = child;
    }
  self->heap[at] = moving;
}

static gboolean
has_untold_loss (Ring *ring)
{
  return __atomic_load_n (&ring->shared->lost, __ATOMIC_ACQUIRE) != ring->shared->lost_told;
}

/* Of a loss that began after the newest one was noted, first_ns may still be that one's: no
 * loss begins before the end of the one before. Of two that raced for last_ns the earlier may
 * have won: no two end at one time. */
static void
note_loss (WeftRingReader *self, Ring *ring)
{
  struct weft_ring *shared = ring->shared;
  guint64 lost = __atomic_load_n (&shared->lost, __ATOMIC_ACQUIRE);
  guint64 first_ns = __atomic_load_n (&shared->first_ns, __ATOMIC_RELAXED);
  guint64 last_ns = __atomic_load_n (&shared->last_ns, __ATOMIC_RELAXED);
  Loss *loss;

  if (lost == shared->lost_told)
    return;
  last_ns = MAX (MIN (last_ns, self->end_ns), ring->noted_until_ns + 1);
  if (ring->n_losses == 0 || (!ring->is_open && ring->n_losses < MOST_LOSSES))
    ring->losses[ring->n_losses++]
        = (Loss){ .first_ns = CLAMP (first_ns, ring->noted_until_ns, last_ns) };
  loss = &ring->losses[ring->n_losses - 1];
  loss->count += lost - shared->lost_told;
  loss->last_ns = ring->noted_until_ns = last_ns;
  ring->is_open = TRUE;
  __atomic_store_n (&shared->lost_told, lost, __ATOMIC_RELEASE);
}

/* What is lost until a writer sees the room is part of the gap that ends with it. */
static void
give_room_back (WeftRingReader *self, Ring *ring)
{
  note_loss (self, ring);
  __atomic_store_n (&ring->shared->tail, ring->tail, __ATOMIC_RELEASE);
  note_loss (self, ring);
  ring->is_open = FALSE;
}

static void
build_heap (WeftRingReader *self)
{
  self->n_heap = 0;
  for (guint i = 0; i < self->n_rings; i++)
    {
      Ring *ring = &self->rings[i];
      guint64 time_ns;

      note_loss (self, ring);
      ring->end = (guint32)read_head (ring);
      time_ns = next_time (self, ring);
      if (time_ns != 0)
        self->heap[self->n_heap++] = (Next){ time_ns, ring };
    }
  for (guint i = self->n_heap / 2; i-- > 0;)
    sift_down (self, i);
}

/* When the ring at the top may go on without asking the others: their oldest time. */
static guint64
time_of_others (WeftRingReader *self)
{
  guint64 time_ns = G_MAXUINT64;

  for (guint i = 1; i <= 2 && i < self->n_heap; i++)
    time_ns = MIN (time_ns, self->heap[i].time_ns);
  return time_ns;
}

static void
take_record (WeftRingReader *self, Ring *ring, guint32 count, guint8 *to)
{
  guint8 kind = weft_record_kind (unit_at (self, ring, ring->tail));

  memcpy (to, unit_at (self, ring, ring->tail), (gsize)count * WEFT_UNIT_BYTES);
  free_units (self, ring, count);
  self->delivered++;
  if (G_UNLIKELY (self->watched != 0) && kind < 64 && self->watched >> kind & 1)
    self->watch_func ((const void *)to, self->watch_data);
}

/* Drops the next record when it is of after the end; whether it did. */
static gboolean
discard_record (WeftRingReader *self, Next *next, guint32 count)
{
  guint8 kind = weft_record_kind (unit_at (self, next->ring, next->ring->tail));

  if (next->time_ns <= self->ends_ns[kind])
    return FALSE;
  free_units (self, next->ring, count);
  self->discarded++;
  next->time_ns = next_time (self, next->ring);
  return TRUE;
}

static void
tell_loss (WeftRingReader *self, Ring *ring, guint8 *to)
{
  const Loss *loss = &ring->losses[0];
  const struct weft_record record
      = { .time_ns = loss->last_ns,
          .kind = WEFT_LOST,
          .units = 1,
          .cpu = (guint16)(ring - self->rings),
          .lost = { .count = loss->count, .first_ns = loss->first_ns } };

  memcpy (to, &record, sizeof record);
  self->told += loss->count;
  ring->losses_told++;
  ring->n_losses--;
  ring->is_open &= ring->n_losses > 0;
  memmove (ring->losses, ring->losses + 1, ring->n_losses * sizeof *loss);
}

/* Takes from the top while it is the oldest. FALSE when the buffer is full. */
static gboolean
take_run (WeftRingReader *self, guint8 *buffer, gsize bytes, gsize *used)
{
  guint64 until = time_of_others (self);
  Next *top = &self->heap[0];

  while (top->time_ns != 0 && top->time_ns <= until)
    {
      gboolean is_loss = top->ring->n_losses > 0 && top->time_ns == top->ring->losses[0].last_ns;
      guint32 count = is_loss ? 1 : next_units (self, top->ring);

      if (!is_loss && G_UNLIKELY (discard_record (self, top, count)))
        continue;
      if (bytes - *used < (gsize)count * WEFT_UNIT_BYTES)
        {
          self->needed = (gsize)count * WEFT_UNIT_BYTES;
          return FALSE;
        }
      if (is_loss)
        tell_loss (self, top->ring, buffer + *used);
      else
        take_record (self, top->ring, count, buffer + *used);
      *used += (gsize)count * WEFT_UNIT_BYTES;
      top->time_ns = next_time (self, top->ring);
    }
  if (top->time_ns == 0)
    *top = self->heap[--self->n_heap];
  sift_down (self, 0);
  return TRUE;
}

gsize
weft_ring_reader_drain (WeftRingReader *self, guint8 *buffer, gsize bytes)
{
  gsize used = 0;

  self->needed = 0;
  build_heap (self);
  while (self->n_heap > 0 && take_run (self, buffer, bytes, &used))
    ;
  for (guint i = 0; i < self->n_rings; i++)
    give_room_back (self, &self->rings[i]);
  return used;
}

void
weft_ring_reader_end (WeftRingReader *self, guint64 end_ns)
{
  self->end_ns = end_ns;
  for (guint i = 0; i < G_N_ELEMENTS (self->ends_ns); i++)
    self->ends_ns[i] = end_ns;
}

void
weft_ring_reader_set_end (WeftRingReader *self, guint64 kinds, guint64 end_ns)
{
  for (guint i = 0; i < 64; i++)
    if (kinds >> i & 1)
      self->ends_ns[i] = end_ns;
}

void
weft_ring_reader_set_watch (WeftRingReader *self, guint64 kinds, WeftRecordFunc func,
                            gpointer user_data)
{
  self->watched = kinds;
  self->watch_func = func;
  self->watch_data = user_data;
}

gsize
weft_ring_reader_get_needed (WeftRingReader *self)
{
  return self->needed;
}

void
weft_ring_reader_mark (WeftRingReader *self)
{
  for (guint i = 0; i < self->n_rings; i++)
    {
      Ring *ring = &self->rings[i];

      note_loss (self, ring);
      ring->losses_mark = ring->losses_told + ring->n_losses;
      ring->mark = (guint32)read_head (ring);
    }
}

gboolean
weft_ring_reader_has_passed_mark (WeftRingReader *self)
{
  for (guint i = 0; i < self->n_rings; i++)
    {
      Ring *ring = &self->rings[i];

      if ((gint32)(ring->tail - ring->mark) < 0 || ring->losses_told < ring->losses_mark)
        return FALSE;
    }
  return TRUE;
}

gsize
weft_ring_reader_get_pending (WeftRingReader *self)
{
  gsize pending = 0;

  for (guint i = 0; i < self->n_rings; i++)
    {
      Ring *ring = &self->rings[i];

      pending += (guint32)((guint32)read_head (ring) - ring->tail) + ring->n_losses
                 + has_untold_loss (ring);
    }
  return pending * WEFT_UNIT_BYTES;
}

guint64
weft_ring_reader_get_reserved (WeftRingReader *self)
{
  guint64 reserved = 0;

  for (guint i = 0; i < self->n_rings; i++)
    {
      read_head (&self->rings[i]);
      reserved += self->rings[i].reserved;
    }
  return reserved - self->discarded;
}

guint64
weft_ring_reader_get_delivered (WeftRingReader *self)
{
  return self->delivered;
}

guint64
weft_ring_reader_get_told (WeftRingReader *self)
{
  return self->told;
}

guint64
weft_ring_reader_get_lost (WeftRingReader *self)
{
  guint64 lost = 0;

  for (guint i = 0; i < self->n_rings; i++)
    lost += __atomic_load_n (&self->rings[i].shared->lost, __ATOMIC_ACQUIRE);
  return lost;
}
