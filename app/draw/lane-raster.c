/* lane-raster.c: writes the pixels of a lane straight into a surface. A cairo
 * fill per rectangle costs five times as much, and a lane can have one per
 * pixel. Hatches come from a table: one 32-bit turn is one period of stripes,
 * so that the phase of a pixel is two multiplications. */
#include "lane-raster.h"

#include <math.h>
#include <string.h>

#define TABLE_BITS 6
#define TABLE_SIZE (1 << TABLE_BITS)
#define SEPARATOR_WEIGHT 110
#define CORNER_WEIGHT 150
#define LEAST_CLOSED_PX 4

struct _WeftLaneRaster
{
  const WeftPalette *palette;
  cairo_surface_t *surface;
  guint32 *pixels;
  int stride; /* in pixels */
  int width, height;
  int box_top, box_height;
  int dot; /* size of a dot of unknown time */
  double scale;
  guint32 phase_x, phase_y;
  guint32 first_phase;                        /* of the leftmost column */
  guint32 first_dot;                          /* its number, as far as dots repeat */
  guint32 colors[WEFT_N_STATES];              /* premultiplied */
  guint32 stripes[WEFT_N_STATES][TABLE_SIZE]; /* of hatched states in use, by phase */
  gboolean has_stripes[WEFT_N_STATES];
};

static guint32
scale_channel (guint32 value, guint32 weight)
{
  return (value * weight + 127) / 255;
}

/* Premultiplied @color at @weight of 255. */
static guint32
weigh (guint32 color, guint32 weight)
{
  return scale_channel (color >> 24, weight) << 24
         | scale_channel (color >> 16 & 0xff, weight) << 16
         | scale_channel (color >> 8 & 0xff, weight) << 8 | scale_channel (color & 0xff, weight);
}

/* The stripes of a state, made when it first has some. */
static const guint32 *
stripes_of (WeftLaneRaster *self, WeftState state)
{
  const WeftStateStyle *style = &self->palette->states[state];

  for (guint i = 0; i < TABLE_SIZE && !self->has_stripes[state]; i++)
    {
      double covered = weft_hatch_coverage (i * WEFT_HATCH_PERIOD / TABLE_SIZE, -0.5 / self->scale,
                                            1 / self->scale);

      self->stripes[state][i] = weft_color_mix (style->color, style->hatch, covered);
    }
  self->has_stripes[state] = TRUE;
  return self->stripes[state];
}

WeftLaneRaster *
weft_lane_raster_new (const WeftPalette *palette, int width, int height, double scale)
{
  WeftLaneRaster *self = g_new0 (WeftLaneRaster, 1);

  self->palette = palette;
  self->width = MAX (width, 1);
  self->height = MAX (height, 1);
  self->box_height = self->height;
  self->dot = MAX (1, (int)lround (scale));
  self->surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, self->width, self->height);
  cairo_surface_flush (self->surface);
  /* NULL when there is no memory for it: then nothing is painted */
  self->pixels = (guint32 *)(void *)cairo_image_surface_get_data (self->surface);
  self->stride = cairo_image_surface_get_stride (self->surface) / (int)sizeof (guint32);
  self->scale = scale;
  self->phase_x = (guint32)(4294967296.0 / (WEFT_HATCH_PERIOD * scale));
  self->phase_y = (guint32)(4294967296.0 / (WEFT_HATCH_PERIOD * scale) * WEFT_HATCH_SLANT);
  /* opaque: premultiplied is the same */
  for (guint state = 0; state < WEFT_N_STATES; state++)
    self->colors[state] = palette->states[state].color;
  return self;
}

void
weft_lane_raster_free (WeftLaneRaster *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->surface, cairo_surface_destroy);
  g_free (self);
}

void
weft_lane_raster_set_box (WeftLaneRaster *self, int top, int height)
{
  self->box_top = CLAMP (top, 0, self->height);
  self->box_height = CLAMP (height, 0, self->height - self->box_top);
}

void
weft_lane_raster_set_first_column (WeftLaneRaster *self, guint64 column)
{
  self->first_phase = (guint32)column * self->phase_x; /* whole turns drop out */
  self->first_dot = (guint32)(column % (4 * (guint)self->dot));
}

static guint32
phase_at (const WeftLaneRaster *self, int x, int y)
{
  return self->first_phase + (guint32)x * self->phase_x + (guint32)y * self->phase_y;
}

