/* chunk-rerun.c: see the header. Each function is the twin of one in trace-apply.c,
 * less names, marks, processes and counts. */
#include "chunk-rerun.h"
#include <string.h>

typedef struct
{
  guint32 tid, tgid;
  guint64 birth_ns;
  guint64 death_ns; /* 0 while alive */
  guint64 start_boottime_ns;
  guint64 named_ns;
  gboolean unborn; /* no record told of it yet */
  gboolean exiting;
  WeftSchedState sched;
  GArray *slices; /* WeftSlice */
} Rerun;

struct _WeftChunkRerun
{
  const WeftSyscalls *calls;
  GPtrArray *threads; /* Rerun, in order of addition */
  GHashTable *by_tid; /* tid → Rerun that has it now */
  GHashTable *births; /* tid → GQueue of the Reruns that are born with it */
};

static void
rerun_free (gpointer data)
{
  Rerun *rerun = data;

  g_array_unref (rerun->slices);
  g_free (rerun);
}

WeftChunkRerun *
weft_chunk_rerun_new (const WeftSyscalls *calls)
{
  WeftChunkRerun *self = g_new0 (WeftChunkRerun, 1);

  self->calls = calls;
  self->threads = g_ptr_array_new_with_free_func (rerun_free);
  self->by_tid = g_hash_table_new (NULL, NULL);
  self->births = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_queue_free);
  return self;
}

void
weft_chunk_rerun_free (WeftChunkRerun *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->threads);
  g_hash_table_unref (self->by_tid);
  g_hash_table_unref (self->births);
  g_free (self);
}

/* As the track would: the later word at one time counts, repeats are dropped. */
static void
push_slice (Rerun *rerun)
{
  WeftSlice slice
      = { .start_ns = rerun->sched.since_ns, .state = rerun->sched.state, .cpu = rerun->sched.cpu };

  if (rerun->slices->len > 0)
    {
      WeftSlice *last = &g_array_index (rerun->slices, WeftSlice, rerun->slices->len - 1);

      if (last->state == slice.state && last->cpu == slice.cpu)
        return;
      if (last->start_ns >= slice.start_ns)
        {
          last->state = slice.state;
          last->cpu = slice.cpu;
          return;
        }
    }
  g_array_append_val (rerun->slices, slice);
}

static void
enter (Rerun *rerun, guint64 time_ns, WeftState state, guint16 cpu)
{
  weft_sched_enter (&rerun->sched, time_ns, state, cpu);
  push_slice (rerun);
}

static void
expect_birth (WeftChunkRerun *self, Rerun *rerun)
{
  GQueue *queue = g_hash_table_lookup (self->births, GUINT_TO_POINTER (rerun->tid));

  if (queue == NULL)
    {
      queue = g_queue_new ();
      g_hash_table_insert (self->births, GUINT_TO_POINTER (rerun->tid), queue);
    }
  g_queue_push_tail (queue, rerun);
}

void
weft_chunk_rerun_add (WeftChunkRerun *self, const WeftChunkEntry *entry, const WeftThread *thread,
                      guint32 tgid)
{
  Rerun *rerun = g_new0 (Rerun, 1);

  rerun->tid = entry->tid;
  rerun->tgid = tgid;
  rerun->birth_ns = thread->birth_ns;
  rerun->death_ns = entry->dead ? thread->death_ns : 0;
  rerun->start_boottime_ns = entry->start_boottime_ns;
  rerun->named_ns = entry->named_ns;
  rerun->exiting = entry->exiting;
  rerun->sched = entry->before;
  rerun->slices = g_array_new (FALSE, FALSE, sizeof (WeftSlice));
  g_ptr_array_add (self->threads, rerun);
  rerun->unborn = entry->born;
  if (entry->born)
    expect_birth (self, rerun);
  else
    push_slice (rerun);
  if (!entry->born && !entry->dead)
    g_hash_table_insert (self->by_tid, GUINT_TO_POINTER (rerun->tid), rerun);
}

GArray *
weft_chunk_rerun_get_slices (WeftChunkRerun *self, guint i)
{
  return ((Rerun *)g_ptr_array_index (self->threads, i))->slices;
}

/* --- who is who ------------------------------------------------------------ */

