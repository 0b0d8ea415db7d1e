/* replace-question.c: see the header. */
#include "replace-question.h"
#include "trace/printable.h"
#include "widget-style.h"
#include <adwaita.h>
#include <glib/gi18n.h>

typedef struct
{
  WeftReplaceFunc answer; /* NULL once it was given */
  gpointer user_data;
} Question;

static void
give_answer (Question *question, gboolean replace)
{
  WeftReplaceFunc answer = question->answer;

  question->answer = NULL;
  if (answer != NULL)
    answer (replace, question->user_data);
}

static void
response_cb (AdwMessageDialog *dialog, const char *response, Question *question)
{
  give_answer (question, g_str_equal (response, "replace"));
}

static void
gone_cb (gpointer data, GObject *dialog)
{
  give_answer (data, FALSE);
  g_free (data);
}

void
weft_replace_question_ask (GtkWindow *parent, const char *path, WeftReplaceFunc answer,
                           gpointer user_data)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *shown = weft_printable_name (name);
  g_autofree char *heading = g_strdup_printf (_ ("Replace “%s”?"), shown);
  GtkWidget *dialog = adw_message_dialog_new (
      parent, heading, _ ("A file of that name is there already. What is in it is lost then."));
  AdwMessageDialog *asking = ADW_MESSAGE_DIALOG (dialog);
  Question *question = g_new0 (Question, 1);

  *question = (Question){ answer, user_data };
  adw_message_dialog_add_responses (asking, "cancel", _ ("_Cancel"), "replace", _ ("_Replace"),
                                    NULL);
  adw_message_dialog_set_response_appearance (asking, "replace", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (asking, "cancel");
  adw_message_dialog_set_close_response (asking, "cancel");
  gtk_window_set_destroy_with_parent (GTK_WINDOW (dialog), TRUE);
  weft_name_buttons (dialog);
  g_signal_connect (dialog, "response", G_CALLBACK (response_cb), question);
  g_object_weak_ref (G_OBJECT (dialog), gone_cb, question);
  gtk_window_present (GTK_WINDOW (dialog));
}
