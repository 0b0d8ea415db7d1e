/* exit-words.h: how a process ended, in the same words wherever it is told. Pure. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

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
