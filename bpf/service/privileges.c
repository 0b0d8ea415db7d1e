/* privileges.c: see the header. In: root, or a unit's ambient capabilities.
 * Out: the two that tracing needs, looked at once more after the drop. */
#include "privileges.h"
#include <cap-ng.h>
#include <errno.h>
#include <glib/gi18n.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

static const unsigned kept[] = { CAP_BPF, CAP_PERFMON };
static const capng_type_t sets[]
    = { CAPNG_EFFECTIVE, CAPNG_PERMITTED, CAPNG_INHERITABLE, CAPNG_BOUNDING_SET, CAPNG_AMBIENT };

static gboolean
refuse (GError **error, const char *what, const char *why)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
               _ ("Cannot give up rights (%s): %s. Refusing to run with more than is needed"), what,
               why);
  return FALSE;
}

static gboolean
refuse_errno (GError **error, const char *what)
{
  return refuse (error, what, g_strerror (errno));
}

static gboolean
is_kept (unsigned capability)
{
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    if (kept[i] == capability)
      return TRUE;
  return FALSE;
}

static void
ask_for_kept (void)
{
  capng_clear (CAPNG_SELECT_ALL);
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    for (guint set = 0; set < G_N_ELEMENTS (sets); set++)
      capng_update (CAPNG_ADD, sets[set], kept[i]);
}

static const struct passwd *
find_user (GError **error)
{
  const struct passwd *user = getpwnam (WEFT_TRACER_USER);

  if (user == NULL)
    user = getpwnam ("nobody");
  if (user == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 _ ("There is neither a user %s nor nobody to run as"), WEFT_TRACER_USER);
  return user;
}

static gboolean
drop_from_root (GError **error)
{
  const struct passwd *user = find_user (error);

  if (user == NULL)
    return FALSE;
  /* The bounding set can only be cut while CAP_SETPCAP is there. */
  ask_for_kept ();
  if (capng_apply (CAPNG_SELECT_BOUNDS) != 0)
    return refuse_errno (error, "bounding set");
  if (capng_change_id ((int)user->pw_uid, (int)user->pw_gid, CAPNG_DROP_SUPP_GRP) != 0)
    return refuse_errno (error, "user");
  /* Changing the id empties the ambient set. */
  ask_for_kept ();
  if (capng_apply (CAPNG_SELECT_CAPS) != 0 || capng_apply (CAPNG_SELECT_AMBIENT) != 0)
    return refuse_errno (error, "capabilities");
  return TRUE;
}

/* Whether any set holds a capability that tracing does not need. The bounding
 * set does not count where it cannot be cut any more: nothing is gained from it
 * without new privileges, which are off. */
static gboolean
holds_too_much (gboolean look_at_bounds)
{
  capng_clear (CAPNG_SELECT_ALL);
  if (capng_get_caps_process () != 0)
    return TRUE;
  for (unsigned capability = 0; capability <= CAP_LAST_CAP; capability++)
    for (guint set = 0; set < G_N_ELEMENTS (sets); set++)
      if (!is_kept (capability) && capng_have_capability (sets[set], capability)
          && (sets[set] != CAPNG_BOUNDING_SET || look_at_bounds))
        return TRUE;
  return FALSE;
}

/* A unit's sandbox may forbid to set what is set right already. */
static gboolean
trim_without_root (GError **error)
{
  gboolean can_cut_bounds;

  if (!holds_too_much (FALSE))
    return TRUE;
  can_cut_bounds = capng_have_capability (CAPNG_EFFECTIVE, CAP_SETPCAP);
  for (unsigned capability = 0; capability <= CAP_LAST_CAP; capability++)
    if (!is_kept (capability))
      for (guint set = 0; set < G_N_ELEMENTS (sets); set++)
        capng_update (CAPNG_DROP, sets[set], capability);
  if (can_cut_bounds && capng_apply (CAPNG_SELECT_BOUNDS) != 0)
    return refuse_errno (error, "bounding set");
  if (capng_apply (CAPNG_SELECT_CAPS) != 0)
    return refuse_errno (error, "capabilities");
  return TRUE;
}

/* Real, effective and saved: one user and one group, and neither is root's. */
static gboolean
is_one_user (void)
{
  uid_t uids[3];
  gid_t gids[3];

  return getresuid (&uids[0], &uids[1], &uids[2]) == 0
         && getresgid (&gids[0], &gids[1], &gids[2]) == 0 && uids[0] != 0 && uids[1] == uids[0]
         && uids[2] == uids[0] && gids[0] != 0 && gids[1] == gids[0] && gids[2] == gids[0];
}

gboolean
weft_privileges_drop (GError **error)
{
  gboolean was_root = geteuid () == 0;

  if (!(was_root ? drop_from_root (error) : trim_without_root (error)))
    return FALSE;
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return refuse_errno (error, "no new privileges");
  if (prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    return refuse_errno (error, "dumpable");
  if (!is_one_user () || holds_too_much (was_root) || (was_root && getgroups (0, NULL) != 0))
    return refuse (error, "check", _ ("something is left"));
  return TRUE;
}
