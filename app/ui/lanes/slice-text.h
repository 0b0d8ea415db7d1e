/* slice-text.h: what is known of a slice, in words. In: details from the store.
 * Out: lines for the tooltip and the details panel. */
#pragma once
#include "trace/trace-store.h"

G_BEGIN_DECLS

/* "worker-2 · lock wait · 4.63 ms". (transfer full). Within a read section. */
char *weft_slice_text_title (WeftTraceStore *store, const WeftSliceDetails *details);
/* The call, the CPU, start, and who ended it and when it ran then: a few lines.
 * (transfer full). Within a read section. */
char *weft_slice_text_body (WeftTraceStore *store, const WeftSliceDetails *details);
/* Where others were recorded and the thread was not: lines that say when, and who was.
 * (transfer full) (nullable). Within a read section. */
char *weft_slice_text_exclusion (WeftTraceStore *store, guint thread, guint64 from_ns,
                                 guint64 to_ns);

G_END_DECLS
