/* test-palette.c: the colours are DESIGN's, and what they mean does not hang on
 * colour alone. */
#include "palette.h"

#include <math.h>

static void
assert_state (WeftScheme scheme, WeftState state, WeftColor color)
{
  g_assert_cmphex (weft_palette_get (scheme)->states[state].color, ==, 0xff000000 | color);
}

static void
test_light_colours_are_the_agreed_ones (void)
{
  assert_state (WEFT_SCHEME_LIGHT, WEFT_STATE_RUNNING, 0x397e6a);
  assert_state (WEFT_SCHEME_LIGHT, WEFT_STATE_RUNNABLE, 0xa9830d);
  assert_state (WEFT_SCHEME_LIGHT, WEFT_STATE_DISK, 0x2532ae);
  assert_state (WEFT_SCHEME_LIGHT, WEFT_STATE_PAGE_FAULT, 0x2532ae);
  assert_state (WEFT_SCHEME_LIGHT, WEFT_STATE_LOCK, 0x680e17);
  assert_state (WEFT_SCHEME_LIGHT, WEFT_STATE_STOPPED, 0x220b28);
  assert_state (WEFT_SCHEME_LIGHT, WEFT_STATE_EVENT, 0xbec6ce);
}

static void
test_dark_colours_are_the_agreed_ones (void)
{
  g_assert_cmphex (weft_palette_get (WEFT_SCHEME_DARK)->background, ==, 0xff1e1e1e);
  assert_state (WEFT_SCHEME_DARK, WEFT_STATE_RUNNING, 0x60dbb4);
  assert_state (WEFT_SCHEME_DARK, WEFT_STATE_RUNNABLE, 0xd9a93c);
  assert_state (WEFT_SCHEME_DARK, WEFT_STATE_DISK, 0x3e6dbb);
  assert_state (WEFT_SCHEME_DARK, WEFT_STATE_LOCK, 0xda342c);
  assert_state (WEFT_SCHEME_DARK, WEFT_STATE_STOPPED, 0xae8bca);
  assert_state (WEFT_SCHEME_DARK, WEFT_STATE_TIMER, 0x4a4a4b);
}

/* Two states may share a look only within the sleep family. */
static void
test_looks_differ_without_colour (void)
{
  const WeftPalette *palette = weft_palette_get (WEFT_SCHEME_LIGHT);

  for (guint a = 0; a < WEFT_N_STATES; a++)
    for (guint b = a + 1; b < WEFT_N_STATES; b++)
      {
        const WeftStateStyle *first = &palette->states[a], *second = &palette->states[b];

        if (weft_state_is_sleep (a) && weft_state_is_sleep (b))
          {
            g_assert_cmphex (first->color, ==, second->color);
            continue;
          }
        g_assert_true (first->fill != second->fill || first->height != second->height
                       || first->color != second->color);
      }
  g_assert_cmpint (palette->states[WEFT_STATE_LOCK].fill, ==, WEFT_FILL_HATCHED);
  g_assert_cmpint (palette->states[WEFT_STATE_DISK].fill, ==, WEFT_FILL_SOLID);
  g_assert_cmpint (palette->states[WEFT_STATE_PAGE_FAULT].fill, ==, WEFT_FILL_HATCHED);
}

static void
test_every_scheme_says_how_each_state_looks (void)
{
  for (guint scheme = 0; scheme < WEFT_N_SCHEMES; scheme++)
    for (guint state = 0; state < WEFT_N_STATES; state++)
      {
        const WeftStateStyle *style = &weft_palette_get (scheme)->states[state];

        g_assert_true (state == WEFT_STATE_EXITED || style->fill != WEFT_FILL_NONE);
        if (style->fill == WEFT_FILL_NONE)
          continue;
        g_assert_cmphex (style->color >> 24, ==, 0xff);
        g_assert_cmpfloat (style->height, >, 0);
        g_assert_cmpfloat (style->height, <=, 1);
        g_assert_true (style->fill != WEFT_FILL_HATCHED || style->hatch != style->color);
      }
}

static double
luminance (WeftColor color)
{
  double value = 0;
  const double weights[] = { 0.0722, 0.7152, 0.2126 };

  for (guint i = 0; i < 3; i++)
    {
      double channel = ((color >> (8 * i)) & 0xff) / 255.0;
      value += weights[i]
               * (channel <= 0.03928 ? channel / 12.92 : pow ((channel + 0.055) / 1.055, 2.4));
    }
  return value;
}

static double
contrast (WeftColor a, WeftColor b)
{
  double x = luminance (a), y = luminance (b);

  return (MAX (x, y) + 0.05) / (MIN (x, y) + 0.05);
}

static void
test_text_can_be_read (void)
{
  for (guint scheme = 0; scheme < WEFT_N_SCHEMES; scheme++)
    {
      const WeftPalette *palette = weft_palette_get (scheme);
      double least = palette->high_contrast ? 7 : 4.5;

      g_assert_cmpfloat (contrast (palette->text, palette->background), >=, 7);
      g_assert_cmpfloat (contrast (palette->dim_text, palette->background), >=, least);
      g_assert_cmpfloat (contrast (palette->dim_text, palette->band), >=, least);
      g_assert_cmpfloat (contrast (palette->error, palette->background), >=, least);
      g_assert_cmpfloat (contrast (palette->states[WEFT_STATE_RUNNING].text,
                                   palette->states[WEFT_STATE_RUNNING].color),
                         >=, 4.5);
    }
}

static void
test_stripes_cover_their_share (void)
{
  double sum = 0;
  const guint n = 4000;

  for (guint i = 0; i < n; i++)
    sum += weft_hatch_coverage (i * WEFT_HATCH_PERIOD * 3 / n, 2.5, 1);
  g_assert_cmpfloat_with_epsilon (sum / n, WEFT_HATCH_STRIPE / WEFT_HATCH_PERIOD, 0.01);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/palette/light-colours-are-the-agreed-ones",
                   test_light_colours_are_the_agreed_ones);
  g_test_add_func ("/palette/dark-colours-are-the-agreed-ones",
                   test_dark_colours_are_the_agreed_ones);
  g_test_add_func ("/palette/looks-differ-without-colour", test_looks_differ_without_colour);
  g_test_add_func ("/palette/every-scheme-says-how-each-state-looks",
                   test_every_scheme_says_how_each_state_looks);
  g_test_add_func ("/palette/text-can-be-read", test_text_can_be_read);
  g_test_add_func ("/palette/stripes-cover-their-share", test_stripes_cover_their_share);
  return g_test_run ();
}
