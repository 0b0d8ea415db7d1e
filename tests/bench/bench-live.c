/* bench-live.c: a trace of the whole machine while pairs of processes hand a byte to
 * and fro on every CPU, at a set rate and as fast as they can: how many events a second
 * are kept without a loss, what helper and app use of a CPU for each, and how old an
 * event is when it is in the picture that a window would paint 60 times a second.
 * Usage: bench-live [SECONDS], of each phase; 10 unless told. 77 without rights. */
#include "ui/lanes/lane-tiles.h"
#include "figure.h"
#include "helper-client.h"
#include "load.h"
#include "local-machine.h"
#include "recording.h"
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MS 16
#define WIDTH 1600
#define LANES 8
#define SKIPPED 77
#define MOST_SAMPLES 2000000
#define SAMPLE_NS 50000 /* an event every 50 µs stands for all of them */
#define PAIRS 3

/* What is traced, and which figures of it count. */
typedef struct
{
  const char *name;
  guint events_per_s; /* 0: as many as the machine gives */
  gboolean record;    /* into a file, as the window and "record" do */
  gboolean frames;
  double cpu_budget_ns; /* helper and app, for each event; 0: none */
  double rate_budget;
  double age_budget_ms;
} Phase;

typedef struct
{
  WeftHelperClient *client;
  WeftTraceStore *store;
  Load *load;
  GMainLoop *loop;
  GArray *ages_ns; /* guint64 */
  guint64 shown_ns;
  GHashTable *tiles; /* thread id -> WeftLaneTiles */
  double frames_s;
  guint frames;
  GError *error;
} Live;

static guint64
now_ns (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return (guint64)now.tv_sec * 1000000000 + (guint64)now.tv_nsec;
}

/* --- the picture ----------------------------------------------------------- */

/* Events from the last picture's edge to @edge_ns were seen first in this one. */
static void
count_ages (Live *self, guint64 edge_ns)
{
  guint64 now = now_ns (CLOCK_MONOTONIC);

  for (guint64 time = self->shown_ns; self->shown_ns != 0 && time < edge_ns; time += SAMPLE_NS)
    {
      guint64 age = now - time;

      if (self->ages_ns->len < MOST_SAMPLES)
        g_array_append_val (self->ages_ns, age);
    }
  self->shown_ns = edge_ns;
}

static WeftLaneTiles *
tiles_of (Live *self, guint thread)
{
  WeftLaneTiles *tiles = g_hash_table_lookup (self->tiles, GUINT_TO_POINTER (thread));

  if (tiles == NULL)
    {
      tiles = weft_lane_tiles_new ();
      g_hash_table_insert (self->tiles, GUINT_TO_POINTER (thread), tiles);
    }
  return tiles;
}

static gboolean
frame_cb (gpointer user_data)
{
  Live *self = user_data;
  guint64 begin = now_ns (CLOCK_THREAD_CPUTIME_ID), edge, start;
  const WeftTimeGrid grid = { 1000000000, WIDTH };
  const WeftLaneLook look = { .palette = weft_palette_get (WEFT_SCHEME_LIGHT),
                              .height = 32,
                              .box_top = 5,
                              .box_height = 22,
                              .scale = 1 };
  guint n;

  weft_trace_store_begin_read (self->store);
  edge = weft_trace_store_get_edge (self->store);
  start = weft_trace_store_get_start (self->store);
  n = weft_trace_store_count_threads (self->store);
  weft_trace_store_end_read (self->store);
  if (edge <= start + 1000000000)
    return G_SOURCE_CONTINUE;
  for (guint id = n > LANES ? n - LANES : 0; id < n; id++)
    g_ptr_array_unref (weft_lane_tiles_get (tiles_of (self, id), self->store, &id, 1, &look, &grid,
                                            weft_time_grid_get_column (&grid, edge - grid.range_ns),
                                            WIDTH, NULL));
  self->frames_s += (double)(now_ns (CLOCK_THREAD_CPUTIME_ID) - begin) / 1e9;
  self->frames++;
  count_ages (self, edge);
  return G_SOURCE_CONTINUE;
}

