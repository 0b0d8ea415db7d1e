/* window-banner.c: what the window has to say. In: a sentence, and under it what
 * the system said. Out: a strip below the header bar that can be closed, and that
 * offers another try where one makes sense. */
#include "window-private.h"
#include "trace/printable.h"
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

/* What is hidden is not read aloud either. */
static void
banner_moved_cb (GtkRevealer *banner)
{
  if (!gtk_revealer_get_reveal_child (banner) && !gtk_revealer_get_child_revealed (banner))
    gtk_widget_set_visible (GTK_WIDGET (banner), FALSE);
}

static void
close_banner_cb (WeftWindow *self)
{
  weft_window_untell (self);
}

void
weft_window_tell (WeftWindow *self, const char *message, gboolean retry)
{
  g_autofree char *printable = weft_make_message_printable (message);
  const char *end = strchrnul (printable, '\n');
  g_autofree char *sentence = g_strndup (printable, (gsize)(end - printable));
  g_autofree char *cause = g_strstrip (g_strdup (end));

  gtk_label_set_text (GTK_LABEL (self->banner_text), sentence);
  gtk_label_set_text (GTK_LABEL (self->banner_cause), cause);
  gtk_widget_set_tooltip_text (self->banner_cause, cause);
  gtk_widget_set_visible (self->banner_cause, *cause != '\0');
  gtk_widget_set_visible (self->banner_retry, retry);
  gtk_widget_set_visible (self->banner, TRUE);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->banner), TRUE);
}

void
weft_window_untell (WeftWindow *self)
{
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->banner), FALSE);
  banner_moved_cb (GTK_REVEALER (self->banner));
}

void
weft_window_warn_of_root (WeftWindow *self)
{
  if (geteuid () == 0)
    weft_window_tell (self,
                      _ ("Weftscope runs as root. It need not: started as yourself it asks for "
                         "the right to trace when it needs it."),
                      FALSE);
}

void
weft_window_bind_banner (GtkWidgetClass *klass)
{
  gtk_widget_class_bind_template_callback (klass, close_banner_cb);
  gtk_widget_class_bind_template_callback (klass, banner_moved_cb);
}
