/* test-lane-tiles.c: tiles show pixel for pixel what a strip of the same columns shows,
 * are kept while the view moves, and made again when what they show changed. */
#include "lane-tiles.h"
#include "record.h"
#include "synthetic.h"

#define START (G_GUINT64_CONSTANT (5000) * 1000000000)
#define MS 1000000
#define WIDTH 900
#define BEYOND_PX 400

static const WeftLaneLook *
get_look (void)
{
  static WeftLaneLook look = { .height = 32, .box_top = 5, .box_height = 22, .scale = 1 };

  look.palette = weft_palette_get (WEFT_SCHEME_LIGHT);
  return &look;
}

static WeftTraceStore *
new_store (Synthetic *machine, guint n_records)
{
  WeftTraceInfo info = { .architecture = "x86_64", .n_cpus = 2, .start_ns = START };
  WeftTraceStore *store = weft_trace_store_new (&info);
  g_autoptr (GBytes) records = synthetic_next (machine, n_records);
  g_autoptr (GError) error = NULL;

  weft_trace_store_append (store, records, synthetic_get_time (machine), &error);
  g_assert_no_error (error);
  return store;
}

static Synthetic *
new_machine (void)
{
  const SyntheticMachine machine = { .n_cpus = 2,
                                     .n_processes = 2,
                                     .threads_per_process = 3,
                                     .mean_run_ns = 400000,
                                     .seed = 5,
                                     .start_ns = START };

  return synthetic_new (&machine);
}

static guint32
pixel_at (cairo_surface_t *surface, guint x, int y)
{
  const guint8 *row
      = cairo_image_surface_get_data (surface) + y * cairo_image_surface_get_stride (surface);

  return ((const guint32 *)(const void *)row)[x];
}

static void
assert_same_columns (const WeftLaneTile *tile, cairo_surface_t *strip, guint64 first)
{
  guint64 left = MAX (tile->column, first);
  guint64 right = MIN (tile->column + tile->width_px, first + WIDTH);
  int height = cairo_image_surface_get_height (tile->surface);

  for (guint64 column = left; column < right; column++)
    for (int y = 0; y < get_look ()->height; y++)
      {
        gboolean inside = y >= tile->top_px && y < tile->top_px + height;
        guint x = (guint)(column - tile->column) + tile->margin_px;

        g_assert_cmphex (inside ? pixel_at (tile->surface, x, y - tile->top_px) : 0, ==,
                         pixel_at (strip, (guint)(column - first) + BEYOND_PX, y));
      }
}

/* What is shown from column @first on is what one strip shows of these columns. It is
 * wider, because a slice that the view cuts looks like one that ends there. */
static void
assert_shows (GPtrArray *tiles, WeftTraceStore *store, guint thread, const WeftTimeGrid *grid,
              guint64 first)
{
  guint64 from = first - BEYOND_PX, to = first + WIDTH + BEYOND_PX, next = first;
  WeftTimeScale scale = { weft_time_grid_get_edge (grid, from), weft_time_grid_get_edge (grid, to),
                          WIDTH + 2 * BEYOND_PX };
  g_autoptr (WeftLaneItems) items = weft_lane_items_new (store, &thread, 1, &scale);
  cairo_surface_t *strip = weft_lane_strip_new (items, get_look (), from);

  for (guint i = 0; i < tiles->len; i++)
    {
      const WeftLaneTile *tile = g_ptr_array_index (tiles, i);

      assert_same_columns (tile, strip, first);
      g_assert_cmpuint (tile->column, <=, next); /* no gap, nothing twice */
      next = tile->column + tile->width_px;
    }
  g_assert_cmpuint (next, >=, first + WIDTH);
  cairo_surface_destroy (strip);
}

typedef struct
{
  Synthetic *machine;
  WeftTraceStore *store;
  WeftLaneTiles *tiles;
  WeftTimeGrid grid; /* a column is 100 us */
  guint64 first;
} Fixture;

static void
set_up (Fixture *self, gconstpointer unused)
{
  self->machine = new_machine ();
  self->store = new_store (self->machine, 4000);
  self->tiles = weft_lane_tiles_new ();
  self->grid = (WeftTimeGrid){ WIDTH * G_GUINT64_CONSTANT (100000), WIDTH };
  self->first = weft_time_grid_get_column (&self->grid, START + 30 * MS);
  g_assert_cmpuint (weft_trace_store_get_edge (self->store), >, START + 200 * MS);
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
  weft_lane_tiles_free (self->tiles);
  g_object_unref (self->store);
  synthetic_free (self->machine);
}

static GPtrArray *
get (Fixture *self, guint thread, guint64 first)
{
  return weft_lane_tiles_get (self->tiles, self->store, &thread, 1, get_look (), &self->grid, first,
                              WIDTH, NULL);
}

static void
test_tiles_show_what_a_strip_shows (Fixture *self, gconstpointer unused)
{
  for (guint thread = 0; thread < weft_trace_store_count_threads (self->store); thread++)
    {
      weft_lane_tiles_free (self->tiles);
      self->tiles = weft_lane_tiles_new ();
      for (guint64 at = self->first; at < self->first + 600; at += 37)
        {
          g_autoptr (GPtrArray) tiles = get (self, thread, at);

          assert_shows (tiles, self->store, thread, &self->grid, at);
        }
    }
}

