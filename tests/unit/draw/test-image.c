/* test-image.c: pictures of the scene as bytes: alike each time, of the size
 * that was asked for, refused with a reason when they cannot be made. */
#include "export/image-plan.h"
#include "export/image.h"
#include "trace/trace-scope.h"

#include <math.h>
#include <string.h>

#include "scene.h"

static GBytes *
export_bytes (WeftTraceStore *store, const WeftImageOptions *options)
{
  g_autoptr (GOutputStream) out = g_memory_output_stream_new_resizable ();
  g_autoptr (GError) error = NULL;
  gboolean done = weft_image_export (store, options, out, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (done);
  g_assert_true (g_output_stream_close (out, NULL, NULL));
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (out));
}

static void
assert_refused (WeftTraceStore *store, const WeftImageOptions *options, int code, const char *part)
{
  g_autoptr (GOutputStream) out = g_memory_output_stream_new_resizable ();
  g_autoptr (GError) error = NULL;

  g_assert_false (weft_image_export (store, options, out, NULL, &error));
  g_assert_error (error, G_IO_ERROR, code);
  g_assert_nonnull (strstr (error->message, part));
  g_assert_cmpuint (g_memory_output_stream_get_data_size (G_MEMORY_OUTPUT_STREAM (out)), ==, 0);
}

static void
test_the_same_trace_makes_the_same_bytes (void)
{
  static const WeftImageFormat formats[] = { WEFT_IMAGE_PNG, WEFT_IMAGE_SVG, WEFT_IMAGE_PDF };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autoptr (WeftTraceStore) first = scene_new (), second = scene_new ();
      const WeftImageOptions options
          = { .format = formats[i], .from_ns = SCENE_FROM_NS, .to_ns = SCENE_TO_NS };
      g_autoptr (GBytes) one = export_bytes (first, &options);
      g_autoptr (GBytes) two = export_bytes (second, &options);

      g_assert_true (g_bytes_equal (one, two));
    }
}

static void
test_each_format_begins_as_it_must (void)
{
  static const struct
  {
    WeftImageFormat format;
    const char *begin;
  } cases[]
      = { { WEFT_IMAGE_PNG, "\x89PNG" }, { WEFT_IMAGE_SVG, "<?xml" }, { WEFT_IMAGE_PDF, "%PDF" } };
  g_autoptr (WeftTraceStore) store = scene_new ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const WeftImageOptions options = { .format = cases[i].format };
      g_autoptr (GBytes) bytes = export_bytes (store, &options);

      g_assert_cmpmem (g_bytes_get_data (bytes, NULL), strlen (cases[i].begin), cases[i].begin,
                       strlen (cases[i].begin));
    }
}

static void
test_the_size_is_the_one_asked_for (void)
{
  g_autoptr (WeftTraceStore) store = scene_new ();
  const WeftImageOptions options = { .width_px = 900, .height_px = 500, .scale = 2 };
  g_autoptr (GError) error = NULL;
  cairo_surface_t *surface = weft_image_render (store, &options, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (cairo_image_surface_get_width (surface), ==, 1800);
  g_assert_cmpint (cairo_image_surface_get_height (surface), ==, 1000);
  cairo_surface_destroy (surface);
}

static int
height_of (WeftTraceStore *store, const WeftImageOptions *options)
{
  cairo_surface_t *surface = weft_image_render (store, options, NULL, NULL);
  int height = cairo_image_surface_get_height (surface);

  cairo_surface_destroy (surface);
  return height;
}

static void
test_the_height_follows_the_processes (void)
{
  g_autoptr (WeftTraceStore) store = scene_new ();
  WeftProcessTable *table = weft_trace_store_get_processes (store);
  guint python = weft_process_table_find (table, 4242);
  guint nginx = weft_process_table_find (table, 902);
  g_autoptr (GArray) one = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) other = g_array_new (FALSE, FALSE, sizeof (guint));
  WeftImageOptions many = { .processes = one }, few = { .processes = other };

  g_array_append_val (one, python);
  g_array_append_val (other, nginx);
  /* five threads against one */
  g_assert_cmpint (height_of (store, &many) - height_of (store, &few), ==, 4 * 32);
  many.collapsed = one;
  g_assert_cmpint (height_of (store, &many), ==, height_of (store, &few));
}

static void
assert_title (WeftTraceStore *store, const char *expected)
{
  const WeftImageOptions options = { 0 };
  g_autoptr (WeftImagePlan) plan = weft_image_plan_new (store, &options, NULL, NULL);

  g_assert_cmpstr (plan->title, ==, expected);
}

