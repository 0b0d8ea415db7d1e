/* ruler-painter.c: chooses ticks for a range of time and paints them. Pure
 * arithmetic and text; x runs from left to right in every language. */
#include "ruler-painter.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define NS_PER_SECOND G_GUINT64_CONSTANT (1000000000)
#define NS_PER_MINUTE (60 * NS_PER_SECOND)
#define NS_PER_HOUR (60 * NS_PER_MINUTE)
/* Above this, times read as minutes and seconds. */
#define CLOCK_FROM_NS (2 * NS_PER_MINUTE)
#define LABEL_GAP 14.0   /* between two labels, at least */
#define LABEL_OFFSET 4.0 /* label behind its tick */
#define MAX_TICKS 1000
#define THIN_SPACE "\u202f"

/* Steps above a second, in seconds: what clocks count in. */
static const guint32 long_steps[]
    = { 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 432000 };

static guint64
step_at_least (double ns)
{
  guint64 power = 1;

  while (power < NS_PER_SECOND)
    {
      if (power >= ns)
        return power;
      if (2 * power >= ns)
        return 2 * power;
      if (5 * power >= ns)
        return 5 * power;
      power *= 10;
    }
  for (guint i = 0; i < G_N_ELEMENTS (long_steps); i++)
    if (long_steps[i] * (double)NS_PER_SECOND >= ns)
      return long_steps[i] * NS_PER_SECOND;
  return (guint64)ceil (ns / (86400.0 * NS_PER_SECOND)) * 86400 * NS_PER_SECOND;
}

/* Decimals of a second that tell multiples of @step_ns apart. */
static guint
decimals_for (guint64 step_ns)
{
  guint decimals = 0;
  guint64 unit = NS_PER_SECOND;

  while (decimals < 9 && step_ns % unit != 0)
    {
      unit /= 10;
      decimals++;
    }
  return decimals;
}

/* To the nearest that so many decimals tell. */
static guint64
round_to (guint64 ns, guint decimals)
{
  guint64 unit = NS_PER_SECOND;

  for (; decimals > 0; decimals--)
    unit /= 10;
  return (ns + unit / 2) / unit * unit;
}

/* ".230 120": in groups of three, so that they can be read. */
static void
append_fraction (GString *text, guint64 ns, guint decimals)
{
  char digits[16];

  if (decimals == 0)
    return;
  g_snprintf (digits, sizeof digits, "%09" G_GUINT64_FORMAT, ns % NS_PER_SECOND);
  g_string_append_c (text, '.');
  for (guint i = 0; i < decimals; i++)
    {
      if (i > 0 && i % 3 == 0)
        g_string_append (text, THIN_SPACE);
      g_string_append_c (text, digits[i]);
    }
}

static char *
format_clock (guint64 ns, guint decimals, gboolean negative)
{
  GString *text = g_string_new (negative ? "−" : "");
  guint64 hours = ns / NS_PER_HOUR;
  guint minutes = ns / NS_PER_MINUTE % 60, seconds = ns / NS_PER_SECOND % 60;

  if (hours > 0)
    g_string_append_printf (text, "%" G_GUINT64_FORMAT ":%02u:%02u", hours, minutes, seconds);
  else
    g_string_append_printf (text, "%u:%02u", minutes, seconds);
  append_fraction (text, ns, decimals);
  return g_string_free (text, FALSE);
}

char *
weft_ruler_format_time (gint64 ns, guint64 step_ns)
{
  gboolean negative = ns < 0;
  guint64 size = negative ? -(guint64)ns : (guint64)ns;
  guint decimals = decimals_for (MAX (step_ns, 1));
  GString *text;

  size = round_to (size, decimals);
  if (size >= CLOCK_FROM_NS)
    return format_clock (size, decimals, negative);
  text = g_string_new (negative ? "−" : "");
  g_string_append_printf (text, "%" G_GUINT64_FORMAT, size / NS_PER_SECOND);
  append_fraction (text, size, decimals);
  g_string_append (text, " s");
  return g_string_free (text, FALSE);
}

static void
clear_tick (gpointer tick)
{
  g_free (((WeftRulerTick *)tick)->label);
}