static void
test_a_pan_makes_only_what_is_new (Fixture *self, gconstpointer unused)
{
  g_autoptr (GPtrArray) before = get (self, 0, self->first), after = NULL;
  guint64 made = weft_lane_tiles_count_made (self->tiles);

  after = get (self, 0, self->first + 3);
  g_assert_true (g_ptr_array_index (before, 0) == g_ptr_array_index (after, 0));
  /* more than the 3, so that the next pans find something */
  g_assert_cmpuint (weft_lane_tiles_count_made (self->tiles), >, made + 3);
  made = weft_lane_tiles_count_made (self->tiles);
  g_assert_cmpuint (made, <, 2 * WIDTH);
  for (guint pan = 4; pan < 100; pan++)
    g_ptr_array_unref (get (self, 0, self->first + pan));
  g_assert_cmpuint (weft_lane_tiles_count_made (self->tiles), ==, made);
  for (guint pan = 1; pan < 100; pan++) /* to the left */
    {
      g_autoptr (GPtrArray) tiles = get (self, 0, self->first - pan);

      assert_shows (tiles, self->store, 0, &self->grid, self->first - pan);
    }
  g_assert_cmpuint (weft_lane_tiles_count_made (self->tiles), <, made + WIDTH / 2);
  /* and a zoom all */
  made = weft_lane_tiles_count_made (self->tiles);
  self->grid.range_ns += 1000;
  g_ptr_array_unref (get (self, 0, self->first));
  g_assert_cmpuint (weft_lane_tiles_count_made (self->tiles), >=, made + WIDTH);
}

/* The tile at the edge grows; those before it stay. */
static void
test_new_events_make_the_last_tile (Fixture *self, gconstpointer unused)
{
  guint64 edge = weft_trace_store_get_edge (self->store), made;
  guint64 first = weft_time_grid_get_column (&self->grid, edge) - WIDTH / 2;
  g_autoptr (GPtrArray) before = get (self, 0, first), after = NULL;
  g_autoptr (GBytes) more = synthetic_next (self->machine, 50);

  made = weft_lane_tiles_count_made (self->tiles);
  weft_trace_store_append (self->store, more, synthetic_get_time (self->machine), NULL);
  g_assert_cmpuint (weft_trace_store_get_edge (self->store), >, edge);
  after = get (self, 0, first);
  g_assert_true (g_ptr_array_index (before, 0) == g_ptr_array_index (after, 0));
  g_assert_cmpuint (weft_lane_tiles_count_made (self->tiles), >, made);
  g_assert_cmpuint (weft_lane_tiles_count_made (self->tiles), <=, made + WIDTH / 2 + 300);
  assert_shows (after, self->store, 0, &self->grid, first);
}

/* A record that comes late changes what was painted already. */
static void
test_a_late_record_is_seen (Fixture *self, gconstpointer unused)
{
  const WeftThread *thread = weft_trace_store_get_thread (self->store, 0);
  struct weft_record record = { .time_ns = START + 60 * MS + 77,
                                .kind = WEFT_SWITCH,
                                .units = 1,
                                .tid = thread->tid,
                                .sw = { .how = WEFT_LEFT_STOPPED, .call = WEFT_CALL_NONE } };
  g_autoptr (GBytes) late = g_bytes_new (&record, sizeof record);
  g_autoptr (GPtrArray) before = get (self, 0, self->first), after = NULL;
  guint64 revision = weft_thread_track_get_revision (thread->track);

  weft_trace_store_append (self->store, late, weft_trace_store_get_edge (self->store), NULL);
  g_assert_cmpuint (weft_thread_track_get_revision (thread->track), >, revision);
  after = get (self, 0, self->first);
  g_assert_true (g_ptr_array_index (before, 0) != g_ptr_array_index (after, 0));
  assert_shows (after, self->store, 0, &self->grid, self->first);
}

/* A slice that goes through several tiles is one box, in the pixels of the view. */
static void
test_boxes_are_joined_at_the_seams (Fixture *self, gconstpointer unused)
{
  guint compared = 0;

  self->grid.range_ns = WIDTH * G_GUINT64_CONSTANT (1000);
  for (guint64 time = START + 50 * MS; time < START + 60 * MS; time += 500000)
    {
      guint64 first = weft_time_grid_get_column (&self->grid, time);
      WeftTimeScale scale = { weft_time_grid_get_edge (&self->grid, first),
                              weft_time_grid_get_edge (&self->grid, first + WIDTH), WIDTH };
      g_autoptr (GPtrArray) tiles = get (self, 1, first);
      g_autoptr (GArray) joined = weft_lane_tiles_join_boxes (tiles, first, WIDTH);
      guint thread = 1;
      g_autoptr (WeftLaneItems) items = weft_lane_items_new (self->store, &thread, 1, &scale);

      for (guint i = 0; i < items->boxes->len; i++)
        {
          const WeftLaneBox *box = &g_array_index (items->boxes, WeftLaneBox, i);

          if (box->to_px - box->from_px <= 30)
            continue; /* a small one may lose a pixel or two at a seam */
          for (guint at = 0; at < joined->len; at++)
            {
              const WeftLaneBox *other = &g_array_index (joined, WeftLaneBox, at);

              if (other->start_ns != box->start_ns)
                continue;
              compared++;
              g_assert_cmpuint (other->state, ==, box->state);
              g_assert_cmpint (ABS ((int)other->from_px - (int)box->from_px), <=, 3);
              g_assert_cmpint (ABS ((int)other->to_px - (int)box->to_px), <=, 3);
            }
        }
    }
  g_assert_cmpuint (compared, >, 3);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/lane-tiles/show-what-a-strip-shows", test_tiles_show_what_a_strip_shows);
  ADD ("/lane-tiles/a-pan-makes-what-is-new", test_a_pan_makes_only_what_is_new);
  ADD ("/lane-tiles/new-events-make-the-last", test_new_events_make_the_last_tile);
  ADD ("/lane-tiles/a-late-record-is-seen", test_a_late_record_is_seen);
  ADD ("/lane-tiles/boxes-are-joined", test_boxes_are_joined_at_the_seams);
  return g_test_run ();
}
