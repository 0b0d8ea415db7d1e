/* image.c: makes a surface for the format, lets the page paint itself on it,
 * and writes the bytes. Nothing of the machine, the time or the moment of
 * export goes into them, so that equal traces make equal files. */
#include "image.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <glib/gi18n.h>
#include <string.h>

#include "image-compose.h"

#define POINTS_PER_PX 0.75 /* PDF counts in 1/72 inch, pixels are 1/96 */

/* Where cairo's bytes go, and why they did not arrive. */
typedef struct
{
  GOutputStream *out;
  GCancellable *cancellable;
  GError *error;
} Sink;

gboolean
weft_image_check_width (int width_px, GError **error)
{
  if (width_px >= WEFT_IMAGE_MIN_WIDTH_PX && width_px <= WEFT_IMAGE_MAX_PX)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               _ ("A picture cannot be %d pixels wide: choose %d to %d."), width_px,
               WEFT_IMAGE_MIN_WIDTH_PX, WEFT_IMAGE_MAX_PX);
  return FALSE;
}

gboolean
weft_image_check_height (int height_px, GError **error)
{
  if (height_px > 0 && height_px <= WEFT_IMAGE_MAX_PX)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               _ ("A picture cannot be %d pixels high: choose at most %d."), height_px,
               WEFT_IMAGE_MAX_PX);
  return FALSE;
}

gboolean
weft_image_check_scale (double scale, GError **error)
{
  /* what is no number is not within limits, either */
  if (scale >= WEFT_IMAGE_MIN_SCALE && scale <= WEFT_IMAGE_MAX_SCALE)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               _ ("A picture cannot be scaled by %g: choose %g to %g."), scale,
               WEFT_IMAGE_MIN_SCALE, WEFT_IMAGE_MAX_SCALE);
  return FALSE;
}

static cairo_status_t
write_cb (void *user_data, const unsigned char *data, unsigned int length)
{
  Sink *sink = user_data;

  if (sink->error != NULL)
    return CAIRO_STATUS_WRITE_ERROR;
  if (!g_output_stream_write_all (sink->out, data, length, NULL, sink->cancellable, &sink->error))
    return CAIRO_STATUS_WRITE_ERROR;
  return CAIRO_STATUS_SUCCESS;
}

/* Says what @status means, the stream's own reason first. */
static gboolean
check_status (cairo_status_t status, Sink *sink, GError **error)
{
  if (status == CAIRO_STATUS_SUCCESS)
    return TRUE;
  if (sink->error != NULL)
    g_propagate_error (error, g_steal_pointer (&sink->error));
  else
    g_set_error (error, G_IO_ERROR,
                 status == CAIRO_STATUS_NO_MEMORY ? G_IO_ERROR_NO_SPACE : G_IO_ERROR_FAILED,
                 _ ("The picture could not be drawn: %s. A smaller size may help."),
                 cairo_status_to_string (status));
  return FALSE;
}

static double
scale_of (const WeftImageOptions *options)
{
  return options->scale > 0 ? options->scale : 1;
}

static WeftStyle *
make_style (const WeftImageOptions *options, double scale)
{
  return weft_style_new_for_file (weft_scheme_for (options->dark, options->high_contrast), scale);
}

/* Paints the page at @points_per_px user units a pixel, and ends it. */
static gboolean
paint (WeftImagePage *page, cairo_surface_t *surface, double units_per_px, Sink *sink,
       GError **error)
{
  cairo_t *cr = cairo_create (surface);
  gboolean done;
  cairo_status_t status;

  cairo_scale (cr, units_per_px, units_per_px);
  done = weft_image_page_draw (page, cr, sink->cancellable, error);
  if (done)
    cairo_show_page (cr);
  status = cairo_status (cr);
  cairo_destroy (cr);
  return done && check_status (status, sink, error);
}

cairo_surface_t *
weft_image_render (WeftTraceStore *store, const WeftImageOptions *options,
                   GCancellable *cancellable, GError **error)
{
  Sink sink = { .cancellable = cancellable };
  double scale = scale_of (options);
  g_autoptr (WeftImagePlan) plan = weft_image_plan_new (store, options, cancellable, error);
  g_autoptr (WeftStyle) style = make_style (options, scale);
  g_autoptr (WeftImagePage) page = NULL;
  cairo_surface_t *surface;

  if (plan != NULL)
    page = weft_image_page_new (store, plan, options, style, FALSE, error);
  if (page == NULL)
    return NULL;
  surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24,
                                        (int)(weft_image_page_get_width (page) * scale + 0.5),
                                        (int)(weft_image_page_get_height (page) * scale + 0.5));
  cairo_surface_set_device_scale (surface, scale, scale);
  if (paint (page, surface, 1, &sink, error))
    return surface;
  cairo_surface_destroy (surface);
  return NULL;
}