static void
test_the_title_is_what_was_traced (void)
{
  static const guint32 tgid = 902;
  g_autoptr (WeftTraceStore) store = scene_new ();

  assert_title (store, "Recording");
  weft_trace_store_set_scope (store, 0, WEFT_TRACED_MACHINE, NULL, 0, FALSE);
  assert_title (store, "Whole machine");
  weft_trace_store_set_scope (store, 0, WEFT_TRACED_TARGETS, &tgid, 1, TRUE);
  assert_title (store, "nginx · 902");
}

static void
test_under_another_title_what_was_traced_stands_below (void)
{
  static const guint32 tgid = 902;
  g_autoptr (WeftTraceStore) store = scene_new ();
  const WeftImageOptions options = { .title = "My bug" };
  g_autoptr (WeftImagePlan) plan = NULL;

  weft_trace_store_set_scope (store, 0, WEFT_TRACED_TARGETS, &tgid, 1, TRUE);
  plan = weft_image_plan_new (store, &options, NULL, NULL);
  g_assert_cmpstr (plan->title, ==, "My bug");
  g_assert_true (g_str_has_prefix (plan->subtitle, "nginx · 902 · "));
}

static const WeftImageRow *
row_of (const WeftImagePlan *plan, guint i)
{
  g_assert_cmpuint (i, <, plan->rows->len);
  return &g_array_index (plan->rows, WeftImageRow, i);
}

/* A process of which nothing is known but that it is there, and one that nobody named. */
static void
test_what_was_not_recorded_is_told (void)
{
  const WeftTraceInfo info = { .n_cpus = 1, .start_ns = 1000, .boottime_ns = 1000 };
  struct weft_task_record task
      = { .time_ns = 1010, .kind = WEFT_FORK, .units = 2, .tid = 7, .tgid = 7, .comm = "aside" };
  struct weft_task_record kernel = { .time_ns = 1011,
                                     .kind = WEFT_FORK,
                                     .units = 2,
                                     .tid = 8,
                                     .tgid = 8,
                                     .comm = "kworker",
                                     .task_flags = WEFT_TASK_KERNEL };
  struct weft_record lost = {
    .time_ns = 1020, .kind = WEFT_LOST, .units = 1, .lost = { .count = 1, .first_ns = 1020 }
  };
  g_autoptr (WeftTraceStore) store = weft_trace_store_new (&info);
  g_autoptr (GByteArray) records = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GArray) wanted = g_array_new (FALSE, TRUE, sizeof (guint));
  WeftImageOptions options = { .from_ns = 1030, .to_ns = 1090 };
  g_autoptr (WeftImagePlan) all = NULL, one = NULL;

  g_byte_array_append (records, (const guint8 *)&task, sizeof task);
  g_byte_array_append (records, (const guint8 *)&kernel, sizeof kernel);
  g_byte_array_append (records, (const guint8 *)&lost, sizeof lost);
  bytes = g_bytes_new (records->data, records->len);
  g_assert_true (weft_trace_store_append (store, bytes, G_MAXUINT64, NULL));
  weft_trace_store_finish (store, 1100);
  all = weft_image_plan_new (store, &options, NULL, NULL);
  g_assert_cmpstr (row_of (all, 0)->name, ==,
                   "1 process was not recorded · 1 kernel thread was not recorded");
  g_array_set_size (wanted, 1);
  options.processes = wanted;
  one = weft_image_plan_new (store, &options, NULL, NULL);
  g_assert_cmpstr (row_of (one, 0)->detail, ==, "7 · not recorded");
  g_assert_cmpfloat (row_of (one, 1)->share, <, 0);
}

/* Of a long recording most that a window lists are not there in a range of it. */
static void
test_of_several_those_that_were_not_there_are_left_out (void)
{
  const WeftTraceInfo info = { .n_cpus = 1, .start_ns = 1000, .boottime_ns = 1000 };
  const struct weft_task_record tasks[] = {
    { .time_ns = 1010, .kind = WEFT_FORK, .units = 2, .tid = 7, .tgid = 7, .comm = "here" },
    { .time_ns = 1080, .kind = WEFT_FORK, .units = 2, .tid = 8, .tgid = 8, .comm = "later" }
  };
  g_autoptr (WeftTraceStore) store = weft_trace_store_new (&info);
  g_autoptr (GBytes) bytes = g_bytes_new (tasks, sizeof tasks);
  g_autoptr (GArray) wanted = g_array_new (FALSE, TRUE, sizeof (guint));
  const guint later = 1;
  WeftImageOptions options = { .from_ns = 1030, .to_ns = 1070, .processes = wanted };
  g_autoptr (WeftImagePlan) both = NULL, one = NULL;

  g_assert_true (weft_trace_store_append (store, bytes, G_MAXUINT64, NULL));
  weft_trace_store_finish (store, 1100);
  g_array_set_size (wanted, 1);
  g_array_append_val (wanted, later);
  both = weft_image_plan_new (store, &options, NULL, NULL);
  g_assert_cmpstr (row_of (both, 0)->name, ==, "here");
  g_assert_cmpstr (row_of (both, both->rows->len - 1)->name, ==,
                   "1 process that was not there in this range is left out");
  g_array_remove_index (wanted, 0);
  one = weft_image_plan_new (store, &options, NULL, NULL);
  g_assert_cmpstr (row_of (one, 0)->name, ==, "later");
}

