/* mark-painter.c: moments, gaps, selections and arrows over the lanes. Only
 * positions go in; nothing here knows a trace. */
#include "mark-painter.h"
#include "trace/count.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define EXEC_RADIUS 4.5
#define CROSS_RADIUS 3.5
#define ARROW_HEAD 7.0

void
weft_mark_draw_exec (WeftStyle *style, cairo_t *cr, double x, double y)
{
  const WeftPalette *palette = weft_style_get_palette (style);

  cairo_move_to (cr, x, y - EXEC_RADIUS);
  cairo_line_to (cr, x + EXEC_RADIUS, y);
  cairo_line_to (cr, x, y + EXEC_RADIUS);
  cairo_line_to (cr, x - EXEC_RADIUS, y);
  cairo_close_path (cr);
  weft_color_set_source (cr, palette->exec);
  cairo_fill_preserve (cr);
  /* a rim in the background's colour keeps it apart from a box below */
  weft_color_set_source (cr, palette->background);
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
}

void
weft_mark_draw_exit (WeftStyle *style, cairo_t *cr, double x, double y, WeftColor color)
{
  const double r = CROSS_RADIUS;

  cairo_move_to (cr, x - r, y - r);
  cairo_line_to (cr, x + r, y + r);
  cairo_move_to (cr, x - r, y + r);
  cairo_line_to (cr, x + r, y - r);
  weft_color_set_source (cr, color);
  cairo_set_line_width (cr, 1.6);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  cairo_stroke (cr);
}

void
weft_mark_draw_exit_well (WeftStyle *style, cairo_t *cr, double x, double y)
{
  const double r = CROSS_RADIUS;

  cairo_move_to (cr, x - r, y + 0.2 * r);
  cairo_line_to (cr, x - 0.25 * r, y + r);
  cairo_line_to (cr, x + r, y - r);
  weft_color_set_source (cr, weft_style_get_palette (style)->dim_text);
  cairo_set_line_width (cr, 1.4);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke (cr);
}

void
weft_mark_draw_exit_with_code (WeftStyle *style, cairo_t *cr, const WeftRect *rect, double x,
                               const char *code)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  double y = rect->y + rect->height / 2;
  double right = rect->x + rect->width;
  double middle = MIN (x + 8, right - CROSS_RADIUS - 1);
  gboolean well = code == NULL || *code == '\0' || g_strcmp0 (code, "0") == 0;

  if (well && code != NULL && *code != '\0')
    {
      weft_mark_draw_exit_well (style, cr, middle, y);
      return;
    }
  weft_mark_draw_exit (style, cr, middle, y, well ? palette->dim_text : palette->error);
  if (!well && weft_style_measure (style, code, WEFT_TEXT_SMALL) <= right - middle - 8)
    weft_style_draw_text (style, cr, code, WEFT_TEXT_SMALL, palette->error, WEFT_ALIGN_LEFT,
                          middle + 8, y, right - middle - 8);
}

void
weft_mark_draw_fork (WeftStyle *style, cairo_t *cr, const WeftRect *rect, double x)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  const WeftMetrics *metrics = weft_style_get_metrics (style);
  double left = weft_style_snap (style, x - 1);
  double top = rect->y + metrics->box_top - 2;

  /* a bracket at the beginning: nothing was there before */
  weft_color_set_source (cr, palette->dim_text);
  cairo_rectangle (cr, left, top, 1, metrics->box_height + 4);
  cairo_rectangle (cr, left, top, 4, 1);
  cairo_rectangle (cr, left, top + metrics->box_height + 3, 4, 1);
  cairo_fill (cr);
}

void
weft_mark_draw_suspend (WeftStyle *style, cairo_t *cr, const WeftRect *rect, double x)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  const double dash[] = { 3, 2 };

  cairo_save (cr);
  cairo_set_dash (cr, dash, 2, 0);
  cairo_set_line_width (cr, 1);
  weft_color_set_source (cr, palette->accent);
  for (int side = -1; side <= 1; side += 2)
    {
      cairo_move_to (cr, x + side * 1.5, rect->y);
      cairo_line_to (cr, x + side * 1.5, rect->y + rect->height);
    }
  cairo_stroke (cr);
  cairo_restore (cr);
}

