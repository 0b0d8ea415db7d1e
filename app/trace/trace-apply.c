/* trace-apply.c: what one record does. In: records in order of time (late ones
 * apart). Out: changes of tracks, threads, processes and marks. */
#include "trace-store-private.h"
#include <string.h>

static gboolean
is_thread (guint32 tid)
{
  return tid != 0 && tid != WEFT_TID_OTHER;
}

static void
append_state (WeftTraceStore *self, ThreadEntry *entry)
{
  if (entry->sched.since_ns < self->edge_ns) /* late, and yet the thread's newest */
    weft_thread_track_revise (entry->public.track);
  weft_thread_track_append (entry->public.track, weft_trace_store_open_chunk (self),
                            entry->sched.since_ns, entry->sched.state, entry->sched.cpu);
}

/* The thread that has this tid; one that nobody announced begins here, or was there
 * from the start if the first snapshot may still name it. */
static ThreadEntry *
ensure_thread (WeftTraceStore *self, guint32 tid, guint64 time_ns, guint16 cpu)
{
  ThreadEntry *entry = weft_trace_store_entry_of_tid (self, tid);

  if (entry != NULL)
    {
      weft_trace_store_touch (self, entry, FALSE);
      return entry;
    }
  if (!self->synced)
    time_ns = MIN (time_ns, self->info.start_ns);
  entry = weft_trace_store_add_thread (self, tid, time_ns, WEFT_STATE_UNKNOWN, cpu);
  weft_trace_store_touch (self, entry, TRUE);
  return entry;
}

static void
end_thread (WeftTraceStore *self, ThreadEntry *entry, guint64 time_ns)
{
  entry->public.death_ns = time_ns;
  if (weft_trace_store_entry_of_tid (self, entry->public.tid) == entry)
    weft_trace_store_unmap_tid (self, entry->public.tid);
}

static void
count_leave (ThreadEntry *entry, const struct weft_switch *sw)
{
  guint8 left = weft_switch_left (sw);

  entry->public.switches++;
  if (left == WEFT_LEFT_PREEMPTED || left == WEFT_LEFT_YIELDED)
    entry->public.involuntary++;
  else
    entry->public.voluntary++;
}

static void
count_run (ThreadEntry *entry, guint16 cpu)
{
  if (entry->sched.state != WEFT_STATE_UNKNOWN && entry->sched.cpu != cpu)
    entry->public.migrations++;
}

/* A record that came after its window: its changes go where they belong. */
static gboolean
apply_late_change (WeftTraceStore *self, guint32 tid, guint64 time_ns, WeftState state, guint16 cpu)
{
  ThreadEntry *entry = weft_trace_store_entry_of_tid (self, tid);

  if (entry == NULL || time_ns >= entry->sched.since_ns)
    return FALSE;
  weft_trace_store_touch (self, entry, FALSE);
  weft_thread_track_insert (entry->public.track, weft_trace_store_open_chunk (self), time_ns, state,
                            cpu);
  return TRUE;
}

/* Who leaves. An exec from a worker exchanges the tids of the worker and of its
 * leader, which is dying then: the leader's last switch may come under the worker's. */
static guint32
who_leaves (WeftTraceStore *self, const struct weft_record *record)
{
  ThreadEntry *entry = weft_trace_store_entry_of_tid (self, record->tid), *leader;
  const WeftProcess *process;

  if (entry == NULL || entry->exiting || weft_switch_left (&record->sw) != WEFT_LEFT_DEAD
      || entry->public.process == WEFT_NO_ID)
    return record->tid;
  process = weft_process_table_get (self->processes, entry->public.process);
  leader = weft_trace_store_entry_of_tid (self, process->tgid);
  return leader != NULL && leader->exiting ? process->tgid : record->tid;
}

