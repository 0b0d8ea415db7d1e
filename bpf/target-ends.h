/* target-ends.h: when a process that was a target may be forgotten. Not with the EXIT that
 * ends it: on a busy machine another of its threads may have told its EXIT, but still wait
 * for the CPU to make its last switch, and that would not be told any more. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef struct _WeftTargetEnds WeftTargetEnds;

WeftTargetEnds *weft_target_ends_new (void);
void weft_target_ends_free (WeftTargetEnds *self); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftTargetEnds, weft_target_ends_free)

/**
 * weft_target_ends_look_at:
 * @records: (array length=bytes): whole records, in the order in which they are handed out
 *
 * Learns from a drain who exits and who left its CPU for the last time.
 */
void weft_target_ends_look_at (WeftTargetEnds *self, const guint8 *records, gsize bytes);

/* Records were lost, last switches perhaps among them: waits for none of those before. */
void weft_target_ends_forget_waits (WeftTargetEnds *self);

/**
 * weft_target_ends_take:
 *
 * Returns: (transfer full) (element-type guint32): the processes that had ended, with all
 *   their threads, before the last look; told once
 */
GArray *weft_target_ends_take (WeftTargetEnds *self);

G_END_DECLS
