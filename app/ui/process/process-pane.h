/* process-pane.h: the left side of the window: all processes as a tree that is
 * searched, sorted and chosen from, under the machine's totals. In: a store and
 * who keeps it true to /proc. Out: which process was chosen. */
#pragma once
#include <gtk/gtk.h>
#include "source/proc-reader.h"
#include "trace/trace-store.h"

G_BEGIN_DECLS

#define WEFT_TYPE_PROCESS_PANE (weft_process_pane_get_type ())
G_DECLARE_FINAL_TYPE (WeftProcessPane, weft_process_pane, WEFT, PROCESS_PANE, GtkBox)

/**
 * weft_process_pane_new:
 *
 * Property "selected-process" (guint): the chosen process's id in the store's
 * table, or WEFT_NO_ID; notifies. It stays chosen while a search hides it.
 * Signal "activate-process" (guint id): a double click, or Enter.
 *
 * The context menu offers "Trace Only This" when an ancestor has the action
 * "win.trace-process" (parameter "u": the tgid).
 */
GtkWidget *weft_process_pane_new (void);

/* Shows the processes of @store: (transfer none) (nullable). Nothing is chosen then. */
void weft_process_pane_set_store (WeftProcessPane *self, WeftTraceStore *store);

/**
 * weft_process_pane_set_reader:
 * @reader: (transfer none) (nullable): what keeps the store true to /proc.
 *   With one the tree is live: births glow, exits leave, rates are shown; the
 *   pane lets it rest while it cannot be seen, unless a trace runs.
 *   Without one it is of a recording: who exited stays
 */
void weft_process_pane_set_reader (WeftProcessPane *self, WeftProcReader *reader);

/* What is known of those that ended, when there is a reader. */
typedef enum
{
  WEFT_PANE_NO_TRACE,   /* nothing: they leave */
  WEFT_PANE_TRACE_RUNS, /* a search finds them, else they leave */
  WEFT_PANE_TRACE_OVER, /* they stay, as in a recording */
} WeftPaneTrace;
void weft_process_pane_set_trace (WeftProcessPane *self, WeftPaneTrace trace);

guint weft_process_pane_get_selected_process (WeftProcessPane *self);

/* Also shows it: opens its parents, scrolls to it. WEFT_NO_ID: none is chosen. */
void weft_process_pane_set_selected_process (WeftProcessPane *self, guint id);

void weft_process_pane_focus_search (WeftProcessPane *self);
/* To the row that is chosen, or another one. */
void weft_process_pane_focus_row (WeftProcessPane *self);

G_END_DECLS
