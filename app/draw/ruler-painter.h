/* ruler-painter.h: the time axis above the lanes and its lines through them.
 * In: a range of time and a width. Out: ticks at 1, 2 or 5 times a power of
 * ten (above a second at what clocks count in), and paint. The axis runs from
 * left to right whatever the direction of the text. */
#pragma once
#include "style.h"

G_BEGIN_DECLS

/* What the axis shows. Times are CLOCK_MONOTONIC ns; labels count from @origin_ns. */
typedef struct
{
  guint64 from_ns, to_ns; /* to_ns > from_ns */
  guint64 origin_ns;
} WeftRulerRange;

typedef struct
{
  guint64 time_ns;
  double x;           /* user units from the left end of the axis */
  double label_x;     /* left end of the label */
  double label_width; /* 0 when there was no room for one */
  char *label;        /* (nullable) owned by the array */
} WeftRulerTick;

/**
 * weft_ruler_ticks_new:
 * @width: of the axis, user units
 *
 * Labels lie wholly within the axis and never touch each other.
 *
 * Returns: (transfer full) (element-type WeftRulerTick): rising times; free
 * with g_array_unref()
 */
GArray *weft_ruler_ticks_new (WeftStyle *style, const WeftRulerRange *range, double width);

void weft_ruler_draw (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                      const WeftRulerRange *range);

/* The same with a pill as below; labels that it would cover are left out. */
void weft_ruler_draw_with_pill (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                                const WeftRulerRange *range, double from_x, double to_x,
                                const char *label);

/* The same ticks as lines over the lanes; draw before the lanes. */
void weft_ruler_draw_grid (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                           const WeftRulerRange *range);

/* A pill with @label over the ruler, centred between two x of the axis and
 * kept within @rect: the length of a selected range. */
void weft_ruler_draw_pill (WeftStyle *style, cairo_t *cr, const WeftRect *rect, double from_x,
                           double to_x, const char *label);

/* A moment so precise that neighbours one @step_ns apart differ:
 * "5.210 s", "5.230 120 s", "2:05.5", "1:02:03". (transfer full) */
char *weft_ruler_format_time (gint64 ns, guint64 step_ns);

G_END_DECLS
