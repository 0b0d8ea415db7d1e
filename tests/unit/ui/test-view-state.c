/* test-view-state.c: what the user looks at moves as the verbs say: zoom keeps
 * the time below the pointer, following keeps the end at the edge, and nothing
 * leaves the trace. In: bounds of an invented trace. */
#include "ui/view-state.h"

#define S G_GUINT64_CONSTANT (1000000000)
#define MS G_GUINT64_CONSTANT (1000000)
#define START (100 * S)

typedef struct
{
  WeftViewState *state;
  guint n_ranges, n_selections;
} Fixture;

static void
count_range_cb (Fixture *fixture)
{
  fixture->n_ranges++;
}

static void
count_selection_cb (Fixture *fixture)
{
  fixture->n_selections++;
}

/* A trace of 10 s, of which the first two are shown; not followed. */
static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->state = weft_view_state_new ();
  weft_view_state_reset (fixture->state, START, 2 * S);
  weft_view_state_set_follow (fixture->state, FALSE);
  weft_view_state_set_bounds (fixture->state, START, START + 10 * S);
  g_signal_connect_swapped (fixture->state, "range-changed", G_CALLBACK (count_range_cb), fixture);
  g_signal_connect_swapped (fixture->state, "selection-changed", G_CALLBACK (count_selection_cb),
                            fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->state);
}

static void
assert_range (Fixture *fixture, guint64 from_ns, guint64 to_ns)
{
  guint64 from, to;

  weft_view_state_get_range (fixture->state, &from, &to);
  g_assert_cmpuint (from, ==, from_ns);
  g_assert_cmpuint (to, ==, to_ns);
}

static void
test_zoom_keeps_the_anchor_in_place (Fixture *fixture, gconstpointer data)
{
  static const double factors[] = { 0.5, 0.8, 1.25, 0.001, 0.1 };
  guint64 anchor = START + 4 * S + 300 * MS;

  for (guint i = 0; i < G_N_ELEMENTS (factors); i++)
    {
      guint64 from, to;
      double before, after;

      weft_view_state_set_range (fixture->state, START + 4 * S, START + 5 * S);
      before = 0.3;
      weft_view_state_zoom (fixture->state, factors[i], anchor);
      weft_view_state_get_range (fixture->state, &from, &to);
      after = (double)(anchor - from) / (double)(to - from);
      g_assert_cmpfloat_with_epsilon (after, before, 0.0001);
      g_assert_cmpfloat_with_epsilon ((double)(to - from), (double)S * factors[i], 2);
    }
}

static void
test_zoom_back_and_forth_returns (Fixture *fixture, gconstpointer data)
{
  guint64 from, to;

  weft_view_state_set_range (fixture->state, START + 4 * S, START + 5 * S);
  for (guint i = 0; i < 20; i++)
    weft_view_state_zoom (fixture->state, 1 / 1.25, START + 4 * S + 700 * MS);
  for (guint i = 0; i < 20; i++)
    weft_view_state_zoom (fixture->state, 1.25, START + 4 * S + 700 * MS);
  weft_view_state_get_range (fixture->state, &from, &to);
  g_assert_cmpuint (MAX (from, START + 4 * S) - MIN (from, START + 4 * S), <, MS);
  g_assert_cmpuint (MAX (to, START + 5 * S) - MIN (to, START + 5 * S), <, MS);
}

static void
test_range_is_never_shorter_than_it_can_show (Fixture *fixture, gconstpointer data)
{
  guint64 from, to;

  for (guint i = 0; i < 200; i++)
    weft_view_state_zoom (fixture->state, 0.5, START + S);
  weft_view_state_get_range (fixture->state, &from, &to);
  g_assert_cmpuint (to - from, ==, WEFT_VIEW_LEAST_NS);
  weft_view_state_set_range (fixture->state, START + S, START + S);
  weft_view_state_get_range (fixture->state, &from, &to);
  g_assert_cmpuint (to - from, ==, WEFT_VIEW_LEAST_NS);
}

