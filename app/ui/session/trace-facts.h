/* trace-facts.h: what a trace cannot show, or shows less well than it could. In:
 * what the store and its notes, helper and file know. Out: sentences for the person; never silence.
 * Pure. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/* Owned values are freed by weft_trace_facts_clear(). */
typedef struct
{
  gboolean live;          /* it runs: what is missing now, not what was */
  GPtrArray *notes;       /* (nullable): sentences of trace-notes.h */
  char *refusal;          /* (nullable): targets that the helper did not take */
  char *damage;           /* (nullable): what is wrong with the file */
  char *scope;            /* (nullable): the title of a trace of less than the machine */
  gboolean scope_changed; /* not all the time of the same */
  guint64 lost;           /* events */
  guint64 late;           /* came after their place was drawn, and were put there */
  guint64 unknown;        /* records of kinds that this version does not know */
  guint64 evicted_ns;     /* so much of the beginning of one that runs left memory */
} WeftTraceFacts;

void weft_trace_facts_clear (WeftTraceFacts *facts);

/**
 * weft_trace_facts_describe:
 *
 * Returns: (transfer full) (element-type utf8): a sentence each, what weighs most
 * first; empty when all is told
 */
GPtrArray *weft_trace_facts_describe (const WeftTraceFacts *facts);

G_END_DECLS
