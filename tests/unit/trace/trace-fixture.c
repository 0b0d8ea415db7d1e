/* trace-fixture.c: see the header. */
#include "trace-fixture.h"
#include "synthetic.h"

#define BATCHES 5
#define BATCH 1500

WeftTraceStore *
trace_fixture_new_store (void)
{
  WeftTraceInfo info = { .architecture = "x86_64", .n_cpus = 4, .start_ns = START };

  return weft_trace_store_new (&info);
}

void
trace_fixture_append (WeftTraceStore *store, const void *records, gsize bytes, guint64 until)
{
  g_autoptr (GBytes) batch = g_bytes_new (records, bytes);
  g_autoptr (GError) error = NULL;

  weft_trace_store_append (store, batch, until, &error);
  g_assert_no_error (error);
}

void
both_models_set_up (BothModels *self, gconstpointer seed)
{
  SyntheticMachine machine = { .n_cpus = 3,
                               .n_processes = 3,
                               .threads_per_process = 4,
                               .mean_run_ns = 20000,
                               .forks = 0.01,
                               .seed = GPOINTER_TO_UINT (seed),
                               .start_ns = START };
  g_autoptr (Synthetic) synthetic = synthetic_new (&machine);

  self->store = trace_fixture_new_store ();
  self->model = naive_model_new ();
  self->rand = g_rand_new_with_seed (machine.seed);
  for (guint i = 0; i < BATCHES; i++)
    {
      g_autoptr (GBytes) batch = synthetic_next (synthetic, BATCH);
      g_autoptr (GError) error = NULL;

      weft_trace_store_append (self->store, batch, synthetic_get_time (synthetic), &error);
      g_assert_no_error (error);
      naive_model_add (self->model, batch);
    }
  weft_trace_store_finish (self->store, 0);
  naive_model_run (self->model, weft_trace_store_get_syscalls (self->store));
  self->edge_ns = weft_trace_store_get_edge (self->store);
}

void
both_models_tear_down (BothModels *self, gconstpointer seed)
{
  g_object_unref (self->store);
  naive_model_free (self->model);
  g_rand_free (self->rand);
}
