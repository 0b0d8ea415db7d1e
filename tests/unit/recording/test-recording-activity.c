/* test-recording-activity.c: the bars of a trace that were counted while it was recorded are
 * those of its file. In: made-up machines whose events are so many that bins begin where a
 * chunk's totals tell, and so few that they do not. */
#include "activity-bars.h"
#include "recording-fixture.h"

#define START_NS (G_GUINT64_CONSTANT (5000) * 1000000000)
#define MS G_GUINT64_CONSTANT (1000000)

static void
assert_same_as_file (const char *path, const Bars *bars)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftTraceStore) opened = weft_recording_open (path, NULL, NULL, NULL, NULL, &error);
  g_autoptr (WeftActivity) activity = NULL;
  Bars others;

  g_assert_no_error (error);
  activity = weft_activity_new (opened);
  others = get_bars (activity);
  assert_same (bars, &others);
}

static void
tell_loss (WeftTraceStore *store, guint64 back_ns)
{
  guint64 edge = weft_trace_store_get_edge (store);
  struct weft_record lost = { .time_ns = edge, .kind = WEFT_LOST, .units = 1 };
  g_autoptr (GBytes) records = NULL;

  lost.lost.count = 3;
  lost.lost.first_ns = edge - back_ns;
  records = g_bytes_new (&lost, sizeof lost);
  g_assert_true (weft_trace_store_append (store, records, edge, NULL));
}

typedef struct
{
  const char *name;
  guint mean_run_ns;
  guint n_batches, batch;
  guint64 limit; /* of memory */
} Machine;

static const Machine machines[] = { { "many-events", 30000, 400, 4000, (guint64)1 << 30 },
                                    { "little-memory", 30000, 400, 4000, (guint64)4 << 20 },
                                    { "few-events", 900000, 150, 700, (guint64)1 << 30 } };

static void
test_bars_of_a_recording_are_those_that_were_counted_live (Fixture *fixture, gconstpointer data)
{
  const Machine *of = data;
  const SyntheticMachine machine = { .n_cpus = 4,
                                     .n_processes = 5,
                                     .threads_per_process = 4,
                                     .mean_run_ns = of->mean_run_ns,
                                     .forks = 0.0005,
                                     .seed = 7,
                                     .start_ns = START_NS };
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  g_autoptr (Synthetic) synthetic = synthetic_new (&machine);
  g_autoptr (WeftActivity) grown = weft_activity_new (store);
  g_autoptr (WeftRecording) recording
      = weft_recording_create (fixture->path, store, WEFT_RECORDING_NONE, NULL);
  Bars bars;

  weft_trace_store_set_memory_limit (store, of->limit);
  for (guint i = 0; i < of->n_batches; i++)
    {
      g_autoptr (GBytes) batch = synthetic_next (synthetic, of->batch);

      g_assert_true (weft_trace_store_append (store, batch, synthetic_get_time (synthetic), NULL));
      if (i % 50 == 37)
        tell_loss (store, i * 4 * MS);
      if (i % 7 == 3)
        get_bars (grown);
    }
  fixture_finish (store, synthetic, recording);
  g_assert_cmpuint (weft_trace_store_get_edge (store) - START_NS, >, 4000 * MS);
  bars = get_bars (grown);
  assert_same_as_file (fixture->path, &bars);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (machines); i++)
    {
      g_autofree char *path
          = g_strdup_printf ("/recording-activity/bars-are-those-that-were-counted-live/%s",
                             machines[i].name);

      g_test_add (path, Fixture, &machines[i], fixture_set_up,
                  test_bars_of_a_recording_are_those_that_were_counted_live, fixture_tear_down);
    }
  return g_test_run ();
}
