/* canvas.h: a page to paint on and to look at, for tests of painters. */
#pragma once
#include "style.h"

typedef struct
{
  cairo_surface_t *surface;
  cairo_t *cr;
  WeftStyle *style;
  int width, height; /* pixels; scale 1 */
} Canvas;

Canvas *canvas_new (WeftScheme scheme, int width, int height, gboolean rtl);
void canvas_free (Canvas *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Canvas, canvas_free)

/* 0xAARRGGBB, premultiplied. */
guint32 canvas_pixel (Canvas *self, int x, int y);
/* How many pixels of the rectangle have exactly this colour. */
guint canvas_count (Canvas *self, int x, int y, int width, int height, WeftColor color);
/* How many are not clear. */
guint canvas_count_painted (Canvas *self, int x, int y, int width, int height);
void canvas_clear (Canvas *self);
