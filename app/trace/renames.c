/* renames.c: see the header. */
#include "renames.h"

static WeftRename *
get (GArray *renames, guint i)
{
  return &g_array_index (renames, WeftRename, i);
}

/* How many were at or before @time_ns. */
static guint
count_until (GArray *renames, guint64 time_ns)
{
  guint low = 0, high = renames != NULL ? renames->len : 0;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (get (renames, middle)->time_ns <= time_ns)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* What was seen in /proc or a snapshot may be told later, with its exact time. What is
 * told again without a change is kept once: an exec may follow. */
static gboolean
takes_over (WeftRename *last, WeftRenameKind kind, guint64 time_ns, const char *new_name)
{
  gboolean same = last->new_name == new_name;

  if (kind == WEFT_RENAME_EXEC && same && !last->exec && last->time_ns <= time_ns)
    {
      last->exec = TRUE;
      return TRUE;
    }
  if (kind == WEFT_RENAME_TOLD && same && last->sampled && time_ns <= last->time_ns)
    {
      last->sampled = FALSE;
      last->time_ns = time_ns;
      return TRUE;
    }
  if (kind == WEFT_RENAME_TOLD && same && last->old_name == new_name && !last->exec
      && time_ns >= last->time_ns)
    {
      last->time_ns = time_ns;
      return TRUE;
    }
  return FALSE;
}

static void
forget_oldest (GArray *renames)
{
  if (renames->len > WEFT_RENAMES_MOST)
    g_array_remove_range (renames, 0, WEFT_RENAMES_MOST / 2);
}

const char *
weft_renames_add (GArray **renames, WeftRenameKind kind, guint64 time_ns, const char *name,
                  const char *new_name)
{
  guint at = count_until (*renames, time_ns), n = *renames != NULL ? (*renames)->len : 0;
  WeftRename rename = { .time_ns = time_ns,
                        .new_name = new_name,
                        .exec = kind == WEFT_RENAME_EXEC,
                        .sampled = kind == WEFT_RENAME_SAMPLED };

  rename.old_name = at > 0  ? get (*renames, at - 1)->new_name
                    : n > 0 ? get (*renames, 0)->old_name
                            : name;
  if (kind == WEFT_RENAME_SAMPLED && (name == new_name || at < n))
    return name;
  if (n > 0 && takes_over (get (*renames, n - 1), kind, time_ns, new_name))
    return new_name;
  if (*renames == NULL)
    *renames = g_array_new (FALSE, FALSE, sizeof (WeftRename));
  g_array_insert_val (*renames, at, rename);
  if (at < n)
    get (*renames, at + 1)->old_name = new_name;
  forget_oldest (*renames);
  return at < n ? name : new_name;
}

const char *
weft_renames_get_at (GArray *renames, guint64 time_ns, const char *name)
{
  guint n = count_until (renames, time_ns);

  if (n > 0)
    return get (renames, n - 1)->new_name;
  return renames != NULL && renames->len > 0 ? get (renames, 0)->old_name : name;
}

const char *
weft_renames_get_before_exec (GArray *renames, guint64 time_ns)
{
  for (guint i = count_until (renames, time_ns); i-- > 0;)
    if (get (renames, i)->exec)
      return get (renames, i)->old_name;
  return NULL;
}
