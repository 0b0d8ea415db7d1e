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

static char *
without_mnemonic (const char *label)
{
  GString *text = g_string_new (NULL);

  for (const char *c = label; *c != '\0'; c++)
    if (*c != '_' || (c > label && c[-1] == '_')) /* two of them are one that is meant */
      g_string_append_c (text, *c);
  return g_string_free (text, FALSE);
}

void
weft_name_dialog_buttons (GtkDialog *dialog)
{
  static const int responses[] = { GTK_RESPONSE_ACCEPT, GTK_RESPONSE_REJECT, GTK_RESPONSE_CANCEL };

  for (guint i = 0; i < G_N_ELEMENTS (responses); i++)
    {
      GtkWidget *button = gtk_dialog_get_widget_for_response (dialog, responses[i]);
      g_autofree char *name = NULL;

      if (button == NULL)
        continue;
      name = without_mnemonic (gtk_button_get_label (GTK_BUTTON (button)));
      gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                      -1);
    }
}
