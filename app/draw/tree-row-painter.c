/* tree-row-painter.c: rows of the process tree: connectors, glyph, name, pid,
 * and columns of figures at the row's end. Everything is laid out as if text
 * ran from the left and mirrored where it does not. */
#include "tree-row-painter.h"
#include "header-painter.h"

#include <glib/gi18n.h>
#include <math.h>

#define MARGIN 16.0
#define END_MARGIN 10.0
#define GLYPH WEFT_GLYPH_RADIUS
#define NAME_GAP 10.0      /* glyph to name */
#define LEAST_SHARE 0.0005 /* of a CPU, to be spoken of */
#define PID_GAP 6.0
#define PILL_PADDING 5.0
#define LEAST_NAME 90.0  /* kept for name and pid in a deep tree */
#define LEAST_INDENT 0.5 /* of the style's: glyphs just do not touch the lines */
#define BAR_START 6.0    /* of the CPU bar in its column */

/* From the name outwards, each with its width for the reference font. */
static const struct
{
  WeftTreeColumns column;
  double width;
  const char *title;
} columns_in_order[] = {
  { WEFT_COLUMN_CPU, 46, NC_ ("column", "CPU") },
  { WEFT_COLUMN_MEMORY, 54, NC_ ("column", "Memory") },
  { WEFT_COLUMN_THREADS, 58, NC_ ("column", "Threads") },
  { WEFT_COLUMN_AGE, 48, NC_ ("column", "Age") },
};

/* One row while it is painted: mirrors what is laid out from left to right. */
typedef struct
{
  WeftStyle *style;
  cairo_t *cr;
  const WeftRect *rect;
  gboolean rtl;
  double factor; /* of the font */
  double middle;
} Row;

static Row
begin_row (WeftStyle *style, cairo_t *cr, const WeftRect *rect)
{
  return (Row){ .style = style,
                .cr = cr,
                .rect = rect,
                .rtl = weft_style_is_rtl (style),
                .factor = weft_style_get_metrics (style)->tree_indent / 14,
                .middle = rect->y + rect->height / 2 };
}

/* Device x of what lies at @x when read from the start; @width wide. */
static double
mirror (const Row *row, double x, double width)
{
  return row->rect->x + (row->rtl ? row->rect->width - x - width : x);
}

static double
text_at (const Row *row, const char *text, WeftTextRole role, WeftColor color, WeftAlign align,
         double x, double width)
{
  return weft_style_draw_text (row->style, row->cr, text, role, color, align,
                               mirror (row, x, width), row->middle, width);
}

static double
columns_width (double factor, WeftTreeColumns columns)
{
  double width = END_MARGIN;

  for (guint i = 0; i < G_N_ELEMENTS (columns_in_order); i++)
    if (columns & columns_in_order[i].column)
      width += columns_in_order[i].width * factor;
  return width;
}

/* What is left of a row for its levels. */
static double
indent_room (WeftStyle *style, double width, WeftTreeColumns columns)
{
  double factor = weft_style_get_metrics (style)->tree_indent / 14;

  return width - columns_width (factor, columns) - LEAST_NAME * factor - MARGIN;
}

double
weft_tree_row_fit_indent (WeftStyle *style, double width, WeftTreeColumns columns, guint deepest)
{
  /* few steps, so that a birth seldom moves the whole tree */
  static const double steps[] = { 1, 0.8, 0.65 };
  double indent = weft_style_get_metrics (style)->tree_indent;
  double room = indent_room (style, width, columns);

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    if (deepest * indent * steps[i] <= room)
      return indent * steps[i];
  return indent * LEAST_INDENT;
}

/* Where the levels of one row are painted. */
typedef struct
{
  double indent;
  guint depth; /* deeper ones stop indenting before they eat the name */
  guint most;  /* the depth at which they do */
} Levels;

static Levels
get_levels (WeftStyle *style, double width, WeftTreeColumns columns, const WeftTreeRowLook *look)
{
  double indent = look->indent > 0 ? look->indent : weft_style_get_metrics (style)->tree_indent;
  double most = MAX (0, floor (indent_room (style, width, columns) / indent));

  return (Levels){ indent, MIN (look->depth, (guint)most), (guint)most };
}

static double
glyph_x (const Levels *levels, guint depth)
{
  return MARGIN + 4 + depth * levels->indent;
}

static void
connector_line (const Row *row, double x, double from_y, double height)
{
  double width = 1.5;

  cairo_rectangle (row->cr, mirror (row, x - width / 2, width), from_y, width, height);
}

