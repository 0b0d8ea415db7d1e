/* workload.h: programs whose picture is known beforehand. Each is a function that
 * runs for a time and whose threads tell their kernel accounts at the end. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct weft_workload_options
{
  double seconds;
  int threads;
  const char *account; /* file to which every thread appends its account, or NULL */
  const char *self;    /* path of this program, to exec it again */
};

typedef int (*weft_workload_func) (const struct weft_workload_options *options);

struct weft_workload
{
  const char *name;
  const char *picture; /* what a recording must show */
  weft_workload_func run;
};

/* --- help for workloads: workload-help.c --------------------------------- */

int64_t weft_now_ns (void); /* CLOCK_MONOTONIC */
/* Uses the CPU for this long, by the thread's own CPU clock. */
void weft_burn_us (int64_t us);
void weft_sleep_us (int64_t us);
void weft_name_thread (const char *name);
/* Appends one JSON line: tid, name, switches, schedstat of the calling thread. */
void weft_account_thread (const char *file);
/* Runs @body in @n threads named @name-0 …, each accounted at its end. */
typedef void (*weft_thread_body) (int index, void *data);
void weft_run_threads (const struct weft_workload_options *options, int n, const char *name,
                       weft_thread_body body, void *data);
/* TRUE until the workload's time is over. */
bool weft_goes_on (void);
void weft_start_clock (double seconds);

/* --- the workloads ------------------------------------------------------- */

int weft_workload_mutex (const struct weft_workload_options *options);
int weft_workload_no_mutex (const struct weft_workload_options *options);
int weft_workload_gil (const struct weft_workload_options *options);
int weft_workload_no_gil (const struct weft_workload_options *options);
int weft_workload_pool (const struct weft_workload_options *options);
int weft_workload_join (const struct weft_workload_options *options);
int weft_workload_socket (const struct weft_workload_options *options);
int weft_workload_sleepers (const struct weft_workload_options *options);
int weft_workload_pingpong (const struct weft_workload_options *options);
int weft_workload_poll (const struct weft_workload_options *options);
int weft_workload_wait4 (const struct weft_workload_options *options);
int weft_workload_forkstorm (const struct weft_workload_options *options);
int weft_workload_execchain (const struct weft_workload_options *options);
int weft_workload_exec_worker (const struct weft_workload_options *options);
int weft_workload_leader_exit (const struct weft_workload_options *options);
int weft_workload_orphans (const struct weft_workload_options *options);
int weft_workload_demo (const struct weft_workload_options *options);
