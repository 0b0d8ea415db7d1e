/* session-list.h: the sessions of all users, and how many there may be. In: who may have
 * one. Out: the client's end of its connection. Main thread. */
#pragma once
#include "session.h"

G_BEGIN_DECLS

typedef struct _WeftSessionList WeftSessionList;

/* @changed: a session has ended; the list is shorter. */
WeftSessionList *weft_session_list_new (void (*changed) (gpointer user_data), gpointer user_data);
void weft_session_list_free (WeftSessionList *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftSessionList, weft_session_list_free)

guint weft_session_list_get_length (WeftSessionList *self);

/* Whether there is room for such a session; else %G_DBUS_ERROR_LIMITS_EXCEEDED. */
gboolean weft_session_list_check (WeftSessionList *self, const WeftSessionOptions *options,
                                  GError **error);

/* Whether a client has gone whose session is still being taken down: there will be room. */
gboolean weft_session_list_is_leaving (WeftSessionList *self);

/* Returns: (transfer full): a descriptor, or -1 */
int weft_session_list_add (WeftSessionList *self, const WeftSessionOptions *options,
                           GError **error);

G_END_DECLS
