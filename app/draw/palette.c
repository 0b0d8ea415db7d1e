/* palette.c: the tables behind palette.h, and the arithmetic of colours. The
 * state colours are DESIGN's; the rest follows the desktop's own greys. */
#include "palette.h"

#include <math.h>

/* Heights as shares of the lane's box: running fills it, so that what works
 * stands out; waits for something stand at half height, rest lies at the bottom. */
#define HEIGHT_RUNNABLE 0.62
#define HEIGHT_LOCK 0.45
#define HEIGHT_DISK 0.45
#define HEIGHT_OTHER 0.28
#define HEIGHT_STOPPED 0.32
#define HEIGHT_SLEEP 0.18

#define SOLID(c, t, h)                                                                             \
  {                                                                                                \
    .color = (c), .text = (t), .fill = WEFT_FILL_SOLID, .height = (h)                              \
  }
#define HATCHED(c, s, t, h)                                                                        \
  {                                                                                                \
    .color = (c), .hatch = (s), .text = (t), .fill = WEFT_FILL_HATCHED, .height = (h)              \
  }
#define DOTTED(c)                                                                                  \
  {                                                                                                \
    .color = (c), .text = (c), .fill = WEFT_FILL_DOTTED, .height = HEIGHT_SLEEP                    \
  }
#define NOTHING                                                                                    \
  {                                                                                                \
    .fill = WEFT_FILL_NONE                                                                         \
  }

#define SLEEP_FAMILY(c, t)                                                                         \
  [WEFT_STATE_CONDITION] = SOLID (c, t, HEIGHT_SLEEP),                                             \
  [WEFT_STATE_EVENT] = SOLID (c, t, HEIGHT_SLEEP),                                                 \
  [WEFT_STATE_SOCKET] = SOLID (c, t, HEIGHT_SLEEP),                                                \
  [WEFT_STATE_PIPE_FILE] = SOLID (c, t, HEIGHT_SLEEP),                                             \
  [WEFT_STATE_TIMER] = SOLID (c, t, HEIGHT_SLEEP), [WEFT_STATE_CHILD] = SOLID (c, t, HEIGHT_SLEEP)

#define WHITE 0xffffffff
#define BLACK 0xff000000

