/* trace-store.c: the store as an object: threads by id and tid, the window in
 * which records are sorted, getters. In: batches. Out: see the header. */
#include "trace-store-private.h"
#include "record-reader.h"
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

G_DEFINE_FINAL_TYPE (WeftTraceStore, weft_trace_store, G_TYPE_OBJECT)

#define DEFAULT_MEMORY_LIMIT (G_GUINT64_CONSTANT (1) << 30)

static void
entry_free (gpointer data)
{
  ThreadEntry *entry = data;

  weft_thread_track_free (entry->public.track);
  g_free (entry);
}

static void
array_free (gpointer data)
{
  if (data != NULL)
    g_array_unref (data);
}

static void
weft_trace_store_finalize (GObject *object)
{
  WeftTraceStore *self = WEFT_TRACE_STORE (object);

  weft_trace_store_set_chunk_func (self, NULL, NULL, NULL);
  weft_trace_store_set_fetch_func (self, NULL, NULL, NULL);
  for (guint i = 0; i < TID_PAGES; i++)
    g_free (self->tid_pages[i]);
  g_ptr_array_unref (self->threads);
  g_ptr_array_unref (self->threads_of);
  g_ptr_array_unref (self->chunks);
  g_ptr_array_unref (self->sealed);
  g_array_unref (self->marks);
  g_array_unref (self->open_entries);
  g_byte_array_unref (self->open_records);
  g_byte_array_unref (self->waiting);
  g_string_chunk_free (self->strings);
  g_object_unref (self->processes);
  g_rw_lock_clear (&self->lock);
  G_OBJECT_CLASS (weft_trace_store_parent_class)->finalize (object);
}

static void
weft_trace_store_class_init (WeftTraceStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_trace_store_finalize;
}

static void
weft_trace_store_init (WeftTraceStore *self)
{
  g_rw_lock_init (&self->lock);
  self->processes = weft_process_table_new ();
  self->threads = g_ptr_array_new_with_free_func (entry_free);
  self->threads_of = g_ptr_array_new_with_free_func (array_free);
  self->chunks = g_ptr_array_new_with_free_func ((GDestroyNotify)weft_chunk_unref);
  self->sealed = g_ptr_array_new_with_free_func ((GDestroyNotify)weft_chunk_unref);
  self->marks = g_array_new (FALSE, FALSE, sizeof (WeftMark));
  self->open_entries = g_array_new (FALSE, FALSE, sizeof (WeftChunkEntry));
  self->open_records = g_byte_array_new ();
  self->waiting = g_byte_array_new ();
  self->strings = g_string_chunk_new (4096);
  self->memory_limit = DEFAULT_MEMORY_LIMIT;
}

WeftTraceStore *
weft_trace_store_new (const WeftTraceInfo *info)
{
  WeftTraceStore *self = g_object_new (WEFT_TYPE_TRACE_STORE, NULL);

  self->info = *info;
  self->syscalls = weft_syscalls_get (info->architecture);
  self->edge_ns = info->start_ns;
  weft_process_table_set_boot_offset (self->processes, info->boottime_ns - info->start_ns);
  return self;
}

static guint64
clock_now (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return (guint64)now.tv_sec * 1000000000 + (guint64)now.tv_nsec;
}

void
weft_trace_info_init_local (WeftTraceInfo *info)
{
  struct utsname name;
  g_autofree char *boot_id = NULL;

  memset (info, 0, sizeof *info);
  if (uname (&name) == 0)
    {
      g_strlcpy (info->architecture, name.machine, sizeof info->architecture);
      g_strlcpy (info->kernel, name.release, sizeof info->kernel);
      g_strlcpy (info->host, name.nodename, sizeof info->host);
    }
  if (g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot_id, NULL, NULL))
    g_strlcpy (info->boot_id, g_strchomp (boot_id), sizeof info->boot_id);
  info->n_cpus = (guint)MAX (1, sysconf (_SC_NPROCESSORS_CONF));
  info->start_ns = clock_now (CLOCK_MONOTONIC);
  info->boottime_ns = clock_now (CLOCK_BOOTTIME);
  info->realtime_ns = clock_now (CLOCK_REALTIME);
}