#define FLAG_PADDING 9.0

/* All of it, its first word (the number of a mark) where that fits, or NULL. */
static char *
label_for_room (WeftStyle *style, const char *text, double room)
{
  g_autofree char *word = NULL;

  if (text == NULL || *text == '\0')
    return NULL;
  if (weft_style_measure (style, text, WEFT_TEXT_SMALL) <= room)
    return g_strdup (text);
  word = g_strndup (text, strcspn (text, " "));
  if (weft_style_measure (style, word, WEFT_TEXT_SMALL) <= room)
    return g_steal_pointer (&word);
  return NULL;
}

void
weft_mark_draw_user (WeftStyle *style, cairo_t *cr, const WeftRect *rect, double x,
                     const char *text)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  double width = 8, room = rect->x + rect->width - x;
  double height = weft_style_get_metrics (style)->small_line_height + 2;
  g_autofree char *label = label_for_room (style, text, room - FLAG_PADDING);

  if (label != NULL)
    width = weft_style_measure (style, label, WEFT_TEXT_SMALL) + FLAG_PADDING;
  width = MIN (width, MAX (room - 1, 1));
  weft_style_fill (cr, &(WeftRect){ weft_style_snap (style, x), rect->y, 1, rect->height },
                   palette->accent);
  weft_style_fill (cr, &(WeftRect){ x, rect->y, width, height }, palette->accent);
  if (label != NULL)
    weft_style_draw_text (style, cr, label, WEFT_TEXT_SMALL, palette->accent_text, WEFT_ALIGN_LEFT,
                          x + 5, rect->y + height / 2, width - 8);
}

void
weft_mark_draw_loss (WeftStyle *style, cairo_t *cr, const WeftRect *rect)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  const double period = 6;
  double left = floor ((rect->x - rect->height) / period) * period;
  double least = MAX (rect->width, weft_style_hairline (style));

  cairo_save (cr);
  cairo_rectangle (cr, rect->x, rect->y, least, rect->height);
  cairo_clip (cr);
  weft_color_set_source (cr, weft_color_with_alpha (palette->loss, 0.14));
  cairo_paint (cr);
  /* against the slant of waits: a gap is not a state */
  for (double x = left; x < rect->x + least; x += period)
    {
      cairo_move_to (cr, x, rect->y);
      cairo_line_to (cr, x + rect->height, rect->y + rect->height);
    }
  weft_color_set_source (cr, palette->loss);
  cairo_set_line_width (cr, 1.2);
  cairo_stroke (cr);
  /* edges, so that even a gap of one pixel is there to see */
  cairo_rectangle (cr, rect->x, rect->y, weft_style_hairline (style), rect->height);
  cairo_rectangle (cr, rect->x + least - weft_style_hairline (style), rect->y,
                   weft_style_hairline (style), rect->height);
  weft_color_set_source (cr, weft_color_with_alpha (palette->loss, 0.8));
  cairo_fill (cr);
  cairo_restore (cr);
}

void
weft_mark_draw_loss_with_count (WeftStyle *style, cairo_t *cr, const WeftRect *rect, guint64 count)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  double height = weft_style_get_metrics (style)->small_line_height;
  double middle = rect->y + rect->height / 2, width;
  g_autofree char *number = NULL, *text = NULL;

  weft_mark_draw_loss (style, cr, rect);
  number = weft_format_count (count);
  text = g_strdup_printf (ngettext ("%s event lost", "%s events lost", (gulong)count), number);
  width = weft_style_measure (style, text, WEFT_TEXT_SMALL) + 8;
  if (width > rect->width)
    return;
  weft_style_rounded_path (cr,
                           &(WeftRect){ rect->x + (rect->width - width) / 2, middle - height / 2,
                                        width, height },
                           3);
  weft_color_set_source (cr, palette->background);
  cairo_fill (cr);
  weft_style_draw_text (style, cr, text, WEFT_TEXT_SMALL, palette->error, WEFT_ALIGN_CENTER,
                        rect->x, middle, rect->width);
}

