/* test-lane-strip.c: the pixels, rectangles and marks of a lane from draw items
 * made by hand. */
#include "canvas.h"
#include "lane-marks.h"
#include "lane-painter.h"
#include "lane-vector.h"

#define WIDTH 40
#define LANE 32
#define TOP 5
#define BOX 22

static WeftLaneItems *
items_new (guint width, guint64 ns_per_px)
{
  WeftLaneItems *items = g_new0 (WeftLaneItems, 1);

  items->scale = (WeftTimeScale){ 1000, 1000 + width * ns_per_px, width };
  items->columns = g_new0 (WeftShares, width);
  items->edges = g_new (guint64, width + 1);
  for (guint px = 0; px <= width; px++)
    items->edges[px] = weft_time_scale_get_edge (&items->scale, px);
  items->boxes = g_array_new (FALSE, FALSE, sizeof (WeftLaneBox));
  return items;
}

static void
fill (WeftLaneItems *items, guint from, guint to, WeftState state, guint64 ns)
{
  for (guint px = from; px < to; px++)
    items->columns[px].ns[state] += ns;
}

static void
add_box (WeftLaneItems *items, guint from, guint to, WeftState state)
{
  const WeftLaneBox box = { .from_px = from, .to_px = to, .state = state, .ends = TRUE };

  g_array_append_val (items->boxes, box);
}

/* A canvas that holds the strip of @items. */
static Canvas *
paint (const WeftLaneItems *items)
{
  Canvas *canvas = canvas_new (WEFT_SCHEME_LIGHT, (int)items->scale.width_px, LANE, FALSE);
  const WeftLaneLook look = { .palette = weft_style_get_palette (canvas->style),
                              .height = LANE,
                              .box_top = TOP,
                              .box_height = BOX,
                              .scale = 1 };
  cairo_surface_t *strip = weft_lane_strip_new (items, &look, 0);

  weft_lane_painter_draw_strip (canvas->style, canvas->cr, &(WeftRect){ 0, 0, WIDTH, LANE }, strip);
  cairo_surface_destroy (strip);
  return canvas;
}

static WeftColor
color_of (WeftState state)
{
  return weft_palette_get (WEFT_SCHEME_LIGHT)->states[state].color;
}

static void
test_a_tiny_share_tints_its_column (void)
{
  for (guint state = 0; state < WEFT_STATE_EXITED; state++)
    {
      g_autoptr (WeftLaneItems) items = items_new (WIDTH, 1000000);
      g_autoptr (WeftLaneItems) without = items_new (WIDTH, 1000000);
      WeftState rest = state == WEFT_STATE_LOCK ? WEFT_STATE_DISK : WEFT_STATE_LOCK;
      g_autoptr (Canvas) canvas = NULL, plain = NULL;
      guint differ = 0;

      fill (items, 0, WIDTH, rest, 999999);
      fill (items, 0, WIDTH, state, 1);
      fill (without, 0, WIDTH, rest, 1000000);
      canvas = paint (items);
      plain = paint (without);
      for (int x = 0; x < WIDTH; x++)
        for (int y = 0; y < LANE; y++)
          if (canvas_pixel (canvas, x, y) != canvas_pixel (plain, x, y))
            {
              differ++;
              break;
            }
      /* unknown time is a dotted line: every other dot */
      g_assert_cmpuint (differ, >=, state == WEFT_STATE_UNKNOWN ? WIDTH / 2 : WIDTH);
    }
}

static void
test_shares_stack_to_their_heights (void)
{
  g_autoptr (WeftLaneItems) items = items_new (WIDTH, 1000);
  g_autoptr (Canvas) canvas = NULL;

  fill (items, 0, WIDTH, WEFT_STATE_RUNNING, 500);
  fill (items, 0, WIDTH, WEFT_STATE_RUNNABLE, 500);
  canvas = paint (items);
  g_assert_cmpuint (canvas_count (canvas, 0, 0, WIDTH, LANE, color_of (WEFT_STATE_RUNNING)), ==,
                    WIDTH * BOX / 2);
  g_assert_cmpuint (canvas_count (canvas, 0, 0, WIDTH, LANE, color_of (WEFT_STATE_RUNNABLE)), ==,
                    WIDTH * 7);
  g_assert_cmphex (canvas_pixel (canvas, 3, TOP + BOX - 1), ==, color_of (WEFT_STATE_RUNNING));
  g_assert_cmphex (canvas_pixel (canvas, 3, TOP + BOX), ==, 0);
}

static void
test_a_box_looks_like_its_columns (void)
{
  for (guint state = 0; state < WEFT_STATE_EXITED; state++)
    {
      g_autoptr (WeftLaneItems) boxed = items_new (WIDTH, 1000);
      g_autoptr (WeftLaneItems) columns = items_new (WIDTH, 1000);
      g_autoptr (Canvas) first = NULL, second = NULL;

      fill (boxed, 0, WIDTH, state, 1000);
      fill (columns, 0, WIDTH, state, 1000);
      add_box (boxed, 0, WIDTH, state);
      first = paint (boxed);
      second = paint (columns);
      for (int y = 0; y < LANE; y++)
        for (int x = 0; x < WIDTH; x++)
          g_assert_cmphex (canvas_pixel (first, x, y), ==, canvas_pixel (second, x, y));
    }
}

