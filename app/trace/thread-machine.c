/* thread-machine.c: see the header. In: records. Out: switches, wakings and cuts as
 * changes of threads. */
#include "thread-machine-private.h"

/* No loss reaches back further. */
#define FORGET_NS (G_GUINT64_CONSTANT (60000000000))

WeftThreadMachine *
weft_thread_machine_new (const WeftSyscalls *calls, const WeftMachineSink *functions, gpointer sink)
{
  WeftThreadMachine *self = g_new0 (WeftThreadMachine, 1);

  self->calls = calls;
  self->functions = functions;
  self->sink = sink;
  self->threads = g_ptr_array_new ();
  self->lives = weft_tid_lives_new ();
  self->on_cpu = g_ptr_array_new ();
  self->on_cpu_before = g_ptr_array_new ();
  self->chunk = 1;
  return self;
}

void
weft_thread_machine_free (WeftThreadMachine *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < N_TID_PAGES; i++)
    g_free (self->by_tid[i]);
  g_ptr_array_unref (self->threads);
  weft_tid_lives_free (self->lives);
  g_ptr_array_unref (self->on_cpu);
  g_ptr_array_unref (self->on_cpu_before);
  g_free (self);
}

void
weft_thread_machine_set_start (WeftThreadMachine *self, guint64 start_ns, guint64 boottime_ns)
{
  self->start_ns = start_ns;
  self->boot_offset_ns = boottime_ns - start_ns;
}

void
weft_thread_machine_begin_chunk (WeftThreadMachine *self, guint64 begin_ns)
{
  self->chunk++;
  self->chunk_begin_ns = begin_ns;
  g_ptr_array_set_size (self->on_cpu_before, 0);
  g_ptr_array_extend (self->on_cpu_before, self->on_cpu, NULL, NULL);
}

WeftTidLives *
weft_thread_machine_get_lives (WeftThreadMachine *self)
{
  return self->lives;
}

/* --- switches --------------------------------------------------------------- */

/* A record that came after its window: its change goes where it belongs. */
static gboolean
is_late (WeftThreadMachine *self, WeftMachineThread *thread, guint64 time_ns, WeftState state,
         guint16 cpu)
{
  if (time_ns >= thread->sched.since_ns)
    return FALSE;
  self->functions->inserted (self->sink, thread, time_ns, state, cpu);
  return TRUE;
}

/* It left its CPU untold: some kernels hide switches. How long it ran is not known then. */
static void
lose (WeftThreadMachine *self, WeftMachineThread *thread)
{
  weft_machine_touch (self, thread);
  thread->sched.state = WEFT_STATE_UNKNOWN;
  weft_machine_correct (self, thread, thread->sched.since_ns, WEFT_STATE_UNKNOWN);
}

/* What it waited for before is known now. */
static void
judge_leave (WeftThreadMachine *self, WeftMachineThread *thread, const struct weft_record *record,
             WeftState state)
{
  gboolean ran = thread->sched.state == WEFT_STATE_RUNNING;
  WeftWaitVerdict verdict;

  if (!weft_wait_streak_cares (&thread->streak, state))
    return;
  if (weft_wait_streak_leave (&thread->streak, &record->sw, state, record->time_ns,
                              ran ? record->time_ns - thread->sched.since_ns : 0, self->chunk,
                              &verdict))
    self->functions->reclassed (self->sink, thread, verdict.from_ns, verdict.state);
}

/* Whether it is in a newer state already, and does not end by this either. */
static gboolean
leaves_late (WeftThreadMachine *self, WeftMachineThread *thread, const struct weft_record *record,
             WeftState state)
{
  if (self->is_told)
    return self->hint.ends_nobody;
  self->hint.ends_nobody = is_late (self, thread, record->time_ns, state, record->cpu);
  return self->hint.ends_nobody;
}