void
weft_mark_draw_selection (WeftStyle *style, cairo_t *cr, const WeftRect *rect)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  double width = MAX (rect->width, 3);
  double x = rect->x - (width - rect->width) / 2;
  const WeftRect outer = { x - 1.5, rect->y - 1.5, width + 3, rect->height + 3 };
  const WeftRect rim = { x - 0.25, rect->y - 0.25, width + 0.5, rect->height + 0.5 };

  weft_style_rounded_path (cr, &rim, 1.5);
  weft_color_set_source (cr, palette->background);
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
  weft_style_rounded_path (cr, &outer, 2.5);
  weft_color_set_source (cr, palette->accent);
  cairo_set_line_width (cr, 2);
  cairo_stroke (cr);
}

static void
draw_arrow_head (cairo_t *cr, double x, double y, double direction)
{
  cairo_move_to (cr, x, y);
  cairo_line_to (cr, x - ARROW_HEAD * 0.55, y - direction * ARROW_HEAD);
  cairo_line_to (cr, x + ARROW_HEAD * 0.55, y - direction * ARROW_HEAD);
  cairo_close_path (cr);
  cairo_fill (cr);
}

/* The curve alone, to be stroked twice. */
static void
add_arrow_path (cairo_t *cr, double from_x, double from_y, double to_x, double to_y,
                double direction)
{
  double end = to_y - direction * ARROW_HEAD * 0.7;
  double bend = CLAMP (fabs (to_y - from_y) * 0.45, 12, 60);

  cairo_move_to (cr, from_x, from_y);
  cairo_curve_to (cr, from_x - bend * 0.35, from_y + direction * bend, to_x - bend * 0.35,
                  end - direction * bend, to_x, end);
}

void
weft_mark_draw_wake_arrow (WeftStyle *style, cairo_t *cr, double from_x, double from_y, double to_x,
                           double to_y)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  double direction = to_y >= from_y ? 1 : -1;

  cairo_save (cr);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  add_arrow_path (cr, from_x, from_y, to_x, to_y, direction);
  weft_color_set_source (cr, weft_color_with_alpha (palette->background, 0.75));
  cairo_set_line_width (cr, 4);
  cairo_stroke (cr);
  add_arrow_path (cr, from_x, from_y, to_x, to_y, direction);
  weft_color_set_source (cr, palette->arrow);
  cairo_set_line_width (cr, 1.6);
  cairo_stroke (cr);
  cairo_arc (cr, from_x, from_y, 2.4, 0, 2 * G_PI);
  cairo_fill (cr);
  draw_arrow_head (cr, to_x, to_y, direction);
  cairo_restore (cr);
}

void
weft_mark_draw_range (WeftStyle *style, cairo_t *cr, const WeftRect *rect)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  double left = weft_style_snap (style, rect->x);
  double right = weft_style_snap (style, rect->x + rect->width);

  weft_style_fill (cr, rect, palette->range);
  weft_style_fill (cr, &(WeftRect){ left, rect->y, 1.5, rect->height }, palette->accent);
  weft_style_fill (cr, &(WeftRect){ right - 1.5, rect->y, 1.5, rect->height }, palette->accent);
}

void
weft_mark_draw_crosshair (WeftStyle *style, cairo_t *cr, const WeftRect *rect, double x)
{
  double width = weft_style_hairline (style);
  const WeftRect line = { weft_style_snap (style, x), rect->y, width, rect->height };

  weft_style_fill (cr, &line, weft_color_with_alpha (weft_style_get_palette (style)->text, 0.35));
}

void
weft_mark_draw_provisional (WeftStyle *style, cairo_t *cr, const WeftRect *rect, WeftState state)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  const WeftMetrics *metrics = weft_style_get_metrics (style);
  double height = palette->states[state].height * metrics->box_height;
  double bottom = rect->y + metrics->box_top + metrics->box_height;

  if (rect->width <= 0 || height <= 0)
    return;
  cairo_push_group (cr);
  weft_palette_fill_state (palette, cr, state, rect->x, bottom - height, rect->width, height);
  cairo_pop_group_to_source (cr);
  cairo_paint_with_alpha (cr, 0.45);
}