static void
apply_switch (WeftTraceStore *self, const struct weft_record *record)
{
  const struct weft_switch *sw = &record->sw;
  guint32 leaver = who_leaves (self, record);
  ThreadEntry *entry;

  self->totals.switches++;
  if (is_thread (leaver)
      && !apply_late_change (self, leaver, record->time_ns, weft_state_after (self->syscalls, sw),
                             record->cpu))
    {
      entry = ensure_thread (self, leaver, record->time_ns, record->cpu);
      count_leave (entry, sw);
      weft_sched_leave (&entry->sched, self->syscalls, sw, record->time_ns, record->cpu);
      append_state (self, entry);
      if (weft_switch_left (sw) == WEFT_LEFT_DEAD)
        end_thread (self, entry, record->time_ns);
    }
  if (is_thread (sw->next_tid)
      && !apply_late_change (self, sw->next_tid, record->time_ns, WEFT_STATE_RUNNING, record->cpu))
    {
      entry = ensure_thread (self, sw->next_tid, record->time_ns, record->cpu);
      count_run (entry, record->cpu);
      weft_sched_run (&entry->sched, record->time_ns, record->cpu);
      append_state (self, entry);
    }
}

static void
apply_wake (WeftTraceStore *self, const struct weft_record *record)
{
  guint32 tid = record->wake.woken_tid;
  ThreadEntry *entry;
  WeftState slept;

  if (!is_thread (tid))
    return;
  if (apply_late_change (self, tid, record->time_ns, WEFT_STATE_RUNNABLE, record->cpu))
    return;
  entry = ensure_thread (self, tid, record->time_ns, record->wake.target_cpu);
  entry->public.wakeups++;
  switch (weft_sched_wake (&entry->sched, record->time_ns, record->wake.target_cpu, &slept))
    {
    case WEFT_WAKE_CORRECTS:
      weft_thread_track_revise (entry->public.track);
      weft_thread_track_append (entry->public.track, weft_trace_store_open_chunk (self),
                                weft_thread_track_get_last_change (entry->public.track), slept,
                                entry->sched.cpu);
      append_state (self, entry);
      break;
    case WEFT_WAKE_ENDS_WAIT:
      append_state (self, entry);
      break;
    case WEFT_WAKE_IGNORED:
      break;
    }
}

static void
set_thread_name (WeftTraceStore *self, ThreadEntry *entry, const char *comm)
{
  g_autofree char *name = weft_make_printable (comm, WEFT_COMM_BYTES);

  entry->public.name = g_string_chunk_insert_const (self->strings, name);
}

static void
mark_thread (WeftTraceStore *self, const struct weft_task_record *task, ThreadEntry *entry,
             WeftMarkKind kind, guint64 value, const char *text)
{
  WeftMark mark = { .time_ns = task->time_ns,
                    .start_ns = task->time_ns,
                    .value = value,
                    .thread = entry->public.id,
                    .kind = kind,
                    .cpu = task->cpu };

  weft_trace_store_add_mark (self, mark, text);
}

static guint64
leader_start_of (WeftTraceStore *self, const struct weft_task_record *task)
{
  ThreadEntry *entry;

  if (task->tid == task->tgid)
    return task->start_boottime_ns;
  entry = weft_trace_store_entry_of_tid (self, task->tgid);
  return entry != NULL ? entry->public.start_boottime_ns : 0;
}

/* The entry of the thread a record names, made known as far as the record tells.
 * @born: it starts with this record, so an older thread of this tid is another. */
static ThreadEntry *
identify (WeftTraceStore *self, const struct weft_task_record *task, gboolean born)
{
  ThreadEntry *entry = weft_trace_store_entry_of_tid (self, task->tid);
  gboolean other = entry != NULL && entry->public.start_boottime_ns != 0
                   && entry->public.start_boottime_ns != task->start_boottime_ns;

  if (other)
    {
      weft_trace_store_touch (self, entry, FALSE);
      weft_sched_enter (&entry->sched, MAX (task->time_ns, entry->sched.since_ns),
                        WEFT_STATE_EXITED, entry->sched.cpu);
      append_state (self, entry);
      end_thread (self, entry, task->time_ns);
      entry = NULL;
    }
  if (entry == NULL)
    {
      guint64 offset = self->info.boottime_ns - self->info.start_ns;
      guint64 start = task->start_boottime_ns > offset ? task->start_boottime_ns - offset : 0;
      guint64 birth = born ? task->time_ns : MIN (MAX (start, self->info.start_ns), task->time_ns);

      gboolean known = born && !(task->task_flags & WEFT_TASK_UNWANTED);

      entry = weft_trace_store_add_thread (self, task->tid, birth,
                                           known ? WEFT_STATE_RUNNABLE : WEFT_STATE_UNKNOWN,
                                           task->cpu);
      weft_trace_store_touch (self, entry, TRUE);
    }
  entry->public.start_boottime_ns = task->start_boottime_ns;
  return entry;
}

