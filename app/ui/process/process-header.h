/* process-header.h: the titles over the process tree, which sort it. In: which
 * columns there are and which one is sorted by. Out: a drawn row with a button
 * over each title, and the signals "clicked" (guint column) and "resized" (int
 * width), in whose handlers the columns may be set. */
#pragma once
#include <gtk/gtk.h>
#include "draw/tree-row-painter.h"

G_BEGIN_DECLS

#define WEFT_TYPE_PROCESS_HEADER (weft_process_header_get_type ())
G_DECLARE_FINAL_TYPE (WeftProcessHeader, weft_process_header, WEFT, PROCESS_HEADER, GtkWidget)

GtkWidget *weft_process_header_new (void);
void weft_process_header_set_style (WeftProcessHeader *self, WeftStyle *style);
void weft_process_header_set_columns (WeftProcessHeader *self, WeftTreeColumns columns);

/* @sorted: the column, 0 for none */
void weft_process_header_set_sorted (WeftProcessHeader *self, WeftTreeColumns sorted,
                                     gboolean descending);

G_END_DECLS
