/* widget-style.c: see the header. */
#include "widget-style.h"

#include <adwaita.h>

WeftScheme
weft_widget_scheme (void)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();

  return weft_scheme_for (adw_style_manager_get_dark (manager),
                          adw_style_manager_get_high_contrast (manager));
}

WeftStyle *
weft_widget_style_new (GtkWidget *widget)
{
  /* a context of its own: the widget's changes under the layouts that are kept */
  PangoContext *context = gtk_widget_create_pango_context (widget);
  WeftStyle *style
      = weft_style_new (context, weft_widget_scheme (), gtk_widget_get_scale_factor (widget));

  g_object_unref (context);
  return style;
}

void
weft_name_buttons (GtkWidget *root)
{
  if (GTK_IS_BUTTON (root) && gtk_button_get_use_underline (GTK_BUTTON (root)))
    gtk_accessible_reset_property (GTK_ACCESSIBLE (root), GTK_ACCESSIBLE_PROPERTY_LABEL);
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    weft_name_buttons (child);
}

void
weft_name_menu_button (GtkWidget *button, const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}
