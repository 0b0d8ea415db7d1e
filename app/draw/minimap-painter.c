/* minimap-painter.c: the recording as bars of activity, with what is visible
 * in a frame. Shares in, paint out. */
#include "minimap-painter.h"
#include "mark-painter.h"

#include <math.h>

static void
draw_bars (WeftStyle *style, cairo_t *cr, const WeftRect *rect, const WeftMinimap *minimap)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  double each = rect->width / minimap->n;
  double gap = each >= 3 ? 1 : 0;
  double room = rect->height - 4;

  for (gsize i = 0; i < minimap->n; i++)
    {
      double height = CLAMP (minimap->activity[i], 0, 1) * room;
      double left = weft_style_snap (style, rect->x + i * each);
      double right = weft_style_snap (style, rect->x + (i + 1) * each - gap);

      if (height <= 0)
        continue;
      /* what ran at all is seen */
      height = MAX (height, weft_style_hairline (style));
      cairo_rectangle (cr, left, rect->y + rect->height - height, MAX (right - left, 0), height);
    }
  weft_color_set_source (cr, weft_color_mix (palette->band,
                                             palette->states[WEFT_STATE_RUNNING].color, 0.62));
  cairo_fill (cr);
}

/* Hatched as on the lanes: what is not there looks the same wherever it is missing. */
static void
draw_lost (WeftStyle *style, cairo_t *cr, const WeftRect *rect, const WeftMinimap *minimap)
{
  double each = rect->width / minimap->n;
  gsize end;

  for (gsize i = 0; minimap->lost != NULL && i < minimap->n; i = end)
    {
      for (end = i; end < minimap->n && minimap->lost[end] != 0;)
        end++;
      if (end > i)
        weft_mark_draw_loss (style, cr,
                             &(WeftRect){ rect->x + i * each, rect->y, (end - i) * each,
                                          rect->height });
      else
        end++;
    }
}

static void
draw_selection (WeftStyle *style, cairo_t *cr, const WeftRect *rect, const WeftMinimap *minimap)
{
  double from = CLAMP (minimap->selection_from, 0, 1) * rect->width;
  double to = CLAMP (minimap->selection_to, 0, 1) * rect->width;
  const WeftRect bar = { rect->x + from, rect->y + rect->height - 3, MAX (to - from, 1), 3 };

  if (minimap->selection_to > minimap->selection_from)
    weft_style_fill (cr, &bar, weft_style_get_palette (style)->accent);
}

static void
draw_window (WeftStyle *style, cairo_t *cr, const WeftRect *rect, const WeftMinimap *minimap)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  const double least = 6; /* a window of a microsecond can still be seen and grabbed */
  double from = CLAMP (minimap->window_from, 0, 1) * rect->width;
  double width = CLAMP (minimap->window_to, 0, 1) * rect->width - from;
  WeftRect frame;

  if (width >= rect->width - 0.5)
    return; /* all is visible: a frame around everything says nothing */
  if (width < least)
    {
      from = CLAMP (from + width / 2 - least / 2, 0, rect->width - least);
      width = least;
    }
  frame = (WeftRect){ rect->x + from + 0.75, rect->y + 0.75, width - 1.5, rect->height - 1.5 };
  weft_style_rounded_path (cr, &frame, 4);
  weft_color_set_source (cr, weft_color_with_alpha (palette->accent, 0.18));
  cairo_fill_preserve (cr);
  weft_color_set_source (cr, palette->accent);
  cairo_set_line_width (cr, 1.5);
  cairo_stroke (cr);
}

void
weft_minimap_draw (WeftStyle *style, cairo_t *cr, const WeftRect *rect, const WeftMinimap *minimap)
{
  const WeftPalette *palette = weft_style_get_palette (style);

  cairo_save (cr);
  weft_style_rounded_path (cr, rect, 5);
  cairo_clip (cr);
  weft_style_fill (cr, rect, palette->band);
  if (minimap->n > 0)
    {
      draw_bars (style, cr, rect, minimap);
      draw_lost (style, cr, rect, minimap);
    }
  draw_selection (style, cr, rect, minimap);
  cairo_restore (cr);
  draw_window (style, cr, rect, minimap);
}

void
weft_minimap_draw_mark (WeftStyle *style, cairo_t *cr, const WeftRect *rect, double at)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  double x = weft_style_snap (style, rect->x + at * (rect->width - 2));

  weft_style_fill (cr, &(WeftRect){ x, rect->y, 2, rect->height }, palette->accent);
  weft_style_fill (cr, &(WeftRect){ x, rect->y, 6, 5 }, palette->accent);
}
