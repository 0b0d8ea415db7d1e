/* sched-model.h: how the scheduler's records move one thread from state to
 * state. Pure: the same machine runs for live records and for a chunk that is
 * brought back, so both give the same track. */
#pragma once
#include "state.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 since_ns;
  guint8 state;    /* WeftState */
  guint8 slept_in; /* what it would have slept in, while `early` holds */
  guint16 cpu;     /* it runs on, or last ran on */
  guint woken : 1; /* its waking came while it was still on the CPU */
  guint early : 1; /* runnable by that waking: not yet confirmed */
} WeftSchedState;

/* Enters @state at @time_ns. */
void weft_sched_enter (WeftSchedState *self, guint64 time_ns, WeftState state, guint16 cpu);

/**
 * weft_sched_leave:
 *
 * The thread left @cpu for @state. A waking can precede the switch-out that it ends: the
 * waker sees the thread blocked before the switch is traced. Such a thread is
 * runnable from the switch-out on.
 */
void weft_sched_leave (WeftSchedState *self, WeftState state, guint64 time_ns, guint16 cpu);

/* The thread came to @cpu. */
void weft_sched_run (WeftSchedState *self, guint64 time_ns, guint16 cpu);

typedef enum
{
  WEFT_WAKE_IGNORED,   /* it was not asleep */
  WEFT_WAKE_ENDS_WAIT, /* it is runnable from here */
  /* It was taken for woken early, wrongly (that waking ended no sleep): it slept
   * in @slept from its last change on, and is runnable from here. */
  WEFT_WAKE_CORRECTS,
} WeftWakeEffect;

WeftWakeEffect weft_sched_wake (WeftSchedState *self, guint64 time_ns, guint16 cpu,
                                WeftState *slept);

G_END_DECLS