static void
leave (WeftThreadMachine *self, const struct weft_record *record)
{
  WeftMachineThread *thread = weft_machine_find_leaver (self, record);
  WeftMachineThread *running = weft_machine_get_running (self, record->cpu);
  guint8 left = weft_switch_left (&record->sw);
  WeftState state;

  if (running != NULL && running != thread && running->sched.since_ns < record->time_ns)
    lose (self, running);
  if (thread == NULL)
    return;
  weft_machine_touch (self, thread);
  weft_thread_counts_leave (&thread->public.counts, &thread->place, record);
  state = weft_machine_state_after (self, thread, &record->sw);
  if (leaves_late (self, thread, record, state))
    return;
  judge_leave (self, thread, record, state);
  weft_sched_leave (&thread->sched, state, record->time_ns, record->cpu);
  weft_machine_change (self, thread);
  if (left == WEFT_LEFT_DEAD)
    weft_machine_end (self, thread, record->time_ns);
}

static void
come (WeftThreadMachine *self, const struct weft_record *record)
{
  guint32 tid = record->sw.next_tid;
  WeftMachineThread *thread;

  if (!weft_machine_is_thread (tid))
    return;
  thread = weft_machine_ensure (self, tid, record->time_ns, record->cpu);
  if (thread == NULL)
    return;
  weft_thread_counts_see (&thread->public.counts, &thread->place, record);
  if (is_late (self, thread, record->time_ns, WEFT_STATE_RUNNING, record->cpu))
    return;
  if (thread->sched.state == WEFT_STATE_RUNNING && thread->sched.since_ns < record->time_ns)
    lose (self, thread);
  weft_sched_run (&thread->sched, record->time_ns, record->cpu);
  weft_machine_note_running (self, thread);
  weft_machine_change (self, thread);
}

/* --- wakings ------------------------------------------------------------------ */

static void
wake (WeftThreadMachine *self, WeftMachineThread *thread, const struct weft_record *record)
{
  guint64 since = thread->sched.since_ns;
  WeftState slept;
  WeftWaitVerdict verdict;
  gboolean judged = thread->sched.state == WEFT_STATE_CONDITION
                    && weft_wait_streak_wake (&thread->streak, record->wake.context,
                                              record->time_ns, self->chunk, &verdict);
  WeftWakeEffect effect
      = weft_sched_wake (&thread->sched, record->time_ns, record->wake.target_cpu, &slept);

  if (judged)
    self->functions->reclassed (self->sink, thread, verdict.from_ns, verdict.state);
  if (effect == WEFT_WAKE_CORRECTS)
    weft_machine_correct (self, thread, since, slept);
  if (effect != WEFT_WAKE_IGNORED)
    weft_machine_change (self, thread);
}

static void
apply_wake (WeftThreadMachine *self, const struct weft_record *record)
{
  guint32 tid = record->wake.woken_tid;
  gboolean unwanted = (record->wake.flags & WEFT_WAKE_UNWANTED) != 0;
  WeftMachineThread *thread;

  if (!weft_machine_is_thread (tid))
    return;
  thread = weft_machine_ensure (self, tid, record->time_ns, record->wake.target_cpu);
  if (thread == NULL)
    return;
  weft_thread_counts_wake (&thread->public.counts, &thread->place, record);
  if (is_late (self, thread, record->time_ns, unwanted ? WEFT_STATE_UNKNOWN : WEFT_STATE_RUNNABLE,
               record->cpu))
    return;
  if (!unwanted)
    wake (self, thread, record);
  else if (thread->sched.state != WEFT_STATE_UNKNOWN) /* where it ran since is not told */
    weft_machine_enter (self, thread, record->time_ns, WEFT_STATE_UNKNOWN);
}

/* --- what is no longer known ---------------------------------------------- */

