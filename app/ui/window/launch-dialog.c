/* launch-dialog.c: see the header. */
#include "launch-dialog.h"
#include "session/launch-command.h"
#include "widget-style.h"
#include <glib/gi18n.h>

typedef struct
{
  WeftCommandFunc func;
  gpointer user_data;
  GtkWidget *entry;
  GtkWidget *problem;
} Launch;

static void
launch_free (gpointer data, GClosure *closure)
{
  g_free (data);
}

static void
response_cb (GtkDialog *dialog, int response, Launch *self)
{
  g_autofree char *command = g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry)));
  WeftCommandFunc func = response == GTK_RESPONSE_ACCEPT ? self->func : NULL;
  gpointer user_data = self->user_data;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) argv = NULL;

  if (func != NULL && (argv = weft_launch_command_parse (command, &error)) == NULL)
    {
      gtk_label_set_text (GTK_LABEL (self->problem), error->message);
      gtk_widget_set_visible (self->problem, TRUE);
      gtk_widget_grab_focus (self->entry);
      return;
    }
  gtk_window_destroy (GTK_WINDOW (dialog));
  if (func != NULL)
    func (command, user_data);
}

static void
changed_cb (Launch *self)
{
  gtk_widget_set_visible (self->problem, FALSE);
}

static void
fill (Launch *self, GtkBox *box)
{
  GtkWidget *label = gtk_label_new (_ ("Command line; tracing starts before its first event"));

  self->entry = gtk_entry_new ();
  self->problem = gtk_label_new (NULL);
  gtk_widget_add_css_class (GTK_WIDGET (box), "dialog-page");
  gtk_box_set_spacing (box, 12);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_xalign (GTK_LABEL (self->problem), 0);
  gtk_label_set_wrap (GTK_LABEL (self->problem), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (self->problem), 48);
  gtk_widget_add_css_class (self->problem, "error");
  gtk_widget_set_visible (self->problem, FALSE);
  gtk_editable_set_width_chars (GTK_EDITABLE (self->entry), 48);
  gtk_entry_set_activates_default (GTK_ENTRY (self->entry), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Command line"), -1);
  g_signal_connect_swapped (self->entry, "changed", G_CALLBACK (changed_cb), self);
  gtk_box_append (box, label);
  gtk_box_append (box, self->entry);
  gtk_box_append (box, self->problem);
}

void
weft_launch_dialog_show (GtkWindow *parent, WeftCommandFunc func, gpointer user_data)
{
  Launch *self = g_new0 (Launch, 1);
  GtkWidget *dialog
      = gtk_dialog_new_with_buttons (_ ("Launch a Program"), parent,
                                     GTK_DIALOG_MODAL | GTK_DIALOG_USE_HEADER_BAR, _ ("_Cancel"),
                                     GTK_RESPONSE_CANCEL, _ ("_Launch"), GTK_RESPONSE_ACCEPT, NULL);

  self->func = func;
  self->user_data = user_data;
  fill (self, GTK_BOX (gtk_dialog_get_content_area (GTK_DIALOG (dialog))));
  gtk_window_set_destroy_with_parent (GTK_WINDOW (dialog), TRUE);
  weft_name_buttons (dialog);
  gtk_dialog_set_default_response (GTK_DIALOG (dialog), GTK_RESPONSE_ACCEPT);
  g_signal_connect_data (dialog, "response", G_CALLBACK (response_cb), self, launch_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}
