/* load.c: see the header. The pace is kept in bursts, against the clock and not against
 * the last burst, so that what the tracer costs does not lower the rate. */
#include "load.h"
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_PER_TRIP 4 /* two wakings, two switches */
#define TRIPS_PER_BURST 32
#define SECOND_NS 1000000000

struct _Load
{
  GArray *players; /* pid_t */
};

static void
begin_to_play (guint cpu)
{
  cpu_set_t set;

  CPU_ZERO (&set);
  CPU_SET (cpu, &set);
  sched_setaffinity (0, sizeof set, &set);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  prctl (PR_SET_TIMERSLACK, 1000);
}

static void
follow (int in, int out)
{
  char byte;

  while (read (in, &byte, 1) == 1 && write (out, &byte, 1) == 1)
    ;
  _exit (0);
}

static void
lead (int in, int out, guint events_per_s)
{
  struct timespec next;
  char byte = 'x';

  clock_gettime (CLOCK_MONOTONIC, &next);
  for (guint trip = 1; write (out, &byte, 1) == 1 && read (in, &byte, 1) == 1; trip++)
    {
      guint64 ns = next.tv_nsec;

      if (events_per_s == 0 || trip % TRIPS_PER_BURST != 0)
        continue;
      ns += (guint64)SECOND_NS * EVENTS_PER_TRIP * TRIPS_PER_BURST / events_per_s;
      next.tv_sec += (time_t)(ns / SECOND_NS);
      next.tv_nsec = (long)(ns % SECOND_NS);
      clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
  _exit (0);
}

static void
start_pair (Load *self, guint cpu, guint events_per_s)
{
  int there[2], back[2];

  if (pipe (there) != 0 || pipe (back) != 0)
    g_error ("no pipes");
  for (int i = 0; i < 2; i++)
    {
      pid_t player = fork ();

      if (player == 0)
        {
          begin_to_play (cpu);
          if (i == 0)
            follow (there[0], back[1]);
          lead (back[0], there[1], events_per_s);
        }
      g_array_append_val (self->players, player);
    }
  for (int i = 0; i < 2; i++)
    {
      close (there[i]);
      close (back[i]);
    }
}

Load *
load_start (guint pairs, guint events_per_s)
{
  Load *self = g_new (Load, 1);

  self->players = g_array_new (FALSE, FALSE, sizeof (pid_t));
  for (guint i = 0; i < pairs; i++)
    start_pair (self, i % g_get_num_processors (), events_per_s / pairs);
  return self;
}

void
load_stop (Load *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->players->len; i++)
    kill (g_array_index (self->players, pid_t, i), SIGKILL);
  for (guint i = 0; i < self->players->len; i++)
    waitpid (g_array_index (self->players, pid_t, i), NULL, 0);
  g_array_unref (self->players);
  g_free (self);
}
