/* style.c: fonts, measures and a cache of text layouts for the painters. Text
 * goes in as UTF-8 and comes out on a cairo_t; making a layout costs some 20 µs,
 * showing one that was made before a tenth of that. */
#include "style.h"

#include <math.h>
#include <string.h>

/* What GTK's default font measures at 96 dpi; the metrics were drawn for it. */
#define REFERENCE_FONT_PX (10.0 * 96 / 72)
#define SMALL_FACTOR 0.81
#define TITLE_FACTOR 1.25
/* A window shows some hundreds of texts; figures that change make new ones. */
#define MAX_LAYOUTS 2048

struct _WeftStyle
{
  gint refs;
  PangoContext *context;
  const WeftPalette *palette;
  WeftMetrics metrics;
  double scale;
  PangoFontDescription *fonts[WEFT_N_TEXT_ROLES];
  PangoAttrList *attributes;
  GHashTable *layouts; /* char *key → PangoLayout */
};

static double
font_px (PangoContext *context)
{
  const PangoFontDescription *font = pango_context_get_font_description (context);
  double size = font != NULL ? pango_font_description_get_size (font) / (double)PANGO_SCALE : 0;
  double dpi = pango_cairo_context_get_resolution (context);

  if (size <= 0)
    return REFERENCE_FONT_PX;
  if (pango_font_description_get_size_is_absolute (font))
    return size;
  return size * (dpi > 0 ? dpi : 96) / 72;
}

static PangoFontDescription *
make_font (PangoContext *context, WeftTextRole role)
{
  const PangoFontDescription *base = pango_context_get_font_description (context);
  PangoFontDescription *font = base != NULL ? pango_font_description_copy (base)
                                            : pango_font_description_from_string ("sans 10");
  double factor = 1;

  if (role == WEFT_TEXT_SMALL || role == WEFT_TEXT_SMALL_BOLD)
    factor = SMALL_FACTOR;
  else if (role == WEFT_TEXT_TITLE)
    factor = TITLE_FACTOR;
  if (role == WEFT_TEXT_BOLD || role == WEFT_TEXT_SMALL_BOLD || role == WEFT_TEXT_TITLE)
    pango_font_description_set_weight (font, PANGO_WEIGHT_BOLD);
  if (pango_font_description_get_size_is_absolute (font))
    pango_font_description_set_absolute_size (font,
                                              pango_font_description_get_size (font) * factor);
  else
    pango_font_description_set_size (font,
                                     lround (pango_font_description_get_size (font) * factor));
  return font;
}

static double
line_height (WeftStyle *self, WeftTextRole role)
{
  PangoFontMetrics *metrics = pango_context_get_metrics (self->context, self->fonts[role], NULL);
  double height
      = (pango_font_metrics_get_ascent (metrics) + pango_font_metrics_get_descent (metrics))
        / (double)PANGO_SCALE;

  pango_font_metrics_unref (metrics);
  return height;
}

static void
compute_metrics (WeftStyle *self)
{
  double factor = font_px (self->context) / REFERENCE_FONT_PX;

  self->metrics = (WeftMetrics){
    .lane_height = round (32 * factor),
    .box_top = round (5 * factor),
    .box_height = round (22 * factor),
    .group_height = round (27 * factor),
    .header_width = round (168 * factor),
    .ruler_height = round (30 * factor),
    .minimap_height = round (36 * factor),
    .legend_height = round (24 * factor),
    .tree_row_height = round (28 * factor),
    .tree_indent = round (14 * factor),
    .line_height = line_height (self, WEFT_TEXT_NORMAL),
    .small_line_height = line_height (self, WEFT_TEXT_SMALL),
  };
}

WeftStyle *
weft_style_new (PangoContext *context, WeftScheme scheme, double scale)
{
  WeftStyle *self = g_new0 (WeftStyle, 1);

  self->refs = 1;
  self->context = g_object_ref (context);
  self->palette = weft_palette_get (scheme);
  self->scale = scale > 0 ? scale : 1;
  for (guint role = 0; role < WEFT_N_TEXT_ROLES; role++)
    self->fonts[role] = make_font (context, role);
  self->attributes = pango_attr_list_new ();
  /* figures that change in place must not dance */
  pango_attr_list_insert (self->attributes, pango_attr_font_features_new ("tnum=1"));
  self->layouts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  compute_metrics (self);
  return self;
}

