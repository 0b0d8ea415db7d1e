/* test-lane-column.c: what a pixel column shows is what the shares say. */
#include "lane-column.h"

#define HEIGHT 22

static const WeftPalette *
palette (void)
{
  return weft_palette_get (WEFT_SCHEME_LIGHT);
}

static guint
stack (const guint64 *ns, guint64 length, guint height, WeftColumnPart *parts)
{
  guint n = weft_lane_column_stack (palette (), ns, length, height, parts);

  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpuint (parts[i].from, <, parts[i].to);
      g_assert_cmpuint (parts[i].from, ==, i > 0 ? parts[i - 1].to : 0);
      g_assert_cmpuint (parts[i].to, <=, height);
      g_assert_true (i == 0 || parts[i].state > parts[i - 1].state);
    }
  return n;
}

static void
test_one_state_is_as_high_as_its_box (void)
{
  WeftColumnPart parts[WEFT_N_STATES];

  for (guint state = 0; state < WEFT_N_STATES; state++)
    {
      guint64 ns[WEFT_N_STATES] = { 0 };

      ns[state] = 1000;
      if (state == WEFT_STATE_EXITED)
        {
          g_assert_cmpuint (stack (ns, 1000, HEIGHT, parts), ==, 0);
          continue;
        }
      g_assert_cmpuint (stack (ns, 1000, HEIGHT, parts), ==, 1);
      g_assert_cmpuint (parts[0].state, ==, state);
      g_assert_cmpuint (parts[0].to, ==, (guint)(palette ()->states[state].height * HEIGHT + 0.5));
    }
}

static void
test_every_state_shows_at_a_tiny_share (void)
{
  WeftColumnPart parts[WEFT_N_STATES];

  for (guint state = 0; state < WEFT_N_STATES; state++)
    for (guint main_state = 1; main_state < WEFT_STATE_EXITED; main_state++)
      {
        guint64 ns[WEFT_N_STATES] = { 0 };
        guint n, found = 0;

        if (state == WEFT_STATE_EXITED || state == main_state)
          continue;
        ns[state] = 1;
        ns[main_state] = G_GUINT64_CONSTANT (3600000000000);
        n = stack (ns, ns[main_state] + 1, HEIGHT, parts);
        for (guint i = 0; i < n; i++)
          if (parts[i].state == state)
            {
              found++;
              g_assert_cmpuint (parts[i].weight, >=, WEFT_COLUMN_LEAST_WEIGHT);
              g_assert_cmpuint (parts[i].weight, <, 255);
            }
        g_assert_cmpuint (found, ==, 1);
      }
}

static void
test_no_state_is_invented (void)
{
  WeftColumnPart parts[WEFT_N_STATES];
  g_autoptr (GRand) random = g_rand_new_with_seed (7);

  for (guint round = 0; round < 5000; round++)
    {
      guint64 ns[WEFT_N_STATES] = { 0 }, length = 0;
      guint n, expected = 0;

      for (guint state = 0; state < WEFT_N_STATES; state++)
        {
          if (g_rand_boolean (random))
            ns[state] = g_rand_int_range (random, 0, 100000);
          length += ns[state];
          expected += ns[state] > 0 && state != WEFT_STATE_EXITED;
        }
      n = stack (ns, MAX (length, 1), HEIGHT, parts);
      g_assert_cmpuint (n, ==, expected);
      for (guint i = 0; i < n; i++)
        g_assert_cmpuint (ns[parts[i].state], >, 0);
    }
}

static void
test_heights_are_true_to_the_shares (void)
{
  WeftColumnPart parts[WEFT_N_STATES];
  guint64 ns[WEFT_N_STATES] = { [WEFT_STATE_RUNNING] = 30, [WEFT_STATE_LOCK] = 70 };

  /* so many pixels that rounding is small */
  g_assert_cmpuint (stack (ns, 100, 1000, parts), ==, 2);
  g_assert_cmpuint (parts[0].to - parts[0].from, ==, 300);
  g_assert_cmpint (ABS ((int)(parts[1].to - parts[1].from) - 315), <=, 1);
}

static void
test_a_part_of_a_column_is_a_part_as_high (void)
{
  WeftColumnPart parts[WEFT_N_STATES];
  guint64 ns[WEFT_N_STATES] = { [WEFT_STATE_RUNNING] = 50 };

  g_assert_cmpuint (stack (ns, 100, HEIGHT, parts), ==, 1);
  g_assert_cmpuint (parts[0].to, ==, HEIGHT / 2);
}

static void
test_more_states_than_pixels_do_not_overflow (void)
{
  WeftColumnPart parts[WEFT_N_STATES];
  guint64 ns[WEFT_N_STATES];

  for (guint state = 0; state < WEFT_N_STATES; state++)
    ns[state] = 10;
  g_assert_cmpuint (stack (ns, 150, 3, parts), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lane-column/one-state-is-as-high-as-its-box",
                   test_one_state_is_as_high_as_its_box);
  g_test_add_func ("/lane-column/every-state-shows-at-a-tiny-share",
                   test_every_state_shows_at_a_tiny_share);
  g_test_add_func ("/lane-column/no-state-is-invented", test_no_state_is_invented);
  g_test_add_func ("/lane-column/heights-are-true-to-the-shares",
                   test_heights_are_true_to_the_shares);
  g_test_add_func ("/lane-column/a-part-of-a-column-is-a-part-as-high",
                   test_a_part_of_a_column_is_a_part_as_high);
  g_test_add_func ("/lane-column/more-states-than-pixels-do-not-overflow",
                   test_more_states_than_pixels_do_not_overflow);
  return g_test_run ();
}