void
weft_trace_store_begin_with_first (WeftTraceStore *self)
{
  g_rw_lock_writer_lock (&self->lock);
  self->begins_with_first = self->applied_ns == 0;
  g_rw_lock_writer_unlock (&self->lock);
}

static void
move_start (WeftTraceStore *self, guint64 time_ns)
{
  guint64 now = clock_now (CLOCK_MONOTONIC);

  self->begins_with_first = FALSE;
  self->info.boottime_ns = clock_now (CLOCK_BOOTTIME) - now + time_ns;
  self->info.realtime_ns = clock_now (CLOCK_REALTIME) - now + time_ns;
  self->info.start_ns = time_ns;
  self->edge_ns = MAX (self->edge_ns, time_ns);
}

void
weft_trace_store_begin_read (WeftTraceStore *self)
{
  g_rw_lock_reader_lock (&self->lock);
}

void
weft_trace_store_end_read (WeftTraceStore *self)
{
  g_rw_lock_reader_unlock (&self->lock);
}

/* --- threads ------------------------------------------------------------ */

ThreadEntry *
weft_trace_store_entry (WeftTraceStore *self, guint id)
{
  return g_ptr_array_index (self->threads, id);
}

ThreadEntry *
weft_trace_store_entry_of_tid (WeftTraceStore *self, guint32 tid)
{
  guint page = tid / TID_PAGE, stored;

  if (page >= TID_PAGES || self->tid_pages[page] == NULL)
    return NULL;
  stored = self->tid_pages[page][tid % TID_PAGE];
  return stored == 0 ? NULL : weft_trace_store_entry (self, stored - 1);
}

void
weft_trace_store_map_tid (WeftTraceStore *self, guint32 tid, guint id)
{
  guint page = tid / TID_PAGE;

  if (page >= TID_PAGES)
    return; /* no kernel gives such a tid; the thread is known by its id alone */
  if (self->tid_pages[page] == NULL)
    self->tid_pages[page] = g_new0 (guint, TID_PAGE);
  self->tid_pages[page][tid % TID_PAGE] = id + 1;
}

void
weft_trace_store_unmap_tid (WeftTraceStore *self, guint32 tid)
{
  guint page = tid / TID_PAGE;

  if (page < TID_PAGES && self->tid_pages[page] != NULL)
    self->tid_pages[page][tid % TID_PAGE] = 0;
}

