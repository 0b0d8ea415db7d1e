/* thread-totals.c: see the header. What is made of a table has a row of packed numbers for
 * each thread: before, after, the first change, the number of changes, the times in the
 * states up to the chunk, then those within each grain. Times are told of states that have
 * some only. */
#include "thread-totals.h"
#include "packed-numbers.h"
#include "thread-totals-code.h"

/* What the rows of a chunk take at most: they take less. */
#define MOST_BYTES (64u << 20)

struct _WeftThreadTotals
{
  WeftGrains grains;
  guint n_threads;
  guint *threads; /* rising ids */
  guint *starts;  /* where the row of each begins; n_threads + 1 */
  GByteArray *rows;
};

/* --- to a table ------------------------------------------------------------- */

/* (element-type WeftTotalsHead): of those of @tracks that have a segment of the chunk; @with:
 * (element-type WeftThreadTrack): they */
static GArray *
list_heads (GPtrArray *tracks, guint chunk, GPtrArray *with)
{
  GArray *heads = g_array_new (FALSE, FALSE, sizeof (WeftTotalsHead));

  for (guint i = 0; i < tracks->len; i++)
    {
      WeftThreadTrack *track = g_ptr_array_index (tracks, i);
      WeftTrackSegment segment;
      WeftTotalsHead head;

      if (!weft_thread_track_tell_segment (track, chunk, &segment))
        continue;
      head = (WeftTotalsHead){ weft_thread_track_get_id (track), segment.before, segment.after,
                               segment.first_ns, segment.n };
      g_array_append_val (heads, head);
      g_ptr_array_add (with, track);
    }
  return heads;
}

static void
list_shares (const WeftThreadTrack *track, const WeftGrains *grains, WeftShares *shares)
{
  guint absent;

  weft_thread_track_get_totals (track, grains->times[0], &shares[0]);
  weft_thread_track_columns (track, grains->times, grains->n - 1, grains->times[grains->n - 1],
                             shares + 1, &absent);
}

GBytes *
weft_thread_totals_pack (GPtrArray *tracks, guint chunk, const WeftGrains *grains)
{
  g_autoptr (WeftTotalsCode) code = weft_totals_code_new (NULL);
  g_autoptr (GPtrArray) with = g_ptr_array_new ();
  g_autoptr (GArray) heads = list_heads (tracks, chunk, with);
  g_autofree WeftShares *shares = g_new0 (WeftShares, grains->n);
  WeftGrains moments = *grains;
  guint n = heads->len;

  weft_totals_code_begin (code, &moments, &n);
  for (guint i = 0; i < heads->len; i++)
    weft_totals_code_head (code, grains, &g_array_index (heads, WeftTotalsHead, i));
  for (guint i = 0; i < with->len; i++)
    {
      list_shares (g_ptr_array_index (with, i), grains, shares);
      weft_totals_code_times (code, grains, shares);
    }
  return weft_totals_code_end (code);
}

/* --- and back ----------------------------------------------------------------- */

static void
put_shares (GByteArray *bytes, const WeftShares *shares)
{
  guint8 packed[(WEFT_N_TIMED + 1) * WEFT_NUMBER_BYTES], *at;
  guint64 present = 0;

  for (guint state = 0; state < WEFT_N_TIMED; state++)
    present |= (guint64)(shares->ns[state] != 0) << state;
  at = weft_pack_number (packed, present);
  for (; present != 0; present &= present - 1)
    at = weft_pack_number (at, shares->ns[__builtin_ctzll (present)]);
  g_byte_array_append (bytes, packed, (guint)(at - packed));
}

static void
put_place (GByteArray *bytes, const WeftTrackBefore *place, guint64 from_ns)
{
  weft_put_number (bytes, place->state);
  weft_put_number (bytes, place->cpu);
  weft_put_number (bytes, weft_fold_sign ((gint64)(from_ns - place->since_ns)));
}

static void
put_head (GByteArray *bytes, const WeftTotalsHead *head, const WeftGrains *grains)
{
  put_place (bytes, &head->before, grains->times[0]);
  put_place (bytes, &head->after, grains->times[0]);
  weft_put_number (bytes, weft_fold_sign ((gint64)(head->first_ns - grains->times[0])));
  weft_put_number (bytes, head->n_changes);
}

static gboolean
read_heads (WeftThreadTotals *self, WeftTotalsCode *code, WeftTotalsHead *heads)
{
  self->threads = g_new (guint, self->n_threads);
  for (guint i = 0; i < self->n_threads; i++)
    {
      heads[i] = (WeftTotalsHead){ 0 };
      if (!weft_totals_code_head (code, &self->grains, &heads[i]))
        return FALSE;
      self->threads[i] = heads[i].thread;
    }
  return TRUE;
}

