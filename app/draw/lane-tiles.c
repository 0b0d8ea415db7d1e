/* lane-tiles.c: see the header. A tile is laid out and painted with a margin, so that
 * a slice that goes on in the neighbour has no end at the seam, and one that ends there
 * is parted from the next. */
#include "lane-tiles.h"

#define MARGIN_PX 8
/* Tiles kept on both sides of the view, for small movements to and fro. */
#define KEPT_BESIDE 2

struct _WeftLaneTiles
{
  GPtrArray *tiles; /* WeftLaneTile, in order of column */
  WeftTimeGrid grid;
  WeftLaneLook look;
  guint64 n_made;
};

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

/* What the pixels stand on. @revision changes when anything that was known of the
 * threads does; a thread more counts too. */
static WeftLaneTile
look_at_store (WeftTraceStore *store, const guint *threads, guint n_threads)
{
  WeftLaneTile now = { .revision = n_threads };

  weft_trace_store_begin_read (store);
  now.edge_ns = weft_trace_store_get_edge (store);
  for (guint i = 0; i < n_threads; i++)
    {
      const WeftThread *thread = weft_trace_store_get_thread (store, threads[i]);

      now.revision += thread != NULL ? weft_thread_track_get_revision (thread->track) : 0;
    }
  weft_trace_store_end_read (store);
  return now;
}

/* Lays out; what left memory is brought back once. */
static WeftLaneItems *
lay_out (WeftTraceStore *store, const guint *threads, guint n_threads, const WeftTimeScale *scale,
         gboolean *whole)
{
  guint absent;
  WeftLaneItems *items = weft_lane_items_new (store, threads, n_threads, scale, &absent);

  if (absent != WEFT_NO_ID && weft_trace_store_load_chunk (store, absent, NULL))
    {
      weft_lane_items_free (items);
      items = weft_lane_items_new (store, threads, n_threads, scale, &absent);
    }
  *whole = absent == WEFT_NO_ID;
  return items;
}

static WeftLaneTile *
make_tile (WeftLaneTiles *self, WeftTraceStore *store, const guint *threads, guint n_threads,
           guint64 column)
{
  WeftLaneTile *tile = g_atomic_rc_box_new0 (WeftLaneTile);
  guint margin = (guint)MIN (column, MARGIN_PX);
  WeftTimeScale scale
      = { weft_time_grid_get_edge (&self->grid, column - margin),
          weft_time_grid_get_edge (&self->grid, column + WEFT_LANE_TILE_PX + MARGIN_PX),
          margin + WEFT_LANE_TILE_PX + MARGIN_PX };
  g_autoptr (WeftLaneItems) items = NULL;
  gboolean whole;

  /* asked before the pixels are made: what changes meanwhile makes the tile stale */
  *tile = look_at_store (store, threads, n_threads);
  items = lay_out (store, threads, n_threads, &scale, &whole);
  tile->column = column;
  tile->margin_px = margin;
  tile->complete = whole && tile->edge_ns >= scale.to_ns;
  if (!whole)
    tile->edge_ns = 0; /* never the store's: made again until all is there */
  tile->boxes = g_array_ref (items->boxes);
  tile->surface = weft_lane_strip_new (items, &self->look, column - margin);
  self->n_made++;
  return tile;
}

static WeftLaneTile *
find_tile (WeftLaneTiles *self, guint64 column)
{
  for (guint i = 0; i < self->tiles->len; i++)
    {
      WeftLaneTile *tile = g_ptr_array_index (self->tiles, i);

      if (tile->column == column)
        return tile;
    }
  return NULL;
}

/* Gives up what is far from the view, or all of it when it is of another grid. */
static void
trim (WeftLaneTiles *self, guint64 first, guint64 end)
{
  const guint64 beside = KEPT_BESIDE * WEFT_LANE_TILE_PX;

  for (guint i = self->tiles->len; i-- > 0;)
    {
      const WeftLaneTile *tile = g_ptr_array_index (self->tiles, i);

      if (tile->column + WEFT_LANE_TILE_PX + beside < first || tile->column > end + beside)
        g_ptr_array_remove_index (self->tiles, i);
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
                     guint64 first, guint width_px)
{
  GPtrArray *shown = g_ptr_array_new_with_free_func ((GDestroyNotify)weft_lane_tile_unref);
  WeftLaneTile now = look_at_store (store, threads, n_threads);
  guint64 column = first / WEFT_LANE_TILE_PX * WEFT_LANE_TILE_PX;

  begin_frame (self, look, grid);
  trim (self, first, first + width_px);
  for (; column < first + width_px; column += WEFT_LANE_TILE_PX)
    {
      WeftLaneTile *tile = find_tile (self, column);

      if (tile == NULL || tile->revision != now.revision
          || (!tile->complete && tile->edge_ns != now.edge_ns))
        {
          if (tile != NULL)
            g_ptr_array_remove (self->tiles, tile);
          tile = make_tile (self, store, threads, n_threads, column);
          g_ptr_array_add (self->tiles, tile);
        }
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
  guint64 right = MIN (tile->column + WEFT_LANE_TILE_PX, first + width_px);
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
