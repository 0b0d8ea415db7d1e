/* process-row.c: see the header. What a row shows is kept as a text; it is drawn
 * again only when that text changes, for a tree of processes at rest changes
 * little and drawing is what costs. */
#include "process-row.h"

#include "draw/header-painter.h"
#include <math.h>

/* Glow and fade change in so many steps; finer ones cannot be seen. */
#define FADE_STEPS 20
#define LEAST_WIDTH 120

struct _WeftProcessRow
{
  GtkWidget parent_instance;

  WeftProcessRowContext *context;
  WeftProcessItem *item;
  gboolean selected;
  char *shown; /* what is painted, as a text */
};

G_DEFINE_FINAL_TYPE (WeftProcessRow, weft_process_row, GTK_TYPE_WIDGET)

static guint toggle_signal;

WeftProcessRowContext *
weft_process_row_context_new (void)
{
  return g_rc_box_new0 (WeftProcessRowContext);
}

static void
clear_context (gpointer data)
{
  WeftProcessRowContext *context = data;

  g_clear_pointer (&context->style, weft_style_unref);
  g_free (context->search);
}

void
weft_process_row_context_unref (WeftProcessRowContext *context)
{
  if (context != NULL)
    g_rc_box_release_full (context, clear_context);
}

static void
weft_process_row_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                          int *natural, int *minimum_baseline, int *natural_baseline)
{
  WeftProcessRow *self = WEFT_PROCESS_ROW (widget);

  *minimum = *natural = LEAST_WIDTH;
  if (orientation == GTK_ORIENTATION_VERTICAL && self->context->style != NULL)
    *minimum = *natural
        = (int)ceil (weft_style_get_metrics (self->context->style)->tree_row_height);
}

static void
weft_process_row_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftProcessRow *self = WEFT_PROCESS_ROW (widget);
  float width = (float)gtk_widget_get_width (widget);
  float height = (float)gtk_widget_get_height (widget);
  g_autofree char *exit_text = NULL;
  WeftTreeRowLook look;
  cairo_t *cr;

  if (self->item == NULL || self->context->style == NULL)
    return;
  weft_process_place_get_look (weft_process_item_get_place (self->item), &self->context->moment,
                               &look, &exit_text);
  look.selected = self->selected;
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  weft_tree_row_draw (self->context->style, cr, &(WeftRect){ 0, 0, width, height }, &look,
                      self->context->columns);
  cairo_destroy (cr);
}

static gboolean
query_tooltip_cb (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip,
                  gpointer user_data)
{
  WeftProcessRow *self = WEFT_PROCESS_ROW (widget);
  g_autofree char *text = NULL;

  if (self->item == NULL)
    return FALSE;
  text = weft_process_place_explain (weft_process_item_get_place (self->item),
                                     &self->context->moment);
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, WeftProcessRow *self)
{
  const WeftProcessPlace *place;
  double width;
  guint depth;

  if (self->item == NULL || self->context->style == NULL)
    return;
  place = weft_process_item_get_place (self->item);
  width = gtk_widget_get_width (GTK_WIDGET (self));
  depth = weft_tree_row_shown_depth (self->context->style, width, self->context->columns,
                                     place->depth);
  if (!place->has_children || !weft_tree_row_is_expander (self->context->style, width, depth, x))
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  g_signal_emit (self, toggle_signal, 0);
}

static void
weft_process_row_dispose (GObject *object)
{
  WeftProcessRow *self = WEFT_PROCESS_ROW (object);

  g_clear_object (&self->item);
  g_clear_pointer (&self->shown, g_free);
  g_clear_pointer (&self->context, weft_process_row_context_unref);
  G_OBJECT_CLASS (weft_process_row_parent_class)->dispose (object);
}

static void
weft_process_row_class_init (WeftProcessRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_process_row_dispose;
  widget_class->measure = weft_process_row_measure;
  widget_class->snapshot = weft_process_row_snapshot;
  /* the list item around it speaks for it: GTK 4.8 has no label for those */
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
  gtk_widget_class_set_css_name (widget_class, "processrow");
  toggle_signal = g_signal_new ("toggle", WEFT_TYPE_PROCESS_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 0);
}

