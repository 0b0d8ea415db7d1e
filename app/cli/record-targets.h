/* record-targets.h: which processes `record` is to follow. In: numbers and names.
 * Out: processes that are there now. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * weft_record_targets_find:
 * @pids: (nullable) (element-type guint32): of processes; a thread's stands for its process
 * @name: (nullable): of programs, as ps shows it, or the last part of their path
 *
 * Returns: (transfer full) (element-type guint32): process numbers; NULL with
 * %G_IO_ERROR_NOT_FOUND when a number or the name is nobody's
 */
GArray *weft_record_targets_find (GArray *pids, const char *name, GError **error);

G_END_DECLS
