/* activity.c: see the header. Time is cut into bins, twice as long each time there are
 * too many of them. Those of sealed history stay as they were counted, and who ended before
 * them is not looked at again: until a record tells of that time after all, or bins of
 * twice the length begin elsewhere. Then all behind that moment is counted again, with who
 * ended since. So the bins are always those of a count of everything. */
#include "activity.h"
#include "history.h"
#include <math.h>
#include <string.h>

#define MOST_BINS 480
#define LEAST_BIN_NS (G_GUINT64_CONSTANT (1000000))
/* What comes late is counted for so long as a matter of course. */
#define LATE_NS (G_GUINT64_CONSTANT (1000000000))

typedef struct
{
  guint64 running_ns;
  gboolean lost;
} Bin;

/* One that cannot run behind a moment. */
typedef struct
{
  guint thread;
  guint64 until_ns;
} Ended;

struct _WeftActivity
{
  WeftTraceStore *store;
  guint64 start_ns, edge_ns, sealed_ns;
  guint64 generation; /* of the store */
  guint64 bin_ns;
  Bin bins[MOST_BINS];
  guint64 edges[MOST_BINS + 1]; /* where the bins begin and end in truth: history.h */
  guint n_bins;                 /* with the one that the edge is in */
  guint n_settled;              /* of these: they stay as they are */
  guint n_cpus;
  GArray *threads; /* ids of those that may run behind the settled ones */
  GArray *ended;   /* Ended: the others, by time */
  guint n_known;   /* so many threads were looked at */
  guint64 n_looks;
};

WeftActivity *
weft_activity_new (WeftTraceStore *store)
{
  WeftActivity *self = g_atomic_rc_box_new0 (WeftActivity);

  self->store = g_object_ref (store);
  self->threads = g_array_new (FALSE, FALSE, sizeof (guint));
  self->ended = g_array_new (FALSE, FALSE, sizeof (Ended));
  self->bin_ns = LEAST_BIN_NS;
  return self;
}

