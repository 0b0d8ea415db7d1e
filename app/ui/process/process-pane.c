/* process-pane.c: see the header. This file holds the widget: its parts, its
 * properties, its look. process-pane-update.c brings the store's processes into
 * it, process-pane-keys.c answers keyboard and menu. */
#include "process-pane-private.h"

#include "widget-style.h"
#include <adwaita.h>
#include <glib/gi18n.h>

#define RESOURCE "/io/github/weftscope/Weftscope/ui/"
/* Logical pixels below which a column gives way to the name. */
#define WIDTH_FOR_MEMORY 190
#define WIDTH_FOR_AGE 240
#define WIDTH_FOR_THREADS 350
#define REFERENCE_INDENT 14.0 /* of the tree at the reference font */

G_DEFINE_FINAL_TYPE (WeftProcessPane, weft_process_pane, GTK_TYPE_BOX)

enum
{
  PROP_0,
  PROP_SELECTED_PROCESS,
  N_PROPERTIES
};

enum
{
  ACTIVATE_PROCESS,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPERTIES];
static guint signals[N_SIGNALS];

/* --- look --------------------------------------------------------------- */

/* What memory a process had, a recording does not know: its threads take the place. */
static void
choose_columns (WeftProcessPane *self)
{
  gboolean live = self->reader != NULL;
  WeftTreeColumns columns = WEFT_COLUMN_CPU;
  double factor, width = self->width;

  if (self->context->style == NULL || width <= 0)
    return;
  factor = weft_style_get_metrics (self->context->style)->tree_indent / REFERENCE_INDENT;
  if (width >= WIDTH_FOR_MEMORY * factor)
    columns |= live ? WEFT_COLUMN_MEMORY : WEFT_COLUMN_THREADS;
  if (width >= WIDTH_FOR_AGE * factor)
    columns |= WEFT_COLUMN_AGE;
  if (width >= WIDTH_FOR_THREADS * factor)
    columns |= WEFT_COLUMN_THREADS;
  self->context->columns = columns;
  weft_process_header_set_columns (WEFT_PROCESS_HEADER (self->header), columns);
  weft_process_pane_fit_indent (self);
  weft_process_pane_refresh_rows (self);
}

static void
restyle (WeftProcessPane *self)
{
  g_clear_pointer (&self->context->style, weft_style_unref);
  self->context->style = weft_widget_style_new (GTK_WIDGET (self));
  weft_totals_strip_set_style (WEFT_TOTALS_STRIP (self->totals), self->context->style);
  weft_process_header_set_style (WEFT_PROCESS_HEADER (self->header), self->context->style);
  choose_columns (self);
  for (guint i = 0; i < self->bound->len; i++)
    gtk_widget_queue_resize (gtk_list_item_get_child (g_ptr_array_index (self->bound, i)));
}

static void
weft_process_pane_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (weft_process_pane_parent_class)->css_changed (widget, change);
  if (WEFT_PROCESS_PANE (widget)->context->style != NULL)
    restyle (WEFT_PROCESS_PANE (widget));
}

static void
weft_process_pane_direction_changed (GtkWidget *widget, GtkTextDirection previous)
{
  GTK_WIDGET_CLASS (weft_process_pane_parent_class)->direction_changed (widget, previous);
  if (WEFT_PROCESS_PANE (widget)->context->style != NULL)
    restyle (WEFT_PROCESS_PANE (widget));
}

/* GtkBox has a layout manager, so it is the header that knows its width. */
static void
header_resized_cb (WeftProcessPane *self, int width)
{
  self->width = width;
  choose_columns (self);
}

/* --- when it can be seen ------------------------------------------------ */

static void
update_shown (WeftProcessPane *self)
{
  gboolean minimized
      = GDK_IS_TOPLEVEL (self->surface)
        && (gdk_toplevel_get_state (GDK_TOPLEVEL (self->surface)) & GDK_TOPLEVEL_STATE_MINIMIZED);
  gboolean shown = gtk_widget_get_mapped (GTK_WIDGET (self)) && !minimized;

  if (self->shown == shown)
    return;
  self->shown = shown;
  if (shown)
    weft_process_pane_start_updates (self);
  else
    weft_process_pane_stop_updates (self);
}

