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

guint
weft_lane_column_stack (const WeftPalette *palette, const guint64 *ns, guint64 length_ns,
                        guint height, WeftColumnPart *parts)
{
  double px_per_ns = (double)height / (gint64)length_ns;
  guint n = 0, from = 0;

  for (guint state = 0; state < WEFT_N_STATES; state++)
    {
      WeftColumnPart *part = &parts[n];
      double exact;

      if (ns[state] == 0 || palette->states[state].fill == WEFT_FILL_NONE)
        continue;
      /* signed: the conversion is one instruction then, and times are below 2⁶³ */
      exact = (gint64)ns[state] * px_per_ns * palette->states[state].height;
      part->state = state;
      part->weight = 255;
      part->to = MIN (height, (guint)(int)(exact + 0.5));
      if (exact < 1)
        {
          part->to = 1;
          part->weight = (guint8)(WEFT_COLUMN_LEAST_WEIGHT
                                  + (int)((255 - WEFT_COLUMN_LEAST_WEIGHT) * exact));
        }
      n++;
    }
  n = fit (parts, n, height);
  /* heights to positions */
  for (guint i = 0; i < n; i++)
    {
      parts[i].from = from;
      parts[i].to += from;
      from = parts[i].to;
    }
  return n;
}

static guint64
edge_of (const WeftTimeScale *scale, guint px)
{
  return scale->from_ns
         + (guint64)((unsigned __int128)(scale->to_ns - scale->from_ns) * px / scale->width_px);
}

/* Where a pixel is shorter than a nanosecond, the column that holds @px's. */
static guint
find_column (const WeftTimeScale *scale, guint px)
{
  while (px + 1 < scale->width_px && edge_of (scale, px) == edge_of (scale, px + 1))
    px++;
  return px;
}

guint
weft_lane_column_stack_item (const WeftPalette *palette, const WeftLaneItems *items, guint px,
                             guint height, WeftColumnPart *parts)
{
  const WeftTimeScale *scale = &items->scale;
  guint64 range = scale->to_ns - scale->from_ns, length = range / scale->width_px, sum = 0;
  const guint64 *ns;

  if (length == 0)
    px = find_column (scale, px);
  ns = items->columns[px].ns;
  for (guint state = 0; state < WEFT_N_STATES; state++)
    sum += ns[state];
  /* columns differ in length by a nanosecond; those of a summary hold the time of
   * many threads, which share the height */
  return weft_lane_column_stack (palette, ns, MAX (MAX (length, sum), 1), height, parts);
}

gboolean
weft_lane_box_needs_separator (GArray *boxes, guint i)
{
  const WeftLaneBox *box = &g_array_index (boxes, WeftLaneBox, i), *next = box + 1;

  /* one column between them holds what parted the slices, too short to see */
  return i + 1 < boxes->len && next->state == box->state && next->from_px <= box->to_px + 1;
}
