/* helper-session.h: one session with the helper, seen from the app, in a thread
 * of its own. In: orders from the owner's thread. Out: records in the store, and
 * events for the owner. The client is its only user. */
#pragma once
#include "helper-client.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_HELPER_STARTED,  /* error: it did not, and the thread has ended */
  WEFT_HELPER_PROGRESS, /* a batch is in the store */
  WEFT_HELPER_REFUSED,  /* error: the targets */
  WEFT_HELPER_SILENT,   /* it has not answered for some seconds, running or told to stop */
  WEFT_HELPER_OVER,     /* store finished, the thread ends; error: unasked */
} WeftHelperEvent;

typedef struct _WeftHelperSession WeftHelperSession;

/* In the session's thread. @error: (transfer none) (nullable) */
typedef void (*WeftHelperEventFunc) (WeftHelperEvent event, const GError *error,
                                     gpointer user_data);

/**
 * weft_helper_session_new:
 * @targets: (transfer none) (nullable): (aubb), what SetTargets takes
 *
 * Begins at once. @func is called until weft_helper_session_free() returns.
 */
WeftHelperSession *weft_helper_session_new (WeftTraceStore *store, const WeftHelperOptions *options,
                                            GVariant *targets, WeftHelperEventFunc func,
                                            gpointer user_data);

/* Cuts the connection, waits for the thread. Accepts NULL. */
void weft_helper_session_free (WeftHelperSession *self);

/* Gives up a start that is under way. */
void weft_helper_session_cancel (WeftHelperSession *self);

/* Once started. */
void weft_helper_session_set_targets (WeftHelperSession *self, GVariant *targets);
void weft_helper_session_stop (WeftHelperSession *self);
/* Ends the trace with what is there; that it was not stopped is an error. */
void weft_helper_session_abandon (WeftHelperSession *self);

void weft_helper_session_get_account (WeftHelperSession *self, WeftHelperAccount *account);

G_END_DECLS