static gboolean
is_thread (guint32 tid)
{
  return tid != 0 && tid != WEFT_TID_OTHER;
}

static Rerun *
rerun_of (WeftChunkRerun *self, guint32 tid)
{
  return g_hash_table_lookup (self->by_tid, GUINT_TO_POINTER (tid));
}

/* (nullable): where the records were not those of the entries */
static Rerun *
bear (WeftChunkRerun *self, guint32 tid)
{
  GQueue *queue = g_hash_table_lookup (self->births, GUINT_TO_POINTER (tid));
  Rerun *rerun = queue != NULL ? g_queue_pop_head (queue) : NULL;

  if (rerun == NULL)
    return NULL;
  rerun->unborn = FALSE;
  g_hash_table_insert (self->by_tid, GUINT_TO_POINTER (tid), rerun);
  push_slice (rerun);
  return rerun;
}

static void
end_thread (WeftChunkRerun *self, Rerun *rerun, guint64 time_ns)
{
  rerun->death_ns = time_ns;
  if (rerun_of (self, rerun->tid) == rerun)
    g_hash_table_remove (self->by_tid, GUINT_TO_POINTER (rerun->tid));
}

static Rerun *
identify (WeftChunkRerun *self, const struct weft_task_record *task)
{
  Rerun *rerun = rerun_of (self, task->tid);

  if (rerun != NULL && rerun->start_boottime_ns != 0
      && rerun->start_boottime_ns != task->start_boottime_ns)
    {
      enter (rerun, MAX (task->time_ns, rerun->sched.since_ns), WEFT_STATE_EXITED,
             rerun->sched.cpu);
      end_thread (self, rerun, task->time_ns);
      rerun = NULL;
    }
  if (rerun == NULL)
    rerun = bear (self, task->tid);
  if (rerun != NULL)
    rerun->start_boottime_ns = task->start_boottime_ns;
  return rerun;
}

/* --- switches and wakings -------------------------------------------------- */

static guint32
who_leaves (WeftChunkRerun *self, const struct weft_record *record)
{
  Rerun *rerun = rerun_of (self, record->tid), *leader;

  if (rerun == NULL || rerun->exiting || rerun->tgid == 0
      || weft_switch_left (&record->sw) != WEFT_LEFT_DEAD)
    return record->tid;
  leader = rerun_of (self, rerun->tgid);
  return leader != NULL && leader->exiting ? rerun->tgid : record->tid;
}

/* What came late was inserted: the block that took it was not evicted. */
static Rerun *
find_in_time (WeftChunkRerun *self, guint32 tid, guint64 time_ns)
{
  Rerun *rerun = is_thread (tid) ? rerun_of (self, tid) : NULL;

  if (!is_thread (tid) || (rerun != NULL && time_ns < rerun->sched.since_ns))
    return NULL;
  return rerun != NULL ? rerun : bear (self, tid);
}

static void
apply_switch (WeftChunkRerun *self, const struct weft_record *record)
{
  Rerun *rerun = find_in_time (self, who_leaves (self, record), record->time_ns);

  if (rerun != NULL)
    {
      weft_sched_leave (&rerun->sched, self->calls, &record->sw, record->time_ns, record->cpu);
      push_slice (rerun);
      if (weft_switch_left (&record->sw) == WEFT_LEFT_DEAD)
        end_thread (self, rerun, record->time_ns);
    }
  rerun = find_in_time (self, record->sw.next_tid, record->time_ns);
  if (rerun != NULL)
    {
      weft_sched_run (&rerun->sched, record->time_ns, record->cpu);
      push_slice (rerun);
    }
}

static void
apply_wake (WeftChunkRerun *self, const struct weft_record *record)
{
  Rerun *rerun = find_in_time (self, record->wake.woken_tid, record->time_ns);
  WeftWakeEffect effect;
  WeftState slept;

  if (rerun == NULL)
    return;
  effect = weft_sched_wake (&rerun->sched, record->time_ns, record->wake.target_cpu, &slept);
  if (effect == WEFT_WAKE_CORRECTS)
    {
      WeftSlice *last = &g_array_index (rerun->slices, WeftSlice, rerun->slices->len - 1);

      last->state = slept;
      last->cpu = rerun->sched.cpu;
    }
  if (effect != WEFT_WAKE_IGNORED)
    push_slice (rerun);
}

