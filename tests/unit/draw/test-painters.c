/* test-painters.c: what the painters beside the lanes show, by the pixels. */
#include "canvas.h"
#include "header-painter.h"
#include "legend-painter.h"
#include "mark-painter.h"
#include "minimap-painter.h"
#include "shares-painter.h"
#include "state-label.h"
#include "trace/exit-words.h"
#include "tree-row-painter.h"

static void
test_a_hatched_state_shows_both_its_colours (void)
{
  g_autoptr (Canvas) canvas = canvas_new (WEFT_SCHEME_LIGHT, 60, 20, FALSE);
  const WeftPalette *palette = weft_style_get_palette (canvas->style);
  guint solid, lock;

  weft_palette_fill_state (palette, canvas->cr, WEFT_STATE_DISK, 0, 0, 60, 20);
  solid = canvas_count (canvas, 0, 0, 60, 20, palette->states[WEFT_STATE_DISK].color);
  g_assert_cmpuint (solid, ==, 60 * 20);
  canvas_clear (canvas);
  weft_palette_fill_state (palette, canvas->cr, WEFT_STATE_LOCK, 0, 0, 60, 20);
  lock = canvas_count (canvas, 0, 0, 60, 20, palette->states[WEFT_STATE_LOCK].color);
  g_assert_cmpuint (lock, >, 60 * 20 / 3);
  g_assert_cmpuint (lock, <, 60 * 20 * 9 / 10);
  g_assert_cmpuint (canvas_count_painted (canvas, 0, 0, 60, 20), ==, 60 * 20);
}