ThreadEntry *
weft_trace_store_add_thread (WeftTraceStore *self, guint32 tid, guint64 birth_ns, WeftState state,
                             guint16 cpu)
{
  ThreadEntry *entry = g_new0 (ThreadEntry, 1);

  entry->public.id = self->threads->len;
  entry->public.tid = tid;
  entry->public.process = WEFT_NO_ID;
  entry->public.birth_ns = birth_ns;
  entry->public.name = "?";
  entry->public.track = weft_thread_track_new (birth_ns, state, cpu);
  weft_sched_enter (&entry->sched, birth_ns, state, cpu);
  g_ptr_array_add (self->threads, entry);
  weft_trace_store_map_tid (self, tid, entry->public.id);
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
remove_from_process (WeftTraceStore *self, ThreadEntry *entry)
{
  GArray *ids = threads_of (self, entry->public.process);

  for (guint i = 0; i < ids->len; i++)
    if (g_array_index (ids, guint, i) == entry->public.id)
      {
        g_array_remove_index (ids, i);
        return;
      }
}

void
weft_trace_store_set_process (WeftTraceStore *self, ThreadEntry *entry, guint process)
{
  if (entry->public.process == process)
    return;
  if (entry->public.process != WEFT_NO_ID)
    remove_from_process (self, entry);
  entry->public.process = process;
  g_array_append_val (threads_of (self, process), entry->public.id);
}

void
weft_trace_store_add_mark (WeftTraceStore *self, WeftMark mark, const char *text)
{
  guint at = self->marks->len;

  mark.text = text != NULL ? g_string_chunk_insert_const (self->strings, text) : NULL;
  while (at > 0 && g_array_index (self->marks, WeftMark, at - 1).time_ns > mark.time_ns)
    at--;
  g_array_insert_val (self->marks, at, mark);
}

/* --- the window --------------------------------------------------------- */

typedef struct
{
  guint64 time_ns;
  const struct weft_record *record;
} Pending;

/* A snapshot's word comes after what happened at the same moment. */
static gint
compare_pending (gconstpointer a, gconstpointer b, gpointer unused)
{
  const Pending *one = a, *other = b;

  return (one->time_ns > other->time_ns) - (one->time_ns < other->time_ns);
}

/* Batches are almost sorted: each CPU's records are, and CPUs differ by µs. Moves
 * each record down to its place and gives up for a real sort when that is far. */
static void
sort_pending (GArray *pending)
{
  Pending *items = (Pending *)(void *)pending->data;
  gsize budget = 32 + 8 * (gsize)pending->len;

  for (guint i = 1; i < pending->len; i++)
    {
      Pending item = items[i];
      guint at = i;

      for (; at > 0 && items[at - 1].time_ns > item.time_ns; at--)
        items[at] = items[at - 1];
      items[at] = item;
      if (i - at > budget)
        {
          g_qsort_with_data (items, (gint)pending->len, sizeof *items, compare_pending, NULL);
          return;
        }
      budget -= i - at;
    }
}

/* Adds the records of @data to @pending; FALSE when one of them is malformed. Makes room
 * for as many as there may be: g_array_append_val() divides each time. */
static gboolean
collect (WeftTraceStore *self, gconstpointer data, gsize bytes, GArray *pending, guint64 *unknown,
         GError **error)
{
  WeftRecordReader reader;
  g_autoptr (GError) local = NULL;
  const struct weft_record *record;
  guint n = pending->len;

  if (!weft_record_reader_init (&reader, data, bytes, error))
    return FALSE;
  g_array_set_size (pending, n + (guint)(bytes / WEFT_UNIT_BYTES));
  while (weft_record_reader_next (&reader, &record, &local))
    g_array_index (pending, Pending, n++) = (Pending){ record->time_ns, record };
  g_array_set_size (pending, n);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  *unknown += reader.unknown;
  return TRUE;
}

/* Applies what is due and keeps the rest; the kept bytes may lie in self->waiting
 * itself, so they are copied before it is replaced. */
static void
apply_until (WeftTraceStore *self, GArray *pending, guint64 horizon)
{
  GByteArray *rest = g_byte_array_new ();
  guint i;

  for (i = 0; i < pending->len; i++)
    {
      const Pending *item = &g_array_index (pending, Pending, i);

      if (item->time_ns >= horizon && horizon != G_MAXUINT64)
        break;
      weft_trace_store_apply (self, item->record);
    }
  for (; i < pending->len; i++)
    {
      const struct weft_record *record = g_array_index (pending, Pending, i).record;

      g_byte_array_append (rest, (const guint8 *)record, (guint)record->units * WEFT_UNIT_BYTES);
    }
  g_byte_array_unref (self->waiting);
  self->waiting = rest;
}

static guint64
find_horizon (WeftTraceStore *self, GArray *pending, guint64 complete_until_ns)
{
  guint64 by_window;

  if (pending->len > 0)
    self->newest_ns
        = MAX (self->newest_ns, g_array_index (pending, Pending, pending->len - 1).time_ns);
  by_window = self->newest_ns > WEFT_SORT_WINDOW_NS ? self->newest_ns - WEFT_SORT_WINDOW_NS : 0;
  return MAX (complete_until_ns, by_window);
}

static void
hand_out_sealed (WeftTraceStore *self)
{
  g_autoptr (GPtrArray) sealed = NULL;

  g_rw_lock_writer_lock (&self->lock);
  sealed = self->sealed;
  self->sealed = g_ptr_array_new_with_free_func ((GDestroyNotify)weft_chunk_unref);
  g_rw_lock_writer_unlock (&self->lock);
  for (guint i = 0; i < sealed->len; i++)
    if (self->chunk_func != NULL)
      self->chunk_func (self, g_ptr_array_index (sealed, i), self->chunk_data);
}

static void
take_pending (WeftTraceStore *self, GArray *pending, guint64 complete_until_ns)
{
  guint64 horizon;

  sort_pending (pending);
  horizon = find_horizon (self, pending, complete_until_ns);
  if (self->begins_with_first && pending->len > 0
      && g_array_index (pending, Pending, 0).time_ns < horizon)
    move_start (self, g_array_index (pending, Pending, 0).time_ns);
  apply_until (self, pending, horizon);
  self->edge_ns = MAX (self->edge_ns, self->applied_ns);
  if (complete_until_ns != G_MAXUINT64)
    self->edge_ns = MAX (self->edge_ns, complete_until_ns);
  if (self->open_n > 0 && self->edge_ns - self->open_first_ns >= WEFT_CHUNK_NS)
    weft_trace_store_seal (self);
  weft_trace_store_trim (self);
  self->generation++;
}

gboolean
weft_trace_store_append (WeftTraceStore *self, GBytes *records, guint64 complete_until_ns,
                         GError **error)
{
  g_autoptr (GArray) pending = g_array_sized_new (FALSE, FALSE, sizeof (Pending), 8192);
  guint64 unknown = 0;
  gsize bytes;
  gconstpointer data = g_bytes_get_data (records, &bytes);

  /* The writer is alone, so what waits can be read before the lock. */
  if (!collect (self, self->waiting->data, self->waiting->len, pending, &unknown, error)
      || !collect (self, data, bytes, pending, &unknown, error))
    return FALSE;
  g_rw_lock_writer_lock (&self->lock);
  self->totals.unknown += unknown;
  take_pending (self, pending, complete_until_ns);
  g_rw_lock_writer_unlock (&self->lock);
  hand_out_sealed (self);
  return TRUE;
}

gboolean
weft_trace_store_replay_chunk (WeftTraceStore *self, guint number, GBytes *records, GError **error)
{
  WeftRecordReader reader;
  g_autoptr (GError) local = NULL;
  const struct weft_record *record;
  gsize bytes;
  gconstpointer data = g_bytes_get_data (records, &bytes);

  if (number != self->chunks->len)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "chunk %u came where %u was due",
                   number, self->chunks->len);
      return FALSE;
    }
  if (!weft_record_reader_init (&reader, data, bytes, error))
    return FALSE;
  g_rw_lock_writer_lock (&self->lock);
  self->replaying = TRUE;
  while (weft_record_reader_next (&reader, &record, &local))
    weft_trace_store_apply (self, record);
  self->totals.unknown += reader.unknown;
  self->edge_ns = MAX (self->edge_ns, self->applied_ns);
  weft_trace_store_seal (self);
  self->replaying = FALSE;
  if (self->fetch_func == NULL && local == NULL)
    {
      WeftChunk *chunk = g_ptr_array_index (self->chunks, number);

      chunk->records = g_bytes_ref (records);
      self->memory_bytes += bytes;
    }
  weft_trace_store_trim (self);
  self->generation++;
  g_rw_lock_writer_unlock (&self->lock);
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return local == NULL && (error == NULL || *error == NULL);
}

