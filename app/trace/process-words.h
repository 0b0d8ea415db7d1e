/* process-words.h: what stands behind the name of a process above its threads, on the
 * screen and in files alike. Pure. */
#pragma once
#include "process-table.h"

G_BEGIN_DECLS

/**
 * weft_process_describe:
 * @n_threads: that are shown; one is not worth a word
 * @cpus: that it used on average, of @n_cpus
 * @unknown: of these, what its threads may have used more: nothing is known of them then
 * @ended: within what is shown: its end is told when it is known
 *
 * Returns: (transfer full): "slowfib.py · 4242 · 5 threads · 1.0 of 2 CPUs · exited 0"
 */
char *weft_process_describe (const WeftProcess *process, guint n_threads, double cpus,
                             double unknown, guint n_cpus, gboolean ended);

G_END_DECLS
