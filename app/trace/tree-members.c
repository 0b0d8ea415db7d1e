/* tree-members.c: see the header. */
#include "tree-members.h"

/* Ends are noticed in the order in which they are told, late ones a little later. */
#define DISORDER_NS (G_GUINT64_CONSTANT (1000000000))

struct _WeftTreeMembers
{
  WeftFamilies *families;
  WeftProcessTable *table;
  guint family;  /* root, or WEFT_NO_ID */
  GArray *kept;  /* its newest that ended, rising */
  guint n_ended; /* so many ends were looked at for that */
};

WeftTreeMembers *
weft_tree_members_new (WeftFamilies *families, WeftProcessTable *table)
{
  WeftTreeMembers *self = g_new0 (WeftTreeMembers, 1);

  self->families = families;
  self->table = table;
  self->family = WEFT_NO_ID;
  self->kept = g_array_new (FALSE, FALSE, sizeof (guint));
  return self;
}

void
weft_tree_members_free (WeftTreeMembers *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->kept);
  g_free (self);
}

static int
compare_ids (gconstpointer one, gconstpointer other)
{
  guint a = *(const guint *)one, b = *(const guint *)other;

  return (a > b) - (a < b);
}

/* What is behind the newest is of no use any more. */
static void
keep_newest (GArray *ids)
{
  g_array_sort (ids, compare_ids);
  if (ids->len > WEFT_TREE_MAX_KEPT)
    g_array_remove_range (ids, 0, ids->len - WEFT_TREE_MAX_KEPT);
}

static void
choose_family (WeftTreeMembers *self, guint family)
{
  g_autoptr (GArray) all = NULL;

  g_array_set_size (self->kept, 0);
  self->family = family;
  self->n_ended = weft_families_count_ended (self->families);
  if (family == WEFT_NO_ID)
    return;
  all = weft_families_list (self->families, family);
  for (guint i = 0; i < all->len; i++)
    if (weft_process_table_get (self->table, g_array_index (all, guint, i))->end_ns != 0)
      g_array_append_val (self->kept, g_array_index (all, guint, i));
  keep_newest (self->kept);
}

static void
follow_family (WeftTreeMembers *self)
{
  guint n = weft_families_count_ended (self->families), before = self->kept->len;

  for (; self->n_ended < n; self->n_ended++)
    {
      guint id = weft_families_get_ended (self->families, self->n_ended);

      if (self->family != WEFT_NO_ID && weft_process_table_descends (self->table, id, self->family))
        g_array_append_val (self->kept, id);
    }
  if (self->kept->len > before)
    keep_newest (self->kept);
}

static void
add_recent (WeftTreeMembers *self, const WeftTreeQuery *query, GArray *ids)
{
  for (guint i = weft_families_count_ended (self->families); i-- > 0;)
    {
      guint id = weft_families_get_ended (self->families, i);
      guint64 leave_ns = weft_process_table_get (self->table, id)->end_ns + query->show_exited_ns;

      if (leave_ns > query->now_ns)
        g_array_append_val (ids, id);
      else if (leave_ns + DISORDER_NS < query->now_ns)
        return;
    }
}

static void
remove_twins (GArray *ids)
{
  guint kept = 0;

  for (guint i = 0; i < ids->len; i++)
    if (kept == 0 || g_array_index (ids, guint, i) != g_array_index (ids, guint, kept - 1))
      g_array_index (ids, guint, kept++) = g_array_index (ids, guint, i);
  g_array_set_size (ids, kept);
}

GArray *
weft_tree_members_list (WeftTreeMembers *self, const WeftTreeQuery *query)
{
  GArray *ids = weft_families_list_living (self->families);

  if (query->family != self->family)
    choose_family (self, query->family);
  else
    follow_family (self);
  add_recent (self, query, ids);
  g_array_append_vals (ids, self->kept->data, self->kept->len);
  g_array_sort (ids, compare_ids);
  remove_twins (ids);
  return ids;
}