static void
test_two_slices_of_one_state_are_parted (void)
{
  g_autoptr (WeftLaneItems) items = items_new (WIDTH, 1000);
  g_autoptr (Canvas) canvas = NULL;

  fill (items, 0, WIDTH, WEFT_STATE_RUNNING, 1000);
  add_box (items, 0, 20, WEFT_STATE_RUNNING);
  add_box (items, 20, WIDTH, WEFT_STATE_RUNNING);
  canvas = paint (items);
  g_assert_cmpuint (canvas_count (canvas, 19, TOP, 1, BOX, color_of (WEFT_STATE_RUNNING)), ==, 0);
  /* but for its softened corner */
  g_assert_cmpuint (canvas_count (canvas, 20, TOP, 1, BOX, color_of (WEFT_STATE_RUNNING)), ==,
                    BOX - 1);
}

static void
test_nothing_is_painted_where_nothing_was (void)
{
  g_autoptr (WeftLaneItems) items = items_new (WIDTH, 1000);
  g_autoptr (Canvas) canvas = NULL;

  fill (items, 10, 20, WEFT_STATE_RUNNING, 1000);
  fill (items, 20, 30, WEFT_STATE_EXITED, 1000);
  canvas = paint (items);
  g_assert_cmpuint (canvas_count_painted (canvas, 0, 0, 10, LANE), ==, 0);
  g_assert_cmpuint (canvas_count_painted (canvas, 10, 0, 10, LANE), ==, 10 * BOX);
  g_assert_cmpuint (canvas_count_painted (canvas, 20, 0, 20, LANE), ==, 0);
}

static void
test_columns_shorter_than_a_nanosecond_are_filled (void)
{
  g_autoptr (WeftLaneItems) items = items_new (WIDTH, 1);
  g_autoptr (Canvas) canvas = NULL;

  /* 4 ns over 40 pixels: the column in which a nanosecond ends holds it */
  items->scale.to_ns = items->scale.from_ns + 4;
  for (guint px = 9; px < WIDTH; px += 10)
    items->columns[px].ns[WEFT_STATE_RUNNING] = 1;
  canvas = paint (items);
  g_assert_cmpuint (canvas_count_painted (canvas, 0, 0, WIDTH, LANE), ==, WIDTH * BOX);
}

static void
test_threads_of_a_summary_share_the_height (void)
{
  g_autoptr (WeftLaneItems) items = items_new (WIDTH, 1000);
  g_autoptr (Canvas) canvas = NULL;

  /* four threads: one runs, one waits for a CPU half of the time, two are gone */
  fill (items, 0, WIDTH, WEFT_STATE_RUNNING, 1000);
  fill (items, 0, WIDTH, WEFT_STATE_RUNNABLE, 500);
  fill (items, 0, WIDTH, WEFT_STATE_LOCK, 500);
  canvas = paint (items);
  g_assert_cmpuint (canvas_count (canvas, 0, 0, 1, LANE, color_of (WEFT_STATE_RUNNING)), ==,
                    BOX / 2);
}

static void
test_equal_columns_become_one_rectangle (void)
{
  const WeftPalette *palette = weft_palette_get (WEFT_SCHEME_LIGHT);
  g_autoptr (WeftLaneVector) vector = weft_lane_vector_new (palette, 0, 0, 1000, BOX);
  guint64 ns[WEFT_N_STATES] = { [WEFT_STATE_RUNNING] = 30, [WEFT_STATE_LOCK] = 70 };
  WeftColumnPart parts[WEFT_N_STATES];
  guint n = weft_lane_column_stack (palette, ns, 100, BOX, parts);

  for (int x = 0; x < 1000; x++)
    weft_lane_vector_column (vector, x, parts, x == 500 ? 1 : n);
  /* running all along; lock before and behind the hole */
  g_assert_cmpuint (weft_lane_vector_count (vector), ==, 3);
}

static void
test_vectors_cover_what_pixels_cover (void)
{
  g_autoptr (WeftLaneItems) items = items_new (WIDTH, 1000);
  g_autoptr (Canvas) pixels = NULL;
  g_autoptr (Canvas) vectors = canvas_new (WEFT_SCHEME_LIGHT, WIDTH, LANE, FALSE);

  fill (items, 0, 10, WEFT_STATE_DISK, 1000);
  fill (items, 10, 20, WEFT_STATE_RUNNING, 400);
  fill (items, 10, 20, WEFT_STATE_RUNNABLE, 600);
  fill (items, 20, WIDTH, WEFT_STATE_TIMER, 1000);
  add_box (items, 20, WIDTH, WEFT_STATE_TIMER);
  pixels = paint (items);
  weft_lane_painter_draw_vector (vectors->style, vectors->cr, &(WeftRect){ 0, 0, WIDTH, LANE },
                                 items);
  for (int y = 0; y < LANE; y++)
    for (int x = 0; x < WIDTH; x++)
      g_assert_cmphex (canvas_pixel (vectors, x, y), ==, canvas_pixel (pixels, x, y));
}

