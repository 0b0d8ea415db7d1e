/* state-label.h: the shortest words for a state, for slices, legends and bars,
 * where the picture itself says that it is a wait; and for how a process ended.
 * Pure. */
#pragma once
#include "trace/state.h"

G_BEGIN_DECLS

/* "lock", "disk", "waiting for a CPU". Translated; static. */
const char *weft_state_get_short_label (WeftState state);

/**
 * weft_exit_describe:
 * @status: as wait4() gives it
 * @failed: (out) (nullable): whether it was anything but exit code 0
 *
 * Returns: (transfer full): "exited 0", "exited 2", "killed by SIGKILL". Translated.
 */
char *weft_exit_describe (guint32 status, gboolean *failed);

/* The same for a narrow place: "0", "2", "SIGKILL". (transfer full) */
char *weft_exit_code (guint32 status);

G_END_DECLS
