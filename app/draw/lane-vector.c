/* lane-vector.c: merges columns into rectangles and rectangles into one path
 * per look. Parts in, paths out. */
#include "lane-vector.h"

#include <math.h>

/* Tints are told apart in so many steps: more would only make more paths. */
#define TINT_STEPS 4
#define SEPARATOR 0.6

typedef struct
{
  double x, width;
  guint16 from, to; /* above the box's bottom */
} Rect;

/* A rectangle that may yet grow to the right. */
typedef struct
{
  WeftColumnPart part;
  int x, end;
} Open;

struct _WeftLaneVector
{
  const WeftPalette *palette;
  double x, bottom;
  int width, box_height;
  GArray *rects[WEFT_N_STATES][TINT_STEPS]; /* Rect; NULL while empty */
  Open open[WEFT_N_STATES];                 /* by state: a column has each once */
};

WeftLaneVector *
weft_lane_vector_new (const WeftPalette *palette, double x, double y, int width, int box_height)
{
  WeftLaneVector *self = g_new0 (WeftLaneVector, 1);

  self->palette = palette;
  self->x = x;
  self->bottom = y + box_height;
  self->width = width;
  self->box_height = box_height;
  return self;
}

void
weft_lane_vector_free (WeftLaneVector *self)
{
  if (self == NULL)
    return;
  for (guint state = 0; state < WEFT_N_STATES; state++)
    for (guint tint = 0; tint < TINT_STEPS; tint++)
      g_clear_pointer (&self->rects[state][tint], g_array_unref);
  g_free (self);
}

static guint
tint_of (guint8 weight)
{
  return weight == 255 ? TINT_STEPS - 1 : weight * (TINT_STEPS - 1) / 256;
}

static double
alpha_of (guint tint)
{
  double least = WEFT_COLUMN_LEAST_WEIGHT / 255.0;

  return least + (1 - least) * tint / (TINT_STEPS - 1);
}

static void
add_rect (WeftLaneVector *self, WeftState state, guint tint, const Rect *rect)
{
  GArray **list = &self->rects[state][tint];

  if (*list == NULL)
    *list = g_array_new (FALSE, FALSE, sizeof (Rect));
  g_array_append_val (*list, *rect);
}

static void
close_open (WeftLaneVector *self, Open *open)
{
  if (open->end > open->x)
    add_rect (self, open->part.state, tint_of (open->part.weight),
              &(Rect){ open->x, open->end - open->x, open->part.from, open->part.to });
  open->end = open->x = 0;
}

static void
flush (WeftLaneVector *self)
{
  for (guint state = 0; state < WEFT_N_STATES; state++)
    close_open (self, &self->open[state]);
}

void
weft_lane_vector_column (WeftLaneVector *self, int x, const WeftColumnPart *parts, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      Open *open = &self->open[parts[i].state];

      if (open->end == x && open->end > open->x && open->part.from == parts[i].from
          && open->part.to == parts[i].to
          && tint_of (open->part.weight) == tint_of (parts[i].weight))
        {
          open->end = x + 1;
          continue;
        }
      close_open (self, open);
      *open = (Open){ .part = parts[i], .x = x, .end = x + 1 };
    }
}

void
weft_lane_vector_box (WeftLaneVector *self, double from, double to, WeftState state,
                      gboolean closed)
{
  double left = MAX (from, 0), right = MIN (to, self->width);
  guint height = MAX (1, (guint)lround (self->palette->states[state].height * self->box_height));

  flush (self); /* the rectangles of a look stay in order */
  if (closed && right == to && right - left >= 4)
    right -= SEPARATOR;
  if (right > left && self->palette->states[state].fill != WEFT_FILL_NONE)
    add_rect (self, state, TINT_STEPS - 1, &(Rect){ left, right - left, 0, height });
}

guint
weft_lane_vector_count (WeftLaneVector *self)
{
  guint n = 0;

  flush (self);
  for (guint state = 0; state < WEFT_N_STATES; state++)
    for (guint tint = 0; tint < TINT_STEPS; tint++)
      n += self->rects[state][tint] != NULL ? self->rects[state][tint]->len : 0;
  return n;
}

static void
add_rects (WeftLaneVector *self, cairo_t *cr, GArray *rects)
{
  for (guint i = 0; i < rects->len; i++)
    {
      const Rect *rect = &g_array_index (rects, Rect, i);

      cairo_rectangle (cr, self->x + rect->x, self->bottom - rect->to, rect->width,
                       rect->to - rect->from);
    }
}

static void
draw_dots (WeftLaneVector *self, cairo_t *cr, GArray *rects)
{
  for (guint i = 0; i < rects->len; i++)
    {
      const Rect *rect = &g_array_index (rects, Rect, i);

      for (double x = ceil (rect->x / 4) * 4; x < rect->x + rect->width; x += 4)
        cairo_rectangle (cr, self->x + x, self->bottom - rect->from - 1,
                         MIN (2, rect->x + rect->width - x), 1);
    }
  cairo_fill (cr);
}

/* The stripes that touch a rectangle, clipped to all of them at once. */
static void
draw_stripes (WeftLaneVector *self, cairo_t *cr, GArray *rects, WeftColor color)
{
  double period = WEFT_HATCH_PERIOD, slant = WEFT_HATCH_SLANT;
  double last = -G_MAXDOUBLE;

  cairo_save (cr);
  add_rects (self, cr, rects);
  cairo_clip (cr);
  for (guint i = 0; i < rects->len; i++)
    {
      const Rect *rect = &g_array_index (rects, Rect, i);
      double top = self->bottom - self->box_height, left = self->x + rect->x;
      double first = floor ((left + top * slant) / period) - 1;

      for (double n = MAX (first, last + 1);
           n * period <= left + rect->width + self->bottom * slant; n++)
        {
          double x = n * period - top * slant, foot = n * period - self->bottom * slant;

          cairo_move_to (cr, x, top);
          cairo_line_to (cr, x + WEFT_HATCH_STRIPE, top);
          cairo_line_to (cr, foot + WEFT_HATCH_STRIPE, self->bottom);
          cairo_line_to (cr, foot, self->bottom);
          cairo_close_path (cr);
          last = n;
        }
    }
  weft_color_set_source (cr, color);
  cairo_fill (cr);
  cairo_restore (cr);
}

static void
draw_look (WeftLaneVector *self, cairo_t *cr, WeftState state, guint tint)
{
  const WeftStateStyle *style = &self->palette->states[state];
  GArray *rects = self->rects[state][tint];

  if (rects == NULL)
    return;
  weft_color_set_source (cr, weft_color_with_alpha (style->color, alpha_of (tint)));
  if (style->fill == WEFT_FILL_DOTTED)
    {
      draw_dots (self, cr, rects);
      return;
    }
  add_rects (self, cr, rects);
  cairo_fill (cr);
  if (style->fill == WEFT_FILL_HATCHED)
    draw_stripes (self, cr, rects, weft_color_with_alpha (style->hatch, alpha_of (tint)));
}

void
weft_lane_vector_end (WeftLaneVector *self, cairo_t *cr)
{
  flush (self);
  for (guint state = 0; state < WEFT_N_STATES; state++)
    for (guint tint = 0; tint < TINT_STEPS; tint++)
      draw_look (self, cr, state, tint);
}
