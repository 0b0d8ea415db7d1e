/* tree-layout.h: turns the process table into the rows of a tree. In: a table,
 * and what the viewer asks for: search, order, what is hidden. Out: rows from
 * top to bottom, and counts. Pure; call within a read section of the store. */
#pragma once
#include "process-table.h"

G_BEGIN_DECLS

/* Any order but the first makes a flat list: the largest of all stands on top,
 * not the largest among its siblings. */
typedef enum
{
  WEFT_TREE_BY_BIRTH, /* as a tree */
  WEFT_TREE_BY_NAME,
  WEFT_TREE_BY_CPU,
  WEFT_TREE_BY_MEMORY,
  WEFT_TREE_BY_THREADS,
  WEFT_TREE_BY_AGE,
} WeftTreeOrder;

typedef struct
{
  const char *search; /* (nullable): in name and command line, or what a pid begins with */
  WeftTreeOrder order;
  gboolean descending;
  gboolean show_kernel;   /* threads of the kernel */
  GHashTable *collapsed;  /* (nullable): set of ids; of no account while searching */
  GArray *among;          /* (nullable) guint, rising: only they are looked at; NULL: all */
  guint family;           /* id whose family stays when it exits, or WEFT_NO_ID */
  guint64 now_ns;         /* CLOCK_MONOTONIC */
  guint64 show_exited_ns; /* how long others stay; G_MAXUINT64: for ever */
} WeftTreeQuery;

typedef struct
{
  guint process;       /* id */
  guint depth;         /* 0: a root */
  guint64 open_levels; /* bit d: a line passes down at depth d, to a later sibling */
  gboolean last_child;
  gboolean has_children;
  gboolean expanded;
  guint n_hidden;   /* descendants under a collapsed row */
  gboolean matched; /* by the search itself, not for a descendant's sake */
  gboolean kept;    /* exited, and stays for the family's sake or for ever */
} WeftTreeRow;

typedef struct
{
  guint alive;           /* processes, threads of the kernel included */
  guint threads;         /* of them all */
  guint matched;         /* rows that the search found */
  guint kernel_hidden;   /* alive */
  guint64 next_leave_ns; /* when the next exited row is due to go; 0: none */
} WeftTreeCounts;

/* Of the exited ones of a family so many stay, the newest. */
#define WEFT_TREE_MAX_KEPT 1000

/**
 * weft_tree_rows_new:
 * @counts: (out)
 *
 * A process whose parent is not shown hangs on the nearest ancestor that is.
 * While searching, the ancestors of what was found are rows too.
 *
 * Returns: (transfer full) (element-type WeftTreeRow)
 */
GArray *weft_tree_rows_new (WeftProcessTable *table, const WeftTreeQuery *query,
                            WeftTreeCounts *counts);

G_END_DECLS
