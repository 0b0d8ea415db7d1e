/* What a trace cannot show is told, each thing in a sentence, and nothing else is. */
#include "ui/session/trace-facts.h"
#include <string.h>

static gboolean
tells (GPtrArray *told, const char *part)
{
  for (guint i = 0; i < told->len; i++)
    if (strstr (told->pdata[i], part) != NULL)
      return TRUE;
  return FALSE;
}

static void
test_facts_of_a_whole_trace_are_none (void)
{
  WeftTraceFacts facts = { .live = TRUE };
  g_autoptr (GPtrArray) told = weft_trace_facts_describe (&facts);

  g_assert_cmpuint (told->len, ==, 0);
}

static void
test_facts_tell_all_that_is_missing (void)
{
  WeftTraceFacts facts = { .live = TRUE,
                           .refusal = "Cannot choose what is traced: no such process",
                           .damage = "2 parts are damaged",
                           .scope = "python3 · 4242 and 3 children",
                           .lost = 12345,
                           .late = 7,
                           .unknown = 1,
                           .evicted_ns = 2500000000 };
  g_autoptr (GPtrArray) told = weft_trace_facts_describe (&facts);

  g_assert_cmpuint (told->len, ==, 7);
  g_assert_cmpstr (told->pdata[0], ==, "2 parts are damaged");
  g_assert_true (tells (told, "no such process"));
  g_assert_true (tells (told, "is being recorded: python3 · 4242 and 3 children"));
  g_assert_true (tells (told, "12345 events were lost"));
  g_assert_true (tells (told, "7 events came late"));
  g_assert_true (tells (told, "1 record is of a kind"));
  g_assert_true (tells (told, "The first 2.50 s left memory"));
}

static void
test_facts_of_a_trace_that_was_narrowed_for_a_while_do_not_say_only (void)
{
  WeftTraceFacts facts
      = { .scope = "Whole machine, at times only sh · 7 %", .scope_changed = TRUE };
  g_autoptr (GPtrArray) told = weft_trace_facts_describe (&facts);

  g_assert_cmpuint (told->len, ==, 1);
  g_assert_true (
      g_str_has_prefix (told->pdata[0],
                        "What was recorded changed: Whole machine, at times only sh · 7 %. Lanes"));
}

static void
test_facts_tell_the_notes_of_the_store_as_they_are (void)
{
  WeftTraceFacts facts = { .notes = g_ptr_array_new_with_free_func (g_free) };
  g_autoptr (GPtrArray) told = NULL;

  g_ptr_array_add (facts.notes, g_strdup ("Not on this machine: who woke a thread (too old)."));
  g_ptr_array_add (facts.notes, g_strdup ("The kernel skipped a tracing program."));
  told = weft_trace_facts_describe (&facts);
  g_assert_cmpuint (told->len, ==, 2);
  g_assert_cmpstr (told->pdata[0], ==, facts.notes->pdata[0]);
  g_assert_cmpstr (told->pdata[1], ==, facts.notes->pdata[1]);
  weft_trace_facts_clear (&facts);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/facts/of-a-whole-trace-are-none", test_facts_of_a_whole_trace_are_none);
  g_test_add_func ("/facts/tell-all-that-is-missing", test_facts_tell_all_that_is_missing);
  g_test_add_func ("/facts/tell-the-notes-of-the-store-as-they-are",
                   test_facts_tell_the_notes_of_the_store_as_they_are);
  g_test_add_func ("/facts/of-a-trace-that-was-narrowed-for-a-while-do-not-say-only",
                   test_facts_of_a_trace_that_was_narrowed_for_a_while_do_not_say_only);
  return g_test_run ();
}
