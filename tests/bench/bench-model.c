/* bench-model.c: what history costs in memory and time: taking an event from wire bytes
 * into the store, and the bytes a change of state keeps, everything included. The store
 * is one beside a recording: old records are on disk, all tracks stay. Prints figures
 * beside their budgets; never fails on a time.
 * Usage: bench-model [MILLIONS OF EVENTS], 10 unless told. */
#include "figure.h"
#include "synthetic.h"
#include "trace-store.h"
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define START_NS (G_GUINT64_CONSTANT (5000) * 1000000000)
#define BATCH 8000

static double
cpu_s (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What is resident: slabs of huge pages, slack and the C library's own included. What
 * was freed before is given back first, so that the difference is what was added. */
static double
resident_bytes (void)
{
  g_autofree char *text = NULL;
  unsigned long size = 0, resident = 0;

  malloc_trim (0);
  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL)
      || sscanf (text, "%lu %lu", &size, &resident) != 2)
    g_error ("/proc/self/statm cannot be read");
  return (double)resident * (double)sysconf (_SC_PAGESIZE);
}

static double
count_changes (WeftTraceStore *store)
{
  guint64 changes = 0;

  for (guint id = 0; id < weft_trace_store_count_threads (store); id++)
    changes += weft_thread_track_count_changes (weft_trace_store_get_thread (store, id)->track);
  return (double)changes;
}

/* Stands for a recording: says that old records can be had again. */
static GBytes *
fetch_cb (guint chunk, gpointer user_data, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "chunk %u was not kept", chunk);
  return NULL;
}

static GBytes *
fetch_table_cb (guint chunk, const char *name, gpointer user_data, GError **error)
{
  return fetch_cb (chunk, user_data, error);
}

static void
measure (const char *name, const SyntheticMachine *machine, guint64 n_events)
{
  WeftTraceInfo info = { .architecture = "x86_64", .n_cpus = 4, .start_ns = START_NS };
  g_autoptr (Synthetic) synthetic = synthetic_new (machine);
  double before = resident_bytes (), append_s = 0, changes, bytes;
  g_autoptr (WeftTraceStore) store = weft_trace_store_new (&info);
  g_autoptr (GError) error = NULL;
  g_autofree char *what = NULL;
  WeftTraceTotals totals;

  weft_trace_store_set_memory_limit (store, G_MAXUINT64);
  weft_trace_store_set_fetch_func (store, fetch_cb, NULL, NULL);
  weft_trace_store_set_fetch_table_func (store, fetch_table_cb);
  for (guint64 done = 0; done < n_events; done += BATCH)
    {
      g_autoptr (GBytes) batch = synthetic_next (synthetic, BATCH);
      double begin = cpu_s ();

      if (!weft_trace_store_append (store, batch, synthetic_get_time (synthetic), &error))
        g_error ("%s", error->message);
      append_s += cpu_s () - begin;
    }
  weft_trace_store_finish (store, synthetic_get_time (synthetic));
  changes = count_changes (store);
  bytes = resident_bytes () - before;
  weft_trace_store_get_totals (store, &totals);
  what = g_strdup_printf ("%s: an event from wire bytes to tracks", name);
  figure_print (what, append_s / (double)n_events * 1e9, "ns", FIGURE_PLAIN, 0);
  g_free (what);
  what = g_strdup_printf ("%s: memory for a change of state", name);
  figure_print (what, bytes / changes, "bytes", FIGURE_AT_MOST, 12);
  figure_print ("  by the store's own account", (double)totals.memory_bytes / changes, "bytes",
                FIGURE_PLAIN, 0);
}

int
main (int argc, char **argv)
{
  guint64 n_events = (argc > 1 ? strtoull (argv[1], NULL, 10) : 10) * 1000000;
  const SyntheticMachine busy = { .n_cpus = 4,
                                  .n_processes = 12,
                                  .threads_per_process = 4,
                                  .mean_run_ns = 20000,
                                  .forks = 0.0005,
                                  .seed = 11,
                                  .start_ns = START_NS };
  SyntheticMachine crowd = busy;

  if (n_events == 0)
    return 2;
  crowd.n_processes = 250;
  measure ("48 threads", &busy, n_events);
  measure ("1000 threads", &crowd, n_events);
  return 0;
}
