/* test-duration.c: durations for people have three digits, whatever the unit. */
#include <string.h>
#include "duration.h"

static void
test_three_digits_and_a_unit (void)
{
  static const struct
  {
    guint64 ns;
    const char *text;
  } cases[] = {
    { 0, "0 ns" },
    { 999, "999 ns" },
    { 1000, "1.00 µs" },
    { 9994, "9.99 µs" },
    { 9996, "10.0 µs" },
    { 99949, "99.9 µs" },
    { 99951, "100 µs" },
    { 999499, "999 µs" },
    { 999600, "1.00 ms" },
    { 2000000, "2.00 ms" },
    { 999999999, "1.00 s" },
    { G_GUINT64_CONSTANT (61500000000), "61.5 s" },
    { G_GUINT64_CONSTANT (119000000000), "119 s" },
    { G_GUINT64_CONSTANT (125000000000), "2 min 5 s" },
    { G_GUINT64_CONSTANT (3660000000000), "1 h 1 min" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = weft_format_duration (cases[i].ns);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

/* Below two minutes, at any length. */
static void
test_digits_are_never_more_than_three (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);

  for (guint i = 0; i < 20000; i++)
    {
      guint64 ns = (guint64)(G_GUINT64_CONSTANT (119000000000) >> g_rand_int_range (rand, 0, 40));
      g_autofree char *text = NULL;
      gsize digits = 0;

      ns -= (guint64)(g_rand_double (rand) * 0.5 * (double)ns);
      text = weft_format_duration (ns);
      for (const char *at = text; *at != ' '; at++)
        digits += g_ascii_isdigit (*at);
      g_assert_cmpuint (digits, <=, 3);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/duration/three-digits-and-a-unit", test_three_digits_and_a_unit);
  g_test_add_func ("/duration/digits-are-never-more-than-three",
                   test_digits_are_never_more_than_three);
  return g_test_run ();
}
