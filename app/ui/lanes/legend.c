/* legend.c: see the header. It wraps where a window is narrow: what a colour means
 * must not be cut off. */
#include "legend.h"
#include "widget-style.h"
#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

struct _WeftLegendWidget
{
  GtkWidget parent_instance;

  WeftLegend legend;
};

G_DEFINE_FINAL_TYPE (WeftLegendWidget, weft_legend, GTK_TYPE_WIDGET)

static void
weft_legend_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  g_autoptr (WeftStyle) style = weft_widget_style_new (widget);
  WeftRect rect = { 0, 0, width, height };
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));

  weft_legend_draw (style, cr, &rect, &WEFT_LEGEND (widget)->legend);
  cairo_destroy (cr);
}

static GtkSizeRequestMode
weft_legend_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
weft_legend_measure_widget (GtkWidget *widget, GtkOrientation orientation, int for_size,
                            int *minimum, int *natural, int *minimum_baseline,
                            int *natural_baseline)
{
  const WeftLegend *legend = &WEFT_LEGEND (widget)->legend;
  g_autoptr (WeftStyle) style = weft_widget_style_new (widget);
  double width = for_size >= 0 ? for_size : G_MAXINT;

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = (int)ceil (weft_legend_measure_least_width (style, legend));
      *natural = MAX (*minimum, (int)ceil (weft_legend_measure_width (style, legend)));
    }
  else
    {
      *minimum = *natural = (int)ceil (weft_legend_measure (style, legend, width));
    }
}

static void
weft_legend_class_init (WeftLegendWidgetClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = weft_legend_snapshot;
  widget_class->get_request_mode = weft_legend_get_request_mode;
  widget_class->measure = weft_legend_measure_widget;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
weft_legend_init (WeftLegendWidget *self)
{
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark",
                           G_CALLBACK (gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::high-contrast",
                           G_CALLBACK (gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Legend of the states' colours"), -1);
}

void
weft_legend_show (WeftLegendWidget *self, const WeftLegend *legend)
{
  g_autofree char *before = weft_legend_describe (&self->legend);
  g_autofree char *text = weft_legend_describe (legend);

  g_return_if_fail (WEFT_IS_LEGEND (self));
  self->legend = *legend;
  if (strcmp (text, before) == 0)
    return;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text,
                                  -1);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}
