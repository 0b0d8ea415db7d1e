/* process-item.h: one row of the process tree as a list model holds it, and
 * what is said of it in pixels, for the ear and in a tooltip. In: a process and
 * its place in the tree, copied out of the store. Out: looks and words. */
#pragma once
#include <gio/gio.h>
#include "draw/tree-row-painter.h"
#include "trace/process-table.h"

G_BEGIN_DECLS

/* A process and its place. Its strings live as long as the process table. */
typedef struct
{
  WeftProcess process;
  guint depth;
  guint64 open_levels; /* bit d: a line passes down at depth d */
  gboolean last_child;
  gboolean has_children;
  gboolean expanded;
  guint n_hidden;   /* descendants under a collapsed row */
  gboolean kept;    /* stays in the tree although it exited */
  gboolean matched; /* by the search itself, not for a descendant's sake */
} WeftProcessPlace;

#define WEFT_TYPE_PROCESS_ITEM (weft_process_item_get_type ())
G_DECLARE_FINAL_TYPE (WeftProcessItem, weft_process_item, WEFT, PROCESS_ITEM, GObject)

WeftProcessItem *weft_process_item_new (const WeftProcessPlace *place);
void weft_process_item_set_place (WeftProcessItem *self, const WeftProcessPlace *place);
const WeftProcessPlace *weft_process_item_get_place (WeftProcessItem *self);

/* How the moment at which a row is shown bears on it. */
typedef struct
{
  guint64 now_ns;     /* CLOCK_MONOTONIC, or the end of a recording */
  gboolean live;      /* births glow and exits fade */
  guint64 fade_ns;    /* an exit takes so long to leave; 0: it stays */
  const char *search; /* (nullable) */
} WeftProcessMoment;

/* The look of @place; the texts in it live in @exit_text, which the caller frees. */
void weft_process_place_get_look (const WeftProcessPlace *place, const WeftProcessMoment *moment,
                                  WeftTreeRowLook *look, char **exit_text);

/* "python3, process 4242, running, CPU 99.7 %, 14 MB, 5 threads, 8 s old"; (transfer full) */
char *weft_process_place_describe (const WeftProcessPlace *place, const WeftProcessMoment *moment);

/* Several lines with the command line, state and times; (transfer full) */
char *weft_process_place_explain (const WeftProcessPlace *place, const WeftProcessMoment *moment);

/* "exited 2", "killed by SIGKILL", "exited" when it is not known; (transfer full) (nullable):
 * %NULL while it lives */
char *weft_process_describe_end (const WeftProcess *process);

/* "running", "sleeping", …; translated, static. */
const char *weft_process_state_label (const WeftProcess *process);

G_END_DECLS
