/* event-row.c: records as rows, in any order: who is who is the store's to know. In:
 * records. Out: rows. */
#include "event-row.h"
#include "history.h"
#include "printable.h"
#include <string.h>
#include <sys/wait.h>

/* A thread as it was at the time of the record. */
typedef struct
{
  guint32 tid, tgid, parent_tgid;
  const char *name; /* of the store or of the reader's chunk of strings */
  guint thread;     /* id */
} Task;

struct _WeftEventReader
{
  WeftTraceStore *store;
  const WeftSyscalls *syscalls;
  const WeftTraceInfo *info; /* its start may move until the first record */
  WeftEventFilter filter;
  GHashTable *tgids; /* (nullable): of the filter */
  GHashTable *tasks; /* tid → Task */
  GStringChunk *strings;
  guint64 time_ns; /* of the record that is being read */
};

WeftEventReader *
weft_event_reader_new (WeftTraceStore *store, const WeftEventFilter *filter)
{
  WeftEventReader *self = g_new0 (WeftEventReader, 1);

  self->store = g_object_ref (store);
  self->info = weft_trace_store_get_info (store);
  if (filter != NULL)
    self->filter = *filter;
  if (self->filter.kinds == 0)
    self->filter.kinds = WEFT_EVENT_KINDS_DEFAULT;
  if (self->filter.to_ns == 0)
    self->filter.to_ns = G_MAXUINT64;
  if (self->filter.tgids != NULL)
    {
      self->tgids = g_hash_table_new (NULL, NULL);
      for (guint i = 0; i < self->filter.tgids->len; i++)
        g_hash_table_add (self->tgids,
                          GUINT_TO_POINTER (g_array_index (self->filter.tgids, guint32, i)));
      self->filter.tgids = NULL;
    }
  self->tasks = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->strings = g_string_chunk_new (4096);
  return self;
}

void
weft_event_reader_free (WeftEventReader *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->tgids, g_hash_table_unref);
  g_hash_table_unref (self->tasks);
  g_string_chunk_free (self->strings);
  g_object_unref (self->store);
  g_free (self);
}

static void
set_text (WeftEventRow *row, WeftField field, const char *text)
{
  if (text == NULL)
    return;
  row->present |= G_GUINT64_CONSTANT (1) << field;
  row->values[field].text = text;
}

static void
set_number (WeftEventRow *row, WeftField field, guint64 number)
{
  row->present |= G_GUINT64_CONSTANT (1) << field;
  row->values[field].number = number;
}

/* Only the store's processes know a task without a thread. */
static guint
find_process (WeftEventReader *self, const Task *task)
{
  const WeftThread *thread = weft_trace_store_get_thread (self->store, task->thread);

  return thread != NULL ? thread->process
                        : weft_process_table_find_at (weft_trace_store_get_processes (self->store),
                                                      task->tid, self->time_ns);
}

static void
take_name (WeftEventReader *self, Task *task, const WeftThread *thread)
{
  const char *name = weft_thread_name_at (thread, self->time_ns);

  task->name = strcmp (name, WEFT_UNNAMED) != 0 ? name : NULL;
}

/* What the store knows of whose tid this was then. Records told it the process as well. */
static void
describe (WeftEventReader *self, Task *task)
{
  WeftProcessTable *processes = weft_trace_store_get_processes (self->store);
  guint id = weft_trace_store_find_thread (self->store, task->tid, self->time_ns);
  const WeftThread *thread = weft_trace_store_get_thread (self->store, id);
  const WeftProcess *process, *parent;

  if (thread != NULL && id == task->thread && task->tgid != 0)
    {
      take_name (self, task, thread);
      return;
    }
  *task = (Task){ .tid = task->tid, .thread = id };
  if (thread != NULL)
    take_name (self, task, thread);
  process = weft_process_table_get (processes, find_process (self, task));
  if (process == NULL)
    return;
  parent = weft_process_table_get (processes, process->parent);
  task->tgid = process->tgid;
  task->parent_tgid = parent != NULL ? parent->tgid : 0;
  if (task->name == NULL)
    task->name = weft_process_table_get_name_at (processes, process->id, self->time_ns);
}

static Task *
get_task (WeftEventReader *self, guint32 tid)
{
  Task *task = g_hash_table_lookup (self->tasks, GUINT_TO_POINTER (tid));

  if (task != NULL)
    return task;
  task = g_new0 (Task, 1);
  task->tid = tid;
  task->thread = WEFT_NO_ID;
  g_hash_table_insert (self->tasks, GUINT_TO_POINTER (tid), task);
  return task;
}