static const WeftPalette palettes[WEFT_N_SCHEMES] = {
  [WEFT_SCHEME_LIGHT] = {
    .scheme = WEFT_SCHEME_LIGHT,
    .background = WHITE,
    .band = 0xfff4f4f4,
    .line = 0xffeeeeee,
    .grid = 0xffe9e9e9,
    .tick = 0xff9a9a9d,
    .text = 0xff2e3436,
    .dim_text = 0xff6f6f73,
    .track = 0xffdbdbdc,
    .accent = 0xff3584e4,
    .accent_text = WHITE,
    .range = 0x1c3584e4,
    .error = 0xffc01c28,
    .exec = 0xffa9830d,
    .arrow = 0xff2e3436,
    .loss = 0x66a51d2d,
    .birth = 0x40397e6a,
    .connector = 0xffcfcfd2,
    .states = {
      [WEFT_STATE_UNKNOWN] = DOTTED (0xff9aa0a6),
      [WEFT_STATE_RUNNING] = SOLID (0xff397e6a, WHITE, 1.0),
      [WEFT_STATE_RUNNABLE] = SOLID (0xffa9830d, BLACK, HEIGHT_RUNNABLE),
      [WEFT_STATE_LOCK] = HATCHED (0xff680e17, 0xffdcb8bb, WHITE, HEIGHT_LOCK),
      SLEEP_FAMILY (0xffbec6ce, 0xff2e3436),
      [WEFT_STATE_DISK] = SOLID (0xff2532ae, WHITE, HEIGHT_DISK),
      [WEFT_STATE_PAGE_FAULT] = HATCHED (0xff2532ae, 0xffc3c8f2, WHITE, HEIGHT_DISK),
      [WEFT_STATE_OTHER] = HATCHED (0xffbec6ce, 0xff7d868f, 0xff2e3436, HEIGHT_OTHER),
      [WEFT_STATE_STOPPED] = SOLID (0xff220b28, WHITE, HEIGHT_STOPPED),
      [WEFT_STATE_FROZEN] = HATCHED (0xff220b28, 0xffb9a3c2, WHITE, HEIGHT_STOPPED),
      [WEFT_STATE_THROTTLED] = HATCHED (0xffa9830d, 0xfff1dfa6, BLACK, HEIGHT_RUNNABLE),
      [WEFT_STATE_UNTOLD] = HATCHED (0xffbec6ce, 0xff7d868f, 0xff2e3436, HEIGHT_SLEEP),
      [WEFT_STATE_EXITED] = NOTHING,
    },
  },
  [WEFT_SCHEME_DARK] = {
    .scheme = WEFT_SCHEME_DARK,
    .dark = TRUE,
    .background = 0xff1e1e1e,
    .band = 0xff282828,
    .line = 0xff272727,
    .grid = 0xff2e2e2e,
    .tick = 0xff77777a,
    .text = 0xfff2f2f2,
    .dim_text = 0xffa3a3a6,
    .track = 0xff444444,
    .accent = 0xff78aeed,
    .accent_text = 0xff10243a,
    .range = 0x2878aeed,
    .error = 0xffff7b63,
    .exec = 0xffd9a93c,
    .arrow = WHITE,
    .loss = 0x80e0556a,
    .birth = 0x4060dbb4,
    .connector = 0xff4c4c4e,
    .states = {
      [WEFT_STATE_UNKNOWN] = DOTTED (0xff7c7c80),
      [WEFT_STATE_RUNNING] = SOLID (0xff60dbb4, 0xff0b2a20, 1.0),
      [WEFT_STATE_RUNNABLE] = SOLID (0xffd9a93c, BLACK, HEIGHT_RUNNABLE),
      [WEFT_STATE_LOCK] = HATCHED (0xffda342c, 0xff6e120e, WHITE, HEIGHT_LOCK),
      SLEEP_FAMILY (0xff4a4a4b, WHITE),
      [WEFT_STATE_DISK] = SOLID (0xff3e6dbb, WHITE, HEIGHT_DISK),
      [WEFT_STATE_PAGE_FAULT] = HATCHED (0xff3e6dbb, 0xff16305e, WHITE, HEIGHT_DISK),
      [WEFT_STATE_OTHER] = HATCHED (0xff4a4a4b, 0xff8b8b8d, WHITE, HEIGHT_OTHER),
      [WEFT_STATE_STOPPED] = SOLID (0xffae8bca, BLACK, HEIGHT_STOPPED),
      [WEFT_STATE_FROZEN] = HATCHED (0xffae8bca, 0xff4d3660, BLACK, HEIGHT_STOPPED),
      [WEFT_STATE_THROTTLED] = HATCHED (0xffd9a93c, 0xff6b4e0c, BLACK, HEIGHT_RUNNABLE),
      [WEFT_STATE_UNTOLD] = HATCHED (0xff4a4a4b, 0xff8b8b8d, WHITE, HEIGHT_SLEEP),
      [WEFT_STATE_EXITED] = NOTHING,
    },
  },
  [WEFT_SCHEME_HIGH_CONTRAST_LIGHT] = {
    .scheme = WEFT_SCHEME_HIGH_CONTRAST_LIGHT,
    .high_contrast = TRUE,
    .background = WHITE,
    .band = 0xffebebeb,
    .line = 0xffa8a8a8,
    .grid = 0xffc4c4c4,
    .tick = BLACK,
    .text = BLACK,
    .dim_text = 0xff303030,
    .track = 0xffb8b8b8,
    .accent = 0xff1a5fb4,
    .accent_text = WHITE,
    .range = 0x301a5fb4,
    .error = 0xffa0001a,
    .exec = 0xff6b4e00,
    .arrow = BLACK,
    .loss = 0xaaa0001a,
    .birth = 0x60397e6a,
    .connector = 0xff6a6a6a,
    .states = {
      [WEFT_STATE_UNKNOWN] = DOTTED (0xff5a5a5a),
      [WEFT_STATE_RUNNING] = SOLID (0xff397e6a, WHITE, 1.0),
      [WEFT_STATE_RUNNABLE] = SOLID (0xffa9830d, BLACK, HEIGHT_RUNNABLE),
      [WEFT_STATE_LOCK] = HATCHED (0xff680e17, WHITE, WHITE, HEIGHT_LOCK),
      SLEEP_FAMILY (0xff8b97a3, BLACK),
      [WEFT_STATE_DISK] = SOLID (0xff2532ae, WHITE, HEIGHT_DISK),
      [WEFT_STATE_PAGE_FAULT] = HATCHED (0xff2532ae, WHITE, WHITE, HEIGHT_DISK),
      [WEFT_STATE_OTHER] = HATCHED (0xff8b97a3, BLACK, BLACK, HEIGHT_OTHER),
      [WEFT_STATE_STOPPED] = SOLID (0xff220b28, WHITE, HEIGHT_STOPPED),
      [WEFT_STATE_FROZEN] = HATCHED (0xff220b28, WHITE, WHITE, HEIGHT_STOPPED),
      [WEFT_STATE_THROTTLED] = HATCHED (0xffa9830d, WHITE, BLACK, HEIGHT_RUNNABLE),
      [WEFT_STATE_UNTOLD] = HATCHED (0xff8b97a3, BLACK, BLACK, HEIGHT_SLEEP),
      [WEFT_STATE_EXITED] = NOTHING,
    },
  },
  [WEFT_SCHEME_HIGH_CONTRAST_DARK] = {
    .scheme = WEFT_SCHEME_HIGH_CONTRAST_DARK,
    .dark = TRUE,
    .high_contrast = TRUE,
    .background = BLACK,
    .band = 0xff262626,
    .line = 0xff6a6a6a,
    .grid = 0xff505050,
    .tick = WHITE,
    .text = WHITE,
    .dim_text = 0xffd8d8d8,
    .track = 0xff6a6a6a,
    .accent = 0xff99c1f1,
    .accent_text = BLACK,
    .range = 0x4099c1f1,
    .error = 0xffff938c,
    .exec = 0xfff8e45c,
    .arrow = WHITE,
    .loss = 0xccff7b8c,
    .birth = 0x6060dbb4,
    .connector = 0xffa0a0a0,
    .states = {
      [WEFT_STATE_UNKNOWN] = DOTTED (0xffb8b8b8),
      [WEFT_STATE_RUNNING] = SOLID (0xff60dbb4, BLACK, 1.0),
      [WEFT_STATE_RUNNABLE] = SOLID (0xffd9a93c, BLACK, HEIGHT_RUNNABLE),
      [WEFT_STATE_LOCK] = HATCHED (0xffda342c, BLACK, WHITE, HEIGHT_LOCK),
      SLEEP_FAMILY (0xff7e7e80, WHITE),
      [WEFT_STATE_DISK] = SOLID (0xff3e6dbb, WHITE, HEIGHT_DISK),
      [WEFT_STATE_PAGE_FAULT] = HATCHED (0xff3e6dbb, BLACK, WHITE, HEIGHT_DISK),
      [WEFT_STATE_OTHER] = HATCHED (0xff7e7e80, WHITE, WHITE, HEIGHT_OTHER),
      [WEFT_STATE_STOPPED] = SOLID (0xffae8bca, BLACK, HEIGHT_STOPPED),
      [WEFT_STATE_FROZEN] = HATCHED (0xffae8bca, BLACK, BLACK, HEIGHT_STOPPED),
      [WEFT_STATE_THROTTLED] = HATCHED (0xffd9a93c, BLACK, BLACK, HEIGHT_RUNNABLE),
      [WEFT_STATE_UNTOLD] = HATCHED (0xff7e7e80, WHITE, WHITE, HEIGHT_SLEEP),
      [WEFT_STATE_EXITED] = NOTHING,
    },
  },
};

