/* workload-help.c: what workloads share: clocks, names, accounts, threads. */
#include "workload.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int64_t ends_ns;

static int64_t
read_clock (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t
weft_now_ns (void)
{
  return read_clock (CLOCK_MONOTONIC);
}

void
weft_start_clock (double seconds)
{
  ends_ns = weft_now_ns () + (int64_t)(seconds * 1e9);
}

bool
weft_goes_on (void)
{
  return weft_now_ns () < ends_ns;
}

void
weft_burn_us (int64_t us)
{
  int64_t end = read_clock (CLOCK_THREAD_CPUTIME_ID) + us * 1000;
  volatile unsigned sink = 0;

  while (read_clock (CLOCK_THREAD_CPUTIME_ID) < end)
    for (int i = 0; i < 2000; i++)
      sink += (unsigned)i;
}

void
weft_sleep_us (int64_t us)
{
  struct timespec time = { us / 1000000, us % 1000000 * 1000 };

  nanosleep (&time, NULL);
}

void
weft_name_thread (const char *name)
{
  prctl (PR_SET_NAME, name);
}

/* The number behind @key in a file of "key: value" lines; -1 when there is none. */
static long long
read_field (const char *file, const char *key)
{
  char line[256];
  long long value = -1;
  FILE *stream = fopen (file, "r");

  if (stream == NULL)
    return -1;
  while (value < 0 && fgets (line, sizeof line, stream) != NULL)
    if (strncmp (line, key, strlen (key)) == 0)
      value = atoll (line + strlen (key));
  fclose (stream);
  return value;
}

static void
read_schedstat (const char *file, unsigned long long *run, unsigned long long *wait)
{
  FILE *stream = fopen (file, "r");

  *run = *wait = 0;
  if (stream == NULL)
    return;
  if (fscanf (stream, "%llu %llu", run, wait) != 2)
    *run = *wait = 0;
  fclose (stream);
}

void
weft_account_thread (const char *file)
{
  long tid = syscall (SYS_gettid);
  char name[17] = "", status[64], schedstat[64], line[256];
  unsigned long long run, wait;
  long long at;
  int fd, length;

  if (file == NULL)
    return;
  prctl (PR_GET_NAME, name);
  snprintf (status, sizeof status, "/proc/self/task/%ld/status", tid);
  snprintf (schedstat, sizeof schedstat, "/proc/self/task/%ld/schedstat", tid);
  fd = open (file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0)
    return;
  /* A sleep brings the kernel's account up to date, which else lags by a tick; a CPU
   * that was just used is fast, so little of what follows is missing in it. */
  weft_sleep_us (1000);
  at = read_clock (CLOCK_REALTIME);
  read_schedstat (schedstat, &run, &wait);
  length = snprintf (line, sizeof line,
                     "{\"tid\":%ld,\"tgid\":%d,\"name\":\"%s\",\"at_ns\":%lld,\"voluntary\":%lld,"
                     "\"nonvoluntary\":%lld,\"run_ns\":%llu,\"wait_ns\":%llu}\n",
                     tid, getpid (), name, at, read_field (status, "voluntary_ctxt_switches:"),
                     read_field (status, "nonvoluntary_ctxt_switches:"), run, wait);
  if (write (fd, line, (size_t)length) != length)
    perror ("account");
  close (fd);
}

struct start
{
  const struct weft_workload_options *options;
  const char *name;
  weft_thread_body body;
  void *data;
  int index;
};

static void *
run_thread (void *argument)
{
  struct start *start = argument;
  char name[16];

  snprintf (name, sizeof name, "%s-%d", start->name, start->index);
  weft_name_thread (name);
  start->body (start->index, start->data);
  weft_account_thread (start->options->account);
  return NULL;
}

void
weft_run_threads (const struct weft_workload_options *options, int n, const char *name,
                  weft_thread_body body, void *data)
{
  pthread_t *threads = calloc ((size_t)n, sizeof *threads);
  struct start *starts = calloc ((size_t)n, sizeof *starts);

  for (int i = 0; i < n; i++)
    {
      starts[i] = (struct start){ options, name, body, data, i };
      pthread_create (&threads[i], NULL, run_thread, &starts[i]);
    }
  for (int i = 0; i < n; i++)
    pthread_join (threads[i], NULL);
  free (starts);
  free (threads);
}
