/* lane-view-pointer.c: wheel, pinch, click and drag on the lanes. In: events. Out:
 * verbs on the view state. */
#include "lane-view-private.h"
#include "lane-axis.h"
#include <math.h>

/* How near an edge of the selected range a drag takes hold of it. */
#define EDGE_PX 5

static WeftLaneAxis
axis_of (WeftLaneView *self)
{
  return weft_lane_axis_get (self->style, self->state, gtk_widget_get_width (self->area));
}

gboolean
weft_lane_view_time_at (WeftLaneView *self, double x, guint64 *time_ns)
{
  WeftLaneAxis axis = axis_of (self);

  *time_ns = weft_lane_axis_to_ns (&axis, CLAMP (x, axis.x, axis.x + (double)axis.scale.width_px));
  return weft_lane_axis_holds (&axis, x);
}

/* Of the range itself: the picture's axis may be half a pixel beside it, which would
 * add up over many steps of the zoom. */
guint64
weft_lane_view_get_anchor (WeftLaneView *self)
{
  WeftLaneAxis axis = axis_of (self);
  double width = axis.scale.width_px, x = CLAMP (self->pointer_x - axis.x, 0, width);
  guint64 from, to;

  weft_view_state_get_range (self->state, &from, &to);
  return from + (guint64)((double)(to - from) * x / width);
}

WeftLaneRow *
weft_lane_view_row_at (WeftLaneView *self, double x, double y)
{
  GtkWidget *widget = gtk_widget_pick (self->area, x, y, GTK_PICK_DEFAULT);

  while (widget != NULL && !WEFT_IS_LANE_ROW (widget))
    {
      GtkWidget *child = gtk_widget_get_first_child (widget);

      /* the list's own row widget lies around ours */
      widget = child != NULL && WEFT_IS_LANE_ROW (child) ? child : gtk_widget_get_parent (widget);
    }
  return widget != NULL ? WEFT_LANE_ROW (widget) : NULL;
}

/* --- wheel -------------------------------------------------------------- */

static gboolean
scroll_cb (GtkEventControllerScroll *controller, double dx, double dy, WeftLaneView *self)
{
  GdkModifierType modifiers
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));

  if (modifiers & GDK_CONTROL_MASK)
    {
      weft_view_state_zoom (self->state, pow (WEFT_ZOOM_STEP, dy),
                            weft_lane_view_get_anchor (self));
      return TRUE;
    }
  if (modifiers & GDK_SHIFT_MASK || dx != 0)
    {
      weft_view_state_pan (self->state, (dx != 0 ? dx : dy) * WEFT_PAN_STEP);
      return TRUE;
    }
  return FALSE;
}

static void
pinch_cb (GtkGestureZoom *gesture, double factor, WeftLaneView *self)
{
  static const char key[] = "last-factor";
  double *last = g_object_get_data (G_OBJECT (gesture), key);

  if (last == NULL)
    {
      last = g_new (double, 1);
      *last = 1;
      g_object_set_data_full (G_OBJECT (gesture), key, last, g_free);
    }
  weft_view_state_zoom (self->state, *last / factor, weft_lane_view_get_anchor (self));
  *last = factor;
}

static void
pinch_begin_cb (GtkGesture *gesture, GdkEventSequence *sequence, WeftLaneView *self)
{
  g_object_set_data (G_OBJECT (gesture), "last-factor", NULL);
}

/* --- pointer ------------------------------------------------------------ */

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, WeftLaneView *self)
{
  self->pointer_x = x;
  self->pointer_y = y;
  weft_lane_overlay_set_crosshair (self->overlay, x);
}

static void
leave_cb (GtkEventControllerMotion *controller, WeftLaneView *self)
{
  self->pointer_x = -1;
  weft_lane_overlay_set_crosshair (self->overlay, -1);
}

/* Selects the slice at a place of a thread's lane; FALSE elsewhere. */
static gboolean
select_at (WeftLaneView *self, double x, double y)
{
  WeftLaneRow *row = weft_lane_view_row_at (self, x, y);
  const WeftLane *lane;
  guint64 time;

  if (row == NULL || weft_lane_row_get_item (row) == NULL)
    return FALSE;
  lane = weft_lane_item_get_lane (weft_lane_row_get_item (row));
  if (lane->thread == WEFT_NO_ID || !weft_lane_view_time_at (self, x, &time))
    return FALSE;
  weft_view_state_select_slice (self->state, lane->thread, time);
  weft_lane_view_show_waker (self);
  return TRUE;
}

