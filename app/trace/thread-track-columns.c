/* thread-track-columns.c: the shares of many columns in one walk. In: a track, rising
 * times. Out: the time in every state between each two of them. */
#include "thread-track-private.h"
#include <string.h>

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