WeftActivity *
weft_activity_ref (WeftActivity *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
activity_clear (gpointer data)
{
  WeftActivity *self = data;

  g_object_unref (self->store);
  g_array_unref (self->threads);
  g_array_unref (self->ended);
}

void
weft_activity_unref (WeftActivity *self)
{
  g_atomic_rc_box_release_full (self, activity_clear);
}

guint64
weft_activity_count_looks (const WeftActivity *self)
{
  return self->n_looks;
}

/* --- bins ------------------------------------------------------------------- */

static guint64
bin_begin (const WeftActivity *self, guint bin)
{
  return self->start_ns + bin * self->bin_ns;
}

static void
forget (WeftActivity *self)
{
  self->bin_ns = LEAST_BIN_NS;
  self->n_bins = self->n_settled = self->n_known = 0;
  g_array_set_size (self->threads, 0);
  g_array_set_size (self->ended, 0);
}

/* Bins from @n on are counted again, and who ended behind its begin with them. */
static void
unsettle (WeftActivity *self, guint n)
{
  if (n >= self->n_settled)
    return;
  self->n_settled = n;
  while (self->ended->len > 0)
    {
      const Ended *last = &g_array_index (self->ended, Ended, self->ended->len - 1);

      if (n > 0 && last->until_ns <= self->edges[n])
        return;
      g_array_append_val (self->threads, last->thread);
      g_array_set_size (self->ended, self->ended->len - 1);
    }
}

/* Bins stay that end before a moment, both where they should and where they do. */
static void
unsettle_from (WeftActivity *self, guint64 time_ns)
{
  guint n = 0;

  while (n < self->n_settled && self->edges[n + 1] < time_ns && bin_begin (self, n + 1) <= time_ns)
    n++;
  unsettle (self, n);
}

/* An odd one at the end of the settled ones is counted again. */
static void
merge_bins (WeftActivity *self)
{
  unsettle (self, self->n_settled & ~1u);
  self->bin_ns *= 2;
  self->n_settled /= 2;
  for (guint i = 0; i < self->n_settled; i++)
    {
      self->bins[i] = (Bin){ self->bins[2 * i].running_ns + self->bins[2 * i + 1].running_ns,
                             self->bins[2 * i].lost || self->bins[2 * i + 1].lost };
      self->edges[i + 1] = self->edges[2 * i + 2];
    }
}

/* The bins reach the edge then. */
static void
stretch (WeftActivity *self)
{
  guint64 length = self->edge_ns > self->start_ns ? self->edge_ns - self->start_ns : 0;

  while (length > MOST_BINS * self->bin_ns)
    merge_bins (self);
  self->n_bins = (guint)((length + self->bin_ns - 1) / self->bin_ns);
}

/* Those that were counted between other edges are not settled. */
static void
place_edges (WeftActivity *self)
{
  guint64 edges[MOST_BINS + 1];
  guint same = 0;

  for (guint bin = 0; bin <= self->n_bins; bin++)
    edges[bin] = MIN (bin_begin (self, bin), MAX (self->edge_ns, self->start_ns));
  weft_history_snap_sealed (self->store, edges, self->n_bins + 1, self->bin_ns);
  if (edges[0] == self->edges[0])
    while (same < self->n_settled && edges[same + 1] == self->edges[same + 1])
      same++;
  unsettle (self, same);
  memcpy (self->edges, edges, (self->n_bins + 1) * sizeof *edges);
}

/* --- counting --------------------------------------------------------------- */

static void
add_losses (WeftActivity *self)
{
  gsize n;
  const WeftMark *marks = weft_trace_store_get_trace_marks (self->store, &n);
  guint64 settled_ns = bin_begin (self, self->n_settled);

  /* the newest are last */
  for (gsize i = n; i > 0 && marks[i - 1].time_ns >= settled_ns; i--)
    if (marks[i - 1].kind == WEFT_MARK_LOST && marks[i - 1].time_ns >= self->start_ns)
      {
        guint64 from = MAX (marks[i - 1].start_ns, self->start_ns) - self->start_ns;
        guint64 last = (marks[i - 1].time_ns - self->start_ns) / self->bin_ns;

        for (guint64 bin = from / self->bin_ns; bin <= MIN (last, MOST_BINS - 1); bin++)
          self->bins[bin].lost = TRUE;
      }
}

static void
take_threads (WeftActivity *self)
{
  guint n = weft_trace_store_count_threads (self->store);

  for (; self->n_known < n; self->n_known++)
    g_array_append_val (self->threads, self->n_known);
}

/* Another trace than before when it begins elsewhere. */
static void
look_at_store (WeftActivity *self)
{
  weft_trace_store_begin_read (self->store);
  if (self->start_ns != weft_trace_store_get_start (self->store))
    forget (self);
  unsettle_from (self, weft_trace_store_get_rewritten_from (self->store, self->generation));
  self->start_ns = weft_trace_store_get_start (self->store);
  self->edge_ns = weft_trace_store_get_edge (self->store);
  self->sealed_ns = weft_trace_store_get_sealed_until (self->store);
  self->generation = weft_trace_store_get_generation (self->store);
  self->n_cpus = MAX (1, weft_trace_store_get_info (self->store)->n_cpus);
  weft_trace_store_end_read (self->store);
}

/* What is not settled is empty then. */
static void
begin_count (WeftActivity *self)
{
  stretch (self);
  place_edges (self);
  memset (self->bins + self->n_settled, 0, (MOST_BINS - self->n_settled) * sizeof (Bin));
  weft_trace_store_begin_read (self->store);
  add_losses (self);
  take_threads (self);
  weft_trace_store_end_read (self->store);
}

/* When it ended, as it was told and as its track has it. */
static guint64
get_end (const WeftThread *thread)
{
  return MAX (thread->death_ns, weft_thread_track_get_last (thread->track).since_ns);
}

/* Those in which it lived, and one more at each end, as bins begin somewhat earlier or later
 * in truth; none when that was before. */
static guint
find_bins (WeftActivity *self, const WeftThread *thread, guint *first)
{
  guint64 end = thread->death_ns != 0 ? MIN (get_end (thread), self->edge_ns) : self->edge_ns;
  guint64 birth = MAX (thread->birth_ns, self->start_ns) - self->start_ns;
  guint64 born_in = MIN (birth / self->bin_ns, MOST_BINS);
  guint end_bin;

  *first = MAX (self->n_settled, (guint)(born_in - MIN (born_in, 1)));
  if (*first >= self->n_bins || end <= self->start_ns || (*first > 0 && end <= self->edges[*first]))
    return 0;
  end_bin = MIN ((guint)((end - 1 - self->start_ns) / self->bin_ns) + 2, self->n_bins);
  return end_bin - MIN (*first, end_bin);
}

/* FALSE when something is needed for it that left memory. */
static gboolean
get_shares (WeftActivity *self, guint id, guint first, guint n, WeftShares *shares)
{
  const WeftThread *thread;
  gboolean known;

  weft_trace_store_begin_read (self->store);
  thread = weft_trace_store_get_thread (self->store, id);
  known = weft_thread_track_columns (thread->track, self->edges + first, n, self->edge_ns, shares,
                                     NULL);
  weft_trace_store_end_read (self->store);
  return known;
}

static void
count_thread (WeftActivity *self, guint id, WeftShares *shares, GCancellable *cancellable)
{
  g_autoptr (WeftHold) hold = NULL;
  guint first, n;

  weft_trace_store_begin_read (self->store);
  n = find_bins (self, weft_trace_store_get_thread (self->store, id), &first);
  weft_trace_store_end_read (self->store);
  self->n_looks++;
  if (n == 0)
    return;
  if (!get_shares (self, id, first, n, shares))
    {
      hold = weft_history_hold (self->store, &id, 1, self->edges + first, n + 1, NULL, cancellable,
                                NULL);
      get_shares (self, id, first, n, shares);
    }
  for (guint i = 0; i < n; i++)
    self->bins[first + i].running_ns += shares[i].ns[WEFT_STATE_RUNNING];
}

/* The last switch of a thread that nobody watches is not told: its process ends for it. */
static gboolean
is_over (WeftActivity *self, const WeftThread *thread, guint64 time_ns)
{
  const WeftProcess *process
      = weft_process_table_get (weft_trace_store_get_processes (self->store), thread->process);

  if (get_end (thread) > time_ns)
    return FALSE;
  return thread->death_ns != 0
         || (process != NULL && process->end_ns != 0 && process->end_ns <= time_ns
             && weft_thread_track_get_last (thread->track).state != WEFT_STATE_RUNNING);
}

static void
settle_bins (WeftActivity *self)
{
  guint64 late_ns = self->edge_ns - MIN (self->edge_ns, LATE_NS);
  guint64 until_ns = MIN (self->sealed_ns, late_ns);

  while (self->n_settled < self->n_bins && bin_begin (self, self->n_settled + 1) <= until_ns
         && self->edges[self->n_settled + 1] <= until_ns)
    self->n_settled++;
}

/* Who ended before what is counted next time goes. */
static void
settle (WeftActivity *self)
{
  guint kept = 0;

  settle_bins (self);
  if (self->n_settled == 0)
    return;
  weft_trace_store_begin_read (self->store);
  for (guint i = 0; i < self->threads->len; i++)
    {
      const Ended ended = { g_array_index (self->threads, guint, i), self->edges[self->n_settled] };

      if (is_over (self, weft_trace_store_get_thread (self->store, ended.thread), ended.until_ns))
        g_array_append_val (self->ended, ended);
      else
        g_array_index (self->threads, guint, kept++) = ended.thread;
    }
  weft_trace_store_end_read (self->store);
  g_array_set_size (self->threads, kept);
}

gboolean
weft_activity_update (WeftActivity *self, GCancellable *cancellable)
{
  g_autofree WeftShares *shares = g_new (WeftShares, MOST_BINS);

  look_at_store (self);
  begin_count (self);
  for (guint i = 0; i < self->threads->len; i++)
    {
      if (g_cancellable_is_cancelled (cancellable))
        return FALSE;
      count_thread (self, g_array_index (self->threads, guint, i), shares, cancellable);
    }
  settle (self);
  return TRUE;
}

/* --- bars ------------------------------------------------------------------- */

void
weft_activity_get (const WeftActivity *self, double *shares, guint8 *lost, gsize n)
{
  double length = self->n_bins > 0 ? (double)(self->edge_ns - self->start_ns) : 0;

  memset (shares, 0, n * sizeof *shares);
  memset (lost, 0, n * sizeof *lost);
  for (guint bin = 0; bin < self->n_bins; bin++)
    {
      double from = (double)bin * (double)self->bin_ns;
      double to = MIN (from + (double)self->bin_ns, length);
      double first = from / length * (double)n, end = to / length * (double)n;
      /* of what lies between its edges in truth */
      double between = (double)(self->edges[bin + 1] - self->edges[bin]);
      double busy = between > 0 ? (double)self->bins[bin].running_ns / between / self->n_cpus : 0;

      for (gsize bar = (gsize)first; bar < n && (double)bar < end; bar++)
        {
          shares[bar] += busy * (MIN (end, (double)bar + 1) - MAX (first, (double)bar));
          lost[bar] |= self->bins[bin].lost;
        }
    }
}
