/* helper-launch.h: finds the helper and brings back a stream to it. Blocks;
 * meant for the client's own thread. */
#pragma once
#include "helper-client.h"

G_BEGIN_DECLS

/* (transfer full): the private connection's bytes, or NULL with @error as of
 * weft_helper_client_start_async. @child: (out) (transfer full) (nullable): the
 * helper's process when it is ours. */
GIOStream *weft_helper_launch (const WeftHelperOptions *options, GSubprocess **child,
                               GCancellable *cancellable, GError **error);

/* Replaces @error by why the helper that was started ended before it answered. */
void weft_helper_explain_exit (GSubprocess *child, GError **error);

G_END_DECLS
