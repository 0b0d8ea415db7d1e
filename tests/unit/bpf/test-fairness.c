/* test-fairness.c: what one user may hold and how often it may start, by themselves. */
#include "places.h"
#include "start-limit.h"

static const WeftPlaces places
    = { .most = 8, .most_of_user = 2, .kept = 2, .user_full = "yours", .all_full = "all" };

static gboolean
may_have (guint of_user, guint taken, const char *message)
{
  g_autoptr (GError) error = NULL;
  gboolean may = weft_places_check (&places, of_user, taken, &error);

  if (may)
    g_assert_no_error (error);
  else
    {
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED);
      g_assert_cmpstr (error->message, ==, message);
    }
  return may;
}

static void
test_a_user_has_no_more_than_its_share (void)
{
  g_assert_true (may_have (0, 0, NULL));
  g_assert_true (may_have (1, 1, NULL));
  g_assert_false (may_have (2, 2, "yours"));
  g_assert_false (may_have (2, 8, "yours"));
}

static void
test_the_last_places_are_for_who_has_none (void)
{
  g_assert_true (may_have (1, 5, NULL));
  g_assert_false (may_have (1, 6, "all"));
  g_assert_true (may_have (0, 6, NULL));
  g_assert_true (may_have (0, 7, NULL));
  g_assert_false (may_have (0, 8, "all"));
}

static void
test_a_user_starts_five_at_once_and_then_waits (void)
{
  guint wait_ms;

  for (guint i = 0; i < 5; i++)
    g_assert_cmpuint (weft_start_limit_take (1000), ==, 0);
  for (guint i = 0; i < 100; i++)
    {
      wait_ms = weft_start_limit_take (1000); /* asking again makes it no longer */
      g_assert_cmpuint (wait_ms, <=, 1000);
    }
  g_assert_cmpuint (weft_start_limit_take (1001), ==, 0);
}

static void
test_root_never_waits_to_start (void)
{
  for (guint i = 0; i < 100; i++)
    g_assert_cmpuint (weft_start_limit_take (0), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/places/a-user-has-no-more-than-its-share",
                   test_a_user_has_no_more_than_its_share);
  g_test_add_func ("/places/the-last-places-are-for-who-has-none",
                   test_the_last_places_are_for_who_has_none);
  g_test_add_func ("/start-limit/a-user-starts-five-at-once-and-then-waits",
                   test_a_user_starts_five_at_once_and_then_waits);
  g_test_add_func ("/start-limit/root-never-waits-to-start", test_root_never_waits_to_start);
  return g_test_run ();
}
