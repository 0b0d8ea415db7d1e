/* lane-layout.c: see the header. Cost follows the columns, not the changes. */
#include "lane-layout.h"
#include "family-order.h"
#include "time-grid.h"
#include <math.h>
#include <string.h>

double
weft_time_scale_to_px (const WeftTimeScale *self, guint64 time_ns)
{
  double distance = time_ns >= self->from_ns ? (double)(time_ns - self->from_ns)
                                             : -(double)(self->from_ns - time_ns);

  return distance * self->width_px / (double)(self->to_ns - self->from_ns);
}

guint64
weft_time_scale_to_ns (const WeftTimeScale *self, double px)
{
  double distance = px * (double)(self->to_ns - self->from_ns) / self->width_px;

  if (distance < 0 && (guint64)-distance > self->from_ns)
    return 0;
  return distance < 0 ? self->from_ns - (guint64)-distance : self->from_ns + (guint64)distance;
}

guint64
weft_time_scale_get_edge (const WeftTimeScale *self, guint px)
{
  const WeftTimeGrid grid = { self->to_ns - self->from_ns, self->width_px };

  return self->from_ns + weft_time_grid_get_edge (&grid, px);
}

/* All that weft_time_scale_get_edge() gives, without a division for each. */
static guint64 *
edges_new (const WeftTimeScale *scale)
{
  guint64 *edges = g_new (guint64, scale->width_px + 1);
  guint64 range = scale->to_ns - scale->from_ns;
  guint64 whole = range / scale->width_px, rest = range % scale->width_px;
  guint64 edge = scale->from_ns, carry = 0;

  for (guint px = 0; px <= scale->width_px; px++)
    {
      edges[px] = edge;
      carry += rest;
      edge += whole + (carry >= scale->width_px);
      carry -= carry >= scale->width_px ? scale->width_px : 0;
    }
  return edges;
}

static void
add_shares (WeftShares *sum, const WeftShares *shares)
{
  for (guint state = 0; state < WEFT_N_STATES; state++)
    sum->ns[state] += shares->ns[state];
}

/* The columns that lie wholly within a slice. */
static gboolean
box_of_slice (const WeftTimeScale *scale, const guint64 *edges, const WeftSlice *slice,
              WeftLaneBox *box)
{
  double from = ceil (weft_time_scale_to_px (scale, MAX (slice->start_ns, scale->from_ns)));
  double to = floor (weft_time_scale_to_px (scale, MIN (slice->end_ns, scale->to_ns)));

  if (to - from < WEFT_LANE_LEAST_BOX_PX)
    return FALSE;
  box->from_px = (guint)from;
  box->to_px = (guint)MIN (to, scale->width_px);
  /* Rounding of doubles must not claim a column that holds another state too. */
  if (edges[box->from_px] < slice->start_ns && slice->start_ns > scale->from_ns)
    box->from_px++;
  if (edges[box->to_px] > slice->end_ns && slice->end_ns < scale->to_ns)
    box->to_px--;
  box->start_ns = slice->start_ns;
  box->state = slice->state;
  box->ends = slice->end_ns <= scale->to_ns;
  return box->to_px > box->from_px;
}

/* Whether one state has all of a column. */
static gboolean
is_whole (const WeftLaneItems *self, const guint64 *edges, guint px)
{
  guint64 length = edges[px + 1] - edges[px];

  for (guint state = 0; state < WEFT_N_STATES; state++)
    if (self->columns[px].ns[state] == length)
      return TRUE;
  return FALSE;
}

/* Finds wide slices by looking at every few columns, so that the cost stays with the
 * width however many slices there are: one is there only where a column is whole. */
static void
add_boxes (WeftLaneItems *self, const WeftThread *thread, const guint64 *edges, guint64 edge_ns)
{
  const WeftTimeScale *scale = &self->scale;
  guint px = 0;

  while (px < scale->width_px)
    {
      WeftSlice slice;
      WeftLaneBox box;

      if (!is_whole (self, edges, px)
          || !weft_thread_track_slice_at (thread->track, edges[px], edge_ns, &slice, NULL)
          || !box_of_slice (scale, edges, &slice, &box))
        {
          px += WEFT_LANE_LEAST_BOX_PX - 1;
          continue;
        }
      if (slice.state != WEFT_STATE_EXITED
          && (self->boxes->len == 0
              || g_array_index (self->boxes, WeftLaneBox, self->boxes->len - 1).to_px
                     <= box.from_px))
        g_array_append_val (self->boxes, box);
      px = MAX (box.to_px, px + 1);
    }
}