static guint
count_marks (const WeftLaneMarks *marks, guint thread)
{
  guint n;

  weft_lane_marks_get (marks, thread, &n);
  return n;
}

static void
test_marks_are_thinned_to_pixels_and_never_dropped (void)
{
  const WeftTimeScale scale = { 0, 1000000, 100 };
  g_autoptr (GArray) list = g_array_new (FALSE, TRUE, sizeof (WeftMark));
  g_autoptr (WeftLaneMarks) marks = NULL;

  for (guint i = 0; i < 10000; i++)
    {
      WeftMark mark = { .time_ns = i * 100,
                        .start_ns = i * 100,
                        .thread = 7,
                        .kind = i % 2 ? WEFT_MARK_FORK : WEFT_MARK_EXEC };
      g_array_append_val (list, mark);
    }
  marks = weft_lane_marks_new ((const WeftMark *)(const void *)list->data, list->len, &scale);
  g_assert_cmpuint (count_marks (marks, 7), ==, 200);
  g_assert_cmpuint (count_marks (marks, 8), ==, 0);
  g_assert_true (weft_lane_marks_has (marks, WEFT_MARK_FORK));
  g_assert_false (weft_lane_marks_has (marks, WEFT_MARK_LOST));
}

static void
test_losses_on_one_pixel_add_up (void)
{
  const WeftTimeScale scale = { 1000000, 2000000, 100 };
  const WeftMark list[] = {
    { .time_ns = 1500000,
      .start_ns = 1400000,
      .value = 5,
      .thread = WEFT_NO_ID,
      .kind = WEFT_MARK_LOST },
    { .time_ns = 1500100,
      .start_ns = 1450000,
      .value = 7,
      .thread = WEFT_NO_ID,
      .kind = WEFT_MARK_LOST },
    { .time_ns = 2500000,
      .start_ns = 1900000,
      .value = 9,
      .thread = WEFT_NO_ID,
      .kind = WEFT_MARK_LOST },
  };
  g_autoptr (WeftLaneMarks) marks = weft_lane_marks_new (list, G_N_ELEMENTS (list), &scale);
  guint n;
  const WeftLaneMark *found;

  weft_lane_marks_add_gaps (marks, list, G_N_ELEMENTS (list), &scale);
  found = weft_lane_marks_get (marks, WEFT_NO_ID, &n);
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpuint (found[0].value, ==, 12);
  g_assert_cmpfloat_with_epsilon (found[0].from_x, 40, 0.001);
  g_assert_cmpfloat_with_epsilon (found[1].from_x, 90, 0.001);
}

static void
test_an_error_is_not_hidden_by_a_good_end (void)
{
  const WeftTimeScale scale = { 0, 1000, 10 };
  const WeftMark list[] = { { .time_ns = 500, .value = 2 << 8, .kind = WEFT_MARK_EXIT },
                            { .time_ns = 510, .value = 0, .kind = WEFT_MARK_EXIT } };
  g_autoptr (WeftLaneMarks) marks = weft_lane_marks_new (list, G_N_ELEMENTS (list), &scale);
  guint n;
  const WeftLaneMark *found = weft_lane_marks_get (marks, 0, &n);

  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpuint (found[0].value, ==, 2 << 8);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lane-strip/a-tiny-share-tints-its-column", test_a_tiny_share_tints_its_column);
  g_test_add_func ("/lane-strip/shares-stack-to-their-heights", test_shares_stack_to_their_heights);
  g_test_add_func ("/lane-strip/a-box-looks-like-its-columns", test_a_box_looks_like_its_columns);
  g_test_add_func ("/lane-strip/two-slices-of-one-state-are-parted",
                   test_two_slices_of_one_state_are_parted);
  g_test_add_func ("/lane-strip/nothing-is-painted-where-nothing-was",
                   test_nothing_is_painted_where_nothing_was);
  g_test_add_func ("/lane-strip/columns-shorter-than-a-nanosecond-are-filled",
                   test_columns_shorter_than_a_nanosecond_are_filled);
  g_test_add_func ("/lane-strip/threads-of-a-summary-share-the-height",
                   test_threads_of_a_summary_share_the_height);
  g_test_add_func ("/lane-strip/equal-columns-become-one-rectangle",
                   test_equal_columns_become_one_rectangle);
  g_test_add_func ("/lane-strip/vectors-cover-what-pixels-cover",
                   test_vectors_cover_what_pixels_cover);
  g_test_add_func ("/lane-strip/marks-are-thinned-to-pixels-and-never-dropped",
                   test_marks_are_thinned_to_pixels_and_never_dropped);
  g_test_add_func ("/lane-strip/losses-on-one-pixel-add-up", test_losses_on_one_pixel_add_up);
  g_test_add_func ("/lane-strip/an-error-is-not-hidden-by-a-good-end",
                   test_an_error_is_not_hidden_by_a_good_end);
  return g_test_run ();
}
