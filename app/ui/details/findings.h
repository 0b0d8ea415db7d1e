/* findings.h: what stands out in a range, as sentences. Pure. In: figures of
 * its threads. Out: at most three sentences, the weightiest first. */
#pragma once
#include "trace/statistics.h"

G_BEGIN_DECLS

/* @statistics: (element-type WeftThreadStatistics): those that were there. @names: of as many
 * threads. Returns: (transfer full) (element-type utf8) */
GPtrArray *weft_findings_new (GArray *statistics, GPtrArray *names);

G_END_DECLS
