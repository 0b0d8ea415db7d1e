/* bench-draw.c: what a frame of lanes costs in CPU time: 50 lanes of 1600 pixels over a
 * long history, as the window makes and paints them while it zooms, pans and follows;
 * and pictures as files. Prints figures beside their budgets; never fails on a time.
 * Usage: bench-draw [STATE CHANGES], 100 million unless told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "draw/lane-painter.h"
#include "ui/lanes/lane-tiles.h"
#include "export/image.h"
#include "figure.h"
#include "scene.h"
#include "synthetic.h"

#define LANES 50
#define WIDTH 1600
#define ROUNDS 101
#define LANE_PX 32
#define START_NS (G_GUINT64_CONSTANT (5000) * 1000000000)
/* At 60 frames and 300,000 events a second. */
#define EVENTS_PER_FRAME 5000

/* Time of this thread on its CPU: the machine may have other work. */
static double
cpu_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return x < y ? -1 : x > y;
}

/* @budget_ms: of the median, and twice that at the 99th percentile; 0: none */
static void
print_quantiles (const char *what, double *ms, double budget_ms)
{
  FigureBound bound = budget_ms > 0 ? FIGURE_AT_MOST : FIGURE_PLAIN;
  g_autofree char *worst = g_strdup_printf ("  99th percentile of %d", ROUNDS);

  qsort (ms, ROUNDS, sizeof *ms, compare);
  figure_print (what, ms[ROUNDS / 2], "ms", bound, budget_ms);
  figure_print (worst, ms[(ROUNDS * 99 + 99) / 100 - 1], "ms", bound, 2 * budget_ms);
}

/* Stands for a recording: says that old records can be had again. */
static GBytes *
fetch_cb (guint chunk, gpointer user_data, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "chunk %u was not kept", chunk);
  return NULL;
}

static guint64
count_changes (WeftTraceStore *store)
{
  guint64 changes = 0;

  for (guint id = 0; id < weft_trace_store_count_threads (store); id++)
    changes += weft_thread_track_count_changes (weft_trace_store_get_thread (store, id)->track);
  return changes;
}

/* Fifty threads and more of a busy machine, until their tracks have @changes. */
static WeftTraceStore *
store_new (Synthetic *machine, guint64 changes)
{
  WeftTraceInfo info = { .architecture = "x86_64", .n_cpus = 16, .start_ns = START_NS };
  WeftTraceStore *store = weft_trace_store_new (&info);

  weft_trace_store_set_memory_limit (store, G_MAXUINT64);
  weft_trace_store_set_fetch_func (store, fetch_cb, NULL, NULL);
  while (count_changes (store) < changes)
    {
      g_autoptr (GBytes) batch = synthetic_next (machine, 200000);
      g_autoptr (GError) error = NULL;

      if (!weft_trace_store_append (store, batch, synthetic_get_time (machine), &error))
        g_error ("%s", error->message);
    }
  return store;
}

typedef struct
{
  WeftTraceStore *store;
  WeftLaneTiles *tiles[LANES];
  WeftStyle *style;
  cairo_surface_t *page;
  cairo_t *cr;
} Canvas;

/* What the window does for a frame: tiles that are new, and all of them painted. */
static double
time_frame (Canvas *self, const WeftTimeGrid *grid, guint64 from_ns)
{
  const WeftLaneLook look = { .palette = weft_style_get_palette (self->style),
                              .height = LANE_PX,
                              .box_top = 5,
                              .box_height = 22,
                              .scale = 1 };
  guint64 first = weft_time_grid_get_column (grid, from_ns);
  double begin = cpu_ms ();

  for (guint i = 0; i < LANES; i++)
    {
      g_autoptr (GPtrArray) tiles = weft_lane_tiles_get (self->tiles[i], self->store, &i, 1, &look,
                                                         grid, first, WIDTH, NULL);

      for (guint at = 0; at < tiles->len; at++)
        {
          const WeftLaneTile *tile = g_ptr_array_index (tiles, at);
          gint64 column = (gint64)(tile->column - first);

          weft_lane_painter_draw_tile (self->style, self->cr, tile, (double)column,
                                       (double)i * LANE_PX, 1);
        }
    }
  return cpu_ms () - begin;
}

/* A new scale with each frame, so that every column is new. */
static void
time_zoom (Canvas *self, double share, const char *what)
{
  guint64 start = weft_trace_store_get_start (self->store);
  double length = (double)(weft_trace_store_get_edge (self->store) - start);
  double ms[ROUNDS];

  for (guint round = 0; round < ROUNDS; round++)
    {
      double range = length * share * (1 - 0.002 * round);
      WeftTimeGrid grid = { (guint64)range, WIDTH };

      ms[round] = time_frame (self, &grid, start + (guint64)((length - range) * round / ROUNDS));
    }
  print_quantiles (what, ms, 8);
}