/* Within the gap nothing is known of anyone; what is known of exits stays. */
static void
cut (WeftThreadMachine *self, WeftMachineThread *thread, guint64 first_ns)
{
  guint64 death = thread->public.death_ns;

  if (death != 0 && death <= first_ns)
    return;
  if (thread->sched.state == WEFT_STATE_UNKNOWN && thread->sched.since_ns <= first_ns)
    return;
  weft_machine_touch (self, thread);
  weft_sched_enter (&thread->sched, MAX (first_ns, thread->public.birth_ns), WEFT_STATE_UNKNOWN,
                    thread->sched.cpu);
  self->functions->cut (self->sink, thread);
  if (death != 0)
    weft_machine_enter (self, thread, death, WEFT_STATE_EXITED);
}

/* Nothing is told any more of who ended that long ago: each loss and each snapshot would
 * go through all that ever lived. */
static void
forget_ended (WeftThreadMachine *self, guint64 now_ns)
{
  guint kept = 0;

  if (now_ns < self->forgot_ns + FORGET_NS)
    return;
  for (guint i = 0; i < self->threads->len; i++)
    {
      WeftMachineThread *thread = g_ptr_array_index (self->threads, i);

      if (thread->public.death_ns == 0 || thread->public.death_ns + FORGET_NS > now_ns)
        g_ptr_array_index (self->threads, kept++) = thread;
    }
  g_ptr_array_set_size (self->threads, (gint)kept);
  self->forgot_ns = now_ns;
}

static void
apply_lost (WeftThreadMachine *self, const struct weft_record *record)
{
  guint64 first_ns = MIN (record->lost.first_ns, record->time_ns);

  forget_ended (self, first_ns);
  for (guint i = 0; i < self->threads->len; i++)
    cut (self, g_ptr_array_index (self->threads, i), first_ns);
}

/* Who was not named by a complete snapshot is no longer known to be anywhere. */
static void
apply_sync (WeftThreadMachine *self, guint64 begin_ns)
{
  self->synced = TRUE;
  forget_ended (self, begin_ns);
  for (guint i = 0; i < self->threads->len; i++)
    {
      WeftMachineThread *thread = g_ptr_array_index (self->threads, i);

      if (thread->public.death_ns != 0 || thread->named_ns >= begin_ns
          || thread->sched.since_ns >= begin_ns)
        continue;
      weft_machine_touch (self, thread);
      weft_machine_enter (self, thread, begin_ns, WEFT_STATE_UNKNOWN);
    }
}

/* --- all of it -------------------------------------------------------------- */

/* Who runs where a record comes from; NULL when that is who the record names, for whom it
 * makes no difference but when it ends without having said so. */
static WeftMachineThread *
find_other (WeftThreadMachine *self, const struct weft_record *record)
{
  WeftMachineThread *running = weft_machine_get_running (self, record->cpu);
  gboolean ends = weft_record_kind (record) == WEFT_SWITCH
                  && weft_switch_left (&record->sw) == WEFT_LEFT_DEAD;

  return running == NULL || (running->public.tid == record->tid && (!ends || running->exiting))
             ? NULL
             : running;
}

WeftMachineThread *
weft_thread_machine_apply (WeftThreadMachine *self, const struct weft_record *record)
{
  const void *task = record;

  if (!self->is_told)
    self->hint = (WeftEndHint){ .running = find_other (self, record) };
  switch (weft_record_kind (record))
    {
    case WEFT_SWITCH:
      leave (self, record);
      come (self, record);
      return NULL;
    case WEFT_WAKE:
      apply_wake (self, record);
      return NULL;
    case WEFT_FORK:
      return weft_machine_apply_fork (self, task);
    case WEFT_EXEC:
      return weft_machine_apply_exec (self, task);
    case WEFT_EXIT:
      return weft_machine_apply_exit (self, task);
    case WEFT_RENAME:
      return weft_machine_apply_rename (self, task);
    case WEFT_STATE:
      return weft_machine_apply_state (self, task);
    case WEFT_LOST:
      apply_lost (self, record);
      return NULL;
    case WEFT_SYNC:
      apply_sync (self, MIN (record->sync.begin_ns, record->time_ns));
      return NULL;
    default:
      return NULL;
    }
}
