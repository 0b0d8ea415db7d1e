/* time-grid.c: see the header. */
#include "time-grid.h"

/* Nanoseconds times pixels go beyond 64 bits. */
__extension__ typedef unsigned __int128 WeftUint128;

gboolean
weft_time_grid_equals (const WeftTimeGrid *self, const WeftTimeGrid *other)
{
  return self->range_ns == other->range_ns && self->width_px == other->width_px;
}

guint64
weft_time_grid_get_edge (const WeftTimeGrid *self, guint64 column)
{
  return (guint64)((WeftUint128)column * self->range_ns / self->width_px);
}

guint64
weft_time_grid_get_column (const WeftTimeGrid *self, guint64 time_ns)
{
  WeftUint128 columns = (WeftUint128)time_ns * self->width_px;

  return (guint64)((columns + self->range_ns / 2) / self->range_ns);
}
