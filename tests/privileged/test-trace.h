/* test-trace.h: a tracer for tests of kernel facts: plays a small program in a child and
 * keeps every record of what the kernel told meanwhile. */
#pragma once
#include "tracer.h"
#include <sys/types.h>

typedef struct _WeftTestTrace WeftTestTrace;
typedef void (*WeftTestPlay) (gpointer data);

/* From root to the helper's two capabilities; FALSE, and said aloud, when not root. */
gboolean weft_test_may_trace (void);

void weft_test_sleep_ms (int ms);

/* Memory that children share, zeroed; for what a play has to tell. Never freed. */
gpointer weft_test_shared (gsize bytes);

/* Loads and starts; aborts the test when it cannot. */
WeftTestTrace *weft_test_trace_new (const WeftTracerOptions *options);
void weft_test_trace_free (WeftTestTrace *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftTestTrace, weft_test_trace_free)

WeftTracer *weft_test_trace_get_tracer (WeftTestTrace *self);

/* Forks a child that plays and exits with 0. It is ours to trace and ends with us. */
pid_t weft_test_fork (WeftTestPlay play, gpointer data);

/* Drains until the child has ended and its last switch is in. Returns its wait status. */
int weft_test_trace_finish (WeftTestTrace *self, pid_t child);

/* The two in one: fork and finish. */
pid_t weft_test_trace_play (WeftTestTrace *self, WeftTestPlay play, gpointer data);

/* Drains until the ring is empty; until a snapshot that is due is in. */
void weft_test_trace_drain (WeftTestTrace *self);
void weft_test_trace_await_snapshot (WeftTestTrace *self);

/* The next record of @kind (0: of any) from byte *@at on, which moves past it; NULL after
 * the last. In order of time within a CPU. Valid until the next drain. */
const struct weft_record *weft_test_trace_next (WeftTestTrace *self, gsize *at, guint kind);

/* How many records of @kind were kept. */
guint weft_test_trace_count (WeftTestTrace *self, guint kind);

/* The first switch by which @tid (0: anybody) began to wait in @call, at or after byte *@at. */
const struct weft_record *weft_test_trace_next_wait (WeftTestTrace *self, gsize *at, guint32 tid,
                                                     long call);

/* The first lifecycle record of @kind and @tid, or NULL. */
const struct weft_task_record *weft_test_trace_find_task (WeftTestTrace *self, guint kind,
                                                          guint32 tid);

/* To one CPU, which every machine has; to the last one. */
void weft_test_pin (gboolean last);
