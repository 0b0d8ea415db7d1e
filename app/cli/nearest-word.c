/* nearest-word.c: see the header. */
#include "nearest-word.h"
#include <string.h>

/* So many letters may be wrong for a word to be recognised. */
#define MOST_WRONG 2

/* Letters that must be put in, taken out, changed or swapped with the next; of no interest
 * beyond @most. */
static guint
count_wrong (const char *a, const char *b, guint most)
{
  guint change, take, put;

  if (*a == '\0' || *b == '\0')
    return (guint)(strlen (a) + strlen (b));
  if (*a == *b)
    return count_wrong (a + 1, b + 1, most);
  if (most == 0)
    return 1;
  if (a[1] != '\0' && a[1] == b[0] && a[0] == b[1])
    return 1 + count_wrong (a + 2, b + 2, most - 1);
  change = count_wrong (a + 1, b + 1, most - 1);
  take = count_wrong (a + 1, b, most - 1);
  put = count_wrong (a, b + 1, most - 1);
  return 1 + MIN (change, MIN (take, put));
}

const char *
weft_nearest_word (const char *word, const char *const *words)
{
  const char *nearest = NULL;
  guint least = MOST_WRONG + 1;

  for (; *words != NULL; words++)
    {
      guint wrong = count_wrong (word, *words, MOST_WRONG);

      if (wrong >= least)
        continue;
      nearest = *words;
      least = wrong;
    }
  return nearest;
}
