/* target-ends.h: when a process that was a target may be forgotten. Not with the EXIT that
 * ends it: on a busy machine another of its threads may have told its EXIT, but still wait
 * for the CPU to make its last switch, and that would not be told any more. */
#pragma once
#include <glib.h>
#include "record.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 time_ns; /* of its last thread's EXIT */
  guint32 tgid;
} WeftTargetEnd;

typedef struct _WeftTargetEnds WeftTargetEnds;

WeftTargetEnds *weft_target_ends_new (void);
void weft_target_ends_free (WeftTargetEnds *self); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftTargetEnds, weft_target_ends_free)

/* Learns who exits and who leaves its CPU for the last time, from records in the order in
 * which they are handed out. */
void weft_target_ends_see (WeftTargetEnds *self, const struct weft_record *record);

/* Records were lost, last switches perhaps among them: waits for none of those before. */
void weft_target_ends_forget_waits (WeftTargetEnds *self);

/* What comes is not seen from now on: forgets who ended, too, as the next who is chosen may
 * have the same number. */
void weft_target_ends_forget (WeftTargetEnds *self);

/**
 * weft_target_ends_take:
 *
 * Returns: (transfer full) (element-type WeftTargetEnd): the processes that had ended, with all
 *   their threads, when this was last asked; told once
 */
GArray *weft_target_ends_take (WeftTargetEnds *self);

G_END_DECLS
