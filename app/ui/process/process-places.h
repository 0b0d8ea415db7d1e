/* process-places.h: the rows of the process tree at one moment, for the list
 * model. In: a store and what is asked for. Out: places and counts. */
#pragma once
#include "process-item.h"
#include "trace/trace-store.h"
#include "trace/tree-members.h"

G_BEGIN_DECLS

/**
 * weft_process_places_compute:
 * @members: of @store: who may be shown when those that ended leave
 * @query: its order is not looked at
 * @sorted: the column whose order is wanted; 0: a tree in the order of birth
 * @counts: (out)
 *
 * Takes the store's read lock for as long as it copies.
 *
 * Returns: (transfer full) (element-type WeftProcessPlace): rows from top to bottom
 */
GArray *weft_process_places_compute (WeftTraceStore *store, WeftTreeMembers *members,
                                     const WeftTreeQuery *query, WeftTreeColumns sorted,
                                     WeftTreeCounts *counts);

G_END_DECLS
