/* shares-list.c: see the header. */
#include "shares-list.h"
#include "draw/shares-painter.h"
#include "widget-style.h"
#include <math.h>

#define ROW_HEIGHT 24
/* Names take a third of the width at most; reasons are never cut. */
#define LEAST_NAME_WIDTH 90
#define NAME_SHARE 0.34
#define LEAST_BAR_WIDTH 40
#define GAPS 20

struct _WeftSharesList
{
  GtkWidget parent_instance;

  GArray *statistics;
  GPtrArray *names;
  double names_width, reasons_width; /* of the widest */
};

G_DEFINE_FINAL_TYPE (WeftSharesList, weft_shares_list, GTK_TYPE_WIDGET)

static void
weft_shares_list_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftSharesList *self = WEFT_SHARES_LIST (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  g_autoptr (WeftStyle) style = NULL;
  cairo_t *cr;

  if (self->statistics == NULL)
    return;
  style = weft_widget_style_new (widget);
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  for (guint i = 0; i < self->statistics->len; i++)
    {
      WeftRect rect = { 0, i * ROW_HEIGHT, width, ROW_HEIGHT };
      WeftSharesRow row
          = { .name = g_ptr_array_index (self->names, i),
              .ns = g_array_index (self->statistics, WeftThreadStatistics, i).shares.ns,
              .absent_ns = g_array_index (self->statistics, WeftThreadStatistics, i).absent_ns,
              .name_width = MIN (self->names_width, MAX (LEAST_NAME_WIDTH, width * NAME_SHARE)),
              .reason_width = self->reasons_width };

      weft_shares_draw_row (style, cr, &rect, &row);
    }
  cairo_destroy (cr);
}

static void
weft_shares_list_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                          int *natural, int *minimum_baseline, int *natural_baseline)
{
  WeftSharesList *self = WEFT_SHARES_LIST (widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      double rest = self->reasons_width + LEAST_BAR_WIDTH + GAPS;

      *minimum = (int)ceil (MIN (self->names_width, LEAST_NAME_WIDTH) + rest);
      *natural = MAX (560, (int)ceil (self->names_width + rest));
    }
  else
    {
      *minimum = *natural = self->statistics != NULL ? (int)self->statistics->len * ROW_HEIGHT : 0;
    }
}

static void
weft_shares_list_finalize (GObject *object)
{
  WeftSharesList *self = WEFT_SHARES_LIST (object);

  g_clear_pointer (&self->statistics, g_array_unref);
  g_clear_pointer (&self->names, g_ptr_array_unref);
  G_OBJECT_CLASS (weft_shares_list_parent_class)->finalize (object);
}

static void
weft_shares_list_class_init (WeftSharesListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = weft_shares_list_finalize;
  widget_class->snapshot = weft_shares_list_snapshot;
  widget_class->measure = weft_shares_list_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
weft_shares_list_init (WeftSharesList *self)
{
}

GtkWidget *
weft_shares_list_new (void)
{
  return g_object_new (WEFT_TYPE_SHARES_LIST, NULL);
}

/* Says it for the ear, and finds out how wide it is. */
static void
describe (WeftSharesList *self)
{
  g_autoptr (WeftStyle) style = weft_widget_style_new (GTK_WIDGET (self));
  GString *text = g_string_new (NULL);

  self->names_width = self->reasons_width = 0;

  for (guint i = 0; i < self->statistics->len; i++)
    {
      const WeftThreadStatistics *thread
          = &g_array_index (self->statistics, WeftThreadStatistics, i);
      g_autofree char *reason = weft_shares_main_reason (thread->shares.ns, thread->absent_ns);
      const char *name = g_ptr_array_index (self->names, i);

      self->names_width
          = MAX (self->names_width, ceil (weft_style_measure (style, name, WEFT_TEXT_NORMAL)) + 1);
      self->reasons_width = MAX (self->reasons_width,
                                 ceil (weft_style_measure (style, reason, WEFT_TEXT_NORMAL)) + 1);
      g_string_append_printf (text, "%s%s: %s", i > 0 ? ", " : "", name, reason);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text->str,
                                  -1);
  g_string_free (text, TRUE);
}

void
weft_shares_list_set (WeftSharesList *self, GArray *statistics, GPtrArray *names)
{
  g_clear_pointer (&self->statistics, g_array_unref);
  g_clear_pointer (&self->names, g_ptr_array_unref);
  self->statistics = g_array_ref (statistics);
  self->names = g_ptr_array_ref (names);
  describe (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}
