/* test-kernel-facts.c: what a switch and a waking tell, each fact provoked by a small
 * program and read from the tracer's own records. Runs with the helper's two
 * capabilities. Built twice: with the programs of this kernel, and with those for
 * kernels before 6.2. */
#include "test-trace.h"
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const WeftTracerOptions machine = { .scope = WEFT_SCOPE_MACHINE };

static void
spin_ms (int ms)
{
  gint64 end = g_get_monotonic_time () + ms * 1000;

  while (g_get_monotonic_time () < end)
    ;
}

/* --- how it left --------------------------------------------------------- */

typedef struct
{
  long voluntary, involuntary; /* as the kernel counted between the two names */
} Switches;

static void
count_switches (void (*work) (void), Switches *switches)
{
  struct rusage before, after;

  prctl (PR_SET_NAME, "begin");
  getrusage (RUSAGE_SELF, &before);
  work ();
  getrusage (RUSAGE_SELF, &after);
  prctl (PR_SET_NAME, "end");
  switches->voluntary = after.ru_nvcsw - before.ru_nvcsw;
  switches->involuntary = after.ru_nivcsw - before.ru_nivcsw;
}

/* Its switches between the two names, by how it left. */
static void
count_left (WeftTestTrace *trace, guint32 tid, guint left[16])
{
  const struct weft_record *record;
  gboolean between = FALSE;
  gsize at = 0;

  while ((record = weft_test_trace_next (trace, &at, 0)) != NULL)
    if (record->kind == WEFT_RENAME && record->tid == tid)
      between = strcmp (((const struct weft_task_record *)record)->comm, "begin") == 0;
    else if (record->kind == WEFT_SWITCH && record->tid == tid && between)
      left[weft_switch_left (&record->sw)]++;
}

static void
spin_beside_another (void)
{
  spin_ms (400);
}

static void
play_preempted (gpointer data)
{
  weft_test_pin (FALSE);
  if (fork () == 0)
    {
      spin_ms (450);
      _exit (0);
    }
  count_switches (spin_beside_another, data);
}

static void
test_who_works_on_is_preempted (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  Switches *told = weft_test_shared (sizeof *told);
  pid_t pid = weft_test_trace_play (trace, play_preempted, told);
  guint left[16] = { 0 };

  count_left (trace, (guint32)pid, left);
  g_assert_cmpuint (left[WEFT_LEFT_PREEMPTED], >, 0); /* on a busy machine but a few */
  g_assert_cmpint (labs ((long)left[WEFT_LEFT_PREEMPTED] - told->involuntary), <=, 2);
  g_assert_cmpuint (left[WEFT_LEFT_YIELDED], ==, 0);
}

static void
yield_often (void)
{
  for (int i = 0; i < 2000; i++)
    sched_yield ();
}

static void
play_yields (gpointer data)
{
  weft_test_pin (FALSE);
  if (fork () == 0)
    {
      spin_ms (300);
      _exit (0);
    }
  count_switches (yield_often, data);
}

static void
test_sched_yield_is_a_yield (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  Switches *told = weft_test_shared (sizeof *told);
  pid_t pid = weft_test_trace_play (trace, play_yields, told);
  guint left[16] = { 0 };

  count_left (trace, (guint32)pid, left);
  g_assert_cmpuint (left[WEFT_LEFT_YIELDED], >, 10);
  g_assert_cmpint (labs ((long)left[WEFT_LEFT_YIELDED] + left[WEFT_LEFT_PREEMPTED]
                         - told->involuntary),
                   <=, 2);
}

static void
sleep_often (void)
{
  for (int i = 0; i < 100; i++)
    weft_test_sleep_ms (1);
}

static void
play_sleeps (gpointer data)
{
  count_switches (sleep_often, data);
}

