/* privileges.c: see the header. In: root, or a unit's ambient capabilities. */
#include "privileges.h"
#include <cap-ng.h>
#include <errno.h>
#include <glib/gi18n.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

static const unsigned kept[] = { CAP_BPF, CAP_PERFMON };

static void
ask_for_kept (void)
{
  capng_clear (CAPNG_SELECT_ALL);
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    {
      capng_type_t sets = CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE
                          | CAPNG_BOUNDING_SET | CAPNG_AMBIENT;

      capng_update (CAPNG_ADD, sets, kept[i]);
    }
}

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
               _ ("Cannot give up rights (%s): %s. Refusing to run with more than is needed"), what,
               g_strerror (errno));
  return FALSE;
}

static gboolean
change_user (GError **error)
{
  const struct passwd *user = getpwnam (WEFT_TRACER_USER);

  if (user == NULL)
    user = getpwnam ("nobody");
  if (user == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("There is neither a user %s nor nobody to run as"), WEFT_TRACER_USER);
      return FALSE;
    }
  /* The bounding set can only be cut while CAP_SETPCAP is there. */
  ask_for_kept ();
  if (capng_apply (CAPNG_SELECT_BOUNDS) != 0)
    return refuse (error, "bounding set");
  if (capng_change_id ((int) user->pw_uid, (int) user->pw_gid, CAPNG_DROP_SUPP_GRP) != 0)
    return refuse (error, "user");
  return TRUE;
}

gboolean
weft_privileges_drop (GError **error)
{
  if (geteuid () == 0)
    {
      if (!change_user (error))
        return FALSE;
      ask_for_kept ();
      if (capng_apply (CAPNG_SELECT_CAPS) != 0 || capng_apply (CAPNG_SELECT_AMBIENT) != 0)
        return refuse (error, "capabilities");
    }
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return refuse (error, "no new privileges");
  if (prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    return refuse (error, "dumpable");
  return TRUE;
}
