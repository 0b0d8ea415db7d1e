/* state.c: see the header. In: how a thread left its CPU. Out: its state. */
#include "state.h"
#include <glib/gi18n.h>
#include <linux/futex.h>
#include <linux/ipc.h>

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

static const struct
{
  const char *id;
  const char *label;
} states[WEFT_N_STATES] = {
  [WEFT_STATE_UNKNOWN] = { "unknown", N_ ("unknown") },
  [WEFT_STATE_RUNNING] = { "running", N_ ("running") },
  [WEFT_STATE_RUNNABLE] = { "runnable", N_ ("waiting for a CPU") },
  [WEFT_STATE_LOCK] = { "lock", N_ ("lock wait") },
  [WEFT_STATE_CONDITION] = { "condition", N_ ("condition wait") },
  [WEFT_STATE_EVENT] = { "event", N_ ("event wait") },
  [WEFT_STATE_SOCKET] = { "socket", N_ ("socket wait") },
  [WEFT_STATE_PIPE_FILE] = { "pipe_file", N_ ("pipe or file wait") },
  [WEFT_STATE_TIMER] = { "timer", N_ ("timer") },
  [WEFT_STATE_CHILD] = { "child", N_ ("child wait") },
  [WEFT_STATE_DISK] = { "disk", N_ ("disk wait") },
  [WEFT_STATE_PAGE_FAULT] = { "page_fault", N_ ("page fault") },
  [WEFT_STATE_OTHER] = { "other", N_ ("other wait") },
  [WEFT_STATE_STOPPED] = { "stopped", N_ ("stopped") },
  [WEFT_STATE_FROZEN] = { "frozen", N_ ("frozen") },
  [WEFT_STATE_THROTTLED] = { "throttled", N_ ("throttled") },
  [WEFT_STATE_UNTOLD] = { "untold", N_ ("sleeping, reason not told") },
  [WEFT_STATE_EXITED] = { "exited", N_ ("exited") },
};

const char *
weft_state_get_id (WeftState state)
{
  g_return_val_if_fail (state < WEFT_N_STATES, NULL);
  return states[state].id;
}

const char *
weft_state_get_label (WeftState state)
{
  g_return_val_if_fail (state < WEFT_N_STATES, NULL);
  return _ (states[state].label);
}

/* Mutexes of glibc, musl, GLib, Go and Rust set their word to 2 before they wait for it to
 * change; condition variables, semaphores, joins and parked threads wait on other values.
 * The conditions of GLib wait on a count that may be 2, and only they wait so with the
 * timeout that WAIT has. */
static WeftState
state_in_futex (const WeftSyscalls *calls, const struct weft_switch *sw)
{
  gboolean contended
      = (sw->flags & WEFT_FLAG_CONTENDED) != 0 || !weft_syscalls_tell_contended (calls);

  switch (weft_switch_aux (sw))
    {
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
      return WEFT_STATE_LOCK;
    case FUTEX_WAIT:
      return contended && !(sw->flags & WEFT_FLAG_TIMEOUT) ? WEFT_STATE_LOCK : WEFT_STATE_CONDITION;
    case FUTEX_WAIT_BITSET:
      return sw->flags & WEFT_FLAG_CONTENDED ? WEFT_STATE_LOCK : WEFT_STATE_CONDITION;
    case FUTEX_WAIT_REQUEUE_PI:
      return WEFT_STATE_CONDITION;
    default:
      return WEFT_STATE_OTHER;
    }
}

static WeftState
state_on_descriptor (const struct weft_switch *sw)
{
  switch (weft_switch_aux (sw))
    {
    case WEFT_INODE_SOCKET:
      return WEFT_STATE_SOCKET;
    case WEFT_INODE_EVENT:
      return WEFT_STATE_EVENT;
    default:
      return WEFT_STATE_PIPE_FILE;
    }
}

/* Of all that fcntl does only its locks are waited for in a sleep that a signal may end;
 * what cannot be interrupted is the file's own business. */
static WeftState
state_on_file_lock (const struct weft_switch *sw, gboolean interruptible)
{
  return interruptible ? WEFT_STATE_LOCK : state_on_descriptor (sw);
}

