/* process-row.h: one row of the process tree. In: a process item and the moment
 * at which it is shown. Out: a small widget that paints itself through the
 * painter, and names the list item that holds it for the ear. */
#pragma once
#include <gtk/gtk.h>
#include "process-item.h"

G_BEGIN_DECLS

/* What all rows of one tree share. Reference counted by g_rc_box. */
typedef struct
{
  WeftStyle *style;
  WeftTreeColumns columns;
  double indent; /* of a level */
  WeftProcessMoment moment;
  char *search;
} WeftProcessRowContext;

WeftProcessRowContext *weft_process_row_context_new (void);
void weft_process_row_context_unref (WeftProcessRowContext *context);

#define WEFT_TYPE_PROCESS_ROW (weft_process_row_get_type ())
G_DECLARE_FINAL_TYPE (WeftProcessRow, weft_process_row, WEFT, PROCESS_ROW, GtkWidget)

/* Signal "toggle": the expander of a row with children was clicked. */
GtkWidget *weft_process_row_new (WeftProcessRowContext *context);

/* @item: (nullable): none: the row shows nothing */
void weft_process_row_set_item (WeftProcessRow *self, WeftProcessItem *item);
WeftProcessItem *weft_process_row_get_item (WeftProcessRow *self);
void weft_process_row_set_selected (WeftProcessRow *self, gboolean selected);

/**
 * weft_process_row_refresh:
 *
 * Looks at the item and the moment again; redraws when they read differently.
 *
 * Returns: %TRUE while the row glows or fades: refresh it soon again
 */
gboolean weft_process_row_refresh (WeftProcessRow *self);

G_END_DECLS
