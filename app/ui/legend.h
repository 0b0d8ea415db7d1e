/* legend.h: what the colours mean, below the lanes. */
#pragma once
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WEFT_TYPE_LEGEND (weft_legend_get_type ())
G_DECLARE_FINAL_TYPE (WeftLegendWidget, weft_legend, WEFT, LEGEND_WIDGET, GtkWidget)

G_END_DECLS
