/* time-grid.h: pixel columns that stay where they are in time. In: how long a width
 * of pixels lasts. Out: the same columns whatever part of time is looked at, so that
 * what was made for a column holds while the view moves. Pure. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* Columns number from time 0 on; @range_ns over @width_px of them. */
typedef struct
{
  guint64 range_ns; /* > 0 */
  guint width_px;   /* > 0 */
} WeftTimeGrid;

gboolean weft_time_grid_equals (const WeftTimeGrid *self, const WeftTimeGrid *other);

/* The time at which @column begins, rounded down to a nanosecond. */
guint64 weft_time_grid_get_edge (const WeftTimeGrid *self, guint64 column);
/* The column that begins nearest to @time_ns. */
guint64 weft_time_grid_get_column (const WeftTimeGrid *self, guint64 time_ns);

G_END_DECLS
