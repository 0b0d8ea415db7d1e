/* proc-walker.h: reads all processes of /proc again and again, and reads of
 * each only what can have changed. In: a /proc. Out: snapshots for the process
 * table. One thread at a time; blocking, some milliseconds a walk. */
#pragma once
#include <gio/gio.h>
#include "proc-stat.h"
#include "trace/process-table.h"

G_BEGIN_DECLS

typedef struct _WeftProcWalker WeftProcWalker;

/**
 * weft_proc_walker_new:
 * @root: "/proc", or a folder that looks like it
 *
 * Returns: (transfer full) (nullable): free with weft_proc_walker_free()
 */
WeftProcWalker *weft_proc_walker_new (const char *root, GError **error);
void weft_proc_walker_free (WeftProcWalker *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftProcWalker, weft_proc_walker_free)

/**
 * weft_proc_walker_walk:
 * @snapshot: (out caller-allocates): an entry for every process but those that
 *   vanished in between; clear it with weft_proc_snapshot_clear(). A command
 *   line is told when it is new or was looked at again, else %NULL
 * @cancellable: (nullable): looked at between processes
 *
 * Returns: %FALSE and @snapshot untouched when /proc cannot be read
 */
gboolean weft_proc_walker_walk (WeftProcWalker *self, WeftProcSnapshot *snapshot,
                                GCancellable *cancellable, GError **error);

/* What the machine as a whole does; FALSE and @machine untouched on failure. */
gboolean weft_proc_walker_read_machine (WeftProcWalker *self, WeftProcMachine *machine,
                                        GError **error);

/* Frees what a snapshot holds; zeroed and cleared ones are fine. */
void weft_proc_snapshot_clear (WeftProcSnapshot *snapshot);

G_END_DECLS
