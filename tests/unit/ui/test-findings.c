/* test-findings.c: what stands out in a range. In: figures of threads. Out: sentences
 * whose numbers are those of the range. */
#include "details/findings.h"

static void
add (GArray *statistics, guint64 running, guint64 lock, guint64 absent)
{
  WeftThreadStatistics thread = { .absent_ns = absent };

  thread.shares.ns[WEFT_STATE_RUNNING] = running;
  thread.shares.ns[WEFT_STATE_LOCK] = lock;
  g_array_append_val (statistics, thread);
}

static char *
find_first (GArray *statistics)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (GPtrArray) found = NULL;

  for (guint i = 0; i < statistics->len; i++)
    g_ptr_array_add (names, (gpointer) "thread");
  found = weft_findings_new (statistics, names);
  return g_strdup (g_ptr_array_index (found, 0));
}

static void
test_a_share_is_of_the_range (void)
{
  g_autoptr (GArray) statistics = g_array_new (FALSE, FALSE, sizeof (WeftThreadStatistics));
  g_autofree char *found = NULL;

  add (statistics, 20, 80, 0);
  add (statistics, 0, 40, 60);
  add (statistics, 100, 0, 0);
  found = find_first (statistics);
  g_assert_cmpstr (found, ==, "2 of 3 threads spent 60 % of this time in: lock wait");
}

static void
test_who_was_hardly_there_was_not_held_up (void)
{
  g_autoptr (GArray) statistics = g_array_new (FALSE, FALSE, sizeof (WeftThreadStatistics));
  g_autofree char *found = NULL;

  add (statistics, 1, 9, 990);
  add (statistics, 1000, 0, 0);
  found = find_first (statistics);
  g_assert_true (g_str_has_prefix (found, "Nothing held these threads up"));
}

static void
test_who_was_not_there_is_not_counted (void)
{
  g_autoptr (GArray) statistics = g_array_new (FALSE, FALSE, sizeof (WeftThreadStatistics));

  add (statistics, 0, 0, 100);
  add (statistics, 100, 0, 0);
  add (statistics, 0, 0, 100);
  weft_statistics_keep_present (statistics);
  g_assert_cmpuint (statistics->len, ==, 1);
  g_assert_cmpuint (g_array_index (statistics, WeftThreadStatistics, 0).absent_ns, ==, 0);
}

int
main (int argc, char **argv)
{
  g_setenv ("LC_ALL", "C.UTF-8", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/findings/a-share-is-of-the-range", test_a_share_is_of_the_range);
  g_test_add_func ("/findings/who-was-hardly-there-was-not-held-up",
                   test_who_was_hardly_there_was_not_held_up);
  g_test_add_func ("/findings/who-was-not-there-is-not-counted",
                   test_who_was_not_there_is_not_counted);
  return g_test_run ();
}