/* Whether the line of this level ends with the row: a row that is not indented as
 * deep as it is hangs on the line of the ancestor that is. */
static gboolean
is_last (const WeftTreeRowLook *look, const Levels *levels)
{
  if (look->depth == levels->depth)
    return look->last_child;
  return levels->depth > 63 || (look->open_levels & (G_GUINT64_CONSTANT (1) << levels->depth)) == 0;
}

static void
draw_connectors (const Row *row, const WeftTreeRowLook *look, const Levels *levels)
{
  const WeftPalette *palette = weft_style_get_palette (row->style);
  double top = row->rect->y, bottom = top + row->rect->height;
  double glyph = glyph_x (levels, levels->depth), elbow, length;
  gboolean ends_here = is_last (look, levels);

  for (guint level = 1; level < MIN (levels->depth, 64); level++)
    if (look->open_levels & (G_GUINT64_CONSTANT (1) << level))
      connector_line (row, glyph_x (levels, level - 1), top, bottom - top);
  if (levels->depth > 0)
    {
      elbow = glyph_x (levels, levels->depth - 1);
      length = MAX (1.5, glyph - GLYPH - 2 - elbow);
      connector_line (row, elbow, top, ends_here ? row->middle - top : bottom - top);
      cairo_rectangle (row->cr, mirror (row, elbow, length), row->middle - 0.75, length, 1.5);
    }
  if (look->has_children && look->expanded && look->depth < levels->most)
    connector_line (row, glyph, row->middle + GLYPH + 2, bottom - row->middle - GLYPH - 2);
  weft_color_set_source (row->cr, look->selected ? weft_color_with_alpha (palette->accent_text, 0.5)
                                                 : palette->connector);
  cairo_fill (row->cr);
}

static void
draw_cpu (const Row *row, const WeftTreeRowLook *look, WeftColor color, double x, double width)
{
  const WeftPalette *palette = weft_style_get_palette (row->style);
  double bar = width - BAR_START, share = MIN (look->cpu_share, 1);
  WeftColor fill
      = look->selected ? palette->accent_text : palette->states[WEFT_STATE_RUNNING].color;
  WeftColor track
      = look->selected ? weft_color_with_alpha (palette->accent_text, 0.35) : palette->track;
  g_autofree char *text = NULL;

  if (look->cpu_share < LEAST_SHARE)
    return; /* rest is silence: only what uses a CPU speaks */
  text = weft_share_format (look->cpu_share, TRUE);
  weft_style_draw_text (row->style, row->cr, text, WEFT_TEXT_NORMAL, color, WEFT_ALIGN_END,
                        mirror (row, x, width), row->middle - 2, width);
  weft_style_rounded_path (row->cr,
                           &(WeftRect){ mirror (row, x + BAR_START, bar),
                                        row->middle + row->rect->height * 0.25, bar, 3 },
                           1.5);
  weft_color_set_source (row->cr, track);
  cairo_fill (row->cr);
  bar = MAX (1.5, bar * share);
  weft_style_rounded_path (row->cr,
                           &(WeftRect){ mirror (row, x + BAR_START, bar),
                                        row->middle + row->rect->height * 0.25, bar, 3 },
                           1.5);
  weft_color_set_source (row->cr, fill);
  cairo_fill (row->cr);
}

/* How far a name may reach into the column of shares: up to the figure or its bar. */
static double
free_in_cpu (const Row *row, const WeftTreeRowLook *look, WeftTreeColumns columns)
{
  double width = columns_in_order[0].width * row->factor;
  g_autofree char *text = NULL;

  if (!(columns & WEFT_COLUMN_CPU))
    return 0;
  if (look->cpu_share < LEAST_SHARE)
    return width - 4;
  text = weft_share_format (look->cpu_share, TRUE);
  return MIN (BAR_START, width - weft_style_measure (row->style, text, WEFT_TEXT_NORMAL)) - 2;
}

