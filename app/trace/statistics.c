/* statistics.c: see the header. In: a store and a range. Out: figures a thread. */
#include "statistics.h"
#include "history.h"
#include "tid-lives.h"
#include <math.h>
#include <string.h>

static gint
compare_guint64 (gconstpointer a, gconstpointer b, gpointer unused)
{
  const guint64 one = *(const guint64 *)a, other = *(const guint64 *)b;

  return (one > other) - (one < other);
}

/* The smallest value that at least @percent of all do not exceed. */
static guint64
nearest_rank (const guint64 *sorted, gsize n, guint percent)
{
  return sorted[(n * percent + 99) / 100 - 1];
}

void
weft_quantiles_compute (guint64 *values, gsize n, WeftQuantiles *quantiles)
{
  guint64 sum = 0;
  double mean, squares = 0;

  memset (quantiles, 0, sizeof *quantiles);
  if (n == 0)
    return;
  g_qsort_with_data (values, (gint)n, sizeof *values, compare_guint64, NULL);
  for (gsize i = 0; i < n; i++)
    sum += values[i];
  mean = (double)sum / (double)n;
  for (gsize i = 0; i < n; i++)
    squares += ((double)values[i] - mean) * ((double)values[i] - mean);
  quantiles->count = n;
  quantiles->mean_ns = sum / n;
  quantiles->stddev_ns = (guint64)(sqrt (squares / (double)n) + 0.5);
  quantiles->min_ns = values[0];
  quantiles->p50_ns = nearest_rank (values, n, 50);
  quantiles->p95_ns = nearest_rank (values, n, 95);
  quantiles->p99_ns = nearest_rank (values, n, 99);
  quantiles->max_ns = values[n - 1];
}

/* One wanted thread while the records are walked. */
typedef struct
{
  WeftThread thread; /* as it was when the walk began */
  WeftThreadStatistics *statistics;
  WeftThreadPlace place;
  guint64 left_ns;  /* when it last left a CPU, in the range */
  guint64 woken_ns; /* 0 when it is not waiting for a CPU after a waking */
  gboolean awake;   /* on a CPU or forced off it: no waking makes it wait for one */
  GArray *waits;    /* guint64 */
} Counted;

typedef struct
{
  WeftTidLives *lives; /* of the wanted threads */
  GPtrArray *counted;
} Counting;

static void
counted_free (gpointer data)
{
  Counted *counted = data;

  g_array_unref (counted->waits);
  g_free (counted);
}

/* The wanted thread that had @tid at this time; a tid is given again. */
static Counted *
counted_of (Counting *self, guint32 tid, guint64 time_ns)
{
  Counted *counted = (Counted *)weft_tid_lives_find (self->lives, tid, time_ns);

  if (counted == NULL || (counted->thread.death_ns != 0 && time_ns > counted->thread.death_ns))
    return NULL;
  return counted;
}

static void
count_leave (Counted *counted, const struct weft_record *record)
{
  weft_thread_counts_leave (&counted->statistics->counts, &counted->place, record);
  counted->woken_ns = 0; /* how long it waited for a CPU is not known when its coming is not */
  counted->awake = weft_left_is_forced (weft_switch_left (&record->sw));
  counted->left_ns = record->time_ns;
}

static void
count_run (Counted *counted, const struct weft_record *record)
{
  weft_thread_counts_see (&counted->statistics->counts, &counted->place, record);
  counted->awake = TRUE;
  if (counted->woken_ns != 0 && record->time_ns >= counted->woken_ns)
    {
      guint64 wait = record->time_ns - counted->woken_ns;

      g_array_append_val (counted->waits, wait);
    }
  counted->woken_ns = 0;
}

/* A sleep of no length is none in the track either. */
static void
count_wake (Counted *counted, const struct weft_record *record)
{
  weft_thread_counts_wake (&counted->statistics->counts, &counted->place, record);
  if (!counted->awake && counted->woken_ns == 0 && record->time_ns > counted->left_ns)
    counted->woken_ns = record->time_ns;
}

/* It waits for a CPU, and nobody woke it. */
static void
count_birth (Counted *counted)
{
  weft_thread_place_begin (&counted->place);
  counted->awake = TRUE;
}

static void
count_stand (Counted *counted, const struct weft_task_record *task)
{
  if (!(task->task_flags & WEFT_TASK_UNWANTED))
    weft_thread_place_stand (&counted->place, task->cpu);
}

