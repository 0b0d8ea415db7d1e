/* rewrites.h: how far back what was told of history was changed, and when. In: moments.
 * Out: the earliest of those that came after a generation. Pure; has a bound: of what is
 * long over it may answer an earlier moment than the true one, never a later. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

#define WEFT_MOST_REWRITES 32

typedef struct
{
  guint64 generation, from_ns;
} WeftRewrite;

/* Value type; all 0 at first. Both numbers of an item are greater than those before it. */
typedef struct
{
  WeftRewrite items[WEFT_MOST_REWRITES];
  guint n;
} WeftRewrites;

/* @generation: never decreases */
void weft_rewrites_note (WeftRewrites *self, guint64 generation, guint64 from_ns);

/* G_MAXUINT64: nothing was. */
guint64 weft_rewrites_get (const WeftRewrites *self, guint64 since_generation);

G_END_DECLS
