/* opening.h: calls of OpenSession on their way: whose is it, is there room, does polkit
 * allow it, is a person to be asked. In: the call of anyone. Out: a session and one end of
 * its connection, or a refusal. Main thread; nothing here waits. */
#pragma once
#include "session-list.h"

G_BEGIN_DECLS

typedef struct _WeftOpenings WeftOpenings;

/**
 * weft_openings_new:
 * @sessions: (transfer none): outlives it
 * @changed: one was answered
 */
WeftOpenings *weft_openings_new (GDBusConnection *bus, WeftSessionList *sessions,
                                 void (*changed) (gpointer user_data), gpointer user_data);

/* At the end of the process: those on their way are not answered. */
void weft_openings_free (WeftOpenings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftOpenings, weft_openings_free)

guint weft_openings_get_length (WeftOpenings *self);

/* @invocation: (transfer full); @options: what was asked for, uid and gid unset */
void weft_openings_add (WeftOpenings *self, GDBusMethodInvocation *invocation,
                        const WeftSessionOptions *options);

/* A session has ended: whoever waits for its place tries again. */
void weft_openings_retry (WeftOpenings *self);

G_END_DECLS