void
weft_trace_store_set_lost (WeftTraceStore *self, guint64 lost)
{
  g_rw_lock_writer_lock (&self->lock);
  self->account_lost = lost;
  g_rw_lock_writer_unlock (&self->lock);
}

guint
weft_trace_store_reconcile (WeftTraceStore *self, const WeftProcSnapshot *snapshot)
{
  guint corrections;

  g_rw_lock_writer_lock (&self->lock);
  corrections = weft_process_table_reconcile (self->processes, snapshot);
  self->generation++;
  g_rw_lock_writer_unlock (&self->lock);
  return corrections;
}

void
weft_trace_store_finish (WeftTraceStore *self, guint64 end_ns)
{
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);

  weft_trace_store_append (self, nothing, G_MAXUINT64, NULL);
  g_rw_lock_writer_lock (&self->lock);
  self->edge_ns = MAX (self->edge_ns, end_ns);
  self->finished = TRUE;
  if (self->open_n > 0)
    weft_trace_store_seal (self);
  self->generation++;
  g_rw_lock_writer_unlock (&self->lock);
  hand_out_sealed (self);
}

void
weft_trace_store_set_chunk_func (WeftTraceStore *self, WeftChunkFunc func, gpointer user_data,
                                 GDestroyNotify destroy)
{
  if (self->chunk_destroy != NULL)
    self->chunk_destroy (self->chunk_data);
  self->chunk_func = func;
  self->chunk_data = user_data;
  self->chunk_destroy = destroy;
}