/* @code: (nullable): there are no times then */
static gboolean
read_rows (WeftThreadTotals *self, WeftTotalsCode *code, const WeftTotalsHead *heads)
{
  g_autofree WeftShares *shares = g_new0 (WeftShares, self->grains.n);

  self->starts = g_new (guint, self->n_threads + 1);
  for (guint i = 0; i < self->n_threads; i++)
    {
      self->starts[i] = self->rows->len;
      if (self->rows->len > MOST_BYTES
          || (code != NULL && !weft_totals_code_times (code, &self->grains, shares)))
        return FALSE;
      put_head (self->rows, &heads[i], &self->grains);
      for (guint grain = 0; grain < (code != NULL ? self->grains.n : 1); grain++)
        put_shares (self->rows, &shares[grain]);
    }
  self->starts[self->n_threads] = self->rows->len;
  return TRUE;
}

static gboolean
read_table (WeftThreadTotals *self, GBytes *table, gboolean with_times)
{
  g_autoptr (WeftTotalsCode) code = weft_totals_code_new (table);
  g_autofree WeftTotalsHead *heads = NULL;
  g_autoptr (GBytes) whole = NULL;

  if (!weft_totals_code_begin (code, &self->grains, &self->n_threads))
    return FALSE;
  heads = g_new (WeftTotalsHead, self->n_threads);
  if (!read_heads (self, code, heads) || !read_rows (self, with_times ? code : NULL, heads))
    return FALSE;
  if (!with_times)
    return TRUE;
  whole = weft_totals_code_end (code);
  return whole != NULL;
}

static WeftThreadTotals *
new_totals (GBytes *table, gboolean with_times)
{
  WeftThreadTotals *self = g_new0 (WeftThreadTotals, 1);

  self->rows = g_byte_array_new ();
  if (read_table (self, table, with_times))
    return self;
  weft_thread_totals_free (self);
  return NULL;
}

WeftThreadTotals *
weft_thread_totals_new (GBytes *table)
{
  return new_totals (table, TRUE);
}

WeftThreadTotals *
weft_thread_totals_new_without_times (GBytes *table)
{
  return new_totals (table, FALSE);
}

void
weft_thread_totals_free (WeftThreadTotals *self)
{
  if (self == NULL)
    return;
  g_free (self->grains.times);
  g_free (self->threads);
  g_free (self->starts);
  g_byte_array_unref (self->rows);
  g_free (self);
}

gsize
weft_thread_totals_get_bytes (const WeftThreadTotals *self)
{
  return sizeof *self + self->rows->len
         + self->n_threads * (sizeof *self->threads + sizeof *self->starts)
         + self->grains.n * sizeof *self->grains.times;
}

guint
weft_thread_totals_count (const WeftThreadTotals *self)
{
  return self->n_threads;
}

const WeftGrains *
weft_thread_totals_get_grains (const WeftThreadTotals *self)
{
  return &self->grains;
}

guint
weft_grains_find (const WeftGrains *self, guint64 time_ns)
{
  guint low = 0, high = self->n;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (self->times[middle] < time_ns)
        low = middle + 1;
      else
        high = middle;
    }
  return low < self->n && self->times[low] == time_ns ? low : self->n;
}

guint
weft_thread_totals_get_thread (const WeftThreadTotals *self, guint at)
{
  return self->threads[at];
}

static void
add_shares (WeftNumbers *in, WeftShares *shares)
{
  guint64 present = weft_get_number (in);

  if (present >> WEFT_N_TIMED)
    in->overrun = TRUE;
  for (; present != 0 && !in->overrun; present &= present - 1)
    shares->ns[__builtin_ctzll (present)] += weft_get_number (in);
}

static void
get_state (WeftNumbers *in, WeftTrackBefore *state, guint64 from_ns)
{
  guint64 number = weft_get_number (in);

  in->overrun |= number >= WEFT_N_STATES;
  state->state = (WeftState)number;
  state->cpu = (guint16)weft_get_number (in);
  state->since_ns = from_ns - (guint64)weft_unfold_sign (weft_get_number (in));
}

/* Where @thread is in the directory, or n_threads. */
static guint
find_thread (const WeftThreadTotals *self, guint thread)
{
  guint low = 0, high = self->n_threads;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (self->threads[middle] < thread)
        low = middle + 1;
      else
        high = middle;
    }
  return low < self->n_threads && self->threads[low] == thread ? low : self->n_threads;
}

gboolean
weft_thread_totals_get (const WeftThreadTotals *self, guint thread, guint grain, WeftTotalsRow *row)
{
  guint at = find_thread (self, thread);
  WeftNumbers in;

  if (at == self->n_threads || grain >= self->grains.n)
    return FALSE;
  in = (WeftNumbers){ self->rows->data + self->starts[at], self->rows->data + self->starts[at + 1],
                      FALSE };
  *row = (WeftTotalsRow){ 0 };
  get_state (&in, &row->before, self->grains.times[0]);
  get_state (&in, &row->after, self->grains.times[0]);
  row->first_ns = self->grains.times[0] + (guint64)weft_unfold_sign (weft_get_number (&in));
  row->n_changes = weft_get_number (&in);
  for (guint i = 0; i <= grain; i++)
    add_shares (&in, &row->totals);
  return !in.overrun;
}
