/* image-compose.c: a page of title, time axis, groups with their lanes, legend
 * and footer. A plan goes in; what each lane shows is laid out as it is
 * painted, one lane at a time, so that memory does not grow with the picture. */
#include "image-compose.h"
#include "trace/duration.h"

#include <glib/gi18n.h>
#include <math.h>

#include "draw/header-painter.h"
#include "draw/lane-marks.h"
#include "draw/legend-painter.h"
#include "draw/mark-painter.h"
#include "draw/ruler-painter.h"
#include "image-lane.h"

#define DEFAULT_WIDTH 1280
#define MARGIN 15.0
#define END_MARGIN 15.0
#define GROUP_GAP 0.0

struct _WeftImagePage
{
  WeftTraceStore *store;
  const WeftImagePlan *plan;
  const WeftImageOptions *options;
  WeftStyle *style;
  gboolean vector;
  double width, height;
  double title_height, lanes_height, legend_height, footer_height;
  guint n_rows; /* that fit */
  WeftLaneMarks *marks;
  WeftLegend legend;
  char *more; /* (nullable) what did not fit */
};

static double
row_height (const WeftImagePage *self, const WeftImageRow *row)
{
  const WeftMetrics *metrics = weft_style_get_metrics (self->style);

  switch (row->kind)
    {
    case WEFT_IMAGE_ROW_LANE:
    case WEFT_IMAGE_ROW_SUMMARY:
      return metrics->lane_height;
    case WEFT_IMAGE_ROW_GROUP:
    case WEFT_IMAGE_ROW_NOTE:
    default:
      return metrics->group_height;
    }
}

static const WeftImageRow *
row_at (const WeftImagePage *self, guint i)
{
  return &g_array_index (self->plan->rows, WeftImageRow, i);
}

/* The ids of rows that fit into @room, and a sentence about the others. */
static void
choose_rows (WeftImagePage *self, double room)
{
  double note = weft_style_get_metrics (self->style)->group_height;
  guint n = self->plan->rows->len, left_out = 0;
  double total = 0, fitting = 0;

  for (guint i = 0; i < n; i++)
    total += row_height (self, row_at (self, i));
  self->n_rows = n;
  self->lanes_height = total;
  if (total <= room)
    return;
  for (self->n_rows = 0; self->n_rows < n; self->n_rows++)
    {
      double height = row_height (self, row_at (self, self->n_rows));
      if (fitting + height + note > room)
        break;
      fitting += height;
    }
  /* a group without a lane says nothing */
  while (self->n_rows > 0 && row_at (self, self->n_rows - 1)->kind == WEFT_IMAGE_ROW_GROUP)
    fitting -= row_height (self, row_at (self, --self->n_rows));
  for (guint i = self->n_rows; i < n; i++)
    left_out += row_at (self, i)->kind == WEFT_IMAGE_ROW_LANE
                || row_at (self, i)->kind == WEFT_IMAGE_ROW_SUMMARY;
  self->lanes_height = fitting + note;
  self->more = g_strdup_printf (ngettext ("%u more lane does not fit this height",
                                          "%u more lanes do not fit this height", left_out),
                                left_out);
}

static WeftTimeScale
axis_of (const WeftImagePage *self)
{
  double header = weft_style_get_metrics (self->style)->header_width;

  return (WeftTimeScale){ self->plan->from_ns, self->plan->to_ns,
                          (guint)MAX (1, self->width - header - END_MARGIN) };
}

