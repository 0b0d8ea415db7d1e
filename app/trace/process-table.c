/* process-table.c: see the header. In: lifecycle records, /proc samples. Out:
 * processes by id, kinship, names over time.
 *
 * Records are exact; /proc tells start times in ticks of 10 ms and may be older
 * or newer than the records. So a sample never revives what a record ended,
 * and never ends what was born after it was taken. */
#include "process-table.h"
#include "printable.h"
#include "record-reader.h"
#include <string.h>

/* Field 22 of /proc/PID/stat counts ticks; one more for rounding. */
#define START_TOLERANCE_NS (G_GUINT64_CONSTANT (20000000))
/* A sample or a late record is so many lives of a pid old at most. */
#define LIVES_LOOKED_AT 4

typedef struct
{
  WeftProcess public;
  guint birth_parent;
  guint previous;    /* the process that had this tgid before, or WEFT_NO_ID */
  guint n_lives;     /* of this tgid, with this one */
  guint far;         /* a life of long before, by which a search takes log₂ steps */
  gboolean exact;    /* the start time comes from a record */
  gboolean sampled;  /* seen in /proc */
  gboolean recorded; /* a record named it */
  gboolean named;    /* its leader or /proc told its name, and not one of its threads its own */
  gboolean counted;  /* its leader is among n_threads; a second snapshot names it again */
  guint64 sample_ns; /* when /proc was last read */
  guint64 told_ns;   /* its newest birth or exec that a record told: a sample from before
                        that knows parent and command line of before */
  guint64 seen_in;   /* number of the reconcile that last saw it */
  GArray *renames;   /* WeftRename; NULL while it has one name */
  GList living;      /* its place among those that have not ended */
  GList changing;    /* and among all, by their last change */
  guint64 changed;   /* the generation of that */
} Entry;

struct _WeftProcessTable
{
  GObject parent_instance;

  GPtrArray *entries;  /* Entry by id */
  GHashTable *by_tgid; /* tgid → id + 1 of the newest */
  GStringChunk *strings;
  GQueue living;   /* Entry: a table has far more that ended */
  GQueue changing; /* Entry: the last one changed last */
  guint64 generation;
  guint64 boot_offset_ns;
  guint64 n_reconciles;
};

G_DEFINE_FINAL_TYPE (WeftProcessTable, weft_process_table, G_TYPE_OBJECT)

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_clear_pointer (&entry->renames, g_array_unref);
  g_free (entry);
}

static void
weft_process_table_finalize (GObject *object)
{
  WeftProcessTable *self = WEFT_PROCESS_TABLE (object);

  g_ptr_array_unref (self->entries);
  g_hash_table_unref (self->by_tgid);
  g_string_chunk_free (self->strings);
  G_OBJECT_CLASS (weft_process_table_parent_class)->finalize (object);
}

static void
weft_process_table_class_init (WeftProcessTableClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_process_table_finalize;
}

static void
weft_process_table_init (WeftProcessTable *self)
{
  self->entries = g_ptr_array_new_with_free_func (entry_free);
  self->by_tgid = g_hash_table_new (NULL, NULL);
  self->strings = g_string_chunk_new (4096);
}

WeftProcessTable *
weft_process_table_new (void)
{
  return g_object_new (WEFT_TYPE_PROCESS_TABLE, NULL);
}

void
weft_process_table_set_boot_offset (WeftProcessTable *self, guint64 offset_ns)
{
  self->boot_offset_ns = offset_ns;
}

static Entry *
get_entry (WeftProcessTable *self, guint id)
{
  return id < self->entries->len ? g_ptr_array_index (self->entries, id) : NULL;
}

guint
weft_process_table_get_size (WeftProcessTable *self)
{
  return self->entries->len;
}

const WeftProcess *
weft_process_table_get (WeftProcessTable *self, guint id)
{
  Entry *entry = get_entry (self, id);

  return entry != NULL ? &entry->public : NULL;
}

guint64
weft_process_table_get_generation (WeftProcessTable *self)
{
  return self->generation;
}