static void
weft_process_pane_map (GtkWidget *widget)
{
  WeftProcessPane *self = WEFT_PROCESS_PANE (widget);

  GTK_WIDGET_CLASS (weft_process_pane_parent_class)->map (widget);
  self->surface = g_object_ref (gtk_native_get_surface (gtk_widget_get_native (widget)));
  if (GDK_IS_TOPLEVEL (self->surface))
    self->surface_handler = g_signal_connect_swapped (self->surface, "notify::state",
                                                      G_CALLBACK (update_shown), self);
  update_shown (self);
}

static void
weft_process_pane_unmap (GtkWidget *widget)
{
  WeftProcessPane *self = WEFT_PROCESS_PANE (widget);

  GTK_WIDGET_CLASS (weft_process_pane_parent_class)->unmap (widget);
  g_clear_signal_handler (&self->surface_handler, self->surface);
  g_clear_object (&self->surface);
  update_shown (self);
}

static void
weft_process_pane_realize (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (weft_process_pane_parent_class)->realize (widget);
  restyle (WEFT_PROCESS_PANE (widget));
}

/* --- rows --------------------------------------------------------------- */

static void
toggle_cb (WeftProcessRow *row, WeftProcessPane *self)
{
  WeftProcessItem *item = weft_process_row_get_item (row);

  if (item != NULL)
    weft_process_pane_toggle (self, weft_process_item_get_place (item)->process.id);
}

static void
selected_cb (GtkListItem *list_item)
{
  weft_process_row_set_selected (WEFT_PROCESS_ROW (gtk_list_item_get_child (list_item)),
                                 gtk_list_item_get_selected (list_item));
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, WeftProcessPane *self)
{
  GtkWidget *row = weft_process_row_new (self->context);

  g_signal_connect (row, "toggle", G_CALLBACK (toggle_cb), self);
  gtk_list_item_set_child (list_item, row);
  g_signal_connect (list_item, "notify::selected", G_CALLBACK (selected_cb), NULL);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, WeftProcessPane *self)
{
  weft_process_row_set_item (WEFT_PROCESS_ROW (gtk_list_item_get_child (list_item)),
                             gtk_list_item_get_item (list_item));
  selected_cb (list_item);
  g_ptr_array_add (self->bound, list_item);
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, WeftProcessPane *self)
{
  weft_process_row_set_item (WEFT_PROCESS_ROW (gtk_list_item_get_child (list_item)), NULL);
  g_ptr_array_remove_fast (self->bound, list_item);
}

static void
init_list (WeftProcessPane *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  /* GTK drops rows while the pane goes: it must not be called then */
  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_cb), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_cb), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (unbind_cb), self, 0);
  gtk_list_view_set_factory (GTK_LIST_VIEW (self->list), factory);
  g_object_unref (factory);
  gtk_list_view_set_model (GTK_LIST_VIEW (self->list), GTK_SELECTION_MODEL (self->model));
}

static void
activate_cb (GtkListView *list, guint position, WeftProcessPane *self)
{
  const WeftProcessPlace *place = weft_process_list_model_get_place (self->model, position);

  if (place != NULL)
    g_signal_emit (self, signals[ACTIVATE_PROCESS], 0, place->process.id);
}

static void
model_selected_cb (WeftProcessPane *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SELECTED_PROCESS]);
}

/* --- search, sort, kernel threads --------------------------------------- */

static void
search_changed_cb (WeftProcessPane *self)
{
  g_free (self->context->search);
  self->context->search
      = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->search_entry))));
  self->context->moment.search = self->context->search;
  weft_process_pane_update (self);
}

static void
search_stopped_cb (WeftProcessPane *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
  gtk_widget_grab_focus (self->list);
}

/* Enter in the search: the first process that matches. */
static void
search_activated_cb (WeftProcessPane *self)
{
  guint n;

  /* who types fast is ahead of the entry's delay */
  search_changed_cb (self);
  n = g_list_model_get_n_items (G_LIST_MODEL (self->model));
  for (guint i = 0; i < n; i++)
    {
      const WeftProcessPlace *place = weft_process_list_model_get_place (self->model, i);

      if (!place->matched)
        continue;
      weft_process_list_model_set_selected (self->model, place->process.id);
      weft_process_pane_show_row (self, i, TRUE);
      return;
    }
}

