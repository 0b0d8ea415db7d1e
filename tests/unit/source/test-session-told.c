/* test-session-told.c: what a trace says of itself by what was asked of its helper. In:
 * targets and capabilities. Out: scopes and notes. */
#include "session-told.h"
#include "trace-notes.h"
#include "trace-scope.h"
#include <string.h>

static WeftTraceStore *
new_store (void)
{
  const WeftTraceInfo info = { .architecture = "x86_64", .n_cpus = 1, .start_ns = 1000 };

  return weft_trace_store_new (&info);
}

static void
test_only_targets_alone_make_a_narrow_scope (void)
{
  static const struct
  {
    const char *targets;
    gboolean own;
    WeftTraced what;
  } cases[] = {
    { NULL, FALSE, WEFT_TRACED_MACHINE },
    { NULL, TRUE, WEFT_TRACED_OWN },
    { "(@au [5], true, false)", FALSE, WEFT_TRACED_MACHINE },
    { "(@au [5], true, true)", FALSE, WEFT_TRACED_TARGETS },
    { "(@au [5], true, true)", TRUE, WEFT_TRACED_TARGETS },
    { "(@au [], true, false)", TRUE, WEFT_TRACED_OWN },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (WeftTraceStore) store = new_store ();
      g_autoptr (GVariant) targets
          = cases[i].targets != NULL ? g_variant_new_parsed (cases[i].targets) : NULL;

      if (targets != NULL)
        g_variant_ref_sink (targets);
      weft_session_tell_scope (store, 0, cases[i].own, targets);
      g_assert_cmpuint (weft_trace_store_get_traced (store, 0, G_MAXUINT64), ==, cases[i].what);
      if (targets != NULL)
        g_assert_cmpint (weft_session_is_narrow (targets), ==,
                         cases[i].what == WEFT_TRACED_TARGETS);
    }
}

static void
test_what_is_missing_is_noted_with_its_reason (void)
{
  g_autoptr (WeftTraceStore) store = new_store ();
  g_autoptr (GVariant) capabilities = g_variant_ref_sink (
      g_variant_new_parsed ("{'sched': (true, ''), 'cgroups': (false, 'too old'),"
                            " 'call-statistics': (false, 'no rights'),"
                            " 'of-tomorrow': (false, 'it is today')}"));
  g_autoptr (GPtrArray) sentences = NULL;

  weft_session_tell_lacks (store, capabilities);
  sentences = weft_trace_store_describe_notes (store);
  g_assert_cmpuint (sentences->len, ==, 2);
  g_assert_cmpstr (sentences->pdata[0], ==, "Not on this machine: control groups (too old).");
  g_assert_cmpstr (sentences->pdata[1], ==, "Not on this machine: of-tomorrow (it is today).");
}

/* Of each name that a helper of today says: words, as a person reads them. */
static void
test_what_is_missing_has_words_for_a_name (void)
{
  static const char *const ids[] = { "sched",      "life",         "task_rename", "snapshot",
                                     "prev-state", "wake-context", "cgroups",     "throttling" };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autoptr (WeftTraceStore) store = new_store ();
      g_autofree char *name = g_strconcat (WEFT_NOTE_LACKS, ids[i], NULL);
      g_autofree char *raw = g_strdup_printf ("machine: %s (", ids[i]);
      g_autoptr (GPtrArray) sentences = NULL;

      weft_trace_store_set_note (store, name, "why");
      sentences = weft_trace_store_describe_notes (store);
      g_assert_null (strstr (sentences->pdata[0], raw));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session-told/only-targets-alone-make-a-narrow-scope",
                   test_only_targets_alone_make_a_narrow_scope);
  g_test_add_func ("/session-told/what-is-missing-is-noted-with-its-reason",
                   test_what_is_missing_is_noted_with_its_reason);
  g_test_add_func ("/session-told/what-is-missing-has-words-for-a-name",
                   test_what_is_missing_has_words_for_a_name);
  return g_test_run ();
}
