/* wait-streak.h: what a wait on a futex with a timeout was for, which its end tells. Pure.
 * In: how one thread leaves its CPU, and who wakes it. Out: what its last waits were.
 *
 * The same call is an idle worker that looks around now and then, a sleep, and a wait for
 * a lock that is made of a condition variable, as Python's interpreter lock is. Who wants
 * such a lock waits for some milliseconds, and when the clock ends that, does so again at
 * once, until a thread that lets go of the lock wakes it. Nobody idle is so impatient. */
#pragma once
#include "state.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 condition; /* it waits, or last waited, on; 0: no streak */
  guint64 proved;    /* a condition that turned out to be a lock's */
  guint64 begin_ns;  /* of the first wait of the streak */
  guint64 wait_ns;   /* of the newest */
  guint64 ran_ns;    /* on a CPU since that ended */
  guint chunk;       /* of which all this is */
  guint16 n_clocked; /* waits that the clock ended */
  guint waiting : 1;
  guint idle : 1; /* a wait was longer than who wants a lock would wait */
} WeftWaitStreak;

/* What the condition waits from a moment on were in truth. */
typedef struct
{
  guint64 from_ns;
  WeftState state;
} WeftWaitVerdict;

/* Whether weft_wait_streak_leave() has anything to do: few threads wait so. */
static inline gboolean
weft_wait_streak_cares (const WeftWaitStreak *self, WeftState state)
{
  return self->condition != 0 || state == WEFT_STATE_CONDITION;
}

/**
 * weft_wait_streak_leave:
 * @state: in which it is after @sw
 * @ran_ns: how long it was on the CPU
 * @chunk: streaks end with their chunk
 *
 * Returns: whether @verdict was set
 */
gboolean weft_wait_streak_leave (WeftWaitStreak *self, const struct weft_switch *sw,
                                 WeftState state, guint64 time_ns, guint64 ran_ns, guint chunk,
                                 WeftWaitVerdict *verdict);

/* @context: enum weft_context of whoever wakes it */
gboolean weft_wait_streak_wake (WeftWaitStreak *self, guint8 context, guint64 time_ns, guint chunk,
                                WeftWaitVerdict *verdict);

/**
 * weft_wait_tell_count:
 * @count: (inout): the address of the last futex that the thread waited on while it held
 *   something else than 2; that is none of a lock
 *
 * Returns: @state, or the condition wait that it is when a count happens to be 2
 */
WeftState weft_wait_tell_count (guint64 *count, const struct weft_switch *sw, WeftState state);

G_END_DECLS
