/* fork-bomb.c MOST TRUTH: each process forks two more, until there are MOST of them or the
 * system allows no more; all live at the same time. Then all end, number N with status
 * N modulo 200. Out: TRUTH, a line "number pid parent" for each that was born, and "refused
 * FORKS". It cannot grow beyond MOST: a number is taken before each fork. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST 20000

struct bomb
{
  atomic_int taken; /* numbers */
  atomic_int born;
  atomic_int refused;
  int most;
  struct
  {
    pid_t pid, parent;
  } processes[MOST];
};

static struct bomb *bomb;
static int gate[2]; /* opens, by its end, when all are there */

static void
nap (void)
{
  struct timespec time = { 0, 5000000 };

  nanosleep (&time, NULL);
}

/* All numbers are taken, and those who have one were born or refused. */
static int
is_full (void)
{
  return atomic_load (&bomb->taken) >= bomb->most
         && atomic_load (&bomb->born) + atomic_load (&bomb->refused) >= bomb->most;
}

static void multiply (void);
static void wait_for_all (void);

static void
live (int number)
{
  char name[32];

  snprintf (name, sizeof name, "bomb-%d", number);
  prctl (PR_SET_NAME, name);
  bomb->processes[number].pid = getpid ();
  bomb->processes[number].parent = getppid ();
  close (gate[1]);
  atomic_fetch_add (&bomb->born, 1);
  multiply ();
  wait_for_all ();
  _exit (number % 200);
}

/* Two children; where the system refuses, the rest of the numbers are given up. */
static void
multiply (void)
{
  for (int i = 0; i < 2; i++)
    {
      int number = atomic_fetch_add (&bomb->taken, 1);
      pid_t child = number < bomb->most ? fork () : -2;

      if (child == 0)
        live (number);
      if (child == -1)
        {
          atomic_fetch_add (&bomb->refused, 1);
          i--; /* a bomb tries again */
        }
    }
}

static void
wait_for_all (void)
{
  char byte;

  while (read (gate[0], &byte, 1) > 0)
    ;
  while (wait (NULL) > 0)
    ;
}

static int
tell (const char *path)
{
  FILE *file = fopen (path, "w");

  if (file == NULL)
    return 1;
  for (int i = 0; i < bomb->most; i++)
    if (bomb->processes[i].pid != 0)
      fprintf (file, "%d %d %d\n", i, bomb->processes[i].pid, bomb->processes[i].parent);
  fprintf (file, "refused %d\n", atomic_load (&bomb->refused));
  return fclose (file) != 0;
}

int
main (int argc, char **argv)
{
  int most = argc == 3 ? atoi (argv[1]) : 0;

  if (most < 1 || most > MOST)
    return 2;
  bomb = mmap (NULL, sizeof *bomb, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (bomb == MAP_FAILED)
    return 1;
  bomb->most = most;
  if (pipe (gate) != 0)
    return 1;
  multiply ();
  while (!is_full ())
    nap ();
  close (gate[1]);
  wait_for_all ();
  return tell (argv[2]);
}
