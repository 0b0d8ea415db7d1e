/* unsaved-guard.h: what must happen before a verb may take a trace away. In: the
 * state of the session, the verb. Out: one answer. The one table that all verbs go
 * through, so that none can be forgotten. Pure. */
#pragma once
#include "trace-session.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_VERB_RECORD, /* another trace, whatever its scope */
  WEFT_VERB_OPEN,   /* another file */
  WEFT_VERB_LAUNCH, /* a program, the demo: into the trace that runs, or a new one */
  WEFT_VERB_CLOSE,  /* the window; quitting is closing all of them */
  WEFT_N_VERBS
} WeftVerb;

typedef enum
{
  WEFT_GUARD_GO,     /* nothing is lost by it */
  WEFT_GUARD_ASK,    /* save, discard or cancel? What runs is stopped after the answer */
  WEFT_GUARD_WAIT,   /* something ends soon: ask again then */
  WEFT_GUARD_CANCEL, /* give up what is under way, then ask again */
  WEFT_GUARD_REFUSE, /* makes no sense now: its button is grey */
} WeftGuardAnswer;

/* @unsaved: weft_trace_session_is_unsaved() */
WeftGuardAnswer weft_unsaved_guard_answer (WeftSessionState state, gboolean unsaved, WeftVerb verb);

G_END_DECLS
