/* legend.c: see the header. Names every family of states once. */
#include "legend.h"
#include "draw/legend-painter.h"
#include "widget-style.h"
#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

struct _WeftLegendWidget
{
  GtkWidget parent_instance;
};

G_DEFINE_FINAL_TYPE (WeftLegendWidget, weft_legend, GTK_TYPE_WIDGET)

static const WeftLegend legend = {
  .states = WEFT_STATE_BIT (WEFT_STATE_RUNNING) | WEFT_STATE_BIT (WEFT_STATE_RUNNABLE)
            | WEFT_STATE_BIT (WEFT_STATE_LOCK) | WEFT_STATE_BIT (WEFT_STATE_DISK)
            | WEFT_STATE_BIT (WEFT_STATE_EVENT) | WEFT_STATE_BIT (WEFT_STATE_STOPPED),
};

static void
weft_legend_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  g_autoptr (WeftStyle) style = weft_widget_style_new (widget);
  WeftRect rect = { 0, 0, width, height };
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));

  weft_legend_draw (style, cr, &rect, &legend);
  cairo_destroy (cr);
}

static void
weft_legend_measure_widget (GtkWidget *widget, GtkOrientation orientation, int for_size,
                            int *minimum, int *natural, int *minimum_baseline,
                            int *natural_baseline)
{
  g_autoptr (WeftStyle) style = weft_widget_style_new (widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = 120;
      *natural = (int)ceil (weft_legend_measure_width (style, &legend));
    }
  else
    {
      *minimum = *natural = (int)ceil (weft_legend_measure (style, &legend, 1e6));
    }
}

static void
weft_legend_class_init (WeftLegendWidgetClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = weft_legend_snapshot;
  widget_class->measure = weft_legend_measure_widget;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
weft_legend_init (WeftLegendWidget *self)
{
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark",
                           G_CALLBACK (gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Legend of the states' colours"), -1);
}