static void
set_process_of (WeftTraceStore *self, ThreadEntry *entry, const struct weft_task_record *task,
                guint64 leader_start)
{
  guint process = weft_process_table_apply (self->processes, task, leader_start);

  weft_trace_store_set_process (self, entry, process);
}

static void
apply_fork (WeftTraceStore *self, const struct weft_task_record *task)
{
  ThreadEntry *entry = identify (self, task, TRUE);

  self->totals.forks++;
  set_thread_name (self, entry, task->comm);
  set_process_of (self, entry, task, leader_start_of (self, task));
  mark_thread (self, task, entry, WEFT_MARK_FORK, task->parent_tid, NULL);
}

/* Exec from a worker: that thread goes on under the leader's tid and start time. */
static ThreadEntry *
move_to_leader (WeftTraceStore *self, const struct weft_task_record *task)
{
  ThreadEntry *worker = weft_trace_store_entry_of_tid (self, task->old_tid);
  ThreadEntry *leader = weft_trace_store_entry_of_tid (self, task->tid);

  if (worker == NULL)
    return identify (self, task, FALSE);
  if (leader != NULL && leader != worker)
    {
      weft_trace_store_touch (self, leader, FALSE);
      weft_sched_enter (&leader->sched, MAX (task->time_ns, leader->sched.since_ns),
                        WEFT_STATE_EXITED, leader->sched.cpu);
      append_state (self, leader);
      end_thread (self, leader, task->time_ns);
    }
  weft_trace_store_touch (self, worker, FALSE);
  weft_trace_store_unmap_tid (self, task->old_tid);
  worker->public.tid = task->tid;
  worker->public.start_boottime_ns = task->start_boottime_ns;
  weft_trace_store_map_tid (self, task->tid, worker->public.id);
  return worker;
}

static void
apply_exec (WeftTraceStore *self, const struct weft_task_record *task)
{
  ThreadEntry *entry = task->old_tid != task->tid && task->old_tid != 0
                           ? move_to_leader (self, task)
                           : identify (self, task, FALSE);

  set_thread_name (self, entry, task->comm);
  set_process_of (self, entry, task, task->start_boottime_ns);
  mark_thread (self, task, entry, WEFT_MARK_EXEC, 0, entry->public.name);
}

static void
apply_exit (WeftTraceStore *self, const struct weft_task_record *task)
{
  ThreadEntry *entry = identify (self, task, FALSE);

  entry->exiting = TRUE;
  if (task->task_flags & WEFT_TASK_LAST_THREAD)
    self->totals.exits++;
  if (entry->public.name == NULL)
    set_thread_name (self, entry, task->comm);
  set_process_of (self, entry, task, leader_start_of (self, task));
  mark_thread (self, task, entry, WEFT_MARK_EXIT, task->status, NULL);
  if (!(task->task_flags & WEFT_TASK_UNWANTED))
    return;
  /* Its last switch will not be told. */
  weft_trace_store_touch (self, entry, FALSE);
  weft_sched_enter (&entry->sched, task->time_ns, WEFT_STATE_EXITED, entry->sched.cpu);
  append_state (self, entry);
  end_thread (self, entry, task->time_ns);
}

static void
apply_rename (WeftTraceStore *self, const struct weft_task_record *task)
{
  ThreadEntry *entry = identify (self, task, FALSE);

  set_thread_name (self, entry, task->comm);
  set_process_of (self, entry, task, leader_start_of (self, task));
  mark_thread (self, task, entry, WEFT_MARK_RENAME, 0, entry->public.name);
}

/* A snapshot's word counts only where nothing better is known. */
static void
apply_state (WeftTraceStore *self, const struct weft_state_record *state)
{
  ThreadEntry *entry = identify (self, &state->task, FALSE);

  entry->named_ns = state->task.time_ns;
  set_thread_name (self, entry, state->task.comm);
  if (entry->public.process == WEFT_NO_ID || state->task.tid == state->task.tgid)
    set_process_of (self, entry, &state->task, state->leader_start_boottime_ns);
  if (entry->sched.state != WEFT_STATE_UNKNOWN)
    return;
  weft_trace_store_touch (self, entry, FALSE);
  weft_sched_enter (&entry->sched, MAX (state->task.time_ns, entry->sched.since_ns),
                    weft_state_after (self->syscalls, &state->sw), state->task.cpu);
  append_state (self, entry);
}

