/* session-list.c: see the header. A session keeps its place until its thread is over: what
 * it takes of the kernel is gone only then. */
#include "session-list.h"
#include "places.h"
#include "resources.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <sys/socket.h>
#include <unistd.h>

static const WeftPlaces places = {
  .most = 8,
  .most_of_user = 2,
  .kept = 2,
  .user_full = N_ ("You have two trace sessions already; stop one of them first"),
  .all_full = N_ ("There are as many trace sessions as can be (the last places are kept for users "
                  "who have none); wait until one ends"),
};
static const WeftPlaces machine_places = {
  .most = 3,
  .most_of_user = 2,
  .kept = 1,
  .user_full = N_ ("You trace the whole machine twice already; stop one of the sessions first"),
  .all_full = N_ ("As many sessions as can be trace the whole machine already (the last place is "
                  "kept for users who have none); wait until one ends, or trace your own processes "
                  "only"),
};

struct _WeftSessionList
{
  GPtrArray *sessions; /* of WeftSession */
  void (*changed) (gpointer user_data);
  gpointer user_data;
};

WeftSessionList *
weft_session_list_new (void (*changed) (gpointer user_data), gpointer user_data)
{
  WeftSessionList *self = g_new0 (WeftSessionList, 1);

  self->sessions = g_ptr_array_new_with_free_func (g_object_unref);
  self->changed = changed;
  self->user_data = user_data;
  return self;
}

void
weft_session_list_free (WeftSessionList *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->sessions->len; i++)
    g_signal_handlers_disconnect_by_data (self->sessions->pdata[i], self);
  g_ptr_array_unref (self->sessions);
  g_free (self);
}

guint
weft_session_list_get_length (WeftSessionList *self)
{
  return self->sessions->len;
}

gboolean
weft_session_list_check (WeftSessionList *self, const WeftSessionOptions *options, GError **error)
{
  guint of_user = 0, machine = 0, machine_of_user = 0;

  for (guint i = 0; i < self->sessions->len; i++)
    {
      const WeftSessionOptions *other = weft_session_get_options (self->sessions->pdata[i]);
      gboolean same_user = other->uid == options->uid;

      of_user += same_user;
      machine += !other->own;
      machine_of_user += !other->own && same_user;
    }
  return weft_places_check (&places, of_user, self->sessions->len, error)
         && (options->own || weft_places_check (&machine_places, machine_of_user, machine, error));
}

gboolean
weft_session_list_is_leaving (WeftSessionList *self)
{
  for (guint i = 0; i < self->sessions->len; i++)
    if (weft_session_is_leaving (self->sessions->pdata[i]))
      return TRUE;
  return FALSE;
}

/* Those who have not started yet will want what they were let in for. */
static gboolean
check_descriptors (WeftSessionList *self, GError **error)
{
  guint wanted = WEFT_RESOURCES_OF_SESSION;

  for (guint i = 0; i < self->sessions->len; i++)
    if (!weft_session_is_started (self->sessions->pdata[i]))
      wanted += WEFT_RESOURCES_OF_SESSION;
  return weft_resources_check (wanted, error);
}

static void
closed_cb (WeftSession *session, WeftSessionList *self)
{
  g_ptr_array_remove_fast (self->sessions, session);
  self->changed (self->user_data);
}

/* Of one end two descriptors, for reading and for writing; the other is the client's. */
static gboolean
make_ends (int ends[3], GError **error)
{
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0)
    {
      ends[2] = fcntl (ends[0], F_DUPFD_CLOEXEC, 3);
      if (ends[2] >= 0)
        return TRUE;
      close (ends[0]);
      close (ends[1]);
    }
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_FAILED,
               _ ("Cannot make a connection for the trace: %s"), g_strerror (errno));
  return FALSE;
}

int
weft_session_list_add (WeftSessionList *self, const WeftSessionOptions *options, GError **error)
{
  WeftSession *session;
  int ends[3];

  if (!weft_session_list_check (self, options, error) || !check_descriptors (self, error)
      || !make_ends (ends, error))
    return -1;
  session = weft_session_new (ends[0], ends[2], options, error);
  if (session == NULL)
    {
      close (ends[1]);
      return -1;
    }
  g_signal_connect (session, "closed", G_CALLBACK (closed_cb), self);
  g_ptr_array_add (self->sessions, session);
  return ends[1];
}
