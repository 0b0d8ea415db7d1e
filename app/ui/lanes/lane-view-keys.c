/* lane-view-keys.c: keys of the lane view, and where they lead. In: events. Out:
 * verbs on the view state. The keys of a letter are taken by their place on the
 * keyboard, so that W A S D lie together on every layout. */
#include "lane-view-private.h"
#include "list-focus.h"

/* --- walking ------------------------------------------------------------ */

gboolean
weft_lane_view_get_slice (WeftLaneView *self, WeftSlice *slice)
{
  const WeftThread *thread;
  guint id;
  guint64 time;
  gboolean known;

  if (self->store == NULL || !weft_view_state_get_selected_slice (self->state, &id, &time))
    return FALSE;
  weft_trace_store_begin_read (self->store);
  thread = weft_trace_store_get_thread (self->store, id);
  known = thread != NULL
          && weft_thread_track_slice_at (thread->track, time,
                                         weft_trace_store_get_edge (self->store), slice, NULL);
  weft_trace_store_end_read (self->store);
  return known;
}

void
weft_lane_view_zoom_to (WeftLaneView *self, guint64 from_ns, guint64 to_ns)
{
  guint64 margin = (to_ns - from_ns) / 10;

  weft_view_state_set_follow (self->state, FALSE);
  weft_view_state_set_range (self->state, from_ns > margin ? from_ns - margin : 0, to_ns + margin);
}

void
weft_lane_view_fit (WeftLaneView *self)
{
  guint64 from, to, shown_from, shown_to;
  WeftSlice slice;

  weft_view_state_get_range (self->state, &shown_from, &shown_to);
  if (!weft_view_state_get_selected_range (self->state, &from, &to))
    {
      from = to = 0;
      if (weft_lane_view_get_slice (self, &slice))
        {
          from = slice.start_ns;
          to = slice.end_ns;
        }
    }
  if (to > from
      && !(shown_from <= from && shown_to >= to && shown_to - shown_from <= (to - from) * 13 / 10))
    weft_lane_view_zoom_to (self, from, to);
  else
    weft_view_state_fit_all (self->state);
}

void
weft_lane_view_reveal (WeftLaneView *self, guint64 time)
{
  guint64 from, to;

  weft_view_state_get_range (self->state, &from, &to);
  if (time >= from && time < to)
    return;
  weft_view_state_set_follow (self->state, FALSE);
  weft_view_state_set_range (self->state, time - MIN (time, (to - from) / 2),
                             time - MIN (time, (to - from) / 2) + (to - from));
}

void
weft_lane_view_select_neighbour (WeftLaneView *self, int direction)
{
  WeftSlice slice;
  guint thread;
  guint64 time;

  if (!weft_lane_view_get_slice (self, &slice)
      || !weft_view_state_get_selected_slice (self->state, &thread, &time))
    return;
  time = direction < 0 ? slice.start_ns - 1 : slice.end_ns;
  weft_view_state_select_slice (self->state, thread, time);
  if (!weft_lane_view_get_slice (self, &slice))
    weft_view_state_select_slice (self->state, thread,
                                  direction < 0 ? slice.start_ns : slice.end_ns - 1);
  weft_lane_view_reveal (self, time);
  weft_lane_view_show_waker (self);
}

/* --- marks -------------------------------------------------------------- */

/* A mark that is so near is the one that is meant. */
#define MARK_PX 5

static guint64
time_to_mark (WeftLaneView *self)
{
  guint64 start, edge, from, to, time;
  guint thread;

  weft_view_state_get_bounds (self->state, &start, &edge);
  weft_view_state_get_range (self->state, &from, &to);
  if (weft_lane_view_time_at (self, self->pointer_x, &time))
    return CLAMP (time, start, edge);
  if (weft_view_state_get_selected_slice (self->state, &thread, &time) && time >= from && time < to)
    return time;
  if (self->live && weft_view_state_get_behind_ns (self->state) == 0)
    return edge;
  return CLAMP (from + (to - from) / 2, start, edge);
}

void
weft_lane_view_mark (WeftLaneView *self)
{
  WeftLaneAxis axis
      = weft_lane_axis_get (self->style, self->state, gtk_widget_get_width (self->area));
  guint64 range = axis.scale.to_ns - axis.scale.from_ns;

  if (self->store != NULL && weft_lane_view_get_process (self) != WEFT_NO_ID
      && axis.scale.width_px > 0)
    g_signal_emit_by_name (self, "mark", time_to_mark (self),
                           (guint64)((double)range * MARK_PX / axis.scale.width_px));
}

