/* thread-track-columns.c: the shares of many columns in one walk. In: a track, rising
 * times. Out: the time in every state between each two of them.
 *
 * A far view looks into every segment once, somewhere in memory, and waiting for that is
 * most of what it costs. So edges go through the steps in batches, and each step asks for
 * the memory that the next one reads. */
#include "thread-track-private.h"

/* As many fetches as a CPU has under way at once, and some more. */
#define BATCH 32
#define CACHE_LINE 64
/* Of a walk within a block: the longest there is, but in a block that joined two. */
#define FETCHED_CHANGES (BLOCK_CHANGES / 2)

/* Where an edge of columns lies. */
typedef struct
{
  guint64 time_ns;
  guint64 start_ns; /* of its block */
  guint64 row_ns;   /* where the nearest totals hold: that start, or the start of what follows */
  const guint64 *row;
  const Block *block;
  guint segment;
  guint guess; /* which block it may be */
  guint n_slots;
} Edge;

/* Where the search for edges has come to. */
typedef struct
{
  guint64 first_ns, last_ns; /* of the track */
  guint segment;
  guint step; /* how many segments lie between the last two edges */
  guint block;
  guint64 until_ns; /* where that block ends */
} Search;

/* A moment on the track and the time in every state up to it. */
typedef struct
{
  guint64 totals[N_TIMED];
  const Block *block;
  guint at;       /* the change that holds it */
  guint64 offset; /* of the moment within its block */
  gboolean known; /* else it is absent */
} Cursor;

/* --- edges ------------------------------------------------------------------ */

/* As find_segment(), but begins @step segments behind @hint: columns of a far view lie
 * about as far from each other as the last two. */
static inline guint
find_next_segment (const WeftThreadTrack *self, guint64 time_ns, guint hint, guint step)
{
  const guint64 *starts = self->starts;
  guint guess = MIN (hint + step, self->n_segments - 1);

  /* a few too far are a few steps back; the search below is for the others */
  for (guint i = 0; i < 8 && starts[guess] > time_ns && guess > hint; i++)
    guess--;
  return find_segment (self, time_ns, starts[guess] <= time_ns ? guess : hint);
}

static void
find_segments (const WeftThreadTrack *self, Search *search, const guint64 *times, Edge *edges,
               guint n)
{
  for (guint i = 0; i < n; i++)
    {
      guint64 time = CLAMP (times[i], search->first_ns, search->last_ns);
      guint next = find_next_segment (self, time, search->segment, search->step);

      edges[i].time_ns = time;
      edges[i].segment = next;
      search->step = next - search->segment;
      search->segment = next;
      __builtin_prefetch (&self->segments[next]);
    }
}

/* Changes lie about evenly in a segment: looks first where the time would be then. */
static inline guint
guess_block (const WeftThreadTrack *self, guint segment, guint64 time_ns)
{
  const Segment *in = &self->segments[segment];
  guint64 start = self->starts[segment], length;
  guint guess;

  if (in->n_blocks < 4 || segment + 1 == self->n_segments)
    return 0;
  length = self->starts[segment + 1] - start;
  guess = (guint)((double)(gint64)(time_ns - start) / (double)(gint64)length * in->n_blocks);
  return MIN (guess, in->n_blocks - 1);
}

static void
guess_blocks (const WeftThreadTrack *self, Edge *edges, guint n, guint segment)
{
  for (guint i = 0; i < n; segment = edges[i++].segment)
    if (edges[i].segment != segment)
      {
        edges[i].guess = guess_block (self, edges[i].segment, edges[i].time_ns);
        __builtin_prefetch (&self->segments[edges[i].segment].starts[edges[i].guess]);
      }
}

/* From where the walk within the block is shorter. Returns: where the block ends */
static inline guint64
find_row (const WeftThreadTrack *self, Edge *edge, guint block)
{
  const Segment *in = &self->segments[edge->segment];
  gboolean ends = block + 1 == in->n_blocks;
  guint64 next_ns;

  edge->block = &in->blocks[block];
  edge->row_ns = edge->start_ns = in->starts[block];
  edge->n_slots = in->n_slots;
  edge->row = &in->totals[(gsize)block * in->n_slots];
  if (ends && edge->segment + 1 == self->n_segments)
    return G_MAXUINT64;
  next_ns = ends ? self->starts[edge->segment + 1] : in->starts[block + 1];
  if (edge->time_ns <= next_ns - (edge->time_ns - edge->start_ns))
    return next_ns;
  edge->row_ns = next_ns;
  edge->n_slots = ends ? in[1].n_slots : in->n_slots;
  edge->row = ends ? in[1].totals : edge->row + in->n_slots;
  return next_ns;
}

static inline void
find_in_segment (const WeftThreadTrack *self, Search *search, Edge *edge, guint hint)
{
  const Segment *in = &self->segments[edge->segment];

  /* a guess is a few too far at most */
  for (guint i = 0; i < 4 && hint > 0 && in->starts[hint] > edge->time_ns; i++)
    hint--;
  search->block = find_block (in, edge->time_ns, hint);
  search->until_ns = find_row (self, edge, search->block);
  __builtin_prefetch (edge->block);
  __builtin_prefetch (edge->row);
  __builtin_prefetch (edge->row + edge->n_slots);
}

/* @last: the edge before them; another one of its block goes on from it. */
static void
find_blocks (const WeftThreadTrack *self, Search *search, const Edge *last, Edge *edges, guint n)
{
  for (guint i = 0; i < n; last = &edges[i++])
    if (edges[i].segment != last->segment)
      {
        find_in_segment (self, search, &edges[i], edges[i].guess);
      }
    else if (edges[i].time_ns >= search->until_ns)
      {
        find_in_segment (self, search, &edges[i], search->block);
      }
    else
      {
        edges[i].block = last->block;
        edges[i].start_ns = last->start_ns;
      }
}

