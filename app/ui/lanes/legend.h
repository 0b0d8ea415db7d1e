/* legend.h: what the colours below the lanes mean. In: the states and marks that
 * are in view. Out: a widget that names each of them once, on as many rows as that
 * takes. */
#pragma once
#include "draw/legend-painter.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WEFT_TYPE_LEGEND (weft_legend_get_type ())
G_DECLARE_FINAL_TYPE (WeftLegendWidget, weft_legend, WEFT, LEGEND, GtkWidget)

/* Copies @legend. */
void weft_legend_show (WeftLegendWidget *self, const WeftLegend *legend);

G_END_DECLS
