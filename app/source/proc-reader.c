/* proc-reader.c: see the header. The worker owns the walker; what both threads
 * touch lies under one lock. Results reach the main context as one pending
 * source at a time, so a stalled main loop collects nothing. */
#include "proc-reader.h"

#include <glib/gi18n.h>

#define SAMPLE_INTERVAL_US G_USEC_PER_SEC

struct _WeftProcReader
{
  GObject parent_instance;

  WeftTraceStore *store;
  GMainContext *context;
  GCancellable *cancellable;
  GThread *thread;

  GMutex lock;
  GCond changed;
  gboolean active;
  gboolean quit;
  gboolean has_rates;
  WeftMachineRates rates;
  guint corrections; /* since the last "sampled" */
  GError *failure;   /* not yet told */
  GSource *telling;  /* pending in @context */
};

G_DEFINE_FINAL_TYPE (WeftProcReader, weft_proc_reader, G_TYPE_OBJECT)

enum
{
  SAMPLED,
  FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* What the thread remembers from sample to sample. */
typedef struct
{
  WeftProcReader *reader;
  WeftProcWalker *walker;
  WeftProcMachine machine;
  gint64 machine_us; /* 0 before the first */
} Worker;

static gboolean
tell_cb (gpointer user_data)
{
  WeftProcReader *self = g_object_ref (user_data);
  g_autoptr (GError) failure = NULL;
  guint corrections;

  g_mutex_lock (&self->lock);
  corrections = self->corrections;
  self->corrections = 0;
  failure = g_steal_pointer (&self->failure);
  g_clear_pointer (&self->telling, g_source_unref);
  g_mutex_unlock (&self->lock);
  if (failure != NULL)
    g_signal_emit (self, signals[FAILED], 0, failure);
  else
    g_signal_emit (self, signals[SAMPLED], 0, corrections);
  g_object_unref (self);
  return G_SOURCE_REMOVE;
}

/* With the lock held. The source holds no reference: dispose takes it back. */
static void
tell_later (WeftProcReader *self)
{
  if (self->telling != NULL || self->quit)
    return;
  self->telling = g_idle_source_new ();
  g_source_set_priority (self->telling, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->telling, tell_cb, self, NULL);
  g_source_attach (self->telling, self->context);
}

static double
per_second (guint64 now, guint64 before, gint64 us)
{
  return now > before ? (double)(now - before) * G_USEC_PER_SEC / (double)us : 0;
}

/* Who was forked and is not there any more has exited. */
static guint64
count_exits (const WeftProcMachine *now, const WeftProcMachine *before)
{
  gint64 exits = (gint64)(now->forks - before->forks) - ((gint64)now->tasks - before->tasks);

  return (guint64)MAX (exits, 0);
}

static void
sample_machine (Worker *worker)
{
  WeftProcReader *self = worker->reader;
  WeftProcMachine machine;
  gint64 now_us = g_get_monotonic_time (), us = now_us - worker->machine_us;
  WeftMachineRates rates = { .forks_per_s = -1, .exits_per_s = -1, .switches_per_s = -1 };

  if (!weft_proc_walker_read_machine (worker->walker, &machine, NULL))
    return; /* a strip without figures is all that is lost */
  rates.tasks = machine.tasks;
  rates.running = machine.running;
  if (worker->machine_us != 0 && us > 0)
    {
      rates.forks_per_s = per_second (machine.forks, worker->machine.forks, us);
      rates.exits_per_s = per_second (count_exits (&machine, &worker->machine), 0, us);
      rates.switches_per_s = per_second (machine.switches, worker->machine.switches, us);
    }
  worker->machine = machine;
  worker->machine_us = now_us;
  g_mutex_lock (&self->lock);
  self->rates = rates;
  self->has_rates = TRUE;
  g_mutex_unlock (&self->lock);
}

static gboolean
sample (Worker *worker, GError **error)
{
  WeftProcReader *self = worker->reader;
  WeftProcSnapshot snapshot;
  guint corrections;

  if (worker->walker == NULL)
    worker->walker = weft_proc_walker_new ("/proc", error);
  if (worker->walker == NULL
      || !weft_proc_walker_walk (worker->walker, &snapshot, self->cancellable, error))
    return FALSE;
  corrections = weft_trace_store_reconcile (self->store, &snapshot);
  weft_proc_snapshot_clear (&snapshot);
  sample_machine (worker);
  g_mutex_lock (&self->lock);
  self->corrections += corrections;
  tell_later (self);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/* Until the next sample is due; FALSE when the thread shall end. */
static gboolean
wait_for_turn (WeftProcReader *self, gint64 due_us)
{
  gboolean go_on;

  g_mutex_lock (&self->lock);
  while (!self->quit && self->active && g_cond_wait_until (&self->changed, &self->lock, due_us))
    ;
  while (!self->quit && !self->active)
    g_cond_wait (&self->changed, &self->lock);
  go_on = !self->quit;
  g_mutex_unlock (&self->lock);
  return go_on;
}

static gpointer
worker_main (gpointer data)
{
  WeftProcReader *self = data;
  Worker worker = { .reader = self };
  GError *error = NULL;
  gint64 begin_us;

  do
    begin_us = g_get_monotonic_time ();
  while (sample (&worker, &error) && wait_for_turn (self, begin_us + SAMPLE_INTERVAL_US));

  g_mutex_lock (&self->lock);
  if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      self->failure = g_steal_pointer (&error);
      tell_later (self);
    }
  g_mutex_unlock (&self->lock);
  g_clear_error (&error);
  weft_proc_walker_free (worker.walker);
  return NULL;
}

static void
weft_proc_reader_dispose (GObject *object)
{
  WeftProcReader *self = WEFT_PROC_READER (object);

  g_mutex_lock (&self->lock);
  self->quit = TRUE;
  if (self->telling != NULL)
    g_source_destroy (self->telling);
  g_clear_pointer (&self->telling, g_source_unref);
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->thread, g_thread_join);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (weft_proc_reader_parent_class)->dispose (object);
}

