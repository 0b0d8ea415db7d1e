/* process-pane-private.h: what the files of the process pane share. */
#pragma once
#include "process-header.h"
#include "process-list-model.h"
#include "process-pane.h"
#include "process-places.h"
#include "process-row.h"
#include "totals-strip.h"

G_BEGIN_DECLS

struct _WeftProcessPane
{
  GtkBox parent_instance;

  GtkWidget *search_entry;
  GtkWidget *search_count;
  GtkWidget *totals;
  GtkWidget *header;
  GtkWidget *scroller;
  GtkWidget *list;
  GtkWidget *nothing; /* said when a search finds nobody */
  GtkWidget *kernel_button;
  GtkWidget *menu; /* NULL until the first */

  WeftTraceStore *store;
  WeftTreeMembers *members; /* of it */
  WeftProcReader *reader;
  gulong sampled_handler;
  WeftProcessListModel *model;
  WeftProcessRowContext *context;
  GPtrArray *bound; /* GtkListItem whose child is a WeftProcessRow */

  GHashTable *collapsed;  /* set of ids */
  WeftTreeColumns sorted; /* 0: in the order of birth */
  gboolean descending;
  gboolean show_kernel;
  WeftPaneTrace trace;

  gboolean shown; /* mapped and not minimized */
  GdkSurface *surface;
  gulong surface_handler;
  guint poll_source;
  gboolean polls_fast;
  guint still_polls; /* since the edge last moved */
  guint animate_source;
  gboolean had_focus; /* until the rows of another store are there */
  guint show_source;  /* scrolls to the selected row after the next frame */
  int width;          /* of the rows, logical pixels; 0 before the first layout */
  guint deepest;      /* level of a row */
  guint64 generation; /* of the table when it was last laid out */
  guint64 edge_ns;
  gint64 next_update_us; /* a costly layout waits its turn */
  WeftTreeCounts counts;

  /* for the rates of a trace */
  WeftTraceTotals totals_before;
  gint64 totals_before_us;
  WeftTotalsFigures figures;

  GString *typed; /* type-ahead */
  gint64 typed_us;
};

/* process-pane.c: the focus is in it, or in its menu, which goes, or on what holds it, to
 * which it falls then; or nowhere */
gboolean weft_process_pane_has_focus (WeftProcessPane *self);

/* process-pane-update.c: from the store to the rows */
void weft_process_pane_start_updates (WeftProcessPane *self);
void weft_process_pane_stop_updates (WeftProcessPane *self);
void weft_process_pane_update (WeftProcessPane *self);
void weft_process_pane_refresh_rows (WeftProcessPane *self);
void weft_process_pane_fit_indent (WeftProcessPane *self);
void weft_process_pane_forget_rates (WeftProcessPane *self);

/* process-pane-keys.c: keyboard, collapse and expand, the context menu */
void weft_process_pane_init_input (WeftProcessPane *self);
void weft_process_pane_install_actions (GtkWidgetClass *widget_class);
void weft_process_pane_toggle (WeftProcessPane *self, guint id);
/* Once the list has its rows: scrolls to the chosen one, which gets the keyboard where the
 * one before had it. */
void weft_process_pane_show_selected (WeftProcessPane *self);
void weft_process_pane_show_row (WeftProcessPane *self, guint position, gboolean focus);

G_END_DECLS
