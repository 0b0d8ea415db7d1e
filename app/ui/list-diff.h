/* list-diff.h: how one order of rows becomes another with the fewest splices,
 * for lists whose rows a view keeps. In: two sequences of ids, each id at most
 * once in each. Out: splices. Pure. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* At @position, @removed rows go and the new sequence's rows @position …
 * @position + @added − 1 come. Splices are in rising order of position and made
 * to be applied in that order: what is before one is already as in the new sequence. */
typedef struct
{
  guint position;
  guint removed;
  guint added;
} WeftListSplice;

/**
 * weft_list_diff:
 * @before: ids
 * @after: ids
 * @pinned: an id that stays where it is while others move around it (it is
 *   never removed when it is in both), or G_MAXUINT
 *
 * As many rows as possible stay: the longest subsequence that both orders share.
 *
 * Returns: (transfer full) (element-type WeftListSplice): empty when equal
 */
GArray *weft_list_diff (const guint *before, guint n_before, const guint *after, guint n_after,
                        guint pinned);

G_END_DECLS
