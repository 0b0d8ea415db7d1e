/* process-places.h: the rows of the process tree at one moment, for the list
 * model. In: a store and what is asked for. Out: places and counts. */
#pragma once
#include "process-item.h"
#include "trace/trace-store.h"

G_BEGIN_DECLS

typedef struct
{
  const char *search;     /* (nullable) */
  WeftTreeColumns sorted; /* 0: in the order of birth */
  gboolean descending;
  gboolean show_kernel;
  GHashTable *collapsed; /* set of ids */
  guint selected;        /* id: it and its family stay when they exit */
  guint64 now_ns;
  guint64 show_exited_ns; /* how long others stay; G_MAXUINT64: for ever */
} WeftProcessQuery;

typedef struct
{
  guint alive;   /* processes, kernel threads included */
  guint threads; /* of them all */
  guint running; /* processes that run */
  guint matched; /* by the search */
  guint kernel_hidden;
  guint64 next_leave_ns; /* when the next exited row is due to go; 0: none */
} WeftProcessCounts;

/**
 * weft_process_places_compute:
 *
 * Takes the store's read lock for as long as it copies.
 *
 * Returns: (transfer full) (element-type WeftProcessPlace): rows from top to bottom
 */
GArray *weft_process_places_compute (WeftTraceStore *store, const WeftProcessQuery *query,
                                     WeftProcessCounts *counts);

G_END_DECLS