guint
weft_process_table_find (WeftProcessTable *self, guint32 tgid)
{
  guint stored = GPOINTER_TO_UINT (g_hash_table_lookup (self->by_tgid, GUINT_TO_POINTER (tgid)));

  return stored == 0 ? WEFT_NO_ID : stored - 1;
}

guint
weft_process_table_find_at (WeftProcessTable *self, guint32 tgid, guint64 time_ns)
{
  guint id = weft_process_table_find (self, tgid);
  Entry *entry = get_entry (self, id);

  while (entry != NULL && entry->public.start_ns > time_ns && entry->previous != WEFT_NO_ID)
    {
      Entry *far = get_entry (self, entry->far);

      id = far->public.start_ns > time_ns ? entry->far : entry->previous;
      entry = get_entry (self, id);
    }
  return id;
}

guint
weft_process_table_get_birth_parent (WeftProcessTable *self, guint id)
{
  Entry *entry = get_entry (self, id);

  return entry != NULL ? entry->birth_parent : WEFT_NO_ID;
}

gboolean
weft_process_table_descends (WeftProcessTable *self, guint id, guint ancestor)
{
  /* A parent is older than its child, so ids bound the walk even in a table
   * that a hostile file filled with circles. */
  for (guint steps = 0; id != WEFT_NO_ID && steps <= self->entries->len; steps++)
    {
      if (id == ancestor)
        return TRUE;
      id = weft_process_table_get_birth_parent (self, id);
    }
  return FALSE;
}

static const char *
keep_printable (WeftProcessTable *self, const char *bytes, gssize length)
{
  g_autofree char *text = weft_make_printable (bytes, length);

  return g_string_chunk_insert_const (self->strings, text);
}

/* Something changed of it that is more than a sample. */
static void
note_change (WeftProcessTable *self, Entry *entry)
{
  g_queue_unlink (&self->changing, &entry->changing);
  g_queue_push_tail_link (&self->changing, &entry->changing);
  entry->changed = self->generation;
}

static void
set_name (WeftProcessTable *self, Entry *entry, WeftRenameKind kind, const char *comm,
          guint64 time_ns)
{
  const char *before = entry->public.name;
  const char *name = keep_printable (self, comm, WEFT_COMM_BYTES);

  if (entry->named)
    name = weft_renames_add (&entry->renames, kind, time_ns, before, name);
  entry->named = TRUE;
  entry->public.name = name;
  if (kind != WEFT_RENAME_SAMPLED || entry->public.name != before)
    note_change (self, entry);
}

static void
set_command_line (WeftProcessTable *self, Entry *entry, const char *bytes)
{
  const char *line = bytes != NULL ? keep_printable (self, bytes, -1) : NULL;

  if (line == entry->public.command_line)
    return;
  entry->public.command_line = line;
  note_change (self, entry);
}

/* Each life knows the one before and one far before: as far as the two that precede
 * it reach together, when they reach equally far, else the one before. */
static void
link_to_previous (WeftProcessTable *self, Entry *entry)
{
  Entry *previous, *far, *farther;

  entry->previous = entry->far = weft_process_table_find (self, entry->public.tgid);
  entry->n_lives = 1;
  previous = get_entry (self, entry->previous);
  if (previous == NULL)
    {
      entry->far = entry->public.id;
      return;
    }
  entry->n_lives = previous->n_lives + 1;
  far = get_entry (self, previous->far);
  farther = far != NULL ? get_entry (self, far->far) : NULL;
  if (farther != NULL && previous->n_lives - far->n_lives == far->n_lives - farther->n_lives)
    entry->far = far->far;
}

/* Names are pointers into the string chunk, so equal ones are the same. */
static Entry *
add_entry (WeftProcessTable *self, guint32 tgid, const char *comm)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->public.id = self->entries->len;
  entry->public.tgid = tgid;
  entry->public.uid = G_MAXUINT32;
  entry->public.parent = WEFT_NO_ID;
  entry->public.proc_state = '?';
  entry->public.name = keep_printable (self, comm, WEFT_COMM_BYTES);
  entry->birth_parent = WEFT_NO_ID;
  link_to_previous (self, entry);
  entry->living.data = entry->changing.data = entry;
  entry->changed = ++self->generation;
  g_queue_push_tail_link (&self->living, &entry->living);
  g_queue_push_tail_link (&self->changing, &entry->changing);
  g_ptr_array_add (self->entries, entry);
  g_hash_table_insert (self->by_tgid, GUINT_TO_POINTER (tgid),
                       GUINT_TO_POINTER (entry->public.id + 1));
  return entry;
}

