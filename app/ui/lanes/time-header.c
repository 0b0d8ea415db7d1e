/* time-header.c: see the header. The bars of the minimap are the running shares
 * of the machine's threads, for a fixed number of parts of the trace; they are counted
 * in a worker, and an update costs what is new (trace/activity). */
#include "time-header.h"
#include "trace/activity.h"
#include "trace/duration.h"
#include "draw/minimap-painter.h"
#include "draw/ruler-painter.h"
#include "lane-axis.h"
#include "store-moment.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define N_BARS 240
#define PADDING 6
/* Between two counts of a growing trace. */
#define RECOUNT_US 500000
/* A moving view is told in words only so often: each telling is a message. */
#define TELL_MS 200

struct _WeftTimeHeader
{
  GtkWidget parent_instance;

  WeftViewState *state;
  WeftStyle *style;
  WeftTraceStore *store;
  WeftActivity *counted; /* of it */
  double activity[N_BARS];
  guint8 lost[N_BARS];
  GArray *marks; /* UserMark */
  guint64 marks_generation;
  gint64 counted_us;
  guint64 generation;
  GCancellable *counting;
  double drag_from;
  guint telling;
  guint recount; /* what has grown since is counted when it may be */
};

G_DEFINE_FINAL_TYPE (WeftTimeHeader, weft_time_header, GTK_TYPE_WIDGET)

static double
minimap_height (WeftTimeHeader *self)
{
  return weft_style_get_metrics (self->style)->minimap_height;
}

static WeftRect
axis_rect (WeftTimeHeader *self)
{
  const WeftMetrics *metrics = weft_style_get_metrics (self->style);
  WeftLaneAxis axis
      = weft_lane_axis_get (self->style, self->state, gtk_widget_get_width (GTK_WIDGET (self)));

  return (WeftRect){ axis.x, PADDING, axis.scale.width_px, metrics->minimap_height };
}

/* --- counting, in a worker ---------------------------------------------- */

typedef struct
{
  WeftActivity *counted;
  double activity[N_BARS];
  guint8 lost[N_BARS];
} Count;

static void
count_free (gpointer data)
{
  Count *count = data;

  weft_activity_unref (count->counted);
  g_free (count);
}

static void
count_work (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Count *count = data;
  gboolean whole = weft_activity_update (count->counted, cancellable);

  if (whole)
    weft_activity_get (count->counted, count->activity, count->lost, N_BARS);
  g_task_return_boolean (task, whole);
}

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WeftTimeHeader *self = WEFT_TIME_HEADER (source);
  Count *count = g_task_get_task_data (G_TASK (result));

  if (count->counted != self->counted)
    return; /* of another store */
  g_clear_object (&self->counting);
  if (!g_task_propagate_boolean (G_TASK (result), NULL))
    return;
  memcpy (self->activity, count->activity, sizeof self->activity);
  memcpy (self->lost, count->lost, sizeof self->lost);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
recount_cb (gpointer user_data)
{
  WeftTimeHeader *self = user_data;

  self->recount = 0;
  weft_time_header_update (self);
  return G_SOURCE_REMOVE;
}

void
weft_time_header_update (WeftTimeHeader *self)
{
  g_autoptr (GTask) task = NULL;
  Count *count;
  gint64 now = g_get_monotonic_time ();
  guint64 generation;

  if (self->store == NULL
      || (generation = weft_store_moment (self->store).generation) == self->generation)
    return;
  if (self->counting != NULL || now < self->counted_us + RECOUNT_US)
    {
      /* the last of a trace, too: nobody asks again then */
      if (self->recount == 0)
        self->recount = g_timeout_add (RECOUNT_US / 1000, recount_cb, self);
      return;
    }
  self->counted_us = now;
  self->generation = generation;
  self->counting = g_cancellable_new ();
  count = g_new0 (Count, 1);
  count->counted = weft_activity_ref (self->counted);
  task = g_task_new (self, self->counting, counted_cb, NULL);
  g_task_set_task_data (task, count, count_free);
  g_task_run_in_thread (task, count_work);
}