static gboolean
export_png (WeftTraceStore *store, const WeftImageOptions *options, Sink *sink, GError **error)
{
  cairo_surface_t *surface = weft_image_render (store, options, sink->cancellable, error);
  cairo_status_t status;

  if (surface == NULL)
    return FALSE;
  status = cairo_surface_write_to_png_stream (surface, write_cb, sink);
  cairo_surface_destroy (surface);
  return check_status (status, sink, error);
}

static cairo_surface_t *
make_vector_surface (WeftImageFormat format, Sink *sink, double width, double height)
{
  cairo_surface_t *surface;

  if (format == WEFT_IMAGE_SVG)
    {
      surface = cairo_svg_surface_create_for_stream (write_cb, sink, width, height);
      cairo_svg_surface_set_document_unit (surface, CAIRO_SVG_UNIT_PX);
      return surface;
    }
  surface = cairo_pdf_surface_create_for_stream (write_cb, sink, width, height);
  /* cairo stamps the hour of export into a PDF unless it is told another: the
   * same trace must make the same bytes */
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_CREATE_DATE, "1970-01-01T00:00:00Z");
  return surface;
}

static gboolean
number_cb (const GMatchInfo *match, GString *result, gpointer user_data)
{
  GHashTable *numbers = user_data;
  char *id = g_match_info_fetch (match, 1);
  gpointer number = NULL;

  if (!g_hash_table_lookup_extended (numbers, id, NULL, &number))
    {
      number = GUINT_TO_POINTER (g_hash_table_size (numbers) + 1);
      g_hash_table_insert (numbers, id, number);
    }
  else
    g_free (id);
  g_string_append_printf (result, "surface%u", GPOINTER_TO_UINT (number));
  return FALSE;
}

/* cairo names an SVG's surfaces by a counter of the whole process: renumbered,
 * so that the second picture of a session has the bytes of the first. */
static char *
renumber_surfaces (const char *svg, gsize length, GError **error)
{
  g_autoptr (GHashTable) numbers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GRegex) regex = g_regex_new ("\\bsurface([0-9]+)\\b", G_REGEX_OPTIMIZE, 0, error);

  if (regex == NULL)
    return NULL;
  return g_regex_replace_eval (regex, svg, (gssize)length, 0, 0, number_cb, numbers, error);
}

static gboolean
export_vector (WeftTraceStore *store, const WeftImageOptions *options, WeftImageFormat format,
               Sink *sink, GError **error)
{
  double units = (format == WEFT_IMAGE_PDF ? POINTS_PER_PX : 1) * scale_of (options);
  g_autoptr (WeftImagePlan) plan = weft_image_plan_new (store, options, sink->cancellable, error);
  g_autoptr (WeftStyle) style = make_style (options, 1);
  g_autoptr (WeftImagePage) page = NULL;
  cairo_surface_t *surface;
  cairo_status_t status;
  gboolean done;

  if (plan != NULL)
    page = weft_image_page_new (store, plan, options, style, TRUE, error);
  if (page == NULL)
    return FALSE;
  surface = make_vector_surface (format, sink, weft_image_page_get_width (page) * units,
                                 weft_image_page_get_height (page) * units);
  if (format == WEFT_IMAGE_PDF)
    cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_TITLE, plan->title);
  done = paint (page, surface, units, sink, error);
  cairo_surface_finish (surface);
  status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  return done && check_status (status, sink, error);
}

static gboolean
export_svg (WeftTraceStore *store, const WeftImageOptions *options, Sink *sink, GError **error)
{
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  GMemoryOutputStream *bytes = G_MEMORY_OUTPUT_STREAM (memory);
  Sink inner = { .out = memory, .cancellable = sink->cancellable };
  g_autofree char *text = NULL;

  if (!export_vector (store, options, WEFT_IMAGE_SVG, &inner, error))
    {
      g_clear_error (&inner.error);
      return FALSE;
    }
  text = renumber_surfaces (g_memory_output_stream_get_data (bytes),
                            g_memory_output_stream_get_data_size (bytes), error);
  if (text == NULL)
    return FALSE;
  return check_status (write_cb (sink, (const unsigned char *)text, strlen (text)), sink, error);
}

gboolean
weft_image_export (WeftTraceStore *store, const WeftImageOptions *options, GOutputStream *out,
                   GCancellable *cancellable, GError **error)
{
  Sink sink = { .out = out, .cancellable = cancellable };
  gboolean done;

  if (options->format == WEFT_IMAGE_PNG)
    done = export_png (store, options, &sink, error);
  else if (options->format == WEFT_IMAGE_SVG)
    done = export_svg (store, options, &sink, error);
  else
    done = export_vector (store, options, WEFT_IMAGE_PDF, &sink, error);
  g_clear_error (&sink.error);
  return done;
}