static void
set_parent (WeftProcessTable *self, Entry *entry, guint32 parent_tgid)
{
  guint parent = parent_tgid == 0 ? WEFT_NO_ID : weft_process_table_find (self, parent_tgid);

  if (parent == entry->public.id)
    return;
  if (parent != entry->public.parent)
    note_change (self, entry);
  entry->public.parent = parent;
  if (entry->birth_parent == WEFT_NO_ID)
    entry->birth_parent = parent;
}

static void
set_start (WeftProcessTable *self, Entry *entry, guint64 start_boottime_ns)
{
  entry->public.start_boottime_ns = start_boottime_ns;
  entry->public.start_ns
      = start_boottime_ns > self->boot_offset_ns ? start_boottime_ns - self->boot_offset_ns : 0;
  note_change (self, entry);
}

/* Whether a process is the one of its tgid that started then. */
static gboolean
is_same (const Entry *entry, guint64 start_boottime_ns, gboolean exact)
{
  guint64 known = entry->public.start_boottime_ns;
  guint64 distance
      = known > start_boottime_ns ? known - start_boottime_ns : start_boottime_ns - known;

  if (known == 0 || start_boottime_ns == 0)
    return entry->public.end_ns == 0;
  if (exact && entry->exact)
    return distance == 0;
  return distance < START_TOLERANCE_NS;
}

/* Among all that had this tgid: a sample may be older than the newest of them. */
static Entry *
find_same (WeftProcessTable *self, guint32 tgid, guint64 start_boottime_ns, gboolean exact)
{
  Entry *entry = get_entry (self, weft_process_table_find (self, tgid));

  for (guint lives = 0; entry != NULL && lives < LIVES_LOOKED_AT; lives++)
    {
      if (is_same (entry, start_boottime_ns, exact))
        return entry;
      entry = get_entry (self, entry->previous);
    }
  return NULL;
}

/* A second word of it, with the exact time, as a rule, counts. */
static void
end_entry (WeftProcessTable *self, Entry *entry, guint64 time_ns)
{
  if (entry->public.end_ns == 0)
    g_queue_unlink (&self->living, &entry->living);
  note_change (self, entry);
  entry->public.end_ns = time_ns;
  entry->public.n_threads = 0;
  entry->public.cpu_share = 0;
  entry->public.proc_state = 'X';
}

/* Two never have a tgid at once: the exit of the one before was lost. */
static void
end_previous (WeftProcessTable *self, const Entry *entry, guint64 time_ns)
{
  Entry *previous = get_entry (self, entry->previous);

  if (previous != NULL && previous->public.end_ns == 0)
    end_entry (self, previous, time_ns);
}

static Entry *
ensure_by_record (WeftProcessTable *self, const struct weft_task_record *record,
                  guint64 leader_start)
{
  Entry *entry = find_same (self, record->tgid, leader_start, TRUE);

  if (entry == NULL)
    {
      entry = add_entry (self, record->tgid, record->comm);
      entry->named = record->tid == record->tgid;
      entry->public.start_ns = record->time_ns;
      entry->public.kernel = (record->task_flags & WEFT_TASK_KERNEL) != 0;
      set_parent (self, entry, record->parent_tgid);
      end_previous (self, entry, record->time_ns);
    }
  /* what a sample said, handed back by one of its threads, is no more exact for that */
  if (leader_start != 0 && !entry->exact && leader_start != entry->public.start_boottime_ns)
    {
      set_start (self, entry, leader_start);
      entry->exact = TRUE;
    }
  entry->recorded = TRUE;
  if (record->cgroup_id != 0 && record->cgroup_id != entry->public.cgroup_id)
    {
      entry->public.cgroup_id = record->cgroup_id;
      note_change (self, entry);
    }
  return entry;
}