static void
test_range_always_shows_some_of_the_trace (Fixture *fixture, gconstpointer data)
{
  guint64 from, to;

  for (guint i = 0; i < 50; i++)
    weft_view_state_pan (fixture->state, 0.9);
  weft_view_state_get_range (fixture->state, &from, &to);
  g_assert_cmpuint (from, <, START + 10 * S);
  for (guint i = 0; i < 100; i++)
    weft_view_state_pan (fixture->state, -0.9);
  weft_view_state_get_range (fixture->state, &from, &to);
  g_assert_cmpuint (to, >, START);
  g_assert_cmpuint (to - from, ==, 2 * S);
}

static void
test_follow_keeps_the_end_at_the_edge (Fixture *fixture, gconstpointer data)
{
  weft_view_state_set_follow (fixture->state, TRUE);
  assert_range (fixture, START + 8 * S, START + 10 * S);
  weft_view_state_set_bounds (fixture->state, START, START + 11 * S);
  assert_range (fixture, START + 9 * S, START + 11 * S);
  g_assert_cmpuint (weft_view_state_get_behind_ns (fixture->state), ==, 0);
}

static void
test_follow_begins_at_the_start_of_a_young_trace (Fixture *fixture, gconstpointer data)
{
  weft_view_state_reset (fixture->state, START, 2 * S);
  weft_view_state_set_follow (fixture->state, TRUE);
  weft_view_state_set_bounds (fixture->state, START, START + 300 * MS);
  assert_range (fixture, START, START + 2 * S);
}

static void
test_zoom_does_not_leave_following (Fixture *fixture, gconstpointer data)
{
  weft_view_state_set_follow (fixture->state, TRUE);
  weft_view_state_zoom (fixture->state, 0.5, START + 8 * S);
  g_assert_true (weft_view_state_get_follow (fixture->state));
  assert_range (fixture, START + 9 * S, START + 10 * S);
  weft_view_state_zoom (fixture->state, 4, START + 8 * S);
  g_assert_true (weft_view_state_get_follow (fixture->state));
  assert_range (fixture, START + 6 * S, START + 10 * S);
}

static void
test_zoom_while_following_tells_once (Fixture *fixture, gconstpointer data)
{
  weft_view_state_set_follow (fixture->state, TRUE);
  fixture->n_ranges = 0;
  weft_view_state_zoom (fixture->state, 0.5, START + 8 * S);
  g_assert_cmpuint (fixture->n_ranges, ==, 1);
}

/* The screen goes on while a batch is on its way, but a close look ends where all is
 * known, or nearly so. */
static void
test_follow_shows_little_that_is_not_known (Fixture *fixture, gconstpointer data)
{
  static const guint64 lengths[] = { 1000, 23 * MS, 88 * MS, 215 * MS, 2 * S, 60 * S };
  guint64 known = START + 100 * S;

  weft_view_state_set_follow (fixture->state, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      guint64 from, to;

      weft_view_state_set_bounds (fixture->state, START, known);
      weft_view_state_get_range (fixture->state, &from, &to);
      weft_view_state_zoom (fixture->state, (double)lengths[i] / (double)(to - from), to);
      weft_view_state_set_live_bounds (fixture->state, START, known, known + 400 * MS);
      weft_view_state_get_range (fixture->state, &from, &to);
      g_assert_cmpuint (to - known, <=, MIN (50 * MS, (to - from) / 20));
      weft_view_state_set_live_bounds (fixture->state, START, known, known - MS);
      weft_view_state_get_range (fixture->state, &from, &to);
      g_assert_cmpuint (to, ==, known);
    }
}

static void
test_pan_leaves_following_and_says_how_far (Fixture *fixture, gconstpointer data)
{
  weft_view_state_set_follow (fixture->state, TRUE);
  weft_view_state_pan (fixture->state, -0.5);
  g_assert_false (weft_view_state_get_follow (fixture->state));
  g_assert_cmpuint (weft_view_state_get_behind_ns (fixture->state), ==, S);
  weft_view_state_set_bounds (fixture->state, START, START + 12 * S);
  assert_range (fixture, START + 7 * S, START + 9 * S);
  g_assert_cmpuint (weft_view_state_get_behind_ns (fixture->state), ==, 3 * S);
}

