/* lane-item.c: see the header. */
#include "lane-item.h"

struct _WeftLaneItem
{
  GObject parent_instance;

  WeftLane lane;
  WeftLaneFrame *frame;
  WeftLaneTiles *tiles;
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftLaneItem, weft_lane_item, G_TYPE_OBJECT)

static void
shared_marks_clear (gpointer shared)
{
  weft_lane_marks_free (*(WeftLaneMarks **)shared);
}

gpointer
weft_shared_marks_new (WeftLaneMarks *marks)
{
  WeftLaneMarks **shared = g_atomic_rc_box_new0 (WeftLaneMarks *);

  *shared = marks;
  return shared;
}

void
weft_shared_marks_unref (gpointer shared)
{
  g_atomic_rc_box_release_full (shared, shared_marks_clear);
}

void
weft_lane_frame_share_marks (WeftLaneFrame *frame, gpointer shared)
{
  frame->marks = g_atomic_rc_box_acquire (shared);
}

const WeftLaneMarks *
weft_lane_frame_get_marks (const WeftLaneFrame *frame)
{
  return *(WeftLaneMarks **)frame->marks;
}

static void
frame_clear (gpointer data)
{
  WeftLaneFrame *frame = data;

  g_clear_pointer (&frame->tiles, g_ptr_array_unref);
  g_clear_pointer (&frame->boxes, g_array_unref);
  g_free (frame->name);
  g_free (frame->detail);
  g_clear_pointer (&frame->marks, weft_shared_marks_unref);
}

WeftLaneFrame *
weft_lane_frame_new (void)
{
  return g_atomic_rc_box_new0 (WeftLaneFrame);
}

static double
share_of (const WeftLaneFrame *frame, WeftState state)
{
  guint64 from = frame->scale.from_ns, to = MIN (frame->scale.to_ns, frame->edge_ns);

  return (double)frame->total.ns[state] / (double)(to > from ? to - from : 1);
}

double
weft_lane_frame_unknown (const WeftLaneFrame *frame)
{
  return share_of (frame, WEFT_STATE_UNKNOWN);
}

double
weft_lane_frame_running (const WeftLaneFrame *frame)
{
  guint64 known = 0;

  for (guint state = 0; state < WEFT_N_STATES; state++)
    if (state != WEFT_STATE_UNKNOWN)
      known += frame->total.ns[state];
  if (known == 0)
    return -1;
  return share_of (frame, WEFT_STATE_RUNNING);
}

WeftLaneFrame *
weft_lane_frame_ref (WeftLaneFrame *frame)
{
  return g_atomic_rc_box_acquire (frame);
}

void
weft_lane_frame_unref (WeftLaneFrame *frame)
{
  g_atomic_rc_box_release_full (frame, frame_clear);
}

static void
weft_lane_item_finalize (GObject *object)
{
  WeftLaneItem *self = WEFT_LANE_ITEM (object);

  g_clear_pointer (&self->frame, weft_lane_frame_unref);
  weft_lane_tiles_free (self->tiles);
  G_OBJECT_CLASS (weft_lane_item_parent_class)->finalize (object);
}

static void
weft_lane_item_class_init (WeftLaneItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_lane_item_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
weft_lane_item_init (WeftLaneItem *self)
{
  self->tiles = weft_lane_tiles_new ();
}

WeftLaneItem *
weft_lane_item_new (const WeftLane *lane)
{
  WeftLaneItem *self = g_object_new (WEFT_TYPE_LANE_ITEM, NULL);

  self->lane = *lane;
  return self;
}

const WeftLane *
weft_lane_item_get_lane (WeftLaneItem *self)
{
  return &self->lane;
}

void
weft_lane_item_update (WeftLaneItem *self, const WeftLane *lane)
{
  if (self->lane.expanded == lane->expanded && self->lane.n_threads == lane->n_threads)
    return;
  self->lane = *lane;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

WeftLaneTiles *
weft_lane_item_get_tiles (WeftLaneItem *self)
{
  return self->tiles;
}

WeftLaneFrame *
weft_lane_item_get_frame (WeftLaneItem *self)
{
  return self->frame;
}

void
weft_lane_item_set_frame (WeftLaneItem *self, WeftLaneFrame *frame)
{
  g_clear_pointer (&self->frame, weft_lane_frame_unref);
  self->frame = weft_lane_frame_ref (frame);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}