static void
test_shares_never_hide_what_is_there (void)
{
  static const struct
  {
    double share;
    gboolean precise;
    const char *text;
  } cases[] = {
    { 0, FALSE, "0 %" },       { 0.000001, FALSE, "<1 %" }, { 0.004, FALSE, "<1 %" },
    { 0.01, FALSE, "1 %" },    { 0.26, FALSE, "26 %" },     { 0.9999, FALSE, "99 %" },
    { 1, FALSE, "100 %" },     { 0.0001, TRUE, "<0.1 %" },  { 0.031, TRUE, "3.1 %" },
    { 0.997, TRUE, "99.7 %" }, { 0.99999, TRUE, "99.9 %" }, { 0.64, TRUE, "64 %" },
    { 2.5, TRUE, "250 %" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = weft_share_format (cases[i].share, cases[i].precise);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_a_share_beside_the_unknown_is_the_least (void)
{
  static const struct
  {
    double share, unknown;
    const char *text;
  } cases[] = {
    { 0.26, 0, "26 %" }, { 0.26, 0.02, "26 %" },  { 0.26, 0.1, "≥26 %" }, { 0.001, 0.2, ">0 %" },
    { 0, 0.2, "≥0 %" },  { 0.001, 0.02, "<1 %" }, { 1.5, 0.5, "≥150 %" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = weft_share_format_least (cases[i].share, cases[i].unknown);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_the_legend_shows_only_what_occurs (void)
{
  g_autoptr (Canvas) canvas = canvas_new (WEFT_SCHEME_LIGHT, 600, 24, FALSE);
  const WeftPalette *palette = weft_style_get_palette (canvas->style);
  const WeftLegend legend
      = { .states = WEFT_STATE_BIT (WEFT_STATE_RUNNING) | WEFT_STATE_BIT (WEFT_STATE_TIMER) };

  weft_legend_draw (canvas->style, canvas->cr, &(WeftRect){ 0, 0, 600, 24 }, &legend);
  g_assert_cmpuint (canvas_count (canvas, 0, 0, 600, 24, palette->states[1].color), >, 100);
  g_assert_cmpuint (canvas_count (canvas, 0, 0, 600, 24, palette->states[WEFT_STATE_TIMER].color),
                    >, 20);
  g_assert_cmpuint (canvas_count (canvas, 0, 0, 600, 24, palette->states[WEFT_STATE_LOCK].color),
                    ==, 0);
  g_assert_cmpuint (canvas_count (canvas, 0, 0, 600, 24, palette->states[WEFT_STATE_DISK].color),
                    ==, 0);
}

static void
test_the_sleep_family_is_one_entry (void)
{
  g_autoptr (WeftStyle) style = weft_style_new_for_file (WEFT_SCHEME_LIGHT, 1);
  const WeftLegend one = { .states = WEFT_STATE_BIT (WEFT_STATE_TIMER) };
  const WeftLegend many
      = { .states = WEFT_STATE_BIT (WEFT_STATE_TIMER) | WEFT_STATE_BIT (WEFT_STATE_EVENT)
                    | WEFT_STATE_BIT (WEFT_STATE_CHILD) };

  g_assert_cmpfloat (weft_legend_measure_width (style, &one), ==,
                     weft_legend_measure_width (style, &many));
}

static void
test_a_narrow_legend_wraps (void)
{
  g_autoptr (WeftStyle) style = weft_style_new_for_file (WEFT_SCHEME_LIGHT, 1);
  const WeftLegend legend
      = { .states = 0x7fff, .exec = TRUE, .exit_well = TRUE, .exit_failed = TRUE, .loss = TRUE };
  double wide = weft_legend_measure_width (style, &legend);
  double row = weft_legend_measure (style, &legend, wide);

  g_assert_cmpfloat (weft_legend_measure (style, &legend, wide * 0.6), ==, 2 * row);
  g_assert_cmpfloat (weft_legend_measure (style, &legend, wide * 0.3), >=, 4 * row);
  g_assert_cmpfloat (weft_legend_measure (style, &legend, 1), >, row);
}

static void
test_a_bar_keeps_a_sliver_of_everything (void)
{
  guint64 ns[WEFT_N_STATES] = { [WEFT_STATE_RUNNING] = 1,
                                [WEFT_STATE_LOCK] = G_GUINT64_CONSTANT (1000000000000),
                                [WEFT_STATE_DISK] = 5 };
  WeftState order[WEFT_N_STATES];
  double ends[WEFT_N_STATES], from = 0;

  weft_shares_layout (ns, 300, 1.5, order, ends);
  for (guint i = 0; i < WEFT_N_STATES; i++)
    {
      if (ns[order[i]] > 0)
        g_assert_cmpfloat (ends[i] - from, >=, 1.499);
      else
        g_assert_cmpfloat (ends[i], ==, from);
      from = ends[i];
    }
  g_assert_cmpfloat_with_epsilon (from, 300, 0.001);
}

static void
test_the_main_reason_is_named (void)
{
  guint64 lock[WEFT_N_STATES] = { [WEFT_STATE_RUNNING] = 29, [WEFT_STATE_LOCK] = 71 };
  guint64 sleep[WEFT_N_STATES]
      = { [WEFT_STATE_RUNNING] = 40, [WEFT_STATE_TIMER] = 25, [WEFT_STATE_EVENT] = 35 };
  guint64 none[WEFT_N_STATES] = { 0 };
  g_autofree char *text = weft_shares_main_reason (lock, 0);
  g_autofree char *of_range = weft_shares_main_reason (lock, 100);

  g_assert_cmpstr (text, ==, "lock 71 %");
  g_assert_cmpstr (of_range, ==, "lock 36 %"); /* it was there for half of the range */
  g_assert_cmpint (weft_shares_main_state (sleep), ==, WEFT_STATE_EVENT);
  g_assert_cmpint (weft_shares_main_state (none), ==, WEFT_STATE_UNKNOWN);
}

static void
test_a_gap_of_no_width_is_seen (void)
{
  g_autoptr (Canvas) canvas = canvas_new (WEFT_SCHEME_DARK, 20, 32, FALSE);

  weft_mark_draw_loss (canvas->style, canvas->cr, &(WeftRect){ 10, 0, 0, 32 });
  g_assert_cmpuint (canvas_count_painted (canvas, 0, 0, 20, 32), >=, 32);
}

static void
test_a_bar_of_little_activity_is_seen (void)
{
  g_autoptr (Canvas) canvas = canvas_new (WEFT_SCHEME_LIGHT, 100, 36, FALSE);
  const double activity[] = { 0, 1e-9, 0, 1 };
  guint busy = 0;

  weft_minimap_draw (canvas->style, canvas->cr, &(WeftRect){ 0, 0, 100, 36 },
                     &(WeftMinimap){ .activity = activity, .n = 4, .window_to = 1 });
  for (int x = 26; x < 48; x++)
    busy += canvas_pixel (canvas, x, 35) != canvas_pixel (canvas, 10, 20);
  g_assert_cmpuint (busy, >=, 20);
}

static void
test_a_gap_looks_the_same_in_the_minimap (void)
{
  g_autoptr (Canvas) canvas = canvas_new (WEFT_SCHEME_LIGHT, 100, 36, FALSE);
  g_autoptr (Canvas) lanes = canvas_new (WEFT_SCHEME_LIGHT, 100, 36, FALSE);
  const double activity[] = { 0, 0, 0, 0 };
  const guint8 lost[] = { 0, 1, 1, 0 };

  weft_minimap_draw (canvas->style, canvas->cr, &(WeftRect){ 0, 0, 100, 36 },
                     &(WeftMinimap){ .activity = activity, .lost = lost, .n = 4, .window_to = 1 });
  weft_style_fill (lanes->cr, &(WeftRect){ 0, 0, 100, 36 },
                   weft_style_get_palette (lanes->style)->band);
  weft_mark_draw_loss (lanes->style, lanes->cr, &(WeftRect){ 25, 0, 50, 36 });
  for (int x = 10; x < 90; x++)
    for (int y = 0; y < 36; y++)
      g_assert_cmphex (canvas_pixel (canvas, x, y), ==, canvas_pixel (lanes, x, y));
}

static WeftTreeRowLook
sample_row (void)
{
  return (WeftTreeRowLook){ .name = "cc1",
                            .pid = 4311,
                            .depth = 2,
                            .glyph = WEFT_GLYPH_RUNNING,
                            .cpu_share = 0.64,
                            .memory_bytes = 88 << 20,
                            .n_threads = 4,
                            .age_ns = 9000000000 };
}

static int
first_of_colour (Canvas *canvas, WeftColor color)
{
  for (int x = 0; x < canvas->width; x++)
    if (canvas_count (canvas, x, 0, 1, canvas->height, color) > 0)
      return x;
  return -1;
}

static void
test_a_row_is_mirrored_where_text_runs_from_the_right (void)
{
  const WeftTreeRowLook look = sample_row ();
  const WeftRect rect = { 0, 0, 312, 28 };
  g_autoptr (Canvas) ltr = canvas_new (WEFT_SCHEME_LIGHT, 312, 28, FALSE);
  g_autoptr (Canvas) rtl = canvas_new (WEFT_SCHEME_LIGHT, 312, 28, TRUE);
  WeftColor running = weft_style_get_palette (ltr->style)->states[WEFT_STATE_RUNNING].color;
  int glyph;

  weft_tree_row_draw (ltr->style, ltr->cr, &rect, &look, 0);
  weft_tree_row_draw (rtl->style, rtl->cr, &rect, &look, 0);
  glyph = first_of_colour (ltr, running);
  g_assert_cmpint (glyph, >, 0);
  g_assert_cmpint (glyph, <, 100);
  g_assert_cmpint (first_of_colour (rtl, running), >, 200);
}

static void
test_each_glyph_differs (void)
{
  g_autoptr (Canvas) canvas = canvas_new (WEFT_SCHEME_LIGHT, 20, 20, FALSE);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint glyph = 0; glyph <= WEFT_GLYPH_EXITED; glyph++)
    {
      gsize bytes = (gsize)cairo_image_surface_get_stride (canvas->surface) * 20;

      canvas_clear (canvas);
      /* one colour for all: the shapes alone must tell */
      weft_tree_glyph_draw (canvas->style, canvas->cr, glyph, 10, 10, 0xff000000);
      cairo_surface_flush (canvas->surface);
      g_assert_true (g_hash_table_add (
          seen,
          g_compute_checksum_for_data (G_CHECKSUM_SHA256,
                                       cairo_image_surface_get_data (canvas->surface), bytes)));
    }
}

static gboolean
is_in_column (WeftStyle *style, WeftTreeColumns columns, WeftTreeColumns column, double at)
{
  double x, width;

  return weft_tree_row_get_extent (style, 312, columns, column, &x, &width) && at >= x
         && at < x + width;
}

static void
test_columns_are_found_by_position (void)
{
  g_autoptr (WeftStyle) style = weft_style_new_for_file (WEFT_SCHEME_LIGHT, 1);
  const WeftTreeColumns all
      = WEFT_COLUMN_CPU | WEFT_COLUMN_MEMORY | WEFT_COLUMN_THREADS | WEFT_COLUMN_AGE;

  g_assert_true (is_in_column (style, all, WEFT_COLUMN_PROCESS, 20));
  g_assert_true (is_in_column (style, all, WEFT_COLUMN_AGE, 290));
  g_assert_false (is_in_column (style, all, WEFT_COLUMN_CPU, 290));
  g_assert_true (is_in_column (style, WEFT_COLUMN_CPU, WEFT_COLUMN_CPU, 290));
}

static void
test_expander_is_where_the_glyph_is_painted (void)
{
  g_autoptr (WeftStyle) style = weft_style_new_for_file (WEFT_SCHEME_LIGHT, 1);
  const WeftTreeRowLook root = { .name = "a" }, third = { .name = "a", .depth = 2, .indent = 10 };
  const WeftTreeRowLook deep = { .name = "a", .depth = 400 };

  g_assert_true (weft_tree_row_is_expander (style, 312, WEFT_COLUMN_CPU, &root, 20));
  g_assert_false (weft_tree_row_is_expander (style, 312, WEFT_COLUMN_CPU, &root, 60));
  g_assert_true (weft_tree_row_is_expander (style, 312, WEFT_COLUMN_CPU, &third, 40));
  g_assert_false (weft_tree_row_is_expander (style, 312, WEFT_COLUMN_CPU, &third, 60));
  g_assert_false (weft_tree_row_is_expander (style, 312, WEFT_COLUMN_CPU, &deep, 20 + 400 * 14));
}

static void
test_indent_narrows_for_deep_trees (void)
{
  g_autoptr (WeftStyle) style = weft_style_new_for_file (WEFT_SCHEME_LIGHT, 1);
  double widest = weft_style_get_metrics (style)->tree_indent, before = widest;

  g_assert_cmpfloat (weft_tree_row_fit_indent (style, 312, WEFT_COLUMN_CPU, 1), ==, widest);
  for (guint depth = 1; depth < 100; depth++)
    {
      double indent = weft_tree_row_fit_indent (style, 312, WEFT_COLUMN_CPU, depth);

      g_assert_cmpfloat (indent, <=, before);
      g_assert_cmpfloat (indent, >, widest * 0.4);
      before = indent;
    }
  g_assert_cmpfloat (before, <, widest);
}

static void
test_figures_are_short (void)
{
  static const struct
  {
    guint64 bytes;
    const char *text;
  } sizes[] = { { 0, "–" },
                { 1, "1 K" },
                { 4096, "4 K" },
                { 12 << 20, "12 M" },
                { G_GUINT64_CONSTANT (1610612736), "1.5 G" },
                { G_GUINT64_CONSTANT (68719476736), "64 G" } };
  static const struct
  {
    guint64 seconds;
    const char *text;
  } ages[] = { { 0, "0 s" }, { 59, "59 s" }, { 61, "1 min" }, { 7300, "2 h" }, { 800000, "9 d" } };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *text = weft_format_bytes (sizes[i].bytes);
      g_assert_cmpstr (text, ==, sizes[i].text);
    }
  for (guint i = 0; i < G_N_ELEMENTS (ages); i++)
    {
      g_autofree char *text = weft_format_age (ages[i].seconds * 1000000000);
      g_assert_cmpstr (text, ==, ages[i].text);
    }
}

static void
test_an_end_is_told_by_code_or_signal (void)
{
  g_autofree char *well = weft_exit_describe (0, NULL);
  g_autofree char *badly = weft_exit_describe (2 << 8, NULL);
  gboolean failed = FALSE;
  g_autofree char *killed = weft_exit_describe (9, &failed);
  g_autofree char *code = weft_exit_code (9 | 0x80);

  g_assert_cmpstr (well, ==, "exited 0");
  g_assert_cmpstr (badly, ==, "exited 2");
  g_assert_cmpstr (killed, ==, "killed by SIGKILL");
  g_assert_true (failed);
  g_assert_cmpstr (code, ==, "SIGKILL");
}

static void
test_text_stays_in_its_width (void)
{
  g_autoptr (Canvas) canvas = canvas_new (WEFT_SCHEME_LIGHT, 200, 30, FALSE);
  static const char *const texts[] = { "a very long name that cannot fit",
                                       "שם ארוך מאוד שאינו נכנס", "…", "WWWWWWWWWWWWWWWWWW" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    for (int width = 1; width < 80; width += 7)
      {
        canvas_clear (canvas);
        weft_style_draw_text (canvas->style, canvas->cr, texts[i], WEFT_TEXT_NORMAL, 0xff000000,
                              WEFT_ALIGN_START, 60, 15, width);
        g_assert_cmpuint (canvas_count_painted (canvas, 0, 0, 58, 30), ==, 0);
        g_assert_cmpuint (canvas_count_painted (canvas, 60 + width + 2, 0, 200, 30), ==, 0);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/painters/a-hatched-state-shows-both-its-colours",
                   test_a_hatched_state_shows_both_its_colours);
  g_test_add_func ("/painters/shares-never-hide-what-is-there",
                   test_shares_never_hide_what_is_there);
  g_test_add_func ("/painters/a-share-beside-the-unknown-is-the-least",
                   test_a_share_beside_the_unknown_is_the_least);
  g_test_add_func ("/painters/the-legend-shows-only-what-occurs",
                   test_the_legend_shows_only_what_occurs);
  g_test_add_func ("/painters/the-sleep-family-is-one-entry", test_the_sleep_family_is_one_entry);
  g_test_add_func ("/painters/a-narrow-legend-wraps", test_a_narrow_legend_wraps);
  g_test_add_func ("/painters/a-bar-keeps-a-sliver-of-everything",
                   test_a_bar_keeps_a_sliver_of_everything);
  g_test_add_func ("/painters/the-main-reason-is-named", test_the_main_reason_is_named);
  g_test_add_func ("/painters/a-gap-of-no-width-is-seen", test_a_gap_of_no_width_is_seen);
  g_test_add_func ("/painters/a-gap-looks-the-same-in-the-minimap",
                   test_a_gap_looks_the_same_in_the_minimap);
  g_test_add_func ("/painters/a-bar-of-little-activity-is-seen",
                   test_a_bar_of_little_activity_is_seen);
  g_test_add_func ("/painters/a-row-is-mirrored-where-text-runs-from-the-right",
                   test_a_row_is_mirrored_where_text_runs_from_the_right);
  g_test_add_func ("/painters/each-glyph-differs", test_each_glyph_differs);
  g_test_add_func ("/painters/columns-are-found-by-position", test_columns_are_found_by_position);
  g_test_add_func ("/painters/expander-is-where-the-glyph-is-painted",
                   test_expander_is_where_the_glyph_is_painted);
  g_test_add_func ("/painters/indent-narrows-for-deep-trees", test_indent_narrows_for_deep_trees);
  g_test_add_func ("/painters/figures-are-short", test_figures_are_short);
  g_test_add_func ("/painters/an-end-is-told-by-code-or-signal",
                   test_an_end_is_told_by_code_or_signal);
  g_test_add_func ("/painters/text-stays-in-its-width", test_text_stays_in_its_width);
  return g_test_run ();
}
