/* unsaved-guard.c: see the header. */
#include "unsaved-guard.h"

/* What to do when nothing is unsaved, and when something is. */
typedef struct
{
  WeftGuardAnswer saved, unsaved;
} Answers;

#define BOTH(answer)                                                                               \
  {                                                                                                \
    answer, answer                                                                                 \
  }
#define ASK_WHEN_UNSAVED                                                                           \
  {                                                                                                \
    WEFT_GUARD_GO, WEFT_GUARD_ASK                                                                  \
  }

static const Answers table[WEFT_N_SESSION_STATES][WEFT_N_VERBS] = {
  [WEFT_SESSION_IDLE] = { [WEFT_VERB_RECORD] = BOTH (WEFT_GUARD_GO),
                          [WEFT_VERB_OPEN] = BOTH (WEFT_GUARD_GO),
                          [WEFT_VERB_LAUNCH] = BOTH (WEFT_GUARD_GO),
                          [WEFT_VERB_CLOSE] = BOTH (WEFT_GUARD_GO) },
  /* what is unsaved here is what was shown before */
  [WEFT_SESSION_STARTING] = { [WEFT_VERB_RECORD] = BOTH (WEFT_GUARD_REFUSE),
                              [WEFT_VERB_OPEN] = BOTH (WEFT_GUARD_REFUSE),
                              [WEFT_VERB_LAUNCH] = BOTH (WEFT_GUARD_REFUSE),
                              [WEFT_VERB_CLOSE] = BOTH (WEFT_GUARD_CANCEL) },
  /* what runs is lost by all that stops it, saved or not yet */
  [WEFT_SESSION_TRACING] = { [WEFT_VERB_RECORD] = BOTH (WEFT_GUARD_ASK),
                             [WEFT_VERB_OPEN] = BOTH (WEFT_GUARD_ASK),
                             [WEFT_VERB_LAUNCH] = BOTH (WEFT_GUARD_GO),
                             [WEFT_VERB_CLOSE] = BOTH (WEFT_GUARD_ASK) },
  [WEFT_SESSION_STOPPING] = { [WEFT_VERB_RECORD] = BOTH (WEFT_GUARD_WAIT),
                              [WEFT_VERB_OPEN] = BOTH (WEFT_GUARD_WAIT),
                              [WEFT_VERB_LAUNCH] = BOTH (WEFT_GUARD_REFUSE),
                              [WEFT_VERB_CLOSE] = BOTH (WEFT_GUARD_WAIT) },
  [WEFT_SESSION_STOPPED] = { [WEFT_VERB_RECORD] = ASK_WHEN_UNSAVED,
                             [WEFT_VERB_OPEN] = ASK_WHEN_UNSAVED,
                             [WEFT_VERB_LAUNCH] = ASK_WHEN_UNSAVED,
                             [WEFT_VERB_CLOSE] = ASK_WHEN_UNSAVED },
  [WEFT_SESSION_OPENING] = { [WEFT_VERB_RECORD] = BOTH (WEFT_GUARD_REFUSE),
                             [WEFT_VERB_OPEN] = BOTH (WEFT_GUARD_REFUSE),
                             [WEFT_VERB_LAUNCH] = BOTH (WEFT_GUARD_REFUSE),
                             [WEFT_VERB_CLOSE] = BOTH (WEFT_GUARD_CANCEL) },
  [WEFT_SESSION_SAVING] = { [WEFT_VERB_RECORD] = BOTH (WEFT_GUARD_REFUSE),
                            [WEFT_VERB_OPEN] = BOTH (WEFT_GUARD_REFUSE),
                            [WEFT_VERB_LAUNCH] = BOTH (WEFT_GUARD_REFUSE),
                            [WEFT_VERB_CLOSE] = BOTH (WEFT_GUARD_WAIT) },
};

WeftGuardAnswer
weft_unsaved_guard_answer (WeftSessionState state, gboolean unsaved, WeftVerb verb)
{
  const Answers *answers = &table[state][verb];

  return unsaved ? answers->unsaved : answers->saved;
}
