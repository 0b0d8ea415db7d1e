/* The table of states and verbs: no verb takes away what nobody was asked about. */
#include "ui/session/unsaved-guard.h"

typedef struct
{
  WeftSessionState state;
  gboolean unsaved;
  WeftVerb verb;
  WeftGuardAnswer answer;
} Case;

static void
test_guard_asks_where_something_would_be_lost (void)
{
  for (guint verb = 0; verb < WEFT_N_VERBS; verb++)
    {
      g_assert_cmpint (weft_unsaved_guard_answer (WEFT_SESSION_STOPPED, TRUE, verb), ==,
                       WEFT_GUARD_ASK);
      g_assert_cmpint (weft_unsaved_guard_answer (WEFT_SESSION_STOPPED, FALSE, verb), ==,
                       WEFT_GUARD_GO);
    }
}

/* Whatever the flag says by then: what runs is not saved. */
static void
test_guard_asks_while_recording_too (void)
{
  for (guint verb = 0; verb < WEFT_N_VERBS; verb++)
    for (guint unsaved = 0; unsaved < 2; unsaved++)
      g_assert_cmpint (weft_unsaved_guard_answer (WEFT_SESSION_TRACING, unsaved != 0, verb), ==,
                       verb == WEFT_VERB_LAUNCH ? WEFT_GUARD_GO : WEFT_GUARD_ASK);
}

static void
test_guard_never_goes_while_something_is_under_way (void)
{
  static const WeftSessionState states[]
      = { WEFT_SESSION_STARTING, WEFT_SESSION_STOPPING, WEFT_SESSION_OPENING, WEFT_SESSION_SAVING };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    for (guint verb = 0; verb < WEFT_N_VERBS; verb++)
      for (guint unsaved = 0; unsaved < 2; unsaved++)
        {
          WeftGuardAnswer answer = weft_unsaved_guard_answer (states[i], unsaved != 0, verb);

          g_assert_cmpint (answer, !=, WEFT_GUARD_GO);
          g_assert_cmpint (answer, !=, WEFT_GUARD_ASK);
        }
}

static void
test_guard_closes_sooner_or_later_from_every_state (void)
{
  static const Case cases[] = {
    { WEFT_SESSION_IDLE, FALSE, WEFT_VERB_CLOSE, WEFT_GUARD_GO },
    { WEFT_SESSION_STARTING, FALSE, WEFT_VERB_CLOSE, WEFT_GUARD_CANCEL },
    { WEFT_SESSION_STOPPING, TRUE, WEFT_VERB_CLOSE, WEFT_GUARD_WAIT },
    { WEFT_SESSION_OPENING, FALSE, WEFT_VERB_CLOSE, WEFT_GUARD_CANCEL },
    { WEFT_SESSION_SAVING, TRUE, WEFT_VERB_CLOSE, WEFT_GUARD_WAIT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (weft_unsaved_guard_answer (cases[i].state, cases[i].unsaved, cases[i].verb),
                     ==, cases[i].answer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/guard/asks-where-something-would-be-lost",
                   test_guard_asks_where_something_would_be_lost);
  g_test_add_func ("/guard/asks-while-recording-too", test_guard_asks_while_recording_too);
  g_test_add_func ("/guard/never-goes-while-something-is-under-way",
                   test_guard_never_goes_while_something_is_under_way);
  g_test_add_func ("/guard/closes-sooner-or-later-from-every-state",
                   test_guard_closes_sooner_or_later_from_every_state);
  return g_test_run ();
}
