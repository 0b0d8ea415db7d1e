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
 * Four bits in a track.
 */
typedef enum
{
  WEFT_STATE_UNKNOWN = 0, /* before the first event, or inside a loss gap */
  WEFT_STATE_RUNNING,     /* on a CPU */
  WEFT_STATE_RUNNABLE,    /* preempted, or woken and not yet run */
  WEFT_STATE_LOCK,        /* futex used as a lock */
  WEFT_STATE_CONDITION,   /* condition variable, semaphore, join */
  WEFT_STATE_EVENT,       /* poll, epoll, select, eventfd: idle by design */
  WEFT_STATE_SOCKET,
  WEFT_STATE_PIPE_FILE,  /* pipe, tty, regular file */
  WEFT_STATE_TIMER,      /* nanosleep and its kin */
  WEFT_STATE_CHILD,      /* wait4, waitid, vfork until the child runs */
  WEFT_STATE_DISK,       /* in_iowait */
  WEFT_STATE_PAGE_FAULT, /* blocked with no system call */
  WEFT_STATE_OTHER,      /* other uninterruptible or unclassified wait */
  WEFT_STATE_STOPPED,    /* stopped or traced */
  WEFT_STATE_EXITED,
  WEFT_N_STATES
} WeftState;

/* The id used in JSON, CSV and SQLite: "running", "pipe_file" … Never translated. */
const char *weft_state_get_id (WeftState state);

/* What a person reads: "waiting for a CPU". Translated; static. */
const char *weft_state_get_label (WeftState state);

/* FALSE and @state untouched when @id names none. */
gboolean weft_state_from_id (const char *id, WeftState *state);

/**
 * weft_state_after:
 * @calls: the tables of the machine that recorded
 * @sw: how the thread left its CPU, or stands in a snapshot
 *
 * The state a thread is in once it left its CPU, by DESIGN's classes: futex
 * WAIT, LOCK_PI and timed WAIT_BITSET are lock waits; untimed WAIT_BITSET, in
 * which joins wait too, and WAIT_REQUEUE_PI are condition waits.
 */
WeftState weft_state_after (const WeftSyscalls *calls, const struct weft_switch *sw);

/**
 * weft_state_describe:
 *
 * The reason in words for a tooltip: "futex(0x7f3c…e8, FUTEX_WAIT_BITSET)",
 * "read from a socket", "preempted", "yielded". Translated; (transfer full).
 */
char *weft_state_describe (const WeftSyscalls *calls, const struct weft_switch *sw);

G_END_DECLS
