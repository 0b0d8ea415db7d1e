/* wait-streak.c: see the header. */
#include "wait-streak.h"

/* Python's waits for its lock are 5 ms long. */
#define IMPATIENT_NS 20000000
/* "At once": what it does between two waits, on a CPU. */
#define AT_ONCE_NS 1000000
/* A condition variable of glibc waits on one of two words beside each other. */
#define WORDS_MASK (~G_GUINT64_CONSTANT (7))

static void
forget (WeftWaitStreak *self)
{
  self->condition = 0;
  self->n_clocked = 0;
  self->waiting = FALSE;
  self->idle = FALSE;
}

static gboolean
is_of (const WeftWaitStreak *self, guint chunk)
{
  return self->condition != 0 && self->chunk == chunk;
}

/* What the clock ended, and was not begun again, was a sleep; on a condition that is known
 * as a lock's, the lock was free then. */
static gboolean
judge_unfinished (const WeftWaitStreak *self, guint chunk, WeftWaitVerdict *verdict)
{
  if (!is_of (self, chunk) || self->waiting || self->n_clocked == 0)
    return FALSE;
  *verdict = (WeftWaitVerdict){ self->begin_ns, self->proved == self->condition && !self->idle
                                                    ? WEFT_STATE_LOCK
                                                    : WEFT_STATE_TIMER };
  return TRUE;
}

/* Returns: whether @verdict was set for the streak before. */
static gboolean
begin_wait (WeftWaitStreak *self, guint64 condition, guint64 time_ns, guint chunk,
            WeftWaitVerdict *verdict)
{
  gboolean again = is_of (self, chunk) && self->condition == condition && self->n_clocked > 0
                   && self->ran_ns <= AT_ONCE_NS;
  gboolean judged = !again && judge_unfinished (self, chunk, verdict);

  if (!again)
    {
      forget (self);
      self->begin_ns = time_ns;
      if (self->chunk != chunk)
        self->proved = 0;
    }
  self->chunk = chunk;
  self->condition = condition;
  self->wait_ns = time_ns;
  self->ran_ns = 0;
  self->waiting = TRUE;
  return judged;
}

gboolean
weft_wait_streak_leave (WeftWaitStreak *self, const struct weft_switch *sw, WeftState state,
                        guint64 time_ns, guint64 ran_ns, guint chunk, WeftWaitVerdict *verdict)
{
  gboolean judged;

  if (state == WEFT_STATE_CONDITION && sw->flags & WEFT_FLAG_TIMEOUT && sw->arg >= 8)
    {
      self->ran_ns += ran_ns;
      return begin_wait (self, sw->arg & WORDS_MASK, time_ns, chunk, verdict);
    }
  if (self->condition == 0)
    return FALSE;
  self->ran_ns += ran_ns;
  /* The mutex that belongs to the condition is taken in between. */
  if (state == WEFT_STATE_RUNNABLE || state == WEFT_STATE_LOCK)
    return FALSE;
  judged = judge_unfinished (self, chunk, verdict);
  forget (self);
  return judged;
}

gboolean
weft_wait_streak_wake (WeftWaitStreak *self, guint8 context, guint64 time_ns, guint chunk,
                       WeftWaitVerdict *verdict)
{
  gboolean proved;

  if (!is_of (self, chunk) || !self->waiting)
    return FALSE;
  self->waiting = FALSE;
  if (context == WEFT_CONTEXT_SOFTIRQ || context == WEFT_CONTEXT_HARDIRQ)
    {
      self->idle |= time_ns - self->wait_ns > IMPATIENT_NS;
      self->n_clocked = (guint16)MIN (self->n_clocked + 1, G_MAXUINT16);
      return FALSE;
    }
  proved = context == WEFT_CONTEXT_TASK && !self->idle
           && (self->n_clocked > 0 || self->proved == self->condition);
  if (proved)
    {
      *verdict = (WeftWaitVerdict){ self->begin_ns, WEFT_STATE_LOCK };
      self->proved = self->condition;
    }
  forget (self);
  return proved;
}

WeftState
weft_wait_tell_count (guint64 *count, const struct weft_switch *sw, WeftState state)
{
  gboolean two = (sw->flags & WEFT_FLAG_CONTENDED) != 0;

  if (state == WEFT_STATE_CONDITION && !two)
    *count = sw->arg;
  return state == WEFT_STATE_LOCK && two && *count != 0 && *count == sw->arg ? WEFT_STATE_CONDITION
                                                                             : state;
}