void
weft_trace_store_set_fetch_func (WeftTraceStore *self, WeftFetchFunc func, gpointer user_data,
                                 GDestroyNotify destroy)
{
  if (self->fetch_destroy != NULL)
    self->fetch_destroy (self->fetch_data);
  self->fetch_func = func;
  self->fetch_data = user_data;
  self->fetch_destroy = destroy;
}

void
weft_trace_store_set_memory_limit (WeftTraceStore *self, guint64 bytes)
{
  self->memory_limit = bytes;
}

/* --- getters ------------------------------------------------------------ */

const WeftTraceInfo *
weft_trace_store_get_info (WeftTraceStore *self)
{
  return &self->info;
}

const WeftSyscalls *
weft_trace_store_get_syscalls (WeftTraceStore *self)
{
  return self->syscalls;
}

WeftProcessTable *
weft_trace_store_get_processes (WeftTraceStore *self)
{
  return self->processes;
}

void
weft_trace_store_get_totals (WeftTraceStore *self, WeftTraceTotals *totals)
{
  *totals = self->totals;
  totals->lost = MAX (totals->lost, self->account_lost);
  totals->memory_bytes = self->memory_bytes;
}

guint64
weft_trace_store_get_start (WeftTraceStore *self)
{
  return self->info.start_ns;
}

guint64
weft_trace_store_get_edge (WeftTraceStore *self)
{
  return self->edge_ns;
}

guint64
weft_trace_store_get_generation (WeftTraceStore *self)
{
  return self->generation;
}

guint
weft_trace_store_count_threads (WeftTraceStore *self)
{
  return self->threads->len;
}

const WeftThread *
weft_trace_store_get_thread (WeftTraceStore *self, guint id)
{
  return id < self->threads->len ? &weft_trace_store_entry (self, id)->public : NULL;
}

/* The newest comes first: tids are looked up near the live edge as a rule. */
guint
weft_trace_store_find_thread (WeftTraceStore *self, guint32 tid, guint64 time_ns)
{
  ThreadEntry *entry = weft_trace_store_entry_of_tid (self, tid);

  if (entry != NULL && entry->public.birth_ns <= time_ns)
    return entry->public.id;
  for (guint i = self->threads->len; i-- > 0;)
    {
      const WeftThread *thread = &weft_trace_store_entry (self, i)->public;

      if (thread->tid == tid && thread->birth_ns <= time_ns)
        return i;
    }
  return WEFT_NO_ID;
}

const guint *
weft_trace_store_get_threads_of (WeftTraceStore *self, guint process, guint *n)
{
  GArray *ids
      = process < self->threads_of->len ? g_ptr_array_index (self->threads_of, process) : NULL;

  *n = ids != NULL ? ids->len : 0;
  return ids != NULL ? (const guint *)(void *)ids->data : NULL;
}

const WeftMark *
weft_trace_store_get_marks (WeftTraceStore *self, gsize *n)
{
  *n = self->marks->len;
  return (const WeftMark *)(void *)self->marks->data;
}