const WeftPalette *
weft_palette_get (WeftScheme scheme)
{
  if ((guint)scheme >= WEFT_N_SCHEMES)
    scheme = WEFT_SCHEME_LIGHT;
  return &palettes[scheme];
}

WeftScheme
weft_scheme_for (gboolean dark, gboolean high_contrast)
{
  if (high_contrast)
    return dark ? WEFT_SCHEME_HIGH_CONTRAST_DARK : WEFT_SCHEME_HIGH_CONTRAST_LIGHT;
  return dark ? WEFT_SCHEME_DARK : WEFT_SCHEME_LIGHT;
}

gboolean
weft_state_is_sleep (WeftState state)
{
  switch (state)
    {
    case WEFT_STATE_CONDITION:
    case WEFT_STATE_EVENT:
    case WEFT_STATE_SOCKET:
    case WEFT_STATE_PIPE_FILE:
    case WEFT_STATE_TIMER:
    case WEFT_STATE_CHILD:
      return TRUE;
    default:
      return FALSE;
    }
}

static double
channel (WeftColor color, guint shift)
{
  return ((color >> shift) & 0xff) / 255.0;
}

void
weft_color_set_source (cairo_t *cr, WeftColor color)
{
  cairo_set_source_rgba (cr, channel (color, 16), channel (color, 8), channel (color, 0),
                         channel (color, 24));
}

