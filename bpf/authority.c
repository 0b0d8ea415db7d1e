/* authority.c: see the header. In: a bus name and an action. Out: yes, or why
 * not. */
#include "authority.h"
#include <glib/gi18n.h>
#include <polkit/polkit.h>

typedef struct
{
  char *sender;
  char *action;
  gboolean interactive;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free (question->sender);
  g_free (question->action);
  g_free (question);
}

static void
deny (GTask *task, const char *message)
{
  g_task_return_new_error (task, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED, "%s", message);
}

static void
deny_because (GTask *task, const char *what, GError *cause)
{
  g_autofree char *message = NULL;

  g_dbus_error_strip_remote_error (cause);
  message = g_strconcat (what, "\n", cause->message, NULL); /* the cause is not the message */
  deny (task, message);
}

static void
checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (PolkitAuthorizationResult) answer
      = polkit_authority_check_authorization_finish (POLKIT_AUTHORITY (source), result, &error);

  if (answer == NULL)
    deny_because (task, _ ("polkit could not decide; try again, or ask who runs this machine"),
                  error);
  else if (polkit_authorization_result_get_is_authorized (answer))
    g_task_return_boolean (task, TRUE);
  else if (polkit_authorization_result_get_dismissed (answer))
    deny (task, WEFT_AUTHORITY_DISMISSED "the question for a password was dismissed");
  else if (polkit_authorization_result_get_is_challenge (answer))
    deny (task, _ ("A password is needed, but nothing can ask for it here. Run in a desktop "
                   "session or a terminal"));
  else
    deny (task, _ ("The rules of this machine do not allow it"));
}

static void
got_authority_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (PolkitAuthority) authority = polkit_authority_get_finish (result, &error);
  const Question *question = g_task_get_task_data (task);
  g_autoptr (PolkitSubject) subject = NULL;

  if (authority == NULL)
    {
      deny_because (task, _ ("polkit cannot be reached; start polkitd, or run as root"), error);
      return;
    }
  subject = polkit_system_bus_name_new (question->sender);
  polkit_authority_check_authorization (
      authority, subject, question->action, NULL,
      question->interactive ? POLKIT_CHECK_AUTHORIZATION_FLAGS_ALLOW_USER_INTERACTION
                            : POLKIT_CHECK_AUTHORIZATION_FLAGS_NONE,
      g_task_get_cancellable (task), checked_cb, g_object_ref (task));
}

void
weft_authority_check_async (const char *sender, const char *action, gboolean interactive,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Question *question = g_new0 (Question, 1);

  question->sender = g_strdup (sender);
  question->action = g_strdup (action);
  question->interactive = interactive;
  g_task_set_task_data (task, question, question_free);
  polkit_authority_get_async (cancellable, got_authority_cb, task);
}

gboolean
weft_authority_check_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