WeftLaneItems *
weft_lane_items_new (WeftTraceStore *store, const guint *threads, guint n_threads,
                     const WeftTimeScale *scale, guint *absent)
{
  WeftLaneItems *self = g_new0 (WeftLaneItems, 1);
  g_autofree guint64 *edges = edges_new (scale);
  g_autofree WeftShares *columns = n_threads > 1 ? g_new (WeftShares, scale->width_px) : NULL;
  guint64 edge_ns;
  guint n_seen = 0;

  *absent = WEFT_NO_ID;
  self->scale = *scale;
  self->columns = g_new (WeftShares, scale->width_px);
  self->boxes = g_array_new (FALSE, FALSE, sizeof (WeftLaneBox));
  weft_trace_store_begin_read (store);
  edge_ns = weft_trace_store_get_edge (store);
  for (guint i = 0; i < n_threads; i++)
    {
      const WeftThread *thread = weft_trace_store_get_thread (store, threads[i]);

      if (thread == NULL)
        continue;
      /* the first one's are written, those of the others added */
      weft_thread_track_columns (thread->track, edges, scale->width_px, edge_ns,
                                 n_seen == 0 ? self->columns : columns, absent);
      for (guint px = 0; px < scale->width_px && n_seen > 0; px++)
        add_shares (&self->columns[px], &columns[px]);
      if (n_threads == 1)
        add_boxes (self, thread, edges, edge_ns);
      n_seen++;
    }
  weft_trace_store_end_read (store);
  if (n_seen == 0)
    memset (self->columns, 0, scale->width_px * sizeof *self->columns);
  return self;
}

WeftShares
weft_lane_total (WeftTraceStore *store, const guint *threads, guint n_threads, guint64 from_ns,
                 guint64 to_ns)
{
  WeftShares total = { 0 };

  weft_trace_store_begin_read (store);
  for (guint i = 0; i < n_threads; i++)
    {
      const WeftThread *thread = weft_trace_store_get_thread (store, threads[i]);

      if (thread != NULL)
        weft_thread_track_shares (thread->track, from_ns, to_ns, weft_trace_store_get_edge (store),
                                  &total, NULL);
    }
  weft_trace_store_end_read (store);
  return total;
}

void
weft_lane_items_free (WeftLaneItems *self)
{
  if (self == NULL)
    return;
  g_free (self->columns);
  g_clear_pointer (&self->boxes, g_array_unref);
  g_free (self);
}

static void
add_process (WeftTraceStore *store, guint process, GHashTable *collapsed, GArray *lanes)
{
  WeftLane lane = { .process = process, .thread = WEFT_NO_ID };
  const guint *threads = weft_trace_store_get_threads_of (store, process, &lane.n_threads);

  if (lane.n_threads == 0)
    return;
  lane.expanded
      = collapsed == NULL || !g_hash_table_contains (collapsed, GUINT_TO_POINTER (process));
  g_array_append_val (lanes, lane);
  if (!lane.expanded)
    return;
  for (guint i = 0; i < lane.n_threads; i++)
    {
      WeftLane of_thread = { .process = process, .thread = threads[i] };

      g_array_append_val (lanes, of_thread);
    }
}

GArray *
weft_lanes_new (WeftTraceStore *store, guint root, GHashTable *collapsed)
{
  GArray *lanes = g_array_new (FALSE, FALSE, sizeof (WeftLane));
  WeftProcessTable *table = weft_trace_store_get_processes (store);
  g_autoptr (GArray) family = NULL;

  if (root >= weft_process_table_get_size (table))
    return lanes;
  family = weft_family_order_new (table, root);
  for (guint i = 0; i < family->len; i++)
    add_process (store, g_array_index (family, guint, i), collapsed, lanes);
  return lanes;
}
