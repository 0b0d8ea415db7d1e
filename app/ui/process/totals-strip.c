/* totals-strip.c: see the header. One widget that draws, not labels: a label
 * that gets another text makes GTK measure the whole window anew, each second. */
#include "totals-strip.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define N_FIGURES 6
#define N_COLUMNS 3
#define N_ROWS (N_FIGURES / N_COLUMNS)
#define MARGIN_X 16.0
#define MARGIN_Y 2.0
#define ROW_GAP 4.0

/* In the order in which they are shown. */
enum
{
  TASKS,
  RUNNING,
  FORKS,
  EXITS,
  SWITCHES,
  LOST,
  BUSY /* in the place of RUNNING, for a recording has no now */
};

struct _WeftTotalsStrip
{
  GtkWidget parent_instance;

  WeftStyle *style;
  WeftTotalsFigures figures;
  char *values[N_FIGURES];
};

G_DEFINE_FINAL_TYPE (WeftTotalsStrip, weft_totals_strip, GTK_TYPE_WIDGET)

static const struct
{
  const char *caption;
  const char *explanation;
} texts[N_FIGURES + 1] = {
  [TASKS] = { NC_ ("totals", "tasks"), N_ ("Processes, kernel threads included") },
  [RUNNING] = { NC_ ("totals", "running"), N_ ("Threads on a CPU or waiting for one") },
  [FORKS] = { NC_ ("totals", "forks/s"), N_ ("New processes and threads per second") },
  [EXITS] = { NC_ ("totals", "exits/s"), N_ ("Ended processes and threads per second") },
  [SWITCHES] = { NC_ ("totals", "switches/s"), N_ ("Changes of the running thread per second") },
  [LOST] = { NC_ ("totals", "lost"), N_ ("Events that the trace lost") },
  [BUSY] = { NC_ ("totals", "CPUs busy"), N_ ("On average over the recording") },
};

/* Index of the texts that belong to figure @i. */
static guint
meaning (WeftTotalsStrip *self, guint i)
{
  return i == RUNNING && self->figures.running < 0 && self->figures.busy >= 0 ? BUSY : i;
}

char *
weft_totals_format_rate (double per_second)
{
  if (per_second < 0)
    return g_strdup ("–");
  if (per_second > 0 && per_second < 0.95)
    return g_strdup ("<1");
  if (per_second < 999.5)
    return g_strdup_printf ("%.0f", per_second);
  if (per_second < 9950)
    return g_strdup_printf (_ ("%.1f k"), per_second / 1e3);
  if (per_second < 999500)
    return g_strdup_printf (_ ("%.0f k"), per_second / 1e3);
  return g_strdup_printf (_ ("%.1f M"), per_second / 1e6);
}

static double
row_height (WeftTotalsStrip *self)
{
  const WeftMetrics *metrics = weft_style_get_metrics (self->style);

  return metrics->line_height + metrics->small_line_height;
}

static double
strip_height (WeftTotalsStrip *self)
{
  return N_ROWS * row_height (self) + (N_ROWS - 1) * ROW_GAP + 2 * MARGIN_Y;
}

static void
weft_totals_strip_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                           int *minimum, int *natural, int *minimum_baseline, int *natural_baseline)
{
  WeftTotalsStrip *self = WEFT_TOTALS_STRIP (widget);

  *minimum = *natural = 0;
  if (self->style == NULL)
    return;
  if (orientation == GTK_ORIENTATION_VERTICAL)
    *minimum = *natural = (int)ceil (strip_height (self));
  else
    *natural = (int)ceil (20 * weft_style_get_metrics (self->style)->line_height);
}

/* The cell of figure @i, mirrored where text runs from the right. */
static WeftRect
cell (WeftTotalsStrip *self, guint i)
{
  double width = (gtk_widget_get_width (GTK_WIDGET (self)) - 2 * MARGIN_X) / N_COLUMNS;
  guint column = i % N_COLUMNS, row = i / N_COLUMNS;

  if (weft_style_is_rtl (self->style))
    column = N_COLUMNS - 1 - column;
  return (WeftRect){ .x = MARGIN_X + column * width,
                     .y = MARGIN_Y + row * (row_height (self) + ROW_GAP),
                     .width = width,
                     .height = row_height (self) };
}

static void
draw_figure (WeftTotalsStrip *self, cairo_t *cr, guint i)
{
  const WeftPalette *palette = weft_style_get_palette (self->style);
  const WeftMetrics *metrics = weft_style_get_metrics (self->style);
  gboolean alarming = i == LOST && self->figures.lost > 0;
  WeftRect rect = cell (self, i);

  weft_style_draw_text (self->style, cr, self->values[i], WEFT_TEXT_BOLD,
                        alarming ? palette->error : palette->text, WEFT_ALIGN_START, rect.x,
                        rect.y + metrics->line_height / 2, rect.width - 4);
  weft_style_draw_text (self->style, cr,
                        g_dpgettext2 (NULL, "totals", texts[meaning (self, i)].caption),
                        WEFT_TEXT_SMALL, alarming ? palette->error : palette->dim_text,
                        WEFT_ALIGN_START, rect.x,
                        rect.y + metrics->line_height + metrics->small_line_height / 2,
                        rect.width - 4);
}

