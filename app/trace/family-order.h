/* family-order.h: processes as the tree lists them. In: a process table. Out: ids
 * from top to bottom, so that lanes and exported pictures follow the tree. Pure. */
#pragma once
#include "process-table.h"

G_BEGIN_DECLS

/**
 * weft_family_order_new:
 * @root: whose family; WEFT_NO_ID: everybody
 *
 * Each process stands before its children, and these stand together, those with
 * lower ids first. Kinship is by birth. Call within a read section.
 *
 * Returns: (transfer full) (element-type guint)
 */
GArray *weft_family_order_new (WeftProcessTable *table, guint root);

G_END_DECLS
