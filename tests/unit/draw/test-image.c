/* test-image.c: pictures of the scene as bytes: alike each time, of the size
 * that was asked for, refused with a reason when they cannot be made. */
#include "export/image.h"

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
  static const char *const formats[] = { "png", "svg", "pdf" };

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
    const char *format, *begin;
  } cases[] = { { "png", "\x89PNG" }, { "svg", "<?xml" }, { "pdf", "%PDF" }, { NULL, "\x89PNG" } };
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
test_a_picture_too_large_is_refused_by_name (void)
{
  g_autoptr (WeftTraceStore) store = scene_new ();
  const WeftImageOptions wide = { .width_px = 40000 };
  const WeftImageOptions scaled = { .width_px = 20000, .scale = 2 };
  const WeftImageOptions high = { .height_px = 32768 };
  const WeftImageOptions large = { .width_px = 30000, .height_px = 30000 };

  assert_refused (store, &wide, G_IO_ERROR_INVALID_ARGUMENT, "32767");
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
  const WeftImageOptions format = { .format = "gif" };
  const WeftImageOptions process = { .processes = nobody };

  g_array_append_val (nobody, id);
  assert_refused (store, &range, G_IO_ERROR_INVALID_ARGUMENT, "range");
  assert_refused (store, &format, G_IO_ERROR_INVALID_ARGUMENT, "gif");
  assert_refused (store, &process, G_IO_ERROR_INVALID_ARGUMENT, "process");
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
  static const char *const formats[] = { "png", "svg", "pdf" };
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
  const WeftImageOptions options = { .format = "svg" };
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
  const WeftImageOptions options = { .format = "png" };

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
  g_test_add_func ("/image/the-same-trace-makes-the-same-bytes",
                   test_the_same_trace_makes_the_same_bytes);
  g_test_add_func ("/image/each-format-begins-as-it-must", test_each_format_begins_as_it_must);
  g_test_add_func ("/image/the-size-is-the-one-asked-for", test_the_size_is_the_one_asked_for);
  g_test_add_func ("/image/the-height-follows-the-processes",
                   test_the_height_follows_the_processes);
  g_test_add_func ("/image/a-picture-too-large-is-refused-by-name",
                   test_a_picture_too_large_is_refused_by_name);
  g_test_add_func ("/image/what-makes-no-sense-is-refused", test_what_makes_no_sense_is_refused);
  g_test_add_func ("/image/a-cancelled-export-says-so", test_a_cancelled_export_says_so);
  g_test_add_func ("/image/a-full-disk-is-told-for-each-format",
                   test_a_full_disk_is_told_for_each_format);
  g_test_add_func ("/image/an-empty-trace-makes-a-picture", test_an_empty_trace_makes_a_picture);
  g_test_add_func ("/image/dark-and-light-use-their-own-colours",
                   test_dark_and_light_use_their_own_colours);
  g_test_add_func ("/image/threads-may-draw-at-once", test_threads_may_draw_at_once);
  return g_test_run ();
}