/* --- marks -------------------------------------------------------------- */

typedef struct
{
  guint64 time_ns;
  char *label;
} UserMark;

static void
mark_clear (gpointer data)
{
  g_free (((UserMark *)data)->label);
}

/* Takes them out of the many that records left, when there are others than before. */
static void
refresh_marks (WeftTimeHeader *self)
{
  const WeftMark *marks;
  guint64 generation;
  gsize n;

  if (self->store == NULL)
    return;
  weft_trace_store_begin_read (self->store);
  generation = weft_trace_store_get_user_marks_generation (self->store);
  marks = weft_trace_store_get_trace_marks (self->store, &n);
  if (generation != self->marks_generation)
    g_array_set_size (self->marks, 0);
  for (gsize i = 0; generation != self->marks_generation && i < n; i++)
    if (marks[i].kind == WEFT_MARK_USER)
      {
        const UserMark mark = { marks[i].time_ns, g_strdup (marks[i].text) };

        g_array_append_val (self->marks, mark);
      }
  self->marks_generation = generation;
  weft_trace_store_end_read (self->store);
}

static void
forget_marks (WeftTimeHeader *self)
{
  g_array_set_size (self->marks, 0);
  self->marks_generation = 0;
}

/* --- painting ----------------------------------------------------------- */

static double
part_of (guint64 time, guint64 start, guint64 edge)
{
  if (time <= start || edge <= start)
    return 0;
  return MIN (1, (double)(time - start) / (double)(edge - start));
}

static void
paint_minimap (WeftTimeHeader *self, cairo_t *cr)
{
  WeftRect rect = axis_rect (self);
  guint64 start, edge, from, to, selected_from, selected_to;
  WeftMinimap minimap = { .activity = self->activity, .lost = self->lost, .n = N_BARS };

  weft_view_state_get_bounds (self->state, &start, &edge);
  weft_view_state_get_range (self->state, &from, &to);
  minimap.window_from = part_of (from, start, edge);
  minimap.window_to = part_of (to, start, edge);
  if (weft_view_state_get_selected_range (self->state, &selected_from, &selected_to))
    {
      minimap.selection_from = part_of (selected_from, start, edge);
      minimap.selection_to = part_of (selected_to, start, edge);
    }
  weft_minimap_draw (self->style, cr, &rect, &minimap);
  for (guint i = 0; i < self->marks->len; i++)
    weft_minimap_draw_mark (self->style, cr, &rect,
                            part_of (g_array_index (self->marks, UserMark, i).time_ns, start,
                                     edge));
}

static void
paint_captions (WeftTimeHeader *self, cairo_t *cr)
{
  const WeftPalette *palette = weft_style_get_palette (self->style);
  const WeftMetrics *metrics = weft_style_get_metrics (self->style);
  WeftLaneAxis axis
      = weft_lane_axis_get (self->style, self->state, gtk_widget_get_width (GTK_WIDGET (self)));
  double x = axis.names_x + (weft_style_is_rtl (self->style) ? 6 : 14);
  guint64 start, edge, from, to;
  g_autofree char *length = NULL;
  g_autofree char *visible = NULL;
  g_autofree char *recorded = NULL;
  g_autofree char *view = NULL;

  weft_view_state_get_bounds (self->state, &start, &edge);
  weft_view_state_get_range (self->state, &from, &to);
  length = weft_format_duration (edge - start);
  visible = weft_format_duration (to - from);
  /* Translators: how much was recorded, and how much of it is in view */
  recorded = g_strdup_printf (_ ("%s recorded"), length);
  view = g_strdup_printf (_ ("View %s"), visible);
  weft_style_draw_text (self->style, cr, recorded, WEFT_TEXT_SMALL, palette->dim_text,
                        WEFT_ALIGN_START, x, PADDING + metrics->minimap_height * 0.3,
                        axis.names_width - 20);
  weft_style_draw_text (self->style, cr, view, WEFT_TEXT_SMALL_BOLD, palette->text,
                        WEFT_ALIGN_START, x, PADDING + metrics->minimap_height * 0.75,
                        axis.names_width - 20);
}