/* --- lives ------------------------------------------------------------------ */

static void
apply_exec (WeftChunkRerun *self, const struct weft_task_record *task)
{
  Rerun *worker = rerun_of (self, task->old_tid), *leader = rerun_of (self, task->tid);

  if (task->old_tid == task->tid || task->old_tid == 0 || worker == NULL)
    {
      identify (self, task);
      return;
    }
  if (leader != NULL && leader != worker)
    {
      enter (leader, MAX (task->time_ns, leader->sched.since_ns), WEFT_STATE_EXITED,
             leader->sched.cpu);
      end_thread (self, leader, task->time_ns);
    }
  g_hash_table_remove (self->by_tid, GUINT_TO_POINTER (task->old_tid));
  worker->tid = task->tid;
  worker->start_boottime_ns = task->start_boottime_ns;
  g_hash_table_insert (self->by_tid, GUINT_TO_POINTER (task->tid), worker);
}

static void
apply_exit (WeftChunkRerun *self, const struct weft_task_record *task)
{
  Rerun *rerun = identify (self, task);

  if (rerun == NULL)
    return;
  rerun->exiting = TRUE;
  if (!(task->task_flags & WEFT_TASK_UNWANTED))
    return;
  enter (rerun, task->time_ns, WEFT_STATE_EXITED, rerun->sched.cpu);
  end_thread (self, rerun, task->time_ns);
}

static void
apply_state (WeftChunkRerun *self, const struct weft_state_record *state)
{
  Rerun *rerun = identify (self, &state->task);

  if (rerun == NULL)
    return;
  rerun->named_ns = state->task.time_ns;
  if (rerun->sched.state == WEFT_STATE_UNKNOWN)
    enter (rerun, MAX (state->task.time_ns, rerun->sched.since_ns),
           weft_state_after (self->calls, &state->sw), state->task.cpu);
}

static void
apply_sync (WeftChunkRerun *self, guint64 begin_ns)
{
  for (guint i = 0; i < self->threads->len; i++)
    {
      Rerun *rerun = g_ptr_array_index (self->threads, i);

      if (!rerun->unborn && rerun->death_ns == 0 && rerun->named_ns < begin_ns
          && rerun->sched.since_ns < begin_ns)
        enter (rerun, begin_ns, WEFT_STATE_UNKNOWN, rerun->sched.cpu);
    }
}

static void
cut (Rerun *rerun, guint64 first_ns)
{
  guint64 time_ns = MAX (first_ns, rerun->birth_ns);
  GArray *slices = rerun->slices;

  if (rerun->unborn || (rerun->death_ns != 0 && rerun->death_ns <= first_ns))
    return;
  while (slices->len > 0 && g_array_index (slices, WeftSlice, slices->len - 1).start_ns > time_ns)
    g_array_set_size (slices, slices->len - 1);
  enter (rerun, time_ns, WEFT_STATE_UNKNOWN, rerun->sched.cpu);
  if (rerun->death_ns != 0)
    enter (rerun, rerun->death_ns, WEFT_STATE_EXITED, rerun->sched.cpu);
}

static void
apply_lost (WeftChunkRerun *self, guint64 first_ns)
{
  for (guint i = 0; i < self->threads->len; i++)
    cut (g_ptr_array_index (self->threads, i), first_ns);
}

void
weft_chunk_rerun_apply (WeftChunkRerun *self, const struct weft_record *record)
{
  const void *task = record;

  switch (record->kind)
    {
    case WEFT_SWITCH:
      apply_switch (self, record);
      break;
    case WEFT_WAKE:
      apply_wake (self, record);
      break;
    case WEFT_EXEC:
      apply_exec (self, task);
      break;
    case WEFT_EXIT:
      apply_exit (self, task);
      break;
    case WEFT_FORK:
    case WEFT_RENAME:
      identify (self, task);
      break;
    case WEFT_STATE:
      apply_state (self, task);
      break;
    case WEFT_LOST:
      apply_lost (self, MIN (record->lost.first_ns, record->time_ns));
      break;
    case WEFT_SYNC:
      apply_sync (self, record->sync.begin_ns);
      break;
    default:
      break;
    }
}