/* (nullable): NULL for a thread this session may not see. */
static Task *
find_task (WeftEventReader *self, guint32 tid)
{
  Task *task;

  if (tid == WEFT_TID_OTHER)
    return NULL;
  task = get_task (self, tid);
  if (tid == 0)
    {
      task->name = "idle";
      return task;
    }
  weft_trace_store_begin_read (self->store);
  describe (self, task);
  weft_trace_store_end_read (self->store);
  return task;
}

/* Takes over what a record says of its thread. */
static Task *
learn_task (WeftEventReader *self, const struct weft_task_record *record)
{
  g_autofree char *name = weft_make_printable (record->comm, WEFT_COMM_BYTES);
  Task *task = get_task (self, record->tid);

  weft_trace_store_begin_read (self->store);
  task->thread = weft_trace_store_find_thread (self->store, record->tid, record->time_ns);
  weft_trace_store_end_read (self->store);
  task->tgid = record->tgid;
  task->parent_tgid = record->parent_tgid;
  task->name = g_string_chunk_insert_const (self->strings, name);
  return task;
}

/* The name that an EXEC or a RENAME took away; (nullable). */
static const char *
find_old_name (WeftEventReader *self, const struct weft_task_record *record)
{
  const WeftThread *thread;
  const char *name = NULL;
  guint8 kind = record->kind & WEFT_KIND_MASK;

  if (kind != WEFT_EXEC && kind != WEFT_RENAME)
    return NULL;
  weft_trace_store_begin_read (self->store);
  thread = weft_trace_store_get_thread (self->store,
                                        weft_trace_store_find_thread (self->store, record->tid,
                                                                      record->time_ns));
  if (thread != NULL && kind == WEFT_EXEC)
    name = weft_renames_get_before_exec (thread->renames, record->time_ns);
  else if (thread != NULL)
    name = weft_thread_name_at (thread, record->time_ns - 1);
  weft_trace_store_end_read (self->store);
  return name != NULL && strcmp (name, WEFT_UNNAMED) != 0 ? name : NULL;
}

/* Whether the filter knows one of the processes that a row names. */
static gboolean
is_wanted (WeftEventReader *self, const Task *task)
{
  return self->tgids == NULL
         || (task != NULL && g_hash_table_contains (self->tgids, GUINT_TO_POINTER (task->tgid)));
}

static void
set_subject (WeftEventReader *self, WeftEventRow *row, const Task *task)
{
  const Task *parent;

  if (task == NULL)
    return;
  set_number (row, WEFT_FIELD_TID, task->tid);
  if (task->tgid != 0 || task->tid == 0)
    set_number (row, WEFT_FIELD_PID, task->tgid);
  set_text (row, WEFT_FIELD_COMMAND, task->name);
  if (task->tid == 0 || task->tgid == 0)
    return;
  set_number (row, WEFT_FIELD_PPID, task->parent_tgid);
  parent = task->parent_tgid != 0 ? find_task (self, task->parent_tgid) : NULL;
  if (parent != NULL)
    set_text (row, WEFT_FIELD_PARENT_COMMAND, parent->name);
}

static void
set_common (WeftEventReader *self, WeftEventRow *row, const struct weft_record *record)
{
  row->present = 0;
  set_number (row, WEFT_FIELD_TIMESTAMP,
              self->info->realtime_ns + (record->time_ns - self->info->start_ns));
  set_number (row, WEFT_FIELD_TIME_NS, record->time_ns - self->info->start_ns);
  set_number (row, WEFT_FIELD_CPU, record->cpu);
  set_text (row, WEFT_FIELD_EVENT_TYPE, weft_event_kind_get_name (weft_record_kind (record)));
}

static const char *
name_left (guint8 left)
{
  static const char *const names[]
      = { "preempted", "yielded", "sleep", "blocked", "disk",   "stopped",
          "traced",    "dead",    "idle",  "running", "frozen", "throttled" };

  return left < G_N_ELEMENTS (names) ? names[left] : "unknown";
}

static const char *
name_aux (WeftCallKind kind, guint8 aux)
{
  static const char *const inodes[] = { NULL, "socket", "pipe", "file", "tty", "event", "other" };

  if (kind == WEFT_CALL_FUTEX)
    return weft_state_get_futex_operation (aux);
  return aux < G_N_ELEMENTS (inodes) ? inodes[aux] : NULL;
}

/* Returns: whether that is known; what left memory is named in @absent. */
static gboolean
look_at_lane (WeftEventReader *self, guint thread_id, WeftSlice *slice, guint *absent)
{
  const WeftThread *thread;
  gboolean known;

  weft_trace_store_begin_read (self->store);
  thread = weft_trace_store_get_thread (self->store, thread_id);
  known = thread != NULL
          && weft_thread_track_slice_at (thread->track, self->time_ns,
                                         weft_trace_store_get_edge (self->store), slice, absent);
  weft_trace_store_end_read (self->store);
  return known;
}

