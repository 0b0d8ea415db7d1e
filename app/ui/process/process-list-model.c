/* process-list-model.c: see the header. */
#include "process-list-model.h"

#include "list-diff.h"

struct _WeftProcessListModel
{
  GObject parent_instance;

  GPtrArray *items; /* WeftProcessItem */
  guint selected;   /* id, or WEFT_NO_ID */
};

enum
{
  PROP_0,
  PROP_SELECTED,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void list_model_init (GListModelInterface *iface);
static void selection_model_init (GtkSelectionModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (WeftProcessListModel, weft_process_list_model, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init)
                                   G_IMPLEMENT_INTERFACE (GTK_TYPE_SELECTION_MODEL,
                                                          selection_model_init))

static guint
id_at (WeftProcessListModel *self, guint position)
{
  return weft_process_item_get_place (g_ptr_array_index (self->items, position))->process.id;
}

static GType
get_item_type (GListModel *model)
{
  return WEFT_TYPE_PROCESS_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  return WEFT_PROCESS_LIST_MODEL (model)->items->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  WeftProcessListModel *self = WEFT_PROCESS_LIST_MODEL (model);

  return position < self->items->len ? g_object_ref (g_ptr_array_index (self->items, position))
                                     : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static gboolean
is_selected (GtkSelectionModel *model, guint position)
{
  WeftProcessListModel *self = WEFT_PROCESS_LIST_MODEL (model);

  return self->selected != WEFT_NO_ID && position < self->items->len
         && id_at (self, position) == self->selected;
}

static GtkBitset *
get_selection_in_range (GtkSelectionModel *model, guint position, guint n_items)
{
  WeftProcessListModel *self = WEFT_PROCESS_LIST_MODEL (model);
  GtkBitset *result = gtk_bitset_new_empty ();
  guint at = weft_process_list_model_find (self, self->selected);

  if (at != GTK_INVALID_LIST_POSITION && at >= position && at - position < n_items)
    gtk_bitset_add (result, at);
  return result;
}

static gboolean
select_item (GtkSelectionModel *model, guint position, gboolean unselect_rest)
{
  WeftProcessListModel *self = WEFT_PROCESS_LIST_MODEL (model);

  if (position < self->items->len)
    weft_process_list_model_set_selected (self, id_at (self, position));
  return TRUE;
}

static gboolean
unselect_item (GtkSelectionModel *model, guint position)
{
  if (is_selected (model, position))
    weft_process_list_model_set_selected (WEFT_PROCESS_LIST_MODEL (model), WEFT_NO_ID);
  return TRUE;
}

static void
selection_model_init (GtkSelectionModelInterface *iface)
{
  iface->is_selected = is_selected;
  iface->get_selection_in_range = get_selection_in_range;
  iface->select_item = select_item;
  iface->unselect_item = unselect_item;
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  WeftProcessListModel *self = WEFT_PROCESS_LIST_MODEL (object);

  if (id == PROP_SELECTED)
    g_value_set_uint (value, self->selected);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_SELECTED)
    weft_process_list_model_set_selected (WEFT_PROCESS_LIST_MODEL (object),
                                          g_value_get_uint (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
weft_process_list_model_finalize (GObject *object)
{
  g_ptr_array_unref (WEFT_PROCESS_LIST_MODEL (object)->items);
  G_OBJECT_CLASS (weft_process_list_model_parent_class)->finalize (object);
}

static void
weft_process_list_model_class_init (WeftProcessListModelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = get_property;
  object_class->set_property = set_property;
  object_class->finalize = weft_process_list_model_finalize;
  properties[PROP_SELECTED]
      = g_param_spec_uint ("selected", NULL, NULL, 0, G_MAXUINT, WEFT_NO_ID,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
weft_process_list_model_init (WeftProcessListModel *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  self->selected = WEFT_NO_ID;
}

WeftProcessListModel *
weft_process_list_model_new (void)
{
  return g_object_new (WEFT_TYPE_PROCESS_LIST_MODEL, NULL);
}

/* @splice: takes out one row at most */
static void
apply_splice (WeftProcessListModel *self, const WeftListSplice *splice, const GArray *places)
{
  if (splice->removed > 0)
    g_ptr_array_remove_index (self->items, splice->position);
  for (guint i = splice->position; i < splice->position + splice->added; i++)
    g_ptr_array_insert (self->items, (int)i,
                        weft_process_item_new (&g_array_index (places, WeftProcessPlace, i)));
  g_list_model_items_changed (G_LIST_MODEL (self), splice->position, splice->removed,
                              splice->added);
}

/* GTK 4.8 miscounts a change that begins among the rows it has no widgets for and takes
 * out some that it has: their widgets stay, for rows that are others. One row at a time
 * it counts truly, and whatever begins at the top. */
static gboolean
takes_out_several (const GArray *splices)
{
  for (guint i = 0; i < splices->len; i++)
    if (g_array_index (splices, WeftListSplice, i).removed > 1)
      return TRUE;
  return FALSE;
}

/* All rows up to the last that changes, as one change: a row that is in it before and
 * after keeps its item, by which GTK finds its widget again. */
static void
renew_from_top (WeftProcessListModel *self, const WeftListSplice *last, const GArray *places)
{
  g_autoptr (GPtrArray) before = self->items;
  g_autoptr (GHashTable) kept = g_hash_table_new (NULL, NULL);
  guint n_same = places->len - last->position - last->added;

  for (guint i = 0; i < before->len; i++)
    g_hash_table_insert (kept, GUINT_TO_POINTER (id_at (self, i)), g_ptr_array_index (before, i));
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < places->len; i++)
    {
      const WeftProcessPlace *place = &g_array_index (places, WeftProcessPlace, i);
      WeftProcessItem *item = g_hash_table_lookup (kept, GUINT_TO_POINTER (place->process.id));

      g_ptr_array_add (self->items,
                       item != NULL ? g_object_ref (item) : weft_process_item_new (place));
    }
  g_list_model_items_changed (G_LIST_MODEL (self), 0, before->len - n_same, places->len - n_same);
}

static GArray *
diff_with (WeftProcessListModel *self, const GArray *places)
{
  g_autofree guint *before = g_new (guint, MAX (self->items->len, 1));
  g_autofree guint *after = g_new (guint, MAX (places->len, 1));

  for (guint i = 0; i < self->items->len; i++)
    before[i] = id_at (self, i);
  for (guint i = 0; i < places->len; i++)
    after[i] = g_array_index (places, WeftProcessPlace, i).process.id;
  return weft_list_diff (before, self->items->len, after, places->len, self->selected);
}

guint
weft_process_list_model_update (WeftProcessListModel *self, const GArray *places)
{
  g_autoptr (GArray) splices = NULL;
  gboolean several;

  g_return_val_if_fail (WEFT_IS_PROCESS_LIST_MODEL (self), 0);
  splices = diff_with (self, places);
  several = takes_out_several (splices);
  if (several)
    renew_from_top (self, &g_array_index (splices, WeftListSplice, splices->len - 1), places);
  for (guint i = 0; i < splices->len && !several; i++)
    apply_splice (self, &g_array_index (splices, WeftListSplice, i), places);
  for (guint i = 0; i < places->len; i++)
    weft_process_item_set_place (g_ptr_array_index (self->items, i),
                                 &g_array_index (places, WeftProcessPlace, i));
  return several ? 1 : splices->len;
}

guint
weft_process_list_model_get_selected (WeftProcessListModel *self)
{
  g_return_val_if_fail (WEFT_IS_PROCESS_LIST_MODEL (self), WEFT_NO_ID);
  return self->selected;
}

void
weft_process_list_model_set_selected (WeftProcessListModel *self, guint id)
{
  guint before, after;

  g_return_if_fail (WEFT_IS_PROCESS_LIST_MODEL (self));
  if (self->selected == id)
    return;
  before = weft_process_list_model_find (self, self->selected);
  after = weft_process_list_model_find (self, id);
  self->selected = id;
  if (before != GTK_INVALID_LIST_POSITION)
    gtk_selection_model_selection_changed (GTK_SELECTION_MODEL (self), before, 1);
  if (after != GTK_INVALID_LIST_POSITION)
    gtk_selection_model_selection_changed (GTK_SELECTION_MODEL (self), after, 1);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SELECTED]);
}

guint
weft_process_list_model_find (WeftProcessListModel *self, guint id)
{
  g_return_val_if_fail (WEFT_IS_PROCESS_LIST_MODEL (self), GTK_INVALID_LIST_POSITION);
  for (guint i = 0; id != WEFT_NO_ID && i < self->items->len; i++)
    if (id_at (self, i) == id)
      return i;
  return GTK_INVALID_LIST_POSITION;
}

const WeftProcessPlace *
weft_process_list_model_get_place (WeftProcessListModel *self, guint position)
{
  g_return_val_if_fail (WEFT_IS_PROCESS_LIST_MODEL (self), NULL);
  if (position >= self->items->len)
    return NULL;
  return weft_process_item_get_place (g_ptr_array_index (self->items, position));
}
