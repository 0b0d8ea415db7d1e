/* bench-switch.c: what tracing costs a context switch.
 *
 * Two processes on one CPU hand a byte to and fro through two pipes: each hand-over is
 * one waking and one switch. What is measured is the CPU time of the two, which others that
 * want that CPU, too, do not lengthen. The reader drains on another CPU. Samples without a tracer
 * and with one alternate, so that a machine that speeds up or slows down does so for both;
 * the figure is the median of the differences of neighbours. Two programs that do nothing
 * are measured in between: what attaching costs on this machine, whose mitigations make
 * most of it. Where perf is installed, perf sched record is measured in the same run. Out:
 * a table; exit status 77 without rights. No budget fails the run: the machine is not ours
 * alone. */
#include "figure.h"
#include "tracer.h"
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
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

/* Beyond two empty programs; of what perf adds. */
#define BUDGET_NS 50
#define BUDGET_OF_PERF 12.5
#define RUNS 25 /* that a sample is made of */
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

/* Runs as many rounds as it is told, and tells when it is done. */
static void
lead (int from, int to, int orders, int answers)
{
  char byte = 0;
  int rounds;

  pin_to_cpu (0);
  while (read (orders, &rounds, sizeof rounds) == sizeof rounds)
    {
      for (int i = 0; i < rounds; i++)
        if (write (to, &byte, 1) != 1 || read (from, &byte, 1) != 1)
          _exit (1);
      if (write (answers, &byte, 1) != 1)
        _exit (1);
    }
  _exit (0);
}

typedef struct
{
  int order, answer;
  clockid_t clocks[2]; /* CPU time of the two */
} PingPong;

/* Starts the two; they end with us. */
static gboolean
start_ping_pong (PingPong *self)
{
  int there[2], back[2], orders[2], answers[2];
  pid_t players[2];

  if (pipe (there) != 0 || pipe (back) != 0 || pipe (orders) != 0 || pipe (answers) != 0)
    return FALSE;
  players[0] = fork ();
  if (players[0] == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      close (there[1]);
      follow (there[0], back[1]);
    }
  players[1] = fork ();
  if (players[1] == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      lead (back[0], there[1], orders[0], answers[1]);
    }
  self->order = orders[1];
  self->answer = answers[0];
  for (int i = 0; i < 2; i++)
    if (clock_getcpuclockid (players[i], &self->clocks[i]) != 0)
      return FALSE;
  return TRUE;
}

static guint64
cpu_time_ns (const PingPong *self)
{
  guint64 sum_ns = 0;

  for (int i = 0; i < 2; i++)
    {
      struct timespec used = { 0, 0 };

      clock_gettime (self->clocks[i], &used);
      sum_ns += (guint64)used.tv_sec * 1000000000 + (guint64)used.tv_nsec;
    }
  return sum_ns;
}

static gboolean
run_rounds (PingPong *self, int rounds)
{
  char done;

  return write (self->order, &rounds, sizeof rounds) == sizeof rounds
         && read (self->answer, &done, 1) == 1;
}

/* ns per switch, of the best of many short runs, which nobody else spoiled the caches of;
 * NAN when a half died. */
