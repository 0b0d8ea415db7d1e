/* bench-draw.c: what a frame of lanes costs: laying out and painting 50 lanes
 * of 1600 pixels, near and far, in CPU time; and pictures as files. Prints the
 * figure beside its budget; never fails on a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "draw/lane-painter.h"
#include "export/image.h"
#include "figure.h"
#include "scene.h"

#define LANES 50
#define WIDTH 1600
#define ROUNDS 101
#define CHANGES_PER_LANE 2000000
#define STEP_NS 4000

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

/* A store of threads that switch among states by a rule, without records. */
static WeftThreadTrack *
make_track (guint seed, gsize changes)
{
  static const WeftState states[]
      = { WEFT_STATE_RUNNING, WEFT_STATE_LOCK,  WEFT_STATE_RUNNABLE, WEFT_STATE_RUNNING,
          WEFT_STATE_DISK,    WEFT_STATE_TIMER, WEFT_STATE_RUNNABLE };
  WeftThreadTrack *track = weft_thread_track_new (0, WEFT_STATE_UNKNOWN, 0);
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  guint64 time = 0;

  for (gsize i = 0; i < changes; i++)
    {
      time += g_rand_int_range (random, STEP_NS / 4, 2 * STEP_NS);
      weft_thread_track_append (track, (guint)(i / 20000), time,
                                states[(i + seed) % G_N_ELEMENTS (states)], seed % 4);
    }
  return track;
}

static WeftLaneItems *
lay_out (const WeftThreadTrack *track, guint64 from_ns, guint64 to_ns)
{
  WeftLaneItems *items = g_new0 (WeftLaneItems, 1);
  guint64 edges[WIDTH + 1];

  for (guint px = 0; px <= WIDTH; px++)
    edges[px] = from_ns + (to_ns - from_ns) * px / WIDTH;
  items->scale = (WeftTimeScale){ from_ns, to_ns, WIDTH };
  items->columns = g_new (WeftShares, WIDTH);
  items->boxes = g_array_new (FALSE, FALSE, sizeof (WeftLaneBox));
  weft_thread_track_columns (track, edges, WIDTH, to_ns, items->columns, NULL);
  return items;
}

/* One frame: all lanes laid out, made into strips and painted on a page. */
static void
time_frames (WeftThreadTrack **tracks, double share, const char *what)
{
  const WeftPalette *palette = weft_palette_get (WEFT_SCHEME_LIGHT);
  g_autoptr (WeftStyle) style = weft_style_new_for_file (WEFT_SCHEME_LIGHT, 1);
  cairo_surface_t *page = cairo_image_surface_create (CAIRO_FORMAT_RGB24, WIDTH, LANES * 32);
  cairo_t *cr = cairo_create (page);
  double layout[ROUNDS], whole[ROUNDS];
  g_autofree char *name = NULL;

  for (guint round = 0; round < ROUNDS; round++)
    {
      double begin = cpu_ms ();
      double laid = 0;

      for (guint i = 0; i < LANES; i++)
        {
          double start = cpu_ms ();
          guint64 length = weft_thread_track_get_last_change (tracks[i]) * share;
          guint64 from = (weft_thread_track_get_last_change (tracks[i]) - length) * round / ROUNDS;
          g_autoptr (WeftLaneItems) items = lay_out (tracks[i], from, from + length);
          cairo_surface_t *strip;

          laid += cpu_ms () - start;
          strip = weft_lane_strip_new (items, palette, 32, 5, 22, 1);
          weft_lane_painter_draw_strip (style, cr, &(WeftRect){ 0, i * 32, WIDTH, 32 }, strip);
          cairo_surface_destroy (strip);
        }
      layout[round] = laid;
      whole[round] = cpu_ms () - begin;
    }
  name = g_strdup_printf ("%s: layout", what);
  print_quantiles (name, layout, 0);
  g_free (name);
  name = g_strdup_printf ("%s: layout, strips and paint", what);
  print_quantiles (name, whole, 8);
  cairo_destroy (cr);
  cairo_surface_destroy (page);
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
  gsize changes = argc > 1 ? strtoull (argv[1], NULL, 10) : CHANGES_PER_LANE;
  WeftThreadTrack *tracks[LANES];

  for (guint i = 0; i < LANES; i++)
    tracks[i] = make_track (i, changes);
  printf ("%d lanes x %d px over %.0f million state changes, CPU time of one thread\n", LANES,
          WIDTH, (double)LANES * (double)changes / 1e6);
  time_frames (tracks, 1, "everything in view");
  time_frames (tracks, 0.01, "a hundredth in view");
  time_frames (tracks, 0.000005, "some slices in view");
  for (guint i = 0; i < LANES; i++)
    weft_thread_track_free (tracks[i]);
  time_picture ("PNG 1280 x 800, 40 ms of the scene", (WeftImageOptions){ .width_px = 1280,
                                                                          .height_px = 800,
                                                                          .from_ns = SCENE_FROM_NS,
                                                                          .to_ns = SCENE_TO_NS });
  time_picture ("PNG 1280 px, all 8.4 s", (WeftImageOptions){ .format = "png" });
  time_picture ("SVG, all 8.4 s", (WeftImageOptions){ .format = "svg" });
  return 0;
}