static void
test_a_range_is_told_to_the_nearest (void)
{
  g_autoptr (WeftTraceStore) store = scene_new ();
  guint64 start_ns = weft_trace_store_get_start (store);
  const WeftImageOptions options = { .from_ns = start_ns, .to_ns = start_ns + 467000000 };
  g_autoptr (WeftImagePlan) plan = weft_image_plan_new (store, &options, NULL, NULL);

  g_assert_nonnull (strstr (plan->subtitle, "0.00 s to 0.47 s (467 ms)"));
}

static void
test_a_picture_too_large_is_refused_by_name (void)
{
  g_autoptr (WeftTraceStore) store = scene_new ();
  const WeftImageOptions wide = { .width_px = 40000 };
  const WeftImageOptions scaled = { .width_px = 20000, .scale = 2 };
  const WeftImageOptions high = { .height_px = 32768 };
  const WeftImageOptions large = { .width_px = 30000, .height_px = 30000 };

  const WeftImageOptions told = { .width_px = 20000, .scale = 2, .if_too_large = "Do so." };

  assert_refused (store, &wide, G_IO_ERROR_INVALID_ARGUMENT, "32767");
  assert_refused (store, &told, G_IO_ERROR_INVALID_ARGUMENT, "32767. Do so.");
  assert_refused (store, &scaled, G_IO_ERROR_INVALID_ARGUMENT, "32767");
  assert_refused (store, &high, G_IO_ERROR_INVALID_ARGUMENT, "32767");
  assert_refused (store, &large, G_IO_ERROR_INVALID_ARGUMENT, "900 million");
}

static void
test_what_makes_no_sense_is_refused (void)
{
  g_autoptr (WeftTraceStore) store = scene_new ();
  g_autoptr (GArray) nobody = g_array_new (FALSE, FALSE, sizeof (guint));
  const guint id = 99999;
  const WeftImageOptions range = { .from_ns = 20, .to_ns = 10 };
  const WeftImageOptions process = { .processes = nobody };

  g_array_append_val (nobody, id);
  assert_refused (store, &range, G_IO_ERROR_INVALID_ARGUMENT, "range");
  assert_refused (store, &process, G_IO_ERROR_INVALID_ARGUMENT, "process");
}

static void
test_no_size_is_changed_silently (void)
{
  static const struct
  {
    WeftImageOptions options;
    const char *part;
  } cases[] = {
    { { .width_px = 1 }, "320" },       { { .width_px = -5 }, "-5" },
    { { .width_px = 32768 }, "32767" }, { { .height_px = 1 }, "no room for a lane" },
    { { .height_px = -1 }, "-1" },      { { .scale = NAN }, "scaled" },
    { { .scale = -1 }, "0.1 to 16" },   { { .scale = 0.05 }, "0.1 to 16" },
    { { .scale = 17 }, "0.1 to 16" },   { { .scale = INFINITY }, "0.1 to 16" },
  };
  g_autoptr (WeftTraceStore) store = scene_new ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused (store, &cases[i].options, G_IO_ERROR_INVALID_ARGUMENT, cases[i].part);
}

