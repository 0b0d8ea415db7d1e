/* tree-layout.c: see the header. Three passes: who is shown, who hangs where,
 * and the rows in order. No recursion: a hostile recording may hold a chain of
 * a million processes, or a circle. */
#include "tree-layout.h"

#include <string.h>

typedef struct
{
  guint id;
  guint parent;      /* index into nodes, or NONE */
  guint first_child; /* index, or NONE */
  guint last_child;
  guint next_sibling;
  gboolean matched;
  gboolean wanted; /* matched, or an ancestor of who is */
  gboolean kept;
} Node;

#define NONE G_MAXUINT

typedef struct
{
  WeftProcessTable *table;
  const WeftTreeQuery *query;
  WeftTreeCounts *counts;
  gboolean searching;
  gboolean ascii; /* the search is: it can be sought in bytes */
  char *needle;   /* as given, or casefolded when it is not ASCII */
  GArray *nodes;  /* Node, in the order of ids: those that are shown */
  GArray *rows;
} Layout;

static Node *
get_node (const Layout *layout, guint index)
{
  return &g_array_index (layout->nodes, Node, index);
}

/* --- who is shown --------------------------------------------------------- */

static gboolean
contains (const Layout *layout, const char *text)
{
  g_autofree char *folded = NULL;

  if (text == NULL)
    return FALSE;
  if (layout->ascii)
    return strcasestr (text, layout->needle) != NULL;
  folded = g_utf8_casefold (text, -1);
  return strstr (folded, layout->needle) != NULL;
}

static gboolean
matches (const Layout *layout, const WeftProcess *process)
{
  char pid[16];

  if (!layout->searching)
    return TRUE;
  if (contains (layout, process->name) || contains (layout, process->command_line))
    return TRUE;
  g_snprintf (pid, sizeof pid, "%u", process->tgid);
  return g_str_has_prefix (pid, layout->needle);
}

/* Whether an exited process is still to be seen; @kept_left goes down with each
 * that stays for the family's sake. */
static gboolean
still_shown (const Layout *layout, const WeftProcess *process, guint *kept_left, gboolean *kept)
{
  const WeftTreeQuery *query = layout->query;
  guint64 leave_ns;

  if (query->show_exited_ns == G_MAXUINT64)
    {
      *kept = TRUE;
      return TRUE;
    }
  if (query->family != WEFT_NO_ID && *kept_left > 0
      && weft_process_table_descends (layout->table, process->id, query->family))
    {
      (*kept_left)--;
      *kept = TRUE;
      return TRUE;
    }
  leave_ns = process->end_ns + query->show_exited_ns;
  if (leave_ns <= query->now_ns)
    return FALSE;
  if (layout->counts->next_leave_ns == 0 || leave_ns < layout->counts->next_leave_ns)
    layout->counts->next_leave_ns = leave_ns;
  return TRUE;
}

static void
count_alive (const Layout *layout, const WeftProcess *process)
{
  layout->counts->alive++;
  layout->counts->threads += process->n_threads;
  if (process->kernel && !layout->query->show_kernel)
    layout->counts->kernel_hidden++;
}

static void
collect_node (Layout *layout, guint id, guint *kept_left)
{
  const WeftProcess *process = weft_process_table_get (layout->table, id);
  Node node
      = { .id = id, .parent = NONE, .first_child = NONE, .last_child = NONE, .next_sibling = NONE };

  if (process->end_ns == 0)
    count_alive (layout, process);
  if (process->kernel && !layout->query->show_kernel)
    return;
  if (process->end_ns != 0 && !still_shown (layout, process, kept_left, &node.kept))
    return;
  node.matched = matches (layout, process);
  g_array_append_val (layout->nodes, node);
}

/* From the newest, so that these are the ones that a family keeps; the nodes
 * are turned round afterwards. */
static void
collect_nodes (Layout *layout)
{
  const GArray *among = layout->query->among;
  guint kept_left = WEFT_TREE_MAX_KEPT;

  if (among != NULL)
    for (guint i = among->len; i-- > 0;)
      collect_node (layout, g_array_index (among, guint, i), &kept_left);
  else
    for (guint id = weft_process_table_get_size (layout->table); id-- > 0;)
      collect_node (layout, id, &kept_left);
  for (guint i = 0; i < layout->nodes->len / 2; i++)
    {
      Node swap = *get_node (layout, i);

      *get_node (layout, i) = *get_node (layout, layout->nodes->len - 1 - i);
      *get_node (layout, layout->nodes->len - 1 - i) = swap;
    }
}

/* --- who hangs where ------------------------------------------------------- */

