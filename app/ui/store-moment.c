/* store-moment.c: see the header. */
#include "store-moment.h"

WeftStoreMoment
weft_store_moment (WeftTraceStore *store)
{
  WeftStoreMoment moment;

  weft_trace_store_begin_read (store);
  moment.start_ns = weft_trace_store_get_start (store);
  moment.edge_ns = weft_trace_store_get_edge (store);
  moment.generation = weft_trace_store_get_generation (store);
  weft_trace_store_end_read (store);
  return moment;
}