static void
released_cb (GtkGestureClick *gesture, int n_press, double x, double y, WeftLaneView *self)
{
  WeftLaneRow *row = weft_lane_view_row_at (self, x, y);
  const WeftLane *lane;

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (row == NULL || weft_lane_row_get_item (row) == NULL)
    return;
  lane = weft_lane_item_get_lane (weft_lane_row_get_item (row));
  if (lane->thread == WEFT_NO_ID)
    weft_lane_view_toggle_process (self, lane->process);
  else if (n_press == 1)
    select_at (self, x, y);
}

/* The list takes a double click for itself when it is pressed, and its release is never
 * seen here. */
static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, WeftLaneView *self)
{
  WeftSlice slice;

  if (n_press == 2 && select_at (self, x, y) && weft_lane_view_get_slice (self, &slice))
    weft_lane_view_zoom_to (self, slice.start_ns, slice.end_ns);
}

/* Takes hold of an edge of the selected range near @x: the other one stays. */
static gboolean
grab_edge (WeftLaneView *self, double x)
{
  WeftLaneAxis axis = axis_of (self);
  guint64 from, to;

  if (!weft_view_state_get_selected_range (self->state, &from, &to))
    return FALSE;
  if (fabs (weft_lane_axis_to_x (&axis, from) - x) <= EDGE_PX)
    self->drag_from_ns = to;
  else if (fabs (weft_lane_axis_to_x (&axis, to) - x) <= EDGE_PX)
    self->drag_from_ns = from;
  else
    return FALSE;
  return TRUE;
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, WeftLaneView *self)
{
  guint64 to;

  self->dragging_range = FALSE;
  self->moving_edge = grab_edge (self, x);
  if (!self->moving_edge && !weft_lane_view_time_at (self, x, &self->drag_from_ns))
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  weft_view_state_get_range (self->state, &self->drag_to_ns, &to);
}

static gboolean
is_panning (GtkGestureDrag *gesture)
{
  GdkModifierType modifiers
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));

  return (modifiers & GDK_SHIFT_MASK) != 0
         || gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture))
                == GDK_BUTTON_MIDDLE;
}

static void
pan_by (WeftLaneView *self, double dx)
{
  guint64 from, to;
  WeftTimeScale scale = axis_of (self).scale;
  gint64 shift = (gint64)(dx * (double)(scale.to_ns - scale.from_ns) / scale.width_px);

  weft_view_state_get_range (self->state, &from, &to);
  weft_view_state_set_follow (self->state, FALSE);
  weft_view_state_set_range (self->state, (guint64)MAX (0, (gint64)self->drag_to_ns - shift),
                             (guint64)MAX (0, (gint64)self->drag_to_ns - shift) + (to - from));
}

static void
drag_update_cb (GtkGestureDrag *gesture, double dx, double dy, WeftLaneView *self)
{
  double x, y;
  guint64 time;

  if (!self->dragging_range && fabs (dx) < 4)
    return;
  if (!self->moving_edge && is_panning (gesture))
    {
      pan_by (self, dx);
      return;
    }
  gtk_gesture_drag_get_start_point (gesture, &x, &y);
  self->dragging_range = TRUE;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  weft_lane_view_time_at (self, x + dx, &time);
  weft_view_state_select_range (self->state, self->drag_from_ns, time);
}

void
weft_lane_view_add_pointer (WeftLaneView *self)
{
  GtkEventController *scroll
      = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkGesture *click = gtk_gesture_click_new ();
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkGesture *pinch = gtk_gesture_zoom_new ();

  gtk_event_controller_set_propagation_phase (scroll, GTK_PHASE_CAPTURE);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (drag), GTK_PHASE_CAPTURE);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (drag), 0);
  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), self);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect (motion, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  g_signal_connect (click, "released", G_CALLBACK (released_cb), self);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect (pinch, "begin", G_CALLBACK (pinch_begin_cb), self);
  g_signal_connect (pinch, "scale-changed", G_CALLBACK (pinch_cb), self);
  gtk_widget_add_controller (self->area, scroll);
  gtk_widget_add_controller (self->area, motion);
  gtk_widget_add_controller (self->area, GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (self->area, GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (self->area, GTK_EVENT_CONTROLLER (pinch));
}