/* Paints @n pixels upwards from @pixel, which is at (@x, @y). */
static void
paint_stripes (WeftLaneRaster *self, guint32 *pixel, WeftState state, int x, int y, int n)
{
  const guint32 *stripes = stripes_of (self, state);
  guint32 phase = phase_at (self, x, y);

  for (int i = 0; i < n; i++, pixel -= self->stride, phase -= self->phase_y)
    *pixel = stripes[phase >> (32 - TABLE_BITS)];
}

static void
paint_dots (const WeftLaneRaster *self, guint32 *pixel, WeftState state, int x, int n)
{
  guint32 column = self->first_dot + (guint32)x;

  for (int i = 0; i < MIN (n, self->dot) && column / (guint)self->dot % 4 < 2;
       i++, pixel -= self->stride)
    *pixel = self->colors[state];
}

void
weft_lane_raster_column (WeftLaneRaster *self, int x, const WeftColumnPart *parts, guint n)
{
  int y = self->box_top + self->box_height - 1;
  guint32 *pixel = self->pixels + (gssize)y * self->stride + x;

  if (self->pixels == NULL || x < 0 || x >= self->width)
    return;
  for (guint i = 0; i < n; i++)
    {
      WeftFill fill = self->palette->states[parts[i].state].fill;
      int height = MIN (parts[i].to - parts[i].from, y - self->box_top + 1);
      /* a share under a pixel is one pixel high: its stripes do not matter */
      guint32 color = parts[i].weight == 255
                          ? self->colors[parts[i].state]
                          : weigh (self->colors[parts[i].state], parts[i].weight);

      if (fill == WEFT_FILL_DOTTED)
        paint_dots (self, pixel, parts[i].state, x, height);
      else if (fill == WEFT_FILL_HATCHED && parts[i].weight == 255)
        paint_stripes (self, pixel, parts[i].state, x, y, height);
      else
        for (int row = 0; row < height; row++)
          pixel[-(gssize)row * self->stride] = color;
      pixel -= (gssize)height * self->stride;
      y -= height;
    }
}

static void
paint_row (WeftLaneRaster *self, int y, int from, int to, WeftState state)
{
  guint32 *row = self->pixels + (gsize)y * self->stride;
  gboolean hatched = self->palette->states[state].fill == WEFT_FILL_HATCHED;
  const guint32 *stripes = hatched ? stripes_of (self, state) : NULL;
  guint32 phase = phase_at (self, from, y);

  for (int x = from; x < to; x++, phase += self->phase_x)
    row[x] = hatched ? stripes[phase >> (32 - TABLE_BITS)] : self->colors[state];
}

static void
soften (WeftLaneRaster *self, int x, int top, int end)
{
  guint32 *corner = self->pixels + (gsize)top * self->stride + x;

  if (end - top >= LEAST_CLOSED_PX)
    *corner = weigh (*corner, CORNER_WEIGHT);
}

/* The last column lets the ground through. */
static void
separate (WeftLaneRaster *self, int to, int top, int end)
{
  for (int y = top; y < end; y++)
    {
      guint32 *pixel = self->pixels + (gsize)y * self->stride + to - 1;
      *pixel = weigh (*pixel, SEPARATOR_WEIGHT);
    }
}

void
weft_lane_raster_box (WeftLaneRaster *self, int from, int to, WeftState state, gboolean follows,
                      gboolean precedes)
{
  const WeftStateStyle *style = &self->palette->states[state];
  int height = MAX (1, (int)lround (style->height * self->box_height));
  int end = self->box_top + self->box_height, top = end - height;
  int left = MAX (from, 0), right = MIN (to, self->width);

  if (self->pixels == NULL || style->fill == WEFT_FILL_NONE || left >= right)
    return;
  if (style->fill == WEFT_FILL_DOTTED)
    {
      const WeftColumnPart part = { .state = state, .weight = 255, .from = 0, .to = height };

      for (int x = left; x < right; x++)
        weft_lane_raster_column (self, x, &part, 1);
      return;
    }
  for (int y = MAX (top, 0); y < end; y++)
    paint_row (self, y, left, right, state);
  if (right - left < LEAST_CLOSED_PX)
    return;
  if (follows && left == from)
    soften (self, left, MAX (top, 0), end);
  if (precedes && right == to)
    {
      separate (self, right, MAX (top, 0), end);
      soften (self, right - 2, MAX (top, 0), end);
    }
}

cairo_surface_t *
weft_lane_raster_end (WeftLaneRaster *self)
{
  cairo_surface_mark_dirty (self->surface);
  return g_steal_pointer (&self->surface);
}