static void
test_a_cancelled_export_says_so (void)
{
  g_autoptr (WeftTraceStore) store = scene_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GOutputStream) out = g_memory_output_stream_new_resizable ();
  g_autoptr (GError) error = NULL;
  const WeftImageOptions options = { 0 };

  g_cancellable_cancel (cancellable);
  g_assert_false (weft_image_export (store, &options, out, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_a_full_disk_is_told_for_each_format (void)
{
  static const WeftImageFormat formats[] = { WEFT_IMAGE_PNG, WEFT_IMAGE_SVG, WEFT_IMAGE_PDF };
  g_autoptr (WeftTraceStore) store = scene_new ();

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      const WeftImageOptions options = { .format = formats[i] };
      guint8 room[512];
      g_autoptr (GOutputStream) out = g_memory_output_stream_new (room, sizeof room, NULL, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_false (weft_image_export (store, &options, out, NULL, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
    }
}

static void
test_an_empty_trace_makes_a_picture (void)
{
  const WeftTraceInfo info = { .architecture = "x86_64", .n_cpus = 1, .start_ns = 5 };
  g_autoptr (WeftTraceStore) store = weft_trace_store_new (&info);
  const WeftImageOptions options = { .format = WEFT_IMAGE_SVG };
  g_autoptr (GBytes) bytes = export_bytes (store, &options);

  g_assert_cmpuint (g_bytes_get_size (bytes), >, 1000);
}

static guint
count_colour (cairo_surface_t *surface, guint32 rgb)
{
  const guint8 *data = cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface);
  guint n = 0;

  for (int y = 0; y < cairo_image_surface_get_height (surface); y++)
    for (int x = 0; x < cairo_image_surface_get_width (surface); x++)
      n += (((const guint32 *)(const void *)(data + (gsize)y * stride))[x] & 0xffffff) == rgb;
  return n;
}

static void
test_dark_and_light_use_their_own_colours (void)
{
  g_autoptr (WeftTraceStore) store = scene_new ();
  WeftImageOptions options = { .from_ns = SCENE_FROM_NS, .to_ns = SCENE_TO_NS };
  cairo_surface_t *light = weft_image_render (store, &options, NULL, NULL), *dark;

  options.dark = TRUE;
  dark = weft_image_render (store, &options, NULL, NULL);
  g_assert_cmpuint (count_colour (light, 0x397e6a), >, 10000);
  g_assert_cmpuint (count_colour (light, 0x60dbb4), ==, 0);
  g_assert_cmpuint (count_colour (dark, 0x60dbb4), >, 10000);
  g_assert_cmpuint (count_colour (dark, 0x397e6a), ==, 0);
  g_assert_cmpuint (count_colour (light, 0xffffff), >, 100000);
  g_assert_cmpuint (count_colour (dark, 0x1e1e1e), >, 100000);
  cairo_surface_destroy (light);
  cairo_surface_destroy (dark);
}

static gpointer
render_in_thread (gpointer store)
{
  const WeftImageOptions options = { .format = WEFT_IMAGE_PNG };

  return export_bytes (store, &options);
}

static void
test_threads_may_draw_at_once (void)
{
  g_autoptr (WeftTraceStore) store = scene_new ();
  GThread *threads[4];
  GBytes *pictures[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("picture", render_in_thread, store);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    pictures[i] = g_thread_join (threads[i]);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_assert_true (g_bytes_equal (pictures[0], pictures[i]));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_bytes_unref (pictures[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image/what-was-not-recorded-is-told", test_what_was_not_recorded_is_told);
  g_test_add_func ("/image/of-several-those-that-were-not-there-are-left-out",
                   test_of_several_those_that_were_not_there_are_left_out);
  g_test_add_func ("/image/a-range-is-told-to-the-nearest", test_a_range_is_told_to_the_nearest);
  g_test_add_func ("/image/the-same-trace-makes-the-same-bytes",
                   test_the_same_trace_makes_the_same_bytes);
  g_test_add_func ("/image/each-format-begins-as-it-must", test_each_format_begins_as_it_must);
  g_test_add_func ("/image/the-size-is-the-one-asked-for", test_the_size_is_the_one_asked_for);
  g_test_add_func ("/image/the-height-follows-the-processes",
                   test_the_height_follows_the_processes);
  g_test_add_func ("/image/the-title-is-what-was-traced", test_the_title_is_what_was_traced);
  g_test_add_func ("/image/under-another-title-what-was-traced-stands-below",
                   test_under_another_title_what_was_traced_stands_below);
  g_test_add_func ("/image/a-picture-too-large-is-refused-by-name",
                   test_a_picture_too_large_is_refused_by_name);
  g_test_add_func ("/image/what-makes-no-sense-is-refused", test_what_makes_no_sense_is_refused);
  g_test_add_func ("/image/no-size-is-changed-silently", test_no_size_is_changed_silently);
  g_test_add_func ("/image/a-cancelled-export-says-so", test_a_cancelled_export_says_so);
  g_test_add_func ("/image/a-full-disk-is-told-for-each-format",
                   test_a_full_disk_is_told_for_each_format);
  g_test_add_func ("/image/an-empty-trace-makes-a-picture", test_an_empty_trace_makes_a_picture);
  g_test_add_func ("/image/dark-and-light-use-their-own-colours",
                   test_dark_and_light_use_their_own_colours);
  g_test_add_func ("/image/threads-may-draw-at-once", test_threads_may_draw_at_once);
  return g_test_run ();
}