/* Figures begin with the largest, names with A; then the other way; then as born. */
static void
header_clicked_cb (WeftProcessPane *self, guint column)
{
  gboolean largest_first = column != WEFT_COLUMN_PROCESS;

  if (self->sorted != (WeftTreeColumns)column)
    {
      self->sorted = column;
      self->descending = largest_first;
    }
  else if (self->descending == largest_first)
    {
      self->descending = !largest_first;
    }
  else
    {
      self->sorted = 0;
    }
  weft_process_header_set_sorted (WEFT_PROCESS_HEADER (self->header), self->sorted,
                                  self->descending);
  weft_process_pane_update (self);
}

static void
kernel_clicked_cb (WeftProcessPane *self)
{
  self->show_kernel = !self->show_kernel;
  weft_process_pane_update (self);
}

/* --- the object --------------------------------------------------------- */

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_SELECTED_PROCESS)
    g_value_set_uint (value, weft_process_pane_get_selected_process (WEFT_PROCESS_PANE (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_SELECTED_PROCESS)
    weft_process_pane_set_selected_process (WEFT_PROCESS_PANE (object), g_value_get_uint (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
weft_process_pane_dispose (GObject *object)
{
  WeftProcessPane *self = WEFT_PROCESS_PANE (object);

  weft_process_pane_stop_updates (self);
  g_clear_handle_id (&self->show_source, g_source_remove);
  weft_process_pane_set_reader (self, NULL);
  g_clear_pointer (&self->members, weft_tree_members_free);
  g_clear_object (&self->store);
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  if (self->list != NULL)
    gtk_list_view_set_model (GTK_LIST_VIEW (self->list), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), WEFT_TYPE_PROCESS_PANE);
  G_OBJECT_CLASS (weft_process_pane_parent_class)->dispose (object);
}

static void
weft_process_pane_finalize (GObject *object)
{
  WeftProcessPane *self = WEFT_PROCESS_PANE (object);

  g_ptr_array_unref (self->bound);
  g_object_unref (self->model);
  g_hash_table_unref (self->collapsed);
  g_string_free (self->typed, TRUE);
  weft_process_row_context_unref (self->context);
  G_OBJECT_CLASS (weft_process_pane_parent_class)->finalize (object);
}

static void
load_css (void)
{
  static gsize loaded = 0;
  GtkCssProvider *provider;

  if (!g_once_init_enter (&loaded))
    return;
  provider = gtk_css_provider_new ();
  gtk_css_provider_load_from_resource (provider, RESOURCE "process-pane.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (),
                                              GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
  g_object_unref (provider);
  g_once_init_leave (&loaded, 1);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  g_type_ensure (WEFT_TYPE_TOTALS_STRIP);
  g_type_ensure (WEFT_TYPE_PROCESS_HEADER);
  gtk_widget_class_set_template_from_resource (widget_class, RESOURCE "process-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftProcessPane, search_entry);
  gtk_widget_class_bind_template_child (widget_class, WeftProcessPane, search_count);
  gtk_widget_class_bind_template_child (widget_class, WeftProcessPane, totals);
  gtk_widget_class_bind_template_child (widget_class, WeftProcessPane, header);
  gtk_widget_class_bind_template_child (widget_class, WeftProcessPane, scroller);
  gtk_widget_class_bind_template_child (widget_class, WeftProcessPane, list);
  gtk_widget_class_bind_template_child (widget_class, WeftProcessPane, nothing);
  gtk_widget_class_bind_template_child (widget_class, WeftProcessPane, kernel_button);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_stopped_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, header_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, header_resized_cb);
  gtk_widget_class_bind_template_callback (widget_class, kernel_clicked_cb);
}

static void
weft_process_pane_class_init (WeftProcessPaneClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = get_property;
  object_class->set_property = set_property;
  object_class->dispose = weft_process_pane_dispose;
  object_class->finalize = weft_process_pane_finalize;
  widget_class->realize = weft_process_pane_realize;
  widget_class->map = weft_process_pane_map;
  widget_class->unmap = weft_process_pane_unmap;
  widget_class->css_changed = weft_process_pane_css_changed;
  widget_class->direction_changed = weft_process_pane_direction_changed;
  properties[PROP_SELECTED_PROCESS]
      = g_param_spec_uint ("selected-process", NULL, NULL, 0, G_MAXUINT, WEFT_NO_ID,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  signals[ACTIVATE_PROCESS]
      = g_signal_new ("activate-process", WEFT_TYPE_PROCESS_PANE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  bind_template (widget_class);
  weft_process_pane_install_actions (widget_class);
  gtk_widget_class_set_css_name (widget_class, "processpane");
}

static void
weft_process_pane_init (WeftProcessPane *self)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();

  load_css ();
  self->context = weft_process_row_context_new ();
  self->bound = g_ptr_array_new ();
  self->collapsed = g_hash_table_new (NULL, NULL);
  self->typed = g_string_new (NULL);
  self->model = weft_process_list_model_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  init_list (self);
  weft_process_pane_init_input (self);
  g_signal_connect_object (self->model, "notify::selected", G_CALLBACK (model_selected_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "notify::dark", G_CALLBACK (restyle), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "notify::high-contrast", G_CALLBACK (restyle), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect (self, "notify::scale-factor", G_CALLBACK (restyle), NULL);
}

GtkWidget *
weft_process_pane_new (void)
{
  return g_object_new (WEFT_TYPE_PROCESS_PANE, NULL);
}

gboolean
weft_process_pane_has_focus (WeftProcessPane *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  return focus == NULL || gtk_widget_is_ancestor (focus, self->list)
         || (self->menu != NULL && gtk_widget_is_ancestor (focus, self->menu))
         || gtk_widget_is_ancestor (GTK_WIDGET (self), focus);
}

void
weft_process_pane_set_store (WeftProcessPane *self, WeftTraceStore *store)
{
  g_return_if_fail (WEFT_IS_PROCESS_PANE (self));
  g_return_if_fail (store == NULL || WEFT_IS_TRACE_STORE (store));
  if (!g_set_object (&self->store, store))
    return;
  self->had_focus = weft_process_pane_has_focus (self);
  g_clear_pointer (&self->members, weft_tree_members_free);
  if (store != NULL)
    self->members = weft_tree_members_new (weft_trace_store_get_families (store),
                                           weft_trace_store_get_processes (store));
  /* ids are of a store: nothing that was remembered by id holds any more */
  weft_process_list_model_set_selected (self->model, WEFT_NO_ID);
  g_hash_table_remove_all (self->collapsed);
  weft_process_pane_forget_rates (self);
  weft_process_pane_update (self);
}

void
weft_process_pane_set_reader (WeftProcessPane *self, WeftProcReader *reader)
{
  g_return_if_fail (WEFT_IS_PROCESS_PANE (self));
  g_return_if_fail (reader == NULL || WEFT_IS_PROC_READER (reader));
  if (self->reader == reader)
    return;
  if (self->reader != NULL)
    g_clear_signal_handler (&self->sampled_handler, self->reader);
  g_set_object (&self->reader, reader);
  if (reader != NULL)
    self->sampled_handler
        = g_signal_connect_swapped (reader, "sampled", G_CALLBACK (weft_process_pane_update), self);
  weft_process_pane_forget_rates (self);
  choose_columns (self);
  weft_process_pane_update (self);
}

void
weft_process_pane_set_trace (WeftProcessPane *self, WeftPaneTrace trace)
{
  g_return_if_fail (WEFT_IS_PROCESS_PANE (self));
  if (self->trace == trace)
    return;
  self->trace = trace;
  weft_process_pane_update (self);
}

guint
weft_process_pane_get_selected_process (WeftProcessPane *self)
{
  g_return_val_if_fail (WEFT_IS_PROCESS_PANE (self), WEFT_NO_ID);
  return weft_process_list_model_get_selected (self->model);
}

void
weft_process_pane_focus_search (WeftProcessPane *self)
{
  g_return_if_fail (WEFT_IS_PROCESS_PANE (self));
  gtk_widget_grab_focus (self->search_entry);
  gtk_editable_select_region (GTK_EDITABLE (self->search_entry), 0, -1);
}
