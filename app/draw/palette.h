/* palette.h: every colour, height and hatch that the painters use. In: which
 * appearance. Out: one constant table for it. Pure; any thread may read.
 *
 * The state colours have the least confusion over normal and the three
 * dichromat visions, and each state is told apart by height or hatch as well,
 * so that no meaning hangs on colour alone. */
#pragma once
#include <cairo.h>
#include "trace/state.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_SCHEME_LIGHT,
  WEFT_SCHEME_DARK,
  WEFT_SCHEME_HIGH_CONTRAST_LIGHT,
  WEFT_SCHEME_HIGH_CONTRAST_DARK,
  WEFT_N_SCHEMES
} WeftScheme;

/* How the area of a state is filled. */
typedef enum
{
  WEFT_FILL_SOLID,
  WEFT_FILL_HATCHED, /* diagonal stripes of the hatch colour over the colour */
  WEFT_FILL_DOTTED,  /* empty, with a dotted line of the colour at the bottom */
  WEFT_FILL_NONE,    /* nothing is there: exited */
} WeftFill;

/* 0xAARRGGBB, not premultiplied. */
typedef guint32 WeftColor;

typedef struct
{
  WeftColor color;
  WeftColor hatch; /* stripes; of use only when hatched */
  WeftColor text;  /* readable on @color */
  WeftFill fill;
  double height; /* share of the lane's box, from the bottom: 0 … 1 */
} WeftStateStyle;

typedef struct
{
  WeftScheme scheme;
  gboolean dark;
  gboolean high_contrast;

  WeftColor background; /* of lanes, ruler, details */
  WeftColor band;       /* group rows, legend strip */
  WeftColor line;       /* between rows */
  WeftColor grid;       /* vertical time lines */
  WeftColor tick;       /* of the ruler */
  WeftColor text;
  WeftColor dim_text;
  WeftColor track;       /* empty part of a bar */
  WeftColor accent;      /* selection frame, range, visible window */
  WeftColor accent_text; /* readable on @accent */
  WeftColor range;       /* the selected range's veil; translucent */
  WeftColor error;       /* exits with an error, alerts */
  WeftColor exec;        /* diamond */
  WeftColor arrow;       /* wake-up arrow */
  WeftColor loss;        /* stripes of a loss gap; translucent */
  WeftColor birth;       /* row of a process just born; translucent */
  WeftColor connector;   /* of the tree */

  WeftStateStyle states[WEFT_N_STATES];
} WeftPalette;

/* Static; never NULL. An unknown @scheme gives the light one. */
const WeftPalette *weft_palette_get (WeftScheme scheme);

/* The scheme for what the desktop asks for. */
WeftScheme weft_scheme_for (gboolean dark, gboolean high_contrast);

/* Makes @color the source of @cr. */
void weft_color_set_source (cairo_t *cr, WeftColor color);

/* The same colour with its opacity replaced by @alpha, 0 … 1. */
WeftColor weft_color_with_alpha (WeftColor color, double alpha);

/* @over laid on the opaque @under, itself weighted by @amount 0 … 1. Opaque. */
WeftColor weft_color_mix (WeftColor under, WeftColor over, double amount);

/* TRUE when @state is one of the quiet ones: condition, event, socket, pipe or
 * file, timer, child. They share one look and one entry of the legend. */
gboolean weft_state_is_sleep (WeftState state);

/* How the diagonal stripes of a hatch lie, in user units. A point (x, y) is on a
 * stripe when (x + y · WEFT_HATCH_SLANT) mod WEFT_HATCH_PERIOD is below
 * WEFT_HATCH_STRIPE: the same everywhere, so that neighbours join. */
#define WEFT_HATCH_PERIOD 7.0
#define WEFT_HATCH_SLANT 0.55
#define WEFT_HATCH_STRIPE 1.7

/* How much of a pixel @size user units wide, with its top left corner at
 * (@x, @y), a stripe covers: 0 … 1. */
double weft_hatch_coverage (double x, double y, double size);

/**
 * weft_palette_fill_state:
 * @x, @y, @width, @height: user units; the whole rectangle is filled
 *
 * Fills a rectangle in the look of @state, stripes included, as vectors.
 */
void weft_palette_fill_state (const WeftPalette *self, cairo_t *cr, WeftState state, double x,
                              double y, double width, double height);

G_END_DECLS
