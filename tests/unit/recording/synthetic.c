/* synthetic.c: a make-believe scheduler. In: a seed. Out: records. Every CPU has
 * a queue; the one whose next event is earliest acts: its thread wakes others,
 * forks, is preempted or goes to sleep in the call that is its habit. */
#include "synthetic.h"
#include <string.h>

#define BOOTTIME_AHEAD_NS G_GUINT64_CONSTANT (5000000000)

typedef struct
{
  guint32 tid, tgid, parent;
  guint64 start_ns;
  gboolean queued; /* runs or waits for a CPU */
  gboolean short_lived;
  guint cpu;
  guint partner; /* whom it usually wakes */
  struct weft_switch habit;
} Thread;

typedef struct
{
  guint64 next_ns;
  guint current; /* index of a thread, 0 idle */
  GQueue queue;
} Cpu;

struct _Synthetic
{
  SyntheticMachine machine;
  GRand *random;
  GArray *threads; /* Thread; 0 is idle */
  Cpu *cpus;
  GByteArray *out;
  guint32 next_tid;
  guint n_events;
  gboolean begun;
  guint64 now_ns;
};

static const struct
{
  gint16 call;
  guint8 how, flags;
  guint64 arg;
  gboolean pointer;
} habits[] = {
  { 202, WEFT_LEFT_SLEEP | 0 << 4, WEFT_FLAG_CONTENDED, 0x7f11c0000000, TRUE }, /* futex lock */
  { 202, WEFT_LEFT_SLEEP | 9 << 4, 0, 0x7f11c0000000, TRUE },                   /* condition */
  { 0, WEFT_LEFT_SLEEP | WEFT_INODE_PIPE << 4, 0, 3, FALSE },                   /* read */
  { 45, WEFT_LEFT_SLEEP | WEFT_INODE_SOCKET << 4, 0, 7, FALSE },                /* recvfrom */
  { 232, WEFT_LEFT_SLEEP | WEFT_INODE_EVENT << 4, 0, 5, FALSE },                /* epoll_wait */
  { 230, WEFT_LEFT_SLEEP, 0, 1, FALSE },                                        /* nanosleep */
  { 17, WEFT_LEFT_DISK | WEFT_INODE_FILE << 4, 0, 9, FALSE },                   /* pread */
  { WEFT_CALL_NONE, WEFT_LEFT_IDLE, WEFT_FLAG_KERNEL, 0, FALSE },               /* kthread */
};

static guint64
spread (Synthetic *self, guint64 mean)
{
  return 1 + (guint64)(mean * g_rand_double (self->random) * g_rand_double (self->random) * 4);
}

static guint
add_thread (Synthetic *self, guint32 tgid, guint32 parent)
{
  Thread thread = { .tid = self->next_tid++, .start_ns = self->now_ns };
  guint i = g_rand_int_range (self->random, 0, G_N_ELEMENTS (habits));

  thread.tgid = tgid != 0 ? tgid : thread.tid;
  thread.parent = parent;
  thread.cpu = thread.tid % self->machine.n_cpus;
  thread.habit
      = (struct weft_switch){ habits[i].flags, habits[i].how, habits[i].call, 0, habits[i].arg };
  if (habits[i].pointer)
    thread.habit.arg += thread.tgid * 4096 + (thread.tid % 3) * 64;
  thread.partner = self->threads->len % 2 == 1 ? self->threads->len + 1 : self->threads->len - 1;
  g_array_append_val (self->threads, thread);
  return self->threads->len - 1;
}

Synthetic *
synthetic_new (const SyntheticMachine *machine)
{
  Synthetic *self = g_new0 (Synthetic, 1);

  self->machine = *machine;
  self->random = g_rand_new_with_seed (machine->seed);
  self->threads = g_array_new (FALSE, TRUE, sizeof (Thread));
  g_array_set_size (self->threads, 1);
  self->next_tid = 1000;
  self->now_ns = machine->start_ns;
  self->cpus = g_new0 (Cpu, machine->n_cpus);
  for (guint p = 0; p < machine->n_processes; p++)
    {
      guint leader = add_thread (self, 0, 1);
      guint32 tgid = g_array_index (self->threads, Thread, leader).tgid;

      for (guint t = 1; t < machine->threads_per_process; t++)
        add_thread (self, tgid, 1);
    }
  for (guint i = 0; i < machine->n_cpus; i++)
    self->cpus[i].next_ns = machine->start_ns + spread (self, machine->mean_run_ns);
  return self;
}

