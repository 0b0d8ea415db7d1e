/* facts-button.h: what the trace cannot show. In: sentences. Out: a small button that
 * is there when there are any, and a list of them behind it. */
#pragma once
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WEFT_TYPE_FACTS_BUTTON (weft_facts_button_get_type ())
G_DECLARE_FINAL_TYPE (WeftFactsButton, weft_facts_button, WEFT, FACTS_BUTTON, GtkWidget)

/* @told: (element-type utf8) (transfer none) */
void weft_facts_button_set (WeftFactsButton *self, GPtrArray *told);

G_END_DECLS
