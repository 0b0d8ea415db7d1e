/* session-told.h: what a session's store is to say of it. In: what was asked of the helper
 * and what it answered. Out: scopes and notes in the store. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

/* From @since_ns on. @targets: (nullable): (aubb) of SetTargets; NULL when none were
 * chosen. */
void weft_session_tell_scope (WeftTraceStore *store, guint64 since_ns, gboolean own_only,
                              GVariant *targets);

/* Whether @targets, (aubb), leave out all others. */
gboolean weft_session_is_narrow (GVariant *targets);

/* @capabilities: a{s(bs)} */
void weft_session_tell_lacks (WeftTraceStore *store, GVariant *capabilities);

G_END_DECLS
