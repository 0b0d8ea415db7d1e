/* draw-scene.c: paints the scene into a folder, light and dark, near and far,
 * as PNG, SVG and PDF: to look at. Not a test; prints how long each took. */
#include <gio/gio.h>

#include "export/image.h"
#include "scene.h"

static gboolean
write_picture (WeftTraceStore *store, const WeftImageOptions *options, const char *folder,
               const char *name)
{
  static const char *const endings[] = { "png", "svg", "pdf" };
  g_autofree char *path = g_strdup_printf ("%s/%s.%s", folder, name, endings[options->format]);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileOutputStream) out
      = g_file_replace (file, NULL, FALSE, G_FILE_CREATE_NONE, NULL, &error);
  gint64 begin = g_get_monotonic_time ();

  if (out == NULL || !weft_image_export (store, options, G_OUTPUT_STREAM (out), NULL, &error)
      || !g_output_stream_close (G_OUTPUT_STREAM (out), NULL, &error))
    {
      g_printerr ("%s\n", error->message);
      return FALSE;
    }
  g_print ("%-28s %6.1f ms\n", path, (g_get_monotonic_time () - begin) / 1000.0);
  return TRUE;
}

int
main (int argc, char **argv)
{
  const char *folder = argc > 1 ? argv[1] : ".";
  g_autoptr (WeftTraceStore) store = scene_new ();
  WeftImageOptions near = { .width_px = 1280,
                            .height_px = 800,
                            .format = WEFT_IMAGE_PNG,
                            .from_ns = SCENE_FROM_NS,
                            .to_ns = SCENE_TO_NS,
                            .selection_from_ns = SCENE_FROM_NS + 20120000,
                            .selection_to_ns = SCENE_FROM_NS + 29720000 };
  WeftImageOptions far = { .width_px = 1280, .format = WEFT_IMAGE_PNG };
  gboolean done = write_picture (store, &near, folder, "near-light")
                  && write_picture (store, &far, folder, "far-light");

  near.format = far.format = WEFT_IMAGE_SVG;
  done = done && write_picture (store, &near, folder, "near-light")
         && write_picture (store, &far, folder, "far-light");
  near.format = far.format = WEFT_IMAGE_PDF;
  done = done && write_picture (store, &near, folder, "near-light")
         && write_picture (store, &far, folder, "far-light");
  near.dark = far.dark = TRUE;
  near.format = far.format = WEFT_IMAGE_PNG;
  done = done && write_picture (store, &near, folder, "near-dark")
         && write_picture (store, &far, folder, "far-dark");
  near.scale = 2;
  done = done && write_picture (store, &near, folder, "near-dark-2x");
  return done ? 0 : 1;
}
