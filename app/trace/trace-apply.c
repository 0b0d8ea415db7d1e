/* trace-apply.c: the live store as a sink of the machine, and what a record tells beyond
 * the states of threads. In: records in order of time (late ones apart). Out: changes of
 * tracks, names, processes and marks. */
#include "trace-store-private.h"
#include "printable.h"
#include <string.h>

/* --- the sink ------------------------------------------------------------- */

static WeftMachineThread *
born_cb (gpointer sink, guint32 tid, guint64 birth_ns, WeftState state, guint16 cpu)
{
  WeftTraceStore *self = sink;
  ThreadEntry *entry = weft_trace_store_add_thread (self, birth_ns, state, cpu);

  entry->machine.public.tid = tid;
  weft_sched_enter (&entry->machine.sched, birth_ns, state, cpu);
  weft_trace_store_add_entry (self, entry, TRUE);
  return &entry->machine;
}

static void
touched_cb (gpointer sink, WeftMachineThread *thread)
{
  WeftTraceStore *self = sink;
  ThreadEntry *entry = (ThreadEntry *)thread;

  if (entry->touched_in != self->chunks->len + 1)
    weft_trace_store_add_entry (self, entry, FALSE);
}

static void
changed_cb (gpointer sink, WeftMachineThread *thread)
{
  WeftTraceStore *self = sink;

  if (thread->sched.since_ns < self->edge_ns) /* late, and yet the thread's newest */
    weft_thread_track_revise (thread->public.track);
  weft_trace_store_change (self, (ThreadEntry *)thread, thread->sched.since_ns,
                           (WeftState)thread->sched.state, thread->sched.cpu);
}

static void
corrected_cb (gpointer sink, WeftMachineThread *thread, WeftState state, guint16 cpu)
{
  WeftThreadTrack *track = thread->public.track;

  weft_thread_track_revise (track);
  weft_trace_store_change (sink, (ThreadEntry *)thread, weft_thread_track_get_last (track).since_ns,
                           state, cpu);
}

static void
reclassed_cb (gpointer sink, WeftMachineThread *thread, guint64 from_ns, WeftState state)
{
  WeftTraceStore *self = sink;
  WeftThreadTrack *track = thread->public.track;
  guint64 last_ns = weft_thread_track_get_last (track).since_ns, time_ns = from_ns;
  WeftSlice slice;

  while (time_ns <= last_ns
         && weft_thread_track_slice_at (track, time_ns, self->edge_ns, &slice, NULL))
    {
      if (slice.state == WEFT_STATE_CONDITION && slice.start_ns >= from_ns)
        weft_trace_store_replace (self, (ThreadEntry *)thread, slice.start_ns, state, slice.cpu);
      time_ns = MAX (slice.end_ns, time_ns + 1);
    }
}

static void
inserted_cb (gpointer sink, WeftMachineThread *thread, guint64 time_ns, WeftState state,
             guint16 cpu)
{
  weft_trace_store_insert (sink, (ThreadEntry *)thread, time_ns, state, cpu);
  /* what was told again and did not count until now does */
  weft_trace_store_change (sink, (ThreadEntry *)thread, thread->sched.since_ns,
                           (WeftState)thread->sched.state, thread->sched.cpu);
}

static void
cut_cb (gpointer sink, WeftMachineThread *thread)
{
  weft_trace_store_cut (sink, (ThreadEntry *)thread, thread->sched.since_ns,
                        (WeftState)thread->sched.state, thread->sched.cpu);
}

static const WeftMachineSink live_sink = { .born = born_cb,
                                           .touched = touched_cb,
                                           .changed = changed_cb,
                                           .corrected = corrected_cb,
                                           .reclassed = reclassed_cb,
                                           .inserted = inserted_cb,
                                           .cut = cut_cb };

WeftThreadMachine *
weft_trace_store_new_machine (WeftTraceStore *self)
{
  return weft_thread_machine_new (self->syscalls, &live_sink, self);
}