static void
fetch_changes (const Edge *last, const Edge *edges, guint n)
{
  for (guint i = 0; i < n; last = &edges[i++])
    if (edges[i].block != last->block && edges[i].block->changes != NULL)
      {
        const Block *block = edges[i].block;
        guint length = MIN (FETCHED_CHANGES, block->n);
        guint from = edges[i].row_ns > edges[i].start_ns ? block->n - length : 0;

        for (guint at = 0; at < length; at += CACHE_LINE / sizeof (guint64))
          __builtin_prefetch (&block->changes[from + at]);
      }
}

/* Finds @n edges, which are not before @last, and sets that to the last of them. */
static void
find_edges (const WeftThreadTrack *self, Search *search, const guint64 *times, Edge *last,
            Edge *edges, guint n)
{
  find_segments (self, search, times, edges, n);
  guess_blocks (self, edges, n, last->segment);
  find_blocks (self, search, last, edges, n);
  fetch_changes (last, edges, n);
  *last = edges[n - 1];
}

/* --- totals ----------------------------------------------------------------- */

/* Goes on within the block to @end, which is not before. */
static inline void
cursor_walk (Cursor *self, guint64 end)
{
  const guint64 *changes = self->block->changes;
  guint64 from = self->offset;
  guint at = self->at;

  for (; at + 1u < self->block->n && change_offset (changes[at + 1]) <= end; at++)
    {
      guint64 next = change_offset (changes[at + 1]);

      add_time (self->totals, change_state (changes[at]), next - from);
      from = next;
    }
  add_time (self->totals, change_state (changes[at]), end - from);
  self->at = at;
  self->offset = end;
}

/* To @end from the block's end @to, where the totals hold. */
static inline void
cursor_walk_back (Cursor *self, guint64 to, guint64 end)
{
  const Block *block = self->block;
  guint at = block->n - 1u;

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

static inline void
cursor_enter (Cursor *self, const WeftThreadTrack *track, const Edge *edge, guint *absent)
{
  guint64 end = edge->time_ns - edge->start_ns;

  self->block = edge->block;
  if (self->block->changes == NULL)
    {
      self->known
          = weft_track_totals_at (track, edge->segment, edge->time_ns, self->totals, absent);
      return;
    }
  self->known = TRUE;
  self->at = 0;
  self->offset = 0;
  weft_track_read_row (track, edge->row, edge->n_slots, self->totals);
  if (edge->row_ns > edge->start_ns)
    cursor_walk_back (self, edge->row_ns - edge->start_ns, end);
  else
    cursor_walk (self, end);
}

/* To an edge that is not before. */
static inline void
cursor_go (Cursor *self, const WeftThreadTrack *track, const Edge *edge, guint *absent)
{
  if (self->block == edge->block && self->block->changes != NULL)
    cursor_walk (self, edge->time_ns - edge->start_ns);
  else
    cursor_enter (self, track, edge, absent);
}

static inline void
take_difference (WeftShares *shares, const Cursor *before, const Cursor *after)
{
  if (!before->known || !after->known)
    {
      memset (shares, 0, sizeof *shares);
      return;
    }
  for (guint s = 0; s < N_TIMED; s++)
    shares->ns[s] = after->totals[s] - before->totals[s];
  shares->ns[WEFT_STATE_EXITED] = 0;
}

static gboolean
count_columns (const WeftThreadTrack *self, const guint64 *times, gsize n_columns, guint64 edge_ns,
               WeftShares *shares, guint *absent)
{
  Search search = { self->starts[0], MAX (edge_ns, self->starts[0]), 0, 0, 0, 0 };
  Edge last = { .segment = G_MAXUINT };
  Cursor before, cursor = { .block = NULL };
  gboolean complete = TRUE;

  for (gsize i = 0; i <= n_columns; i += BATCH)
    {
      Edge edges[BATCH];
      guint n = (guint)MIN (BATCH, n_columns + 1 - i);

      find_edges (self, &search, &times[i], &last, edges, n);
      for (guint j = 0; j < n; j++)
        {
          before = cursor;
          cursor_go (&cursor, self, &edges[j], absent);
          complete = complete && cursor.known;
          if (i + j > 0)
            take_difference (&shares[i + j - 1], &before, &cursor);
        }
    }
  return complete;
}

/* Where something cannot be read, column by column: that is rare. */
static gboolean
count_each (const WeftThreadTrack *self, const guint64 *edges, gsize n_columns, guint64 edge_ns,
            WeftShares *shares, guint *absent)
{
  gboolean complete = TRUE;

  memset (shares, 0, n_columns * sizeof *shares);
  for (gsize i = 0; i < n_columns; i++)
    complete
        &= weft_thread_track_shares (self, edges[i], edges[i + 1], edge_ns, &shares[i], absent);
  return complete;
}

gboolean
weft_thread_track_columns (const WeftThreadTrack *self, const guint64 *edges, gsize n_columns,
                           guint64 edge_ns, WeftShares *shares, guint *absent)
{
  guint64 from = edges[0], to = edges[n_columns];

  if (self->past != NULL && self->past->find_gap (self->past->history, &from, &to))
    return count_each (self, edges, n_columns, edge_ns, shares, absent);
  return count_columns (self, edges, n_columns, edge_ns, shares, absent);
}
