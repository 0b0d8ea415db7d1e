/* places.h: how much of something that is limited one user may hold, so that no user's
 * flood takes it from the others. Pure. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  guint most;            /* places in all */
  guint most_of_user;    /* of them one user may hold */
  guint kept;            /* the last, for users who hold none */
  const char *user_full; /* messages; translated when they are told */
  const char *all_full;
} WeftPlaces;

/* Whether a user who holds @of_user of the @taken places may have another; else
 * %G_DBUS_ERROR_LIMITS_EXCEEDED with the message. */
gboolean weft_places_check (const WeftPlaces *self, guint of_user, guint taken, GError **error);

G_END_DECLS
