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
    if (weft_trace_store_get_thread (store, threads[i])->switches > 0)
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

guint
weft_first_program_find (WeftTraceStore *store)
{
  WeftProcessTable *table = weft_trace_store_get_processes (store);
  guint best = WEFT_NO_ID;
  guint64 most = 0;

  for (guint i = 0; i < weft_trace_store_count_threads (store); i++)
    {
      const WeftThread *thread = weft_trace_store_get_thread (store, i);

      if (thread->process != WEFT_NO_ID && thread->switches > most)
        {
          most = thread->switches;
          best = thread->process;
        }
    }
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
