/* number-index.c: an open-addressing table, at most half full. In: values.
 * Out: their numbers. */
#include "number-index.h"

static inline guint
first_place (const WeftNumberIndex *self, guint64 value)
{
  return (guint)((value * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) >> 32) & (self->n_places - 1);
}

static WeftNumberPlace *
find_place (const WeftNumberIndex *self, guint64 value)
{
  guint i = first_place (self, value);

  while (self->places[i].number != 0 && self->places[i].value != value)
    i = (i + 1) & (self->n_places - 1);
  return &self->places[i];
}

static void
grow (WeftNumberIndex *self)
{
  WeftNumberIndex larger = { NULL, MAX (self->n_places * 2, 64), self->n_values };

  larger.places = g_new0 (WeftNumberPlace, larger.n_places);
  for (guint i = 0; i < self->n_places; i++)
    if (self->places[i].number != 0)
      *find_place (&larger, self->places[i].value) = self->places[i];
  g_free (self->places);
  *self = larger;
}

void
weft_number_index_clear (WeftNumberIndex *self)
{
  g_clear_pointer (&self->places, g_free);
  self->n_places = 0;
  self->n_values = 0;
}

guint32
weft_number_index_get (WeftNumberIndex *self, guint64 value)
{
  WeftNumberPlace *place;

  if (self->n_values * 2 >= self->n_places)
    grow (self);
  place = find_place (self, value);
  if (place->number == 0)
    *place = (WeftNumberPlace){ value, ++self->n_values };
  return place->number - 1;
}
