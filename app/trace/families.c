/* families.c: see the header. Each process knows its first and last child and its next
 * sibling, in one array; the living are a list from which those that ended are taken. */
#include "families.h"

/* No family is deeper but one that somebody made up. */
#define MOST_DEEP 4096

typedef struct
{
  guint first, last; /* child */
  guint next;        /* sibling */
  guint parent;      /* whose list it is in; WEFT_NO_ID: the roots' */
  gboolean ended;
} Node;

struct _WeftFamilies
{
  WeftProcessTable *table;
  GMutex lock; /* readers keep it up, whoever comes first */
  GArray *nodes;
  Node roots; /* its first and last */
  GArray *living, *ended;
  guint64 seen; /* the table's generation */
  guint64 generation;
};

WeftFamilies *
weft_families_new (WeftProcessTable *table)
{
  WeftFamilies *self = g_new0 (WeftFamilies, 1);

  self->table = table;
  g_mutex_init (&self->lock);
  self->nodes = g_array_new (FALSE, FALSE, sizeof (Node));
  self->living = g_array_new (FALSE, FALSE, sizeof (guint));
  self->ended = g_array_new (FALSE, FALSE, sizeof (guint));
  self->roots = (Node){ .first = WEFT_NO_ID, .last = WEFT_NO_ID };
  return self;
}

void
weft_families_free (WeftFamilies *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->nodes);
  g_array_unref (self->living);
  g_array_unref (self->ended);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static Node *
get_node (WeftFamilies *self, guint id)
{
  return id == WEFT_NO_ID ? &self->roots : &g_array_index (self->nodes, Node, id);
}

/* --- keeping up ----------------------------------------------------------- */

static void
link_under (WeftFamilies *self, guint id, guint parent)
{
  Node *node = get_node (self, id), *above = get_node (self, parent);
  guint before = above->last;

  node->parent = parent;
  if (before != WEFT_NO_ID && before > id) /* found its parent late */
    {
      before = WEFT_NO_ID;
      for (guint at = above->first; at != WEFT_NO_ID && at < id; at = get_node (self, at)->next)
        before = at;
    }
  if (before == WEFT_NO_ID)
    {
      node->next = above->first;
      above->first = id;
    }
  else
    {
      node->next = get_node (self, before)->next;
      get_node (self, before)->next = id;
    }
  if (node->next == WEFT_NO_ID)
    above->last = id;
  self->generation++;
}

static void
unlink_root (WeftFamilies *self, guint id)
{
  guint before = WEFT_NO_ID;

  for (guint at = self->roots.first; at != id; at = get_node (self, at)->next)
    before = at;
  get_node (self, before)->next = get_node (self, id)->next;
  if (before == WEFT_NO_ID)
    self->roots.first = get_node (self, id)->next;
  if (self->roots.last == id)
    self->roots.last = before;
}

/* Whether a process is above another one, or too far up to say. */
static gboolean
may_be_above (WeftFamilies *self, guint id, guint below)
{
  guint depth = 0;

  while (below != WEFT_NO_ID && below != id && depth++ < MOST_DEEP)
    below = get_node (self, below)->parent;
  return below != WEFT_NO_ID;
}

/* Its id may be higher: who was there before the trace is listed by number, and numbers
 * begin anew. In a made-up table it may be anybody, and a circle has no root: one of its
 * processes stands alone. */
static guint
find_parent (WeftFamilies *self, guint id)
{
  guint parent = weft_process_table_get_birth_parent (self->table, id);

  if (parent >= self->nodes->len
      || (get_node (self, id)->first != WEFT_NO_ID && may_be_above (self, id, parent)))
    return WEFT_NO_ID;
  return parent;
}

static void
take_new (WeftFamilies *self)
{
  guint first = self->nodes->len, n = weft_process_table_get_size (self->table);

  for (guint id = first; id < n; id++)
    {
      const Node node = { WEFT_NO_ID, WEFT_NO_ID, WEFT_NO_ID, WEFT_NO_ID, FALSE };

      g_array_append_val (self->nodes, node);
      g_array_append_val (self->living, id);
    }
  for (guint id = first; id < n; id++)
    link_under (self, id, find_parent (self, id));
}

