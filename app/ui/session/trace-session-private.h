/* trace-session-private.h: shared by trace-session.c (the object, its states),
 * session-trace.c (what runs) and session-files.c (what lies on disk). */
#pragma once
#include "recording/recording.h"
#include "source/helper-client.h"
#include "trace-session.h"

G_BEGIN_DECLS

/* A trace that is about to take the place of the one that is shown. */
typedef struct
{
  WeftTraceStore *store;
  WeftRecording *recording; /* (nullable) */
  char *damage;             /* (nullable): what is wrong with its file */
} WeftSessionTrace;

struct _WeftTraceSession
{
  GObject parent_instance;

  WeftSessionState state;
  WeftSessionState state_before; /* what a start or opening that fails comes back to */
  GCancellable *cancellable;     /* of what is under way */
  double fraction;               /* of an opening */

  /* what is shown */
  WeftTraceStore *store;
  WeftProcReader *reader;
  WeftRecording *recording; /* its file; NULL before there is a trace */
  char *damage;
  gboolean unsaved, unsaved_marks;
  gboolean may_go; /* the person said so */

  /* what runs, or is about to */
  WeftHelperClient *client;
  WeftSessionTrace next;
  WeftTraced what;
  GArray *targets; /* guint32 tgids, of TARGETS */
  gboolean own_only;
  char *refusal;   /* of targets */
  gboolean silent; /* the helper, until it answers again */

  /* commands */
  gboolean for_command; /* started to launch one, which did not happen yet */
  gboolean abandoned;   /* it never did: what was recorded is of no use */
  char **waiting_argv;  /* to be launched when tracing runs */
  char **refused_argv;  /* it did not: for another try */
  GSubprocess *launched;
};

void weft_session_set_state (WeftTraceSession *self, WeftSessionState state);
void weft_session_tell_problem (WeftTraceSession *self, const char *message);
void weft_session_tell_refused (WeftTraceSession *self, const char *message);
void weft_session_tell_launched (WeftTraceSession *self, guint tgid);
void weft_session_tell_progress (WeftTraceSession *self);
void weft_session_set_unsaved (WeftTraceSession *self, gboolean unsaved, gboolean marks);

/* Nothing is under way. */
gboolean weft_session_is_at_rest (WeftTraceSession *self);
/* Something is, which weft_trace_session_cancel() gives up. */
void weft_session_begin (WeftTraceSession *self, WeftSessionState state);
/* It came to nothing: all is as before. TRUE when that was wanted. */
gboolean weft_session_come_back (WeftTraceSession *self);

/* Shows self->next; what was shown goes to the unsaved ones, or wholly when it may. */
void weft_session_show_next (WeftTraceSession *self, gboolean live);
void weft_session_drop_next (WeftTraceSession *self);

/* Elsewhere, in a while. @recording: (transfer full) (nullable) */
void weft_session_discard (WeftRecording *recording);

void weft_session_drop_client (WeftTraceSession *self);
/* When that is silent. */
void weft_session_stop_without_helper (WeftTraceSession *self);

G_END_DECLS