static void
weft_proc_reader_finalize (GObject *object)
{
  WeftProcReader *self = WEFT_PROC_READER (object);

  g_clear_error (&self->failure);
  g_object_unref (self->cancellable);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  G_OBJECT_CLASS (weft_proc_reader_parent_class)->finalize (object);
}

static void
weft_proc_reader_class_init (WeftProcReaderClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_proc_reader_dispose;
  G_OBJECT_CLASS (klass)->finalize = weft_proc_reader_finalize;
  signals[SAMPLED] = g_signal_new ("sampled", WEFT_TYPE_PROC_READER, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[FAILED] = g_signal_new ("failed", WEFT_TYPE_PROC_READER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
weft_proc_reader_init (WeftProcReader *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->active = TRUE;
  self->cancellable = g_cancellable_new ();
  self->context = g_main_context_ref_thread_default ();
}

WeftProcReader *
weft_proc_reader_new (WeftTraceStore *store)
{
  WeftProcReader *self;

  g_return_val_if_fail (WEFT_IS_TRACE_STORE (store), NULL);
  self = g_object_new (WEFT_TYPE_PROC_READER, NULL);
  self->store = g_object_ref (store);
  self->thread = g_thread_new ("weft-proc", worker_main, self);
  return self;
}

void
weft_proc_reader_set_active (WeftProcReader *self, gboolean active)
{
  g_return_if_fail (WEFT_IS_PROC_READER (self));
  g_mutex_lock (&self->lock);
  if (self->active != active)
    {
      self->active = active;
      g_cond_signal (&self->changed);
    }
  g_mutex_unlock (&self->lock);
}

gboolean
weft_proc_reader_get_rates (WeftProcReader *self, WeftMachineRates *rates)
{
  gboolean has_rates;

  g_return_val_if_fail (WEFT_IS_PROC_READER (self), FALSE);
  g_mutex_lock (&self->lock);
  has_rates = self->has_rates;
  if (has_rates)
    *rates = self->rates;
  g_mutex_unlock (&self->lock);
  return has_rates;
}
