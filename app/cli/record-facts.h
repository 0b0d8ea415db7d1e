/* record-facts.h: what a recording cannot tell, or tells less well than it could. In:
 * what helper and store know. Out: lines on standard error, never silence. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

/* Tracing is over: what came late, is of unknown kinds, was skipped, cannot be told on
 * this machine, or is gone. @kept: what left memory is in a file */
void weft_record_facts_tell_end (WeftTraceStore *store, gboolean kept);

/* The helper did not take the targets. */
void weft_record_facts_tell_refusal (const GError *error);

G_END_DECLS
