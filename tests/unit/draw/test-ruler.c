/* test-ruler.c: labels of the time axis are whole, apart and right. */
#include "ruler-painter.h"

typedef struct
{
  guint64 from_ns, length_ns;
} Range;

static const Range ranges[] = {
  { 0, 1 },
  { 0, 7 },
  { 0, 1000 },
  { 5210000000, 40000000 },
  { 5210000123, 4000 },
  { 999999999, 3 },
  { 0, 60000000000 },
  { 100000000000, 90000000000 },
  { 3599000000000, 2000000000 },
  { 0, 86400000000000 },
  { 0, 864000000000000 },
  { 7200000000000, 1000 },
};

static void
check_ticks (WeftStyle *style, const WeftRulerRange *range, double width)
{
  g_autoptr (GArray) ticks = weft_ruler_ticks_new (style, range, width);
  double free_from = 0;
  guint64 step = 0;

  for (guint i = 0; i < ticks->len; i++)
    {
      const WeftRulerTick *tick = &g_array_index (ticks, WeftRulerTick, i);

      g_assert_cmpuint (tick->time_ns, >=, range->from_ns);
      g_assert_cmpuint (tick->time_ns, <=, range->to_ns);
      if (i > 0)
        {
          guint64 distance = tick->time_ns - tick[-1].time_ns;
          g_assert_true (step == 0 || step == distance);
          step = distance;
        }
      if (tick->label == NULL)
        continue;
      g_assert_cmpfloat (tick->label_x, >=, free_from);
      g_assert_cmpfloat (tick->label_x + tick->label_width, <=, width);
      g_assert_cmpfloat (weft_style_measure (style, tick->label, WEFT_TEXT_SMALL), <=,
                         tick->label_width + 0.01);
      free_from = tick->label_x + tick->label_width;
    }
}

static void
test_labels_are_whole_and_apart (void)
{
  g_autoptr (WeftStyle) style = weft_style_new_for_file (WEFT_SCHEME_LIGHT, 1);
  const double widths[] = { 1, 20, 100, 333, 785, 1600, 5000 };

  for (guint i = 0; i < G_N_ELEMENTS (ranges); i++)
    for (guint w = 0; w < G_N_ELEMENTS (widths); w++)
      check_ticks (style,
                   &(WeftRulerRange){ 1000 + ranges[i].from_ns,
                                      1000 + ranges[i].from_ns + ranges[i].length_ns, 1000 },
                   widths[w]);
}

static void
test_a_usual_width_has_labels (void)
{
  g_autoptr (WeftStyle) style = weft_style_new_for_file (WEFT_SCHEME_LIGHT, 1);

  for (guint i = 3; i < G_N_ELEMENTS (ranges); i++)
    {
      const WeftRulerRange range
          = { ranges[i].from_ns, ranges[i].from_ns + ranges[i].length_ns, 0 };
      g_autoptr (GArray) ticks = weft_ruler_ticks_new (style, &range, 785);
      guint labels = 0;

      for (guint t = 0; t < ticks->len; t++)
        labels += g_array_index (ticks, WeftRulerTick, t).label != NULL;
      g_assert_cmpuint (labels, >=, 2);
    }
}

static void
test_steps_are_one_two_or_five (void)
{
  g_autoptr (WeftStyle) style = weft_style_new_for_file (WEFT_SCHEME_LIGHT, 1);

  for (guint64 length = 100; length < 40000000000; length = length * 17 / 10)
    {
      const WeftRulerRange range = { 0, length, 0 };
      g_autoptr (GArray) ticks = weft_ruler_ticks_new (style, &range, 785);
      guint64 step;

      g_assert_cmpuint (ticks->len, >=, 2);
      step = g_array_index (ticks, WeftRulerTick, 1).time_ns
             - g_array_index (ticks, WeftRulerTick, 0).time_ns;
      while (step >= 10 && step % 10 == 0)
        step /= 10;
      g_assert_true (step == 1 || step == 2 || step == 5);
    }
}

static void
test_the_time_before_the_origin_is_negative (void)
{
  g_autofree char *text = weft_ruler_format_time (-1500000000, 100000000);

  g_assert_cmpstr (text, ==, "−1.5 s");
}

static void
test_times_are_as_precise_as_the_step (void)
{
  static const struct
  {
    gint64 ns;
    guint64 step;
    const char *text;
  } cases[] = {
    { 5210000000, 5000000, "5.210 s" },       { 5230120000, 10000, "5.230\u202f12 s" },
    { 5230120000, 1000, "5.230\u202f120 s" }, { 0, 1000000000, "0 s" },
    { 1, 1, "0.000\u202f000\u202f001 s" },    { 125500000000, 500000000, "2:05.5" },
    { 3723000000000, 1000000000, "1:02:03" }, { 467000000, 10000000, "0.47 s" },
    { 4999999, 10000000, "0.00 s" },          { 119999999999, 1000000000, "2:00" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = weft_ruler_format_time (cases[i].ns, cases[i].step);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ruler/labels-are-whole-and-apart", test_labels_are_whole_and_apart);
  g_test_add_func ("/ruler/a-usual-width-has-labels", test_a_usual_width_has_labels);
  g_test_add_func ("/ruler/steps-are-one-two-or-five", test_steps_are_one_two_or_five);
  g_test_add_func ("/ruler/the-time-before-the-origin-is-negative",
                   test_the_time_before_the_origin_is_negative);
  g_test_add_func ("/ruler/times-are-as-precise-as-the-step",
                   test_times_are_as_precise_as_the_step);
  return g_test_run ();
}
