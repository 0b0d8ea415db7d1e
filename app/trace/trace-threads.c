/* trace-threads.c: the store's threads by id, by process, by tid. In: threads as they are
 * born. Out: threads. */
#include "trace-store-private.h"

ThreadEntry *
weft_trace_store_entry (WeftTraceStore *self, guint id)
{
  return g_ptr_array_index (self->threads, id);
}

ThreadEntry *
weft_trace_store_add_thread (WeftTraceStore *self, guint64 birth_ns, WeftState state, guint16 cpu)
{
  ThreadEntry *entry = g_new0 (ThreadEntry, 1);
  WeftThread *thread = &entry->machine.public;

  thread->id = self->threads->len;
  thread->process = WEFT_NO_ID;
  thread->birth_ns = birth_ns;
  thread->name = WEFT_UNNAMED;
  thread->track = weft_thread_track_new (birth_ns, state, cpu);
  weft_thread_track_set_past (thread->track, thread->id, &self->past);
  g_ptr_array_add (self->threads, entry);
  self->memory_bytes += sizeof *entry;
  return entry;
}

static GArray *
threads_of (WeftTraceStore *self, guint process)
{
  GArray *ids;

  if (self->threads_of->len <= process)
    g_ptr_array_set_size (self->threads_of, (gint)process + 1);
  ids = g_ptr_array_index (self->threads_of, process);
  if (ids == NULL)
    {
      ids = g_array_new (FALSE, FALSE, sizeof (guint));
      g_ptr_array_index (self->threads_of, process) = ids;
    }
  return ids;
}

static void
remove_from_process (WeftTraceStore *self, const WeftThread *thread)
{
  GArray *ids = threads_of (self, thread->process);

  for (guint i = 0; i < ids->len; i++)
    if (g_array_index (ids, guint, i) == thread->id)
      {
        g_array_remove_index (ids, i);
        return;
      }
}

void
weft_trace_store_set_process (WeftTraceStore *self, WeftThread *thread, guint process)
{
  if (thread->process == process)
    return;
  if (thread->process != WEFT_NO_ID)
    remove_from_process (self, thread);
  thread->process = process;
  self->threads_generation++;
  g_array_append_val (threads_of (self, process), thread->id);
}

/* --- getters ------------------------------------------------------------ */

guint
weft_trace_store_count_threads (WeftTraceStore *self)
{
  return self->threads->len;
}

const WeftThread *
weft_trace_store_get_thread (WeftTraceStore *self, guint id)
{
  return id < self->threads->len ? &weft_trace_store_entry (self, id)->machine.public : NULL;
}

guint
weft_trace_store_find_thread (WeftTraceStore *self, guint32 tid, guint64 time_ns)
{
  const WeftThread *thread
      = weft_tid_lives_find (weft_thread_machine_get_lives (self->machine), tid, time_ns);

  return thread != NULL ? thread->id : WEFT_NO_ID;
}

const guint *
weft_trace_store_get_threads_of (WeftTraceStore *self, guint process, guint *n)
{
  GArray *ids
      = process < self->threads_of->len ? g_ptr_array_index (self->threads_of, process) : NULL;

  *n = ids != NULL ? ids->len : 0;
  return ids != NULL ? (const guint *)(void *)ids->data : NULL;
}

guint64
weft_trace_store_get_threads_generation (WeftTraceStore *self)
{
  return self->threads_generation;
}