static void
draw_figure (const Row *row, const WeftTreeRowLook *look, WeftTreeColumns column, double x,
             double width)
{
  const WeftPalette *palette = weft_style_get_palette (row->style);
  WeftColor dim = look->selected ? palette->accent_text : palette->dim_text;
  g_autofree char *text = NULL;

  switch (column)
    {
    case WEFT_COLUMN_CPU:
      draw_cpu (row, look, look->selected ? palette->accent_text : palette->text, x, width);
      return;
    case WEFT_COLUMN_MEMORY:
      text = weft_format_bytes (look->exited ? 0 : look->memory_bytes);
      break;
    case WEFT_COLUMN_THREADS:
      text = look->n_threads > 0 ? g_strdup_printf ("%u", look->n_threads) : g_strdup ("–");
      break;
    case WEFT_COLUMN_AGE:
    default:
      text = weft_format_age (look->age_ns);
      break;
    }
  text_at (row, text, WEFT_TEXT_NORMAL, dim, WEFT_ALIGN_END, x, width);
}

/* "+12" in a pill: there is more below a collapsed row. */
static void
draw_hidden (const Row *row, const WeftTreeRowLook *look, double x, double end)
{
  const WeftPalette *palette = weft_style_get_palette (row->style);
  g_autofree char *text = g_strdup_printf ("+%u", look->n_hidden);
  double width = weft_style_measure (row->style, text, WEFT_TEXT_SMALL_BOLD) + 2 * PILL_PADDING;
  double height = weft_style_get_metrics (row->style)->small_line_height;

  if (width > end - x)
    return;
  weft_style_rounded_path (row->cr,
                           &(WeftRect){ mirror (row, x, width), row->middle - height / 2, width,
                                        height },
                           height / 2);
  weft_color_set_source (row->cr, look->selected
                                      ? weft_color_with_alpha (palette->accent_text, 0.25)
                                      : palette->track);
  cairo_fill (row->cr);
  text_at (row, text, WEFT_TEXT_SMALL_BOLD, look->selected ? palette->accent_text : palette->text,
           WEFT_ALIGN_START, x + PILL_PADDING, width);
}

/* The name with what follows it: pid, how it ended, how many are hidden. */
static void
draw_name (const Row *row, const WeftTreeRowLook *look, double x, double end)
{
  const WeftPalette *palette = weft_style_get_palette (row->style);
  WeftColor color = look->selected ? palette->accent_text : palette->text;
  WeftColor dim = look->selected ? palette->accent_text : palette->dim_text;
  WeftTextRole role = look->selected || look->matched ? WEFT_TEXT_BOLD : WEFT_TEXT_NORMAL;
  g_autofree char *pid = g_strdup_printf ("%u", look->pid);
  double pid_width = weft_style_measure (row->style, pid, WEFT_TEXT_SMALL) + PID_GAP;
  double name_end = MAX (x, MAX (end - pid_width, x + 40 * row->factor));

  x += text_at (row, look->name, role, look->exited ? dim : color, WEFT_ALIGN_START, x,
                name_end - x)
       + PID_GAP;
  if (look->exit_text != NULL)
    x += text_at (row, look->exit_text, WEFT_TEXT_SMALL,
                  look->exit_failed && !look->selected ? palette->error : dim, WEFT_ALIGN_START, x,
                  end - x)
         + PID_GAP;
  if (pid_width - PID_GAP <= end - x)
    x += text_at (row, pid, WEFT_TEXT_SMALL, dim, WEFT_ALIGN_START, x, end - x) + PID_GAP;
  if (look->has_children && !look->expanded && look->n_hidden > 0)
    draw_hidden (row, look, x, end);
}

static void
draw_ground (const Row *row, const WeftTreeRowLook *look)
{
  const WeftPalette *palette = weft_style_get_palette (row->style);
  const WeftRect inner
      = { row->rect->x + 4, row->rect->y, row->rect->width - 8, row->rect->height };
  WeftColor color = 0;

  if (look->selected && look->paint_selection)
    color = palette->accent;
  else if (look->birth > 0)
    color = weft_color_with_alpha (palette->birth,
                                   CLAMP (look->birth, 0, 1) * (palette->birth >> 24) / 255.0);
  if (color == 0)
    return;
  weft_style_rounded_path (row->cr, &inner, 6);
  weft_color_set_source (row->cr, color);
  cairo_fill (row->cr);
}

static void
draw_content (const Row *row, const WeftTreeRowLook *look, const Levels *levels,
              WeftTreeColumns columns)
{
  const WeftPalette *palette = weft_style_get_palette (row->style);
  double glyph = glyph_x (levels, levels->depth);
  double x = row->rect->width - columns_width (row->factor, columns);

  weft_tree_glyph_draw (row->style, row->cr, look->exited ? WEFT_GLYPH_EXITED : look->glyph,
                        mirror (row, glyph, 0), row->middle,
                        look->selected ? palette->accent_text : 0);
  draw_name (row, look, glyph + NAME_GAP, x + free_in_cpu (row, look, columns));
  for (guint i = 0; i < G_N_ELEMENTS (columns_in_order); i++)
    if (columns & columns_in_order[i].column)
      {
        double width = columns_in_order[i].width * row->factor;

        draw_figure (row, look, columns_in_order[i].column, x, width);
        x += width;
      }
}

