/* legend-painter.h: what the colours mean. In: a set of states. Out: the
 * height it needs at a width, and paint: each state once, in the order of
 * WeftState, the sleep family as one entry. */
#pragma once
#include "lane-marks.h"
#include "style.h"

G_BEGIN_DECLS

/* A set of states: bit (1 << state). */
typedef guint32 WeftStateSet;

#define WEFT_STATE_BIT(state) ((WeftStateSet)1 << (state))

/* Non-zero entries of @shares. */
WeftStateSet weft_state_set_from_shares (const guint64 *ns);

/* Also explains the marks that occur. */
typedef struct
{
  WeftStateSet states;
  gboolean exec;
  gboolean exit_well;
  gboolean exit_failed;
  gboolean loss;
} WeftLegend;

/* Adds what @other explains. */
void weft_legend_add (WeftLegend *legend, const WeftLegend *other);

/* Adds what the marks of @thread need explained. */
void weft_legend_add_marks (WeftLegend *legend, const WeftLaneMarks *marks, guint thread);

/* The height that @legend needs when it wraps at @width; one row at least. */
double weft_legend_measure (WeftStyle *style, const WeftLegend *legend, double width);

/* Width on one row, and when every entry has a row of its own. */
double weft_legend_measure_width (WeftStyle *style, const WeftLegend *legend);
double weft_legend_measure_least_width (WeftStyle *style, const WeftLegend *legend);

/* What it says, for the ear: (transfer full): "running, lock, sleeping". */
char *weft_legend_describe (const WeftLegend *legend);

/* Wraps at the width of @rect; what does not fit its height is left out. */
void weft_legend_draw (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                       const WeftLegend *legend);

G_END_DECLS
