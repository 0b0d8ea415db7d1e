/* process-list-model.h: the rows of the process tree as a list that GTK can
 * show and select in. In: the places of all visible processes, again and again.
 * Out: as few changes as lead from the rows before to the rows now. */
#pragma once
#include <gtk/gtk.h>
#include "process-item.h"

G_BEGIN_DECLS

#define WEFT_TYPE_PROCESS_LIST_MODEL (weft_process_list_model_get_type ())
G_DECLARE_FINAL_TYPE (WeftProcessListModel, weft_process_list_model, WEFT, PROCESS_LIST_MODEL,
                      GObject)

/* Implements GListModel of WeftProcessItem and GtkSelectionModel: at most one
 * is selected. What is selected is a process, not a row: it stays selected
 * while a search or a collapsed parent hides it. */
WeftProcessListModel *weft_process_list_model_new (void);

/**
 * weft_process_list_model_update:
 * @places: (element-type WeftProcessPlace): each process at most once
 *
 * Rows that stay keep their item, which takes its new place silently: whoever
 * shows an item looks at it again afterwards. The selected row is never removed
 * while it is among @places, even where others change their order around it, but
 * to come again in the same change. A change that takes out more than one row begins
 * at the top: GTK 4.8 miscounts others.
 *
 * Returns: how many times items-changed was emitted
 */
guint weft_process_list_model_update (WeftProcessListModel *self, const GArray *places);

/* The selected process: its id, or WEFT_NO_ID. Also property "selected", which
 * notifies. */
guint weft_process_list_model_get_selected (WeftProcessListModel *self);
void weft_process_list_model_set_selected (WeftProcessListModel *self, guint id);

/* The row of a process, or GTK_INVALID_LIST_POSITION. */
guint weft_process_list_model_find (WeftProcessListModel *self, guint id);

/* The place at a row: (transfer none) (nullable), until the next update. */
const WeftProcessPlace *weft_process_list_model_get_place (WeftProcessListModel *self,
                                                           guint position);

G_END_DECLS
