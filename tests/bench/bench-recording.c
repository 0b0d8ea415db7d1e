/* bench-recording.c: a synthetic trace on disk: bytes of the file and of an event, how long
 * it takes to record, and to open it until the first picture of all of it is there, with
 * the file in no cache and in the system's. Prints figures beside their budgets; never
 * fails on a time.
 * Usage: bench-recording [MILLIONS OF EVENTS], 10 unless told. */
#include "figure.h"
#include "recording-reader.h"
#include "recording.h"
#include "synthetic.h"
#include "trace/lane-layout.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define START_NS (G_GUINT64_CONSTANT (5000) * 1000000000)
#define BATCH 8000
#define WIDTH 1600
#define LANES 50
#define ROUNDS 3

static double
now_s (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What is in the file whatever is recorded. */
static void
record_nothing (const char *path)
{
  WeftTraceInfo info = { .architecture = "x86_64", .n_cpus = 4, .start_ns = START_NS };
  g_autoptr (WeftTraceStore) store = weft_trace_store_new (&info);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftRecording) recording
      = weft_recording_create (path, store, WEFT_RECORDING_NONE, &error);

  if (recording == NULL || !weft_recording_finish (recording, &error))
    g_error ("%s", error->message);
  figure_print ("a recording of nothing", (double)weft_recording_get_bytes (recording) / 1024,
                "KiB", FIGURE_AT_MOST, 24);
  g_unlink (path);
}

static void
record (const char *path, guint64 n_events)
{
  WeftTraceInfo info = { .architecture = "x86_64", .n_cpus = 4, .start_ns = START_NS };
  const SyntheticMachine machine = { .n_cpus = 4,
                                     .n_processes = 12,
                                     .threads_per_process = 4,
                                     .mean_run_ns = 20000,
                                     .forks = 0.0005,
                                     .seed = 11,
                                     .start_ns = START_NS };
  g_autoptr (WeftTraceStore) store = weft_trace_store_new (&info);
  g_autoptr (Synthetic) synthetic = synthetic_new (&machine);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftRecording) recording
      = weft_recording_create (path, store, WEFT_RECORDING_NONE, &error);
  double begin = now_s (CLOCK_MONOTONIC), cpu = now_s (CLOCK_PROCESS_CPUTIME_ID);

  if (recording == NULL)
    g_error ("%s", error->message);
  for (guint64 done = 0; done < n_events; done += BATCH)
    {
      g_autoptr (GBytes) batch = synthetic_next (synthetic, BATCH);

      if (!weft_trace_store_append (store, batch, synthetic_get_time (synthetic), &error))
        g_error ("%s", error->message);
    }
  weft_trace_store_finish (store, synthetic_get_time (synthetic));
  if (!weft_recording_finish (recording, &error))
    g_error ("%s", error->message);
  figure_print ("synthetic trace: an event on disk",
                (double)weft_recording_get_bytes (recording) / (double)n_events, "bytes",
                FIGURE_AT_MOST, 2.5);
  figure_print ("made, recorded and saved", now_s (CLOCK_MONOTONIC) - begin, "s", FIGURE_PLAIN, 0);
  figure_print ("  CPU time of all its threads", now_s (CLOCK_PROCESS_CPUTIME_ID) - cpu, "s",
                FIGURE_PLAIN, 0);
}

static void
draw_all (WeftTraceStore *store)
{
  WeftTimeScale scale
      = { weft_trace_store_get_start (store), weft_trace_store_get_edge (store), WIDTH };
  guint n = MIN (weft_trace_store_count_threads (store), LANES);

  for (guint id = 0; id < n; id++)
    {
      g_autoptr (WeftLaneItems) items = weft_lane_items_new (store, &id, 1, &scale);

      if (items->missing != NULL)
        g_error ("the first picture is not complete");
    }
}

/* Takes the file out of the system's cache; TRUE when the kernel was willing. */
static gboolean
forget_file (const char *path)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  gboolean done = fd >= 0 && fsync (fd) == 0 && posix_fadvise (fd, 0, 0, POSIX_FADV_DONTNEED) == 0;

  if (fd >= 0)
    close (fd);
  return done;
}

/* The best of a few: other work on the machine only ever adds. */
static void
reopen (const char *path, gboolean cold, guint64 n_events)
{
  double best_s = G_MAXDOUBLE, cpu_s = 0;

  for (int i = 0; i < ROUNDS; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftTraceStore) store = NULL;
      double begin, cpu, taken;

      if (cold && !forget_file (path))
        return;
      begin = now_s (CLOCK_MONOTONIC);
      cpu = now_s (CLOCK_PROCESS_CPUTIME_ID);
      store = weft_recording_open (path, NULL, NULL, NULL, NULL, &error);
      if (store == NULL)
        g_error ("%s", error->message);
      draw_all (store);
      taken = now_s (CLOCK_MONOTONIC) - begin;
      if (taken >= best_s)
        continue;
      best_s = taken;
      cpu_s = now_s (CLOCK_PROCESS_CPUTIME_ID) - cpu;
    }
  figure_print (cold ? "open to a complete first picture, cold"
                     : "open to a complete first picture, warm",
                best_s, "s", FIGURE_AT_MOST, n_events > 10000000 ? 1.5 : 0.5);
  figure_print ("  CPU time of all its threads", cpu_s, "s", FIGURE_PLAIN, 0);
}

int
main (int argc, char **argv)
{
  guint64 n_events = (argc > 1 ? strtoull (argv[1], NULL, 10) : 10) * 1000000;
  g_autofree char *folder = g_dir_make_tmp ("weft-bench-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "bench.weft", NULL);

  if (n_events == 0)
    return 2;
  record_nothing (path);
  record (path, n_events);
  reopen (path, TRUE, n_events);
  reopen (path, FALSE, n_events);
  g_unlink (path);
  g_rmdir (folder);
  return 0;
}
