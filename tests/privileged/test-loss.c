/* test-loss.c: produced = delivered + lost, exactly, with a reader that stalls. The
 * witnesses are not ours: the run counts that the kernel keeps of the programs, and
 * the count of switches in /proc/stat. Runs with the helper's two capabilities.
 * 10⁶ events; with WEFT_LONG=1 10⁷. */
#include "two-capabilities.h"
#include "tracer.h"
#include <bpf/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define RING_BYTES (256u << 10)
#define STALL_US 30000
/* Switches between reading /proc/stat and attaching, and those that a kernel hides. */
#define SLACK 20000

typedef struct
{
  guint64 by_kind[32];
  guint64 told_lost; /* by LOST records */
  guint64 wrong_gaps;
} Seen;

static guint64
read_switches (void)
{
  g_autofree char *text = NULL;
  const char *line;

  g_assert_true (g_file_get_contents ("/proc/stat", &text, NULL, NULL));
  line = strstr (text, "\nctxt ");
  g_assert_nonnull (line);
  return g_ascii_strtoull (line + 6, NULL, 10);
}

/* Two processes that hand a byte to and fro on one CPU, until they are killed. */
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
start_load (int cpu, pid_t players[2])
{
  int there[2], back[2];

  g_assert_cmpint (pipe (there), ==, 0);
  g_assert_cmpint (pipe (back), ==, 0);
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

static void
stop_load (pid_t players[2])
{
  for (int i = 0; i < 2; i++)
    kill (players[i], SIGKILL);
  for (int i = 0; i < 2; i++)
    waitpid (players[i], NULL, 0);
}

static void
look_at (const guint8 *data, gsize bytes, Seen *seen)
{
  gsize offset = 0;

  while (offset < bytes)
    {
      const struct weft_record *record = (const void *)(data + offset);

      g_assert_cmpuint (record->units, >, 0);
      if (weft_record_kind (record) < G_N_ELEMENTS (seen->by_kind))
        seen->by_kind[weft_record_kind (record)]++;
      if (record->kind == WEFT_LOST)
        {
          seen->told_lost += record->lost.count;
          seen->wrong_gaps += record->lost.first_ns > record->time_ns;
        }
      offset += (gsize)record->units * WEFT_UNIT_BYTES;
    }
  g_assert_cmpuint (offset, ==, bytes);
}

static void
drain (WeftTracer *tracer, guint8 *buffer, gsize bytes, Seen *seen)
{
  guint64 until;
  gsize n;

  while ((n = weft_tracer_drain (tracer, buffer, bytes, &until)) > 0)
    look_at (buffer, n, seen);
}

static WeftTracerAccount
trace_with_stalls (guint64 wanted, Seen *seen, guint64 *switches)
{
  WeftTracerOptions options = { .scope = WEFT_SCOPE_MACHINE, .ring_bytes = RING_BYTES };
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftTracer) tracer = weft_tracer_new (&options, &error);
  g_autofree guint8 *buffer = g_malloc (1 << 20);
  WeftTracerAccount account = { 0 };
  pid_t load[2][2];
  guint64 before;

  g_assert_no_error (error);
  before = read_switches ();
  weft_tracer_start (tracer, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 2; i++)
    start_load (i % (int)g_get_num_processors (), load[i]);
  while (account.produced < wanted)
    {
      for (int i = 0; i < 20; i++)
        {
          drain (tracer, buffer, 1 << 20, seen);
          g_usleep (500);
        }
      g_usleep (STALL_US);
      weft_tracer_get_account (tracer, &account);
    }
  for (int i = 0; i < 2; i++)
    stop_load (load[i]);
  weft_tracer_stop (tracer);
  *switches = read_switches () - before;
  drain (tracer, buffer, 1 << 20, seen);
  weft_tracer_get_account (tracer, &account);
  return account;
}

