/* lane-tiles.c: see the header. A tile is laid out and painted with a margin, so that
 * a slice that goes on in the neighbour has no end at the seam, and one that ends there
 * is parted from the next. */
#include "lane-tiles.h"
#include "trace/history.h"

#define MARGIN_PX 8
/* What a pan lacks is made so wide at once, and so much is kept on both sides of the
 * view for small movements to and fro. */
#define AHEAD_PX 256
#define KEPT_PX 512
/* The part that grows is made for each frame: what is behind it is split off here. */
#define GROWING_PX 256

struct _WeftLaneTiles
{
  GPtrArray *tiles; /* WeftLaneTile, in order of column */
  WeftTimeGrid grid;
  WeftLaneLook look;
  guint64 n_made;
};

/* Whose lane it is, and what its pixels stand on. @revision changes when anything that
 * was known of the threads does; a thread more counts too. */
typedef struct
{
  WeftTraceStore *store;
  const guint *threads;
  guint n_threads;
  GCancellable *cancellable; /* (nullable) */
  guint64 edge_ns;
  guint64 revision;
} Subject;

static void
tile_clear (gpointer data)
{
  WeftLaneTile *tile = data;

  g_clear_pointer (&tile->surface, cairo_surface_destroy);
  g_clear_pointer (&tile->boxes, g_array_unref);
}

void
weft_lane_tile_unref (WeftLaneTile *tile)
{
  g_atomic_rc_box_release_full (tile, tile_clear);
}

WeftLaneTiles *
weft_lane_tiles_new (void)
{
  WeftLaneTiles *self = g_new0 (WeftLaneTiles, 1);

  self->tiles = g_ptr_array_new_with_free_func ((GDestroyNotify)weft_lane_tile_unref);
  return self;
}

void
weft_lane_tiles_free (WeftLaneTiles *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->tiles);
  g_free (self);
}

guint64
weft_lane_tiles_count_made (const WeftLaneTiles *self)
{
  return self->n_made;
}

static gboolean
looks_equal (const WeftLaneLook *a, const WeftLaneLook *b)
{
  return a->palette == b->palette && a->height == b->height && a->box_top == b->box_top
         && a->box_height == b->box_height && a->scale == b->scale;
}

static void
look_at_store (Subject *self)
{
  weft_trace_store_begin_read (self->store);
  self->edge_ns = weft_trace_store_get_edge (self->store);
  self->revision = self->n_threads;
  for (guint i = 0; i < self->n_threads; i++)
    {
      const WeftThread *thread = weft_trace_store_get_thread (self->store, self->threads[i]);

      self->revision += thread != NULL ? weft_thread_track_get_revision (thread->track) : 0;
    }
  weft_trace_store_end_read (self->store);
}

/* @subject was looked at before: what changes meanwhile makes the tile stale. */
static WeftLaneTile *
make_tile (WeftLaneTiles *self, const Subject *subject, guint64 column, guint64 end)
{
  WeftLaneTile *tile = g_atomic_rc_box_new0 (WeftLaneTile);
  guint margin = (guint)MIN (column, MARGIN_PX);
  WeftTimeScale scale = { weft_time_grid_get_edge (&self->grid, column - margin),
                          weft_time_grid_get_edge (&self->grid, end + MARGIN_PX),
                          (guint)(end - column) + margin + MARGIN_PX };
  WeftLaneLook look = self->look;
  g_autoptr (WeftLaneItems) items = NULL;
  gboolean whole;

  items = weft_lane_items_new_full (subject->store, subject->threads, subject->n_threads, &scale,
                                    subject->cancellable);
  whole = items->missing == NULL;
  tile->column = column;
  tile->width_px = (guint)(end - column);
  tile->margin_px = margin;
  tile->complete = whole && subject->edge_ns >= scale.to_ns;
  /* 0 is never the store's: made again until all is there */
  tile->edge_ns = whole ? subject->edge_ns : 0;
  tile->revision = subject->revision;
  for (guint i = 0; i < 2; i++)
    {
      guint px = margin + (i == 0 ? 0 : tile->width_px);

      tile->wished[i] = weft_time_scale_get_edge (&scale, px);
      tile->ends[i] = items->edges[px];
    }
  tile->boxes = g_array_ref (items->boxes);
  /* nothing is painted above or below the box */
  tile->top_px = look.box_top;
  look.height = look.box_height;
  look.box_top = 0;
  tile->surface = weft_lane_strip_new (items, &look, column - margin);
  self->n_made += tile->width_px;
  return tile;
}

static guint64
end_of (const WeftLaneTile *tile)
{
  return tile->column + tile->width_px;
}

/* Whether it ends where its neighbours begin: history that left memory since may have
 * moved them. */
static gboolean
has_moved (WeftLaneTiles *self, const Subject *subject, const WeftLaneTile *tile)
{
  guint64 ends[] = { tile->wished[0], tile->wished[1] };

  weft_history_snap (subject->store, ends, 2, self->grid.range_ns / self->grid.width_px);
  return ends[0] != tile->ends[0] || ends[1] != tile->ends[1];
}

/* Gives up what is stale or far from the view. */
static void
trim (WeftLaneTiles *self, const Subject *subject, guint64 first, guint64 end)
{
  for (guint i = self->tiles->len; i-- > 0;)
    {
      const WeftLaneTile *tile = g_ptr_array_index (self->tiles, i);

      if (end_of (tile) + KEPT_PX < first || tile->column > end + KEPT_PX
          || tile->revision != subject->revision || has_moved (self, subject, tile)
          || (!tile->complete && tile->edge_ns != subject->edge_ns))
        g_ptr_array_remove_index (self->tiles, i);
    }
}

