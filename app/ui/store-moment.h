/* store-moment.h: where a trace stands now. In: a store that another thread writes.
 * Out: values that belong together, read in a section of their own. */
#pragma once
#include "trace/trace-store.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 start_ns, edge_ns; /* of the trace, so far */
  guint64 generation;        /* another one with every change */
} WeftStoreMoment;

/* Not within a read section. */
WeftStoreMoment weft_store_moment (WeftTraceStore *store);

G_END_DECLS
