/* process-header.c: see the header. The titles are painted by the same painter
 * as the rows, so that they stand where the figures stand; the buttons over
 * them bring focus, keyboard, hover and a name for the ear. */
#include "process-header.h"

#include <glib/gi18n.h>
#include <math.h>

#define N_BUTTONS 5
/* Figures end where their column ends: the button reaches beyond, to frame them. */
#define BUTTON_SHIFT 4

struct _WeftProcessHeader
{
  GtkWidget parent_instance;

  WeftStyle *style;
  WeftTreeColumns columns;
  WeftTreeColumns sorted;
  gboolean descending;
  int width;
  GtkWidget *buttons[N_BUTTONS];
};

G_DEFINE_FINAL_TYPE (WeftProcessHeader, weft_process_header, GTK_TYPE_WIDGET)

static guint clicked_signal, resized_signal;

/* In the order of focus. */
static const struct
{
  WeftTreeColumns column;
  const char *name;
} titles[N_BUTTONS] = {
  { WEFT_COLUMN_PROCESS, NC_ ("column", "Process") },
  { WEFT_COLUMN_CPU, NC_ ("column", "CPU") },
  { WEFT_COLUMN_MEMORY, NC_ ("column", "Memory") },
  { WEFT_COLUMN_THREADS, NC_ ("column", "Threads") },
  { WEFT_COLUMN_AGE, NC_ ("column", "Age") },
};

static void
weft_process_header_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                             int *minimum, int *natural, int *minimum_baseline,
                             int *natural_baseline)
{
  WeftProcessHeader *self = WEFT_PROCESS_HEADER (widget);

  *minimum = *natural = 0;
  /* GTK wants children measured before they are allocated */
  for (guint i = 0; i < N_BUTTONS; i++)
    {
      int child;

      gtk_widget_measure (self->buttons[i], orientation, -1, &child, NULL, NULL, NULL);
      if (orientation == GTK_ORIENTATION_VERTICAL)
        *minimum = MAX (*minimum, child);
    }
  if (orientation == GTK_ORIENTATION_VERTICAL && self->style != NULL)
    *minimum
        = MAX (*minimum, (int)ceil (weft_style_get_metrics (self->style)->tree_row_height * 0.9));
  *natural = *minimum;
}

static void
weft_process_header_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  WeftProcessHeader *self = WEFT_PROCESS_HEADER (widget);

  if (width != self->width)
    {
      self->width = width;
      g_signal_emit (self, resized_signal, 0, width); /* may change the columns */
    }
  for (guint i = 0; i < N_BUTTONS; i++)
    {
      double x, button_width;
      gboolean shown = self->style != NULL
                       && weft_tree_row_get_extent (self->style, width, self->columns,
                                                    titles[i].column, &x, &button_width);

      gtk_widget_set_child_visible (self->buttons[i], shown);
      if (!shown)
        continue;
      if (titles[i].column != WEFT_COLUMN_PROCESS)
        x += weft_style_is_rtl (self->style) ? -BUTTON_SHIFT : BUTTON_SHIFT;
      gtk_widget_size_allocate (self->buttons[i],
                                &(GtkAllocation){ (int)round (x), 0, MAX ((int)button_width, 1),
                                                  height },
                                -1);
    }
}

static void
weft_process_header_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftProcessHeader *self = WEFT_PROCESS_HEADER (widget);
  float width = (float)gtk_widget_get_width (widget);
  float height = (float)gtk_widget_get_height (widget);
  cairo_t *cr;

  GTK_WIDGET_CLASS (weft_process_header_parent_class)->snapshot (widget, snapshot);
  if (self->style == NULL)
    return;
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  weft_tree_header_draw (self->style, cr, &(WeftRect){ 0, 0, width, height }, self->columns,
                         self->sorted, self->descending);
  cairo_destroy (cr);
}

static void
clicked_cb (WeftProcessHeader *self, GtkWidget *button)
{
  for (guint i = 0; i < N_BUTTONS; i++)
    if (self->buttons[i] == button)
      g_signal_emit (self, clicked_signal, 0, (guint)titles[i].column);
}

static void
name_buttons (WeftProcessHeader *self)
{
  for (guint i = 0; i < N_BUTTONS; i++)
    {
      const char *name = g_dpgettext2 (NULL, "column", titles[i].name);
      gboolean sorted = titles[i].column == self->sorted;
      g_autofree char *label
          = sorted ? g_strdup_printf (self->descending ? _ ("%s, sorted, largest first")
                                                       : _ ("%s, sorted, smallest first"),
                                      name)
                   : g_strdup_printf (_ ("Sort by %s"), name);

      gtk_accessible_update_property (GTK_ACCESSIBLE (self->buttons[i]),
                                      GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
    }
}

static void
weft_process_header_dispose (GObject *object)
{
  WeftProcessHeader *self = WEFT_PROCESS_HEADER (object);

  for (guint i = 0; i < N_BUTTONS; i++)
    g_clear_pointer (&self->buttons[i], gtk_widget_unparent);
  g_clear_pointer (&self->style, weft_style_unref);
  G_OBJECT_CLASS (weft_process_header_parent_class)->dispose (object);
}

static void
weft_process_header_class_init (WeftProcessHeaderClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_process_header_dispose;
  widget_class->measure = weft_process_header_measure;
  widget_class->size_allocate = weft_process_header_size_allocate;
  widget_class->snapshot = weft_process_header_snapshot;
  gtk_widget_class_set_css_name (widget_class, "processheader");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  clicked_signal = g_signal_new ("clicked", WEFT_TYPE_PROCESS_HEADER, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  resized_signal = g_signal_new ("resized", WEFT_TYPE_PROCESS_HEADER, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
}

static void
weft_process_header_init (WeftProcessHeader *self)
{
  for (guint i = 0; i < N_BUTTONS; i++)
    {
      self->buttons[i] = gtk_button_new ();
      gtk_widget_add_css_class (self->buttons[i], "flat");
      gtk_widget_set_parent (self->buttons[i], GTK_WIDGET (self));
      g_signal_connect_swapped (self->buttons[i], "clicked", G_CALLBACK (clicked_cb), self);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Columns"), -1);
  name_buttons (self);
}

GtkWidget *
weft_process_header_new (void)
{
  return g_object_new (WEFT_TYPE_PROCESS_HEADER, NULL);
}

void
weft_process_header_set_style (WeftProcessHeader *self, WeftStyle *style)
{
  g_return_if_fail (WEFT_IS_PROCESS_HEADER (self));
  g_clear_pointer (&self->style, weft_style_unref);
  self->style = weft_style_ref (style);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
weft_process_header_set_columns (WeftProcessHeader *self, WeftTreeColumns columns)
{
  g_return_if_fail (WEFT_IS_PROCESS_HEADER (self));
  if (self->columns == columns)
    return;
  self->columns = columns;
  if (self->width != gtk_widget_get_width (GTK_WIDGET (self)))
    return; /* it is being allocated right now */
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
weft_process_header_set_sorted (WeftProcessHeader *self, WeftTreeColumns sorted,
                                gboolean descending)
{
  g_return_if_fail (WEFT_IS_PROCESS_HEADER (self));
  self->sorted = sorted;
  self->descending = descending;
  name_buttons (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