/* What a thread is in at the time of the record, as its lane has it. */
static gboolean
find_state (WeftEventReader *self, guint thread, WeftState *state)
{
  g_autoptr (WeftHold) hold = NULL;
  guint absent = WEFT_NO_CHUNK;
  WeftSlice slice;

  if (!look_at_lane (self, thread, &slice, &absent))
    {
      if (absent == WEFT_NO_CHUNK)
        return FALSE;
      hold = weft_history_hold_slice (self->store, thread, self->time_ns, TRUE, NULL);
      if (hold == NULL || !look_at_lane (self, thread, &slice, NULL))
        return FALSE;
    }
  *state = slice.state;
  return TRUE;
}

/* What a futex is waited for is known from more than the record: what the thread did before,
 * and how the wait ends. In a trace that runs it is what is known so far. */
static WeftState
find_wait (WeftEventReader *self, guint thread, const struct weft_switch *sw)
{
  WeftState state = weft_state_after (self->syscalls, sw), told;

  if ((state != WEFT_STATE_LOCK && state != WEFT_STATE_CONDITION)
      || !find_state (self, thread, &told))
    return state;
  return told == WEFT_STATE_LOCK || told == WEFT_STATE_CONDITION || told == WEFT_STATE_TIMER
             ? told
             : state;
}

/* How a thread left its CPU or stands in a snapshot. */
static void
set_wait (WeftEventReader *self, WeftEventRow *row, guint thread, const struct weft_switch *sw)
{
  gboolean compat = (sw->flags & WEFT_FLAG_COMPAT) != 0;

  set_text (row, WEFT_FIELD_STATE, weft_state_get_id (find_wait (self, thread, sw)));
  set_text (row, WEFT_FIELD_REASON, name_left (weft_switch_left (sw)));
  if (sw->call < 0)
    return;
  set_text (row, WEFT_FIELD_SYSTEM_CALL, weft_syscalls_get_name (self->syscalls, sw->call, compat));
  set_number (row, WEFT_FIELD_ARGUMENT, sw->arg);
  set_text (row, WEFT_FIELD_WAITS_ON,
            name_aux (weft_syscalls_get_kind (self->syscalls, sw->call, compat),
                      weft_switch_aux (sw)));
}

static gboolean
read_switch (WeftEventReader *self, const struct weft_record *record, WeftEventRow *row)
{
  const Task *prev = find_task (self, record->tid);
  const Task *next = find_task (self, record->sw.next_tid);

  if (!is_wanted (self, prev) && !is_wanted (self, next))
    return FALSE;
  set_common (self, row, record);
  set_subject (self, row, prev);
  if (prev != NULL)
    {
      if (prev->tgid != 0 || prev->tid == 0)
        set_number (row, WEFT_FIELD_PREV_PID, prev->tgid);
      set_text (row, WEFT_FIELD_PREV_COMMAND, prev->name);
    }
  if (next != NULL)
    {
      if (next->tgid != 0 || next->tid == 0)
        set_number (row, WEFT_FIELD_NEXT_PID, next->tgid);
      set_text (row, WEFT_FIELD_NEXT_COMMAND, next->name);
      set_number (row, WEFT_FIELD_NEXT_TID, next->tid);
    }
  /* why a bystander left is not told */
  if (record->tid != 0 && record->tid != WEFT_TID_OTHER)
    set_wait (self, row, prev != NULL ? prev->thread : WEFT_NO_ID, &record->sw);
  return TRUE;
}

static gboolean
read_wake (WeftEventReader *self, const struct weft_record *record, WeftEventRow *row)
{
  static const char *const contexts[] = { "unknown", "task", "softirq", "hardirq", "nmi" };
  gboolean in_task = record->wake.context == WEFT_CONTEXT_TASK;
  const Task *woken = find_task (self, record->wake.woken_tid);
  const Task *waker = in_task ? find_task (self, record->tid) : NULL;

  if (!is_wanted (self, woken) && !is_wanted (self, waker))
    return FALSE;
  set_common (self, row, record);
  set_subject (self, row, woken);
  set_text (row, WEFT_FIELD_STATE, weft_state_get_id (WEFT_STATE_RUNNABLE));
  set_text (row, WEFT_FIELD_WAKER_CONTEXT,
            contexts[record->wake.context < G_N_ELEMENTS (contexts) ? record->wake.context : 0]);
  set_number (row, WEFT_FIELD_TARGET_CPU, record->wake.target_cpu);
  if (waker != NULL)
    {
      set_number (row, WEFT_FIELD_WAKER_TID, waker->tid);
      if (waker->tgid != 0 || waker->tid == 0)
        set_number (row, WEFT_FIELD_WAKER_PID, waker->tgid);
      set_text (row, WEFT_FIELD_WAKER_COMMAND, waker->name);
    }
  return TRUE;
}

