/* privileges.h: what the helper keeps of the power it was started with. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * weft_privileges_drop:
 *
 * Leaves CAP_BPF and CAP_PERFMON (effective, permitted, inheritable, bounding,
 * ambient), no groups, no way to gain more, and the system user's id (nobody
 * where that does not exist). Not dumpable, so that nobody of that id may look
 * inside. Started without root it keeps what it has of the two. Call it before
 * there is a second thread.
 *
 * No filter of system calls is set here, as the unit's is: whoever broke in would have
 * bpf() and perf_event_open() for the two capabilities, and sessions need the one for as
 * long as they start, so that a filter would forbid only what gains nothing beside it.
 *
 * Returns: %FALSE when any right is left that should not be; then do not go on
 */
gboolean weft_privileges_drop (GError **error);

G_END_DECLS