/* Its index, or NONE when it is not shown. */
static guint
find_node (const Layout *layout, guint id)
{
  guint low = 0, high = layout->nodes->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (get_node (layout, middle)->id < id)
        low = middle + 1;
      else
        high = middle;
    }
  return low < layout->nodes->len && get_node (layout, low)->id == id ? low : NONE;
}

/* The nearest ancestor that is shown. */
static guint
find_parent (const Layout *layout, guint id)
{
  guint size = weft_process_table_get_size (layout->table);

  for (guint steps = 0; steps < size; steps++)
    {
      guint index;

      id = weft_process_table_get (layout->table, id)->parent;
      if (id >= size)
        return NONE;
      index = find_node (layout, id);
      if (index != NONE)
        return index;
    }
  return NONE;
}

static gboolean
is_below (const Layout *layout, guint index, guint ancestor)
{
  while (index != NONE && index != ancestor)
    index = get_node (layout, index)->parent;
  return index != NONE;
}

static void
append_child (const Layout *layout, guint parent, guint index)
{
  Node *node = get_node (layout, parent);

  if (node->first_child == NONE)
    node->first_child = index;
  else
    get_node (layout, node->last_child)->next_sibling = index;
  node->last_child = index;
}

/* First those with an older parent, among whom there can be no circle; then the
 * few with a younger one (a reused number), unless they would close one. */
static void
hang_nodes (Layout *layout)
{
  g_autofree guint *parents = g_new (guint, MAX (layout->nodes->len, 1));

  for (guint i = 0; i < layout->nodes->len; i++)
    {
      parents[i] = find_parent (layout, get_node (layout, i)->id);
      if (parents[i] != NONE && parents[i] < i)
        get_node (layout, i)->parent = parents[i];
    }
  for (guint i = 0; i < layout->nodes->len; i++)
    if (parents[i] != NONE && parents[i] > i && !is_below (layout, parents[i], i))
      get_node (layout, i)->parent = parents[i];
  for (guint i = 0; i < layout->nodes->len; i++)
    if (get_node (layout, i)->parent != NONE)
      append_child (layout, get_node (layout, i)->parent, i);
}

/* Who was found, and the way to them. */
static void
mark_wanted (Layout *layout)
{
  for (guint i = 0; i < layout->nodes->len; i++)
    {
      if (!get_node (layout, i)->matched)
        continue;
      layout->counts->matched++;
      for (guint up = i; up != NONE && !get_node (layout, up)->wanted;
           up = get_node (layout, up)->parent)
        get_node (layout, up)->wanted = TRUE;
    }
}

/* --- the rows as a tree ----------------------------------------------------- */

static guint
skip_unwanted (const Layout *layout, guint index)
{
  while (index != NONE && !get_node (layout, index)->wanted)
    index = get_node (layout, index)->next_sibling;
  return index;
}

static guint
first_wanted_child (const Layout *layout, guint index)
{
  return skip_unwanted (layout, get_node (layout, index)->first_child);
}

static guint
next_wanted_sibling (const Layout *layout, guint index)
{
  return skip_unwanted (layout, get_node (layout, index)->next_sibling);
}

static gboolean
is_collapsed (const Layout *layout, guint id)
{
  return !layout->searching && layout->query->collapsed != NULL
         && g_hash_table_contains (layout->query->collapsed, GUINT_TO_POINTER (id));
}

/* Where the walk stands. */
typedef struct
{
  guint index;
  guint depth;
  guint64 open_levels;
  guint collapsed_row; /* the row that hides what is walked now, or NONE */
  guint collapsed_depth;
} Walk;

static void
add_row (const Layout *layout, Walk *walk)
{
  Node *node = get_node (layout, walk->index);
  WeftTreeRow row = { .process = node->id,
                      .depth = walk->depth,
                      .matched = layout->searching && node->matched,
                      .kept = node->kept,
                      .expanded = TRUE };

  row.has_children = first_wanted_child (layout, walk->index) != NONE;
  row.last_child = node->parent == NONE || next_wanted_sibling (layout, walk->index) == NONE;
  row.expanded = !is_collapsed (layout, node->id);
  row.open_levels = walk->open_levels;
  g_array_append_val (layout->rows, row);
  if (row.expanded || !row.has_children)
    return;
  walk->collapsed_row = layout->rows->len - 1;
  walk->collapsed_depth = walk->depth;
}

static void
visit (const Layout *layout, Walk *walk)
{
  if (walk->collapsed_row == NONE)
    add_row (layout, walk);
  else
    g_array_index (layout->rows, WeftTreeRow, walk->collapsed_row).n_hidden++;
}

static void
set_level (Walk *walk, gboolean open)
{
  guint64 bit = walk->depth > 0 && walk->depth < 64 ? G_GUINT64_CONSTANT (1) << walk->depth : 0;

  walk->open_levels = open ? walk->open_levels | bit : walk->open_levels & ~bit;
}

