/* unsaved-rows.h: the unsaved traces of earlier runs, each with its verbs. In: what
 * session/unsaved-traces lists. Out: a list for the welcome page, hidden while there
 * are none. */
#pragma once
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WEFT_TYPE_UNSAVED_ROWS (weft_unsaved_rows_get_type ())
G_DECLARE_FINAL_TYPE (WeftUnsavedRows, weft_unsaved_rows, WEFT, UNSAVED_ROWS, GtkWidget)

/**
 * WeftUnsavedRows:
 *
 * Signals, all with the path (char *): "open", "save", "discard".
 */

/* Looks again, in a worker. */
void weft_unsaved_rows_refresh (WeftUnsavedRows *self);

G_END_DECLS