static void
test_a_sleep_is_voluntary_and_names_its_call (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  Switches *told = weft_test_shared (sizeof *told);
  guint32 pid = (guint32)weft_test_trace_play (trace, play_sleeps, told);
  const struct weft_record *wait;
  guint left[16] = { 0 }, waits = 0;
  gsize at = 0;

  count_left (trace, pid, left);
  g_assert_cmpint (labs ((long)left[WEFT_LEFT_SLEEP] - told->voluntary), <=, 2);
  while ((wait = weft_test_trace_next_wait (trace, &at, pid, SYS_clock_nanosleep)) != NULL)
    {
      waits++;
      g_assert_cmpuint (wait->sw.arg, ==, CLOCK_MONOTONIC);
      g_assert_cmpuint (wait->sw.flags, ==, wait->sw.flags & WEFT_FLAG_LATE_STATE);
    }
  g_assert_cmpuint (waits, ==, 100);
}

/* Whoever a snapshot calls a kernel thread has no call, ever; the rest are no such. */
static void
test_kernel_threads_have_no_call (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  g_autoptr (GHashTable) kernel = g_hash_table_new (NULL, NULL);
  const struct weft_record *record;
  guint seen = 0;
  gsize at = 0;

  weft_test_trace_await_snapshot (trace);
  weft_test_trace_play (trace, play_sleeps, weft_test_shared (sizeof (Switches)));
  while ((record = weft_test_trace_next (trace, &at, WEFT_STATE)) != NULL)
    if (((const struct weft_task_record *)record)->task_flags & WEFT_TASK_KERNEL)
      g_hash_table_add (kernel, GUINT_TO_POINTER (record->tid));
  for (at = 0; (record = weft_test_trace_next (trace, &at, WEFT_SWITCH)) != NULL;)
    {
      gboolean flagged = record->sw.flags & WEFT_FLAG_KERNEL;

      if (record->tid != 0 && g_hash_table_contains (kernel, GUINT_TO_POINTER (record->tid)))
        {
          g_assert_true (flagged);
          seen++;
        }
      if (flagged)
        g_assert_cmpint (record->sw.call, ==, WEFT_CALL_NONE);
    }
  g_assert_cmpuint (seen, >, 0);
}

/* --- futex --------------------------------------------------------------- */

typedef struct
{
  pthread_mutex_t mutex;
  pthread_cond_t condition;
  sem_t semaphore;
  guint32 tid[5];
} Locks;

enum
{
  WITH_MUTEX,
  WITH_CONDITION,
  WITH_SEMAPHORE,
  WITH_TIMEOUT,
  WITH_JOIN
};

static Locks *locks;

static void *
lock_mutex (void *data)
{
  locks->tid[WITH_MUTEX] = (guint32)gettid ();
  pthread_mutex_lock (&locks->mutex);
  pthread_mutex_unlock (&locks->mutex);
  return NULL;
}

static void *
wait_condition (void *data)
{
  pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;

  locks->tid[WITH_CONDITION] = (guint32)gettid ();
  pthread_mutex_lock (&own);
  pthread_cond_wait (&locks->condition, &own);
  return NULL;
}

static void *
wait_semaphore (void *data)
{
  locks->tid[WITH_SEMAPHORE] = (guint32)gettid ();
  sem_wait (&locks->semaphore);
  return NULL;
}

/* What Python's lock of locks does. */
static void *
wait_timed (void *data)
{
  pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
  pthread_condattr_t attributes;
  pthread_cond_t condition;
  struct timespec until;

  locks->tid[WITH_TIMEOUT] = (guint32)gettid ();
  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_cond_init (&condition, &attributes);
  clock_gettime (CLOCK_MONOTONIC, &until);
  until.tv_nsec += 20000000;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_mutex_lock (&own);
  pthread_cond_timedwait (&condition, &own, &until);
  return NULL;
}

static void
play_futexes (gpointer data)
{
  void *(*starts[]) (void *) = { lock_mutex, wait_condition, wait_semaphore, wait_timed };
  pthread_t threads[4];

  locks = data;
  locks->tid[WITH_JOIN] = (guint32)getpid ();
  pthread_mutex_init (&locks->mutex, NULL);
  pthread_cond_init (&locks->condition, NULL);
  sem_init (&locks->semaphore, 0, 0);
  pthread_mutex_lock (&locks->mutex);
  for (int i = 0; i < 4; i++)
    pthread_create (&threads[i], NULL, starts[i], NULL);
  weft_test_sleep_ms (60);
  pthread_cond_broadcast (&locks->condition);
  sem_post (&locks->semaphore);
  for (int i = WITH_CONDITION; i < 4; i++)
    pthread_join (threads[i], NULL);
  pthread_mutex_unlock (&locks->mutex);
  pthread_join (threads[WITH_MUTEX], NULL);
}