static void
paint_ruler (WeftTimeHeader *self, cairo_t *cr)
{
  WeftRect axis = axis_rect (self);
  WeftRect rect = { axis.x, 2 * PADDING + axis.height, axis.width,
                    weft_style_get_metrics (self->style)->ruler_height };
  guint64 start, edge, from, to;
  WeftRulerRange range;
  WeftTimeScale scale;

  weft_view_state_get_bounds (self->state, &start, &edge);
  weft_view_state_get_range (self->state, &range.from_ns, &range.to_ns);
  range.origin_ns = start;
  weft_ruler_draw (self->style, cr, &rect, &range);
  if (!weft_view_state_get_selected_range (self->state, &from, &to))
    return;
  scale = (WeftTimeScale){ range.from_ns, range.to_ns, (guint)rect.width };
  {
    g_autofree char *label = weft_format_duration (to - from);

    weft_ruler_draw_pill (self->style, cr, &rect, weft_time_scale_to_px (&scale, from),
                          weft_time_scale_to_px (&scale, to), label);
  }
}

static void
weft_time_header_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftTimeHeader *self = WEFT_TIME_HEADER (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  cairo_t *cr;

  if (self->style == NULL)
    return;
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  paint_minimap (self, cr);
  paint_captions (self, cr);
  paint_ruler (self, cr);
  cairo_destroy (cr);
}

static void
weft_time_header_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                          int *natural, int *minimum_baseline, int *natural_baseline)
{
  WeftTimeHeader *self = WEFT_TIME_HEADER (widget);

  *minimum = *natural = 100;
  if (orientation == GTK_ORIENTATION_VERTICAL && self->style != NULL)
    *minimum = *natural = (int)ceil (
        minimap_height (self) + weft_style_get_metrics (self->style)->ruler_height + 2 * PADDING);
}

/* --- moving the view ---------------------------------------------------- */

static void
move_to (WeftTimeHeader *self, double x)
{
  WeftRect rect = axis_rect (self);
  double part = CLAMP ((x - rect.x) / rect.width, 0, 1);
  guint64 start, edge, from, to, middle, half;

  weft_view_state_get_bounds (self->state, &start, &edge);
  weft_view_state_get_range (self->state, &from, &to);
  half = (to - from) / 2;
  middle = start + (guint64)((double)(edge - start) * part);
  weft_view_state_set_follow (self->state, FALSE);
  weft_view_state_set_range (self->state, middle > half ? middle - half : 0, middle + half);
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, WeftTimeHeader *self)
{
  WeftRect rect = axis_rect (self);

  if (x < rect.x || x > rect.x + rect.width || y > rect.y + rect.height)
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  self->drag_from = x;
  move_to (self, x);
}

static void
drag_update_cb (GtkGestureDrag *gesture, double dx, double dy, WeftTimeHeader *self)
{
  move_to (self, self->drag_from + dx);
}

/* --- in words ----------------------------------------------------------- */

/* Labels of the user's marks that are in view, each after a comma. */
static char *
describe_marks (WeftTimeHeader *self)
{
  GString *text = g_string_new (NULL);
  guint64 from, to;

  weft_view_state_get_range (self->state, &from, &to);
  for (guint i = 0; i < self->marks->len; i++)
    {
      const UserMark *mark = &g_array_index (self->marks, UserMark, i);

      if (mark->time_ns < from || mark->time_ns > to)
        continue;
      g_string_append (text, ", ");
      /* Translators: the label of a mark: its number and time */
      g_string_append_printf (text, _ ("mark %s"), mark->label);
    }
  return g_string_free (text, FALSE);
}