static void
weft_totals_strip_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftTotalsStrip *self = WEFT_TOTALS_STRIP (widget);
  graphene_rect_t area = GRAPHENE_RECT_INIT (0, 0, (float)gtk_widget_get_width (widget),
                                             (float)gtk_widget_get_height (widget));
  cairo_t *cr;

  if (self->style == NULL || self->values[0] == NULL)
    return;
  cr = gtk_snapshot_append_cairo (snapshot, &area);
  for (guint i = 0; i < N_FIGURES; i++)
    draw_figure (self, cr, i);
  cairo_destroy (cr);
}

static gboolean
query_tooltip_cb (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip,
                  gpointer user_data)
{
  WeftTotalsStrip *self = WEFT_TOTALS_STRIP (widget);

  for (guint i = 0; self->style != NULL && i < N_FIGURES; i++)
    {
      WeftRect rect = cell (self, i);

      if (x < rect.x || x >= rect.x + rect.width || y < rect.y || y >= rect.y + rect.height)
        continue;
      if (i == TASKS && self->figures.threads > 0)
        {
          g_autofree char *text
              = g_strdup_printf (ngettext ("%s, with %u thread in all",
                                           "%s, with %u threads in all", self->figures.threads),
                                 _ (texts[i].explanation), self->figures.threads);

          gtk_tooltip_set_text (tooltip, text);
        }
      else
        {
          gtk_tooltip_set_text (tooltip, _ (texts[meaning (self, i)].explanation));
        }
      return TRUE;
    }
  return FALSE;
}

static void
weft_totals_strip_finalize (GObject *object)
{
  WeftTotalsStrip *self = WEFT_TOTALS_STRIP (object);

  g_clear_pointer (&self->style, weft_style_unref);
  for (guint i = 0; i < N_FIGURES; i++)
    g_free (self->values[i]);
  G_OBJECT_CLASS (weft_totals_strip_parent_class)->finalize (object);
}

static void
weft_totals_strip_class_init (WeftTotalsStripClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = weft_totals_strip_finalize;
  widget_class->measure = weft_totals_strip_measure;
  widget_class->snapshot = weft_totals_strip_snapshot;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_STATUS);
  gtk_widget_class_set_css_name (widget_class, "totals");
}

static void
weft_totals_strip_init (WeftTotalsStrip *self)
{
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (query_tooltip_cb), NULL);
}

GtkWidget *
weft_totals_strip_new (void)
{
  return g_object_new (WEFT_TYPE_TOTALS_STRIP, NULL);
}

void
weft_totals_strip_set_style (WeftTotalsStrip *self, WeftStyle *style)
{
  g_return_if_fail (WEFT_IS_TOTALS_STRIP (self));
  g_clear_pointer (&self->style, weft_style_unref);
  self->style = weft_style_ref (style);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static void
set_accessible_label (WeftTotalsStrip *self)
{
  GString *label = g_string_new (NULL);

  for (guint i = 0; i < N_FIGURES; i++)
    g_string_append_printf (label, "%s%s %s", i > 0 ? ", " : "", self->values[i],
                            g_dpgettext2 (NULL, "totals", texts[meaning (self, i)].caption));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label->str,
                                  -1);
  g_string_free (label, TRUE);
}

void
weft_totals_strip_set_figures (WeftTotalsStrip *self, const WeftTotalsFigures *figures)
{
  char *values[N_FIGURES];
  gboolean changed = FALSE;

  g_return_if_fail (WEFT_IS_TOTALS_STRIP (self));
  self->figures = *figures;
  values[TASKS] = g_strdup_printf ("%u", figures->tasks);
  values[RUNNING] = figures->running >= 0 ? g_strdup_printf ("%d", figures->running)
                    : figures->busy >= 0  ? g_strdup_printf ("%.1f", figures->busy)
                                          : g_strdup ("–");
  values[FORKS] = weft_totals_format_rate (figures->forks);
  values[EXITS] = weft_totals_format_rate (figures->exits);
  values[SWITCHES] = weft_totals_format_rate (figures->switches);
  values[LOST] = weft_totals_format_rate ((double)figures->lost);
  for (guint i = 0; i < N_FIGURES; i++)
    {
      changed = changed || g_strcmp0 (values[i], self->values[i]) != 0;
      g_free (self->values[i]);
      self->values[i] = values[i];
    }
  if (!changed)
    return;
  set_accessible_label (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
