/* processes.c: births, execs, exits. The picture is the family tree. */
#include "workload.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STORM 2000

static int
run_python (const struct weft_workload_options *options, const char *kind)
{
  char seconds[32], threads[16];

  snprintf (seconds, sizeof seconds, "%g", options->seconds);
  snprintf (threads, sizeof threads, "%d", options->threads);
  execlp ("/usr/bin/python3", "python3", WEFT_WORKLOADS "/python-gil.py", kind, seconds, threads,
          options->account, (char *)NULL);
  perror ("python3");
  return 1;
}

int
weft_workload_gil (const struct weft_workload_options *options)
{
  return run_python (options, "threads");
}

int
weft_workload_no_gil (const struct weft_workload_options *options)
{
  return run_python (options, "processes");
}

/* 2,000 processes that live 1 ms, a few at a time; number i exits with i modulo 200. */
int
weft_workload_forkstorm (const struct weft_workload_options *options)
{
  int alive = 0;

  (void)options;
  for (int i = 0; i < STORM; i++)
    {
      pid_t child = fork ();

      if (child == 0)
        {
          char name[16];

          snprintf (name, sizeof name, "storm-%d", i);
          weft_name_thread (name);
          weft_sleep_us (1000);
          _exit (i % 200);
        }
      if (child > 0 && ++alive >= 8 && wait (NULL) > 0)
        alive--;
    }
  while (wait (NULL) > 0)
    ;
  return 0;
}

/* sh execs sh execs sleep: one process, three names. */
int
weft_workload_execchain (const struct weft_workload_options *options)
{
  char command[128];

  snprintf (command, sizeof command, "exec sh -c 'exec sleep %g'", options->seconds);
  execl ("/bin/sh", "sh", "-c", command, (char *)NULL);
  return 1;
}

static void *
exec_here (void *data)
{
  const struct weft_workload_options *options = data;
  char seconds[32];

  weft_name_thread ("execing");
  weft_sleep_us ((int64_t)(options->seconds * 5e5));
  snprintf (seconds, sizeof seconds, "%g", options->seconds / 2);
  execl ("/bin/sleep", "sleep", seconds, (char *)NULL);
  return NULL;
}

/* Exec from a worker: that thread goes on under the leader's tid. */
int
weft_workload_exec_worker (const struct weft_workload_options *options)
{
  pthread_t thread;

  pthread_create (&thread, NULL, exec_here, (void *)options);
  pthread_join (thread, NULL);
  return 1;
}

static void *
outlive_leader (void *data)
{
  const struct weft_workload_options *options = data;

  weft_name_thread ("survivor");
  weft_sleep_us ((int64_t)(options->seconds * 1e6));
  weft_account_thread (options->account);
  _exit (7);
}

/* The leader exits before its worker; the process ends with the worker, status 7. */
int
weft_workload_leader_exit (const struct weft_workload_options *options)
{
  pthread_t thread;

  pthread_create (&thread, NULL, outlive_leader, (void *)options);
  pthread_exit (NULL);
}

/* Children whose parent dies first. */
int
weft_workload_orphans (const struct weft_workload_options *options)
{
  if (fork () == 0)
    {
      for (int i = 0; i < 3; i++)
        if (fork () == 0)
          {
            weft_name_thread ("orphan");
            weft_sleep_us ((int64_t)(options->seconds * 1e6));
            _exit (i);
          }
      _exit (0);
    }
  wait (NULL);
  weft_sleep_us ((int64_t)(options->seconds * 1e6) + 100000);
  return 0;
}