static void
test_every_event_is_delivered_or_counted (void)
{
  guint64 wanted = g_strcmp0 (g_getenv ("WEFT_LONG"), "1") == 0 ? 10000000 : 1000000, switches;
  Seen seen = { 0 };
  WeftTracerAccount account = trace_with_stalls (wanted, &seen, &switches);
  guint64 delivered = 0;

  for (guint kind = 0; kind < G_N_ELEMENTS (seen.by_kind); kind++)
    if (kind != WEFT_LOST && kind != WEFT_SYNC && kind != WEFT_SUSPEND)
      delivered += seen.by_kind[kind];
  g_test_message ("produced %" G_GUINT64_FORMAT ", delivered %" G_GUINT64_FORMAT
                  ", lost %" G_GUINT64_FORMAT "; program runs %" G_GUINT64_FORMAT
                  "; switches %" G_GUINT64_FORMAT " seen, %" G_GUINT64_FORMAT " by /proc/stat",
                  account.produced, account.delivered, account.lost, account.program_runs,
                  seen.by_kind[WEFT_SWITCH], switches);
  g_assert_cmpuint (account.produced, ==, account.delivered + account.lost);
  g_assert_cmpuint (account.delivered, ==, delivered);
  g_assert_cmpuint (account.lost, ==, seen.told_lost);
  g_assert_cmpuint (account.lost, >, wanted / 100); /* else the reader did not stall */
  g_assert_cmpuint (seen.wrong_gaps, ==, 0);
  g_assert_cmpuint (seen.by_kind[WEFT_SYNC], >, 0);
  /* Every run wrote or lost one record, but for the one that ends a snapshot, and those
   * while the programs were attached and detached one after the other. */
  if (account.program_runs > 0)
    g_assert_cmpuint (account.program_runs, ==,
                      account.produced + account.runs_outside + seen.by_kind[WEFT_SYNC]);
  else
    g_test_message ("the kernel keeps no run counts here");
  g_assert_cmpuint (seen.by_kind[WEFT_SWITCH], <=, switches + SLACK);
  g_assert_cmpuint (seen.by_kind[WEFT_SWITCH] + account.lost + SLACK, >=, switches);
}

typedef struct
{
  guint64 first_ns, last_ns, count, sync_begin_ns;
} Gap;

static void
find_gap (const guint8 *data, gsize bytes, Gap *gap)
{
  for (gsize offset = 0; offset < bytes;)
    {
      const struct weft_record *record = (const void *)(data + offset);

      if (record->kind == WEFT_LOST)
        {
          gap->first_ns = MIN (gap->first_ns, record->lost.first_ns);
          gap->last_ns = MAX (gap->last_ns, record->time_ns);
          gap->count += record->lost.count;
        }
      if (record->kind == WEFT_SYNC)
        gap->sync_begin_ns = record->sync.begin_ns;
      offset += (gsize)record->units * WEFT_UNIT_BYTES;
    }
}

static guint64
monotonic_ns (void)
{
  return (guint64)g_get_monotonic_time () * 1000;
}

static void
drain_into (WeftTracer *tracer, guint8 *buffer, Gap *gap, int times)
{
  guint64 until;

  for (int i = 0; i < times; i++)
    {
      find_gap (buffer, weft_tracer_drain (tracer, buffer, 1 << 20, &until), gap);
      g_usleep (2000);
    }
}

/* One stall: what is lost is told within it, and a new snapshot comes after it. */
static void
test_a_gap_lies_in_its_stall_and_a_snapshot_follows (void)
{
  WeftTracerOptions options = { .scope = WEFT_SCOPE_MACHINE, .ring_bytes = RING_BYTES };
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftTracer) tracer = weft_tracer_new (&options, &error);
  g_autofree guint8 *buffer = g_malloc (1 << 20);
  Gap before = { .first_ns = G_MAXUINT64 }, gap = { .first_ns = G_MAXUINT64 };
  guint64 begin_ns, end_ns;
  pid_t load[2];

  g_assert_no_error (error);
  weft_tracer_start (tracer, &error);
  g_assert_no_error (error);
  drain_into (tracer, buffer, &before, 20);
  begin_ns = monotonic_ns ();
  start_load (0, load);
  g_usleep (300000);
  stop_load (load);
  end_ns = monotonic_ns () + 1000; /* that clock counts in microseconds */
  drain_into (tracer, buffer, &gap, 200);
  weft_tracer_stop (tracer);
  g_assert_cmpuint (gap.count, >, 0);
  g_assert_cmpuint (gap.first_ns, >=, begin_ns);
  g_assert_cmpuint (gap.first_ns, <, end_ns);
  g_assert_cmpuint (gap.last_ns, >, gap.first_ns);
  g_assert_cmpuint (gap.sync_begin_ns, >, gap.last_ns);
}

int
main (int argc, char **argv)
{
  const char *why_not = weft_test_why_not_trace ();
  int stats, status;

  g_test_init (&argc, &argv, NULL);
  if (why_not != NULL)
    {
      g_print ("1..0 # SKIP %s\n", why_not);
      return 0;
    }
  stats = bpf_enable_stats (BPF_STATS_RUN_TIME);
  weft_test_drop_to_two_capabilities ();
  g_test_add_func ("/loss/every-event-is-delivered-or-counted",
                   test_every_event_is_delivered_or_counted);
  g_test_add_func ("/loss/a-gap-lies-in-its-stall-and-a-snapshot-follows",
                   test_a_gap_lies_in_its_stall_and_a_snapshot_follows);
  status = g_test_run ();
  if (stats >= 0)
    close (stats);
  return status;
}