/* --- CPU ------------------------------------------------------------------- */

static double
own_cpu_s (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6
         + (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
}

/* The helper is our only child by that name. 0 while there is none. */
static double
helper_cpu_s (void)
{
  g_autofree char *list = g_strdup_printf ("pgrep -P %d -f weftscope-tracer", (int)getpid ());
  g_autofree char *pid = NULL;
  struct timespec used;
  clockid_t clock;

  if (!g_spawn_command_line_sync (list, &pid, NULL, NULL, NULL) || *g_strstrip (pid) == '\0'
      || clock_getcpuclockid (atoi (pid), &clock) != 0 || clock_gettime (clock, &used) != 0)
    return 0;
  return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* --- the run --------------------------------------------------------------- */

static gboolean
quit_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Live *self = user_data;

  weft_helper_client_start_finish (self->client, result, &self->error);
  g_main_loop_quit (self->loop);
}

static void
stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Live *self = user_data;

  weft_helper_client_stop_finish (self->client, result, &self->error);
  g_main_loop_quit (self->loop);
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  const guint64 *one = a, *other = b;

  return (*one > *other) - (*one < *other);
}

static double
age_ms (Live *self, double quantile)
{
  guint at = (guint)((double)(self->ages_ns->len - 1) * quantile);

  return (double)g_array_index (self->ages_ns, guint64, at) / 1e6;
}

typedef struct
{
  double seconds, app_s, helper_s, frames_s;
} Usage;

static Usage
read_usage (Live *self)
{
  return (Usage){ (double)now_ns (CLOCK_MONOTONIC) / 1e9, own_cpu_s (), helper_cpu_s (),
                  self->frames_s };
}

/* @used: of a CPU, by what the budget is about; the pictures are not. */
static void
print (Live *self, const Phase *phase, const Usage *begin, const Usage *end, guint64 events)
{
  double seconds = end->seconds - begin->seconds, helper_s = end->helper_s - begin->helper_s;
  double app_s = end->app_s - begin->app_s - (end->frames_s - begin->frames_s);
  WeftHelperAccount account;

  weft_helper_client_get_account (self->client, &account);
  printf ("%s\n", phase->name);
  figure_print ("  events a second", (double)events / seconds, "events",
                phase->rate_budget > 0 ? FIGURE_AT_LEAST : FIGURE_PLAIN, phase->rate_budget);
  figure_print ("  lost", (double)account.lost, "events", FIGURE_AT_MOST, 0);
  figure_print ("  helper and app for an event", (app_s + helper_s) / (double)events * 1e9, "ns",
                phase->cpu_budget_ns > 0 ? FIGURE_AT_MOST : FIGURE_PLAIN, phase->cpu_budget_ns);
  figure_print ("    of which the helper", helper_s / (double)events * 1e9, "ns", FIGURE_PLAIN, 0);
  if (self->ages_ns->len == 0)
    return;
  g_array_sort (self->ages_ns, compare);
  figure_print ("  event to picture, median", age_ms (self, 0.5), "ms", FIGURE_PLAIN, 0);
  figure_print ("  event to picture, 99th percentile", age_ms (self, 0.99), "ms",
                phase->age_budget_ms > 0 ? FIGURE_AT_MOST : FIGURE_PLAIN, phase->age_budget_ms);
  figure_print ("  a picture of " G_STRINGIFY (LANES) " lanes, CPU time",
                1e3 * self->frames_s / self->frames, "ms", FIGURE_PLAIN, 0);
}

static void
wait_for (Live *self, guint seconds)
{
  g_timeout_add_seconds (seconds, quit_cb, self->loop);
  g_main_loop_run (self->loop);
}

