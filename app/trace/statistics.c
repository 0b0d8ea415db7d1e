/* statistics.c: see the header. In: a store and a range. Out: figures a thread. */
#include "statistics.h"
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

  memset (quantiles, 0, sizeof *quantiles);
  if (n == 0)
    return;
  g_qsort_with_data (values, (gint)n, sizeof *values, compare_guint64, NULL);
  for (gsize i = 0; i < n; i++)
    sum += values[i];
  quantiles->count = n;
  quantiles->mean_ns = sum / n;
  quantiles->p50_ns = nearest_rank (values, n, 50);
  quantiles->p95_ns = nearest_rank (values, n, 95);
  quantiles->p99_ns = nearest_rank (values, n, 99);
  quantiles->max_ns = values[n - 1];
}

/* One wanted thread while the records are walked. */
typedef struct
{
  WeftThreadStatistics *statistics;
  guint64 birth_ns, death_ns;
  guint64 woken_ns; /* 0 when it is not waiting for a CPU after a waking */
  guint cpu;        /* + 1; 0 when not known yet */
  gboolean running;
  GArray *waits; /* guint64 */
} Counted;

/* The wanted threads that had one tid, in order of birth. */
typedef struct
{
  GPtrArray *lives; /* Counted, not owned */
  guint at;         /* the one that had it when last asked: records are almost sorted */
} Tid;

typedef struct
{
  GHashTable *by_tid; /* tid → Tid */
  GPtrArray *counted;
} Counting;

static void
counted_free (gpointer data)
{
  Counted *counted = data;

  g_array_unref (counted->waits);
  g_free (counted);
}

static void
tid_free (gpointer data)
{
  Tid *tid = data;

  g_ptr_array_unref (tid->lives);
  g_free (tid);
}

/* The wanted thread that had @tid at this time: a tid is given again. */
static Counted *
counted_of (Counting *self, guint32 number, guint64 time_ns)
{
  Tid *tid = g_hash_table_lookup (self->by_tid, GUINT_TO_POINTER (number));
  Counted *counted;

  if (tid == NULL)
    return NULL;
  while (tid->at > 0 && ((Counted *)g_ptr_array_index (tid->lives, tid->at))->birth_ns > time_ns)
    tid->at--;
  while (tid->at + 1 < tid->lives->len
         && ((Counted *)g_ptr_array_index (tid->lives, tid->at + 1))->birth_ns <= time_ns)
    tid->at++;
  counted = g_ptr_array_index (tid->lives, tid->at);
  if (time_ns < counted->birth_ns || (counted->death_ns != 0 && time_ns > counted->death_ns))
    return NULL;
  return counted;
}

static void
count_leave (Counted *counted, const struct weft_switch *sw)
{
  guint8 left = weft_switch_left (sw);

  counted->statistics->switches++;
  if (left == WEFT_LEFT_PREEMPTED || left == WEFT_LEFT_YIELDED)
    counted->statistics->involuntary++;
  else
    counted->statistics->voluntary++;
  counted->running = FALSE;
}

static void
count_run (Counted *counted, const struct weft_record *record)
{
  if (counted->cpu != 0 && counted->cpu != record->cpu + 1u)
    counted->statistics->migrations++;
  counted->cpu = record->cpu + 1u;
  counted->running = TRUE;
  if (counted->woken_ns != 0 && record->time_ns >= counted->woken_ns)
    {
      guint64 wait = record->time_ns - counted->woken_ns;

      g_array_append_val (counted->waits, wait);
    }
  counted->woken_ns = 0;
}

static gboolean
count_record (const struct weft_record *record, gpointer user_data)
{
  Counting *self = user_data;
  Counted *counted;

  if (record->kind == WEFT_SWITCH)
    {
      if ((counted = counted_of (self, record->tid, record->time_ns)) != NULL)
        count_leave (counted, &record->sw);
      if ((counted = counted_of (self, record->sw.next_tid, record->time_ns)) != NULL)
        count_run (counted, record);
    }
  else if (record->kind == WEFT_WAKE)
    {
      if ((counted = counted_of (self, record->wake.woken_tid, record->time_ns)) != NULL)
        {
          counted->statistics->wakeups++;
          if (!counted->running && counted->woken_ns == 0)
            counted->woken_ns = record->time_ns;
        }
    }
  else if (record->kind == WEFT_STATE)
    {
      if ((counted = counted_of (self, record->tid, record->time_ns)) != NULL && counted->cpu == 0)
        counted->cpu = record->cpu + 1u;
    }
  return TRUE;
}

