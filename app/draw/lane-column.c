/* lane-column.c: shares to pixels for one column. Times in, parts out. */
#include "lane-column.h"

#include <math.h>

static guint
sum_of_heights (const WeftColumnPart *parts, guint n)
{
  guint sum = 0;

  for (guint i = 0; i < n; i++)
    sum += parts[i].to;
  return sum;
}

/* Slivers were lifted to a pixel: the highest parts pay for it. */
static guint
fit (WeftColumnPart *parts, guint n, guint height)
{
  guint sum = sum_of_heights (parts, n);

  while (sum > height)
    {
      guint highest = 0;

      for (guint i = 1; i < n; i++)
        if (parts[i].to > parts[highest].to)
          highest = i;
      if (parts[highest].to <= 1)
        return MIN (n, height); /* fewer pixels than states */
      parts[highest].to--;
      sum--;
    }
  return n;
}

/* Which states have time, in order: without a branch, because which they are
 * changes from column to column and nothing could foresee it. */
static guint
find_states (const guint64 *ns, guint8 *states, guint64 *sum)
{
  guint n = 0;

  *sum = 0;
  for (guint state = 0; state < WEFT_N_STATES; state++)
    {
      states[n] = (guint8)state;
      n += ns[state] != 0;
      *sum += ns[state];
    }
  return n;
}

static guint
stack_states (const WeftPalette *palette, const guint64 *ns, const guint8 *states, guint n_states,
              guint64 length_ns, guint height, WeftColumnPart *parts)
{
  /* signed: the conversion is one instruction then, and times are below 2⁶³ */
  double px_per_ns = (double)height / (gint64)length_ns;
  guint n = 0, from = 0;

  for (guint i = 0; i < n_states; i++)
    {
      const WeftStateStyle *style = &palette->states[states[i]];
      double exact = (gint64)ns[states[i]] * px_per_ns * style->height;
      gboolean tiny = exact < 1;
      int rounded = (int)(exact + 0.5);
      int tint = WEFT_COLUMN_LEAST_WEIGHT + (int)((255 - WEFT_COLUMN_LEAST_WEIGHT) * exact);

      parts[n].state = states[i];
      parts[n].weight = (guint8)(tiny ? tint : 255);
      parts[n].to = (guint16)(tiny ? 1 : MIN ((int)height, rounded));
      n += style->fill != WEFT_FILL_NONE;
    }
  n = fit (parts, n, height);
  /* heights to positions */
  for (guint i = 0; i < n; i++)
    {
      parts[i].from = (guint16)from;
      parts[i].to = (guint16)(parts[i].to + from);
      from = parts[i].to;
    }
  return n;
}

guint
weft_lane_column_stack (const WeftPalette *palette, const guint64 *ns, guint64 length_ns,
                        guint height, WeftColumnPart *parts)
{
  guint8 states[WEFT_N_STATES + 1];
  guint64 sum;
  guint n = find_states (ns, states, &sum);

  return stack_states (palette, ns, states, n, length_ns, height, parts);
}

/* Where a pixel is shorter than a nanosecond, the column that holds @px's. */
static guint
find_column (const WeftTimeScale *scale, guint px)
{
  while (px + 1 < scale->width_px
         && weft_time_scale_get_edge (scale, px) == weft_time_scale_get_edge (scale, px + 1))
    px++;
  return px;
}

guint
weft_lane_column_stack_item (const WeftPalette *palette, const WeftLaneItems *items, guint px,
                             guint height, WeftColumnPart *parts)
{
  const WeftTimeScale *scale = &items->scale;
  guint64 range = scale->to_ns - scale->from_ns, sum;
  guint8 states[WEFT_N_STATES + 1];
  const guint64 *ns;
  guint n;

  if (range < scale->width_px)
    px = find_column (scale, px);
  ns = items->columns[px].ns;
  n = find_states (ns, states, &sum);
  if (n == 0)
    return 0;
  /* A full column's sum is its length; a summary's is longer, its threads share the
   * height. */
  sum = MAX (sum, items->edges[px + 1] - items->edges[px]);
  return stack_states (palette, ns, states, n, sum, height, parts);
}

gboolean
weft_lane_box_needs_separator (GArray *boxes, guint i)
{
  const WeftLaneBox *box = &g_array_index (boxes, WeftLaneBox, i), *next = box + 1;

  /* one column between them holds what parted the slices, too short to see */
  return i + 1 < boxes->len && next->state == box->state && next->from_px <= box->to_px + 1;
}
