/* test-tid-lives.c: who had a tid then. In: lives in any order. Out: one thread for each
 * moment, the same that a walk over all lives finds. */
#include "tid-lives.h"

#define TID 7
#define N_LIVES 200

static void
test_a_tid_that_nobody_had_is_nobodys (void)
{
  g_autoptr (WeftTidLives) lives = weft_tid_lives_new ();
  WeftThread thread = { .tid = TID };

  weft_tid_lives_add (lives, TID, 100, &thread);
  g_assert_null (weft_tid_lives_find (lives, TID, 99));
  g_assert_true (weft_tid_lives_find (lives, TID, 100) == &thread);
  g_assert_true (weft_tid_lives_find (lives, TID, G_MAXUINT64) == &thread);
  g_assert_null (weft_tid_lives_find (lives, TID + 1, 100));
  g_assert_null (weft_tid_lives_find (lives, G_MAXUINT32, 100));
}

static void
test_a_tid_no_kernel_gives_is_not_kept (void)
{
  g_autoptr (WeftTidLives) lives = weft_tid_lives_new ();
  WeftThread thread = { .tid = G_MAXUINT32 - 1 };

  weft_tid_lives_add (lives, G_MAXUINT32 - 1, 100, &thread);
  g_assert_null (weft_tid_lives_find (lives, G_MAXUINT32 - 1, 100));
}

static void
test_each_moment_has_the_thread_that_began_last (void)
{
  g_autoptr (WeftTidLives) lives = weft_tid_lives_new ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  WeftThread threads[N_LIVES] = { 0 };
  guint64 from[N_LIVES];

  for (guint i = 0; i < N_LIVES; i++)
    {
      from[i] = (guint64)i * 1000 + (guint64)g_rand_int_range (rand, 0, 1000);
      threads[i].start_boottime_ns = i + 1;
    }
  /* an earlier life may be told after a later one */
  for (guint i = 0; i < N_LIVES; i++)
    weft_tid_lives_add (lives, TID, from[i ^ 1], &threads[i ^ 1]);
  for (guint time = 0; time < N_LIVES * 1000; time += 37)
    {
      WeftThread *expected = NULL;

      for (guint i = 0; i < N_LIVES && from[i] <= time; i++)
        expected = &threads[i];
      g_assert_true (weft_tid_lives_find (lives, TID, time) == expected);
    }
  for (guint i = 0; i < N_LIVES; i++)
    g_assert_true (weft_tid_lives_find_start (lives, TID, i + 1) == &threads[i]);
  g_assert_null (weft_tid_lives_find_start (lives, TID, N_LIVES + 1));
}

/* As of threads that were there before the recording: whoever knows them by a chunk's table
 * has them in another order. */
static void
test_of_lives_that_began_together_the_last_id_counts (void)
{
  const guint orders[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 2, 0 } };

  for (guint order = 0; order < G_N_ELEMENTS (orders); order++)
    {
      g_autoptr (WeftTidLives) lives = weft_tid_lives_new ();
      WeftThread threads[] = { { .id = 0 }, { .id = 1 }, { .id = 2 } };

      for (guint i = 0; i < 3; i++)
        {
          threads[i].start_boottime_ns = i == 1 ? 2 : 1;
          weft_tid_lives_add (lives, TID, 100, &threads[orders[order][i]]);
        }
      g_assert_true (weft_tid_lives_find (lives, TID, 100) == &threads[2]);
      g_assert_true (weft_tid_lives_find_start (lives, TID, 1) == &threads[2]);
      g_assert_true (weft_tid_lives_find_start (lives, TID, 2) == &threads[1]);
    }
}

static void
test_a_thread_that_moved_has_the_tid_of_then (void)
{
  const WeftThread stayed = { .tid = TID };
  const WeftThread moved = { .tid = TID, .first_tid = TID + 1, .moved_ns = 100 };

  g_assert_cmpuint (weft_thread_tid_at (&stayed, 0), ==, TID);
  g_assert_cmpuint (weft_thread_tid_at (&moved, 99), ==, TID + 1);
  g_assert_cmpuint (weft_thread_tid_at (&moved, 100), ==, TID);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func ("/tid-lives/" path, function)
  ADD ("a-tid-that-nobody-had-is-nobodys", test_a_tid_that_nobody_had_is_nobodys);
  ADD ("a-tid-no-kernel-gives-is-not-kept", test_a_tid_no_kernel_gives_is_not_kept);
  ADD ("each-moment-has-the-thread-that-began-last",
       test_each_moment_has_the_thread_that_began_last);
  ADD ("of-lives-that-began-together-the-last-id-counts",
       test_of_lives_that_began_together_the_last_id_counts);
  ADD ("a-thread-that-moved-has-the-tid-of-then", test_a_thread_that_moved_has_the_tid_of_then);
#undef ADD
  return g_test_run ();
}
