/* list-focus.c: see the header. */
#include "list-focus.h"

static gboolean
focus_beside (GtkWidget *list, GtkDirectionType direction)
{
  for (GtkWidget *at = list; at != NULL; at = gtk_widget_get_parent (at))
    {
      GtkWidget *sibling = at;

      while ((sibling = direction == GTK_DIR_TAB_FORWARD ? gtk_widget_get_next_sibling (sibling)
                                                         : gtk_widget_get_prev_sibling (sibling))
             != NULL)
        if (gtk_widget_get_child_visible (sibling) && gtk_widget_child_focus (sibling, direction))
          return TRUE;
    }
  return FALSE;
}

gboolean
weft_list_focus_leave (GtkWidget *list, guint keyval, GdkModifierType modifiers)
{
  gboolean back = keyval == GDK_KEY_ISO_Left_Tab || (modifiers & GDK_SHIFT_MASK) != 0;
  GtkDirectionType direction = back ? GTK_DIR_TAB_BACKWARD : GTK_DIR_TAB_FORWARD;
  GtkRoot *root = gtk_widget_get_root (list);

  if (keyval != GDK_KEY_Tab && keyval != GDK_KEY_ISO_Left_Tab && keyval != GDK_KEY_KP_Tab)
    return FALSE;
  if (!focus_beside (list, direction))
    {
      /* round the window, as GTK does */
      gtk_root_set_focus (root, NULL);
      gtk_widget_child_focus (GTK_WIDGET (root), direction);
    }
  return TRUE;
}
