/* rewrites.c: see the header. What came later and reaches further back makes those before
 * it needless, so that a list of rising moments is all there is to know. */
#include "rewrites.h"
#include <string.h>

/* The oldest two become one that says at least as much as both. */
static void
make_room (WeftRewrites *self)
{
  if (self->n < WEFT_MOST_REWRITES)
    return;
  self->items[1].from_ns = self->items[0].from_ns;
  self->n--;
  memmove (self->items, self->items + 1, self->n * sizeof *self->items);
}

void
weft_rewrites_note (WeftRewrites *self, guint64 generation, guint64 from_ns)
{
  while (self->n > 0 && self->items[self->n - 1].from_ns >= from_ns)
    self->n--;
  if (self->n > 0 && self->items[self->n - 1].generation == generation)
    return;
  make_room (self);
  self->items[self->n++] = (WeftRewrite){ generation, from_ns };
}

guint64
weft_rewrites_get (const WeftRewrites *self, guint64 since_generation)
{
  for (guint i = 0; i < self->n; i++)
    if (self->items[i].generation > since_generation)
      return self->items[i].from_ns;
  return G_MAXUINT64;
}