/* A join that is sure to wait. */
static void *
sleep_a_while (void *data)
{
  weft_test_sleep_ms (30);
  return NULL;
}

static void
play_join (gpointer data)
{
  pthread_t thread;

  pthread_create (&thread, NULL, sleep_a_while, NULL);
  pthread_join (thread, NULL);
}

static const struct weft_record *
find_futex (WeftTestTrace *trace, guint32 tid)
{
  gsize at = 0;
  const struct weft_record *wait = weft_test_trace_next_wait (trace, &at, tid, SYS_futex);

  g_assert_nonnull (wait);
  g_assert_cmpuint (weft_switch_left (&wait->sw), ==, WEFT_LEFT_SLEEP);
  return wait;
}

#define FUTEX_WAIT_OPERATION 0
#define FUTEX_WAIT_BITSET_OPERATION 9

static void
test_a_futex_tells_operation_timeout_address_and_contention (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  Locks *data = weft_test_shared (sizeof *data);
  const struct weft_record *wait;

  weft_test_trace_play (trace, play_futexes, data);
  wait = find_futex (trace, data->tid[WITH_MUTEX]);
  g_assert_cmpuint (weft_switch_aux (&wait->sw), ==, FUTEX_WAIT_OPERATION);
  g_assert_cmphex (wait->sw.arg, ==, (guint64)&data->mutex);
  g_assert_cmphex (wait->sw.flags, ==, WEFT_FLAG_CONTENDED);
  wait = find_futex (trace, data->tid[WITH_CONDITION]);
  g_assert_cmpuint (weft_switch_aux (&wait->sw), ==, FUTEX_WAIT_BITSET_OPERATION);
  g_assert_cmphex (wait->sw.flags, ==, 0);
  wait = find_futex (trace, data->tid[WITH_SEMAPHORE]);
  g_assert_cmpuint (weft_switch_aux (&wait->sw), ==, FUTEX_WAIT_BITSET_OPERATION);
  g_assert_cmphex (wait->sw.arg, ==, (guint64)&data->semaphore);
  g_assert_cmphex (wait->sw.flags, ==, 0);
  wait = find_futex (trace, data->tid[WITH_TIMEOUT]);
  g_assert_cmpuint (weft_switch_aux (&wait->sw), ==, FUTEX_WAIT_BITSET_OPERATION);
  g_assert_cmphex (wait->sw.flags, ==, WEFT_FLAG_TIMEOUT);
}

static void
test_a_join_waits_untimed (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  guint32 pid = (guint32)weft_test_trace_play (trace, play_join, NULL);
  const struct weft_record *wait = find_futex (trace, pid);

  g_assert_cmpuint (weft_switch_aux (&wait->sw), ==, FUTEX_WAIT_BITSET_OPERATION);
  g_assert_false (wait->sw.flags & WEFT_FLAG_TIMEOUT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!weft_test_may_trace ())
    return 0;
  g_test_add_func ("/switch/who-works-on-is-preempted", test_who_works_on_is_preempted);
  g_test_add_func ("/switch/sched-yield-is-a-yield", test_sched_yield_is_a_yield);
  g_test_add_func ("/switch/a-sleep-is-voluntary-and-names-its-call",
                   test_a_sleep_is_voluntary_and_names_its_call);
  g_test_add_func ("/switch/kernel-threads-have-no-call", test_kernel_threads_have_no_call);
  g_test_add_func ("/futex/tells-operation-timeout-address-and-contention",
                   test_a_futex_tells_operation_timeout_address_and_contention);
  g_test_add_func ("/futex/a-join-waits-untimed", test_a_join_waits_untimed);
  return g_test_run ();
}
