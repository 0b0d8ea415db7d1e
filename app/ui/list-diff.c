/* list-diff.c: see the header. Ids are unique, so the longest common
 * subsequence is the longest rising run of the old rows' new places: n log n.
 * What both sequences begin and end with is set aside first, so that a birth or
 * a death amid ten thousand rows costs the comparison only. */
#include "list-diff.h"

#define GONE G_MAXUINT

/* The rows between the common beginning and the common end. */
typedef struct
{
  guint first;
  guint n_before, n_after;
  guint *places;  /* of each old row in the new rows, from 0; GONE when not there */
  gboolean *kept; /* of each old row */
} Middle;

static void
find_places (Middle *middle, const guint *before, const guint *after)
{
  g_autoptr (GHashTable) index = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < middle->n_after; i++)
    g_hash_table_insert (index, GUINT_TO_POINTER (after[i]), GUINT_TO_POINTER (i));
  for (guint i = 0; i < middle->n_before; i++)
    {
      gpointer place;

      if (g_hash_table_lookup_extended (index, GUINT_TO_POINTER (before[i]), NULL, &place))
        middle->places[i] = GPOINTER_TO_UINT (place);
      else
        middle->places[i] = GONE;
    }
}

/* The shortest rising run of each length ends as low as possible: @tails. */
static guint
find_length (const guint *places, const guint *tails, guint n_tails, guint place)
{
  guint low = 0, high = n_tails;

  while (low < high)
    {
      guint half = low + (high - low) / 2;

      if (places[tails[half]] < place)
        low = half + 1;
      else
        high = half;
    }
  return low;
}

/* Marks the longest rising run of old rows @from … @to − 1 whose places lie in
 * @low … @high − 1. */
static void
keep_longest_run (Middle *middle, guint from, guint to, guint low, guint high)
{
  g_autofree guint *tails = NULL, *previous = NULL;
  guint length = 0;

  if (from >= to)
    return;
  tails = g_new (guint, to - from);
  previous = g_new (guint, to - from);
  for (guint i = from; i < to; i++)
    {
      guint at;

      if (middle->places[i] == GONE || middle->places[i] < low || middle->places[i] >= high)
        continue;
      at = find_length (middle->places, tails, length, middle->places[i]);
      previous[i - from] = at > 0 ? tails[at - 1] : GONE;
      tails[at] = i;
      length = MAX (length, at + 1);
    }
  for (guint i = length > 0 ? tails[length - 1] : GONE; i != GONE; i = previous[i - from])
    middle->kept[i] = TRUE;
}

static void
choose_kept (Middle *middle, const guint *before, guint pinned)
{
  guint pin = 0;

  while (pin < middle->n_before && (before[pin] != pinned || middle->places[pin] == GONE))
    pin++;
  if (pin == middle->n_before)
    {
      keep_longest_run (middle, 0, middle->n_before, 0, middle->n_after);
      return;
    }
  middle->kept[pin] = TRUE;
  keep_longest_run (middle, 0, pin, 0, middle->places[pin]);
  keep_longest_run (middle, pin + 1, middle->n_before, middle->places[pin] + 1, middle->n_after);
}

static void
add_splice (GArray *splices, guint position, guint removed, guint added)
{
  const WeftListSplice splice = { position, removed, added };

  if (removed > 0 || added > 0)
    g_array_append_val (splices, splice);
}

/* What lies between two kept rows is one splice. */
static void
collect_splices (const Middle *middle, GArray *splices)
{
  guint removed = 0, next = 0;

  for (guint i = 0; i < middle->n_before; i++)
    {
      if (!middle->kept[i])
        {
          removed++;
          continue;
        }
      add_splice (splices, middle->first + next, removed, middle->places[i] - next);
      next = middle->places[i] + 1;
      removed = 0;
    }
  add_splice (splices, middle->first + next, removed, middle->n_after - next);
}

GArray *
weft_list_diff (const guint *before, guint n_before, const guint *after, guint n_after,
                guint pinned)
{
  GArray *splices = g_array_new (FALSE, FALSE, sizeof (WeftListSplice));
  Middle middle = { 0 };
  guint least = MIN (n_before, n_after), same_end = 0;

  while (middle.first < least && before[middle.first] == after[middle.first])
    middle.first++;
  while (same_end < least - middle.first
         && before[n_before - 1 - same_end] == after[n_after - 1 - same_end])
    same_end++;
  middle.n_before = n_before - middle.first - same_end;
  middle.n_after = n_after - middle.first - same_end;
  if (middle.n_before == 0 || middle.n_after == 0)
    {
      add_splice (splices, middle.first, middle.n_before, middle.n_after);
      return splices;
    }
  middle.places = g_new (guint, middle.n_before);
  middle.kept = g_new0 (gboolean, middle.n_before);
  find_places (&middle, before + middle.first, after + middle.first);
  choose_kept (&middle, before + middle.first, pinned);
  collect_splices (&middle, splices);
  g_free (middle.places);
  g_free (middle.kept);
  return splices;
}
