/* test-process-words.c: what stands behind a process's name, in every place alike. In:
 * processes. Out: words. */
#include "process-words.h"

static void
test_only_what_is_worth_a_word_is_told (void)
{
  static const struct
  {
    const char *command_line;
    guint n_threads;
    double cpus, unknown;
    gboolean ended;
    const char *expected;
  } cases[] = {
    { NULL, 1, 0, 0, FALSE, "42" },
    { NULL, 3, 0.04, 0, FALSE, "42 · 3 threads" },
    { NULL, 1, 1.25, 0, FALSE, "42 · 1.2 of 2 CPUs" },
    { NULL, 1, 1.25, 0.04, FALSE, "42 · 1.2 of 2 CPUs" },
    { NULL, 1, 1.25, 0.2, FALSE, "42 · ≥1.2 of 2 CPUs" },
    { NULL, 1, 0, 0, TRUE, "42 · killed by SIGKILL" },
    { "/usr/bin/python3 slow.py -v", 2, 0.5, 0, FALSE,
      "slow.py -v · 42 · 2 threads · 0.5 of 2 CPUs" },
    { "/opt/wrapped x", 1, 0, 0, FALSE, "wrapped x · 42" },
    { "python3", 1, 0, 0, FALSE, "42" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const WeftProcess process = { .tgid = 42,
                                    .name = "python3",
                                    .command_line = cases[i].command_line,
                                    .status = 9,
                                    .status_known = TRUE };
      g_autofree char *text = weft_process_describe (&process, cases[i].n_threads, cases[i].cpus,
                                                     cases[i].unknown, 2, cases[i].ended);

      g_assert_cmpstr (text, ==, cases[i].expected);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/process-words/only-what-is-worth-a-word-is-told",
                   test_only_what_is_worth_a_word_is_told);
  return g_test_run ();
}
