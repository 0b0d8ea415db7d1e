/* view-state.c: see the header. In: verbs of the user, bounds of the trace. Out:
 * one range, one selection, and signals when they change. */
#include "view-state.h"
#include <math.h>

/* How far the screen may go beyond what is known. */
#define PROVISIONAL_NS G_GUINT64_CONSTANT (50000000)
#define PROVISIONAL_PARTS 20

struct _WeftViewState
{
  GObject parent_instance;

  guint64 start_ns, edge_ns; /* of the trace */
  guint64 from_ns, to_ns;    /* visible */
  guint64 selected_from_ns, selected_to_ns;
  guint selected_thread;
  guint64 selected_time_ns;
  gboolean follow, paused;
};

enum
{
  PROP_FOLLOW = 1,
  PROP_PAUSED,
  N_PROPERTIES
};

enum
{
  SIGNAL_RANGE_CHANGED,
  SIGNAL_SELECTION_CHANGED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPERTIES];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftViewState, weft_view_state, G_TYPE_OBJECT)

static void
weft_view_state_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  WeftViewState *self = WEFT_VIEW_STATE (object);

  switch (id)
    {
    case PROP_FOLLOW:
      g_value_set_boolean (value, self->follow);
      break;
    case PROP_PAUSED:
      g_value_set_boolean (value, self->paused);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
weft_view_state_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  WeftViewState *self = WEFT_VIEW_STATE (object);

  switch (id)
    {
    case PROP_FOLLOW:
      weft_view_state_set_follow (self, g_value_get_boolean (value));
      break;
    case PROP_PAUSED:
      weft_view_state_set_paused (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
weft_view_state_class_init (WeftViewStateClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = weft_view_state_get_property;
  object_class->set_property = weft_view_state_set_property;
  properties[PROP_FOLLOW] = g_param_spec_boolean ("follow", NULL, NULL, TRUE, flags);
  properties[PROP_PAUSED] = g_param_spec_boolean ("paused", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  signals[SIGNAL_RANGE_CHANGED] = g_signal_new ("range-changed", type, G_SIGNAL_RUN_LAST, 0, NULL,
                                                NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_SELECTION_CHANGED] = g_signal_new ("selection-changed", type, G_SIGNAL_RUN_LAST, 0,
                                                    NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
weft_view_state_init (WeftViewState *self)
{
  self->to_ns = 1000000000;
  self->selected_thread = WEFT_NO_ID;
  self->follow = TRUE;
}

WeftViewState *
weft_view_state_new (void)
{
  return g_object_new (WEFT_TYPE_VIEW_STATE, NULL);
}

static void
apply_range (WeftViewState *self, guint64 from_ns, guint64 to_ns)
{
  if (from_ns == self->from_ns && to_ns == self->to_ns)
    return;
  self->from_ns = from_ns;
  self->to_ns = to_ns;
  g_signal_emit (self, signals[SIGNAL_RANGE_CHANGED], 0);
}

static void
move_to_edge (WeftViewState *self)
{
  guint64 length = self->to_ns - self->from_ns;
  guint64 end = MAX (self->edge_ns, self->start_ns + length);

  apply_range (self, end - length, end);
}

void
weft_view_state_set_bounds (WeftViewState *self, guint64 start_ns, guint64 edge_ns)
{
  self->start_ns = start_ns;
  self->edge_ns = MAX (edge_ns, start_ns);
  if (self->follow && !self->paused)
    move_to_edge (self);
}

guint64
weft_view_state_most_provisional (guint64 range_ns)
{
  return MIN (PROVISIONAL_NS, range_ns / PROVISIONAL_PARTS);
}

void
weft_view_state_set_live_bounds (WeftViewState *self, guint64 start_ns, guint64 known_ns,
                                 guint64 now_ns)
{
  guint64 most = weft_view_state_most_provisional (self->to_ns - self->from_ns);

  weft_view_state_set_bounds (self, start_ns, CLAMP (now_ns, known_ns, known_ns + most));
}

void
weft_view_state_get_bounds (WeftViewState *self, guint64 *start_ns, guint64 *edge_ns)
{
  *start_ns = self->start_ns;
  *edge_ns = self->edge_ns;
}

void
weft_view_state_reset (WeftViewState *self, guint64 start_ns, guint64 length_ns)
{
  self->start_ns = self->edge_ns = start_ns;
  self->selected_from_ns = self->selected_to_ns = 0;
  self->selected_thread = WEFT_NO_ID;
  weft_view_state_set_paused (self, FALSE);
  apply_range (self, start_ns, start_ns + CLAMP (length_ns, WEFT_VIEW_LEAST_NS, WEFT_VIEW_MOST_NS));
  g_signal_emit (self, signals[SIGNAL_SELECTION_CHANGED], 0);
}

void
weft_view_state_get_range (WeftViewState *self, guint64 *from_ns, guint64 *to_ns)
{
  *from_ns = self->from_ns;
  *to_ns = self->to_ns;
}

void
weft_view_state_set_range (WeftViewState *self, guint64 from_ns, guint64 to_ns)
{
  guint64 length = to_ns > from_ns ? to_ns - from_ns : 0;

  length = CLAMP (length, WEFT_VIEW_LEAST_NS, WEFT_VIEW_MOST_NS);
  /* Half a screen of nothing on either side is enough to pan into. */
  from_ns = MAX (from_ns, self->start_ns > length / 2 ? self->start_ns - length / 2 : 0);
  from_ns = MIN (from_ns, MAX (self->edge_ns, self->start_ns) - MIN (length / 2, self->edge_ns));
  if (from_ns + length < self->edge_ns)
    weft_view_state_set_follow (self, FALSE);
  apply_range (self, from_ns, from_ns + length);
}

void
weft_view_state_zoom (WeftViewState *self, double factor, guint64 anchor_ns)
{
  double length = (double)(self->to_ns - self->from_ns);
  double wanted = CLAMP (length * factor, (double)WEFT_VIEW_LEAST_NS, (double)WEFT_VIEW_MOST_NS);
  double before = (double)((gint64)anchor_ns - (gint64)self->from_ns) * wanted / length;
  gint64 from = (gint64)anchor_ns - (gint64)llround (before);

  if (self->follow && !self->paused)
    {
      self->from_ns = self->to_ns > (guint64)wanted ? self->to_ns - (guint64)wanted : 0;
      move_to_edge (self);
      g_signal_emit (self, signals[SIGNAL_RANGE_CHANGED], 0);
      return;
    }
  from = MAX (from, 0);
  weft_view_state_set_range (self, (guint64)from, (guint64)from + (guint64)wanted);
}

void
weft_view_state_pan (WeftViewState *self, double part)
{
  double length = (double)(self->to_ns - self->from_ns);
  gint64 from = (gint64)self->from_ns + (gint64)llround (length * part);

  weft_view_state_set_follow (self, FALSE);
  from = MAX (from, 0);
  weft_view_state_set_range (self, (guint64)from, (guint64)from + (guint64)length);
}

void
weft_view_state_fit_all (WeftViewState *self)
{
  weft_view_state_set_range (self, self->start_ns, self->edge_ns);
}

gboolean
weft_view_state_get_follow (WeftViewState *self)
{
  return self->follow;
}

void
weft_view_state_set_follow (WeftViewState *self, gboolean follow)
{
  if (follow)
    weft_view_state_set_paused (self, FALSE);
  if (self->follow == follow)
    return;
  self->follow = follow;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FOLLOW]);
  if (follow)
    move_to_edge (self);
}

gboolean
weft_view_state_get_paused (WeftViewState *self)
{
  return self->paused;
}

void
weft_view_state_set_paused (WeftViewState *self, gboolean paused)
{
  if (self->paused == paused)
    return;
  self->paused = paused;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PAUSED]);
  if (!paused && self->follow)
    move_to_edge (self);
}

guint64
weft_view_state_get_behind_ns (WeftViewState *self)
{
  if (self->follow && !self->paused)
    return 0;
  return self->edge_ns > self->to_ns ? self->edge_ns - self->to_ns : 0;
}

void
weft_view_state_select_range (WeftViewState *self, guint64 one_ns, guint64 other_ns)
{
  self->selected_from_ns = MIN (one_ns, other_ns);
  self->selected_to_ns = MAX (one_ns, other_ns);
  g_signal_emit (self, signals[SIGNAL_SELECTION_CHANGED], 0);
}

gboolean
weft_view_state_get_selected_range (WeftViewState *self, guint64 *from_ns, guint64 *to_ns)
{
  *from_ns = self->selected_from_ns;
  *to_ns = self->selected_to_ns;
  return self->selected_to_ns > self->selected_from_ns;
}

void
weft_view_state_select_slice (WeftViewState *self, guint thread, guint64 time_ns)
{
  self->selected_thread = thread;
  self->selected_time_ns = time_ns;
  g_signal_emit (self, signals[SIGNAL_SELECTION_CHANGED], 0);
}

gboolean
weft_view_state_get_selected_slice (WeftViewState *self, guint *thread, guint64 *time_ns)
{
  *thread = self->selected_thread;
  *time_ns = self->selected_time_ns;
  return self->selected_thread != WEFT_NO_ID;
}