static WeftState
state_in_ipc (const struct weft_switch *sw)
{
  switch (sw->arg & 0xffff) /* above it is the version of the call */
    {
    case SEMOP:
    case SEMTIMEDOP:
      return WEFT_STATE_CONDITION;
    case MSGSND:
    case MSGRCV:
      return WEFT_STATE_PIPE_FILE;
    default:
      return WEFT_STATE_OTHER;
    }
}

static WeftState
state_in_call (const WeftSyscalls *calls, const struct weft_switch *sw, gboolean interruptible)
{
  switch (weft_syscalls_get_kind (calls, sw->call, sw->flags & WEFT_FLAG_COMPAT))
    {
    case WEFT_CALL_FUTEX:
      return state_in_futex (calls, sw);
    case WEFT_CALL_EVENT:
      return WEFT_STATE_EVENT;
    case WEFT_CALL_TIMER:
      return WEFT_STATE_TIMER;
    case WEFT_CALL_CHILD:
      return WEFT_STATE_CHILD;
    case WEFT_CALL_SOCKET:
      return WEFT_STATE_SOCKET;
    case WEFT_CALL_FD:
      return state_on_descriptor (sw);
    case WEFT_CALL_FILE_LOCK:
      return state_on_file_lock (sw, interruptible);
    case WEFT_CALL_SEMAPHORE:
      return WEFT_STATE_CONDITION;
    case WEFT_CALL_QUEUE:
      return WEFT_STATE_PIPE_FILE;
    case WEFT_CALL_IPC:
      return state_in_ipc (sw);
    case WEFT_CALL_OTHER:
    default:
      return WEFT_STATE_OTHER;
    }
}

static WeftState
state_blocked (const WeftSyscalls *calls, const struct weft_switch *sw, gboolean interruptible)
{
  /* They sleep so until there is work for them: idle by design, as polls are. */
  if (sw->flags & WEFT_FLAG_KERNEL)
    return interruptible ? WEFT_STATE_EVENT : WEFT_STATE_OTHER;
  if (sw->flags & WEFT_FLAG_CALL_UNTOLD)
    return WEFT_STATE_UNTOLD;
  if (sw->call == WEFT_CALL_NONE)
    return interruptible ? WEFT_STATE_OTHER : WEFT_STATE_PAGE_FAULT;
  return state_in_call (calls, sw, interruptible);
}

WeftState
weft_state_after (const WeftSyscalls *calls, const struct weft_switch *sw)
{
  switch (weft_switch_left (sw))
    {
    case WEFT_LEFT_PREEMPTED:
    case WEFT_LEFT_YIELDED:
      return WEFT_STATE_RUNNABLE;
    case WEFT_LEFT_SLEEP:
      return state_blocked (calls, sw, TRUE);
    case WEFT_LEFT_BLOCKED:
      return state_blocked (calls, sw, FALSE);
    case WEFT_LEFT_DISK:
      return WEFT_STATE_DISK;
    case WEFT_LEFT_STOPPED:
    case WEFT_LEFT_TRACED:
      return WEFT_STATE_STOPPED;
    case WEFT_LEFT_FROZEN:
      return WEFT_STATE_FROZEN;
    case WEFT_LEFT_THROTTLED:
      return WEFT_STATE_THROTTLED;
    case WEFT_LEFT_DEAD:
      return WEFT_STATE_EXITED;
    case WEFT_LEFT_IDLE:
      return WEFT_STATE_EVENT;
    case WEFT_LEFT_RUNNING:
      return WEFT_STATE_RUNNING;
    default:
      return WEFT_STATE_UNKNOWN;
    }
}

gboolean
weft_left_is_forced (guint8 left)
{
  return left == WEFT_LEFT_PREEMPTED || left == WEFT_LEFT_YIELDED || left == WEFT_LEFT_THROTTLED;
}

const char *
weft_state_get_futex_operation (guint8 operation)
{
  static const char *const names[] = {
    "FUTEX_WAIT",           "FUTEX_WAKE",        "FUTEX_FD",          "FUTEX_REQUEUE",
    "FUTEX_CMP_REQUEUE",    "FUTEX_WAKE_OP",     "FUTEX_LOCK_PI",     "FUTEX_UNLOCK_PI",
    "FUTEX_TRYLOCK_PI",     "FUTEX_WAIT_BITSET", "FUTEX_WAKE_BITSET", "FUTEX_WAIT_REQUEUE_PI",
    "FUTEX_CMP_REQUEUE_PI", "FUTEX_LOCK_PI2",
  };

  return operation < G_N_ELEMENTS (names) ? names[operation] : NULL;
}