static double
ping_pong (PingPong *self, int rounds)
{
  double best = INFINITY;

  for (int i = 0; i < RUNS; i++)
    {
      guint64 begin_ns = cpu_time_ns (self);

      if (!run_rounds (self, rounds / RUNS))
        return NAN;
      best = MIN (best, (double)(cpu_time_ns (self) - begin_ns) / (2.0 * (rounds / RUNS)));
    }
  return best;
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

/* --- two programs that do nothing ------------------------------------------ */

typedef struct
{
  int programs[2], links[2];
} Empty;

static int
load_empty (const char *tracepoint)
{
  const struct bpf_insn nothing[] = {
    { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
    { .code = BPF_JMP | BPF_EXIT },
  };
  LIBBPF_OPTS (bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_RAW_TP);

  options.attach_btf_id = (guint32)libbpf_find_vmlinux_btf_id (tracepoint, BPF_TRACE_RAW_TP);
  return bpf_prog_load (BPF_PROG_TYPE_TRACING, tracepoint, "GPL", nothing, G_N_ELEMENTS (nothing),
                        &options);
}

static gboolean
load_two_empty (Empty *self)
{
  self->programs[0] = load_empty ("sched_waking");
  self->programs[1] = load_empty ("sched_switch");
  return self->programs[0] >= 0 && self->programs[1] >= 0;
}

/* NAN when they cannot be attached. */
static double
empty_ping_pong (PingPong *pair, Empty *empty, int rounds)
{
  double ns;

  for (int i = 0; i < 2; i++)
    empty->links[i] = bpf_raw_tracepoint_open (NULL, empty->programs[i]);
  ns = empty->links[0] >= 0 && empty->links[1] >= 0 ? ping_pong (pair, rounds) : NAN;
  for (int i = 0; i < 2; i++)
    close (empty->links[i]);
  return ns;
}

/* --- figures --------------------------------------------------------------- */

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

typedef struct
{
  GArray *plain, *added, *empty, *beyond, *perf;
} Samples;

/* What the kernel does at each indirect call and return: most of an empty program. */
static void
print_mitigations (void)
{
  static const char *const names[]
      = { "spectre_v2", "retbleed", "spec_rstack_overflow", "indirect_target_selection" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path
          = g_build_filename ("/sys/devices/system/cpu/vulnerabilities", names[i], NULL);
      g_autofree char *text = NULL;

      if (g_file_get_contents (path, &text, NULL, NULL))
        printf ("%s: %s\n", names[i], g_strchomp (text));
    }
}

static void
print_perf (const Samples *samples, double cost)
{
  double perf = quantile (samples->perf, 0.5);

  if (samples->perf->len == 0)
    {
      printf ("perf sched record: not measured, perf is missing or refused\n");
      return;
    }
  figure_print ("perf sched record adds, same run", perf, "ns", FIGURE_PLAIN, 0);
  figure_print ("  weftscope as a share of that", 100 * cost / perf, "%", FIGURE_AT_MOST,
                BUDGET_OF_PERF);
}

static void
print_result (const Samples *samples)
{
  double base = quantile (samples->plain, 0.5), cost = quantile (samples->added, 0.5);
  double spread = quantile (samples->beyond, 0.75) - quantile (samples->beyond, 0.25);

  /* a median among such differences says nothing of the budget, good or bad */
  FigureBound bound = spread > 2 * BUDGET_NS ? FIGURE_PLAIN : FIGURE_AT_MOST;

  if (bound == FIGURE_PLAIN)
    printf ("the machine is too busy for a verdict: the middle half of the pairs spans %.0f ns\n",
            spread);
  print_mitigations ();
  figure_print ("untraced switch and wake-up", base, "ns", FIGURE_PLAIN, 0);
  figure_print ("two empty programs add", quantile (samples->empty, 0.5), "ns", FIGURE_PLAIN, 0);
  figure_print ("weftscope adds to switch and wake-up", cost, "ns", FIGURE_PLAIN, 0);
  figure_print ("  beyond two empty programs", quantile (samples->beyond, 0.5), "ns", bound,
                BUDGET_NS);
  figure_print ("  a quarter of the pairs is below", quantile (samples->beyond, 0.25), "ns",
                FIGURE_PLAIN, 0);
  figure_print ("  a quarter of the pairs is above", quantile (samples->beyond, 0.75), "ns",
                FIGURE_PLAIN, 0);
  print_perf (samples, cost);
  printf ("medians of %u interleaved rounds\n", samples->added->len);
}

static void
append (GArray *values, double value)
{
  if (!isnan (value))
    g_array_append_val (values, value);
}

/* Each sample with programs is compared with its neighbours without. */
static gboolean
take_samples (PingPong *pair, WeftTracer *tracer, Empty *empty, const BenchOptions *options,
              Samples *samples, GError **error)
{
  double plain[3], traced, nothing, added, beside;

  plain[0] = ping_pong (pair, options->rounds);
  traced = traced_ping_pong (pair, tracer, options->rounds, error);
  plain[1] = ping_pong (pair, options->rounds);
  nothing = empty_ping_pong (pair, empty, options->rounds);
  plain[2] = ping_pong (pair, options->rounds);
  if (isnan (traced) || isnan (nothing))
    return FALSE;
  added = traced - (plain[0] + plain[1]) / 2;
  nothing -= (plain[1] + plain[2]) / 2;
  append (samples->plain, (plain[0] + plain[1]) / 2);
  append (samples->added, added);
  append (samples->empty, nothing);
  append (samples->beyond, added - nothing);
  beside = options->no_perf ? NAN : perf_ping_pong (pair, options->rounds);
  append (samples->perf, beside - ping_pong (pair, options->rounds));
  return TRUE;
}

static void
samples_init (Samples *self)
{
  GArray **arrays[] = { &self->plain, &self->added, &self->empty, &self->beyond, &self->perf };

  for (guint i = 0; i < G_N_ELEMENTS (arrays); i++)
    *arrays[i] = g_array_new (FALSE, FALSE, sizeof (double));
}

static int
run (const BenchOptions *options)
{
  g_autoptr (GError) error = NULL;
  WeftTracerOptions tracing = { .scope = WEFT_SCOPE_MACHINE };
  g_autoptr (WeftTracer) tracer = weft_tracer_new (&tracing, &error);
  Samples samples;
  Empty empty;
  PingPong pair;

  if (tracer == NULL || !load_two_empty (&empty))
    {
      printf ("skipped: %s\n", error != NULL ? error->message : "no program can be loaded");
      return SKIPPED;
    }
  if (!start_ping_pong (&pair))
    return 1;
  samples_init (&samples);
  for (int i = 0; i < options->pairs; i++)
    if (!take_samples (&pair, tracer, &empty, options, &samples, &error))
      {
        printf ("failed: %s\n", error != NULL ? error->message : "a half of the ping-pong died");
        return 1;
      }
  print_result (&samples);
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
