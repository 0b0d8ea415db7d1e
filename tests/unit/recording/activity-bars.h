/* activity-bars.h: all bars of an overview at once, to be compared. */
#pragma once
#include "activity.h"

#define N_BARS 240

typedef struct
{
  double shares[N_BARS];
  guint8 lost[N_BARS];
} Bars;

static inline Bars
get_bars (WeftActivity *activity)
{
  Bars bars;

  g_assert_true (weft_activity_update (activity, NULL));
  weft_activity_get (activity, bars.shares, bars.lost, N_BARS);
  return bars;
}

static inline void
assert_same (const Bars *one, const Bars *other)
{
  for (guint i = 0; i < N_BARS; i++)
    {
      g_assert_cmpfloat (one->shares[i], ==, other->shares[i]);
      g_assert_cmpuint (one->lost[i], ==, other->lost[i]);
    }
}
