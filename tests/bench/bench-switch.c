/* bench-switch.c: what tracing costs a context switch.
 *
 * Two processes on one CPU hand a byte to and fro through two pipes: each hand-over is
 * one waking and one switch. The reader drains on another CPU. Samples without a tracer
 * and with one alternate, so that a machine that speeds up or slows down does so for both;
 * the figure is the median of the differences of neighbours. Where perf is installed, perf
 * sched record is measured in the same run. Out: a table; exit status 77 without rights.
 * No budget fails the run: the machine is not ours alone. */
#include "figure.h"
#include "tracer.h"
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BUDGET_NS 110
#define BUDGET_PERCENT 10
#define DRAIN_INTERVAL_US 10000
#define DRAIN_BYTES (1u << 20)
#define SKIPPED 77

typedef struct
{
  gint pairs, rounds;
  gboolean no_perf;
} BenchOptions;

typedef struct
{
  WeftTracer *tracer;
  gint stop;
  guint64 bytes;
} Reader;

static guint64
now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (guint64)now.tv_sec * 1000000000 + (guint64)now.tv_nsec;
}

static void
pin_to_cpu (int cpu)
{
  cpu_set_t set;

  CPU_ZERO (&set);
  CPU_SET (cpu, &set);
  sched_setaffinity (0, sizeof set, &set);
}

/* Hands on what comes until nothing does. */
static void
follow (int from, int to)
{
  char byte = 0;

  pin_to_cpu (0);
  while (read (from, &byte, 1) == 1 && write (to, &byte, 1) == 1)
    ;
  _exit (0);
}

/* Runs as many rounds as it is told, and tells how long they took. */
static void
lead (int from, int to, int orders, int answers)
{
  char byte = 0;
  int rounds;

  pin_to_cpu (0);
  while (read (orders, &rounds, sizeof rounds) == sizeof rounds)
    {
      guint64 begin = 0, taken;

      for (int i = -rounds / 10; i < rounds; i++) /* the first tenth warms up */
        {
          if (i == 0)
            begin = now_ns ();
          if (write (to, &byte, 1) != 1 || read (from, &byte, 1) != 1)
            _exit (1);
        }
      taken = now_ns () - begin;
      if (write (answers, &taken, sizeof taken) != sizeof taken)
        _exit (1);
    }
  _exit (0);
}

typedef struct
{
  int order, answer;
} PingPong;

/* Starts the two; they end with us. */
static gboolean
start_ping_pong (PingPong *self)
{
  int there[2], back[2], orders[2], answers[2];

  if (pipe (there) != 0 || pipe (back) != 0 || pipe (orders) != 0 || pipe (answers) != 0)
    return FALSE;
  if (fork () == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      close (there[1]);
      follow (there[0], back[1]);
    }
  if (fork () == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      lead (back[0], there[1], orders[0], answers[1]);
    }
  self->order = orders[1];
  self->answer = answers[0];
  return TRUE;
}

/* ns per switch; NAN when a half died. */
static double
ping_pong (PingPong *self, int rounds)
{
  guint64 taken;

  if (write (self->order, &rounds, sizeof rounds) != sizeof rounds
      || read (self->answer, &taken, sizeof taken) != sizeof taken)
    return NAN;
  return (double)taken / (2.0 * rounds);
}

static gpointer
drain_until_stopped (gpointer data)
{
  Reader *reader = data;
  g_autofree guint8 *buffer = g_malloc (DRAIN_BYTES);
  guint64 until;

  pin_to_cpu (1);
  while (!g_atomic_int_get (&reader->stop))
    {
      gsize got;

      do
        {
          got = weft_tracer_drain (reader->tracer, buffer, DRAIN_BYTES, &until);
          reader->bytes += got;
      } while (got > DRAIN_BYTES / 2);
      g_usleep (DRAIN_INTERVAL_US);
    }
  return NULL;
}

static double
traced_ping_pong (PingPong *pair, WeftTracer *tracer, int rounds, GError **error)
{
  Reader reader = { .tracer = tracer };
  GThread *thread;
  double ns;

  if (!weft_tracer_start (tracer, error))
    return NAN;
  thread = g_thread_new ("reader", drain_until_stopped, &reader);
  ns = ping_pong (pair, rounds);
  g_atomic_int_set (&reader.stop, 1);
  g_thread_join (thread);
  weft_tracer_stop (tracer);
  return ns;
}