/* To the first child, or to the next sibling of the nearest ancestor that has
 * one; FALSE when the tree of this root is done. */
static gboolean
step (const Layout *layout, Walk *walk)
{
  guint next = first_wanted_child (layout, walk->index);

  if (next != NONE)
    {
      set_level (walk, next_wanted_sibling (layout, walk->index) != NONE);
      walk->depth++;
      walk->index = next;
      return TRUE;
    }
  while (walk->depth > 0)
    {
      next = next_wanted_sibling (layout, walk->index);
      if (next != NONE)
        {
          walk->index = next;
          break;
        }
      walk->index = get_node (layout, walk->index)->parent;
      walk->depth--;
      set_level (walk, FALSE);
    }
  if (walk->collapsed_row != NONE && walk->depth <= walk->collapsed_depth)
    walk->collapsed_row = NONE;
  return walk->depth > 0;
}

static void
add_tree (const Layout *layout)
{
  for (guint i = 0; i < layout->nodes->len; i++)
    {
      Walk walk = { .index = i, .collapsed_row = NONE };

      if (get_node (layout, i)->parent != NONE || !get_node (layout, i)->wanted)
        continue;
      do
        visit (layout, &walk);
      while (step (layout, &walk));
    }
}

/* --- the rows as a list ------------------------------------------------------ */

static int
compare_numbers (double a, double b)
{
  return (a > b) - (a < b);
}

static guint64
lifetime_ns (const WeftProcess *process, guint64 now_ns)
{
  guint64 end = process->end_ns != 0 ? process->end_ns : now_ns;

  return end > process->start_ns ? end - process->start_ns : 0;
}

static int
compare (const Layout *layout, const WeftProcess *a, const WeftProcess *b)
{
  switch (layout->query->order)
    {
    case WEFT_TREE_BY_NAME:
      return g_ascii_strcasecmp (a->name, b->name);
    case WEFT_TREE_BY_CPU:
      return compare_numbers (a->cpu_share, b->cpu_share);
    case WEFT_TREE_BY_MEMORY:
      return compare_numbers ((double)a->memory_bytes, (double)b->memory_bytes);
    case WEFT_TREE_BY_THREADS:
      return compare_numbers (a->n_threads, b->n_threads);
    case WEFT_TREE_BY_AGE:
      return compare_numbers ((double)lifetime_ns (a, layout->query->now_ns),
                              (double)lifetime_ns (b, layout->query->now_ns));
    case WEFT_TREE_BY_BIRTH:
    default:
      return 0;
    }
}

static int
compare_rows (gconstpointer one, gconstpointer other, gpointer user_data)
{
  const WeftTreeRow *a = one, *b = other;
  const Layout *layout = user_data;
  int order = compare (layout, weft_process_table_get (layout->table, a->process),
                       weft_process_table_get (layout->table, b->process));

  if (layout->query->descending)
    order = -order;
  return order != 0 ? order : (a->process > b->process) - (a->process < b->process);
}

static void
add_list (Layout *layout)
{
  for (guint i = 0; i < layout->nodes->len; i++)
    {
      const Node *node = get_node (layout, i);
      const WeftTreeRow row = { .process = node->id,
                                .last_child = TRUE,
                                .expanded = TRUE,
                                .matched = layout->searching,
                                .kept = node->kept };

      if (node->matched)
        g_array_append_val (layout->rows, row);
    }
  layout->counts->matched = layout->rows->len;
  g_array_sort_with_data (layout->rows, compare_rows, layout);
}

GArray *
weft_tree_rows_new (WeftProcessTable *table, const WeftTreeQuery *query, WeftTreeCounts *counts)
{
  Layout layout = { .table = table, .query = query, .counts = counts };

  *counts = (WeftTreeCounts){ 0 };
  layout.searching = query->search != NULL && *query->search != '\0';
  layout.ascii = layout.searching && g_str_is_ascii (query->search);
  if (layout.searching)
    layout.needle = layout.ascii ? g_strdup (query->search) : g_utf8_casefold (query->search, -1);
  layout.nodes = g_array_new (FALSE, FALSE, sizeof (Node));
  layout.rows = g_array_new (FALSE, FALSE, sizeof (WeftTreeRow));
  collect_nodes (&layout);
  if (query->order != WEFT_TREE_BY_BIRTH)
    {
      add_list (&layout);
    }
  else
    {
      hang_nodes (&layout);
      mark_wanted (&layout);
      add_tree (&layout);
    }
  g_free (layout.needle);
  g_array_unref (layout.nodes);
  return layout.rows;
}
