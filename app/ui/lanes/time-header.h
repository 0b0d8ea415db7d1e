/* time-header.h: minimap and ruler above the lanes. In: view state, how busy the
 * trace was. Out: paint; a click or drag on the minimap moves the view. */
#pragma once
#include "draw/style.h"
#include "trace/lane-layout.h"
#include "view-state.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WEFT_TYPE_TIME_HEADER (weft_time_header_get_type ())
G_DECLARE_FINAL_TYPE (WeftTimeHeader, weft_time_header, WEFT, TIME_HEADER, GtkWidget)

GtkWidget *weft_time_header_new (WeftViewState *state);
void weft_time_header_set_style (WeftTimeHeader *self, WeftStyle *style);
/* @store: (nullable): its switches make the minimap's bars */
void weft_time_header_set_store (WeftTimeHeader *self, WeftTraceStore *store);
/* The trace grew: counts what is new. */
void weft_time_header_update (WeftTimeHeader *self);
/* Range, bounds or marks are others than before: to the eye at once, to the ear soon. */
void weft_time_header_tell (WeftTimeHeader *self);

G_END_DECLS