static Entry *
apply_fork (WeftProcessTable *self, const struct weft_task_record *record, guint64 leader_start)
{
  gboolean process = record->tid == record->tgid;
  Entry *entry
      = ensure_by_record (self, record, process ? record->start_boottime_ns : leader_start);

  if (process)
    {
      entry->public.start_ns = record->time_ns;
      note_change (self, entry);
      entry->told_ns = record->time_ns;
      entry->public.n_threads = 1;
      entry->counted = TRUE;
      set_parent (self, entry, record->parent_tgid);
    }
  else
    entry->public.n_threads++;
  return entry;
}

static Entry *
apply_exit (WeftProcessTable *self, const struct weft_task_record *record, guint64 leader_start)
{
  Entry *entry = ensure_by_record (self, record, leader_start);

  if (entry->public.n_threads > 0)
    entry->public.n_threads--;
  if (!(record->task_flags & WEFT_TASK_LAST_THREAD))
    return entry;
  end_entry (self, entry, record->time_ns);
  entry->public.status = record->status;
  entry->public.status_known = TRUE;
  return entry;
}

guint
weft_process_table_apply (WeftProcessTable *self, const struct weft_task_record *record,
                          guint64 leader_start_boottime_ns)
{
  guint8 kind = record->kind & WEFT_KIND_MASK;
  gboolean leader = record->tid == record->tgid;
  g_autofree char *command_line = NULL;
  guint64 leader_start
      = leader && kind != WEFT_EXEC ? record->start_boottime_ns : leader_start_boottime_ns;
  Entry *entry;

  self->generation++;
  switch (kind)
    {
    case WEFT_FORK:
      entry = apply_fork (self, record, leader_start);
      break;
    case WEFT_EXIT:
      entry = apply_exit (self, record, leader_start);
      break;
    case WEFT_EXEC:
      entry = ensure_by_record (self, record, leader_start);
      set_name (self, entry, WEFT_RENAME_EXEC, record->comm, record->time_ns);
      command_line = weft_record_dup_command_line ((const struct weft_record *)record);
      set_command_line (self, entry, command_line);
      entry->told_ns = record->time_ns;
      entry->public.n_threads = 1;
      entry->counted = TRUE;
      break;
    case WEFT_RENAME:
      entry = ensure_by_record (self, record, leader_start);
      if (leader)
        set_name (self, entry, WEFT_RENAME_TOLD, record->comm, record->time_ns);
      break;
    default:
      entry = ensure_by_record (self, record, leader_start);
      if (entry->public.end_ns != 0)
        break; /* it is not reaped yet */
      if (leader)
        set_name (self, entry, WEFT_RENAME_SAMPLED, record->comm, record->time_ns);
      if (!entry->sampled && !(leader && entry->counted))
        entry->public.n_threads++;
      entry->counted |= leader;
      break;
    }
  return entry->public.id;
}

static void
take_sample (WeftProcessTable *self, Entry *entry, const WeftProcEntry *sample, guint64 time_ns)
{
  WeftProcess *process = &entry->public;

  if (entry->sampled && time_ns > entry->sample_ns && sample->cpu_time_ns >= process->cpu_time_ns)
    process->cpu_share = (double)(sample->cpu_time_ns - process->cpu_time_ns)
                         / (double)(time_ns - entry->sample_ns);
  process->cpu_time_ns = sample->cpu_time_ns;
  process->proc_state = sample->state;
  process->memory_bytes = sample->memory_bytes;
  process->n_threads = sample->n_threads;
  if (process->uid != sample->uid || process->kernel != sample->kernel)
    note_change (self, entry);
  process->uid = sample->uid;
  process->kernel = sample->kernel;
  if (sample->command_line != NULL && time_ns > entry->told_ns)
    set_command_line (self, entry, sample->command_line);
  entry->sampled = TRUE;
  entry->sample_ns = time_ns;
}

