/* authority.c: see the header. In: a bus name and an action. Out: yes, or why
 * not. */
#include "authority.h"
#include <glib/gi18n.h>

#define POLKIT_NAME "org.freedesktop.PolicyKit1"
#define POLKIT_PATH "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_INTERFACE "org.freedesktop.PolicyKit1.Authority"
#define ALLOW_USER_INTERACTION 1u

static void
deny (GTask *task, const char *message)
{
  g_task_return_new_error (task, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED, "%s", message);
}

static gboolean
is_absent (const GError *error)
{
  return error->domain == G_DBUS_ERROR
         && (error->code == G_DBUS_ERROR_SERVICE_UNKNOWN
             || error->code == G_DBUS_ERROR_NAME_HAS_NO_OWNER
             || (error->code >= G_DBUS_ERROR_SPAWN_EXEC_FAILED
                 && error->code <= G_DBUS_ERROR_SPAWN_NO_MEMORY));
}

static void
deny_because (GTask *task, GError *cause)
{
  g_autofree char *message = NULL;

  g_dbus_error_strip_remote_error (cause);
  message
      = g_strconcat (is_absent (cause)
                         ? _ ("polkit cannot be reached; start polkitd, or run as root")
                         : _ ("polkit could not decide; try again, or ask who runs this machine"),
                     "\n", cause->message, NULL); /* the cause is not the message */
  deny (task, message);
}

/* The task's data is what the question is known by, while it has a dialog. */
static void
end_dialog (GDBusConnection *bus, GTask *task)
{
  const char *id = g_task_get_task_data (task);

  if (*id != '\0')
    g_dbus_connection_call (bus, POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE,
                            "CancelCheckAuthorization", g_variant_new ("(s)", id), NULL,
                            G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
}

static void
take_verdict (GTask *task, GVariant *answer)
{
  g_autoptr (GVariant) details = NULL;
  gboolean allowed, challenge;
  const char *dismissed;

  g_variant_get (answer, "((bb@a{ss}))", &allowed, &challenge, &details);
  if (allowed)
    g_task_return_boolean (task, TRUE);
  else if (g_variant_lookup (details, "polkit.dismissed", "&s", &dismissed))
    deny (task, WEFT_AUTHORITY_DISMISSED "the question for a password was dismissed");
  else if (challenge)
    g_task_return_new_error (
        task, G_DBUS_ERROR, G_DBUS_ERROR_AUTH_FAILED, "%s",
        _ ("A password is needed, but nothing can ask for it here. Run in a desktop session or a "
           "terminal"));
  else
    deny (task, _ ("The rules of this machine do not allow it"));
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusConnection *bus = G_DBUS_CONNECTION (source);
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (bus, result, &error);

  if (answer != NULL)
    take_verdict (task, answer);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      end_dialog (bus, task);
      g_task_return_error (task, error);
    }
  else
    {
      deny_because (task, error);
      g_error_free (error);
    }
}

/* In polkit's words: the subject, the action, no details, flags, and an id of ours. */
static GVariant *
make_question (const char *sender, const char *action, gboolean interactive, const char *id)
{
  GVariantBuilder subject;

  g_variant_builder_init (&subject, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&subject, "{sv}", "name", g_variant_new_string (sender));
  return g_variant_new ("((sa{sv})sa{ss}us)", "system-bus-name", &subject, action, NULL,
                        interactive ? ALLOW_USER_INTERACTION : 0, id);
}

void
weft_authority_check_async (GDBusConnection *bus, const char *sender, const char *action,
                            gboolean interactive, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  static guint last_id;
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  char *id = interactive ? g_strdup_printf ("weftscope-%u", ++last_id) : g_strdup ("");

  g_task_set_task_data (task, id, g_free);
  /* Only one of the two may be told of a cancelling, and it is the one that ends the dialog. */
  g_task_set_check_cancellable (task, FALSE);
  g_dbus_connection_call (bus, POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE, "CheckAuthorization",
                          make_question (sender, action, interactive, id),
                          G_VARIANT_TYPE ("((bba{ss}))"), G_DBUS_CALL_FLAGS_NONE, G_MAXINT,
                          cancellable, answered_cb, task);
}

gboolean
weft_authority_check_finish (GAsyncResult *result, gboolean *asking_helps, GError **error)
{
  GError *local = NULL;
  gboolean allowed = g_task_propagate_boolean (G_TASK (result), &local);
  gboolean helps = g_error_matches (local, G_DBUS_ERROR, G_DBUS_ERROR_AUTH_FAILED);

  if (allowed)
    return TRUE;
  if (helps)
    local->code = G_DBUS_ERROR_ACCESS_DENIED;
  if (asking_helps != NULL)
    *asking_helps = helps;
  g_propagate_error (error, local);
  return FALSE;
}
