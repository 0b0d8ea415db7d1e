/* families.h: who descends from whom, and who is alive, kept up as a process table grows:
 * a look costs what changed since the last one, and what it answers, however many have
 * ended. In: a process table. Out: ids. Kinship is by birth. */
#pragma once
#include "process-table.h"

G_BEGIN_DECLS

typedef struct _WeftFamilies WeftFamilies;

/* @table: (transfer none): outlives it */
WeftFamilies *weft_families_new (WeftProcessTable *table);
void weft_families_free (WeftFamilies *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftFamilies, weft_families_free)

/* All that follows: any thread, within a read section of who owns the table. */

/**
 * weft_families_list:
 * @root: whose family; WEFT_NO_ID: everybody
 *
 * Each process stands before its children, and these stand together, those with lower
 * ids first: as the tree lists them, so that lanes and exported pictures follow it.
 *
 * Returns: (transfer full) (element-type guint)
 */
GArray *weft_families_list (WeftFamilies *self, guint root);
/* Rises with every process that is new, or found its parent. */
guint64 weft_families_get_generation (WeftFamilies *self);

/* (transfer full) (element-type guint): ids of those that have not ended, rising */
GArray *weft_families_list_living (WeftFamilies *self);
/* The others, roughly in the order of their ends: the @i-th of @n; WEFT_NO_ID behind. */
guint weft_families_get_ended (WeftFamilies *self, guint i);
guint weft_families_count_ended (WeftFamilies *self);

/* The same as weft_families_list() of a table that nobody keeps up. */
GArray *weft_family_order_new (WeftProcessTable *table, guint root);

G_END_DECLS