static void
test_pause_stands_still_and_one_call_returns (Fixture *fixture, gconstpointer data)
{
  weft_view_state_set_follow (fixture->state, TRUE);
  weft_view_state_set_paused (fixture->state, TRUE);
  weft_view_state_set_bounds (fixture->state, START, START + 13 * S + 200 * MS);
  assert_range (fixture, START + 8 * S, START + 10 * S);
  g_assert_cmpuint (weft_view_state_get_behind_ns (fixture->state), ==, 3 * S + 200 * MS);
  weft_view_state_set_follow (fixture->state, TRUE);
  g_assert_false (weft_view_state_get_paused (fixture->state));
  g_assert_cmpuint (weft_view_state_get_behind_ns (fixture->state), ==, 0);
  assert_range (fixture, START + 11 * S + 200 * MS, START + 13 * S + 200 * MS);
}

static void
test_fit_all_shows_the_whole_trace (Fixture *fixture, gconstpointer data)
{
  weft_view_state_fit_all (fixture->state);
  assert_range (fixture, START, START + 10 * S);
}

static void
test_selected_range_is_in_order (Fixture *fixture, gconstpointer data)
{
  guint64 from, to;

  g_assert_false (weft_view_state_get_selected_range (fixture->state, &from, &to));
  weft_view_state_select_range (fixture->state, START + 3 * S, START + S);
  g_assert_true (weft_view_state_get_selected_range (fixture->state, &from, &to));
  g_assert_cmpuint (from, ==, START + S);
  g_assert_cmpuint (to, ==, START + 3 * S);
  g_assert_cmpuint (fixture->n_selections, ==, 1);
  weft_view_state_select_range (fixture->state, 0, 0);
  g_assert_false (weft_view_state_get_selected_range (fixture->state, &from, &to));
}

static void
test_reset_forgets_selections (Fixture *fixture, gconstpointer data)
{
  guint64 from, to, time;
  guint thread;

  weft_view_state_select_range (fixture->state, START, START + S);
  weft_view_state_select_slice (fixture->state, 7, START + S);
  weft_view_state_reset (fixture->state, START + 100 * S, S);
  g_assert_false (weft_view_state_get_selected_range (fixture->state, &from, &to));
  g_assert_false (weft_view_state_get_selected_slice (fixture->state, &thread, &time));
  assert_range (fixture, START + 100 * S, START + 101 * S);
}

static void
test_follow_and_pause_notify_once (Fixture *fixture, gconstpointer data)
{
  Fixture counts = { 0 };

  g_signal_connect_swapped (fixture->state, "notify::follow", G_CALLBACK (count_range_cb), &counts);
  g_signal_connect_swapped (fixture->state, "notify::paused", G_CALLBACK (count_selection_cb),
                            &counts);
  g_object_set (fixture->state, "follow", TRUE, "paused", TRUE, NULL);
  g_object_set (fixture->state, "follow", TRUE, "paused", TRUE, NULL);
  g_assert_cmpuint (counts.n_ranges, ==, 1);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "zoom-keeps-the-anchor-in-place", test_zoom_keeps_the_anchor_in_place },
    { "zoom-back-and-forth-returns", test_zoom_back_and_forth_returns },
    { "range-is-never-shorter-than-it-can-show", test_range_is_never_shorter_than_it_can_show },
    { "range-always-shows-some-of-the-trace", test_range_always_shows_some_of_the_trace },
    { "follow-keeps-the-end-at-the-edge", test_follow_keeps_the_end_at_the_edge },
    { "follow-begins-at-the-start-of-a-young-trace",
      test_follow_begins_at_the_start_of_a_young_trace },
    { "follow-shows-little-that-is-not-known", test_follow_shows_little_that_is_not_known },
    { "zoom-does-not-leave-following", test_zoom_does_not_leave_following },
    { "zoom-while-following-tells-once", test_zoom_while_following_tells_once },
    { "pan-leaves-following-and-says-how-far", test_pan_leaves_following_and_says_how_far },
    { "pause-stands-still-and-one-call-returns", test_pause_stands_still_and_one_call_returns },
    { "fit-all-shows-the-whole-trace", test_fit_all_shows_the_whole_trace },
    { "selected-range-is-in-order", test_selected_range_is_in_order },
    { "reset-forgets-selections", test_reset_forgets_selections },
    { "follow-and-pause-notify-once", test_follow_and_pause_notify_once },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/view-state/", tests[i].path, NULL);

      g_test_add (path, Fixture, NULL, set_up, tests[i].test, tear_down);
    }
  return g_test_run ();
}
