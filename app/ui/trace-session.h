/* trace-session.h: the trace of a window, from the first click to the saved
 * file. In: the user's verbs. Out: a store to look at, and a state. The views
 * know the store only, never where it comes from. */
#pragma once
#include "source/proc-reader.h"
#include "trace/trace-store.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_SESSION_IDLE,     /* nothing traced: the store holds what /proc shows */
  WEFT_SESSION_STARTING, /* polkit may be asking */
  WEFT_SESSION_TRACING,
  WEFT_SESSION_STOPPING,
  WEFT_SESSION_STOPPED, /* a trace to look at: just made, or opened */
  WEFT_SESSION_OPENING,
} WeftSessionState;

#define WEFT_TYPE_TRACE_SESSION (weft_trace_session_get_type ())
G_DECLARE_FINAL_TYPE (WeftTraceSession, weft_trace_session, WEFT, TRACE_SESSION, GObject)

/**
 * WeftTraceSession:
 *
 * Signals: "state-changed"; "store-changed" (another store is to be shown);
 * "progress" (records came); "problem" (char *message): a sentence for the
 * user, and from the second line on what the system said of it; "refused" (char
 * *message): the same when tracing could not begin, so that asking again makes
 * sense; "launched" (guint tgid): the command that was asked for runs.
 */
WeftTraceSession *weft_trace_session_new (void);

WeftSessionState weft_trace_session_get_state (WeftTraceSession *self);
WeftTraceStore *weft_trace_session_get_store (WeftTraceSession *self);  /* transfer none */
WeftProcReader *weft_trace_session_get_reader (WeftTraceSession *self); /* (nullable) */
/* A trace that would be lost: recorded and not saved. */
gboolean weft_trace_session_is_unsaved (WeftTraceSession *self);

/* Starts tracing the whole machine, or with @own_only the user's own processes. */
void weft_trace_session_start (WeftTraceSession *self, gboolean own_only);
/* What was refused last, once more: the same scope, the same command. */
void weft_trace_session_retry (WeftTraceSession *self);
void weft_trace_session_stop (WeftTraceSession *self);

/**
 * weft_trace_session_launch:
 * @command: as a shell would split it
 *
 * Starts tracing when nothing is traced yet, then runs the command, so that its
 * first event is in the picture. FALSE when @command makes no sense.
 */
gboolean weft_trace_session_launch (WeftTraceSession *self, const char *command, GError **error);
/* The built-in workload. */
gboolean weft_trace_session_launch_demo (WeftTraceSession *self, GError **error);

/* Only @tgid and its children are recorded from here on; 0: everything again. */
void weft_trace_session_narrow (WeftTraceSession *self, guint32 tgid);

/* Removes the user's mark that is at most @near_ns from @time_ns; sets one there
 * when there is none. It is kept in the file of the trace, if it has one. */
void weft_trace_session_toggle_mark (WeftTraceSession *self, guint64 time_ns, guint64 near_ns);

void weft_trace_session_open (WeftTraceSession *self, const char *path);
void weft_trace_session_save_async (WeftTraceSession *self, const char *path,
                                    GAsyncReadyCallback callback, gpointer user_data);
gboolean weft_trace_session_save_finish (WeftTraceSession *self, GAsyncResult *result,
                                         GError **error);

G_END_DECLS