/* Whether the trace has all of what is before @column. */
static gboolean
is_complete_until (WeftLaneTiles *self, const Subject *subject, guint64 column)
{
  return subject->edge_ns >= weft_time_grid_get_edge (&self->grid, column + MARGIN_PX);
}

/* Widens a gap to the left of what is there, or to the right of it. */
static void
look_ahead (WeftLaneTiles *self, const Subject *subject, guint at, guint64 *column, guint64 *end)
{
  guint64 least = 0, most = G_MAXUINT64;

  if (at > 0)
    least = end_of (g_ptr_array_index (self->tiles, at - 1));
  if (at < self->tiles->len)
    most = ((const WeftLaneTile *)g_ptr_array_index (self->tiles, at))->column;
  if (*end == most && *column > least && *column > AHEAD_PX)
    *column = MAX (least, *end - AHEAD_PX);
  else if (*column == least && *end < most && is_complete_until (self, subject, *column + AHEAD_PX))
    *end = MIN (most, *column + AHEAD_PX);
}

/* Makes the columns from @column to before @end, which come before the tile at @at. */
static void
fill_gap (WeftLaneTiles *self, const Subject *subject, guint at, guint64 column, guint64 end)
{
  guint64 edge = weft_time_grid_get_column (&self->grid, subject->edge_ns);
  guint64 known = edge > 2 * MARGIN_PX ? edge - 2 * MARGIN_PX : 0;

  if (end - column < AHEAD_PX)
    look_ahead (self, subject, at, &column, &end);
  if (column + GROWING_PX < known && known < end)
    {
      g_ptr_array_insert (self->tiles, (int)at++, make_tile (self, subject, column, known));
      column = known;
    }
  g_ptr_array_insert (self->tiles, (int)at, make_tile (self, subject, column, end));
}

/* The tiles then cover the view without a gap, unless nobody wants that any more. */
static void
cover (WeftLaneTiles *self, const Subject *subject, guint64 first, guint64 end)
{
  guint64 column = first;
  guint at = 0;

  while (column < end && !g_cancellable_is_cancelled (subject->cancellable))
    {
      const WeftLaneTile *tile = at < self->tiles->len ? g_ptr_array_index (self->tiles, at) : NULL;

      if (tile != NULL && end_of (tile) <= column)
        at++;
      else if (tile != NULL && tile->column <= column)
        column = end_of (tile);
      else
        fill_gap (self, subject, at, column, tile != NULL ? MIN (tile->column, end) : end);
    }
}

static void
begin_frame (WeftLaneTiles *self, const WeftLaneLook *look, const WeftTimeGrid *grid)
{
  if (weft_time_grid_equals (&self->grid, grid) && looks_equal (&self->look, look))
    return;
  g_ptr_array_set_size (self->tiles, 0);
  self->grid = *grid;
  self->look = *look;
}

GPtrArray *
weft_lane_tiles_get (WeftLaneTiles *self, WeftTraceStore *store, const guint *threads,
                     guint n_threads, const WeftLaneLook *look, const WeftTimeGrid *grid,
                     guint64 first, guint width_px, GCancellable *cancellable)
{
  GPtrArray *shown = g_ptr_array_new_with_free_func ((GDestroyNotify)weft_lane_tile_unref);
  Subject subject
      = { .store = store, .threads = threads, .n_threads = n_threads, .cancellable = cancellable };
  guint64 end = first + width_px;

  look_at_store (&subject);
  begin_frame (self, look, grid);
  trim (self, &subject, first, end);
  cover (self, &subject, first, end);
  for (guint i = 0; i < self->tiles->len; i++)
    {
      WeftLaneTile *tile = g_ptr_array_index (self->tiles, i);

      if (end_of (tile) > first && tile->column < end)
        g_ptr_array_add (shown, g_atomic_rc_box_acquire (tile));
    }
  return shown;
}

/* The part of @box that lies in the tile itself and in view, in pixels of the view. */
static gboolean
clip_box (const WeftLaneTile *tile, const WeftLaneBox *box, guint64 first, guint width_px,
          WeftLaneBox *clipped)
{
  guint64 left = MAX (tile->column, first);
  guint64 right = MIN (end_of (tile), first + width_px);
  guint64 from = MAX (tile->column - tile->margin_px + box->from_px, left);
  guint64 to = MIN (tile->column - tile->margin_px + box->to_px, right);

  if (to <= from)
    return FALSE;
  *clipped = *box;
  clipped->from_px = (guint)(from - first);
  clipped->to_px = (guint)(to - first);
  return TRUE;
}

GArray *
weft_lane_tiles_join_boxes (GPtrArray *tiles, guint64 first, guint width_px)
{
  GArray *boxes = g_array_new (FALSE, FALSE, sizeof (WeftLaneBox));

  for (guint i = 0; i < tiles->len; i++)
    {
      const WeftLaneTile *tile = g_ptr_array_index (tiles, i);

      for (guint at = 0; at < tile->boxes->len; at++)
        {
          WeftLaneBox box, *last;

          if (!clip_box (tile, &g_array_index (tile->boxes, WeftLaneBox, at), first, width_px,
                         &box))
            continue;
          last = boxes->len > 0 ? &g_array_index (boxes, WeftLaneBox, boxes->len - 1) : NULL;
          if (last != NULL && last->to_px == box.from_px && last->start_ns == box.start_ns
              && last->state == box.state)
            {
              last->to_px = box.to_px;
              last->ends = box.ends;
            }
          else
            g_array_append_val (boxes, box);
        }
    }
  return boxes;
}