static gboolean
trace (Live *self, const Phase *phase, guint seconds)
{
  WeftHelperOptions options = { 0 };
  WeftHelperAccount before, after;
  Usage begin, end;
  guint timer = 0;

  weft_helper_client_start_async (self->client, &options, NULL, started_cb, self);
  g_main_loop_run (self->loop);
  if (self->error != NULL)
    return FALSE;
  wait_for (self, 1); /* the snapshot, and threads that start */
  weft_helper_client_get_account (self->client, &before);
  begin = read_usage (self);
  if (phase->frames)
    timer = g_timeout_add (FRAME_MS, frame_cb, self);
  wait_for (self, seconds);
  end = read_usage (self);
  weft_helper_client_get_account (self->client, &after);
  g_clear_handle_id (&timer, g_source_remove);
  g_clear_pointer (&self->load, load_stop); /* what waits is read in peace */
  weft_helper_client_stop_async (self->client, stopped_cb, self);
  g_main_loop_run (self->loop);
  print (self, phase, &begin, &end, after.produced - before.produced);
  return self->error == NULL;
}

static void
finish_recording (Live *self, WeftRecording *recording)
{
  WeftTraceTotals totals;

  if (!weft_recording_finish (recording, &self->error))
    return;
  weft_trace_store_get_totals (self->store, &totals);
  figure_print ("  an event on disk",
                (double)weft_recording_get_bytes (recording) / (double)totals.events, "bytes",
                FIGURE_AT_MOST, 3.5);
}

/* One trace from start to end, with a load of its own. */
static gboolean
run (const Phase *phase, guint seconds, const char *path)
{
  g_autoptr (WeftRecording) recording = NULL;
  Live live = { .load = load_start (PAIRS, phase->events_per_s) };
  WeftTraceInfo info;
  gboolean done;

  weft_local_machine_describe (&info);
  live.store = weft_trace_store_new (&info);
  live.ages_ns = g_array_new (FALSE, FALSE, sizeof (guint64));
  live.tiles = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)weft_lane_tiles_free);
  live.loop = g_main_loop_new (NULL, FALSE);
  live.client = weft_helper_client_new (live.store);
  if (phase->record)
    recording = weft_recording_create (path, live.store, WEFT_RECORDING_NONE, &live.error);
  done = live.error == NULL && trace (&live, phase, seconds);
  g_clear_pointer (&live.load, load_stop);
  if (done && recording != NULL)
    finish_recording (&live, recording);
  if (live.error != NULL)
    fprintf (stderr, "bench-live: %s\n", live.error->message);
  g_clear_object (&recording);
  g_object_unref (live.client);
  g_object_unref (live.store);
  g_array_unref (live.ages_ns);
  g_hash_table_unref (live.tiles);
  g_main_loop_unref (live.loop);
  done = done && live.error == NULL;
  g_clear_error (&live.error);
  return done;
}

int
main (int argc, char **argv)
{
  const Phase phases[] = {
    { .name = "300,000 events a second, ring to store",
      .events_per_s = 300000,
      .cpu_budget_ns = 250,
      .rate_budget = 0.95 * 300000 },
    { .name = "200,000 events a second, to the picture and into a file",
      .events_per_s = 200000,
      .record = TRUE,
      .frames = TRUE,
      .age_budget_ms = 100 },
    { .name = "as many as the machine gives, to the picture and into a file",
      .record = TRUE,
      .frames = TRUE,
      .rate_budget = 300000 },
  };
  guint seconds = argc > 1 ? (guint)atoi (argv[1]) : 10;
  g_autofree char *folder = NULL;
  g_autofree char *path = NULL;
  gboolean done = TRUE;

  if (geteuid () != 0)
    {
      printf ("skipped: tracing needs root\n");
      return SKIPPED;
    }
  folder = g_dir_make_tmp ("weft-bench-XXXXXX", NULL);
  path = g_build_filename (folder, "live.weft", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (phases) && done; i++)
    {
      done = run (&phases[i], seconds, path);
      g_unlink (path);
    }
  g_rmdir (folder);
  return done ? 0 : 1;
}
