/* state.h: what a thread can be doing, and how a record is read as one. Pure. */
#pragma once
#include <glib.h>
#include "record.h"
#include "syscalls.h"

G_BEGIN_DECLS

/**
 * WeftState:
 *
 * The states of a thread over time. The order is the order in which a pixel
 * column stacks their shares, bottom up, and the order of every legend.
 * Six bits in a track.
 */
typedef enum
{
  WEFT_STATE_UNKNOWN = 0, /* before the first event, or inside a loss gap */
  WEFT_STATE_RUNNING,     /* on a CPU */
  WEFT_STATE_RUNNABLE,    /* preempted, or woken and not yet run */
  WEFT_STATE_LOCK,        /* futex used as a lock, file lock */
  WEFT_STATE_CONDITION,   /* condition variable, semaphore, join */
  WEFT_STATE_EVENT,       /* poll, epoll, select, eventfd: idle by design */
  WEFT_STATE_SOCKET,
  WEFT_STATE_PIPE_FILE,  /* pipe, tty, regular file, message queue */
  WEFT_STATE_TIMER,      /* nanosleep and its kin */
  WEFT_STATE_CHILD,      /* wait4, waitid, vfork until the child runs */
  WEFT_STATE_DISK,       /* in_iowait */
  WEFT_STATE_PAGE_FAULT, /* blocked with no system call */
  WEFT_STATE_OTHER,      /* any other wait */
  WEFT_STATE_STOPPED,    /* stopped or traced */
  WEFT_STATE_FROZEN,     /* by the freezer of its cgroup, or of the machine */
  WEFT_STATE_THROTTLED,  /* runnable, but its cgroup has used up its CPU time */
  WEFT_STATE_UNTOLD,     /* asleep or blocked, and nobody told why (imports) */
  WEFT_STATE_EXITED,
  WEFT_N_STATES
} WeftState;

/* The id used in JSON, CSV and SQLite: "running", "pipe_file" … Never translated. */
const char *weft_state_get_id (WeftState state);

/* What a person reads: "waiting for a CPU". Translated; static. */
const char *weft_state_get_label (WeftState state);

/**
 * weft_state_after:
 * @calls: the tables of the machine that recorded
 * @sw: how the thread left its CPU, or stands in a snapshot
 *
 * The state a thread is in once it left its CPU, as far as that is known then: a futex
 * that is waited for as a contended lock is a lock wait, all others are condition waits,
 * joins too. What a wait with a timeout was for is told by its end: wait-streak.h.
 */
WeftState weft_state_after (const WeftSyscalls *calls, const struct weft_switch *sw);

/* (nullable): "FUTEX_WAIT", as linux/futex.h calls the operation. */
const char *weft_state_get_futex_operation (guint8 operation);

/* Whether a thread that left so wanted to go on: the kernel counts it involuntary. */
gboolean weft_left_is_forced (guint8 left);

/**
 * weft_state_describe:
 *
 * The reason in words for a tooltip: "futex(0x7f3c…e8, FUTEX_WAIT_BITSET)",
 * "read from a socket", "preempted", "yielded". Translated; (transfer full).
 */
char *weft_state_describe (const WeftSyscalls *calls, const struct weft_switch *sw);

G_END_DECLS
