/* lane-list.h: the lanes of a process and its family, as a list. In: a store, a process,
 * which headings are folded. Out: WeftLaneItems, each the same for as long as its lane is
 * there. What a trace that grows adds is found off the main thread. */
#pragma once
#include "lane-item.h"

G_BEGIN_DECLS

#define WEFT_TYPE_LANE_LIST (weft_lane_list_get_type ())
G_DECLARE_FINAL_TYPE (WeftLaneList, weft_lane_list, WEFT, LANE_LIST, GObject)

/* Signal "changed": lanes came or went. */
WeftLaneList *weft_lane_list_new (void);

/* (transfer none): of WeftLaneItem */
GListModel *weft_lane_list_get_items (WeftLaneList *self);

/* At once. @store: (nullable): another one forgets what was folded.
 * @process: WEFT_NO_ID: no lanes */
void weft_lane_list_show (WeftLaneList *self, WeftTraceStore *store, guint process);
guint weft_lane_list_get_process (WeftLaneList *self);
/* Folds or unfolds a heading, at once. */
void weft_lane_list_toggle (WeftLaneList *self, guint process);
/* (transfer none): the folded ones, as a set */
GHashTable *weft_lane_list_get_collapsed (WeftLaneList *self);

/* Looks, in a while, for lanes that are new; as often as it is called, it does so no more
 * than five times a second. */
void weft_lane_list_update (WeftLaneList *self);

G_END_DECLS