void
weft_tree_row_draw (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                    const WeftTreeRowLook *look, WeftTreeColumns columns)
{
  const Row row = begin_row (style, cr, rect);
  const Levels levels = get_levels (style, rect->width, columns, look);

  draw_ground (&row, look);
  draw_connectors (&row, look, &levels); /* others hang on them: they do not fade */
  if (look->fade <= 0)
    {
      draw_content (&row, look, &levels, columns);
      return;
    }
  cairo_push_group (cr);
  draw_content (&row, look, &levels, columns);
  cairo_pop_group_to_source (cr);
  cairo_paint_with_alpha (cr, 1 - 0.75 * CLAMP (look->fade, 0, 1));
}

/* A title; the one that is sorted by stands out and has an arrow below it, for
 * beside it there is no room. @x, @width: its column. */
static void
draw_title (const Row *row, const char *title, WeftAlign align, double x, double width,
            gboolean sorted, gboolean descending)
{
  const WeftPalette *palette = weft_style_get_palette (row->style);
  double line = weft_style_get_metrics (row->style)->small_line_height;
  double y = row->middle + line / 2 + 0.5, direction = descending ? 1 : -1;
  double text_width = text_at (row, title, WEFT_TEXT_SMALL_BOLD,
                               sorted ? palette->text : palette->dim_text, align, x, width);
  double center = align == WEFT_ALIGN_END ? x + width - text_width / 2 : x + text_width / 2;

  if (!sorted)
    return;
  center = mirror (row, center, 0);
  y += 2;
  cairo_move_to (row->cr, center - 4, y - direction * 2);
  cairo_line_to (row->cr, center + 4, y - direction * 2);
  cairo_line_to (row->cr, center, y + direction * 2);
  weft_color_set_source (row->cr, palette->text);
  cairo_fill (row->cr);
}

void
weft_tree_header_draw (WeftStyle *style, cairo_t *cr, const WeftRect *rect, WeftTreeColumns columns,
                       WeftTreeColumns sorted, gboolean descending)
{
  const Row row = begin_row (style, cr, rect);
  double x = rect->width - columns_width (row.factor, columns);

  draw_title (&row, C_ ("column", "Process"), WEFT_ALIGN_START, MARGIN, MAX (0, x - MARGIN),
              sorted == WEFT_COLUMN_PROCESS, descending);
  for (guint i = 0; i < G_N_ELEMENTS (columns_in_order); i++)
    {
      double width = columns_in_order[i].width * row.factor;

      if (!(columns & columns_in_order[i].column))
        continue;
      draw_title (&row, g_dpgettext2 (NULL, "column", columns_in_order[i].title), WEFT_ALIGN_END, x,
                  width, sorted == columns_in_order[i].column, descending);
      x += width;
    }
}

gboolean
weft_tree_row_get_extent (WeftStyle *style, double width, WeftTreeColumns columns,
                          WeftTreeColumns column, double *x, double *column_width)
{
  double factor = weft_style_get_metrics (style)->tree_indent / 14;
  double left = MAX (0, width - columns_width (factor, columns)), own = left;

  if (column != WEFT_COLUMN_PROCESS && !(columns & column))
    return FALSE;
  for (guint i = 0; column != WEFT_COLUMN_PROCESS && i < G_N_ELEMENTS (columns_in_order); i++)
    {
      if (!(columns & columns_in_order[i].column))
        continue;
      own = columns_in_order[i].width * factor;
      if (columns_in_order[i].column == column)
        break;
      left += own;
    }
  if (column == WEFT_COLUMN_PROCESS)
    left = 0;
  *x = weft_style_is_rtl (style) ? width - left - own : left;
  *column_width = own;
  return TRUE;
}

gboolean
weft_tree_row_is_expander (WeftStyle *style, double width, WeftTreeColumns columns,
                           const WeftTreeRowLook *look, double x)
{
  const Levels levels = get_levels (style, width, columns, look);
  double at = (weft_style_is_rtl (style) ? width - x : x) - glyph_x (&levels, levels.depth);

  return at >= -(GLYPH + 7) && at <= GLYPH + 4;
}
