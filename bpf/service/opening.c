/* opening.c: see the header. What is counted is counted by user, from the moment on that the
 * bus has told whose the call is, so that no user's flood refuses another. Only a call that
 * polkit would ask a person about takes a place among the questions. */
#include "opening.h"
#include "authority.h"
#include "caller.h"
#include "places.h"
#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <unistd.h>

/* polkit decides without a person within; a dialog that nobody answers ends after. */
#define MOST_CHECK_S 25
#define MOST_QUESTION_S 300
/* A session that is being taken down is gone within, also where the kernel is slow to detach. */
#define MOST_WAIT_S 60

typedef enum
{
  STAGE_UNKNOWN,  /* whose call is it? The filter bounds these */
  STAGE_CHECKED,  /* by polkit alone, or allowed and waiting for room */
  STAGE_QUESTION, /* a person is asked */
} Stage;

static const WeftPlaces stage_places[] = {
  [STAGE_CHECKED] = {
    .most = 32,
    .most_of_user = 4,
    .kept = 8,
    .user_full = N_ ("You ask for trace sessions faster than it can be decided; wait for the "
                     "answers"),
    .all_full = N_ ("Too many people ask for a trace session; try again later"),
  },
  [STAGE_QUESTION] = {
    .most = 8,
    .most_of_user = 2,
    .kept = 2,
    .user_full = N_ ("You are being asked for a password twice already"),
    .all_full = N_ ("Too many people are being asked for a password; try again later"),
  },
};

struct _WeftOpenings
{
  GDBusConnection *bus;
  WeftSessionList *sessions;
  GPtrArray *openings; /* of Opening */
  void (*changed) (gpointer user_data);
  gpointer user_data;
};

/* One call that has not been answered. */
typedef struct
{
  WeftOpenings *all;
  GDBusMethodInvocation *invocation;
  WeftSessionOptions options; /* uid holds from STAGE_CHECKED on */
  Stage stage;
  gboolean waits_for_room;
  GCancellable *cancellable; /* cancelled: the caller has gone, or took too long */
  gboolean gone;
  guint watch, timer;
} Opening;

/* --- its end -------------------------------------------------------------- */

static void
opening_free (gpointer data)
{
  Opening *opening = data;

  g_clear_handle_id (&opening->watch, g_bus_unwatch_name);
  g_clear_handle_id (&opening->timer, g_source_remove);
  g_clear_object (&opening->cancellable);
  g_clear_object (&opening->invocation); /* unanswered only at the end of the process */
  g_free (opening);
}

static void
opening_end (Opening *opening)
{
  WeftOpenings *all = opening->all;

  g_ptr_array_remove_fast (all->openings, opening);
  all->changed (all->user_data);
}

/* Also of a caller that has gone: until it is answered, the call counts as in flight. */
static void
opening_refuse (Opening *opening, const GError *error)
{
  g_dbus_method_invocation_return_gerror (g_steal_pointer (&opening->invocation), error);
  opening_end (opening);
}

static void
opening_refuse_late (Opening *opening)
{
  g_autoptr (GError) error = g_error_new_literal (
      G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
      opening->stage == STAGE_QUESTION
          ? _ ("Nobody answered the question for a password in time")
          : _ ("polkit did not decide in time; try again, or ask who runs this machine"));

  opening_refuse (opening, error);
}

/* --- a session ------------------------------------------------------------ */

static void
opening_answer (Opening *opening, int fd)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new_from_array (&fd, 1); /* takes it */

  g_dbus_method_invocation_return_value_with_unix_fd_list (g_steal_pointer (&opening->invocation),
                                                           g_variant_new ("(h)", 0), list);
  opening_end (opening);
}

static void
opening_settle (Opening *opening)
{
  g_autoptr (GError) error = NULL;
  int fd = weft_session_list_add (opening->all->sessions, &opening->options, &error);

  if (fd >= 0)
    opening_answer (opening, fd);
  else
    opening_refuse (opening, error);
}

static gboolean
took_too_long_cb (gpointer user_data)
{
  Opening *opening = user_data;

  opening->timer = 0;
  if (opening->waits_for_room)
    opening_settle (opening);
  else
    g_cancellable_cancel (opening->cancellable);
  return G_SOURCE_REMOVE;
}

static void
set_timer (Opening *opening, guint most_s)
{
  g_clear_handle_id (&opening->timer, g_source_remove);
  opening->timer = g_timeout_add_seconds (most_s, took_too_long_cb, opening);
}

/* Where a session is being taken down that still holds the place, it waits for that. */
static void
opening_grant (Opening *opening)
{
  WeftSessionList *sessions = opening->all->sessions;

  if (opening->gone)
    opening_refuse_late (opening);
  else if (weft_session_list_check (sessions, &opening->options, NULL)
           || !weft_session_list_is_leaving (sessions))
    opening_settle (opening);
  else if (!opening->waits_for_room)
    {
      opening->waits_for_room = TRUE;
      set_timer (opening, MOST_WAIT_S);
    }
}

static void
found_group_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Opening *opening = user_data;
  g_autoptr (GError) error = NULL;

  if (weft_caller_find_group_finish (result, &opening->options.gid, &error))
    opening_grant (opening);
  else
    opening_refuse (opening, error);
}

