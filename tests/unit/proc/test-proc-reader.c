/* test-proc-reader.c: a store's process table follows /proc while the reader is
 * active, and rests when it is not. In: this machine's /proc. */
#include "source/proc-reader.h"
#include "source/local-machine.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  WeftTraceStore *store;
  WeftProcReader *reader;
  guint n_samples;
} Fixture;

static void
sampled_cb (Fixture *fixture)
{
  fixture->n_samples++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  WeftTraceInfo info;

  weft_local_machine_describe (&info);
  fixture->store = weft_trace_store_new (&info);
  fixture->reader = weft_proc_reader_new (fixture->store);
  g_signal_connect_swapped (fixture->reader, "sampled", G_CALLBACK (sampled_cb), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->reader);
  g_assert_finalize_object (fixture->store);
}

static void
wait_for_samples (Fixture *fixture, guint n)
{
  while (fixture->n_samples < n)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
is_alive (Fixture *fixture, pid_t pid)
{
  WeftProcessTable *table;
  const WeftProcess *process;
  gboolean alive;

  weft_trace_store_begin_read (fixture->store);
  table = weft_trace_store_get_processes (fixture->store);
  process = weft_process_table_get (table, weft_process_table_find (table, (guint32)pid));
  alive = process != NULL && process->end_ns == 0;
  weft_trace_store_end_read (fixture->store);
  return alive;
}

static void
test_reader_fills_the_table_at_once (Fixture *fixture, gconstpointer data)
{
  gint64 begin_us = g_get_monotonic_time ();

  wait_for_samples (fixture, 1);
  g_test_message ("first sample after %" G_GINT64_FORMAT " µs", g_get_monotonic_time () - begin_us);
  g_assert_true (is_alive (fixture, getpid ()));
  g_assert_true (is_alive (fixture, getppid ()));
}

static void
test_reader_follows_births_and_deaths (Fixture *fixture, gconstpointer data)
{
  pid_t pid;

  wait_for_samples (fixture, 1);
  pid = fork ();
  if (pid == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      for (;;)
        pause ();
    }
  wait_for_samples (fixture, 3); /* the second may have begun before the fork */
  g_assert_true (is_alive (fixture, pid));
  kill (pid, SIGKILL);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  wait_for_samples (fixture, fixture->n_samples + 2);
  g_assert_false (is_alive (fixture, pid));
}

static void
test_reader_tells_what_the_machine_does (Fixture *fixture, gconstpointer data)
{
  WeftMachineRates rates;

  g_assert_false (weft_proc_reader_get_rates (fixture->reader, &rates)
                  && rates.switches_per_s >= 0);
  wait_for_samples (fixture, 2);
  g_assert_true (weft_proc_reader_get_rates (fixture->reader, &rates));
  g_assert_cmpuint (rates.tasks, >, 1);
  g_assert_cmpuint (rates.running, >=, 1);
  g_assert_cmpfloat (rates.switches_per_s, >, 0);
  g_assert_cmpfloat (rates.forks_per_s, >=, 0);
  g_assert_cmpfloat (rates.exits_per_s, >=, 0);
}

static gboolean
set_flag_cb (gpointer data)
{
  *(gboolean *)data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
test_reader_rests_while_inactive (Fixture *fixture, gconstpointer data)
{
  gboolean waited = FALSE;
  guint before;

  wait_for_samples (fixture, 1);
  weft_proc_reader_set_active (fixture->reader, FALSE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  before = fixture->n_samples;
  g_timeout_add (1500, set_flag_cb, &waited);
  while (!waited)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (fixture->n_samples, ==, before);
  weft_proc_reader_set_active (fixture->reader, TRUE);
  wait_for_samples (fixture, before + 1);
}

static void
never_cb (void)
{
  g_assert_not_reached ();
}

/* Dropped at any moment, the thread ends and nothing is told any more. */
static void
test_reader_ends_at_any_moment (void)
{
  WeftTraceInfo info;

  weft_local_machine_describe (&info);
  for (guint delay_us = 0; delay_us < 5000; delay_us += 250)
    {
      Fixture fixture = { .store = weft_trace_store_new (&info) };

      fixture.reader = weft_proc_reader_new (fixture.store);
      g_signal_connect_swapped (fixture.reader, "sampled", G_CALLBACK (never_cb), NULL);
      g_usleep (delay_us);
      g_assert_finalize_object (fixture.reader);
      g_assert_finalize_object (fixture.store);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add (name, Fixture, NULL, set_up, function, tear_down)
  ADD ("/proc-reader/fills-the-table-at-once", test_reader_fills_the_table_at_once);
  ADD ("/proc-reader/follows-births-and-deaths", test_reader_follows_births_and_deaths);
  ADD ("/proc-reader/tells-what-the-machine-does", test_reader_tells_what_the_machine_does);
  ADD ("/proc-reader/rests-while-inactive", test_reader_rests_while_inactive);
#undef ADD
  g_test_add_func ("/proc-reader/ends-at-any-moment", test_reader_ends_at_any_moment);
  return g_test_run ();
}
