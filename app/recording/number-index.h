/* number-index.h: numbers the different values of a column in the order in which
 * they come; private to the encoder. In: 64-bit values. Out: 0, 1, 2 … Pure. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 value;
  guint32 number; /* + 1; 0 is an empty place */
} WeftNumberPlace;

/* All zero is a valid, empty one. */
typedef struct
{
  WeftNumberPlace *places;
  guint n_places; /* a power of two */
  guint32 n_values;
} WeftNumberIndex;

void weft_number_index_clear (WeftNumberIndex *self);

/* Returns: the value's number; it is new when that is what n_values was before */
guint32 weft_number_index_get (WeftNumberIndex *self, guint64 value);

G_END_DECLS
