/* test-long-history.c: memory has a bound, however long a trace is and whatever of it is
 * looked at. Records events of a made-up machine into a file at a small limit, then looks
 * at all of it, there and back, and prints what was resident. 10⁷ events at 8 MiB; with
 * WEFT_LONG=1 10⁹ at 256 MiB. */
#include "database.h"
#include "history.h"
#include "lane-layout.h"
#include "recording-fixture.h"
#include <stdio.h>
#include <unistd.h>

#define BATCH 8000
#define WIDTH 160
#define LANES 3
#define MIB ((guint64)1 << 20)
/* What may be resident besides the limit: the chunks on their way to the file, the
 * newest with their records, what the file and its decoder take. */
#define BESIDES (64 * MIB)
/* The writer is waited for when it is so far behind. */
#define MOST_BEHIND 1000000
#define MOST_WAITS 6000

static guint64
resident_bytes (void)
{
  g_autofree char *text = NULL;
  unsigned long size = 0, resident = 0;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%lu %lu", &size, &resident), ==, 2);
  return (guint64)resident * (guint64)sysconf (_SC_PAGESIZE);
}

static guint64
count_written (sqlite3_stmt *last)
{
  guint64 n = weft_database_next_row (last, NULL) ? (guint64)sqlite3_column_int64 (last, 0) + 1 : 0;

  sqlite3_reset (last);
  return n * WEFT_CHUNK_RECORDS;
}

static void
wait_for_writer (sqlite3_stmt *last, guint64 done)
{
  for (guint i = 0; i < MOST_WAITS && count_written (last) + MOST_BEHIND < done; i++)
    g_usleep (10000);
}

static guint64
feed (WeftTraceStore *store, const char *path, Synthetic *machine, guint64 n_events)
{
  g_autoptr (sqlite3) db = weft_database_open_own (path, NULL);
  g_autoptr (sqlite3_stmt) last
      = weft_database_prepare (db, "SELECT max (number) FROM chunks", NULL);
  guint64 most = 0;

  for (guint64 done = 0; done < n_events; done += BATCH)
    {
      g_autoptr (GBytes) batch = synthetic_next (machine, BATCH);

      g_assert_true (weft_trace_store_append (store, batch, synthetic_get_time (machine), NULL));
      if (done / BATCH % 64 != 0)
        continue;
      wait_for_writer (last, done);
      most = MAX (most, resident_bytes ());
    }
  return most;
}

/* All columns of the stretch, and nothing else. */
static void
look_at (WeftTraceStore *store, guint64 from, guint64 to)
{
  const WeftTimeScale scale = { from, to, WIDTH };

  for (guint id = 0; id < LANES; id++)
    {
      g_autoptr (WeftLaneItems) items = weft_lane_items_new (store, &id, 1, &scale);
      guint64 sum = 0;

      g_assert_no_error (items->missing);
      for (guint px = 0; px < WIDTH; px++)
        for (guint state = 0; state < WEFT_N_STATES; state++)
          sum += items->columns[px].ns[state];
      g_assert_cmpuint (sum, ==, items->edges[WIDTH] - items->edges[0]);
    }
}

static guint64
scroll (WeftTraceStore *store, guint n_steps)
{
  guint64 start = weft_trace_store_get_start (store) + 1000000;
  guint64 step = (weft_trace_store_get_edge (store) - start) / n_steps, most = 0;

  for (guint i = 0; i < 2 * n_steps; i++)
    {
      guint at = i < n_steps ? i : 2 * n_steps - 1 - i;

      look_at (store, start + step * at, start + step * (at + 1));
      if (i % 16 == 0)
        most = MAX (most, resident_bytes ());
    }
  return most;
}

static void
test_memory_has_a_bound (Fixture *fixture, gconstpointer unused)
{
  gboolean is_long = g_strcmp0 (g_getenv ("WEFT_LONG"), "1") == 0;
  guint64 n_events = is_long ? 1000000000 : 10000000, limit = (is_long ? 256 : 8) * MIB;
  const SyntheticMachine machine = { .n_cpus = 4,
                                     .n_processes = 12,
                                     .threads_per_process = 4,
                                     .mean_run_ns = 20000,
                                     .forks = 0.00001,
                                     .seed = 11,
                                     .start_ns = G_GUINT64_CONSTANT (5000000000000) };
  WeftTraceInfo info = { .architecture = "x86_64", .n_cpus = 4, .start_ns = machine.start_ns };
  g_autoptr (Synthetic) synthetic = synthetic_new (&machine);
  g_autoptr (WeftTraceStore) store = weft_trace_store_new (&info);
  g_autoptr (WeftRecording) recording
      = weft_recording_create (fixture->path, store, WEFT_RECORDING_NONE, NULL);
  guint64 before = resident_bytes (), fed, scrolled;
  WeftHistoryFigures figures;

  weft_trace_store_set_memory_limit (store, limit);
  fed = feed (store, fixture->path, synthetic, n_events);
  fixture_finish (store, synthetic, recording);
  weft_history_get_figures (store, &figures);
  scrolled = scroll (store, figures.n_chunks);
  g_test_message ("%" G_GUINT64_FORMAT " events, limit %" G_GUINT64_FORMAT
                  " MiB: resident %" G_GUINT64_FORMAT " MiB before, at most %" G_GUINT64_FORMAT
                  " while recording, %" G_GUINT64_FORMAT " while scrolling",
                  n_events, limit / MIB, before / MIB, fed / MIB, scrolled / MIB);
  g_assert_cmpuint (MAX (fed, scrolled), <=, limit + BESIDES);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/long-history/memory-has-a-bound", Fixture, NULL, fixture_set_up,
              test_memory_has_a_bound, fixture_tear_down);
  return g_test_run ();
}
