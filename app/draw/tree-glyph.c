/* tree-glyph.c: shapes for what a process does. */
#include "tree-glyph.h"

#include <math.h>

#define GLYPH WEFT_GLYPH_RADIUS

WeftGlyph
weft_tree_glyph_for (char proc_state)
{
  switch (proc_state)
    {
    case 'R':
      return WEFT_GLYPH_RUNNING;
    case 'D':
      return WEFT_GLYPH_DISK;
    case 'T':
    case 't':
      return WEFT_GLYPH_STOPPED;
    case 'Z':
      return WEFT_GLYPH_ZOMBIE;
    case 'X':
      return WEFT_GLYPH_EXITED;
    default:
      return WEFT_GLYPH_SLEEPING;
    }
}

static WeftColor
glyph_color (const WeftPalette *palette, WeftGlyph glyph)
{
  switch (glyph)
    {
    case WEFT_GLYPH_RUNNING:
      return palette->states[WEFT_STATE_RUNNING].color;
    case WEFT_GLYPH_DISK:
      return palette->states[WEFT_STATE_DISK].color;
    case WEFT_GLYPH_STOPPED:
      return palette->states[WEFT_STATE_STOPPED].color;
    case WEFT_GLYPH_SLEEPING:
    case WEFT_GLYPH_ZOMBIE:
    case WEFT_GLYPH_EXITED:
    default:
      return palette->dim_text;
    }
}

static void
stroke_circle (cairo_t *cr, double x, double y, gboolean dashed)
{
  const double dash[] = { 2.4, 2 };

  cairo_save (cr);
  if (dashed)
    cairo_set_dash (cr, dash, 2, 0);
  cairo_set_line_width (cr, 1.8);
  cairo_arc (cr, x, y, GLYPH - 0.9, 0, 2 * G_PI);
  cairo_stroke (cr);
  cairo_restore (cr);
}

void
weft_tree_glyph_draw (WeftStyle *style, cairo_t *cr, WeftGlyph glyph, double x, double y,
                      WeftColor color_or_0)
{
  WeftColor color = color_or_0;

  if (color == 0)
    color = glyph_color (weft_style_get_palette (style), glyph);
  weft_color_set_source (cr, color);
  switch (glyph)
    {
    case WEFT_GLYPH_RUNNING:
      cairo_move_to (cr, x - GLYPH * 0.8, y - GLYPH);
      cairo_line_to (cr, x + GLYPH, y);
      cairo_line_to (cr, x - GLYPH * 0.8, y + GLYPH);
      cairo_fill (cr);
      break;
    case WEFT_GLYPH_DISK:
      cairo_rectangle (cr, x - 4, y - 4, 8, 8);
      cairo_fill (cr);
      break;
    case WEFT_GLYPH_STOPPED:
      cairo_rectangle (cr, x - 4, y - 4, 3, 8);
      cairo_rectangle (cr, x + 1, y - 4, 3, 8);
      cairo_fill (cr);
      break;
    case WEFT_GLYPH_EXITED:
      cairo_move_to (cr, x - 4, y - 4);
      cairo_line_to (cr, x + 4, y + 4);
      cairo_move_to (cr, x - 4, y + 4);
      cairo_line_to (cr, x + 4, y - 4);
      cairo_set_line_width (cr, 1.6);
      cairo_stroke (cr);
      break;
    case WEFT_GLYPH_SLEEPING:
    case WEFT_GLYPH_ZOMBIE:
    default:
      stroke_circle (cr, x, y, glyph == WEFT_GLYPH_ZOMBIE);
      break;
    }
}
