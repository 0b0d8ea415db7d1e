/* shares-list.h: threads with a bar each of how they spent a range. In: figures.
 * Out: paint, and the same in words for who cannot see it. */
#pragma once
#include <gtk/gtk.h>
#include "trace/statistics.h"

G_BEGIN_DECLS

#define WEFT_TYPE_SHARES_LIST (weft_shares_list_get_type ())
G_DECLARE_FINAL_TYPE (WeftSharesList, weft_shares_list, WEFT, SHARES_LIST, GtkWidget)

GtkWidget *weft_shares_list_new (void);
/* @statistics: (element-type WeftThreadStatistics); @names: of as many threads */
void weft_shares_list_set (WeftSharesList *self, GArray *statistics, GPtrArray *names);

G_END_DECLS
