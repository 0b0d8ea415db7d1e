/* widget-style.h: what widgets of ours have in common: the painters' style with
 * their fonts, direction, scale and colours, and clean names for the ear. */
#pragma once
#include <gtk/gtk.h>
#include "draw/style.h"

G_BEGIN_DECLS

/* Light, dark or high contrast, as libadwaita sees it now. */
WeftScheme weft_widget_scheme (void);

/* Returns: (transfer full): of this moment; make a new one when the font, the
 * scale, the direction or the scheme changes */
WeftStyle *weft_widget_style_new (GtkWidget *widget);

/* A button with a mnemonic has two names, which are read one after the other: its
 * text with the underscore, and its label. Below @root, only the label stays. */
void weft_name_buttons (GtkWidget *root);

/* A GtkMenuButton names the button that is in it, too. */
void weft_name_menu_button (GtkWidget *button, const char *name);

G_END_DECLS
