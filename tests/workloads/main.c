/* main.c: runs one workload by name. */
#include "workload.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct weft_workload workloads[] = {
  { "demo", "a bit of everything", weft_workload_demo },
  { "mutex", "one runs, the others in lock wait", weft_workload_mutex },
  { "no-mutex", "all run, or wait for a CPU", weft_workload_no_mutex },
  { "gil", "a convoy of Python threads: lock wait", weft_workload_gil },
  { "no-gil", "the same in processes: all run", weft_workload_no_gil },
  { "pool", "condition wait", weft_workload_pool },
  { "join", "the main thread in condition wait", weft_workload_join },
  { "socket", "the reader in socket wait", weft_workload_socket },
  { "sleepers", "timer", weft_workload_sleepers },
  { "pingpong", "pipe or file", weft_workload_pingpong },
  { "poll", "event wait", weft_workload_poll },
  { "wait4", "child wait", weft_workload_wait4 },
  { "forkstorm", "2,000 processes of 1 ms, exit codes 0 to 199", weft_workload_forkstorm },
  { "execchain", "one process, three names", weft_workload_execchain },
  { "exec-worker", "a worker goes on as the leader", weft_workload_exec_worker },
  { "leader-exit", "the process outlives its leader, status 7", weft_workload_leader_exit },
  { "orphans", "children whose parent dies first", weft_workload_orphans },
};

static int
show_usage (void)
{
  fprintf (stderr, "usage: weftscope-demo NAME [--seconds S] [--threads N] [--account FILE]\n");
  for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++)
    fprintf (stderr, "  %-12s %s\n", workloads[i].name, workloads[i].picture);
  return 2;
}

int
main (int argc, char **argv)
{
  static const struct option long_options[] = { { "seconds", required_argument, NULL, 's' },
                                                { "threads", required_argument, NULL, 't' },
                                                { "account", required_argument, NULL, 'a' },
                                                { NULL, 0, NULL, 0 } };
  struct weft_workload_options options = { .seconds = 2, .threads = 4, .self = argv[0] };
  int option, status;

  while ((option = getopt_long (argc, argv, "", long_options, NULL)) != -1)
    {
      if (option == 's')
        options.seconds = atof (optarg);
      else if (option == 't')
        options.threads = atoi (optarg);
      else if (option == 'a')
        options.account = optarg;
      else
        return show_usage ();
    }
  if (optind != argc - 1 || options.threads < 1 || options.threads > 1000)
    return show_usage ();
  for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++)
    if (strcmp (workloads[i].name, argv[optind]) == 0)
      {
        weft_start_clock (options.seconds);
        status = workloads[i].run (&options);
        weft_account_thread (options.account);
        return status;
      }
  return show_usage ();
}
