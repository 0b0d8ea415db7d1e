/* waits.c: threads that wait for one thing each: lock, condition, join, socket,
 * timer, pipe, poll, child. The picture is that wait, and hardly any other. */
#include "workload.h"
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- a mutex: one runs, the others are in lock wait ----------------------- */

static pthread_mutex_t shared_mutex = PTHREAD_MUTEX_INITIALIZER;

static void
hold_mutex (int index, void *data)
{
  (void)index;
  (void)data;
  while (weft_goes_on ())
    {
      pthread_mutex_lock (&shared_mutex);
      weft_burn_us (2000);
      pthread_mutex_unlock (&shared_mutex);
      weft_burn_us (20);
    }
}

int
weft_workload_mutex (const struct weft_workload_options *options)
{
  weft_run_threads (options, options->threads, "worker", hold_mutex, NULL);
  return 0;
}

/* --- the same without it: they run, or wait for a CPU ---------------------- */

static void
work_alone (int index, void *data)
{
  (void)index;
  (void)data;
  while (weft_goes_on ())
    weft_burn_us (2000);
}

int
weft_workload_no_mutex (const struct weft_workload_options *options)
{
  weft_run_threads (options, options->threads, "worker", work_alone, NULL);
  return 0;
}

/* --- an idle pool: condition wait ------------------------------------------ */

struct pool
{
  pthread_mutex_t mutex;
  pthread_cond_t work;
  int jobs;
  bool over;
};

static void
serve_pool (int index, void *data)
{
  struct pool *pool = data;

  (void)index;
  pthread_mutex_lock (&pool->mutex);
  while (!pool->over)
    {
      if (pool->jobs == 0)
        {
          pthread_cond_wait (&pool->work, &pool->mutex);
          continue;
        }
      pool->jobs--;
      pthread_mutex_unlock (&pool->mutex);
      weft_burn_us (300);
      pthread_mutex_lock (&pool->mutex);
    }
  pthread_mutex_unlock (&pool->mutex);
}

static void *
feed_pool (void *data)
{
  struct pool *pool = data;

  weft_name_thread ("feeder");
  while (weft_goes_on ())
    {
      weft_sleep_us (20000);
      pthread_mutex_lock (&pool->mutex);
      pool->jobs++;
      pthread_cond_signal (&pool->work);
      pthread_mutex_unlock (&pool->mutex);
    }
  pthread_mutex_lock (&pool->mutex);
  pool->over = true;
  pthread_cond_broadcast (&pool->work);
  pthread_mutex_unlock (&pool->mutex);
  return NULL;
}

int
weft_workload_pool (const struct weft_workload_options *options)
{
  struct pool pool = { .mutex = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER };
  pthread_t feeder;

  pthread_create (&feeder, NULL, feed_pool, &pool);
  weft_run_threads (options, options->threads, "pool", serve_pool, &pool);
  pthread_join (feeder, NULL);
  return 0;
}

/* --- join: the main thread waits for one that sleeps ------------------------ */

static void
sleep_through (int index, void *data)
{
  (void)index;
  (void)data;
  while (weft_goes_on ())
    weft_sleep_us (50000);
}

int
weft_workload_join (const struct weft_workload_options *options)
{
  weft_run_threads (options, 1, "joined", sleep_through, NULL);
  return 0;
}

/* --- a read on a socket ------------------------------------------------------ */

static void
read_socket (int index, void *data)
{
  char byte;

  (void)index;
  while (read (*(int *)data, &byte, 1) == 1)
    weft_burn_us (50);
}

static void *
write_socket (void *data)
{
  weft_name_thread ("writer");
  while (weft_goes_on ())
    {
      weft_sleep_us (10000);
      if (write (*(int *)data, "x", 1) != 1)
        break;
    }
  shutdown (*(int *)data, SHUT_RDWR);
  return NULL;
}

int
weft_workload_socket (const struct weft_workload_options *options)
{
  int ends[2];
  pthread_t writer;

  if (socketpair (AF_UNIX, SOCK_STREAM, 0, ends) != 0)
    return 1;
  pthread_create (&writer, NULL, write_socket, &ends[1]);
  weft_run_threads (options, 1, "reader", read_socket, &ends[0]);
  pthread_join (writer, NULL);
  return 0;
}

/* --- sleepers: timer ---------------------------------------------------------- */

static void
sleep_and_work (int index, void *data)
{
  (void)data;
  while (weft_goes_on ())
    {
      weft_sleep_us (3000 + 1000 * index);
      weft_burn_us (100);
    }
}

int
weft_workload_sleepers (const struct weft_workload_options *options)
{
  weft_run_threads (options, options->threads, "sleeper", sleep_and_work, NULL);
  return 0;
}

/* --- ping-pong through two pipes: pipe or file --------------------------------- */

struct pair
{
  int forth[2], back[2];
};

static void
play (int index, void *data)
{
  struct pair *pair = data;
  int from = index == 0 ? pair->back[0] : pair->forth[0];
  int to = index == 0 ? pair->forth[1] : pair->back[1];
  char byte = 'x';

  if (index == 0 && write (to, &byte, 1) != 1)
    return;
  while (read (from, &byte, 1) == 1)
    {
      weft_burn_us (20);
      if (!weft_goes_on ())
        break;
      if (write (to, &byte, 1) != 1)
        break;
    }
  close (to);
}

int
weft_workload_pingpong (const struct weft_workload_options *options)
{
  struct pair pair;

  if (pipe (pair.forth) != 0 || pipe (pair.back) != 0)
    return 1;
  weft_run_threads (options, 2, "player", play, &pair);
  return 0;
}

/* --- poll: event ------------------------------------------------------------------ */

static void
poll_nothing (int index, void *data)
{
  struct pollfd nothing = { .fd = *(int *)data, .events = POLLIN };

  (void)index;
  while (weft_goes_on ())
    poll (&nothing, 1, 5);
}

int
weft_workload_poll (const struct weft_workload_options *options)
{
  int ends[2];

  if (pipe (ends) != 0)
    return 1;
  weft_run_threads (options, options->threads, "poller", poll_nothing, &ends[0]);
  return 0;
}

/* --- wait4: child ------------------------------------------------------------------ */

static void
wait_for_children (int index, void *data)
{
  (void)index;
  (void)data;
  while (weft_goes_on ())
    {
      pid_t child = fork ();

      if (child == 0)
        {
          weft_sleep_us (20000);
          _exit (0);
        }
      waitpid (child, NULL, 0);
    }
}

int
weft_workload_wait4 (const struct weft_workload_options *options)
{
  weft_run_threads (options, 1, "parent", wait_for_children, NULL);
  return 0;
}
