/* sched-model.c: see the header. In: switches and wakings of one thread. Out: its state. */
#include "sched-model.h"

void
weft_sched_enter (WeftSchedState *self, guint64 time_ns, WeftState state, guint16 cpu)
{
  *self = (WeftSchedState){ .since_ns = time_ns, .state = state, .cpu = cpu };
}

static gboolean
is_sleep (WeftState state)
{
  switch (state)
    {
    case WEFT_STATE_UNKNOWN:
    case WEFT_STATE_RUNNING:
    case WEFT_STATE_RUNNABLE:
    case WEFT_STATE_THROTTLED:
    case WEFT_STATE_EXITED:
      return FALSE;
    default:
      return TRUE;
    }
}

void
weft_sched_leave (WeftSchedState *self, WeftState state, guint64 time_ns, guint16 cpu)
{
  gboolean early = self->woken && is_sleep (state);

  weft_sched_enter (self, time_ns, early ? WEFT_STATE_RUNNABLE : state, cpu);
  self->early = early;
  self->slept_in = state;
}

void
weft_sched_run (WeftSchedState *self, guint64 time_ns, guint16 cpu)
{
  weft_sched_enter (self, time_ns, WEFT_STATE_RUNNING, cpu);
}

WeftWakeEffect
weft_sched_wake (WeftSchedState *self, guint64 time_ns, guint16 cpu, WeftState *slept)
{
  if (self->state == WEFT_STATE_RUNNING)
    {
      self->woken = TRUE;
      return WEFT_WAKE_IGNORED;
    }
  if (self->early)
    {
      *slept = self->slept_in;
      weft_sched_enter (self, time_ns, WEFT_STATE_RUNNABLE, self->cpu);
      return WEFT_WAKE_CORRECTS;
    }
  if (self->state == WEFT_STATE_RUNNABLE || self->state == WEFT_STATE_EXITED)
    return WEFT_WAKE_IGNORED;
  weft_sched_enter (self, time_ns, WEFT_STATE_RUNNABLE, cpu);
  return WEFT_WAKE_ENDS_WAIT;
}
