/* canvas.c: an image surface with a style. Paint goes in, counts come out. */
#include "canvas.h"

Canvas *
canvas_new (WeftScheme scheme, int width, int height, gboolean rtl)
{
  Canvas *self = g_new0 (Canvas, 1);

  self->width = width;
  self->height = height;
  self->surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  self->cr = cairo_create (self->surface);
  if (rtl)
    {
      PangoFontMap *map = pango_cairo_font_map_new ();
      PangoContext *context = pango_font_map_create_context (map);

      pango_context_set_base_dir (context, PANGO_DIRECTION_RTL);
      self->style = weft_style_new (context, scheme, 1);
      g_object_unref (context);
      g_object_unref (map);
    }
  else
    self->style = weft_style_new_for_file (scheme, 1);
  return self;
}

void
canvas_free (Canvas *self)
{
  cairo_destroy (self->cr);
  cairo_surface_destroy (self->surface);
  weft_style_unref (self->style);
  g_free (self);
}

void
canvas_clear (Canvas *self)
{
  cairo_save (self->cr);
  cairo_set_operator (self->cr, CAIRO_OPERATOR_CLEAR);
  cairo_paint (self->cr);
  cairo_restore (self->cr);
}

guint32
canvas_pixel (Canvas *self, int x, int y)
{
  const guint8 *data;

  cairo_surface_flush (self->surface);
  data = cairo_image_surface_get_data (self->surface);
  return (
      (const guint32 *)(const void *)(data
                                      + (gsize)y
                                            * cairo_image_surface_get_stride (self->surface)))[x];
}

guint
canvas_count (Canvas *self, int x, int y, int width, int height, WeftColor color)
{
  guint n = 0;

  for (int row = y; row < MIN (y + height, self->height); row++)
    for (int column = x; column < MIN (x + width, self->width); column++)
      n += canvas_pixel (self, column, row) == color;
  return n;
}

guint
canvas_count_painted (Canvas *self, int x, int y, int width, int height)
{
  guint n = 0;

  for (int row = y; row < MIN (y + height, self->height); row++)
    for (int column = x; column < MIN (x + width, self->width); column++)
      n += canvas_pixel (self, column, row) != 0;
  return n;
}