/* --- names, processes, marks ----------------------------------------------- */

/* What a thread was called that is first told of by its new name: a leader is called as
 * its process, which may be known. */
static const char *
find_name_before (WeftTraceStore *self, const struct weft_task_record *task)
{
  guint id = weft_process_table_find (self->processes, task->tgid);
  const WeftProcess *process = weft_process_table_get (self->processes, id);

  if (task->tid != task->tgid || process == NULL || process->end_ns != 0)
    return WEFT_UNNAMED;
  return g_string_chunk_insert_const (self->strings, process->name);
}

/* A thread that is ending gets no new name: when its leader is, and one of its workers
 * execs, the name is the worker's, of which EXEC tells. */
static void
set_thread_name (WeftTraceStore *self, WeftMachineThread *machine, WeftRenameKind kind,
                 const struct weft_task_record *task)
{
  WeftThread *thread = &machine->public;
  gboolean unnamed = strcmp (thread->name, WEFT_UNNAMED) == 0;
  g_autofree char *name = weft_make_printable (task->comm, WEFT_COMM_BYTES);
  const char *kept = g_string_chunk_insert_const (self->strings, name);

  if (unnamed && thread->renames == NULL)
    thread->name = kind == WEFT_RENAME_SAMPLED ? kept : find_name_before (self, task);
  if (thread->name == kept && kind == WEFT_RENAME_SAMPLED)
    return;
  if (thread->death_ns == 0 && (!machine->exiting || kind == WEFT_RENAME_EXEC))
    thread->name = weft_renames_add (&thread->renames, kind, task->time_ns, thread->name, kept);
}

static void
mark_thread (WeftTraceStore *self, const struct weft_task_record *task, const WeftThread *thread,
             WeftMarkKind kind, guint64 value, const char *text)
{
  WeftMark mark = { .time_ns = task->time_ns,
                    .start_ns = task->time_ns,
                    .value = value,
                    .thread = thread->id,
                    .kind = kind,
                    .cpu = task->cpu };

  weft_trace_store_add_mark (self, mark, text);
}

/* The leader may be gone before @thread, whose process is known then. */
static guint64
leader_start_of (WeftTraceStore *self, const WeftThread *thread,
                 const struct weft_task_record *task)
{
  const WeftMachineThread *leader;
  const WeftProcess *process;

  if (task->tid == task->tgid || (task->kind & WEFT_KIND_MASK) == WEFT_EXEC)
    return task->start_boottime_ns;
  leader = weft_thread_machine_lookup (self->machine, task->tgid);
  if (leader != NULL)
    return leader->public.start_boottime_ns;
  process = weft_process_table_get (self->processes, thread->process);
  return process != NULL && process->tgid == task->tgid ? process->start_boottime_ns : 0;
}

static void
set_process_of (WeftTraceStore *self, WeftThread *thread, const struct weft_task_record *task,
                guint64 leader_start)
{
  weft_trace_store_set_process (self, thread,
                                weft_process_table_apply (self->processes, task, leader_start));
}

static void
tell_exit (WeftTraceStore *self, WeftThread *thread, const struct weft_task_record *task)
{
  const WeftProcess *process = weft_process_table_get (self->processes, thread->process);

  /* Threads that exit at once on several CPUs are all told as the last. */
  if (task->task_flags & WEFT_TASK_LAST_THREAD && (process == NULL || !process->status_known))
    self->totals.exits++;
  set_process_of (self, thread, task, leader_start_of (self, thread, task));
  mark_thread (self, task, thread, WEFT_MARK_EXIT, task->status, NULL);
}

static void
tell_state (WeftTraceStore *self, WeftThread *thread, const struct weft_state_record *state)
{
  if (thread->process == WEFT_NO_ID || state->task.tid == state->task.tgid)
    set_process_of (self, thread, &state->task, state->leader_start_boottime_ns);
}