/* The view moves by @px columns a frame. */
static void
time_pan (Canvas *self, double share, guint px, const char *what)
{
  guint64 start = weft_trace_store_get_start (self->store);
  double length = (double)(weft_trace_store_get_edge (self->store) - start);
  WeftTimeGrid grid = { (guint64)(length * share), WIDTH };
  guint64 first = weft_time_grid_get_column (&grid, start + (guint64)(length * 0.4));
  double ms[ROUNDS];

  time_frame (self, &grid, weft_time_grid_get_edge (&grid, first));
  for (guint round = 0; round < ROUNDS; round++)
    ms[round] = time_frame (self, &grid, weft_time_grid_get_edge (&grid, first + round * px));
  print_quantiles (what, ms, 8);
}

/* The trace goes on and the view follows its end. */
static void
time_follow (Canvas *self, Synthetic *machine, double share, const char *what)
{
  guint64 start = weft_trace_store_get_start (self->store);
  guint64 edge = weft_trace_store_get_edge (self->store);
  WeftTimeGrid grid = { (guint64)((double)(edge - start) * share), WIDTH };
  double ms[ROUNDS];

  time_frame (self, &grid, edge - grid.range_ns);
  for (guint round = 0; round < ROUNDS; round++)
    {
      g_autoptr (GBytes) batch = synthetic_next (machine, EVENTS_PER_FRAME);

      weft_trace_store_append (self->store, batch, synthetic_get_time (machine), NULL);
      ms[round] = time_frame (self, &grid, weft_trace_store_get_edge (self->store) - grid.range_ns);
    }
  print_quantiles (what, ms, 8);
}

static void
time_frames (guint64 changes)
{
  const SyntheticMachine busy = { .n_cpus = 16,
                                  .n_processes = 10,
                                  .threads_per_process = 6,
                                  .mean_run_ns = 40000,
                                  .seed = 11,
                                  .start_ns = START_NS };
  g_autoptr (Synthetic) machine = synthetic_new (&busy);
  g_autoptr (WeftTraceStore) store = store_new (machine, changes);
  g_autoptr (WeftStyle) style = weft_style_new_for_file (WEFT_SCHEME_LIGHT, 1);
  Canvas canvas = { .store = store, .style = style };

  printf ("%d lanes x %d px over %.0f million state changes, CPU time of one thread\n", LANES,
          WIDTH, (double)count_changes (store) / 1e6);
  canvas.page = cairo_image_surface_create (CAIRO_FORMAT_RGB24, WIDTH, LANES * LANE_PX);
  canvas.cr = cairo_create (canvas.page);
  for (guint i = 0; i < LANES; i++)
    canvas.tiles[i] = weft_lane_tiles_new ();
  time_zoom (&canvas, 1, "zoom, everything in view");
  time_zoom (&canvas, 0.01, "zoom, a hundredth in view");
  time_zoom (&canvas, 0.000005, "zoom, some slices in view");
  time_pan (&canvas, 0.3, 7, "pan, a third in view");
  time_pan (&canvas, 0.001, 7, "pan, a thousandth in view");
  time_follow (&canvas, machine, 1, "follow, everything in view");
  time_follow (&canvas, machine, 0.003, "follow, the newest in view");
  for (guint i = 0; i < LANES; i++)
    weft_lane_tiles_free (canvas.tiles[i]);
  cairo_destroy (canvas.cr);
  cairo_surface_destroy (canvas.page);
}

static void
time_picture (const char *what, WeftImageOptions options)
{
  g_autoptr (WeftTraceStore) store = scene_new ();
  double ms[ROUNDS];

  for (guint round = 0; round < ROUNDS; round++)
    {
      g_autoptr (GOutputStream) out = g_memory_output_stream_new_resizable ();
      double begin = cpu_ms ();

      if (!weft_image_export (store, &options, out, NULL, NULL))
        g_error ("the scene could not be drawn");
      ms[round] = cpu_ms () - begin;
    }
  print_quantiles (what, ms, 0);
}

int
main (int argc, char **argv)
{
  time_frames (argc > 1 ? strtoull (argv[1], NULL, 10) : 100000000);
  time_picture ("PNG 1280 x 800, 40 ms of the scene", (WeftImageOptions){ .width_px = 1280,
                                                                          .height_px = 800,
                                                                          .from_ns = SCENE_FROM_NS,
                                                                          .to_ns = SCENE_TO_NS });
  time_picture ("PNG 1280 px, all 8.4 s", (WeftImageOptions){ .format = WEFT_IMAGE_PNG });
  time_picture ("SVG, all 8.4 s", (WeftImageOptions){ .format = WEFT_IMAGE_SVG });
  return 0;
}