/* With `perf sched record` running on the other CPU; NAN where it cannot. */
static double
perf_ping_pong (PingPong *pair, int rounds)
{
  const char *command[]
      = { "taskset", "-c", "1", "perf", "sched", "record", "-o", "/dev/null", "sleep", "60", NULL };
  g_autofree char *perf = g_find_program_in_path ("perf");
  GPid pid;
  double ns;

  if (perf == NULL
      || !g_spawn_async (NULL, (char **)command, NULL,
                         G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD
                             | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                         NULL, NULL, &pid, NULL))
    return NAN;
  g_usleep (700000); /* it maps its buffers and enables its events */
  if (waitpid (pid, NULL, WNOHANG) != 0)
    return NAN; /* it ended at once: no rights */
  ns = ping_pong (pair, rounds);
  kill (pid, SIGINT);
  waitpid (pid, NULL, 0);
  return ns;
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

/* @share of the values are below what this returns; NAN of none. */
static double
quantile (GArray *values, double share)
{
  if (values->len == 0)
    return NAN;
  qsort (values->data, values->len, sizeof (double), compare_doubles);
  return g_array_index (values, double, (guint)(share * (values->len - 1) + 0.5));
}

static void
print_result (GArray *plain, GArray *added, GArray *perf)
{
  double base = quantile (plain, 0.5), cost = quantile (added, 0.5);
  double spread = quantile (added, 0.75) - quantile (added, 0.25);

  /* a median among such differences says nothing of the budget, good or bad */
  FigureBound bound = spread > 2 * BUDGET_NS ? FIGURE_PLAIN : FIGURE_AT_MOST;

  if (bound == FIGURE_PLAIN)
    printf ("the machine is too busy for a verdict: the middle half of the pairs spans %.0f ns\n",
            spread);
  figure_print ("untraced switch and wake-up", base, "ns", FIGURE_PLAIN, 0);
  figure_print ("weftscope adds to switch and wake-up", cost, "ns", bound, BUDGET_NS);
  figure_print ("  a quarter of the pairs is below", quantile (added, 0.25), "ns", FIGURE_PLAIN, 0);
  figure_print ("  a quarter of the pairs is above", quantile (added, 0.75), "ns", FIGURE_PLAIN, 0);
  figure_print ("  as a share of the untraced switch", 100 * cost / base, "%", bound,
                BUDGET_PERCENT);
  if (perf->len > 0)
    figure_print ("perf sched record adds, same run", quantile (perf, 0.5), "ns", FIGURE_PLAIN, 0);
  else
    printf ("perf sched record: not measured, perf is missing or refused\n");
  printf ("medians of %u interleaved pairs\n", added->len);
}

typedef struct
{
  GArray *plain, *added, *perf;
} Samples;

/* One sample with the tracer between two without, and one with perf. */
static gboolean
take_samples (PingPong *pair, WeftTracer *tracer, const BenchOptions *options, Samples *samples,
              GError **error)
{
  double before = ping_pong (pair, options->rounds);
  double traced = traced_ping_pong (pair, tracer, options->rounds, error);
  double base = (before + ping_pong (pair, options->rounds)) / 2, difference = traced - base;
  double beside = options->no_perf ? NAN : perf_ping_pong (pair, options->rounds);

  if (isnan (traced))
    return FALSE;
  g_array_append_val (samples->plain, base);
  g_array_append_val (samples->added, difference);
  difference = beside - ping_pong (pair, options->rounds);
  if (!isnan (beside))
    g_array_append_val (samples->perf, difference);
  return TRUE;
}

static int
run (const BenchOptions *options)
{
  g_autoptr (GArray) plain = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) added = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) perf = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GError) error = NULL;
  WeftTracerOptions tracing = { .scope = WEFT_SCOPE_MACHINE };
  g_autoptr (WeftTracer) tracer = weft_tracer_new (&tracing, &error);
  Samples samples = { plain, added, perf };
  PingPong pair;

  if (tracer == NULL)
    {
      printf ("skipped: %s\n", error->message);
      return SKIPPED;
    }
  if (!start_ping_pong (&pair))
    return 1;
  for (int i = 0; i < options->pairs; i++)
    if (!take_samples (&pair, tracer, options, &samples, &error))
      {
        printf ("failed: %s\n", error != NULL ? error->message : "a half of the ping-pong died");
        return 1;
      }
  print_result (plain, added, perf);
  return 0;
}

int
main (int argc, char **argv)
{
  BenchOptions options = { .pairs = 15, .rounds = 100000 };
  GOptionEntry entries[]
      = { { "pairs", 'p', 0, G_OPTION_ARG_INT, &options.pairs, "Pairs of samples", "N" },
          { "rounds", 'r', 0, G_OPTION_ARG_INT, &options.rounds, "Round trips a sample", "N" },
          { "no-perf", 0, 0, G_OPTION_ARG_NONE, &options.no_perf, "Leave perf out", NULL },
          { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      fprintf (stderr, "%s\n", error->message);
      return 2;
    }
  if (sysconf (_SC_NPROCESSORS_ONLN) < 2)
    {
      printf ("skipped: needs two CPUs\n");
      return SKIPPED;
    }
  return run (&options);
}
