/* first-program.h: what a recording opens with. In: its store. Out: the process
 * whose lanes are shown before the user chose any. */
#pragma once
#include "trace/trace-store.h"

G_BEGIN_DECLS

/**
 * weft_first_program_find:
 *
 * The program that did most: the busiest process, and from there up to the one
 * that began the family, as long as that was traced too. Call within a read
 * section.
 *
 * Returns: its id, or WEFT_NO_ID when no process is known
 */
guint weft_first_program_find (WeftTraceStore *store);

G_END_DECLS