static const char *
inode_label (guint8 inode)
{
  switch (inode)
    {
    case WEFT_INODE_SOCKET:
      return _ ("socket");
    case WEFT_INODE_PIPE:
      return _ ("pipe");
    case WEFT_INODE_FILE:
      return _ ("file");
    case WEFT_INODE_TTY:
      return _ ("terminal");
    case WEFT_INODE_EVENT:
      return _ ("event descriptor");
    default:
      return NULL;
    }
}

/* Whether the first argument is a small number: a descriptor, the id of a queue. */
static gboolean
is_of_number (WeftCallKind kind)
{
  return kind == WEFT_CALL_FD || kind == WEFT_CALL_SOCKET || kind == WEFT_CALL_FILE_LOCK
         || kind == WEFT_CALL_SEMAPHORE || kind == WEFT_CALL_QUEUE;
}

static char *
describe_call (const WeftSyscalls *calls, const struct weft_switch *sw)
{
  gboolean compat = (sw->flags & WEFT_FLAG_COMPAT) != 0;
  const char *name = weft_syscalls_get_name (calls, sw->call, compat);
  WeftCallKind kind = weft_syscalls_get_kind (calls, sw->call, compat);
  const char *inode = inode_label (weft_switch_aux (sw));
  const char *operation = weft_state_get_futex_operation (weft_switch_aux (sw));

  if (name == NULL)
    return g_strdup_printf (_ ("system call %d"), sw->call);
  if (kind == WEFT_CALL_FUTEX)
    return g_strdup_printf ("%s(0x%" G_GINT64_MODIFIER "x, %s%s)", name, (guint64)sw->arg,
                            operation != NULL ? operation : "?",
                            sw->flags & WEFT_FLAG_TIMEOUT ? _ (", with a timeout") : "");
  if (is_of_number (kind) && inode != NULL)
    /* Translators: a system call, the descriptor's number, what it is: read(3), pipe */
    return g_strdup_printf (_ ("%s(%d), %s"), name, (int)sw->arg, inode);
  if (is_of_number (kind))
    return g_strdup_printf ("%s(%d)", name, (int)sw->arg);
  return g_strdup (name);
}

char *
weft_state_describe (const WeftSyscalls *calls, const struct weft_switch *sw)
{
  switch (weft_switch_left (sw))
    {
    case WEFT_LEFT_PREEMPTED:
      return g_strdup (_ ("preempted"));
    case WEFT_LEFT_YIELDED:
      return g_strdup (_ ("yielded the CPU"));
    case WEFT_LEFT_STOPPED:
      return g_strdup (_ ("stopped by a signal"));
    case WEFT_LEFT_TRACED:
      return g_strdup (_ ("stopped by a debugger"));
    case WEFT_LEFT_FROZEN:
      return g_strdup (_ ("frozen with its control group"));
    case WEFT_LEFT_THROTTLED:
      return g_strdup (_ ("its control group has used up its CPU time"));
    case WEFT_LEFT_DEAD:
      return g_strdup (_ ("exited"));
    case WEFT_LEFT_IDLE:
      return g_strdup (_ ("kernel thread at rest"));
    case WEFT_LEFT_UNKNOWN:
    case WEFT_LEFT_RUNNING:
      return g_strdup (weft_state_get_label (weft_state_after (calls, sw)));
    default:
      break;
    }
  if (sw->flags & WEFT_FLAG_KERNEL)
    return g_strdup (weft_switch_left (sw) == WEFT_LEFT_SLEEP ? _ ("kernel thread at rest")
                                                              : _ ("kernel thread waiting"));
  if (sw->flags & WEFT_FLAG_CALL_UNTOLD)
    return g_strdup (weft_state_get_label (WEFT_STATE_UNTOLD));
  if (sw->call == WEFT_CALL_NONE)
    return g_strdup (_ ("not in a system call"));
  return describe_call (calls, sw);
}