void
weft_lane_view_marks_changed (WeftLaneView *self)
{
  weft_time_header_tell (self->header);
  gtk_widget_queue_draw (GTK_WIDGET (self->overlay));
}

/* --- keys --------------------------------------------------------------- */

/* Places of keys as X and Wayland number them: the same on every layout. */
enum
{
  KEY_W = 25,
  KEY_A = 38,
  KEY_S = 39,
  KEY_D = 40,
};

static gboolean
press_place (WeftLaneView *self, guint place)
{
  guint64 anchor = weft_lane_view_get_anchor (self);

  switch (place)
    {
    case KEY_W:
      weft_view_state_zoom (self->state, 1 / WEFT_ZOOM_STEP, anchor);
      return TRUE;
    case KEY_S:
      weft_view_state_zoom (self->state, WEFT_ZOOM_STEP, anchor);
      return TRUE;
    case KEY_A:
      weft_view_state_pan (self->state, -WEFT_PAN_STEP);
      return TRUE;
    case KEY_D:
      weft_view_state_pan (self->state, WEFT_PAN_STEP);
      return TRUE;
    default:
      return FALSE;
    }
}

static void
zoom_at_middle (WeftLaneView *self, double factor)
{
  guint64 from, to;

  weft_view_state_get_range (self->state, &from, &to);
  weft_view_state_zoom (self->state, factor, from + (to - from) / 2);
}

static void
go_to_end (WeftLaneView *self, gboolean last)
{
  guint64 start, edge, from, to;

  weft_view_state_get_bounds (self->state, &start, &edge);
  weft_view_state_get_range (self->state, &from, &to);
  weft_view_state_set_follow (self->state, FALSE);
  if (last)
    weft_view_state_set_range (self->state, edge - MIN (edge - start, to - from),
                               edge - MIN (edge - start, to - from) + (to - from));
  else
    weft_view_state_set_range (self->state, start, start + (to - from));
}

static void
clear_selection (WeftLaneView *self)
{
  guint64 from, to;

  if (weft_view_state_get_selected_range (self->state, &from, &to))
    weft_view_state_select_range (self->state, 0, 0);
  else
    weft_view_state_select_slice (self->state, WEFT_NO_ID, 0);
  weft_lane_view_show_waker (self);
}

static gboolean
press_key (WeftLaneView *self, guint key)
{
  switch (key)
    {
    case GDK_KEY_plus:
    case GDK_KEY_KP_Add:
    case GDK_KEY_equal:
      zoom_at_middle (self, 1 / WEFT_ZOOM_STEP);
      return TRUE;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
      zoom_at_middle (self, WEFT_ZOOM_STEP);
      return TRUE;
    case GDK_KEY_comma:
      weft_lane_view_select_neighbour (self, -1);
      return TRUE;
    case GDK_KEY_period:
      weft_lane_view_select_neighbour (self, 1);
      return TRUE;
    case GDK_KEY_bracketleft:
      weft_lane_view_follow_wake (self, -1);
      return TRUE;
    case GDK_KEY_bracketright:
      weft_lane_view_follow_wake (self, 1);
      return TRUE;
    case GDK_KEY_f:
      weft_lane_view_fit (self);
      return TRUE;
    case GDK_KEY_l:
      weft_view_state_set_follow (self->state, TRUE);
      return TRUE;
    case GDK_KEY_space:
      weft_view_state_set_paused (self->state, !weft_view_state_get_paused (self->state));
      return TRUE;
    case GDK_KEY_Home:
      go_to_end (self, FALSE);
      return TRUE;
    case GDK_KEY_End:
      go_to_end (self, TRUE);
      return TRUE;
    case GDK_KEY_Escape:
      clear_selection (self);
      return TRUE;
    case GDK_KEY_m:
      weft_lane_view_mark (self);
      return TRUE;
    default:
      return FALSE;
    }
}

static gboolean
key_cb (GtkEventControllerKey *controller, guint key, guint place, GdkModifierType modifiers,
        WeftLaneView *self)
{
  if (modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK))
    return FALSE;
  if (weft_list_focus_leave (self->list, key, modifiers))
    return TRUE;
  return press_place (self, place) || press_key (self, key);
}

void
weft_lane_view_add_keys (WeftLaneView *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}