void
synthetic_free (Synthetic *self)
{
  for (guint i = 0; i < self->machine.n_cpus; i++)
    g_queue_clear (&self->cpus[i].queue);
  g_rand_free (self->random);
  g_array_unref (self->threads);
  g_free (self->cpus);
  g_free (self);
}

static Thread *
thread_at (Synthetic *self, guint i)
{
  return &g_array_index (self->threads, Thread, i);
}

static void
put (Synthetic *self, gconstpointer record, guint units)
{
  g_byte_array_append (self->out, record, units * WEFT_UNIT_BYTES);
  self->n_events++;
}

static struct weft_task_record
task_record (Synthetic *self, guint i, guint kind, guint cpu)
{
  Thread *thread = thread_at (self, i);
  struct weft_task_record record = {
    .time_ns = self->now_ns,
    .kind = (guint8)kind,
    .units = kind == WEFT_STATE ? 3 : 2,
    .cpu = (guint16)cpu,
    .tid = thread->tid,
    .tgid = thread->tgid,
    .parent_tgid = thread->parent,
    .start_boottime_ns = thread->start_ns + BOOTTIME_AHEAD_NS,
    .cgroup_id = kind == WEFT_EXIT ? 0 : 77 + thread->tgid % 5,
  };

  g_snprintf (record.comm, sizeof record.comm, "made-up/%u", thread->tgid);
  return record;
}

static void
put_snapshot (Synthetic *self)
{
  struct weft_record sync = { .time_ns = self->now_ns, .kind = WEFT_SYNC, .units = 1 };

  for (guint i = 1; i < self->threads->len; i++)
    {
      struct weft_state_record state = { .task = task_record (self, i, WEFT_STATE, 0) };

      state.task.cpu = (guint16)thread_at (self, i)->cpu;
      state.sw = thread_at (self, i)->habit;
      state.leader_start_boottime_ns = state.task.start_boottime_ns;
      put (self, &state, 3);
    }
  sync.sync.begin_ns = self->now_ns;
  sync.sync.tasks = self->threads->len - 1;
  put (self, &sync, 1);
  self->begun = TRUE;
}

/* @waker: 0 is an interrupt */
static void
wake (Synthetic *self, guint cpu, guint waker, guint woken)
{
  Thread *thread = thread_at (self, woken);
  struct weft_record record = {
    .time_ns = self->now_ns,
    .kind = WEFT_WAKE,
    .units = 1,
    .cpu = (guint16)cpu,
    .tid = thread_at (self, waker)->tid,
  };

  if (thread->queued || woken == 0)
    return;
  record.wake.woken_tid = thread->tid;
  record.wake.target_cpu = (guint16)thread->cpu;
  record.wake.context = waker != 0 ? WEFT_CONTEXT_TASK : WEFT_CONTEXT_HARDIRQ;
  put (self, &record, 1);
  thread->queued = TRUE;
  if (g_rand_int_range (self->random, 0, 20) == 0)
    thread->cpu = g_rand_int_range (self->random, 0, self->machine.n_cpus);
  g_queue_push_tail (&self->cpus[thread->cpu].queue, GUINT_TO_POINTER (woken));
}

static void
fork_one (Synthetic *self, guint cpu, guint parent)
{
  guint child = add_thread (self, 0, thread_at (self, parent)->tgid);
  struct weft_task_record record = task_record (self, child, WEFT_FORK, cpu);

  record.parent_tid = thread_at (self, parent)->tid;
  thread_at (self, child)->short_lived = TRUE;
  put (self, &record, 2);
  wake (self, cpu, parent, child);
}

static void
switch_to (Synthetic *self, guint cpu, guint8 how, gboolean in_call)
{
  guint leaves = self->cpus[cpu].current;
  guint comes = GPOINTER_TO_UINT (g_queue_pop_head (&self->cpus[cpu].queue));
  struct weft_record record = {
    .time_ns = self->now_ns,
    .kind = WEFT_SWITCH,
    .units = 1,
    .cpu = (guint16)cpu,
    .tid = thread_at (self, leaves)->tid,
  };

  record.sw.call = WEFT_CALL_NONE;
  record.sw.how = how;
  if (in_call)
    record.sw = thread_at (self, leaves)->habit;
  record.sw.next_tid = thread_at (self, comes)->tid;
  thread_at (self, comes)->cpu = cpu;
  put (self, &record, 1);
  self->cpus[cpu].current = comes;
}

