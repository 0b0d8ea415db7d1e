/* export-dialog.h: asks what to export and where, then does it off the main
 * thread with progress and cancel. In: a trace, what is seen and selected. */
#pragma once
#include "view-state.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @processes, @collapsed: (transfer none) (element-type guint): those in view, and
 * of them those that are folded */
void weft_export_dialog_show (GtkWindow *parent, WeftTraceStore *store, WeftViewState *state,
                              GArray *processes, GArray *collapsed);

G_END_DECLS