/* The marks of the range, and those of them that the rows show, for the legend. */
static void
take_marks (WeftImagePage *self)
{
  const WeftTimeScale axis = axis_of (self);
  const WeftMark *marks;
  gsize n;

  weft_trace_store_begin_read (self->store);
  marks = weft_trace_store_get_trace_marks (self->store, &n);
  self->marks = weft_lane_marks_new (marks, n, &axis);
  for (guint i = 0; i < self->plan->rows->len; i++)
    if (row_at (self, i)->kind == WEFT_IMAGE_ROW_LANE)
      weft_lane_marks_add_thread (self->marks, self->store, row_at (self, i)->thread, &axis);
  weft_lane_marks_add_gaps (self->marks, marks, n, &axis);
  weft_trace_store_end_read (self->store);
  self->legend = self->plan->legend;
  self->legend.loss = weft_lane_marks_has (self->marks, WEFT_MARK_LOST);
  for (guint i = 0; i < self->plan->rows->len; i++)
    if (row_at (self, i)->kind == WEFT_IMAGE_ROW_LANE)
      weft_legend_add_marks (&self->legend, self->marks, row_at (self, i)->thread);
}

static double
outer_height (const WeftImagePage *self)
{
  const WeftMetrics *metrics = weft_style_get_metrics (self->style);

  return self->title_height + metrics->ruler_height + self->legend_height + self->footer_height;
}

static void
measure (WeftImagePage *self)
{
  const WeftMetrics *metrics = weft_style_get_metrics (self->style);
  double wanted = self->options->height_px;

  self->width = self->options->width_px != 0 ? self->options->width_px : DEFAULT_WIDTH;
  self->title_height = round (metrics->line_height * 1.25 + metrics->small_line_height + 20);
  take_marks (self);
  self->legend_height = weft_legend_measure (self->style, &self->legend, self->width) + 4;
  self->footer_height = round (metrics->small_line_height + 12);
  choose_rows (self, wanted > 0 ? MAX (0, wanted - outer_height (self)) : G_MAXDOUBLE);
  self->height = outer_height (self) + self->lanes_height;
  if (wanted > self->height)
    self->height = wanted;
}

/* Before anything is measured. */
static gboolean
check_wish (const WeftImageOptions *options, GError **error)
{
  return (options->width_px == 0 || weft_image_check_width (options->width_px, error))
         && (options->height_px == 0 || weft_image_check_height (options->height_px, error))
         && (options->scale == 0 || weft_image_check_scale (options->scale, error));
}

static gboolean
check_size (const WeftImagePage *self, GError **error)
{
  double least = ceil (outer_height (self) + weft_style_get_metrics (self->style)->group_height);
  double scale = self->options->scale > 0 ? self->options->scale : 1;
  double width = ceil (self->width * scale), height = ceil (self->height * scale);

  if (self->options->height_px != 0 && self->options->height_px < least)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _ ("A picture of %d pixels in height has no room for a lane: choose %.0f or "
                      "more."),
                   self->options->height_px, least);
      return FALSE;
    }
  if (width > WEFT_IMAGE_MAX_PX || height > WEFT_IMAGE_MAX_PX)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _ ("The picture would be %.0f × %.0f pixels, and no side may be longer than "
                      "%d. %s"),
                   width, height, WEFT_IMAGE_MAX_PX,
                   self->options->if_too_large != NULL
                       ? self->options->if_too_large
                       : _ ("Choose fewer processes, a smaller scale, or a fixed height."));
      return FALSE;
    }
  if (!self->vector && width * height > WEFT_IMAGE_MAX_AREA_PX)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _ ("The picture would have %.0f million pixels, and %d million is the most. "
                      "Choose a smaller scale, or a format of vectors: svg or pdf."),
                   width * height / 1e6, WEFT_IMAGE_MAX_AREA_PX / 1000000);
      return FALSE;
    }
  return TRUE;
}