static void
end_thread (Synthetic *self, guint cpu)
{
  struct weft_task_record record = task_record (self, self->cpus[cpu].current, WEFT_EXIT, cpu);

  record.status = 3 << 8;
  record.task_flags = WEFT_TASK_LAST_THREAD;
  put (self, &record, 2);
  self->now_ns += 1500;
  switch_to (self, cpu, WEFT_LEFT_DEAD, FALSE);
}

/* What the thread on @cpu does next. */
static void
act (Synthetic *self, guint cpu)
{
  guint current = self->cpus[cpu].current;
  gboolean others = !g_queue_is_empty (&self->cpus[cpu].queue);

  if (current == 0)
    {
      if (!others)
        wake (self, cpu, 0, g_rand_int_range (self->random, 1, self->threads->len));
      else
        switch_to (self, cpu, WEFT_LEFT_PREEMPTED, FALSE);
      return;
    }
  if (thread_at (self, current)->short_lived)
    {
      end_thread (self, cpu);
      return;
    }
  if (g_rand_double (self->random) < self->machine.forks)
    fork_one (self, cpu, current);
  if (g_rand_int_range (self->random, 0, 3) > 0)
    wake (self, cpu, current, MIN (thread_at (self, current)->partner, self->threads->len - 1));
  self->now_ns += 900 + spread (self, 300);
  if (others && g_rand_int_range (self->random, 0, 4) == 0)
    {
      g_queue_push_tail (&self->cpus[cpu].queue, GUINT_TO_POINTER (current));
      switch_to (self, cpu, WEFT_LEFT_PREEMPTED, FALSE);
      return;
    }
  thread_at (self, current)->queued = FALSE;
  switch_to (self, cpu, 0, TRUE);
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  const struct weft_record *left = *(const struct weft_record *const *)a;
  const struct weft_record *right = *(const struct weft_record *const *)b;

  if (left->time_ns != right->time_ns)
    return left->time_ns < right->time_ns ? -1 : 1;
  return left < right ? -1 : left > right;
}

/* An action takes a moment, in which another CPU may have acted. */
static GBytes *
sort_records (GByteArray *bytes)
{
  g_autoptr (GPtrArray) records = g_ptr_array_new ();
  GByteArray *sorted = g_byte_array_sized_new (bytes->len);

  for (guint offset = 0; offset < bytes->len;)
    {
      const struct weft_record *record = (const void *)(bytes->data + offset);

      g_ptr_array_add (records, (gpointer)record);
      offset += record->units * WEFT_UNIT_BYTES;
    }
  g_ptr_array_sort (records, compare_times);
  for (guint i = 0; i < records->len; i++)
    {
      const struct weft_record *record = records->pdata[i];

      g_byte_array_append (sorted, records->pdata[i], record->units * WEFT_UNIT_BYTES);
    }
  g_byte_array_unref (bytes);
  return g_byte_array_free_to_bytes (sorted);
}

GBytes *
synthetic_next (Synthetic *self, guint n_events)
{
  self->out = g_byte_array_sized_new (n_events * WEFT_UNIT_BYTES + 4096);
  self->n_events = 0;
  if (!self->begun)
    put_snapshot (self);
  while (self->n_events < n_events)
    {
      guint earliest = 0;

      for (guint i = 1; i < self->machine.n_cpus; i++)
        if (self->cpus[i].next_ns < self->cpus[earliest].next_ns)
          earliest = i;
      self->now_ns = self->cpus[earliest].next_ns;
      act (self, earliest);
      self->cpus[earliest].next_ns = self->now_ns + spread (self, self->machine.mean_run_ns);
    }
  return sort_records (self->out);
}

guint64
synthetic_get_time (const Synthetic *self)
{
  guint64 earliest = G_MAXUINT64;

  for (guint i = 0; i < self->machine.n_cpus; i++)
    earliest = MIN (earliest, self->cpus[i].next_ns);
  return earliest;
}