static void
weft_process_row_init (WeftProcessRow *self)
{
  GtkGesture *click = gtk_gesture_click_new ();

  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (query_tooltip_cb), NULL);
}

GtkWidget *
weft_process_row_new (WeftProcessRowContext *context)
{
  WeftProcessRow *self = g_object_new (WEFT_TYPE_PROCESS_ROW, NULL);

  self->context = g_rc_box_acquire (context);
  return GTK_WIDGET (self);
}

void
weft_process_row_set_item (WeftProcessRow *self, WeftProcessItem *item)
{
  g_return_if_fail (WEFT_IS_PROCESS_ROW (self));
  if (!g_set_object (&self->item, item))
    return;
  g_clear_pointer (&self->shown, g_free);
  if (item != NULL)
    weft_process_row_refresh (self);
}

WeftProcessItem *
weft_process_row_get_item (WeftProcessRow *self)
{
  g_return_val_if_fail (WEFT_IS_PROCESS_ROW (self), NULL);
  return self->item;
}

void
weft_process_row_set_selected (WeftProcessRow *self, gboolean selected)
{
  g_return_if_fail (WEFT_IS_PROCESS_ROW (self));
  if (self->selected == selected)
    return;
  self->selected = selected;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* Everything that the painter is told, rounded as it is read. */
static char *
describe_look (const WeftTreeRowLook *look, const WeftProcessRowContext *context)
{
  g_autofree char *share = weft_share_format (MAX (look->cpu_share, 0), TRUE);
  g_autofree char *bytes = weft_format_bytes (look->memory_bytes);
  g_autofree char *age = weft_format_age (look->age_ns);

  return g_strdup_printf ("%s|%u|%u|%" G_GINT64_MODIFIER
                          "x|%d%d%d%d%d|%u|%d|%s|%s|%u|%s|%s|%d|%d|%d|%s",
                          look->name, look->pid, look->depth, look->open_levels, look->last_child,
                          look->has_children, look->expanded, look->matched, look->exit_failed,
                          look->n_hidden, look->glyph, share, bytes, look->n_threads, age,
                          look->exit_text != NULL ? look->exit_text : "",
                          (int)(look->birth * FADE_STEPS), (int)(look->fade * FADE_STEPS),
                          (int)context->columns, look->match != NULL ? look->match : "");
}

static void
update_accessible (WeftProcessRow *self, const WeftProcessPlace *place)
{
  GtkWidget *list_item = gtk_widget_get_parent (GTK_WIDGET (self));
  g_autofree char *label = weft_process_place_describe (place, &self->context->moment);

  if (list_item == NULL)
    return;
  gtk_accessible_update_property (GTK_ACCESSIBLE (list_item), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  GTK_ACCESSIBLE_PROPERTY_LEVEL, (int)place->depth + 1, -1);
  if (place->has_children)
    gtk_accessible_update_state (GTK_ACCESSIBLE (list_item), GTK_ACCESSIBLE_STATE_EXPANDED,
                                 place->expanded, -1);
  else
    gtk_accessible_reset_state (GTK_ACCESSIBLE (list_item), GTK_ACCESSIBLE_STATE_EXPANDED);
}

gboolean
weft_process_row_refresh (WeftProcessRow *self)
{
  const WeftProcessPlace *place;
  g_autofree char *exit_text = NULL;
  g_autofree char *shown = NULL;
  WeftTreeRowLook look;

  g_return_val_if_fail (WEFT_IS_PROCESS_ROW (self), FALSE);
  if (self->item == NULL)
    return FALSE;
  place = weft_process_item_get_place (self->item);
  weft_process_place_get_look (place, &self->context->moment, &look, &exit_text);
  shown = describe_look (&look, self->context);
  if (g_strcmp0 (shown, self->shown) != 0)
    {
      g_free (self->shown);
      self->shown = g_steal_pointer (&shown);
      update_accessible (self, place);
      gtk_widget_queue_draw (GTK_WIDGET (self));
    }
  return look.birth > 0 || (look.fade > 0 && look.fade < 1);
}