static gboolean
count_record (const struct weft_record *record, gpointer user_data)
{
  Counting *self = user_data;
  guint8 kind = weft_record_kind (record);
  gboolean wakes = kind == WEFT_WAKE;
  Counted *counted;

  if (kind != WEFT_SWITCH && !wakes && kind != WEFT_FORK && kind != WEFT_STATE)
    return TRUE;
  counted = counted_of (self, wakes ? record->wake.woken_tid : record->tid, record->time_ns);
  if (counted != NULL && kind == WEFT_SWITCH)
    count_leave (counted, record);
  else if (counted != NULL && wakes)
    count_wake (counted, record);
  else if (counted != NULL && kind == WEFT_FORK)
    count_birth (counted);
  else if (counted != NULL)
    count_stand (counted, (const void *)record);
  if (kind == WEFT_SWITCH
      && (counted = counted_of (self, record->sw.next_tid, record->time_ns)) != NULL)
    count_run (counted, record);
  return TRUE;
}

/* When the waking was that a thread waits for a CPU after, 0 when it was forced off one. */
static guint64
find_waking (const WeftThread *thread, const WeftSlice *slice, guint64 edge_ns)
{
  WeftSlice before;

  if (slice->state != WEFT_STATE_RUNNABLE || slice->start_ns <= thread->birth_ns)
    return 0;
  if (weft_thread_track_slice_at (thread->track, slice->start_ns - 1, edge_ns, &before, NULL)
      && before.state == WEFT_STATE_RUNNING)
    return 0;
  return slice->start_ns;
}

/* Call within a read section: the thread as it is just before @from_ns. */
static Counted *
counted_new (WeftTraceStore *store, WeftThreadStatistics *statistics, guint64 from_ns)
{
  const WeftThread *thread = weft_trace_store_get_thread (store, statistics->thread);
  guint64 edge_ns = weft_trace_store_get_edge (store);
  Counted *self = g_new0 (Counted, 1);
  WeftSlice slice;

  self->statistics = statistics;
  self->thread = *thread;
  self->waits = g_array_new (FALSE, FALSE, sizeof (guint64));
  if (from_ns == 0
      || !weft_thread_track_slice_at (thread->track, from_ns - 1, edge_ns, &slice, NULL)
      || slice.state == WEFT_STATE_UNKNOWN)
    return self;
  self->woken_ns = find_waking (thread, &slice, edge_ns);
  self->awake = slice.state == WEFT_STATE_RUNNING
                || (slice.state == WEFT_STATE_RUNNABLE && self->woken_ns == 0);
  if (slice.start_ns > thread->birth_ns || slice.state != WEFT_STATE_RUNNABLE)
    weft_thread_place_stand (&self->place, slice.cpu);
  else
    weft_thread_place_begin (&self->place);
  return self;
}

static void
add_counted (Counting *self, Counted *counted)
{
  WeftThread *thread = &counted->thread;

  g_ptr_array_add (self->counted, counted);
  if (thread->moved_ns != 0)
    weft_tid_lives_add (self->lives, thread->first_tid, thread->birth_ns, thread);
  weft_tid_lives_add (self->lives, thread->tid, MAX (thread->birth_ns, thread->moved_ns), thread);
}

/* What the threads are in when the range begins stays in memory until that is taken.
 * (transfer full) (element-type WeftHold): NULL with @error set */
static GPtrArray *
hold_slices (WeftTraceStore *store, GArray *all, guint64 from_ns, GError **error)
{
  g_autoptr (GPtrArray) holds = g_ptr_array_new_with_free_func ((GDestroyNotify)weft_hold_release);

  for (guint i = 0; i < all->len; i++)
    {
      WeftHold *hold
          = weft_history_hold_slice (store, g_array_index (all, WeftThreadStatistics, i).thread,
                                     MAX (from_ns, 1) - 1, TRUE, error);

      if (hold == NULL)
        return NULL;
      g_ptr_array_add (holds, hold);
    }
  return g_steal_pointer (&holds);
}

