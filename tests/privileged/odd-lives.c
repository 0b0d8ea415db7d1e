/* odd-lives.c VERB: lives that are told of in odd orders, for identities.py: a worker that
 * execs, children that are not reaped for long, names given by others, a wait in vfork, a
 * number that is given again. */
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILDREN 10
#define LIVES 5
#define NAPS 60

static void
burn (long us)
{
  struct timespec begin, now;

  clock_gettime (CLOCK_MONOTONIC, &begin);
  do
    clock_gettime (CLOCK_MONOTONIC, &now);
  while ((now.tv_sec - begin.tv_sec) * 1000000 + (now.tv_nsec - begin.tv_nsec) / 1000 < us);
}

/* --- exec from a worker ---------------------------------------------------- */

static void *
idle (void *unused)
{
  pthread_setname_np (pthread_self (), "odd-idler");
  pause ();
  return NULL;
}

static void *
exec_after_a_while (void *unused)
{
  pthread_setname_np (pthread_self (), "odd-execer");
  usleep (200000);
  execl ("/proc/self/exe", "odd-lives", "after-exec", NULL);
  return NULL;
}

static int
worker_exec (void)
{
  pthread_t threads[2];

  pthread_create (&threads[0], NULL, idle, NULL);
  pthread_create (&threads[1], NULL, exec_after_a_while, NULL);
  pause ();
  return 1;
}

static int
after_exec (void)
{
  for (int i = 0; i < 20; i++)
    {
      burn (1000);
      usleep (10000);
    }
  return 9;
}

/* --- not reaped ------------------------------------------------------------- */

static int
zombies (void)
{
  for (int i = 0; i < CHILDREN; i++)
    if (fork () == 0)
      {
        usleep (300);
        burn (500);
        _exit (i);
      }
  usleep (500000);
  while (wait (NULL) > 0)
    ;
  return 0;
}

/* --- names ------------------------------------------------------------------- */

static void *
name_the_leader (void *unused)
{
  char path[64];
  int fd;

  usleep (200000);
  snprintf (path, sizeof path, "/proc/%d/comm", getpid ());
  fd = open (path, O_WRONLY);
  if (fd < 0 || write (fd, "odd-leader", 10) < 0)
    perror (path);
  close (fd);
  usleep (100000);
  return NULL;
}

static int
names (void)
{
  pthread_t thread;

  pthread_create (&thread, NULL, name_the_leader, NULL);
  usleep (50000);
  pthread_setname_np (thread, "odd-worker");
  pthread_join (thread, NULL);
  return 0;
}

/* --- vfork ------------------------------------------------------------------- */

static int
wait_in_vfork (void)
{
  pid_t child = vfork ();

  if (child == 0)
    {
      usleep (500000);
      _exit (0);
    }
  waitpid (child, NULL, 0);
  return 0;
}

/* --- a number that is given again -------------------------------------------- */

/* @tid: of one that was reaped, or 0 for any */
static pid_t
fork_as (pid_t tid)
{
  struct clone_args arguments = { .exit_signal = SIGCHLD };

  if (tid != 0)
    {
      arguments.set_tid = (unsigned long)&tid;
      arguments.set_tid_size = 1;
    }
  return (pid_t)syscall (SYS_clone3, &arguments, sizeof arguments);
}

static int
number_again (void)
{
  pid_t tid = 0;

  for (int i = 0; i < LIVES; i++)
    {
      tid = fork_as (tid);
      if (tid < 0)
        {
          perror ("odd-lives: clone3");
          return 3;
        }
      if (tid == 0)
        {
          for (int nap = 0; nap < NAPS; nap++)
            usleep (1000);
          _exit (i);
        }
      waitpid (tid, NULL, 0);
      usleep (10000);
    }
  return 0;
}

int
main (int argc, char **argv)
{
  const char *verb = argc > 1 ? argv[1] : "";

  if (strcmp (verb, "worker-exec") == 0)
    return worker_exec ();
  if (strcmp (verb, "after-exec") == 0)
    return after_exec ();
  if (strcmp (verb, "zombies") == 0)
    return zombies ();
  if (strcmp (verb, "names") == 0)
    return names ();
  if (strcmp (verb, "vfork") == 0)
    return wait_in_vfork ();
  if (strcmp (verb, "number-again") == 0)
    return number_again ();
  fprintf (stderr, "odd-lives: no such verb: %s\n", verb);
  return 2;
}
