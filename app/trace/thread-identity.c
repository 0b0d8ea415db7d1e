/* thread-identity.c: who is who. In: records of lives, and who leaves a CPU. Out: the
 * thread that each is about.
 *
 * A thread is its tid and its start. The kernel tells of it until it is reaped, so also
 * after its last switch. An exec from a worker takes that thread to its leader's tid and
 * start, while the leader is a zombie, and is told of only when it is done: its RENAME,
 * and switches, come under the leader's tid before. */
#include "thread-machine-private.h"

/* Who was dead when a snapshot saw it was never there. */
static gboolean
begins_with_record (const struct weft_task_record *task)
{
  const struct weft_state_record *state = (const void *)task;
  guint8 kind = task->kind & WEFT_KIND_MASK;

  return kind == WEFT_FORK
         || (kind == WEFT_STATE && weft_switch_left (&state->sw) == WEFT_LEFT_DEAD);
}

static guint64
birth_of (WeftThreadMachine *self, const struct weft_task_record *task)
{
  guint64 start = task->start_boottime_ns > self->boot_offset_ns
                      ? task->start_boottime_ns - self->boot_offset_ns
                      : 0;

  if (begins_with_record (task))
    return task->time_ns;
  return MIN (MAX (start, self->start_ns), task->time_ns);
}

static WeftMachineThread *
bear_named (WeftThreadMachine *self, const struct weft_task_record *task)
{
  gboolean known
      = (task->kind & WEFT_KIND_MASK) == WEFT_FORK && !(task->task_flags & WEFT_TASK_UNWANTED);
  WeftMachineThread *other = weft_machine_find (self, task->tid);

  if (other != NULL) /* its end was lost */
    weft_machine_end_untold (self, other, task->time_ns);
  return weft_machine_bear (self, task->tid, birth_of (self, task),
                            known ? WEFT_STATE_RUNNABLE : WEFT_STATE_UNKNOWN, task->cpu);
}

/* The thread, living or not, that a record names. */
static WeftMachineThread *
find_same (WeftThreadMachine *self, const struct weft_task_record *task)
{
  WeftMachineThread *thread = weft_machine_find (self, task->tid);

  if (thread != NULL
      && (thread->public.start_boottime_ns == 0
          || thread->public.start_boottime_ns == task->start_boottime_ns))
    return thread;
  if (task->start_boottime_ns == 0)
    return NULL;
  return (WeftMachineThread *)weft_tid_lives_find_start (self->lives, task->tid,
                                                         task->start_boottime_ns);
}

static WeftMachineThread *
identify (WeftThreadMachine *self, const struct weft_task_record *task)
{
  WeftMachineThread *thread = find_same (self, task);

  if (thread == NULL)
    thread = bear_named (self, task);
  else
    weft_machine_touch (self, thread);
  if (thread == NULL)
    return NULL;
  thread->public.start_boottime_ns = task->start_boottime_ns;
  thread->tgid = task->tgid;
  return thread;
}

/* --- exec from a worker ---------------------------------------------------- */

static void
move_to_leader (WeftThreadMachine *self, WeftMachineThread *worker, guint64 time_ns)
{
  WeftMachineThread *leader = weft_machine_find (self, worker->tgid);
  WeftThread *before = weft_tid_lives_find (self->lives, worker->tgid, time_ns);

  weft_machine_touch (self, worker);
  if (worker == leader)
    return;
  if (before != NULL)
    {
      /* so that whoever brings the chunk back knows it */
      weft_machine_touch (self, (WeftMachineThread *)before);
      worker->public.start_boottime_ns = before->start_boottime_ns;
    }
  /* The leader's last switch may come yet, under the worker's old tid. */
  if (!self->is_told)
    self->hint.leader_stays
        = leader != NULL && leader->exiting && leader->sched.state == WEFT_STATE_RUNNING;
  if (leader != NULL && !self->hint.leader_stays)
    weft_machine_end_untold (self, leader, time_ns);
  weft_machine_unmap (self, worker);
  worker->public.first_tid = worker->public.tid;
  worker->public.moved_ns = MAX (time_ns, 1); /* 0: it did not */
  worker->public.tid = worker->tgid;
  weft_tid_lives_add (self->lives, worker->tgid, worker->public.moved_ns, &worker->public);
  weft_machine_map (self, worker->tgid, worker);
}

/* Whether an exec can take it to its leader's tid: whom one took there is its leader since. */
static gboolean
can_move (const WeftMachineThread *worker)
{
  return worker->public.moved_ns == 0;
}

/* Who ran on a CPU, and under the tid of its leader does so now, is amid such an exec. */
static void
notice_exec (WeftThreadMachine *self, guint32 tid, guint16 cpu, guint64 time_ns)
{
  WeftMachineThread *worker = weft_machine_get_running (self, cpu);
  WeftMachineThread *leader = weft_machine_find (self, tid);

  if (worker != NULL && can_move (worker) && worker->public.tid != tid && worker->tgid == tid
      && (leader == NULL || leader->exiting))
    move_to_leader (self, worker, time_ns);
}

