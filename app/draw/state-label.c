/* state-label.c: one word for each state. */
#include "state-label.h"

#include <glib/gi18n.h>

static const char *const labels[WEFT_N_STATES] = {
  [WEFT_STATE_UNKNOWN] = NC_ ("state", "unknown"),
  [WEFT_STATE_RUNNING] = NC_ ("state", "running"),
  [WEFT_STATE_RUNNABLE] = NC_ ("state", "waiting for a CPU"),
  [WEFT_STATE_LOCK] = NC_ ("state", "lock"),
  [WEFT_STATE_CONDITION] = NC_ ("state", "condition"),
  [WEFT_STATE_EVENT] = NC_ ("state", "event"),
  [WEFT_STATE_SOCKET] = NC_ ("state", "socket"),
  [WEFT_STATE_PIPE_FILE] = NC_ ("state", "pipe or file"),
  [WEFT_STATE_TIMER] = NC_ ("state", "timer"),
  [WEFT_STATE_CHILD] = NC_ ("state", "child"),
  [WEFT_STATE_DISK] = NC_ ("state", "disk"),
  [WEFT_STATE_PAGE_FAULT] = NC_ ("state", "page fault"),
  [WEFT_STATE_OTHER] = NC_ ("state", "other wait"),
  [WEFT_STATE_STOPPED] = NC_ ("state", "stopped"),
  [WEFT_STATE_FROZEN] = NC_ ("state", "frozen"),
  [WEFT_STATE_THROTTLED] = NC_ ("state", "throttled"),
  [WEFT_STATE_UNTOLD] = NC_ ("state", "sleeping, reason not told"),
  [WEFT_STATE_EXITED] = NC_ ("state", "exited"),
};

const char *
weft_state_get_short_label (WeftState state)
{
  g_return_val_if_fail ((guint)state < WEFT_N_STATES, "");
  return g_dpgettext2 (NULL, "state", labels[state]);
}