static gboolean
reconcile_entry (WeftProcessTable *self, const WeftProcEntry *sample, guint64 time_ns)
{
  Entry *entry = find_same (self, sample->tgid, sample->start_boottime_ns, FALSE);
  gboolean added = entry == NULL;

  if (added)
    {
      entry = add_entry (self, sample->tgid, sample->comm);
      set_start (self, entry, sample->start_boottime_ns);
    }
  entry->seen_in = self->n_reconciles;
  if (entry->public.end_ns != 0)
    return FALSE;
  if (entry->public.start_boottime_ns == 0)
    set_start (self, entry, sample->start_boottime_ns);
  take_sample (self, entry, sample, time_ns);
  return added;
}

/* Parents come after all are known: a child may stand before its parent. */
static void
reconcile_parents (WeftProcessTable *self, const WeftProcSnapshot *snapshot)
{
  for (guint i = 0; i < snapshot->entries->len; i++)
    {
      const WeftProcEntry *sample = &g_array_index (snapshot->entries, WeftProcEntry, i);
      Entry *entry = get_entry (self, weft_process_table_find (self, sample->tgid));

      if (entry != NULL && entry->seen_in == self->n_reconciles && entry->public.end_ns == 0
          && snapshot->time_ns > entry->told_ns)
        {
          set_parent (self, entry, sample->parent_tgid);
          set_name (self, entry, WEFT_RENAME_SAMPLED, sample->comm, snapshot->time_ns);
        }
    }
}

guint
weft_process_table_reconcile (WeftProcessTable *self, const WeftProcSnapshot *snapshot)
{
  guint corrections = 0;

  self->generation++;
  self->n_reconciles++;
  self->boot_offset_ns = snapshot->boottime_minus_monotonic_ns;
  for (guint i = 0; i < snapshot->entries->len; i++)
    corrections += reconcile_entry (self, &g_array_index (snapshot->entries, WeftProcEntry, i),
                                    snapshot->time_ns);
  reconcile_parents (self, snapshot);
  for (GList *link = self->living.head, *next; link != NULL; link = next)
    {
      Entry *entry = link->data;

      next = link->next;
      if (entry->seen_in == self->n_reconciles || entry->public.start_ns >= snapshot->time_ns)
        continue;
      /* one that no record names was gone before the trace began, as a rule */
      end_entry (self, entry, entry->recorded ? snapshot->time_ns : entry->sample_ns);
      corrections++;
    }
  return corrections;
}

GArray *
weft_process_table_list_changed (WeftProcessTable *self, guint64 since)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint));

  for (GList *link = self->changing.tail; link != NULL; link = link->prev)
    {
      const Entry *entry = link->data;

      if (entry->changed <= since)
        break;
      g_array_append_val (ids, entry->public.id);
    }
  return ids;
}

const WeftRename *
weft_process_table_get_renames (WeftProcessTable *self, guint id, guint *n)
{
  Entry *entry = get_entry (self, id);

  *n = entry != NULL && entry->renames != NULL ? entry->renames->len : 0;
  return *n > 0 ? (const WeftRename *)(void *)entry->renames->data : NULL;
}

const char *
weft_process_table_get_name_at (WeftProcessTable *self, guint id, guint64 time_ns)
{
  Entry *entry = get_entry (self, id);

  return entry != NULL ? weft_renames_get_at (entry->renames, time_ns, entry->public.name) : NULL;
}

void
weft_process_table_set_facts (WeftProcessTable *self, guint id, guint32 uid,
                              const char *command_line, guint64 end_ns)
{
  Entry *entry = get_entry (self, id);

  if (entry == NULL)
    return;
  self->generation++;
  note_change (self, entry);
  if (uid != G_MAXUINT32)
    entry->public.uid = uid;
  if (command_line != NULL)
    set_command_line (self, entry, command_line);
  if (end_ns != 0 && entry->public.end_ns == 0)
    end_entry (self, entry, end_ns);
}

void
weft_process_table_set_usage (WeftProcessTable *self, guint id, double cpu_share, guint n_threads)
{
  Entry *entry = get_entry (self, id);

  if (entry == NULL)
    return;
  entry->public.cpu_share = cpu_share;
  entry->public.n_threads = n_threads;
  self->generation++;
}
