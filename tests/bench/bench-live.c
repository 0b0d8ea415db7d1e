/* bench-live.c: a trace of the whole machine while pairs of processes hand a byte to
 * and fro on every CPU: how many events a second are kept without a loss, what helper
 * and app use of a CPU for each, and how old an event is when it is in the picture
 * that a window would paint 60 times a second. Usage: bench-live [SECONDS [PAIRS]]. */
#include "draw/lane-strip.h"
#include "helper-client.h"
#include "recording.h"
#include "trace/lane-layout.h"
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MS 16
#define WIDTH 1600
#define LANES 8
#define SKIPPED 77
#define MOST_SAMPLES 2000000
#define SAMPLE_NS 50000 /* an event every 50 µs stands for all of them */

typedef struct
{
  WeftHelperClient *client;
  WeftTraceStore *store;
  GMainLoop *loop;
  GArray *ages_ns; /* guint64 */
  guint64 shown_ns;
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

/* --- the load -------------------------------------------------------------- */

static void
play (int cpu, int in, int out)
{
  cpu_set_t set;
  char byte = 'x';

  CPU_ZERO (&set);
  CPU_SET (cpu, &set);
  sched_setaffinity (0, sizeof set, &set);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  while (write (out, &byte, 1) == 1 && read (in, &byte, 1) == 1)
    ;
  _exit (0);
}

static void
start_pair (int cpu, pid_t players[2])
{
  int there[2], back[2];

  if (pipe (there) != 0 || pipe (back) != 0)
    g_error ("no pipes");
  for (int i = 0; i < 2; i++)
    {
      players[i] = fork ();
      if (players[i] == 0)
        play (cpu, i == 0 ? back[0] : there[0], i == 0 ? there[1] : back[1]);
    }
  for (int i = 0; i < 2; i++)
    {
      close (there[i]);
      close (back[i]);
    }
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

static gboolean
frame_cb (gpointer user_data)
{
  Live *self = user_data;
  guint64 begin = now_ns (CLOCK_THREAD_CPUTIME_ID), edge, start;
  WeftTimeScale scale = { 0, 0, WIDTH };
  guint n;

  weft_trace_store_begin_read (self->store);
  edge = weft_trace_store_get_edge (self->store);
  start = weft_trace_store_get_start (self->store);
  n = weft_trace_store_count_threads (self->store);
  weft_trace_store_end_read (self->store);
  if (edge <= start + 1000000000)
    return G_SOURCE_CONTINUE;
  scale.from_ns = edge - 1000000000;
  scale.to_ns = edge;
  for (guint id = n > LANES ? n - LANES : 0; id < n; id++)
    {
      guint absent;
      g_autoptr (WeftLaneItems) items = weft_lane_items_new (self->store, &id, 1, &scale, &absent);

      cairo_surface_destroy (
          weft_lane_strip_new (items, weft_palette_get (WEFT_SCHEME_LIGHT), 32, 5, 22, 1));
    }
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

/* Of the helper: the one process of that name that is our child. */
static double
helper_cpu_s (void)
{
  g_autofree char *list = g_strdup_printf ("pgrep -P %d -f weftscope-tracer", (int)getpid ());
  g_autofree char *pid = NULL, *path = NULL, *stat = NULL;
  unsigned long user = 0, system = 0;

  if (!g_spawn_command_line_sync (list, &pid, NULL, NULL, NULL) || *g_strstrip (pid) == '\0')
    return 0;
  path = g_strdup_printf ("/proc/%d/stat", atoi (pid));
  if (!g_file_get_contents (path, &stat, NULL, NULL))
    return 0;
  sscanf (strrchr (stat, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
          &system);
  return (double)(user + system) / (double)sysconf (_SC_CLK_TCK);
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

static void
print (Live *self, double seconds, double app_s, double helper_s, double frames_s)
{
  WeftHelperAccount account;
  double events;

  weft_helper_client_get_account (self->client, &account);
  events = (double)account.produced;
  g_array_sort (self->ages_ns, compare);
  printf ("events a second                            %9.0f   budget 300000 without loss\n",
          events / seconds);
  printf ("lost                                       %9" G_GUINT64_FORMAT "   of %.0f\n",
          account.lost, events);
  printf ("helper and app, ring to store and file     %9.0f ns an event   budget 250\n",
          (app_s - frames_s + helper_s) / events * 1e9);
  printf ("  of which the helper                      %9.0f ns\n", helper_s / events * 1e9);
  if (self->ages_ns->len > 0)
    printf (
        "event to picture                           %9.1f ms median %6.1f ms p99   budget 100\n",
        age_ms (self, 0.5), age_ms (self, 0.99));
}

static gboolean
run (Live *self, guint seconds)
{
  WeftHelperOptions options = { 0 };
  double app, helper, begin, frames;
  guint timer;

  weft_helper_client_start_async (self->client, &options, NULL, started_cb, self);
  g_main_loop_run (self->loop);
  if (self->error != NULL)
    return FALSE;
  begin = (double)now_ns (CLOCK_MONOTONIC) / 1e9;
  app = own_cpu_s ();
  helper = helper_cpu_s ();
  timer = g_timeout_add (FRAME_MS, frame_cb, self);
  g_timeout_add_seconds (seconds, quit_cb, self->loop);
  g_main_loop_run (self->loop);
  g_source_remove (timer);
  helper = helper_cpu_s () - helper;
  app = own_cpu_s () - app;
  frames = self->frames_s;
  begin = (double)now_ns (CLOCK_MONOTONIC) / 1e9 - begin;
  weft_helper_client_stop_async (self->client, stopped_cb, self);
  g_main_loop_run (self->loop);
  print (self, begin, app, helper, frames);
  return self->error == NULL;
}

int
main (int argc, char **argv)
{
  guint seconds = argc > 1 ? (guint)atoi (argv[1]) : 10;
  int pairs = argc > 2 ? atoi (argv[2]) : 3, cpus = (int)g_get_num_processors ();
  g_autofree char *folder = g_dir_make_tmp ("weft-bench-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "live.weft", NULL);
  g_autoptr (WeftRecording) recording = NULL;
  pid_t players[64][2];
  WeftTraceInfo info;
  Live live = { 0 };
  gboolean done;

  if (geteuid () != 0)
    {
      printf ("skipped: tracing needs root\n");
      return SKIPPED;
    }
  pairs = CLAMP (pairs, 1, 64);
  for (int i = 0; i < pairs; i++)
    start_pair (i % cpus, players[i]);
  weft_trace_info_init_local (&info);
  live.store = weft_trace_store_new (&info);
  live.ages_ns = g_array_new (FALSE, FALSE, sizeof (guint64));
  live.loop = g_main_loop_new (NULL, FALSE);
  live.client = weft_helper_client_new (live.store);
  recording = weft_recording_create (path, live.store, WEFT_RECORDING_NONE, &live.error);
  done = recording != NULL && run (&live, seconds);
  for (int i = 0; i < pairs; i++)
    for (int j = 0; j < 2; j++)
      {
        kill (players[i][j], SIGKILL);
        waitpid (players[i][j], NULL, 0);
      }
  if (done)
    weft_recording_finish (recording, &live.error);
  g_unlink (path);
  g_rmdir (folder);
  if (live.error != NULL)
    fprintf (stderr, "bench-live: %s\n", live.error->message);
  return live.error != NULL;
}
