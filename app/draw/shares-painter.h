/* shares-painter.h: bars of how a stretch of time was spent. In: ns per state.
 * Out: one stacked bar, and the sentence that names what counts most. */
#pragma once
#include "style.h"

G_BEGIN_DECLS

/* A rounded bar of the shares in the order of WeftState, unknown last; every
 * state with any time at all keeps a visible sliver. @ns has WEFT_N_STATES. */
void weft_shares_draw_bar (WeftStyle *style, cairo_t *cr, const WeftRect *rect, const guint64 *ns);

/* One row of the details panel: name, bar, main reason ("lock 71 %"). The bar is as long
 * as its thread was there. */
typedef struct
{
  const char *name;
  const guint64 *ns;   /* WEFT_N_STATES */
  guint64 absent_ns;   /* of the range, when it was not there */
  gboolean strong;     /* bold name: a process among its threads */
  double name_width;   /* width of the name's column, user units */
  double reason_width; /* the same of the reason's */
} WeftSharesRow;

void weft_shares_draw_row (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                           const WeftSharesRow *row);

/* The state with most time; UNKNOWN when there is none. Sleep states count as one
 * family against the others, then the largest of the family is named. */
WeftState weft_shares_main_state (const guint64 *ns);

/* "lock 71 %" of @ns and @absent_ns together. Translated; (transfer full). */
char *weft_shares_main_reason (const guint64 *ns, guint64 absent_ns);

/* The x positions (user units, @width wide) at which the bar's segments end,
 * WEFT_N_STATES of them in the order of @order; for hover. */
void weft_shares_layout (const guint64 *ns, double width, double min_width, WeftState *order,
                         double *ends);

G_END_DECLS
