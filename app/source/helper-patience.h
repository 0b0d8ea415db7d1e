/* helper-patience.h: whether a helper answers, and how long one that was told to stop is
 * waited for. In: its answers. Out: a word when it is silent, another when there is no more
 * to wait for. */
#pragma once
#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

typedef struct _WeftHelperPatience WeftHelperPatience;

/* @lost: it is not waited for any longer; else it has been silent for some seconds, and
 * the kernel may be what keeps it */
typedef void (*WeftHelperPatienceFunc) (gboolean lost, gpointer user_data);

/* @pid: of the helper; 0 when it is not known. @func is called in the context that is the
 * thread's default now: once for each silence, and once that it is lost. */
WeftHelperPatience *weft_helper_patience_new (pid_t pid, WeftHelperPatienceFunc func,
                                              gpointer user_data);
void weft_helper_patience_free (WeftHelperPatience *self);

/* It has answered. Accepts NULL. */
void weft_helper_patience_hear (WeftHelperPatience *self);

/* It was told to stop: from now on it is not waited for without end. A silence of before
 * counts anew. */
void weft_helper_patience_end (WeftHelperPatience *self);

G_END_DECLS
