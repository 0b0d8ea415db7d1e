/* tree-members.h: who may be in the tree of a trace that runs, of all who ever were: the
 * living, those that ended just now, and the newest that ended of the family that is
 * looked at. In: families. Out: ids; a look costs what changed since, not who ever was. */
#pragma once
#include "families.h"
#include "tree-layout.h"

G_BEGIN_DECLS

typedef struct _WeftTreeMembers WeftTreeMembers;

/* @families: (transfer none): outlives it */
WeftTreeMembers *weft_tree_members_new (WeftFamilies *families, WeftProcessTable *table);
void weft_tree_members_free (WeftTreeMembers *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftTreeMembers, weft_tree_members_free)

/* For weft_tree_rows_new(), whose rows are the same without it. Within a read section.
 * (transfer full) (element-type guint): rising */
GArray *weft_tree_members_list (WeftTreeMembers *self, const WeftTreeQuery *query);

G_END_DECLS
