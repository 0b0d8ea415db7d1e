/* lane-layout.c: see the header. Cost follows the columns, not the changes. */
#include "lane-layout.h"
#include "families.h"
#include "history.h"
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

/* The slice at a column's begin, within a read section, which is left and entered again
 * where its totals left memory. Tracks are not brought back for it: a slice that they
 * alone tell of is no wider than its chunk. */
static gboolean
find_slice (WeftLaneItems *self, WeftTraceStore *store, guint thread, guint px, WeftSlice *slice)
{
  const WeftThread *entry = weft_trace_store_get_thread (store, thread);
  guint absent = WEFT_NO_ID;
  WeftHold *hold;
  gboolean found;

  if (weft_thread_track_slice_at (entry->track, self->edges[px], weft_trace_store_get_edge (store),
                                  slice, &absent))
    return TRUE;
  if (absent == WEFT_NO_ID)
    return FALSE;
  weft_trace_store_end_read (store);
  hold = weft_history_hold_slice (store, thread, self->edges[px], FALSE, &self->missing);
  weft_trace_store_begin_read (store);
  found = hold != NULL
          && weft_thread_track_slice_at (entry->track, self->edges[px],
                                         weft_trace_store_get_edge (store), slice, NULL);
  weft_trace_store_end_read (store);
  weft_hold_release (hold);
  weft_trace_store_begin_read (store);
  return found;
}

/* Finds wide slices by looking at every few columns, so that the cost stays with the
 * width however many slices there are: one is there only where a column is whole. */
static void
add_boxes (WeftLaneItems *self, WeftTraceStore *store, guint thread, GCancellable *cancellable)
{
  guint px = 0;

  weft_trace_store_begin_read (store);
  while (px < self->scale.width_px && self->missing == NULL)
    {
      WeftSlice slice;
      WeftLaneBox box;

      if (g_cancellable_set_error_if_cancelled (cancellable, &self->missing))
        break;
      if (!is_whole (self, self->edges, px) || !find_slice (self, store, thread, px, &slice)
          || !box_of_slice (&self->scale, self->edges, &slice, &box))
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
  weft_trace_store_end_read (store);
}

/* The columns from @from to before @to, whose threads are held. */
static void
add_columns (WeftLaneItems *self, WeftTraceStore *store, const guint *threads, guint n_threads,
             gsize from, gsize to)
{
  g_autofree WeftShares *columns = n_threads > 1 ? g_new (WeftShares, to - from) : NULL;
  guint64 edge_ns;
  guint n_seen = 0, absent;

  weft_trace_store_begin_read (store);
  edge_ns = weft_trace_store_get_edge (store);
  for (guint i = 0; i < n_threads; i++)
    {
      const WeftThread *thread = weft_trace_store_get_thread (store, threads[i]);

      if (thread == NULL)
        continue;
      /* the first one's are written, those of the others added */
      weft_thread_track_columns (thread->track, self->edges + from, to - from, edge_ns,
                                 n_seen == 0 ? self->columns + from : columns, &absent);
      for (gsize px = from; px < to && n_seen > 0; px++)
        add_shares (&self->columns[px], &columns[px - from]);
      n_seen++;
    }
  weft_trace_store_end_read (store);
}

/* As much at a time as memory is for. */
static void
count_columns (WeftLaneItems *self, WeftTraceStore *store, const guint *threads, guint n_threads,
               GCancellable *cancellable)
{
  gsize n = self->scale.width_px, n_held;

  for (gsize from = 0; from < n && self->missing == NULL; from += n_held - 1)
    {
      g_autoptr (WeftHold) hold
          = weft_history_hold (store, threads, n_threads, self->edges + from, n + 1 - from, &n_held,
                               cancellable, &self->missing);

      if (hold != NULL)
        add_columns (self, store, threads, n_threads, from, from + n_held - 1);
    }
}

static guint
n_known (WeftTraceStore *store)
{
  guint n;

  weft_trace_store_begin_read (store);
  n = weft_trace_store_count_threads (store);
  weft_trace_store_end_read (store);
  return n;
}

WeftLaneItems *
weft_lane_items_new_full (WeftTraceStore *store, const guint *threads, guint n_threads,
                          const WeftTimeScale *scale, GCancellable *cancellable)
{
  WeftLaneItems *self = g_new0 (WeftLaneItems, 1);

  self->scale = *scale;
  self->edges = edges_new (scale);
  self->columns = g_new0 (WeftShares, scale->width_px);
  self->boxes = g_array_new (FALSE, FALSE, sizeof (WeftLaneBox));
  weft_history_snap (store, self->edges, scale->width_px + 1,
                     (scale->to_ns - scale->from_ns) / scale->width_px);
  count_columns (self, store, threads, n_threads, cancellable);
  if (n_threads == 1 && threads[0] < n_known (store))
    add_boxes (self, store, threads[0], cancellable);
  return self;
}

WeftLaneItems *
weft_lane_items_new (WeftTraceStore *store, const guint *threads, guint n_threads,
                     const WeftTimeScale *scale)
{
  return weft_lane_items_new_full (store, threads, n_threads, scale, NULL);
}

static WeftShares
add_up (WeftTraceStore *store, const guint *threads, guint n_threads, const guint64 *ends,
        GCancellable *cancellable)
{
  g_autoptr (WeftHold) hold
      = weft_history_hold (store, threads, n_threads, ends, 2, NULL, cancellable, NULL);
  WeftShares total = { 0 };

  weft_trace_store_begin_read (store);
  for (guint i = 0; i < n_threads; i++)
    {
      const WeftThread *thread = weft_trace_store_get_thread (store, threads[i]);

      if (thread != NULL)
        weft_thread_track_shares (thread->track, ends[0], ends[1],
                                  weft_trace_store_get_edge (store), &total, NULL);
    }
  weft_trace_store_end_read (store);
  return total;
}

WeftShares
weft_lane_total (WeftTraceStore *store, const guint *threads, guint n_threads, guint64 from_ns,
                 guint64 to_ns)
{
  const guint64 ends[] = { from_ns, MAX (from_ns, to_ns) };

  return add_up (store, threads, n_threads, ends, NULL);
}

WeftShares
weft_lane_total_in_view (WeftTraceStore *store, const guint *threads, guint n_threads,
                         const WeftTimeScale *scale, GCancellable *cancellable)
{
  guint64 ends[] = { scale->from_ns, scale->to_ns };

  /* it is the same while the trace runs and when its file is opened */
  weft_history_snap_sealed (store, ends, 2, (scale->to_ns - scale->from_ns) / scale->width_px);
  return add_up (store, threads, n_threads, ends, cancellable);
}

void
weft_lane_items_free (WeftLaneItems *self)
{
  if (self == NULL)
    return;
  g_free (self->columns);
  g_free (self->edges);
  g_clear_error (&self->missing);
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
  family = weft_families_list (weft_trace_store_get_families (store), root);
  for (guint i = 0; i < family->len; i++)
    add_process (store, g_array_index (family, guint, i), collapsed, lanes);
  return lanes;
}