WeftMachineThread *
weft_machine_apply_exec (WeftThreadMachine *self, const struct weft_task_record *task)
{
  WeftMachineThread *thread = NULL;

  if (task->old_tid != task->tid && task->old_tid != 0)
    thread = weft_machine_find (self, task->old_tid);
  /* an exec stays within its process */
  if (thread == NULL || !can_move (thread) || (thread->tgid != 0 && thread->tgid != task->tgid))
    {
      thread = find_same (self, task);
      if (thread == NULL || thread->public.death_ns == 0)
        return identify (self, task);
      weft_machine_touch (self, thread); /* so that whoever brings the chunk back knows it */
      thread = bear_named (self, task);  /* a worker that nobody told of */
    }
  else
    {
      thread->tgid = task->tgid;
      move_to_leader (self, thread, task->time_ns);
    }
  if (thread == NULL)
    return NULL;
  thread->tgid = task->tgid;
  thread->public.start_boottime_ns = task->start_boottime_ns;
  return thread;
}

/* --- the other records of lives ---------------------------------------------- */

WeftMachineThread *
weft_machine_apply_fork (WeftThreadMachine *self, const struct weft_task_record *task)
{
  WeftMachineThread *thread = identify (self, task);

  if (thread != NULL)
    weft_thread_place_begin (&thread->place);
  return thread;
}

WeftMachineThread *
weft_machine_apply_rename (WeftThreadMachine *self, const struct weft_task_record *task)
{
  if (task->tid == task->tgid)
    notice_exec (self, task->tid, task->cpu, task->time_ns);
  return identify (self, task);
}

WeftMachineThread *
weft_machine_apply_exit (WeftThreadMachine *self, const struct weft_task_record *task)
{
  WeftMachineThread *thread = identify (self, task);

  if (thread == NULL || thread->public.death_ns != 0)
    return thread;
  thread->exiting = TRUE;
  if (task->task_flags & WEFT_TASK_UNWANTED) /* its last switch will not be told */
    weft_machine_end_untold (self, thread, task->time_ns);
  return thread;
}

/* A snapshot's word counts only where nothing better is known. */
static gboolean
counts (WeftThreadMachine *self, const WeftMachineThread *thread,
        const struct weft_state_record *state)
{
  if (!self->is_told && weft_switch_left (&state->sw) == WEFT_LEFT_DEAD)
    self->hint.ends_nobody = thread->sched.state != WEFT_STATE_UNKNOWN;
  if (thread->public.death_ns != 0 || state->task.task_flags & WEFT_TASK_UNWANTED)
    return FALSE;
  return self->is_told ? !self->hint.ends_nobody : thread->sched.state == WEFT_STATE_UNKNOWN;
}

WeftMachineThread *
weft_machine_apply_state (WeftThreadMachine *self, const struct weft_state_record *state)
{
  WeftMachineThread *thread = identify (self, &state->task);

  if (thread == NULL)
    return NULL;
  thread->named_ns = state->task.time_ns;
  if (!(state->task.task_flags & WEFT_TASK_UNWANTED))
    weft_thread_place_stand (&thread->place, state->task.cpu);
  if (!counts (self, thread, state))
    return thread;
  weft_sched_enter (&thread->sched, MAX (state->task.time_ns, thread->sched.since_ns),
                    weft_machine_state_after (self, thread, &state->sw), state->task.cpu);
  weft_machine_note_running (self, thread);
  weft_machine_change (self, thread);
  if (thread->sched.state == WEFT_STATE_EXITED)
    weft_machine_end (self, thread, state->task.time_ns);
  return thread;
}

/* --- who leaves ----------------------------------------------------------------- */

/* An exec from a worker exchanges the tids of the worker and of its leader, which is dying
 * then: the leader's last switch may come under the worker's. */
static WeftMachineThread *
find_dying_leader (WeftThreadMachine *self, const WeftMachineThread *named,
                   const struct weft_record *record)
{
  WeftMachineThread *running = weft_machine_get_running (self, record->cpu), *leader;

  if (named != NULL && (named->exiting || running == named))
    return NULL;
  if (running != NULL && running->exiting)
    return running;
  leader = named != NULL ? weft_machine_find (self, named->tgid) : NULL;
  return leader != NULL && leader->exiting ? leader : NULL;
}

WeftMachineThread *
weft_machine_find_leaver (WeftThreadMachine *self, const struct weft_record *record)
{
  gboolean dead = weft_switch_left (&record->sw) == WEFT_LEFT_DEAD;
  WeftMachineThread *thread, *leader;

  if (!weft_machine_is_thread (record->tid))
    return NULL;
  notice_exec (self, record->tid, record->cpu, record->time_ns);
  thread = weft_machine_find (self, record->tid);
  leader = dead ? find_dying_leader (self, thread, record) : NULL;
  if (leader != NULL)
    return leader;
  if (dead && thread == NULL)
    {
      WeftThread *gone = weft_tid_lives_find (self->lives, record->tid, record->time_ns);

      if (gone != NULL)
        {
          /* so that whoever brings the chunk back knows it */
          weft_machine_touch (self, (WeftMachineThread *)gone);
          return NULL;
        }
    }
  return thread != NULL ? thread
                        : weft_machine_ensure (self, record->tid, record->time_ns, record->cpu);
}
