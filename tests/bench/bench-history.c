/* bench-history.c: what history costs: taking an event into the store and the file,
 * memory for a change of state, bytes on disk, and opening it again until the first
 * picture of all of it. Prints figures beside their budgets; never fails on a time.
 * Usage: bench-history [MILLIONS OF EVENTS], 10 unless told. */
#include "recording-reader.h"
#include "recording.h"
#include "synthetic.h"
#include "trace/lane-layout.h"
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define START_NS (G_GUINT64_CONSTANT (5000) * 1000000000)
#define BATCH 8000
#define WIDTH 1600
#define LANES 50

static double
now_s (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static guint64
resident_bytes (void)
{
  g_autofree char *text = NULL;
  unsigned long size = 0, resident = 0;

  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    sscanf (text, "%lu %lu", &size, &resident);
  return (guint64)resident * (guint64)sysconf (_SC_PAGESIZE);
}

static guint64
count_changes (WeftTraceStore *store)
{
  guint64 changes = 0;

  for (guint id = 0; id < weft_trace_store_count_threads (store); id++)
    changes += weft_thread_track_count_changes (weft_trace_store_get_thread (store, id)->track);
  return changes;
}

/* Events that one thread appends while another writes the file. */
static void
record (const char *path, guint millions)
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
  guint64 before = resident_bytes ();
  double append_s = 0, events = millions * 1e6;
  guint64 changes;

  g_assert_no_error (error);
  weft_trace_store_set_memory_limit (store, G_MAXUINT64);
  for (guint64 done = 0; done < (guint64)millions * 1000000; done += BATCH)
    {
      g_autoptr (GBytes) batch = synthetic_next (synthetic, BATCH);
      double begin = now_s (CLOCK_THREAD_CPUTIME_ID);

      weft_trace_store_append (store, batch, synthetic_get_time (synthetic), &error);
      append_s += now_s (CLOCK_THREAD_CPUTIME_ID) - begin;
      g_assert_no_error (error);
    }
  weft_trace_store_finish (store, synthetic_get_time (synthetic));
  weft_recording_finish (recording, &error);
  g_assert_no_error (error);
  changes = count_changes (store);
  printf ("taking an event into the store              %7.1f ns\n", append_s / events * 1e9);
  printf ("memory for a change of state, tracks        %7.2f bytes   budget 12\n",
          (double)(resident_bytes () - before) / (double)changes);
  printf ("recording                                   %7.2f bytes an event   budget 3.5\n",
          (double)weft_recording_get_bytes (recording) / events);
}

static void
draw_all (WeftTraceStore *store)
{
  WeftTimeScale scale
      = { weft_trace_store_get_start (store), weft_trace_store_get_edge (store), WIDTH };
  guint n = MIN (weft_trace_store_count_threads (store), LANES);

  for (guint id = 0; id < n; id++)
    {
      guint absent;
      g_autoptr (WeftLaneItems) items = weft_lane_items_new (store, &id, 1, &scale, &absent);

      g_assert_cmpuint (absent, ==, WEFT_NO_ID);
    }
}

static void
reopen (const char *path, const char *how)
{
  g_autoptr (GError) error = NULL;
  double begin = now_s (CLOCK_MONOTONIC);
  g_autoptr (WeftTraceStore) store = weft_recording_open (path, NULL, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  draw_all (store);
  printf ("opening to a complete first picture, %s   %7.2f s   budget 1 (10 million events)\n", how,
          now_s (CLOCK_MONOTONIC) - begin);
}

int
main (int argc, char **argv)
{
  guint millions = argc > 1 ? (guint)atoi (argv[1]) : 10;
  g_autofree char *folder = g_dir_make_tmp ("weft-bench-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "bench.weft", NULL);

  if (millions == 0)
    return 2;
  printf ("%u million events\n", millions);
  record (path, millions);
  for (guint i = 0; i < 3; i++)
    reopen (path, i == 0 ? "first " : "again ");
  g_unlink (path);
  g_rmdir (folder);
  return 0;
}