static gboolean
tell_cb (gpointer user_data)
{
  WeftTimeHeader *self = user_data;
  guint64 start, edge, from, to;
  g_autofree char *from_text = NULL;
  g_autofree char *to_text = NULL;
  g_autofree char *length = NULL;
  g_autofree char *text = NULL;

  g_autofree char *marks = describe_marks (self);

  self->telling = 0;
  weft_view_state_get_bounds (self->state, &start, &edge);
  weft_view_state_get_range (self->state, &from, &to);
  from_text = weft_ruler_format_time ((gint64)(from - start), 1000);
  to_text = weft_ruler_format_time ((gint64)(to - start), 1000);
  length = weft_format_duration (edge - start);
  /* Translators: from a time to a time, and how much was recorded */
  text = g_strdup_printf (_ ("%s to %s in view, %s recorded%s"), from_text, to_text, length, marks);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text,
                                  -1);
  return G_SOURCE_REMOVE;
}

void
weft_time_header_tell (WeftTimeHeader *self)
{
  refresh_marks (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (self->telling == 0)
    self->telling = g_timeout_add (TELL_MS, tell_cb, self);
}

static void
weft_time_header_dispose (GObject *object)
{
  WeftTimeHeader *self = WEFT_TIME_HEADER (object);

  g_clear_handle_id (&self->telling, g_source_remove);
  g_clear_handle_id (&self->recount, g_source_remove);
  if (self->counting != NULL)
    g_cancellable_cancel (self->counting);
  if (self->state != NULL)
    g_signal_handlers_disconnect_by_data (self->state, self);
  g_clear_object (&self->counting);
  g_clear_pointer (&self->counted, weft_activity_unref);
  g_clear_object (&self->state);
  g_clear_object (&self->store);
  g_clear_pointer (&self->marks, g_array_unref);
  g_clear_pointer (&self->style, weft_style_unref);
  G_OBJECT_CLASS (weft_time_header_parent_class)->dispose (object);
}

static void
weft_time_header_class_init (WeftTimeHeaderClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_time_header_dispose;
  widget_class->snapshot = weft_time_header_snapshot;
  widget_class->measure = weft_time_header_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
weft_time_header_init (WeftTimeHeader *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();

  gtk_widget_add_css_class (GTK_WIDGET (self), "view"); /* the lanes' background */
  self->marks = g_array_new (FALSE, FALSE, sizeof (UserMark));
  g_array_set_clear_func (self->marks, mark_clear);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Time axis"), -1);
}

GtkWidget *
weft_time_header_new (WeftViewState *state)
{
  WeftTimeHeader *self = g_object_new (WEFT_TYPE_TIME_HEADER, NULL);

  self->state = g_object_ref (state);
  g_signal_connect_swapped (state, "range-changed", G_CALLBACK (weft_time_header_tell), self);
  g_signal_connect_swapped (state, "selection-changed", G_CALLBACK (gtk_widget_queue_draw), self);
  return GTK_WIDGET (self);
}

void
weft_time_header_set_style (WeftTimeHeader *self, WeftStyle *style)
{
  g_clear_pointer (&self->style, weft_style_unref);
  self->style = weft_style_ref (style);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
weft_time_header_set_store (WeftTimeHeader *self, WeftTraceStore *store)
{
  if (self->counting != NULL)
    g_cancellable_cancel (self->counting);
  g_clear_object (&self->counting);
  g_clear_pointer (&self->counted, weft_activity_unref);
  g_set_object (&self->store, store);
  if (store != NULL)
    self->counted = weft_activity_new (store);
  forget_marks (self);
  memset (self->activity, 0, sizeof self->activity);
  memset (self->lost, 0, sizeof self->lost);
  self->counted_us = 0;
  self->generation = 0;
  weft_time_header_update (self);
  weft_time_header_tell (self);
}
