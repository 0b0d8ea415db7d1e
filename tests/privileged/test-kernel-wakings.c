/* test-kernel-wakings.c: who woke whom. A waker is the thread that the CPU's switches say
 * was running there; an interrupt is nobody; every sleep that ended had its waking, be it
 * before the switch-out. Runs with the helper's two capabilities, and twice: see
 * test-kernel-facts.c. */
#include "test-trace.h"
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_CPUS 1024
#define ROUNDS 20000

static const WeftTracerOptions machine = { .scope = WEFT_SCOPE_MACHINE, .ring_bytes = 64u << 20 };

static void
play_naps (gpointer data)
{
  for (int i = 0; i < 100; i++)
    weft_test_sleep_ms (1);
}

static void
test_a_timer_wakes_from_an_interrupt (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  guint32 pid = (guint32)weft_test_trace_play (trace, play_naps, NULL);
  const struct weft_record *record;
  guint wakings = 0;
  gsize at = 0;

  while ((record = weft_test_trace_next (trace, &at, WEFT_WAKE)) != NULL)
    if (record->wake.context != WEFT_CONTEXT_TASK)
      {
        g_assert_cmpuint (record->tid, ==, 0);
        g_assert_cmpuint (record->wake.context, !=, WEFT_CONTEXT_UNKNOWN);
        wakings += record->wake.woken_tid == pid;
      }
  /* a timer that is over before its thread has left the CPU wakes nobody */
  g_assert_cmpuint (wakings, >=, 80);
}

/* Hands a byte on as often as it is told. */
static void
hand_on (int from, int to, int rounds)
{
  char byte = 'x';

  for (int i = 0; i < rounds; i++)
    if (read (from, &byte, 1) != 1 || write (to, &byte, 1) != 1)
      _exit (1);
}

typedef struct
{
  gboolean two_cpus;
  guint32 partner;
} PingPong;

static void
play_ping_pong (gpointer data)
{
  PingPong *told = data;
  int there[2], back[2];
  pid_t child;

  if (pipe (there) != 0 || pipe (back) != 0)
    _exit (1);
  weft_test_pin (FALSE);
  child = fork ();
  if (child == 0)
    {
      if (told->two_cpus)
        weft_test_pin (TRUE);
      told->partner = (guint32)getpid ();
      hand_on (there[0], back[1], ROUNDS);
      _exit (0);
    }
  if (write (there[1], "x", 1) != 1)
    _exit (1);
  hand_on (back[0], there[1], ROUNDS);
  waitpid (child, NULL, 0);
}

static void
test_a_pipe_is_woken_by_its_writer (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  PingPong *told = weft_test_shared (sizeof *told);
  guint32 pid = (guint32)weft_test_trace_play (trace, play_ping_pong, told);
  const struct weft_record *record;
  guint by_partner = 0, by_other = 0, waits = 0;
  gsize at = 0;

  while ((record = weft_test_trace_next (trace, &at, WEFT_WAKE)) != NULL)
    if (record->wake.woken_tid == pid && record->wake.context == WEFT_CONTEXT_TASK)
      *(record->tid == told->partner ? &by_partner : &by_other) += 1;
  for (at = 0; weft_test_trace_next_wait (trace, &at, pid, SYS_read) != NULL;)
    waits++;
  g_assert_cmpuint (weft_test_trace_count (trace, WEFT_LOST), ==, 0);
  /* On a busy CPU a byte is often there before it is asked for: as many as had to wait. */
  g_assert_cmpuint (waits, >=, ROUNDS / 100);
  g_assert_cmpuint (by_partner, >=, waits - 1);
  /* and some that were put off their CPU just before they would have left it */
  g_assert_cmpuint (by_partner, <=, waits + ROUNDS / 100);
  g_assert_cmpuint (by_other, <=, 2); /* who started it */
}

/* Tids that came to a CPU and never left one: a kernel may hide what happens in the
 * context of some task, as sandboxes do with their first process and its workers. */
static GHashTable *
find_hidden (WeftTestTrace *trace)
{
  GHashTable *hidden = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) left = g_hash_table_new (NULL, NULL);
  const struct weft_record *record;
  gsize at = 0;

  while ((record = weft_test_trace_next (trace, &at, WEFT_SWITCH)) != NULL)
    g_hash_table_add (left, GUINT_TO_POINTER (record->tid));
  for (at = 0; (record = weft_test_trace_next (trace, &at, WEFT_SWITCH)) != NULL;)
    if (!g_hash_table_contains (left, GUINT_TO_POINTER (record->sw.next_tid)))
      g_hash_table_add (hidden, GUINT_TO_POINTER (record->sw.next_tid));
  return hidden;
}

/* The programs take the waker from the CPU's run queue, not from the kernel's `current`.
 * Two sources that cannot both be wrong in the same way: the switches of that CPU. */
