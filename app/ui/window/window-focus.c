/* window-focus.c: the keyboard stays on a thing. In: what has the focus. Out: another focus,
 * where what had it went away (a menu, a page, a button that makes no sense any more) and
 * GTK gave it to the next container around, which has no name and takes no key. It goes
 * back to the tree when it was there or there are no lanes yet, else to what is looked at. */
#include "window-private.h"

/* What takes the focus only for what is inside. */
static gboolean
is_holder (GtkWidget *widget)
{
  return widget == NULL || GTK_IS_PANED (widget) || GTK_IS_SCROLLED_WINDOW (widget)
         || GTK_IS_LIST_VIEW (widget);
}

/* A person may well go to the handle of a pane, or scroll a page: from what is still there. */
static gboolean
is_gone (GtkWidget *widget)
{
  return widget == NULL || !gtk_widget_get_mapped (widget) || !gtk_widget_is_sensitive (widget);
}

static void
focus_main (WeftWindow *self)
{
  gboolean lanes = gtk_widget_get_mapped (GTK_WIDGET (self->lanes));

  if (!self->focus.in_tree && lanes && gtk_widget_grab_focus (GTK_WIDGET (self->lanes)))
    return;
  weft_process_pane_focus_row (self->processes);
}

static gboolean
rescue_cb (gpointer user_data)
{
  WeftWindow *self = user_data;

  self->focus.rescue = 0;
  if (is_holder (gtk_window_get_focus (GTK_WINDOW (self))) && is_gone (self->focus.last))
    focus_main (self);
  return G_SOURCE_REMOVE;
}

static void
forget_last (WeftWindow *self)
{
  if (self->focus.last != NULL)
    g_object_remove_weak_pointer (G_OBJECT (self->focus.last), (gpointer *)&self->focus.last);
  self->focus.last = NULL;
}

static void
focus_cb (WeftWindow *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  if (!is_holder (focus))
    {
      forget_last (self);
      self->focus.last = focus;
      g_object_add_weak_pointer (G_OBJECT (focus), (gpointer *)&self->focus.last);
      self->focus.in_tree = gtk_widget_is_ancestor (focus, GTK_WIDGET (self->processes));
      self->focus.had = TRUE;
    }
  else if (self->focus.had && self->focus.rescue == 0)
    {
      self->focus.rescue = g_idle_add (rescue_cb, self);
    }
}

void
weft_window_watch_focus (WeftWindow *self)
{
  self->focus.handler
      = g_signal_connect (self, "notify::focus-widget", G_CALLBACK (focus_cb), NULL);
}

void
weft_window_unwatch_focus (WeftWindow *self)
{
  g_clear_signal_handler (&self->focus.handler, self);
  g_clear_handle_id (&self->focus.rescue, g_source_remove);
  forget_last (self);
}