/* TRUE when it ended. */
static gboolean
take_change (WeftFamilies *self, guint id)
{
  Node *node = get_node (self, id);
  guint parent = find_parent (self, id);
  gboolean ended = weft_process_table_get (self->table, id)->end_ns != 0;

  if (node->parent == WEFT_NO_ID && parent != WEFT_NO_ID)
    {
      unlink_root (self, id);
      link_under (self, id, parent);
    }
  if (!ended || node->ended)
    return FALSE;
  node->ended = TRUE;
  g_array_append_val (self->ended, id);
  return TRUE;
}

static void
bury (WeftFamilies *self)
{
  guint kept = 0;

  for (guint i = 0; i < self->living->len; i++)
    {
      guint id = g_array_index (self->living, guint, i);

      if (!get_node (self, id)->ended)
        g_array_index (self->living, guint, kept++) = id;
    }
  g_array_set_size (self->living, kept);
}

static void
keep_up (WeftFamilies *self)
{
  guint64 now = weft_process_table_get_generation (self->table);
  g_autoptr (GArray) changed = NULL;
  gboolean any_ended = FALSE;

  if (now == self->seen)
    return;
  take_new (self);
  changed = weft_process_table_list_changed (self->table, self->seen);
  for (guint i = changed->len; i-- > 0;) /* the newest change comes first */
    any_ended |= take_change (self, g_array_index (changed, guint, i));
  if (any_ended)
    bury (self);
  self->seen = now;
}

/* --- answers -------------------------------------------------------------- */

static GArray *
walk (WeftFamilies *self, guint root)
{
  GArray *order = g_array_new (FALSE, FALSE, sizeof (guint));
  guint id = root != WEFT_NO_ID ? root : self->roots.first;

  while (id != WEFT_NO_ID)
    {
      const Node *node = get_node (self, id);

      g_array_append_val (order, id);
      if (node->first != WEFT_NO_ID)
        {
          id = node->first;
          continue;
        }
      while (id != root && get_node (self, id)->next == WEFT_NO_ID
             && get_node (self, id)->parent != WEFT_NO_ID)
        id = get_node (self, id)->parent;
      id = id == root ? WEFT_NO_ID : get_node (self, id)->next;
    }
  return order;
}

GArray *
weft_families_list (WeftFamilies *self, guint root)
{
  GArray *order;

  g_mutex_lock (&self->lock);
  keep_up (self);
  if (root != WEFT_NO_ID && root >= self->nodes->len)
    order = g_array_new (FALSE, FALSE, sizeof (guint));
  else
    order = walk (self, root);
  g_mutex_unlock (&self->lock);
  return order;
}

guint64
weft_families_get_generation (WeftFamilies *self)
{
  guint64 generation;

  g_mutex_lock (&self->lock);
  keep_up (self);
  generation = self->generation;
  g_mutex_unlock (&self->lock);
  return generation;
}

GArray *
weft_families_list_living (WeftFamilies *self)
{
  GArray *living = g_array_new (FALSE, FALSE, sizeof (guint));

  g_mutex_lock (&self->lock);
  keep_up (self);
  g_array_append_vals (living, self->living->data, self->living->len);
  g_mutex_unlock (&self->lock);
  return living;
}

guint
weft_families_count_ended (WeftFamilies *self)
{
  guint n;

  g_mutex_lock (&self->lock);
  keep_up (self);
  n = self->ended->len;
  g_mutex_unlock (&self->lock);
  return n;
}

guint
weft_families_get_ended (WeftFamilies *self, guint i)
{
  guint id;

  g_mutex_lock (&self->lock);
  id = i < self->ended->len ? g_array_index (self->ended, guint, i) : WEFT_NO_ID;
  g_mutex_unlock (&self->lock);
  return id;
}

GArray *
weft_family_order_new (WeftProcessTable *table, guint root)
{
  g_autoptr (WeftFamilies) families = weft_families_new (table);

  return weft_families_list (families, root);
}
