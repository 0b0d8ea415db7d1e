/* trace-session.h: the trace of a window, from the first click to the saved
 * file. In: the user's verbs. Out: a store to look at, and a state. The views
 * know the store only, never where it comes from.
 *
 * No trace goes unasked: what takes its place leaves an unsaved one in the folder of
 * unsaved traces, unless weft_trace_session_let_go() said that it may go. Who asks the
 * person is window-guard.c, by the table of unsaved-guard.h. */
#pragma once
#include "source/proc-reader.h"
#include "trace/trace-scope.h"
#include "trace/trace-store.h"
#include "trace-facts.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_SESSION_IDLE,     /* nothing traced: the store holds what /proc shows */
  WEFT_SESSION_STARTING, /* polkit may be asking; what was shown before still is */
  WEFT_SESSION_TRACING,
  WEFT_SESSION_STOPPING,
  WEFT_SESSION_STOPPED, /* a trace to look at: just made, or opened */
  WEFT_SESSION_OPENING, /* what was shown before still is */
  WEFT_SESSION_SAVING,
  WEFT_N_SESSION_STATES
} WeftSessionState;

#define WEFT_TYPE_TRACE_SESSION (weft_trace_session_get_type ())
G_DECLARE_FINAL_TYPE (WeftTraceSession, weft_trace_session, WEFT, TRACE_SESSION, GObject)

/**
 * WeftTraceSession:
 *
 * Signals: "state-changed"; "store-changed" (another store is to be shown);
 * "unsaved-changed" (see weft_trace_session_is_unsaved()); "progress" (records
 * came); "problem" (char *message): a sentence for the user, and from the second
 * line on what the system said of it; "refused" (char *message): the same when
 * tracing could not begin, so that asking again makes sense; "launched" (guint
 * tgid): the command that was asked for runs.
 */
WeftTraceSession *weft_trace_session_new (void);

WeftSessionState weft_trace_session_get_state (WeftTraceSession *self);
WeftTraceStore *weft_trace_session_get_store (WeftTraceSession *self);  /* transfer none */
WeftProcReader *weft_trace_session_get_reader (WeftTraceSession *self); /* (nullable) */
/* Something would be lost: a trace that was not saved, or marks in one that was. */
gboolean weft_trace_session_is_unsaved (WeftTraceSession *self);
/* The same of the marks alone: the trace itself lies where the person wants it. */
gboolean weft_trace_session_has_unsaved_marks (WeftTraceSession *self);
/* There is a file of it, saved or not: of a recording that could keep nothing there is none. */
gboolean weft_trace_session_has_file (WeftTraceSession *self);
/* (transfer full) (nullable) (type filename): of a trace that was opened or saved */
char *weft_trace_session_dup_path (WeftTraceSession *self);

/* --- tracing ------------------------------------------------------------ */

/**
 * weft_trace_session_start:
 * @what: MACHINE, OWN or TARGETS
 * @tgid: of TARGETS: it and its children; else 0
 *
 * From IDLE or STOPPED. What was shown stays until the new trace runs: one that is
 * refused changes nothing and leaves nothing behind.
 */
void weft_trace_session_start (WeftTraceSession *self, WeftTraced what, guint32 tgid);
/* What was refused last, once more: the same scope, the same command. */
void weft_trace_session_retry (WeftTraceSession *self);
void weft_trace_session_stop (WeftTraceSession *self);
/* The helper that records, or was told to stop, has not answered for some seconds. */
gboolean weft_trace_session_is_helper_silent (WeftTraceSession *self);
/* Gives up a start, an opening or a saving that is under way; all is as before. What runs
 * ends without a helper that is silent; what it sent is kept. */
void weft_trace_session_cancel (WeftTraceSession *self);

/**
 * weft_trace_session_set_scope:
 *
 * Narrows or widens a trace that runs.
 *
 * Returns: %FALSE when that takes another trace: the user's own programs and the
 * whole machine are seen with different rights
 */
gboolean weft_trace_session_set_scope (WeftTraceSession *self, WeftTraced what, guint32 tgid);
/* Whether it would, to be said before. */
gboolean weft_trace_session_can_set_scope (WeftTraceSession *self, WeftTraced what);

/**
 * weft_trace_session_launch:
 * @command: as a shell would split it
 *
 * Starts tracing when nothing is traced yet, then runs the command, so that its
 * first event is in the picture; a narrowed trace has it among its targets. FALSE
 * when @command makes no sense.
 */
gboolean weft_trace_session_launch (WeftTraceSession *self, const char *command, GError **error);
/* The built-in workload. */
gboolean weft_trace_session_launch_demo (WeftTraceSession *self, GError **error);

/* What the trace cannot show, to be told: see trace-facts.h. */
void weft_trace_session_get_facts (WeftTraceSession *self, WeftTraceFacts *facts);

/* Removes the user's mark that is at most @near_ns from @time_ns; sets one there
 * when there is none. It is kept with an unsaved trace; in the person's own file
 * when that is saved. */
void weft_trace_session_toggle_mark (WeftTraceSession *self, guint64 time_ns, guint64 near_ns);

/* --- files -------------------------------------------------------------- */

/* The person said that what is not saved may go: it does when something else is
 * there to be shown, or with the session; not when that fails. */
void weft_trace_session_let_go (WeftTraceSession *self);

/* @path: also one of weft_unsaved_list(); it is unsaved as if just made. */
void weft_trace_session_open (WeftTraceSession *self, const char *path);
/* Of OPENING: 0 … 1. */
double weft_trace_session_get_fraction (WeftTraceSession *self);

/**
 * weft_trace_session_save_async:
 * @path: (nullable) (type filename): where to; NULL: the marks, to where it is
 *
 * From STOPPED, through SAVING. After a failure all is as before.
 */
void weft_trace_session_save_async (WeftTraceSession *self, const char *path,
                                    GAsyncReadyCallback callback, gpointer user_data);
gboolean weft_trace_session_save_finish (WeftTraceSession *self, GAsyncResult *result,
                                         GError **error);

G_END_DECLS
