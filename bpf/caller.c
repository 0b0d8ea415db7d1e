/* caller.c: see the header. In: a bus name. Out: its user, whom the bus knows
 * from the socket; nothing that the caller says about itself. */
#include "caller.h"
#include <pwd.h>

typedef struct
{
  GDBusConnection *bus;
  char *sender;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_object_unref (question->bus);
  g_free (question->sender);
  g_free (question);
}

static guint32
find_gid (guint32 uid)
{
  struct passwd entry, *found = NULL;
  char text[4096];

  if (getpwuid_r (uid, &entry, text, sizeof text, &found) != 0 || found == NULL)
    return G_MAXUINT32;
  return found->pw_gid;
}

static void
look_up (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Question *question = task_data;
  GError *error = NULL;
  g_autoptr (GVariant) answer
      = g_dbus_connection_call_sync (question->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                     "org.freedesktop.DBus", "GetConnectionUnixUser",
                                     g_variant_new ("(s)", question->sender),
                                     G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, -1,
                                     cancellable, &error);
  WeftCaller *caller;

  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  caller = g_new0 (WeftCaller, 1);
  g_variant_get (answer, "(u)", &caller->uid);
  caller->gid = find_gid (caller->uid);
  g_task_return_pointer (task, caller, g_free);
}

void
weft_caller_look_up_async (GDBusConnection *bus, const char *sender, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Question *question = g_new0 (Question, 1);

  question->bus = g_object_ref (bus);
  question->sender = g_strdup (sender);
  g_task_set_task_data (task, question, question_free);
  g_task_run_in_thread (task, look_up);
}

gboolean
weft_caller_look_up_finish (GAsyncResult *result, WeftCaller *caller, GError **error)
{
  g_autofree WeftCaller *found = g_task_propagate_pointer (G_TASK (result), error);

  if (found == NULL)
    return FALSE;
  *caller = *found;
  return TRUE;
}
