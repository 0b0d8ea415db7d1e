/* session.h: one client's trace. In: calls on its private connection. Out:
 * records, when asked for: a client that does not read leaves them in the ring,
 * where they are counted as lost, and costs the helper nothing. */
#pragma once
#include "tracer.h"

G_BEGIN_DECLS

#define WEFT_TYPE_SESSION (weft_session_get_type ())
G_DECLARE_FINAL_TYPE (WeftSession, weft_session, WEFT, SESSION, GObject)

/**
 * weft_session_new:
 * @stream: (transfer none): the private connection's bytes
 *
 * Loads the programs and serves the connection until it closes; then emits
 * "closed" once, detached. NULL with @error set when they cannot be loaded.
 */
WeftSession *weft_session_new (GIOStream *stream, const WeftTracerOptions *options,
                               GError **error);

G_END_DECLS
