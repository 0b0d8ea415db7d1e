/* find-start.h: what holds a moment, of things that lie end to end. Pure. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* The last of @n rising times that is at or before @time_ns, searched upwards from @hint
 * in growing steps; 0 when there is none. */
static inline guint
weft_find_start (const guint64 *starts, guint n, guint64 time_ns, guint hint)
{
  guint low = hint, step = 1, high;

  if (starts[low] > time_ns)
    low = 0;
  while (low + step < n && starts[low + step] <= time_ns)
    {
      low += step;
      step *= 2;
    }
  high = MIN (low + step, n);
  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (starts[middle] <= time_ns)
        low = middle;
      else
        high = middle;
    }
  return low;
}

G_END_DECLS