/* The time of a label as the axis counts it; before the origin it is negative. */
static gint64
since_origin (const WeftRulerRange *range, guint64 time_ns)
{
  return (gint64)(time_ns - range->origin_ns);
}

/* A step at which the widest label of the axis fits between two ticks. */
static guint64
choose_step (WeftStyle *style, const WeftRulerRange *range, double width)
{
  double ns_per_px = (range->to_ns - range->from_ns) / width;
  double room = 60;
  guint64 step = step_at_least (room * ns_per_px);

  for (guint try = 0; try < 8; try++)
    {
      g_autofree char *first = weft_ruler_format_time (since_origin (range, range->from_ns), step);
      g_autofree char *last = weft_ruler_format_time (since_origin (range, range->to_ns), step);
      double widest = MAX (weft_style_measure (style, first, WEFT_TEXT_SMALL),
                           weft_style_measure (style, last, WEFT_TEXT_SMALL));

      if (widest + LABEL_GAP + LABEL_OFFSET <= step / ns_per_px)
        break;
      room = widest + LABEL_GAP + LABEL_OFFSET;
      step = step_at_least (MAX (room * ns_per_px, step + 1.0));
    }
  return step;
}

/* The first multiple of @step from the origin that is not before the range. */
static guint64
first_tick (const WeftRulerRange *range, guint64 step)
{
  if (range->from_ns >= range->origin_ns)
    {
      guint64 past = (range->from_ns - range->origin_ns) % step;
      return past == 0 ? range->from_ns : range->from_ns + (step - past);
    }
  return range->from_ns + (range->origin_ns - range->from_ns) % step;
}

GArray *
weft_ruler_ticks_new (WeftStyle *style, const WeftRulerRange *range, double width)
{
  GArray *ticks = g_array_new (FALSE, TRUE, sizeof (WeftRulerTick));
  double px_per_ns, free_from = 0;
  guint64 step, time;

  g_array_set_clear_func (ticks, clear_tick);
  if (range->to_ns <= range->from_ns || width < 1)
    return ticks;
  px_per_ns = width / (range->to_ns - range->from_ns);
  step = choose_step (style, range, width);
  time = first_tick (range, step);
  while (time <= range->to_ns && ticks->len < MAX_TICKS)
    {
      WeftRulerTick tick = { .time_ns = time, .x = (time - range->from_ns) * px_per_ns };
      g_autofree char *label = weft_ruler_format_time (since_origin (range, time), step);
      double label_width = weft_style_measure (style, label, WEFT_TEXT_SMALL);

      tick.label_x = tick.x + LABEL_OFFSET;
      if (tick.label_x >= free_from && tick.label_x + label_width <= width)
        {
          tick.label_width = label_width;
          tick.label = g_steal_pointer (&label);
          free_from = tick.label_x + label_width + LABEL_GAP / 2;
        }
      g_array_append_val (ticks, tick);
      if (time > G_MAXUINT64 - step)
        break;
      time += step;
    }
  return ticks;
}

/* Into how many parts the small ticks divide a step, so that they stay round. */
static guint
parts_of (guint64 step)
{
  guint64 lead = step % NS_PER_MINUTE == 0 ? step / NS_PER_MINUTE : step;

  while (lead >= 10 && lead % 10 == 0)
    lead /= 10;
  if (step % NS_PER_MINUTE == 0 && (lead == 1 || lead == 6))
    return 6;
  if (lead == 3)
    return 3;
  return lead == 2 || lead == 12 || lead == 72 ? 4 : 5;
}

static void
draw_minor_ticks (WeftStyle *style, cairo_t *cr, const WeftRect *rect, GArray *ticks)
{
  const WeftRulerTick *first, *second;
  double distance, hairline = weft_style_hairline (style);
  guint parts;

  if (ticks->len < 2)
    return;
  first = &g_array_index (ticks, WeftRulerTick, 0);
  second = &g_array_index (ticks, WeftRulerTick, 1);
  parts = parts_of (second->time_ns - first->time_ns);
  distance = (second->x - first->x) / parts;
  if (distance < 5)
    return;
  for (double x = first->x - floor (first->x / distance) * distance; x <= rect->width;
       x += distance)
    cairo_rectangle (cr, weft_style_snap (style, rect->x + x), rect->y + rect->height - 4, hairline,
                     4);
  weft_color_set_source (cr, weft_color_with_alpha (weft_style_get_palette (style)->tick, 0.6));
  cairo_fill (cr);
}

