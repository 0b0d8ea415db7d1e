/* activity.h: how busy a trace was from its beginning to its edge. In: a store. Out: the
 * share of the CPUs that ran something, for parts of equal length. What was counted stays,
 * until something is told of it after all: a count of a trace that grows costs what is new,
 * and who is alive, and is what a count of all of it would be, of its recording too. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

typedef struct _WeftActivity WeftActivity;

WeftActivity *weft_activity_new (WeftTraceStore *store);
WeftActivity *weft_activity_ref (WeftActivity *self);
void weft_activity_unref (WeftActivity *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftActivity, weft_activity_unref)

/* Counts what came since. Takes read sections, may bring back what left memory: on a
 * worker, one at a time. FALSE when it was cancelled: then it is not whole. */
gboolean weft_activity_update (WeftActivity *self, GCancellable *cancellable);

/* As of the last count, not while one is made. @shares: of @n parts, each 0 … 1.
 * @lost: as many; 1 where events were lost */
void weft_activity_get (const WeftActivity *self, double *shares, guint8 *lost, gsize n);

/* How often a thread was looked at so far. */
guint64 weft_activity_count_looks (const WeftActivity *self);

G_END_DECLS
