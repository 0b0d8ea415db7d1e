/* facts-button.c: see the header. A list that is open is left alone, so that it can be
 * read, and copied, while the trace goes on. */
#include "facts-button.h"
#include "widget-style.h"
#include <glib/gi18n.h>

#define WIDTH_CHARS 46

struct _WeftFactsButton
{
  GtkWidget parent_instance;

  GtkWidget *button, *text, *popover, *list;
  GPtrArray *told;
};

G_DEFINE_FINAL_TYPE (WeftFactsButton, weft_facts_button, GTK_TYPE_WIDGET)

static void
weft_facts_button_dispose (GObject *object)
{
  WeftFactsButton *self = WEFT_FACTS_BUTTON (object);

  g_clear_pointer (&self->button, gtk_widget_unparent);
  g_clear_pointer (&self->told, g_ptr_array_unref);
  G_OBJECT_CLASS (weft_facts_button_parent_class)->dispose (object);
}

static void
weft_facts_button_class_init (WeftFactsButtonClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_facts_button_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
fill (WeftFactsButton *self)
{
  GtkWidget *child;

  if (gtk_widget_get_visible (self->popover))
    return;
  while ((child = gtk_widget_get_first_child (self->list)) != NULL)
    gtk_box_remove (GTK_BOX (self->list), child);
  for (guint i = 0; i < self->told->len; i++)
    {
      GtkWidget *label = gtk_label_new (self->told->pdata[i]);

      gtk_label_set_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_width_chars (GTK_LABEL (label), WIDTH_CHARS);
      gtk_label_set_max_width_chars (GTK_LABEL (label), WIDTH_CHARS);
      gtk_label_set_selectable (GTK_LABEL (label), TRUE);
      gtk_label_set_xalign (GTK_LABEL (label), 0);
      gtk_widget_add_css_class (label, "finding");
      gtk_box_append (GTK_BOX (self->list), label);
    }
}

static GtkWidget *
make_popover (WeftFactsButton *self)
{
  GtkWidget *popover = gtk_popover_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *title = gtk_label_new (_ ("What Is Not Told"));
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  self->list = gtk_box_new (GTK_ORIENTATION_VERTICAL, 10);
  gtk_widget_add_css_class (title, "heading");
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_widget_add_css_class (box, "facts");
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scrolled), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scrolled), 320);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), self->list);
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), scrolled);
  gtk_popover_set_child (GTK_POPOVER (popover), box);
  gtk_accessible_update_property (GTK_ACCESSIBLE (popover), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("What is not told"), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (scrolled), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("What is not told"), -1);
  return popover;
}

static void
weft_facts_button_init (WeftFactsButton *self)
{
  GtkWidget *content = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->told = g_ptr_array_new ();
  self->button = gtk_menu_button_new ();
  self->text = gtk_label_new (NULL);
  gtk_box_append (GTK_BOX (content), gtk_image_new_from_icon_name ("dialog-information-symbolic"));
  gtk_box_append (GTK_BOX (content), self->text);
  gtk_menu_button_set_child (GTK_MENU_BUTTON (self->button), content);
  gtk_menu_button_set_direction (GTK_MENU_BUTTON (self->button), GTK_ARROW_UP);
  self->popover = make_popover (self);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (self->button), self->popover);
  g_signal_connect_swapped (self->popover, "closed", G_CALLBACK (fill), self);
  gtk_widget_add_css_class (self->button, "flat");
  gtk_widget_add_css_class (self->button, "strip-button");
  gtk_widget_set_tooltip_text (self->button, _ ("What is not told"));
  gtk_widget_set_parent (self->button, GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

static gboolean
is_as_before (WeftFactsButton *self, GPtrArray *told)
{
  if (told->len != self->told->len)
    return FALSE;
  for (guint i = 0; i < told->len; i++)
    if (!g_str_equal (told->pdata[i], self->told->pdata[i]))
      return FALSE;
  return TRUE;
}

void
weft_facts_button_set (WeftFactsButton *self, GPtrArray *told)
{
  g_autofree char *text = NULL;
  g_autofree char *name = NULL;

  if (is_as_before (self, told))
    return;
  g_ptr_array_unref (self->told);
  self->told = g_ptr_array_ref (told);
  text = g_strdup_printf ("%u", told->len);
  name = g_strdup_printf (_ ("What is not told: %u"), told->len);
  gtk_label_set_text (GTK_LABEL (self->text), text);
  weft_name_menu_button (self->button, name);
  gtk_widget_set_visible (GTK_WIDGET (self), told->len > 0);
  fill (self);
}