WeftColor
weft_color_with_alpha (WeftColor color, double alpha)
{
  return (color & 0x00ffffff) | ((guint32)lround (CLAMP (alpha, 0, 1) * 255) << 24);
}

WeftColor
weft_color_mix (WeftColor under, WeftColor over, double amount)
{
  double weight = CLAMP (amount, 0, 1) * channel (over, 24);
  WeftColor mixed = 0xff000000;

  for (guint shift = 0; shift < 24; shift += 8)
    {
      double value = channel (under, shift) * (1 - weight) + channel (over, shift) * weight;
      mixed |= (guint32)lround (value * 255) << shift;
    }
  return mixed;
}

double
weft_hatch_coverage (double x, double y, double size)
{
  /* the stripe is sampled along the pixel's middle row: exact enough at 1 px */
  double phase = fmod (x + (y + size / 2) * WEFT_HATCH_SLANT, WEFT_HATCH_PERIOD);
  double covered;

  if (phase < 0)
    phase += WEFT_HATCH_PERIOD;
  covered = MAX (0, MIN (WEFT_HATCH_STRIPE, phase + size) - phase);
  covered += MAX (0, phase + size - WEFT_HATCH_PERIOD); /* the next stripe's beginning */
  return MIN (1, covered / size);
}

static void
add_stripes (cairo_t *cr, double x, double y, double width, double height)
{
  double first = floor ((x + y * WEFT_HATCH_SLANT - WEFT_HATCH_STRIPE) / WEFT_HATCH_PERIOD);
  double last = ceil ((x + width + (y + height) * WEFT_HATCH_SLANT) / WEFT_HATCH_PERIOD);

  for (double n = first; n <= last; n++)
    {
      double top = n * WEFT_HATCH_PERIOD - y * WEFT_HATCH_SLANT;
      double bottom = top - height * WEFT_HATCH_SLANT;

      cairo_move_to (cr, top, y);
      cairo_line_to (cr, top + WEFT_HATCH_STRIPE, y);
      cairo_line_to (cr, bottom + WEFT_HATCH_STRIPE, y + height);
      cairo_line_to (cr, bottom, y + height);
      cairo_close_path (cr);
    }
}

static void
fill_dotted (cairo_t *cr, double x, double y, double width, double height)
{
  const double dot = 2, gap = 4;

  for (double left = ceil (x / gap) * gap; left + dot <= x + width; left += gap)
    cairo_rectangle (cr, left, y + height - dot, dot, dot / 2);
  cairo_fill (cr);
}

void
weft_palette_fill_state (const WeftPalette *self, cairo_t *cr, WeftState state, double x, double y,
                         double width, double height)
{
  const WeftStateStyle *style = &self->states[state];

  if (style->fill == WEFT_FILL_NONE)
    return;
  weft_color_set_source (cr, style->color);
  if (style->fill == WEFT_FILL_DOTTED)
    {
      fill_dotted (cr, x, y, width, height);
      return;
    }
  cairo_rectangle (cr, x, y, width, height);
  cairo_fill (cr);
  if (style->fill != WEFT_FILL_HATCHED)
    return;
  cairo_save (cr);
  cairo_rectangle (cr, x, y, width, height);
  cairo_clip (cr);
  add_stripes (cr, x, y, width, height);
  weft_color_set_source (cr, style->hatch);
  cairo_fill (cr);
  cairo_restore (cr);
}
