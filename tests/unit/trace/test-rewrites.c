/* test-rewrites.c: the earliest moment from which history was told anew, of as many as are
 * remembered and of more. */
#include "rewrites.h"

static void
test_the_earliest_since_a_generation_is_told (void)
{
  WeftRewrites rewrites = { .n = 0 };

  g_assert_cmpuint (weft_rewrites_get (&rewrites, 0), ==, G_MAXUINT64);
  weft_rewrites_note (&rewrites, 2, 500);
  weft_rewrites_note (&rewrites, 2, 600);
  weft_rewrites_note (&rewrites, 3, 800);
  weft_rewrites_note (&rewrites, 4, 700);
  weft_rewrites_note (&rewrites, 6, 900);
  g_assert_cmpuint (weft_rewrites_get (&rewrites, 1), ==, 500);
  g_assert_cmpuint (weft_rewrites_get (&rewrites, 2), ==, 700);
  g_assert_cmpuint (weft_rewrites_get (&rewrites, 3), ==, 700);
  g_assert_cmpuint (weft_rewrites_get (&rewrites, 4), ==, 900);
  g_assert_cmpuint (weft_rewrites_get (&rewrites, 6), ==, G_MAXUINT64);
}

static void
test_what_is_forgotten_is_told_too_early_never_too_late (void)
{
  const guint64 n = 10 * WEFT_MOST_REWRITES;
  WeftRewrites rewrites = { .n = 0 };

  for (guint64 i = 1; i <= n; i++)
    weft_rewrites_note (&rewrites, i, 1000 * i);
  for (guint64 i = 0; i < n; i++)
    g_assert_cmpuint (weft_rewrites_get (&rewrites, i), <=, 1000 * (i + 1));
  for (guint64 i = n - WEFT_MOST_REWRITES / 2; i < n; i++)
    g_assert_cmpuint (weft_rewrites_get (&rewrites, i), ==, 1000 * (i + 1));
  g_assert_cmpuint (weft_rewrites_get (&rewrites, n), ==, G_MAXUINT64);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rewrites/the-earliest-since-a-generation-is-told",
                   test_the_earliest_since_a_generation_is_told);
  g_test_add_func ("/rewrites/what-is-forgotten-is-told-too-early-never-too-late",
                   test_what_is_forgotten_is_told_too_early_never_too_late);
  return g_test_run ();
}
