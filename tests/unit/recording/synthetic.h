/* synthetic.h: records of a machine that never was. In: its size and a seed.
 * Out: a stream that obeys the scheduler's rules: a thread runs on one CPU, is
 * woken only when it sleeps, and leaves only where it runs. The same seed gives
 * the same stream. */
#pragma once
#include <glib.h>
#include "record.h"

G_BEGIN_DECLS

typedef struct
{
  guint n_cpus;
  guint n_processes;
  guint threads_per_process;
  guint mean_run_ns; /* how long a thread runs at a time, on the average */
  double forks;      /* share of events that fork a process which soon ends */
  guint32 seed;
  guint64 start_ns;
} SyntheticMachine;

typedef struct _Synthetic Synthetic;

Synthetic *synthetic_new (const SyntheticMachine *machine);
void synthetic_free (Synthetic *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Synthetic, synthetic_free)

/* Returns: (transfer full): the next @n_events records or a few more, sorted by
 * time; the first call begins with a snapshot */
GBytes *synthetic_next (Synthetic *self, guint n_events);

/* The time before which nothing more will come. */
guint64 synthetic_get_time (const Synthetic *self);

G_END_DECLS
