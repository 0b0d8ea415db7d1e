/* chunk-reload.c: see the header. */
#include "chunk-reload.h"
#include "thread-machine.h"

typedef struct
{
  WeftMachineThread machine;
  gboolean unborn; /* no record told of it yet */
  GArray *slices;  /* WeftSlice */
} Reloaded;

struct _WeftChunkReload
{
  WeftThreadMachine *machine;
  GPtrArray *threads; /* Reloaded, in order of addition */
  guint next_birth;   /* births come in the order of the threads */
  gboolean begun;
};

static void
reloaded_free (gpointer data)
{
  Reloaded *thread = data;

  g_array_unref (thread->slices);
  g_free (thread);
}

/* As the track would: the later word at one time counts, repeats are dropped. */
static void
push_slice (Reloaded *thread)
{
  const WeftSchedState *sched = &thread->machine.sched;
  WeftSlice slice = { .start_ns = sched->since_ns, .state = sched->state, .cpu = sched->cpu };

  if (thread->slices->len > 0)
    {
      WeftSlice *last = &g_array_index (thread->slices, WeftSlice, thread->slices->len - 1);

      if (last->state == slice.state && last->cpu == slice.cpu)
        return;
      if (last->start_ns >= slice.start_ns)
        {
          last->state = slice.state;
          last->cpu = slice.cpu;
          return;
        }
    }
  g_array_append_val (thread->slices, slice);
}

/* --- the sink ------------------------------------------------------------- */

static Reloaded *
find_birth (WeftChunkReload *self, guint32 tid)
{
  for (; self->next_birth < self->threads->len; self->next_birth++)
    {
      Reloaded *thread = g_ptr_array_index (self->threads, self->next_birth);

      if (!thread->unborn)
        continue;
      if (thread->machine.public.tid != tid)
        return NULL;
      self->next_birth++;
      return thread;
    }
  return NULL;
}

/* One that the chunk does not know can be of a damaged file only. */
static WeftMachineThread *
born_cb (gpointer sink, guint32 tid, guint64 birth_ns, WeftState state, guint16 cpu)
{
  Reloaded *thread = find_birth (sink, tid);

  if (thread == NULL)
    return NULL;
  thread->unborn = FALSE;
  weft_sched_enter (&thread->machine.sched, thread->machine.public.birth_ns, state, cpu);
  push_slice (thread);
  return &thread->machine;
}

static void
touched_cb (gpointer sink, WeftMachineThread *thread)
{
}

static void
changed_cb (gpointer sink, WeftMachineThread *thread)
{
  push_slice ((Reloaded *)thread);
}

static void
corrected_cb (gpointer sink, WeftMachineThread *thread, WeftState state, guint16 cpu)
{
  GArray *slices = ((Reloaded *)thread)->slices;
  WeftSlice *last = &g_array_index (slices, WeftSlice, slices->len - 1);

  last->state = state;
  last->cpu = cpu;
}

static void
reclassed_cb (gpointer sink, WeftMachineThread *thread, guint64 from_ns, WeftState state)
{
  GArray *slices = ((Reloaded *)thread)->slices;

  for (guint i = slices->len; i-- > 0;)
    {
      WeftSlice *slice = &g_array_index (slices, WeftSlice, i);

      if (slice->start_ns < from_ns)
        return;
      if (slice->state == WEFT_STATE_CONDITION)
        slice->state = state;
    }
}

/* The chunk's table of what is restated has this thread, all of it. */
static void
inserted_cb (gpointer sink, WeftMachineThread *thread, guint64 time_ns, WeftState state,
             guint16 cpu)
{
}

static void
cut_cb (gpointer sink, WeftMachineThread *thread)
{
  GArray *slices = ((Reloaded *)thread)->slices;

  while (slices->len > 0
         && g_array_index (slices, WeftSlice, slices->len - 1).start_ns > thread->sched.since_ns)
    g_array_set_size (slices, slices->len - 1);
  push_slice ((Reloaded *)thread);
}

static const WeftMachineSink reload_sink = { .born = born_cb,
                                             .touched = touched_cb,
                                             .changed = changed_cb,
                                             .corrected = corrected_cb,
                                             .reclassed = reclassed_cb,
                                             .inserted = inserted_cb,
                                             .cut = cut_cb };

/* --- the reload ----------------------------------------------------------- */

WeftChunkReload *
weft_chunk_reload_new (const WeftSyscalls *calls)
{
  WeftChunkReload *self = g_new0 (WeftChunkReload, 1);

  self->machine = weft_thread_machine_new (calls, &reload_sink, self);
  self->threads = g_ptr_array_new_with_free_func (reloaded_free);
  return self;
}

void
weft_chunk_reload_free (WeftChunkReload *self)
{
  if (self == NULL)
    return;
  weft_thread_machine_free (self->machine);
  g_ptr_array_unref (self->threads);
  g_free (self);
}

void
weft_chunk_reload_add (WeftChunkReload *self, const WeftChunkEntry *entry, const WeftThread *thread)
{
  Reloaded *reloaded = g_new0 (Reloaded, 1);
  WeftMachineThread *machine = &reloaded->machine;

  machine->public.id = thread->id;
  machine->public.tid = entry->tid;
  machine->public.birth_ns = thread->birth_ns;
  if (thread->moved_ns != 0 && entry->tid == thread->tid)
    {
      machine->public.first_tid = thread->first_tid;
      machine->public.moved_ns = thread->moved_ns;
    }
  machine->public.death_ns = entry->dead ? thread->death_ns : 0;
  machine->public.start_boottime_ns = entry->start_boottime_ns;
  machine->named_ns = entry->named_ns;
  machine->count_address = entry->count_address;
  machine->exiting = entry->exiting;
  machine->tgid = entry->tgid;
  machine->sched = entry->before;
  reloaded->slices = g_array_new (FALSE, FALSE, sizeof (WeftSlice));
  reloaded->unborn = entry->born;
  g_ptr_array_add (self->threads, reloaded);
  if (entry->born)
    return;
  push_slice (reloaded);
  g_array_index (reloaded->slices, WeftSlice, 0).start_ns = entry->changed_ns;
  weft_thread_machine_add (self->machine, machine, (WeftMachineLosses)entry->losses);
}

void
weft_chunk_reload_apply (WeftChunkReload *self, const struct weft_record *record)
{
  if (!self->begun)
    weft_thread_machine_begin_chunk (self->machine, record->time_ns);
  self->begun = TRUE;
  weft_thread_machine_apply (self->machine, record);
}

GArray *
weft_chunk_reload_get_slices (WeftChunkReload *self, guint i)
{
  return ((Reloaded *)g_ptr_array_index (self->threads, i))->slices;
}