WeftStyle *
weft_style_new_for_file (WeftScheme scheme, double scale)
{
  /* a font map of its own: the default one belongs to its thread and outlives it */
  PangoFontMap *map = pango_cairo_font_map_new ();
  PangoContext *context;
  PangoFontDescription *font = pango_font_description_from_string ("Cantarell, sans 10");
  cairo_font_options_t *options = cairo_font_options_create ();
  WeftStyle *self;

  pango_cairo_font_map_set_resolution (PANGO_CAIRO_FONT_MAP (map), 96);
  context = pango_font_map_create_context (map);
  cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias (options, CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options (context, options);
  pango_context_set_font_description (context, font);
  pango_context_set_round_glyph_positions (context, FALSE);
  self = weft_style_new (context, scheme, scale);
  cairo_font_options_destroy (options);
  pango_font_description_free (font);
  g_object_unref (context);
  g_object_unref (map);
  return self;
}

WeftStyle *
weft_style_ref (WeftStyle *self)
{
  g_atomic_int_inc (&self->refs);
  return self;
}

void
weft_style_unref (WeftStyle *self)
{
  if (self == NULL || !g_atomic_int_dec_and_test (&self->refs))
    return;
  g_hash_table_unref (self->layouts);
  pango_attr_list_unref (self->attributes);
  for (guint role = 0; role < WEFT_N_TEXT_ROLES; role++)
    pango_font_description_free (self->fonts[role]);
  g_object_unref (self->context);
  g_free (self);
}

const WeftPalette *
weft_style_get_palette (WeftStyle *self)
{
  return self->palette;
}

const WeftMetrics *
weft_style_get_metrics (WeftStyle *self)
{
  return &self->metrics;
}

double
weft_style_get_scale (WeftStyle *self)
{
  return self->scale;
}

gboolean
weft_style_is_rtl (WeftStyle *self)
{
  return pango_context_get_base_dir (self->context) == PANGO_DIRECTION_RTL;
}

double
weft_style_snap (WeftStyle *self, double value)
{
  return round (value * self->scale) / self->scale;
}

double
weft_style_hairline (WeftStyle *self)
{
  return MAX (1, floor (self->scale)) / self->scale;
}

/* Figures read from left to right also where words do not; nothing in "7 %" says so. */
static char *
mark_direction (WeftStyle *self, const char *text)
{
  gboolean figures = weft_style_is_rtl (self);

  for (const char *at = text; figures && *at != '\0'; at = g_utf8_next_char (at))
    figures = !g_unichar_isalpha (g_utf8_get_char (at));
  return g_strconcat (figures ? "\u200e" : "", text, NULL);
}

/* @width in whole user units, 0 for as wide as the text is. */
static PangoLayout *
get_layout (WeftStyle *self, const char *text, WeftTextRole role, int width)
{
  g_autofree char *key = g_strdup_printf ("%u %d %s", role, width, text);
  PangoLayout *layout = g_hash_table_lookup (self->layouts, key);
  g_autofree char *marked = NULL;

  if (layout != NULL)
    return layout;
  marked = mark_direction (self, text);
  if (g_hash_table_size (self->layouts) >= MAX_LAYOUTS)
    g_hash_table_remove_all (self->layouts);
  layout = pango_layout_new (self->context);
  pango_layout_set_font_description (layout, self->fonts[role]);
  pango_layout_set_attributes (layout, self->attributes);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  pango_layout_set_text (layout, marked, -1);
  if (width > 0)
    {
      pango_layout_set_width (layout, width * PANGO_SCALE);
      pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
    }
  g_hash_table_insert (self->layouts, g_steal_pointer (&key), layout);
  return layout;
}

static void
get_extents (PangoLayout *layout, double *x, double *width, double *height)
{
  PangoRectangle logical;

  pango_layout_get_extents (layout, NULL, &logical);
  *x = logical.x / (double)PANGO_SCALE;
  *width = logical.width / (double)PANGO_SCALE;
  *height = logical.height / (double)PANGO_SCALE;
}

double
weft_style_measure (WeftStyle *self, const char *text, WeftTextRole role)
{
  double x, width, height;

  get_extents (get_layout (self, text, role, 0), &x, &width, &height);
  return width;
}

static double
align_offset (WeftStyle *self, WeftAlign align, double room)
{
  gboolean rtl = weft_style_is_rtl (self);

  switch (align)
    {
    case WEFT_ALIGN_START:
      return rtl ? room : 0;
    case WEFT_ALIGN_END:
      return rtl ? 0 : room;
    case WEFT_ALIGN_CENTER:
      return room / 2;
    case WEFT_ALIGN_RIGHT:
      return room;
    case WEFT_ALIGN_LEFT:
    default:
      return 0;
    }
}

double
weft_style_draw_text (WeftStyle *self, cairo_t *cr, const char *text, WeftTextRole role,
                      WeftColor color, WeftAlign align, double x, double y_middle, double width)
{
  PangoLayout *layout;
  double offset, text_width, height;

  if (text == NULL || *text == '\0' || width < 1)
    return 0;
  layout = get_layout (self, text, role, 0);
  get_extents (layout, &offset, &text_width, &height);
  if (text_width > width)
    {
      layout = get_layout (self, text, role, (int)floor (width));
      get_extents (layout, &offset, &text_width, &height);
    }
  if (text_width > width + 1)
    return 0; /* not even the ellipsis fits */
  weft_color_set_source (cr, color);
  cairo_move_to (cr, x + align_offset (self, align, width - text_width) - offset,
                 weft_style_snap (self, y_middle - height / 2));
  pango_cairo_show_layout (cr, layout);
  cairo_new_path (cr);
  return text_width;
}

void
weft_style_fill (cairo_t *cr, const WeftRect *rect, WeftColor color)
{
  weft_color_set_source (cr, color);
  cairo_rectangle (cr, rect->x, rect->y, rect->width, rect->height);
  cairo_fill (cr);
}

void
weft_style_rounded_path (cairo_t *cr, const WeftRect *rect, double radius)
{
  double r = MIN (radius, MIN (rect->width, rect->height) / 2);
  double right = rect->x + rect->width, bottom = rect->y + rect->height;

  cairo_new_sub_path (cr);
  cairo_arc (cr, right - r, rect->y + r, r, -G_PI_2, 0);
  cairo_arc (cr, right - r, bottom - r, r, 0, G_PI_2);
  cairo_arc (cr, rect->x + r, bottom - r, r, G_PI_2, G_PI);
  cairo_arc (cr, rect->x + r, rect->y + r, r, G_PI, 3 * G_PI_2);
  cairo_close_path (cr);
}
