/* thread-changes.c: threads as they are born, change and end. In: what a record means.
 * Out: calls of the sink, and who has which tid and which CPU. */
#include "thread-machine-private.h"

WeftMachineThread *
weft_thread_machine_lookup (WeftThreadMachine *self, guint32 tid)
{
  return weft_machine_find (self, tid);
}

void
weft_machine_map (WeftThreadMachine *self, guint32 tid, WeftMachineThread *thread)
{
  guint page = tid / TID_PAGE;

  self->lives_generation++;
  if (page >= N_TID_PAGES)
    return; /* no kernel gives such a tid; the thread is known by its id alone */
  if (self->by_tid[page] == NULL)
    self->by_tid[page] = g_new0 (WeftMachineThread *, TID_PAGE);
  self->by_tid[page][tid % TID_PAGE] = thread;
}

void
weft_machine_unmap (WeftThreadMachine *self, const WeftMachineThread *thread)
{
  if (weft_machine_find (self, thread->public.tid) == thread)
    weft_machine_map (self, thread->public.tid, NULL);
}

void
weft_thread_machine_add (WeftThreadMachine *self, WeftMachineThread *thread,
                         WeftMachineLosses losses)
{
  guint32 tid = thread->public.tid;

  g_ptr_array_add (self->threads, thread);
  if (thread->public.moved_ns != 0)
    {
      weft_tid_lives_add (self->lives, thread->public.first_tid, thread->public.birth_ns,
                          &thread->public);
      weft_tid_lives_add (self->lives, tid, thread->public.moved_ns, &thread->public);
    }
  else
    {
      weft_tid_lives_add (self->lives, tid, thread->public.birth_ns, &thread->public);
    }
  if (!(losses & WEFT_MACHINE_PASSED))
    weft_machine_note_running (self, thread);
  if (thread->public.death_ns == 0 && !(losses & WEFT_MACHINE_TID_TAKEN))
    weft_machine_map (self, tid, thread);
}

WeftMachineThread *
weft_machine_bear (WeftThreadMachine *self, guint32 tid, guint64 birth_ns, WeftState state,
                   guint16 cpu)
{
  WeftMachineThread *thread = self->functions->born (self->sink, tid, birth_ns, state, cpu);

  if (thread == NULL)
    return NULL;
  thread->changed_in = self->chunk;
  weft_thread_machine_add (self, thread, 0);
  return thread;
}

WeftMachineThread *
weft_machine_ensure (WeftThreadMachine *self, guint32 tid, guint64 time_ns, guint16 cpu)
{
  WeftMachineThread *thread = weft_machine_find (self, tid);

  if (thread == NULL)
    return weft_machine_bear (self, tid, self->synced ? time_ns : MIN (time_ns, self->start_ns),
                              WEFT_STATE_UNKNOWN, cpu);
  weft_machine_touch (self, thread);
  return thread;
}

WeftState
weft_machine_state_after (WeftThreadMachine *self, WeftMachineThread *thread,
                          const struct weft_switch *sw)
{
  WeftState state = weft_state_after (self->calls, sw);

  if ((state != WEFT_STATE_LOCK && state != WEFT_STATE_CONDITION)
      || weft_syscalls_get_kind (self->calls, sw->call, sw->flags & WEFT_FLAG_COMPAT)
             != WEFT_CALL_FUTEX)
    return state;
  return weft_wait_tell_count (&thread->count_address, sw, state);
}

void
weft_machine_enter (WeftThreadMachine *self, WeftMachineThread *thread, guint64 time_ns,
                    WeftState state)
{
  weft_sched_enter (&thread->sched, time_ns, state, thread->sched.cpu);
  weft_machine_change (self, thread);
}

void
weft_machine_correct (WeftThreadMachine *self, WeftMachineThread *thread, guint64 since_ns,
                      WeftState state)
{
  WeftSchedState now = thread->sched;

  if (thread->changed_in == self->chunk)
    {
      self->functions->corrected (self->sink, thread, state, now.cpu);
      return;
    }
  weft_machine_enter (self, thread, MAX (self->chunk_begin_ns, since_ns), state);
  thread->sched = now;
}

void
weft_machine_end (WeftThreadMachine *self, WeftMachineThread *thread, guint64 time_ns)
{
  self->lives_generation++;
  thread->public.death_ns = time_ns;
  weft_machine_unmap (self, thread);
}

void
weft_machine_end_untold (WeftThreadMachine *self, WeftMachineThread *thread, guint64 time_ns)
{
  weft_machine_touch (self, thread);
  weft_machine_enter (self, thread, MAX (time_ns, thread->sched.since_ns), WEFT_STATE_EXITED);
  weft_machine_end (self, thread, time_ns);
}

WeftEndHint
weft_thread_machine_get_hint (WeftThreadMachine *self)
{
  return self->hint;
}

void
weft_thread_machine_tell_hint (WeftThreadMachine *self, WeftEndHint hint)
{
  self->is_told = TRUE;
  self->hint = hint;
}

guint64
weft_thread_machine_get_lives_generation (WeftThreadMachine *self)
{
  return self->lives_generation;
}

void
weft_machine_note_running (WeftThreadMachine *self, WeftMachineThread *thread)
{
  guint16 cpu = thread->sched.cpu;

  if (thread->sched.state != WEFT_STATE_RUNNING)
    return;
  if (self->on_cpu->len <= cpu)
    g_ptr_array_set_size (self->on_cpu, cpu + 1);
  g_ptr_array_index (self->on_cpu, cpu) = thread;
}

WeftMachineLosses
weft_thread_machine_get_losses (WeftThreadMachine *self, const WeftMachineThread *thread)
{
  guint16 cpu = thread->sched.cpu;
  WeftMachineLosses losses = 0;

  if (thread->sched.state == WEFT_STATE_RUNNING
      && (cpu >= self->on_cpu_before->len
          || g_ptr_array_index (self->on_cpu_before, cpu) != thread))
    losses |= WEFT_MACHINE_PASSED;
  if (weft_machine_find (self, thread->public.tid) != thread)
    losses |= WEFT_MACHINE_TID_TAKEN;
  return losses;
}
