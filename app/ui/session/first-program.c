/* first-program.c: see the header. */
#include "first-program.h"

/* A family larger than this is the machine rather than a program. */
#define LARGE_FAMILY 64

static gboolean
was_traced (WeftTraceStore *store, guint process)
{
  guint n;
  const guint *threads = weft_trace_store_get_threads_of (store, process, &n);

  for (guint i = 0; i < n; i++)
    if (weft_trace_store_get_thread (store, threads[i])->counts.switches > 0)
      return TRUE;
  return FALSE;
}

static guint
count_family (WeftTraceStore *store, guint root)
{
  WeftProcessTable *table = weft_trace_store_get_processes (store);
  guint n = weft_process_table_get_size (table), family = 0;

  for (guint id = 0; id < n; id++)
    family += weft_process_table_descends (table, id, root);
  return family;
}

/* By CPU; by switches where nobody used any. */
static guint
find_busiest (WeftTraceStore *store)
{
  WeftProcessTable *table = weft_trace_store_get_processes (store);
  guint best = WEFT_NO_ID;
  double most_cpu = 0;
  guint64 most_switches = 0;

  for (guint i = 0; i < weft_trace_store_count_threads (store); i++)
    {
      const WeftThread *thread = weft_trace_store_get_thread (store, i);
      const WeftProcess *process = weft_process_table_get (table, thread->process);

      if (process == NULL || process->cpu_share < most_cpu
          || (process->cpu_share == most_cpu && thread->counts.switches <= most_switches))
        continue;
      best = thread->process;
      most_cpu = process->cpu_share;
      most_switches = thread->counts.switches;
    }
  return best;
}

guint
weft_first_program_find (WeftTraceStore *store)
{
  WeftProcessTable *table = weft_trace_store_get_processes (store);
  guint best = find_busiest (store);

  while (best != WEFT_NO_ID)
    {
      guint parent = weft_process_table_get_birth_parent (table, best);

      if (parent == WEFT_NO_ID || !was_traced (store, parent)
          || count_family (store, parent) > LARGE_FAMILY)
        break;
      best = parent;
    }
  return best;
}
