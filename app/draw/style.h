/* style.h: what every painter needs besides what it paints: palette, fonts,
 * measures, direction, and layouts of text that were made before. In: a
 * PangoContext of whoever paints (a widget's, or one made for a file). Out:
 * text drawn on a cairo_t. No GTK. One thread at a time. */
#pragma once
#include <pango/pangocairo.h>
#include "palette.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_TEXT_NORMAL,
  WEFT_TEXT_BOLD,
  WEFT_TEXT_SMALL,
  WEFT_TEXT_SMALL_BOLD,
  WEFT_TEXT_TITLE,
  WEFT_N_TEXT_ROLES
} WeftTextRole;

/* Where text sits in the width it is given. START and END follow the direction
 * of the style; LEFT and RIGHT do not. */
typedef enum
{
  WEFT_ALIGN_START,
  WEFT_ALIGN_CENTER,
  WEFT_ALIGN_END,
  WEFT_ALIGN_LEFT,
  WEFT_ALIGN_RIGHT,
} WeftAlign;

/* Sizes in user units (logical pixels), grown with the font. */
typedef struct
{
  double lane_height;
  double box_top; /* of a running slice, within its lane */
  double box_height;
  double group_height;
  double header_width; /* column of names beside the lanes */
  double ruler_height;
  double minimap_height;
  double legend_height;
  double tree_row_height;
  double tree_indent;
  double line_height;       /* of normal text */
  double small_line_height; /* of small text */
} WeftMetrics;

/* A rectangle in user units. */
typedef struct
{
  double x, y, width, height;
} WeftRect;

typedef struct _WeftStyle WeftStyle;

/**
 * weft_style_new:
 * @context: (transfer none): fonts, resolution and direction; a reference is kept
 * @scale: device pixels per user unit: thin lines are one device pixel
 *
 * The style holds the layouts it made; make a new one when the font changes.
 */
WeftStyle *weft_style_new (PangoContext *context, WeftScheme scheme, double scale);

/* For files: a context of its own, "Cantarell, sans 10" at 96 dpi, hinting off,
 * so that the same picture has the same bytes on every screen. */
WeftStyle *weft_style_new_for_file (WeftScheme scheme, double scale);

WeftStyle *weft_style_ref (WeftStyle *self);
void weft_style_unref (WeftStyle *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftStyle, weft_style_unref)

const WeftPalette *weft_style_get_palette (WeftStyle *self);
const WeftMetrics *weft_style_get_metrics (WeftStyle *self);
double weft_style_get_scale (WeftStyle *self);
gboolean weft_style_is_rtl (WeftStyle *self);

/* Snaps @value to a device pixel's edge. */
double weft_style_snap (WeftStyle *self, double value);
/* One device pixel in user units, but never thinner than a hair on paper. */
double weft_style_hairline (WeftStyle *self);

/* Width of @text on one line, in user units. */
double weft_style_measure (WeftStyle *self, const char *text, WeftTextRole role);

/**
 * weft_style_draw_text:
 * @text: UTF-8; one line, ellipsized at its end when wider than @width
 * @y_middle: the middle of the line's height
 *
 * Returns: the width that the text took, at most @width
 */
double weft_style_draw_text (WeftStyle *self, cairo_t *cr, const char *text, WeftTextRole role,
                             WeftColor color, WeftAlign align, double x, double y_middle,
                             double width);

/* Fills a rectangle with a plain colour. */
void weft_style_fill (cairo_t *cr, const WeftRect *rect, WeftColor color);

/* Adds a rectangle with rounded corners to the path. */
void weft_style_rounded_path (cairo_t *cr, const WeftRect *rect, double radius);

G_END_DECLS
