/* test-trace.c: see the header. In: what the tracer drains. Out: one array of records. */
#include "test-trace.h"
#include "two-capabilities.h"
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DRAIN_BYTES (1u << 20)
#define PATIENCE_US (30 * G_USEC_PER_SEC)
#define POLL_US 2000

struct _WeftTestTrace
{
  WeftTracer *tracer;
  GByteArray *seen;
  guint8 *buffer;
};

gboolean
weft_test_may_trace (void)
{
  const char *why_not = weft_test_why_not_trace ();

  if (why_not != NULL)
    {
      g_print ("1..0 # SKIP %s\n", why_not);
      return FALSE;
    }
  weft_test_drop_to_two_capabilities ();
  prctl (PR_SET_DUMPABLE, 1); /* lost with root's id; what a caller may do counts only with it */
  return TRUE;
}

void
weft_test_sleep_ms (int ms)
{
  struct timespec time = { ms / 1000, ms % 1000 * 1000000L };

  clock_nanosleep (CLOCK_MONOTONIC, 0, &time, NULL);
}

gpointer
weft_test_shared (gsize bytes)
{
  void *memory = mmap (NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

  g_assert_true (memory != MAP_FAILED);
  return memory;
}

WeftTestTrace *
weft_test_trace_new (const WeftTracerOptions *options)
{
  WeftTestTrace *self = g_new0 (WeftTestTrace, 1);
  g_autoptr (GError) error = NULL;

  self->tracer = weft_tracer_new (options, &error);
  g_assert_no_error (error);
  self->seen = g_byte_array_new ();
  self->buffer = g_malloc (DRAIN_BYTES);
  weft_tracer_start (self->tracer, &error);
  g_assert_no_error (error);
  return self;
}

void
weft_test_trace_free (WeftTestTrace *self)
{
  weft_tracer_free (self->tracer);
  g_byte_array_unref (self->seen);
  g_free (self->buffer);
  g_free (self);
}

WeftTracer *
weft_test_trace_get_tracer (WeftTestTrace *self)
{
  return self->tracer;
}

void
weft_test_trace_drain (WeftTestTrace *self)
{
  guint64 until;
  gsize bytes;

  do
    {
      bytes = weft_tracer_drain (self->tracer, self->buffer, DRAIN_BYTES, &until);
      g_byte_array_append (self->seen, self->buffer, (guint)bytes);
  } while (bytes > DRAIN_BYTES / 2);
}

void
weft_test_trace_await_snapshot (WeftTestTrace *self)
{
  guint before = weft_test_trace_count (self, WEFT_SYNC);
  gint64 end = g_get_monotonic_time () + PATIENCE_US;

  while (weft_test_trace_count (self, WEFT_SYNC) == before)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      weft_test_trace_drain (self);
      g_usleep (POLL_US);
    }
}

pid_t
weft_test_fork (WeftTestPlay play, gpointer data)
{
  pid_t parent = getpid (), child = fork ();

  g_assert_cmpint (child, >=, 0);
  if (child > 0)
    return child;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != parent)
    _exit (1);
  prctl (PR_SET_DUMPABLE, 1); /* lost with root's id; trace-own asks for it */
  play (data);
  _exit (0);
}

static gboolean
has_ended (WeftTestTrace *self, pid_t child)
{
  const struct weft_record *record;
  gsize at = 0;

  while ((record = weft_test_trace_next (self, &at, WEFT_EXIT)) != NULL)
    {
      const struct weft_task_record *task = (const void *)record;

      if (task->tgid == (guint32)child && task->task_flags & WEFT_TASK_LAST_THREAD)
        return TRUE;
    }
  return FALSE;
}

int
weft_test_trace_finish (WeftTestTrace *self, pid_t child)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_US;
  int status = 0;

  while (waitpid (child, &status, WNOHANG) == 0)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      weft_test_trace_drain (self);
      g_usleep (POLL_US);
    }
  do
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (POLL_US); /* its last switch comes right after its exit */
      weft_test_trace_drain (self);
  } while (!has_ended (self, child));
  return status;
}

pid_t
weft_test_trace_play (WeftTestTrace *self, WeftTestPlay play, gpointer data)
{
  pid_t child = weft_test_fork (play, data);

  g_assert_cmpint (weft_test_trace_finish (self, child), ==, 0);
  return child;
}

const struct weft_record *
weft_test_trace_next (WeftTestTrace *self, gsize *at, guint kind)
{
  while (*at < self->seen->len)
    {
      const struct weft_record *record = (const void *)(self->seen->data + *at);

      g_assert_cmpuint (record->units, >, 0);
      *at += (gsize)record->units * WEFT_UNIT_BYTES;
      if (kind == 0 || weft_record_kind (record) == kind)
        return record;
    }
  return NULL;
}

guint
weft_test_trace_count (WeftTestTrace *self, guint kind)
{
  gsize at = 0;
  guint count = 0;

  while (weft_test_trace_next (self, &at, kind) != NULL)
    count++;
  return count;
}

const struct weft_record *
weft_test_trace_next_wait (WeftTestTrace *self, gsize *at, guint32 tid, long call)
{
  const struct weft_record *record;

  while ((record = weft_test_trace_next (self, at, WEFT_SWITCH)) != NULL)
    if ((tid == 0 || record->tid == tid) && record->sw.call == call
        && weft_switch_left (&record->sw) != WEFT_LEFT_PREEMPTED)
      return record;
  return NULL;
}

const struct weft_task_record *
weft_test_trace_find_task (WeftTestTrace *self, guint kind, guint32 tid)
{
  const struct weft_record *record;
  gsize at = 0;

  while ((record = weft_test_trace_next (self, &at, kind)) != NULL)
    if (record->tid == tid)
      return (const void *)record;
  return NULL;
}

void
weft_test_pin (gboolean last)
{
  cpu_set_t all, one;
  int cpu = -1;

  g_assert_cmpint (sched_getaffinity (0, sizeof all, &all), ==, 0);
  for (int i = 0; i < CPU_SETSIZE; i++)
    if (CPU_ISSET (i, &all) && (cpu < 0 || last))
      cpu = i;
  CPU_ZERO (&one);
  CPU_SET (cpu, &one);
  g_assert_cmpint (sched_setaffinity (0, sizeof one, &one), ==, 0);
}
