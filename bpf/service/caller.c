/* caller.c: see the header. In: a bus name. Out: its user, whom the bus knows
 * from the socket; nothing that the caller says about itself. */
#include "caller.h"
#include <errno.h>
#include <glib/gi18n.h>
#include <pwd.h>

static void
got_credentials_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GVariant) answer
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GVariant) credentials = NULL;
  WeftCaller caller = { 0 };

  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  credentials = g_variant_get_child_value (answer, 0);
  g_variant_lookup (credentials, "ProcessID", "u", &caller.pid);
  if (g_variant_lookup (credentials, "UnixUserID", "u", &caller.uid))
    g_task_return_pointer (task, g_memdup2 (&caller, sizeof caller), g_free);
  else
    g_task_return_new_error (task, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED, "%s",
                             _ ("The system bus does not know which user you are; nobody can be "
                                "let in through such a connection"));
}

void
weft_caller_find_async (GDBusConnection *bus, const char *sender, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_dbus_connection_call (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "GetConnectionCredentials",
                          g_variant_new ("(s)", sender), G_VARIANT_TYPE ("(a{sv})"),
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, got_credentials_cb,
                          g_task_new (NULL, NULL, callback, user_data));
}

gboolean
weft_caller_find_finish (GAsyncResult *result, WeftCaller *caller, GError **error)
{
  g_autofree WeftCaller *found = g_task_propagate_pointer (G_TASK (result), error);

  if (found == NULL)
    return FALSE;
  *caller = *found;
  return TRUE;
}

static void
find_group (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  struct passwd entry, *found = NULL;
  char text[4096];
  int code = getpwuid_r (GPOINTER_TO_UINT (task_data), &entry, text, sizeof text, &found);
  guint32 gid = found != NULL ? found->pw_gid : G_MAXUINT32;

  if (code == 0 || code == ENOENT || code == ESRCH)
    g_task_return_pointer (task, g_memdup2 (&gid, sizeof gid), g_free);
  else
    g_task_return_new_error (task, G_DBUS_ERROR, G_DBUS_ERROR_FAILED,
                             _ ("Cannot look up your group in the user database: %s"),
                             g_strerror (code));
}

void
weft_caller_find_group_async (guint32 uid, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_task_data (task, GUINT_TO_POINTER (uid), NULL);
  g_task_run_in_thread (task, find_group);
}

gboolean
weft_caller_find_group_finish (GAsyncResult *result, guint32 *gid, GError **error)
{
  g_autofree guint32 *found = g_task_propagate_pointer (G_TASK (result), error);

  if (found == NULL)
    return FALSE;
  *gid = *found;
  return TRUE;
}
