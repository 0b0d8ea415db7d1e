/* thread-totals-code.c: see the header. Each function is both directions: what the coder
 * returns is what stands there, written or read. */
#include "thread-totals-code.h"
#include "packed-numbers.h"
#include <string.h>

#define STATE_BITS 5
G_STATIC_ASSERT (WEFT_N_STATES <= 1 << STATE_BITS);

/* Of times: those within grains, and those before the chunk. */
typedef struct
{
  WeftBitModel any[2];                   /* by whether there were any in the grain before */
  WeftBitModel filled[2];                /* the same of this */
  WeftBitModel present[WEFT_N_TIMED][2]; /* the same of the state */
  WeftNumberModel ns[WEFT_N_TIMED];
  gboolean was_filled;
} ShareModels;

typedef struct
{
  WeftBitModel state[1 << STATE_BITS];
  WeftBitModel same_cpu;
  WeftNumberModel cpu, since;
} PlaceModels;

/* The times of one grain, or of several. */
typedef struct
{
  WeftShares *shares;
  guint32 present; /* the states that have any */
} Part;

struct _WeftTotalsCode
{
  WeftBitCoder bits;
  GByteArray *out; /* NULL: it reads */
  GBytes *in;      /* not owned */

  guint n_heads;
  guint64 thread; /* of the line before */
  guint64 life;   /* up to the first moment, of the line before */
  WeftNumberModel moments, threads, ids, first, changes, lives;
  WeftBitModel same_life;
  WeftBitModel ever[WEFT_N_TIMED];
  PlaceModels before, after;
  ShareModels within, earlier;
};

WeftTotalsCode *
weft_totals_code_new (GBytes *bytes)
{
  WeftTotalsCode *self = g_new0 (WeftTotalsCode, 1);

  self->in = bytes;
  if (bytes != NULL)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (bytes, &size);

      self->bits = weft_bit_coder_read (data, size);
      return self;
    }
  self->out = g_byte_array_new ();
  self->bits = weft_bit_coder_write (self->out);
  return self;
}

void
weft_totals_code_free (WeftTotalsCode *self)
{
  g_clear_pointer (&self->out, g_byte_array_unref);
  g_free (self);
}

/* A number that may be below 0: @number - @from. */
static guint64
code_distance (WeftTotalsCode *self, WeftNumberModel *model, guint64 from, guint64 number)
{
  guint64 folded = weft_fold_sign ((gint64)(number - from));

  return from + (guint64)weft_unfold_sign (weft_bit_coder_number (&self->bits, model, folded));
}

gboolean
weft_totals_code_begin (WeftTotalsCode *self, WeftGrains *grains, guint *n_threads)
{
  guint64 n = weft_bit_coder_number (&self->bits, &self->moments, grains->n), time_ns = 0, threads;

  if (self->bits.overrun || n < 2 || n > WEFT_MOST_GRAINS)
    return FALSE;
  if (self->out == NULL)
    *grains = (WeftGrains){ g_new0 (guint64, n), (guint)n };
  for (guint i = 0; i < n; i++)
    {
      guint64 distance
          = weft_bit_coder_number (&self->bits, &self->moments, grains->times[i] - time_ns);

      if (distance > G_MAXINT64 - time_ns)
        return FALSE;
      grains->times[i] = time_ns += distance;
    }
  threads = weft_bit_coder_number (&self->bits, &self->threads, *n_threads);
  *n_threads = (guint)MIN (threads, G_MAXUINT);
  return !self->bits.overrun && threads <= WEFT_MOST_GRAIN_ROWS / n;
}

static void
code_place (WeftTotalsCode *self, PlaceModels *models, WeftTrackBefore *place, guint64 from_ns,
            guint16 likely_cpu)
{
  guint state = weft_bit_coder_symbol (&self->bits, models->state, STATE_BITS, place->state);

  self->bits.overrun |= state >= WEFT_N_STATES;
  place->state = (WeftState)state;
  if (weft_bit_coder_bit (&self->bits, &models->same_cpu, place->cpu == likely_cpu))
    place->cpu = likely_cpu;
  else
    place->cpu = (guint16)weft_bit_coder_number (&self->bits, &models->cpu, place->cpu);
  place->since_ns = code_distance (self, &models->since, from_ns, place->since_ns);
}

/* The states that have time in @shares. */
static guint32
list_states (const WeftShares *shares)
{
  guint32 present = 0;

  for (guint state = 0; state < WEFT_N_TIMED; state++)
    present |= (guint32)(shares->ns[state] != 0) << state;
  return present;
}

static guint64
sum_of (const WeftShares *shares, guint32 present)
{
  guint64 sum = 0;

  for (; present != 0; present &= present - 1)
    sum += shares->ns[__builtin_ctz (present)];
  return sum;
}

/* The states that have any time in a line. */
static guint32
code_ever (WeftTotalsCode *self, const WeftShares *shares, guint n_grains)
{
  guint32 ever = 0, told = 0;

  for (guint i = 0; self->out != NULL && i < n_grains; i++)
    ever |= list_states (&shares[i]);
  for (guint state = 0; state < WEFT_N_TIMED; state++)
    told |= weft_bit_coder_bit (&self->bits, &self->ever[state], ever >> state & 1) << state;
  return told;
}