/* Within the gap nothing is known of anyone; what is known of exits stays. */
static void
cut_thread (WeftTraceStore *self, ThreadEntry *entry, guint64 first_ns)
{
  guint chunk = weft_trace_store_open_chunk (self);
  guint64 death = entry->public.death_ns;

  if (death != 0 && death <= first_ns)
    return;
  weft_trace_store_touch (self, entry, FALSE);
  weft_thread_track_cut (entry->public.track, chunk, first_ns, WEFT_STATE_UNKNOWN);
  weft_sched_enter (&entry->sched, weft_thread_track_get_last_change (entry->public.track),
                    WEFT_STATE_UNKNOWN, entry->sched.cpu);
  if (death == 0)
    return;
  weft_sched_enter (&entry->sched, death, WEFT_STATE_EXITED, entry->sched.cpu);
  append_state (self, entry);
}

static void
apply_lost (WeftTraceStore *self, const struct weft_record *record)
{
  WeftMark mark = { .time_ns = record->time_ns,
                    .start_ns = MIN (record->lost.first_ns, record->time_ns),
                    .value = record->lost.count,
                    .thread = WEFT_NO_ID,
                    .kind = WEFT_MARK_LOST,
                    .cpu = record->cpu };

  self->totals.lost += record->lost.count;
  weft_trace_store_add_mark (self, mark, NULL);
  for (guint i = 0; i < self->threads->len; i++)
    cut_thread (self, weft_trace_store_entry (self, i), mark.start_ns);
}

/* Who was not named by a complete snapshot is no longer known to be anywhere. */
static void
apply_sync (WeftTraceStore *self, const struct weft_record *record)
{
  self->synced = TRUE;
  for (guint i = 0; i < self->threads->len; i++)
    {
      ThreadEntry *entry = weft_trace_store_entry (self, i);
      guint64 begin = record->sync.begin_ns;

      if (entry->public.death_ns != 0 || entry->named_ns >= begin || entry->sched.since_ns >= begin)
        continue;
      weft_trace_store_touch (self, entry, FALSE);
      weft_sched_enter (&entry->sched, begin, WEFT_STATE_UNKNOWN, entry->sched.cpu);
      append_state (self, entry);
    }
}

static void
apply_suspend (WeftTraceStore *self, const struct weft_record *record)
{
  WeftMark mark = { .time_ns = record->time_ns,
                    .start_ns = record->time_ns,
                    .value = record->suspend.length_ns,
                    .thread = WEFT_NO_ID,
                    .kind = WEFT_MARK_SUSPEND,
                    .cpu = record->cpu };

  weft_trace_store_add_mark (self, mark, NULL);
}

void
weft_trace_store_apply (WeftTraceStore *self, const struct weft_record *record)
{
  const void *task = record;

  if (record->kind != WEFT_STATE && record->kind != WEFT_LOST && record->kind != WEFT_SYNC)
    self->totals.events++;
  if (record->time_ns < self->applied_ns)
    self->totals.late++;
  weft_trace_store_keep_record (self, record);
  switch (record->kind)
    {
    case WEFT_SWITCH:
      apply_switch (self, record);
      break;
    case WEFT_WAKE:
      apply_wake (self, record);
      break;
    case WEFT_FORK:
      apply_fork (self, task);
      break;
    case WEFT_EXEC:
      apply_exec (self, task);
      break;
    case WEFT_EXIT:
      apply_exit (self, task);
      break;
    case WEFT_RENAME:
      apply_rename (self, task);
      break;
    case WEFT_STATE:
      apply_state (self, task);
      break;
    case WEFT_LOST:
      apply_lost (self, record);
      break;
    case WEFT_SYNC:
      apply_sync (self, record);
      break;
    case WEFT_SUSPEND:
      apply_suspend (self, record);
      break;
    default:
      break;
    }
  self->applied_ns = MAX (self->applied_ns, record->time_ns);
}
