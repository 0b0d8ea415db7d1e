/* widget-style.h: the painters' style for a widget: its fonts, its direction,
 * its scale, and the colours that the desktop asks for. */
#pragma once
#include <gtk/gtk.h>
#include "draw/style.h"

G_BEGIN_DECLS

/* Light, dark or high contrast, as libadwaita sees it now. */
WeftScheme weft_widget_scheme (void);

/* Returns: (transfer full): of this moment; make a new one when the font, the
 * scale, the direction or the scheme changes */
WeftStyle *weft_widget_style_new (GtkWidget *widget);

G_END_DECLS