/* Those of @ever that are @present, as many were @before. */
static guint32
code_present (WeftTotalsCode *self, ShareModels *models, guint32 present, guint32 before,
              guint32 ever)
{
  guint32 told = 0;

  for (; ever != 0; ever &= ever - 1)
    {
      guint state = (guint)__builtin_ctz (ever);
      WeftBitModel *model = &models->present[state][before >> state & 1];

      told |= weft_bit_coder_bit (&self->bits, model, present >> state & 1) << state;
    }
  return told;
}

/* Whose time is the rest: the one with the most time before, or the last. */
static guint
choose_rest (guint32 present, const WeftShares *before)
{
  guint chosen = WEFT_N_TIMED;

  for (; present != 0; present &= present - 1)
    {
      guint state = (guint)__builtin_ctz (present);

      if (chosen == WEFT_N_TIMED || before->ns[state] >= before->ns[chosen])
        chosen = state;
    }
  return chosen;
}

/* @length_ns: what their sum is as a rule; @before: that they resemble */
static void
code_shares (WeftTotalsCode *self, ShareModels *models, Part *part, const Part *before,
             guint64 length_ns, guint32 ever)
{
  WeftShares *shares = part->shares;
  guint32 present = self->out != NULL ? list_states (shares) : 0;
  guint rest = WEFT_N_TIMED;
  guint64 told_ns = 0;

  part->present = 0;
  if (!weft_bit_coder_bit (&self->bits, &models->any[before->present != 0], present != 0))
    return;
  models->was_filled = weft_bit_coder_bit (&self->bits, &models->filled[models->was_filled],
                                           sum_of (shares, present) == length_ns);
  part->present = code_present (self, models, present, before->present, ever);
  if (models->was_filled)
    rest = choose_rest (part->present, before->shares);
  for (guint32 left = part->present; left != 0; left &= left - 1)
    {
      guint state = (guint)__builtin_ctz (left);

      if (state == rest)
        continue;
      shares->ns[state]
          = weft_bit_coder_number (&self->bits, &models->ns[state], shares->ns[state]);
      told_ns += shares->ns[state];
    }
  self->bits.overrun |= rest != WEFT_N_TIMED && told_ns > length_ns;
  if (rest != WEFT_N_TIMED)
    shares->ns[rest] = length_ns - told_ns;
}

/* What the time before the chunk adds up to is the thread's age: that of many others too. */
static guint64
code_life (WeftTotalsCode *self, guint64 life)
{
  if (!weft_bit_coder_bit (&self->bits, &self->same_life, life == self->life))
    self->life = weft_bit_coder_number (&self->bits, &self->lives, life);
  return self->life;
}

gboolean
weft_totals_code_head (WeftTotalsCode *self, const WeftGrains *grains, WeftTotalsHead *head)
{
  guint64 begin_ns = grains->times[0], end_ns = grains->times[grains->n - 1];
  guint64 distance = weft_bit_coder_number (&self->bits, &self->ids, head->thread - self->thread);

  if (distance > G_MAXINT32 - self->thread || (self->n_heads > 0 && distance == 0))
    return FALSE;
  head->thread = (guint)(self->thread += distance);
  self->n_heads++;
  code_place (self, &self->before, &head->before, begin_ns, 0);
  code_place (self, &self->after, &head->after, end_ns, head->before.cpu);
  head->first_ns = code_distance (self, &self->first, begin_ns, head->first_ns);
  head->n_changes = weft_bit_coder_number (&self->bits, &self->changes, head->n_changes);
  return !self->bits.overrun;
}

gboolean
weft_totals_code_times (WeftTotalsCode *self, const WeftGrains *grains, WeftShares *shares)
{
  WeftShares sums = { { 0 } };
  Part all = { &sums, 0 }, before = all, part;
  guint64 life;
  guint32 ever;

  if (self->out == NULL)
    memset (shares, 0, grains->n * sizeof *shares);
  ever = code_ever (self, shares, grains->n);
  for (guint i = 1; i < grains->n; i++, before = part)
    {
      part.shares = &shares[i];
      code_shares (self, &self->within, &part, &before, grains->times[i] - grains->times[i - 1],
                   ever);
      for (guint32 left = part.present; left != 0; left &= left - 1)
        sums.ns[__builtin_ctz (left)] += shares[i].ns[__builtin_ctz (left)];
      all.present |= part.present;
    }
  life = code_life (self, sum_of (&shares[0], ever));
  part.shares = &shares[0];
  code_shares (self, &self->earlier, &part, &all, life, ever);
  return !self->bits.overrun;
}

GBytes *
weft_totals_code_end (WeftTotalsCode *self)
{
  if (!weft_bit_coder_end (&self->bits))
    return NULL;
  return self->out != NULL ? g_byte_array_free_to_bytes (g_steal_pointer (&self->out))
                           : g_bytes_ref (self->in);
}
