/* details-panel.h: the panel below the lanes. In: view state and the threads in
 * view. Out: what is known of the selected slice, or how exactly the selected
 * range was spent, worked out off the main thread. */
#pragma once
#include "view-state.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WEFT_TYPE_DETAILS_PANEL (weft_details_panel_get_type ())
G_DECLARE_FINAL_TYPE (WeftDetailsPanel, weft_details_panel, WEFT, DETAILS_PANEL, GtkBox)

/* Returns the threads to count: (transfer full) (element-type guint). */
typedef GArray *(*WeftThreadsFunc) (gpointer user_data);

GtkWidget *weft_details_panel_new (WeftViewState *state, WeftThreadsFunc threads,
                                   gpointer user_data);
void weft_details_panel_set_store (WeftDetailsPanel *self, WeftTraceStore *store);

G_END_DECLS
