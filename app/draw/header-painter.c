/* header-painter.c: names beside lanes and rows above groups. Strings and
 * shares in, paint out; mirrored when text runs from the right. */
#include "header-painter.h"

#include <math.h>

#include "trace/thread-track.h"

#define INDENT 28.0 /* names stand under the group's name */
#define MARGIN 13.0

char *
weft_share_format (double share, gboolean precise)
{
  double percent = CLAMP (share, 0, 1e6) * 100;

  if (percent <= 0)
    return g_strdup ("0 %");
  if (precise && percent < 0.05)
    return g_strdup ("<0.1 %");
  if (precise && percent < 9.95)
    return g_strdup_printf ("%.1f %%", percent);
  if (percent < 0.5)
    return g_strdup ("<1 %");
  if (percent < 100 && percent >= (precise ? 99.95 : 99.5))
    return g_strdup (precise ? "99.9 %" : "99 %");
  if (precise && percent >= 99.05 && percent < 100)
    return g_strdup_printf ("%.1f %%", percent);
  return g_strdup_printf ("%.0f %%", percent);
}

char *
weft_share_format_least (double share, double unknown)
{
  g_autofree char *least = weft_share_format (share, FALSE);
  g_autofree char *most = weft_share_format (share + unknown, FALSE);

  if (!weft_unknown_is_told (unknown) || g_str_equal (least, most))
    return g_steal_pointer (&least);
  if (share > 0 && share < 0.005)
    return g_strdup (">0 %"); /* "<1 %" would tell too much */
  return g_strconcat ("≥", least, NULL);
}

/* The part of @rect that starts @from and ends @to before its end, along the text's direction. */
static WeftRect
inset (WeftStyle *style, const WeftRect *rect, double from, double to)
{
  WeftRect inner = *rect;

  inner.x += weft_style_is_rtl (style) ? to : from;
  inner.width = MAX (0, rect->width - from - to);
  return inner;
}

static double
draw_share (WeftStyle *style, cairo_t *cr, const WeftRect *rect, const WeftLaneHeader *header,
            WeftColor color)
{
  g_autofree char *text = NULL;
  WeftRect inner = inset (style, rect, MARGIN, MARGIN);

  text = header->share < 0 ? g_strdup ("–")
                           : weft_share_format_least (header->share, header->unknown);
  return weft_style_draw_text (style, cr, text, WEFT_TEXT_NORMAL, color, WEFT_ALIGN_END, inner.x,
                               rect->y + rect->height / 2, inner.width)
         + 8;
}

void
weft_lane_header_draw (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                       const WeftLaneHeader *header)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  const WeftMetrics *metrics = weft_style_get_metrics (style);
  WeftColor color = header->faded ? palette->dim_text : palette->text;
  WeftTextRole role = header->selected ? WEFT_TEXT_BOLD : WEFT_TEXT_NORMAL;
  double middle = rect->y + rect->height / 2, share_width;
  WeftRect inner;

  if (header->selected)
    weft_style_fill (cr, rect, palette->range);
  share_width = draw_share (style, cr, rect, header, palette->dim_text);
  inner = inset (style, rect, INDENT, MARGIN + share_width);
  if (header->detail == NULL)
    {
      weft_style_draw_text (style, cr, header->name, role, color, WEFT_ALIGN_START, inner.x, middle,
                            inner.width);
      return;
    }
  /* two lines that share the row: the small one tucks in under the first */
  weft_style_draw_text (style, cr, header->name, role, color, WEFT_ALIGN_START, inner.x,
                        middle - metrics->small_line_height * 0.46, inner.width);
  weft_style_draw_text (style, cr, header->detail, WEFT_TEXT_SMALL, palette->dim_text,
                        WEFT_ALIGN_START, inner.x, middle + metrics->line_height * 0.42,
                        inner.width);
}

static void
draw_triangle (WeftStyle *style, cairo_t *cr, double x, double y, gboolean open, WeftColor color)
{
  const double r = 4;
  double forward = weft_style_is_rtl (style) ? -1 : 1;

  if (open)
    {
      cairo_move_to (cr, x - r, y - r * 0.7);
      cairo_line_to (cr, x + r, y - r * 0.7);
      cairo_line_to (cr, x, y + r * 0.8);
    }
  else
    {
      cairo_move_to (cr, x - r * 0.7 * forward, y - r);
      cairo_line_to (cr, x + r * 0.8 * forward, y);
      cairo_line_to (cr, x - r * 0.7 * forward, y + r);
    }
  cairo_close_path (cr);
  weft_color_set_source (cr, color);
  cairo_fill (cr);
}

void
weft_group_header_draw (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                        const WeftGroupHeader *header)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  double middle = rect->y + rect->height / 2, taken;
  WeftRect inner = inset (style, rect, INDENT, MARGIN);

  weft_style_fill (cr, rect, palette->band);
  if (header->selected)
    weft_style_fill (cr, rect, palette->range);
  if (header->expandable)
    draw_triangle (style, cr, weft_style_is_rtl (style) ? rect->x + rect->width - 15 : rect->x + 15,
                   middle, header->expanded, palette->dim_text);
  taken = weft_style_draw_text (style, cr, header->name, WEFT_TEXT_BOLD, palette->text,
                                WEFT_ALIGN_START, inner.x, middle, inner.width);
  if (header->details == NULL)
    return;
  inner = inset (style, rect, INDENT + taken + 12, MARGIN);
  weft_style_draw_text (style, cr, header->details, WEFT_TEXT_NORMAL, palette->dim_text,
                        WEFT_ALIGN_START, inner.x, middle, inner.width);
}
