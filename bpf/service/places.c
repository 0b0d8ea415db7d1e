/* places.c: see the header. In: counts. Out: yes, or a message. */
#include "places.h"

gboolean
weft_places_check (const WeftPlaces *self, guint of_user, guint taken, GError **error)
{
  guint most = of_user == 0 ? self->most : self->most - self->kept;

  if (of_user < self->most_of_user && taken < most)
    return TRUE;
  g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
                       g_dgettext (GETTEXT_PACKAGE, of_user >= self->most_of_user
                                                        ? self->user_full
                                                        : self->all_full));
  return FALSE;
}
