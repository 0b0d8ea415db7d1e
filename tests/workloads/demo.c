/* demo.c: a bit of everything, to look at: four workers that hand one lock on
 * every 5 ms, an idle pool, a disk writer, sleepers, a small family of
 * processes. Processes of their own, so that the tree has something to show. */
#include "workload.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A lock that is handed on in turn: each worker runs 5 ms, then the next. */
struct turn
{
  pthread_mutex_t mutex;
};

static void
take_turns (int index, void *data)
{
  struct turn *turn = data;

  (void)index;
  while (weft_goes_on ())
    {
      pthread_mutex_lock (&turn->mutex);
      weft_burn_us (4000);
      pthread_mutex_unlock (&turn->mutex);
      weft_sleep_us (100);
    }
}

static int
run_workers (const struct weft_workload_options *options)
{
  struct turn turn = { PTHREAD_MUTEX_INITIALIZER };

  weft_name_thread ("demo-workers");
  weft_run_threads (options, 4, "worker", take_turns, &turn);
  return 0;
}

static void
write_and_sync (int index, void *data)
{
  char path[] = "/var/tmp/weftscope-demo-XXXXXX";
  char block[65536];
  int fd = mkstemp (path);

  (void)index;
  (void)data;
  memset (block, 'w', sizeof block);
  unlink (path);
  while (fd >= 0 && weft_goes_on ())
    {
      if (pwrite (fd, block, sizeof block, 0) < 0 || fsync (fd) != 0)
        break;
      weft_sleep_us (8000);
    }
  close (fd);
}

static int
run_disk (const struct weft_workload_options *options)
{
  weft_name_thread ("demo-disk");
  weft_run_threads (options, 1, "writer", write_and_sync, NULL);
  return 0;
}

static int
run_pool (const struct weft_workload_options *options)
{
  struct weft_workload_options fewer = *options;

  fewer.threads = 3;
  weft_name_thread ("demo-pool");
  return weft_workload_pool (&fewer);
}

/* Short-lived commands, as a build makes them. */
static int
run_family (const struct weft_workload_options *options)
{
  (void)options;
  weft_name_thread ("demo-make");
  while (weft_goes_on ())
    {
      pid_t child = fork ();

      if (child == 0)
        {
          execl ("/bin/sh", "sh", "-c",
                 "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 0.1", (char *)NULL);
          _exit (127);
        }
      waitpid (child, NULL, 0);
      weft_sleep_us (150000);
    }
  return 0;
}

int
weft_workload_demo (const struct weft_workload_options *options)
{
  static int (*const parts[]) (const struct weft_workload_options *)
      = { run_workers, run_disk, run_pool, run_family };

  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    {
      pid_t child = fork ();

      if (child == 0)
        _exit (parts[i](options));
      if (child < 0)
        perror ("fork");
    }
  while (wait (NULL) > 0)
    ;
  return 0;
}
