/* family-order.c: see the header. A list of children for each process, threaded
 * through two arrays; then the walk from top to bottom. */
#include "family-order.h"

typedef struct
{
  guint n;
  guint *first; /* child of each id; [n]: of those without a parent in the family */
  guint *next;  /* sibling of each id; WEFT_NO_ID: the last */
} Children;

static void
link_children (WeftProcessTable *table, guint root, Children *children)
{
  for (guint id = 0; id <= children->n; id++)
    children->first[id] = WEFT_NO_ID;
  /* from the last to the first: each is put before those that follow it */
  for (guint id = children->n; id-- > 0;)
    {
      guint parent = weft_process_table_get_birth_parent (table, id);
      guint of;

      if (root != WEFT_NO_ID && !weft_process_table_descends (table, id, root))
        continue;
      /* a parent has a lower id: there are no loops */
      of = parent < id && id != root ? parent : children->n;
      children->next[id] = children->first[of];
      children->first[of] = id;
    }
}

static GArray *
walk (const Children *children)
{
  GArray *order = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (guint));
  guint id = children->first[children->n];

  for (;;)
    {
      if (id == WEFT_NO_ID)
        {
          if (stack->len == 0)
            return order;
          id = g_array_index (stack, guint, stack->len - 1);
          g_array_set_size (stack, stack->len - 1);
          continue;
        }
      g_array_append_val (order, id);
      g_array_append_val (stack, children->next[id]);
      id = children->first[id];
    }
}

GArray *
weft_family_order_new (WeftProcessTable *table, guint root)
{
  guint n = weft_process_table_get_size (table);
  g_autofree guint *first = g_new (guint, n + 1);
  g_autofree guint *next = g_new (guint, n + 1);
  Children children = { n, first, next };

  link_children (table, root, &children);
  return walk (&children);
}
