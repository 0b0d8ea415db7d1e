/* process-places.c: see the header. The layout speaks of ids; here they become
 * copies, so that rows can be painted without the store's lock. */
#include "process-places.h"

#include "trace/tree-layout.h"

static WeftTreeOrder
order_for (WeftTreeColumns sorted)
{
  switch (sorted)
    {
    case WEFT_COLUMN_PROCESS:
      return WEFT_TREE_BY_NAME;
    case WEFT_COLUMN_CPU:
      return WEFT_TREE_BY_CPU;
    case WEFT_COLUMN_MEMORY:
      return WEFT_TREE_BY_MEMORY;
    case WEFT_COLUMN_THREADS:
      return WEFT_TREE_BY_THREADS;
    case WEFT_COLUMN_AGE:
      return WEFT_TREE_BY_AGE;
    default:
      return WEFT_TREE_BY_BIRTH;
    }
}

static WeftProcessPlace
make_place (WeftProcessTable *table, const WeftTreeRow *row)
{
  return (WeftProcessPlace){
    .process = *weft_process_table_get (table, row->process),
    .depth = row->depth,
    .open_levels = row->open_levels,
    .last_child = row->last_child,
    .has_children = row->has_children,
    .expanded = row->expanded,
    .n_hidden = row->n_hidden,
    .kept = row->kept,
    .matched = row->matched,
  };
}

GArray *
weft_process_places_compute (WeftTraceStore *store, WeftTreeMembers *members,
                             const WeftTreeQuery *query, WeftTreeColumns sorted,
                             WeftTreeCounts *counts)
{
  GArray *places = g_array_new (FALSE, FALSE, sizeof (WeftProcessPlace));
  WeftTreeQuery ordered = *query;
  g_autoptr (GArray) rows = NULL, among = NULL;
  WeftProcessTable *table;

  ordered.order = order_for (sorted);
  weft_trace_store_begin_read (store);
  table = weft_trace_store_get_processes (store);
  if (query->show_exited_ns != G_MAXUINT64)
    ordered.among = among = weft_tree_members_list (members, query);
  rows = weft_tree_rows_new (table, &ordered, counts);
  g_array_set_size (places, rows->len);
  for (guint i = 0; i < rows->len; i++)
    g_array_index (places, WeftProcessPlace, i)
        = make_place (table, &g_array_index (rows, WeftTreeRow, i));
  weft_trace_store_end_read (store);
  return places;
}