static void
test_a_waker_is_who_runs_on_its_cpu (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  g_autofree gint64 *runs = g_new (gint64, MOST_CPUS);
  PingPong *told = weft_test_shared (sizeof *told);
  g_autoptr (GHashTable) hidden = NULL;
  const struct weft_record *record;
  guint32 pid;
  guint checked = 0, by_idle = 0, wrong = 0;
  gsize at = 0;

  told->two_cpus = TRUE;
  pid = (guint32)weft_test_trace_play (trace, play_ping_pong, told);
  hidden = find_hidden (trace);
  g_assert_false (g_hash_table_contains (hidden, GUINT_TO_POINTER (pid)));
  g_assert_false (g_hash_table_contains (hidden, GUINT_TO_POINTER (told->partner)));
  for (int i = 0; i < MOST_CPUS; i++)
    runs[i] = -1;
  g_assert_cmpuint (weft_test_trace_count (trace, WEFT_LOST), ==, 0);
  while ((record = weft_test_trace_next (trace, &at, 0)) != NULL)
    {
      g_assert_cmpuint (record->cpu, <, MOST_CPUS);
      if (record->kind == WEFT_SWITCH)
        {
          wrong += runs[record->cpu] >= 0 && runs[record->cpu] != record->tid;
          runs[record->cpu] = record->sw.next_tid;
          if (g_hash_table_contains (hidden, GUINT_TO_POINTER (record->sw.next_tid)))
            runs[record->cpu] = -1;
        }
      else if (record->kind == WEFT_EXEC) /* from a worker: goes on under another tid */
        runs[record->cpu] = record->tid;
      else if (record->kind == WEFT_WAKE && record->wake.context == WEFT_CONTEXT_TASK
               && runs[record->cpu] >= 0)
        {
          checked++;
          by_idle += record->tid == 0;
          wrong += runs[record->cpu] != record->tid;
        }
    }
  g_test_message ("%u wakings checked, %u of them by the idle task; %u tasks are hidden", checked,
                  by_idle, g_hash_table_size (hidden));
  g_assert_cmpuint (checked, >, ROUNDS / 10);
  g_assert_cmpuint (wrong, ==, 0);
}

typedef struct
{
  guint64 in_ns, woken_ns, out_ns; /* of the slice that runs or was the last */
  gboolean sleeps, early;
  guint sleeps_ended, early_wakings, without_waking;
} Life;

static void
follow_life (Life *life, const struct weft_record *record, guint32 tid)
{
  if (record->kind == WEFT_WAKE && record->wake.woken_tid == tid)
    life->woken_ns = record->time_ns;
  else if (record->kind == WEFT_SWITCH && record->tid == tid)
    {
      life->sleeps = weft_switch_left (&record->sw) == WEFT_LEFT_SLEEP;
      life->out_ns = record->time_ns;
      life->early = life->woken_ns > life->in_ns;
    }
  else if (record->kind == WEFT_SWITCH && record->sw.next_tid == tid)
    {
      if (life->sleeps && life->in_ns != 0)
        {
          life->sleeps_ended++;
          life->early_wakings += life->early && life->woken_ns < life->out_ns;
          life->without_waking += !life->early && life->woken_ns < life->out_ns;
        }
      life->in_ns = record->time_ns;
    }
}

static void
test_every_sleep_has_its_waking_be_it_early (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  PingPong *told = weft_test_shared (sizeof *told);
  const struct weft_record *record;
  Life life = { 0 };
  gsize at = 0;
  guint32 pid;

  told->two_cpus = TRUE;
  pid = (guint32)weft_test_trace_play (trace, play_ping_pong, told);
  g_assert_cmpuint (weft_test_trace_count (trace, WEFT_LOST), ==, 0);
  while ((record = weft_test_trace_next (trace, &at, 0)) != NULL)
    follow_life (&life, record, pid);
  g_test_message ("%u sleeps, %u of them woken before they left their CPU", life.sleeps_ended,
                  life.early_wakings);
  g_assert_cmpuint (life.sleeps_ended, >, ROUNDS / 100);
  g_assert_cmpuint (life.without_waking, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!weft_test_may_trace ())
    return 0;
  g_test_add_func ("/waking/by-a-timer-is-an-interrupts", test_a_timer_wakes_from_an_interrupt);
  g_test_add_func ("/waking/a-pipe-is-woken-by-its-writer", test_a_pipe_is_woken_by_its_writer);
  g_test_add_func ("/waking/a-waker-is-who-runs-on-its-cpu", test_a_waker_is_who_runs_on_its_cpu);
  g_test_add_func ("/waking/every-sleep-has-its-waking-be-it-early",
                   test_every_sleep_has_its_waking_be_it_early);
  return g_test_run ();
}