static gboolean
add_counts (WeftTraceStore *store, guint64 from_ns, guint64 to_ns, GArray *all,
            GCancellable *cancellable, GError **error)
{
  Counting counting = { 0 };
  g_autoptr (GPtrArray) holds = hold_slices (store, all, from_ns, error);
  gboolean done;

  if (holds == NULL)
    return FALSE;
  weft_trace_store_widen_range (store, &from_ns, &to_ns);
  counting.lives = weft_tid_lives_new ();
  counting.counted = g_ptr_array_new_with_free_func (counted_free);
  weft_trace_store_begin_read (store);
  for (guint i = 0; i < all->len; i++)
    {
      WeftThreadStatistics *statistics = &g_array_index (all, WeftThreadStatistics, i);

      add_counted (&counting, counted_new (store, statistics, from_ns));
    }
  weft_trace_store_end_read (store);
  done = weft_trace_store_foreach_record (store, from_ns, to_ns, count_record, &counting,
                                          cancellable, error);
  for (guint i = 0; i < counting.counted->len; i++)
    {
      Counted *counted = g_ptr_array_index (counting.counted, i);

      weft_quantiles_compute ((guint64 *)(void *)counted->waits->data, counted->waits->len,
                              &counted->statistics->wake_to_run);
    }
  g_ptr_array_unref (counting.counted);
  weft_tid_lives_free (counting.lives);
  return done;
}

/* The shares of one thread; what left memory is brought back. */
static gboolean
add_shares (WeftTraceStore *store, guint64 from_ns, guint64 to_ns, WeftThreadStatistics *statistics,
            GError **error)
{
  const guint64 ends[] = { from_ns, MAX (from_ns, to_ns) };
  g_autoptr (WeftHold) hold
      = weft_history_hold (store, &statistics->thread, 1, ends, 2, NULL, NULL, error);

  if (hold == NULL)
    return FALSE;
  weft_trace_store_begin_read (store);
  weft_thread_track_shares (weft_trace_store_get_thread (store, statistics->thread)->track, from_ns,
                            to_ns, weft_trace_store_get_edge (store), &statistics->shares, NULL);
  weft_trace_store_end_read (store);
  return TRUE;
}

static guint64
time_of (const WeftThreadStatistics *statistics)
{
  guint64 time = 0;

  for (guint state = 0; state < WEFT_N_STATES; state++)
    time += statistics->shares.ns[state];
  return time;
}

gboolean
weft_statistics_is_recorded (const WeftThreadStatistics *statistics)
{
  return statistics->counts.switches > 0 || weft_shares_are_known (&statistics->shares);
}

void
weft_statistics_keep_present (GArray *statistics)
{
  guint kept = 0;

  for (guint i = 0; i < statistics->len; i++)
    {
      const WeftThreadStatistics *one = &g_array_index (statistics, WeftThreadStatistics, i);

      if (time_of (one) > 0)
        g_array_index (statistics, WeftThreadStatistics, kept++) = *one;
    }
  g_array_set_size (statistics, kept);
}

/* How much of a range the trace knows. */
static guint64
length_of (WeftTraceStore *store, guint64 from_ns, guint64 to_ns)
{
  from_ns = MAX (from_ns, weft_trace_store_get_start (store));
  to_ns = MIN (to_ns, weft_trace_store_get_edge (store));
  return to_ns > from_ns ? to_ns - from_ns : 0;
}

GArray *
weft_statistics_new_for_range (WeftTraceStore *store, guint64 from_ns, guint64 to_ns,
                               GArray *filter, gboolean with_counts, GCancellable *cancellable,
                               GError **error)
{
  g_autoptr (GArray) all = g_array_new (FALSE, TRUE, sizeof (WeftThreadStatistics));
  guint64 length;
  guint n;

  weft_trace_store_begin_read (store);
  length = length_of (store, from_ns, to_ns);
  n = filter != NULL ? filter->len : weft_trace_store_count_threads (store);
  weft_trace_store_end_read (store);
  g_array_set_size (all, n);
  for (guint i = 0; i < n; i++)
    {
      WeftThreadStatistics *statistics = &g_array_index (all, WeftThreadStatistics, i);

      statistics->thread = filter != NULL ? g_array_index (filter, guint, i) : i;
      if (g_cancellable_set_error_if_cancelled (cancellable, error)
          || !add_shares (store, from_ns, to_ns, statistics, error))
        return NULL;
      statistics->absent_ns = length - MIN (length, time_of (statistics));
    }
  if (with_counts && !add_counts (store, from_ns, to_ns, all, cancellable, error))
    return NULL;
  return g_steal_pointer (&all);
}