/* Call within a read section: the thread as it is at @from_ns. */
static Counted *
counted_new (WeftTraceStore *store, WeftThreadStatistics *statistics, guint64 from_ns)
{
  const WeftThread *thread = weft_trace_store_get_thread (store, statistics->thread);
  Counted *self = g_new0 (Counted, 1);
  WeftSlice slice;

  self->statistics = statistics;
  self->birth_ns = thread->birth_ns;
  self->death_ns = thread->death_ns;
  self->waits = g_array_new (FALSE, FALSE, sizeof (guint64));
  if (weft_thread_track_slice_at (thread->track, from_ns, weft_trace_store_get_edge (store), &slice,
                                  NULL)
      && slice.state != WEFT_STATE_UNKNOWN)
    {
      self->running = slice.state == WEFT_STATE_RUNNING;
      /* A newborn was on no CPU yet: that it comes to one is no migration. */
      if (slice.start_ns > thread->birth_ns || slice.state != WEFT_STATE_RUNNABLE)
        self->cpu = slice.cpu + 1u;
    }
  return self;
}

static void
add_counted (Counting *self, Counted *counted, guint32 number)
{
  Tid *tid = g_hash_table_lookup (self->by_tid, GUINT_TO_POINTER (number));

  g_ptr_array_add (self->counted, counted);
  if (tid == NULL)
    {
      tid = g_new0 (Tid, 1);
      tid->lives = g_ptr_array_new ();
      g_hash_table_insert (self->by_tid, GUINT_TO_POINTER (number), tid);
    }
  g_ptr_array_add (tid->lives, counted);
}

static gboolean
add_counts (WeftTraceStore *store, guint64 from_ns, guint64 to_ns, GArray *all,
            GCancellable *cancellable, GError **error)
{
  Counting counting = { 0 };
  gboolean done;

  counting.by_tid = g_hash_table_new_full (NULL, NULL, NULL, tid_free);
  counting.counted = g_ptr_array_new_with_free_func (counted_free);
  weft_trace_store_begin_read (store);
  for (guint i = 0; i < all->len; i++)
    {
      WeftThreadStatistics *statistics = &g_array_index (all, WeftThreadStatistics, i);

      add_counted (&counting, counted_new (store, statistics, from_ns),
                   weft_trace_store_get_thread (store, statistics->thread)->tid);
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
  g_hash_table_unref (counting.by_tid);
  return done;
}

/* The shares of one thread; loads what is absent, so the lock is let go between. */
static gboolean
add_shares (WeftTraceStore *store, guint64 from_ns, guint64 to_ns, WeftThreadStatistics *statistics,
            GError **error)
{
  for (;;)
    {
      const WeftThread *thread;
      guint absent = WEFT_NO_ID;
      gboolean known;

      weft_trace_store_begin_read (store);
      thread = weft_trace_store_get_thread (store, statistics->thread);
      known = weft_thread_track_shares (thread->track, from_ns, to_ns,
                                        weft_trace_store_get_edge (store), &statistics->shares,
                                        &absent);
      weft_trace_store_end_read (store);
      if (known)
        return TRUE;
      if (!weft_trace_store_load_chunk (store, absent, error))
        return FALSE;
    }
}

GArray *
weft_statistics_new_for_range (WeftTraceStore *store, guint64 from_ns, guint64 to_ns,
                               GArray *filter, gboolean with_counts, GCancellable *cancellable,
                               GError **error)
{
  g_autoptr (GArray) all = g_array_new (FALSE, TRUE, sizeof (WeftThreadStatistics));
  guint n;

  weft_trace_store_begin_read (store);
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
    }
  if (with_counts && !add_counts (store, from_ns, to_ns, all, cancellable, error))
    return NULL;
  return g_steal_pointer (&all);
}
