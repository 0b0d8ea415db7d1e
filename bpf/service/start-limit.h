/* start-limit.h: how often a user may start a session or change its groups. Loading the
 * programs costs the machine a sixth of a second of CPU, and to attach some it stops all CPUs
 * for a moment; a client that did it in a loop would take a core. Any thread. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/**
 * weft_start_limit_take:
 * @uid: 0 is never held up
 *
 * A user may do it five times at once and once a second from then on.
 *
 * Returns: 0: do it now; else in how many milliseconds to ask again
 */
guint weft_start_limit_take (guint32 uid);

G_END_DECLS
