/* record-targets.h: which processes `record` is to follow. In: numbers and names.
 * Out: processes that are there now. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/* A process, told from a later one that gets its number. */
typedef struct
{
  guint32 tgid;
  guint64 start_ticks;
} WeftRecordTarget;

/**
 * weft_record_targets_find:
 * @pids: (nullable) (element-type guint32): of processes; a thread's stands for its process
 * @names: (nullable): of programs, as ps shows them, or the last part of their path
 *
 * Returns: (transfer full) (element-type WeftRecordTarget): each process once; NULL with
 * %G_IO_ERROR_NOT_FOUND when a number or a name is nobody's, or only of those that ended
 */
GArray *weft_record_targets_find (GArray *pids, char **names, GError **error);

/* (transfer full) (element-type guint32): their numbers. */
GArray *weft_record_targets_get_tgids (GArray *targets);

/* TRUE when none of them has a thread that runs or could. */
gboolean weft_record_targets_have_ended (GArray *targets);

G_END_DECLS
