/* list-focus.h: Tab leaves a list instead of going through its rows, of which
 * there may be thousands; GTK before 4.12 does not know how. In: Tab in a list.
 * Out: the focus on what comes before or after it. */
#pragma once
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Handles @keyval when it is Tab or Shift+Tab. Returns: whether it was */
gboolean weft_list_focus_leave (GtkWidget *list, guint keyval, GdkModifierType modifiers);

G_END_DECLS