WeftImagePage *
weft_image_page_new (WeftTraceStore *store, const WeftImagePlan *plan,
                     const WeftImageOptions *options, WeftStyle *style, gboolean vector,
                     GError **error)
{
  g_autoptr (WeftImagePage) self = g_new0 (WeftImagePage, 1);

  self->store = g_object_ref (store);
  self->plan = plan;
  self->options = options;
  self->style = weft_style_ref (style);
  self->vector = vector;
  if (!check_wish (options, error))
    return NULL;
  measure (self);
  if (!check_size (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
weft_image_page_free (WeftImagePage *self)
{
  if (self == NULL)
    return;
  g_clear_object (&self->store);
  weft_style_unref (self->style);
  weft_lane_marks_free (self->marks);
  g_free (self->more);
  g_free (self);
}

double
weft_image_page_get_width (const WeftImagePage *self)
{
  return self->width;
}

double
weft_image_page_get_height (const WeftImagePage *self)
{
  return ceil (self->height);
}

static void
draw_title (WeftImagePage *self, cairo_t *cr)
{
  const WeftPalette *palette = weft_style_get_palette (self->style);
  const WeftMetrics *metrics = weft_style_get_metrics (self->style);
  double width = self->width - 2 * MARGIN, first = metrics->line_height * 1.25;

  weft_style_draw_text (self->style, cr, self->plan->title, WEFT_TEXT_TITLE, palette->text,
                        WEFT_ALIGN_START, MARGIN, 10 + first / 2, width);
  weft_style_draw_text (self->style, cr, self->plan->subtitle, WEFT_TEXT_SMALL, palette->dim_text,
                        WEFT_ALIGN_START, MARGIN, 12 + first + metrics->small_line_height / 2,
                        width);
}

/* The part of the page's width that belongs to time: names stand at its start. */
static WeftRect
time_area (const WeftImagePage *self, double y, double height)
{
  double header = weft_style_get_metrics (self->style)->header_width;
  gboolean rtl = weft_style_is_rtl (self->style);

  return (WeftRect){ rtl ? END_MARGIN : header, y, self->width - header - END_MARGIN, height };
}

static WeftRect
header_area (const WeftImagePage *self, double y, double height)
{
  double header = weft_style_get_metrics (self->style)->header_width;

  return (WeftRect){ weft_style_is_rtl (self->style) ? self->width - header : 0, y, header,
                     height };
}

static void
draw_note (WeftImagePage *self, cairo_t *cr, double y, const char *text)
{
  double height = weft_style_get_metrics (self->style)->group_height;

  weft_style_draw_text (self->style, cr, text, WEFT_TEXT_SMALL,
                        weft_style_get_palette (self->style)->dim_text, WEFT_ALIGN_START, MARGIN,
                        y + height / 2, self->width - 2 * MARGIN);
}

/* Without the notes below the lanes. */
static double
lanes_alone_height (const WeftImagePage *self)
{
  double height = 0;

  for (guint i = 0; i < self->n_rows; i++)
    if (row_at (self, i)->kind != WEFT_IMAGE_ROW_NOTE)
      height += row_height (self, row_at (self, i));
  return height;
}

static gboolean
draw_lane_row (WeftImagePage *self, cairo_t *cr, const WeftImageRow *row, double y, GError **error)
{
  const WeftPalette *palette = weft_style_get_palette (self->style);
  double height = row_height (self, row), hairline = weft_style_hairline (self->style);
  const WeftRect names = header_area (self, y, height), lane = time_area (self, y, height);

  weft_lane_header_draw (self->style, cr, &names,
                         &(WeftLaneHeader){ .name = row->name,
                                            .detail = row->detail,
                                            .share = row->share,
                                            .unknown = row->unknown,
                                            .faded = row->ended });
  weft_style_fill (cr, &(WeftRect){ 0, y + height - hairline, self->width, hairline },
                   palette->line);
  if (!weft_image_lane_draw (self->store, self->plan, row, self->style, cr, &lane, self->vector,
                             error))
    return FALSE;
  if (row->kind == WEFT_IMAGE_ROW_LANE)
    weft_lane_marks_draw (self->marks, self->style, cr, &lane, row->thread);
  return TRUE;
}

static gboolean
draw_rows (WeftImagePage *self, cairo_t *cr, double y, GCancellable *cancellable, GError **error)
{
  for (guint i = 0; i < self->n_rows; i++)
    {
      const WeftImageRow *row = row_at (self, i);
      double height = row_height (self, row);

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (row->kind == WEFT_IMAGE_ROW_GROUP)
        weft_group_header_draw (self->style, cr, &(WeftRect){ 0, y, self->width, height },
                                &(WeftGroupHeader){
                                    .name = row->name, .details = row->detail, .expanded = TRUE });
      else if (row->kind == WEFT_IMAGE_ROW_NOTE)
        draw_note (self, cr, y, row->name);
      else if (!draw_lane_row (self, cr, row, y, error))
        return FALSE;
      y += height;
    }
  if (self->more != NULL)
    draw_note (self, cr, y, self->more);
  return TRUE;
}

static double
x_of (const WeftImagePage *self, const WeftRect *area, guint64 time_ns)
{
  const WeftImagePlan *plan = self->plan;
  guint64 time = CLAMP (time_ns, plan->from_ns, plan->to_ns);

  return area->x + (double)(time - plan->from_ns) / (plan->to_ns - plan->from_ns) * area->width;
}

static gboolean
has_selection (const WeftImagePage *self)
{
  const WeftImageOptions *options = self->options;

  return options->selection_to_ns > options->selection_from_ns
         && options->selection_to_ns > self->plan->from_ns
         && options->selection_from_ns < self->plan->to_ns;
}

static void
draw_axis (WeftImagePage *self, cairo_t *cr, const WeftRect *ruler, const WeftRulerRange *range)
{
  guint64 from = self->options->selection_from_ns, to = self->options->selection_to_ns;
  g_autofree char *label = NULL;

  if (!has_selection (self))
    {
      weft_ruler_draw (self->style, cr, ruler, range);
      return;
    }
  label = weft_format_duration (to - from);
  weft_ruler_draw_with_pill (self->style, cr, ruler, range, x_of (self, ruler, from) - ruler->x,
                             x_of (self, ruler, to) - ruler->x, label);
}

static void
draw_selection (WeftImagePage *self, cairo_t *cr, const WeftRect *lanes)
{
  double left = x_of (self, lanes, self->options->selection_from_ns);
  double right = x_of (self, lanes, self->options->selection_to_ns);

  if (has_selection (self))
    weft_mark_draw_range (self->style, cr,
                          &(WeftRect){ left, lanes->y, right - left, lanes->height });
}

static void
draw_foot (WeftImagePage *self, cairo_t *cr)
{
  const WeftPalette *palette = weft_style_get_palette (self->style);
  double y = self->height - self->footer_height - self->legend_height;

  weft_style_fill (cr, &(WeftRect){ 0, y, self->width, self->legend_height }, palette->band);
  weft_legend_draw (self->style, cr, &(WeftRect){ 0, y + 2, self->width, self->legend_height - 2 },
                    &self->legend);
  weft_style_draw_text (self->style, cr, self->plan->footer, WEFT_TEXT_SMALL, palette->dim_text,
                        WEFT_ALIGN_START, MARGIN, self->height - self->footer_height / 2,
                        self->width - 2 * MARGIN);
}

gboolean
weft_image_page_draw (WeftImagePage *self, cairo_t *cr, GCancellable *cancellable, GError **error)
{
  const WeftImagePlan *plan = self->plan;
  const WeftRulerRange range = { plan->from_ns, plan->to_ns, plan->start_ns };
  const WeftRect ruler
      = time_area (self, self->title_height, weft_style_get_metrics (self->style)->ruler_height);
  const WeftRect grid = time_area (self, ruler.y + ruler.height, lanes_alone_height (self));

  weft_style_fill (cr, &(WeftRect){ 0, 0, self->width, ceil (self->height) },
                   weft_style_get_palette (self->style)->background);
  draw_title (self, cr);
  draw_axis (self, cr, &ruler, &range);
  weft_ruler_draw_grid (self->style, cr, &grid, &range);
  if (!draw_rows (self, cr, grid.y, cancellable, error))
    return FALSE;
  weft_lane_marks_draw (self->marks, self->style, cr, &grid, WEFT_NO_ID);
  draw_selection (self, cr, &grid);
  draw_foot (self, cr);
  return TRUE;
}