static void
set_exit (WeftEventRow *row, const struct weft_task_record *record)
{
  int status = (int)record->status;

  if (!(record->task_flags & WEFT_TASK_LAST_THREAD))
    return;
  if (WIFEXITED (status))
    set_number (row, WEFT_FIELD_EXIT_CODE, (guint64)WEXITSTATUS (status));
  else if (WIFSIGNALED (status))
    set_number (row, WEFT_FIELD_EXIT_SIGNAL, (guint64)WTERMSIG (status));
}

/* The fields that only this kind of task record has. */
static void
set_kind_fields (WeftEventReader *self, WeftEventRow *row, const struct weft_task_record *record,
                 const Task *task, const char *old_name)
{
  switch (record->kind & WEFT_KIND_MASK)
    {
    case WEFT_FORK:
      set_text (row, WEFT_FIELD_CHILD_COMMAND, task->name);
      set_number (row, WEFT_FIELD_PARENT_TID, record->parent_tid);
      set_text (row, WEFT_FIELD_STATE, weft_state_get_id (WEFT_STATE_RUNNABLE));
      break;
    case WEFT_EXEC:
      if (record->old_tid != 0 && record->old_tid != record->tid)
        set_number (row, WEFT_FIELD_OLD_TID, record->old_tid);
      set_text (row, WEFT_FIELD_OLD_COMMAND, old_name);
      break;
    case WEFT_RENAME:
      set_text (row, WEFT_FIELD_OLD_COMMAND, old_name);
      break;
    case WEFT_EXIT:
      set_exit (row, record);
      break;
    default:
      set_wait (self, row, task->thread, &((const struct weft_state_record *)record)->sw);
    }
}

static gboolean
read_task (WeftEventReader *self, const struct weft_record *record, WeftEventRow *row)
{
  const struct weft_task_record *task_record = (const struct weft_task_record *)record;
  guint8 kind = weft_record_kind (record);
  const char *old_name = find_old_name (self, task_record);
  const Task *task = learn_task (self, task_record);
  const Task *parent = task->parent_tgid != 0 ? find_task (self, task->parent_tgid) : NULL;

  if (!is_wanted (self, task) && !(kind == WEFT_FORK && is_wanted (self, parent)))
    return FALSE;
  set_common (self, row, record);
  set_subject (self, row, task);
  set_kind_fields (self, row, task_record, task, old_name);
  return TRUE;
}

/* What is about no thread, and kinds that have no fields of their own. */
static gboolean
read_rare (WeftEventReader *self, const struct weft_record *record, WeftEventRow *row)
{
  guint8 kind = weft_record_kind (record);

  if (weft_event_kind_get_name (kind) == NULL)
    return FALSE;
  set_common (self, row, record);
  if (kind == WEFT_LOST)
    {
      set_number (row, WEFT_FIELD_COUNT, record->lost.count);
      set_number (row, WEFT_FIELD_SINCE_NS, record->lost.first_ns - self->info->start_ns);
    }
  else if (kind == WEFT_SYNC)
    {
      set_number (row, WEFT_FIELD_COUNT, record->sync.tasks);
      set_number (row, WEFT_FIELD_SINCE_NS, record->sync.begin_ns - self->info->start_ns);
    }
  else if (kind == WEFT_SUSPEND)
    set_number (row, WEFT_FIELD_COUNT, record->suspend.length_ns);
  else if (record->tid != 0)
    set_subject (self, row, find_task (self, record->tid));
  return TRUE;
}

gboolean
weft_event_reader_read (WeftEventReader *self, const struct weft_record *record, WeftEventRow *row)
{
  guint8 kind = weft_record_kind (record);
  /* a gap is in a range that it touches */
  guint64 since_ns = kind == WEFT_LOST ? record->lost.first_ns : record->time_ns;
  gboolean wanted = FALSE;

  self->time_ns = record->time_ns;
  /* Those of the machine that is traced are known from its start on. */
  self->syscalls = weft_trace_store_get_syscalls (self->store);
  switch (kind)
    {
    case WEFT_SWITCH:
      wanted = read_switch (self, record, row);
      break;
    case WEFT_WAKE:
      wanted = read_wake (self, record, row);
      break;
    case WEFT_FORK:
    case WEFT_EXEC:
    case WEFT_EXIT:
    case WEFT_RENAME:
    case WEFT_STATE:
      wanted = read_task (self, record, row);
      break;
    default:
      wanted = read_rare (self, record, row);
    }
  return wanted && (self->filter.kinds & WEFT_EVENT_KIND (kind)) != 0
         && record->time_ns >= self->filter.from_ns && since_ns < self->filter.to_ns;
}