/* The group is what a trace of one's own compares, too. */
static void
opening_allow (Opening *opening)
{
  if (opening->options.own)
    weft_caller_find_group_async (opening->options.uid, found_group_cb, opening);
  else
    opening_grant (opening);
}

/* --- polkit --------------------------------------------------------------- */

static void opening_ask (Opening *opening, gboolean interactive, GAsyncReadyCallback callback);

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Opening *opening = user_data;
  g_autoptr (GError) error = NULL;

  if (weft_authority_check_finish (result, NULL, &error))
    opening_allow (opening);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    opening_refuse_late (opening);
  else
    opening_refuse (opening, error);
}

/* Takes a place of @stage. */
static gboolean
opening_enter (Opening *opening, Stage stage, guint most_s, GError **error)
{
  GPtrArray *openings = opening->all->openings;
  guint of_user = 0, taken = 0;

  for (guint i = 0; i < openings->len; i++)
    {
      const Opening *other = openings->pdata[i];

      taken += other->stage == stage;
      of_user += other->stage == stage && other->options.uid == opening->options.uid;
    }
  if (!weft_places_check (&stage_places[stage], of_user, taken, error))
    return FALSE;
  opening->stage = stage;
  set_timer (opening, most_s);
  return TRUE;
}

static gboolean
may_ask (Opening *opening)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (opening->invocation);

  return (g_dbus_message_get_flags (message) & G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION)
         != 0;
}

static void
checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Opening *opening = user_data;
  gboolean asking_helps = FALSE;
  g_autoptr (GError) error = NULL;

  if (weft_authority_check_finish (result, &asking_helps, &error))
    opening_allow (opening);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    opening_refuse_late (opening);
  else if (asking_helps && may_ask (opening))
    {
      g_clear_error (&error);
      if (opening_enter (opening, STAGE_QUESTION, MOST_QUESTION_S, &error))
        opening_ask (opening, TRUE, answered_cb);
      else
        opening_refuse (opening, error);
    }
  else
    opening_refuse (opening, error);
}

static void
opening_ask (Opening *opening, gboolean interactive, GAsyncReadyCallback callback)
{
  weft_authority_check_async (opening->all->bus,
                              g_dbus_method_invocation_get_sender (opening->invocation),
                              opening->options.own ? "io.github.weftscope.trace-own"
                                                   : "io.github.weftscope.trace",
                              interactive, opening->cancellable, callback, opening);
}

/* --- its beginning -------------------------------------------------------- */

static void
caller_vanished_cb (GDBusConnection *bus, const char *name, gpointer user_data)
{
  Opening *opening = user_data;

  opening->gone = TRUE;
  if (opening->waits_for_room)
    opening_refuse_late (opening);
  else
    g_cancellable_cancel (opening->cancellable);
}

/* Nobody is asked for a password for what could not be given. */
static gboolean
has_room (Opening *opening, GError **error)
{
  WeftSessionList *sessions = opening->all->sessions;

  return weft_session_list_is_leaving (sessions)
         || weft_session_list_check (sessions, &opening->options, error);
}

static void
opening_check (Opening *opening)
{
  opening->watch
      = g_bus_watch_name_on_connection (opening->all->bus,
                                        g_dbus_method_invocation_get_sender (opening->invocation),
                                        G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, caller_vanished_cb,
                                        opening, NULL);
  if (opening->options.uid == 0)
    opening_allow (opening);
  else
    opening_ask (opening, FALSE, checked_cb);
}

static void
found_caller_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Opening *opening = user_data;
  WeftCaller caller = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean found = weft_caller_find_finish (result, &caller, &error);

  opening->options.uid = caller.uid;
  opening->options.pid = caller.pid;
  if (found && has_room (opening, &error)
      && opening_enter (opening, STAGE_CHECKED, MOST_CHECK_S, &error))
    opening_check (opening);
  else
    opening_refuse (opening, error);
}

void
weft_openings_add (WeftOpenings *self, GDBusMethodInvocation *invocation,
                   const WeftSessionOptions *options)
{
  Opening *opening = g_new0 (Opening, 1);

  opening->all = self;
  opening->invocation = invocation;
  opening->options = *options;
  opening->cancellable = g_cancellable_new ();
  g_ptr_array_add (self->openings, opening);
  weft_caller_find_async (self->bus, g_dbus_method_invocation_get_sender (invocation),
                          found_caller_cb, opening);
}

void
weft_openings_retry (WeftOpenings *self)
{
  /* Backwards: one that is answered leaves its place in the array to the last. */
  for (guint i = self->openings->len; i-- > 0;)
    {
      Opening *opening = self->openings->pdata[i];

      if (opening->waits_for_room)
        opening_grant (opening);
    }
}

/* --- all of them ---------------------------------------------------------- */

WeftOpenings *
weft_openings_new (GDBusConnection *bus, WeftSessionList *sessions,
                   void (*changed) (gpointer user_data), gpointer user_data)
{
  WeftOpenings *self = g_new0 (WeftOpenings, 1);

  self->bus = g_object_ref (bus);
  self->sessions = sessions;
  self->openings = g_ptr_array_new_with_free_func (opening_free);
  self->changed = changed;
  self->user_data = user_data;
  return self;
}

void
weft_openings_free (WeftOpenings *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->openings);
  g_object_unref (self->bus);
  g_free (self);
}

guint
weft_openings_get_length (WeftOpenings *self)
{
  return self->openings->len;
}