static WeftRenameKind
rename_kind (guint8 kind)
{
  switch (kind)
    {
    case WEFT_EXEC:
      return WEFT_RENAME_EXEC;
    case WEFT_RENAME:
      return WEFT_RENAME_TOLD;
    default:
      return WEFT_RENAME_SAMPLED;
    }
}

/* What a record of a thread's life tells beside its state. */
static void
tell_life (WeftTraceStore *self, WeftMachineThread *machine, guint8 kind, const void *record)
{
  const struct weft_task_record *task = record;
  WeftThread *thread = &machine->public;

  set_thread_name (self, machine, rename_kind (kind), task);
  if (kind == WEFT_EXIT)
    {
      tell_exit (self, thread, task);
      return;
    }
  if (kind == WEFT_STATE)
    {
      tell_state (self, thread, record);
      return;
    }
  set_process_of (self, thread, task, leader_start_of (self, thread, task));
  if (kind == WEFT_FORK)
    {
      self->totals.forks++;
      mark_thread (self, task, thread, WEFT_MARK_FORK, task->parent_tid, NULL);
    }
  else
    mark_thread (self, task, thread, kind == WEFT_EXEC ? WEFT_MARK_EXEC : WEFT_MARK_RENAME, 0,
                 thread->name);
}

static void
tell_lost (WeftTraceStore *self, const struct weft_record *record)
{
  WeftMark mark = { .time_ns = record->time_ns,
                    .start_ns = MIN (record->lost.first_ns, record->time_ns),
                    .value = record->lost.count,
                    .thread = WEFT_NO_ID,
                    .kind = WEFT_MARK_LOST,
                    .cpu = record->cpu };

  self->totals.lost += record->lost.count;
  weft_trace_store_add_mark (self, mark, NULL);
  weft_trace_store_note_rewrite (self, mark.start_ns);
}

static void
tell_suspend (WeftTraceStore *self, const struct weft_record *record)
{
  WeftMark mark = { .time_ns = record->time_ns,
                    .start_ns = record->time_ns,
                    .value = record->suspend.length_ns,
                    .thread = WEFT_NO_ID,
                    .kind = WEFT_MARK_SUSPEND,
                    .cpu = record->cpu };

  weft_trace_store_add_mark (self, mark, NULL);
}

static void
derive (WeftTraceStore *self, const struct weft_record *record, guint64 generation)
{
  gboolean changes_lives = weft_thread_machine_get_lives_generation (self->machine) != generation;

  if (!self->restoring
      && weft_derived_hears (&self->open_derived, weft_record_kind (record), changes_lives))
    weft_derived_apply (&self->open_derived,
                        &(WeftDerivedEvent){ record, weft_thread_machine_get_hint (self->machine) },
                        changes_lives);
}

void
weft_trace_store_apply (WeftTraceStore *self, const struct weft_record *record)
{
  guint8 kind = weft_record_kind (record);
  guint64 generation = weft_thread_machine_get_lives_generation (self->machine);
  WeftMachineThread *thread;

  if (weft_kind_units (kind) == 0)
    self->totals.unknown++; /* of a newer version: kept, not understood */
  self->totals.events += weft_record_is_event (record);
  if (record->time_ns < self->applied_ns)
    self->totals.late++;
  if (self->open_n == 0)
    weft_thread_machine_begin_chunk (self->machine, record->time_ns);
  weft_trace_store_keep_record (self, record);
  thread = weft_thread_machine_apply (self->machine, record);
  derive (self, record, generation);
  if (thread != NULL)
    tell_life (self, thread, kind, record);
  else if (kind == WEFT_SWITCH)
    self->totals.switches++;
  else if (kind == WEFT_LOST)
    tell_lost (self, record);
  else if (kind == WEFT_SUSPEND)
    tell_suspend (self, record);
  self->applied_ns = MAX (self->applied_ns, record->time_ns);
}