/* Draws the axis; labels that touch @taken (nullable) are left out. */
static void
draw_axis (WeftStyle *style, cairo_t *cr, const WeftRect *rect, const WeftRulerRange *range,
           const WeftRect *taken)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  g_autoptr (GArray) ticks = weft_ruler_ticks_new (style, range, rect->width);
  double bottom = rect->y + rect->height, hairline = weft_style_hairline (style);

  draw_minor_ticks (style, cr, rect, ticks);
  for (guint i = 0; i < ticks->len; i++)
    {
      const WeftRulerTick *tick = &g_array_index (ticks, WeftRulerTick, i);
      const WeftRect line = { weft_style_snap (style, rect->x + tick->x), bottom - 9, hairline, 9 };
      double label = rect->x + tick->label_x;

      weft_style_fill (cr, &line, palette->tick);
      if (tick->label == NULL
          || (taken != NULL && label < taken->x + taken->width + LABEL_OFFSET
              && label + tick->label_width + LABEL_OFFSET > taken->x))
        continue;
      weft_style_draw_text (style, cr, tick->label, WEFT_TEXT_SMALL, palette->dim_text,
                            WEFT_ALIGN_LEFT, label, rect->y + (rect->height - 9) / 2 + 1,
                            tick->label_width + 1);
    }
  weft_style_fill (cr, &(WeftRect){ rect->x, bottom - hairline, rect->width, hairline },
                   palette->line);
}

void
weft_ruler_draw (WeftStyle *style, cairo_t *cr, const WeftRect *rect, const WeftRulerRange *range)
{
  draw_axis (style, cr, rect, range, NULL);
}

void
weft_ruler_draw_grid (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                      const WeftRulerRange *range)
{
  g_autoptr (GArray) ticks = weft_ruler_ticks_new (style, range, rect->width);
  double hairline = weft_style_hairline (style);

  for (guint i = 0; i < ticks->len; i++)
    cairo_rectangle (cr,
                     weft_style_snap (style, rect->x + g_array_index (ticks, WeftRulerTick, i).x),
                     rect->y, hairline, rect->height);
  weft_color_set_source (cr, weft_style_get_palette (style)->grid);
  cairo_fill (cr);
}

static WeftRect
pill_area (WeftStyle *style, const WeftRect *rect, double from_x, double to_x, const char *label)
{
  double height = weft_style_get_metrics (style)->small_line_height + 5;
  double width = weft_style_measure (style, label, WEFT_TEXT_SMALL_BOLD) + 2 * height * 0.6;
  double x = rect->x + (from_x + to_x) / 2 - width / 2;

  x = CLAMP (x, rect->x, MAX (rect->x, rect->x + rect->width - width));
  return (WeftRect){ x, rect->y + (rect->height - 9) / 2 + 1 - height / 2, width, height };
}

void
weft_ruler_draw_pill (WeftStyle *style, cairo_t *cr, const WeftRect *rect, double from_x,
                      double to_x, const char *label)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  const WeftRect pill = pill_area (style, rect, from_x, to_x, label);

  weft_style_rounded_path (cr, &pill, pill.height / 2);
  weft_color_set_source (cr, palette->accent);
  cairo_fill (cr);
  weft_style_draw_text (style, cr, label, WEFT_TEXT_SMALL_BOLD, palette->accent_text,
                        WEFT_ALIGN_CENTER, pill.x, pill.y + pill.height / 2, pill.width);
}

void
weft_ruler_draw_with_pill (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                           const WeftRulerRange *range, double from_x, double to_x,
                           const char *label)
{
  const WeftRect pill = pill_area (style, rect, from_x, to_x, label);

  draw_axis (style, cr, rect, range, &pill);
  weft_ruler_draw_pill (style, cr, rect, from_x, to_x, label);
}
