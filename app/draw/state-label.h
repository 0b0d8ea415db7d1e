/* state-label.h: the shortest words for a state, for slices, legends and bars,
 * where the picture itself says that it is a wait. Pure. */
#pragma once
#include "trace/state.h"

G_BEGIN_DECLS

/* "lock", "disk", "waiting for a CPU". Translated; static. */
const char *weft_state_get_short_label (WeftState state);

G_END_DECLS
