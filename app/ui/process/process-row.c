/* process-row.c: see the header. What a row shows is kept as figures, rounded as
 * the painter rounds them; it is drawn again only when one of these changes, for
 * a tree of processes at rest changes little and drawing is what costs. */
#include "process-row.h"

#include <math.h>
#include <string.h>

/* Glow and fade change in so many steps; finer ones cannot be seen. */
#define FADE_STEPS 8
#define LEAST_WIDTH 120
#define TOOLTIP_CHARS 70

/* Everything that the painter is told, as precise as it is read. Filled from
 * zero, so that it can be compared as bytes. */
typedef struct
{
  const char *name; /* interned in the table: equal names are one */
  guint64 open_levels, memory, age, end_ns;
  guint pid, depth, n_hidden, n_threads;
  guint match_hash;
  guint32 status;
  int cpu_thousandths;
  int glyph;
  int birth, fade;
  int columns, indent_hundredths;
  gboolean last_child, has_children, expanded, matched;
} Shown;

struct _WeftProcessRow
{
  GtkWidget parent_instance;

  WeftProcessRowContext *context;
  WeftProcessItem *item;
  gboolean selected;
  Shown shown;
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
  look.indent = self->context->indent;
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  weft_tree_row_draw (self->context->style, cr, &(WeftRect){ 0, 0, width, height }, &look,
                      self->context->columns);
  cairo_destroy (cr);
}

/* GTK's own breaks lines between words only, and a command line may be one word. */
static GtkWidget *
make_tooltip (const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_max_width_chars (GTK_LABEL (label), TOOLTIP_CHARS);
  return label;
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
  gtk_tooltip_set_custom (tooltip, make_tooltip (text));
  return TRUE;
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, WeftProcessRow *self)
{
  WeftProcessRowContext *context = self->context;
  const WeftProcessPlace *place;
  WeftTreeRowLook look;

  if (self->item == NULL || context->style == NULL)
    return;
  place = weft_process_item_get_place (self->item);
  look = (WeftTreeRowLook){ .depth = place->depth, .indent = context->indent };
  if (!place->has_children
      || !weft_tree_row_is_expander (context->style, gtk_widget_get_width (GTK_WIDGET (self)),
                                     context->columns, &look, x))
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  g_signal_emit (self, toggle_signal, 0);
}

static void
weft_process_row_dispose (GObject *object)
{
  WeftProcessRow *self = WEFT_PROCESS_ROW (object);

  g_clear_object (&self->item);
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
  memset (&self->shown, 0, sizeof self->shown);
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

/* The figure of weft_format_bytes(), which has three digits. */
static guint64
round_bytes (guint64 bytes)
{
  guint64 unit = 1024;

  while (bytes / unit >= 1000)
    unit *= 10; /* finer than its units of 1,024: never coarser than what is read */
  return bytes / unit * unit;
}

/* The figure of weft_format_age(). */
static guint64
round_age (guint64 age_ns)
{
  guint64 seconds = age_ns / 1000000000;
  guint64 unit = seconds < 60 ? 1 : seconds < 3600 ? 60 : seconds < 86400 ? 3600 : 86400;

  return seconds / unit * unit;
}

static void
describe_look (const WeftTreeRowLook *look, const WeftProcess *process,
               const WeftProcessRowContext *context, Shown *shown)
{
  memset (shown, 0, sizeof *shown);
  shown->name = look->name;
  shown->open_levels = look->open_levels;
  shown->memory = round_bytes (look->memory_bytes);
  shown->age = round_age (look->age_ns);
  shown->end_ns = process->end_ns;
  shown->pid = look->pid;
  shown->depth = look->depth;
  shown->n_hidden = look->n_hidden;
  shown->n_threads = look->n_threads;
  shown->match_hash = look->match != NULL ? g_str_hash (look->match) : 0;
  shown->status = process->status;
  shown->cpu_thousandths = (int)lround (MIN (look->cpu_share, 1e5) * 1000);
  shown->glyph = look->glyph;
  shown->birth = (int)ceil (look->birth * FADE_STEPS);
  shown->fade = (int)floor (look->fade * FADE_STEPS);
  shown->columns = (int)context->columns;
  shown->indent_hundredths = (int)lround (context->indent * 100);
  shown->last_child = look->last_child;
  shown->has_children = look->has_children;
  shown->expanded = look->expanded;
  shown->matched = look->matched;
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
  WeftTreeRowLook look;
  Shown shown;

  g_return_val_if_fail (WEFT_IS_PROCESS_ROW (self), FALSE);
  if (self->item == NULL)
    return FALSE;
  place = weft_process_item_get_place (self->item);
  weft_process_place_get_look (place, &self->context->moment, &look, &exit_text);
  describe_look (&look, &place->process, self->context, &shown);
  if (memcmp (&shown, &self->shown, sizeof shown) != 0)
    {
      self->shown = shown;
      update_accessible (self, place);
      gtk_widget_queue_draw (GTK_WIDGET (self));
    }
  return look.birth > 0 || (look.fade > 0 && look.fade < 1);
}
