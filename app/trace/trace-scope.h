/* trace-scope.h: what a trace was told to watch, and since when. In: what its source
 * says. Out: one answer for titles, tables and files, so that a recording of one
 * process never passes for the whole machine. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_TRACED_UNTOLD, /* nothing is traced yet, or an older recording does not say */
  WEFT_TRACED_MACHINE,
  WEFT_TRACED_OWN,     /* all processes of the user who traces */
  WEFT_TRACED_TARGETS, /* chosen processes */
} WeftTraced;

/* Switches and wakings of others than these are not in the trace, from here to the
 * next one. Value type; @tgids belongs to the store. */
typedef struct
{
  guint64 since_ns; /* CLOCK_MONOTONIC; 0: from the beginning */
  WeftTraced what;
  gboolean children; /* TARGETS: with what they start */
  GArray *tgids;     /* TARGETS: (element-type guint32); else NULL */
} WeftScope;

/**
 * weft_trace_store_set_scope:
 * @since_ns: 0 for the beginning; what was told of later times before is forgotten
 * @tgids: (nullable): @n process ids, for %WEFT_TRACED_TARGETS
 *
 * Takes the write lock. Any thread, one at a time.
 */
void weft_trace_store_set_scope (WeftTraceStore *self, guint64 since_ns, WeftTraced what,
                                 const guint32 *tgids, gsize n, gboolean children);

/* All of them, by time; within a read section. (nullable) when there is none. */
const WeftScope *weft_trace_store_get_scopes (WeftTraceStore *self, guint *n);
/* Rises with every one that is told; within a read section. */
guint64 weft_trace_store_get_scopes_generation (WeftTraceStore *self);

/* The least of what was traced at any time between the two, both included: the whole
 * machine only when it was so throughout. Within a read section. */
WeftTraced weft_trace_store_get_traced (WeftTraceStore *self, guint64 from_ns, guint64 to_ns);

/* "machine", "own", "targets"; NULL for untold. Never translated. */
const char *weft_traced_get_id (WeftTraced what);
WeftTraced weft_traced_from_id (const char *id);

/**
 * weft_trace_store_describe_scope:
 *
 * What was traced between the two times as a title: "Whole machine", "Own processes",
 * "python3 · 4242 and 3 children", or the widest of these and all that it was narrowed
 * to meanwhile. Within a read section.
 *
 * Returns: (transfer full) (nullable): NULL when it is not told
 */
char *weft_trace_store_describe_scope (WeftTraceStore *self, guint64 from_ns, guint64 to_ns);

/* Whether that was another at one of these times than at another. Within a read section. */
gboolean weft_trace_store_scope_changed (WeftTraceStore *self, guint64 from_ns, guint64 to_ns);

/* Whether switches of the process were recorded at any time between the two, both
 * included; where no scope is told they were. Within a read section. */
gboolean weft_trace_store_records_process (WeftTraceStore *self, guint process, guint64 from_ns,
                                           guint64 to_ns);

/**
 * weft_trace_store_find_exclusion:
 * @since_ns: (out): when that began, the start of the trace at the earliest
 * @until_ns: (out): when it ended; %G_MAXUINT64 when nothing else was told since
 *
 * Finds the first time between @from_ns and @to_ns, both included, for which switches of
 * others were recorded and of this process not. Within a read section.
 *
 * Returns: (transfer full) (nullable): of whom they were, as a title; NULL when there was
 * no such time, and nothing is put out
 */
char *weft_trace_store_find_exclusion (WeftTraceStore *self, guint process, guint64 from_ns,
                                       guint64 to_ns, guint64 *since_ns, guint64 *until_ns);

G_END_DECLS
