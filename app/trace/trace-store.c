/* trace-store.c: the store as an object: the window in which records are sorted, getters.
 * In: batches. Out: see the header. */
#include "trace-store.h"
#include "history-private.h"
#include "record-reader.h"
#include "trace-scope.h"
#include <glib/gi18n.h>
#include <string.h>

G_DEFINE_FINAL_TYPE (WeftTraceStore, weft_trace_store, G_TYPE_OBJECT)

#define DEFAULT_MEMORY_LIMIT (G_GUINT64_CONSTANT (1) << 30)

static void
entry_free (gpointer data)
{
  ThreadEntry *entry = data;

  weft_thread_track_free (entry->machine.public.track);
  g_clear_pointer (&entry->machine.public.renames, g_array_unref);
  weft_thread_marks_free (entry->marks);
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
  weft_thread_machine_free (self->machine);
  g_ptr_array_unref (self->threads);
  g_ptr_array_unref (self->threads_of);
  weft_history_free (self);
  g_ptr_array_unref (self->sealed);
  g_array_unref (self->trace_marks);
  g_array_unref (self->scopes);
  g_tree_unref (self->notes);
  g_array_unref (self->open_entries);
  g_array_unref (self->open_grains);
  weft_derived_drop (&self->open_derived);
  g_clear_pointer (&self->restored, g_array_unref);
  g_byte_array_unref (self->open_records);
  g_byte_array_unref (self->waiting);
  g_string_chunk_free (self->strings);
  weft_families_free (self->families);
  g_object_unref (self->processes);
  g_rw_lock_clear (&self->lock);
  G_OBJECT_CLASS (weft_trace_store_parent_class)->finalize (object);
}

static void
weft_trace_store_class_init (WeftTraceStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_trace_store_finalize;
}

static gint
compare_names (gconstpointer a, gconstpointer b, gpointer unused)
{
  return strcmp (a, b);
}

static void
weft_trace_store_init (WeftTraceStore *self)
{
  g_rw_lock_init (&self->lock);
  self->processes = weft_process_table_new ();
  self->families = weft_families_new (self->processes);
  self->threads = g_ptr_array_new_with_free_func (entry_free);
  self->threads_of = g_ptr_array_new_with_free_func (array_free);
  weft_history_init (self);
  self->sealed = g_ptr_array_new_with_free_func ((GDestroyNotify)weft_chunk_unref);
  self->trace_marks = g_array_new (FALSE, FALSE, sizeof (WeftMark));
  self->scopes = g_array_new (FALSE, FALSE, sizeof (WeftScope));
  g_array_set_clear_func (self->scopes, weft_scope_clear);
  self->notes = g_tree_new_full (compare_names, NULL, g_free, g_free);
  self->open_entries = g_array_new (FALSE, FALSE, sizeof (WeftChunkEntry));
  weft_derived_begin (&self->open_derived);
  self->open_grains = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->open_records = g_byte_array_new ();
  self->waiting = g_byte_array_new ();
  self->strings = g_string_chunk_new (4096);
  self->memory_limit = DEFAULT_MEMORY_LIMIT;
}

/* Everything goes by the same table of calls: what is live, and what is brought back. */
static void
set_machine (WeftTraceStore *self, const WeftTraceInfo *info)
{
  self->info = *info;
  self->syscalls = info->locks_untold ? weft_syscalls_get_untold (info->architecture)
                                      : weft_syscalls_get (info->architecture);
  g_clear_pointer (&self->machine, weft_thread_machine_free);
  self->machine = weft_trace_store_new_machine (self);
  weft_thread_machine_set_start (self->machine, info->start_ns, info->boottime_ns);
  self->edge_ns = info->start_ns;
  weft_process_table_set_boot_offset (self->processes, info->boottime_ns - info->start_ns);
}

WeftTraceStore *
weft_trace_store_new (const WeftTraceInfo *info)
{
  WeftTraceStore *self = g_object_new (WEFT_TYPE_TRACE_STORE, NULL);

  set_machine (self, info);
  return self;
}

void
weft_trace_store_set_machine (WeftTraceStore *self, const WeftTraceInfo *info)
{
  g_return_if_fail (self->applied_ns == 0);

  g_rw_lock_writer_lock (&self->lock);
  set_machine (self, info);
  self->generation++;
  g_rw_lock_writer_unlock (&self->lock);
}

void
weft_trace_store_begin_with_first (WeftTraceStore *self)
{
  g_rw_lock_writer_lock (&self->lock);
  self->begins_with_first = self->applied_ns == 0;
  g_rw_lock_writer_unlock (&self->lock);
}

/* The clocks go alike: what is known of them at one moment is known of the others. */
static void
move_start (WeftTraceStore *self, guint64 time_ns)
{
  self->begins_with_first = FALSE;
  self->info.boottime_ns += time_ns - self->info.start_ns;
  self->info.realtime_ns += time_ns - self->info.start_ns;
  self->info.start_ns = time_ns;
  weft_thread_machine_set_start (self->machine, time_ns, self->info.boottime_ns);
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
collect (WeftTraceStore *self, gconstpointer data, gsize bytes, GArray *pending, GError **error)
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
      if (self->open_n >= WEFT_CHUNK_RECORDS)
        weft_trace_store_seal (self);
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
  weft_trace_store_seal_late (self);
  weft_history_trim (self);
  self->generation++;
}

gboolean
weft_trace_store_append (WeftTraceStore *self, GBytes *records, guint64 complete_until_ns,
                         GError **error)
{
  g_autoptr (GArray) pending = g_array_sized_new (FALSE, FALSE, sizeof (Pending), 8192);
  gsize bytes;
  gconstpointer data = g_bytes_get_data (records, &bytes);

  /* The writer is alone, so what waits can be read before the lock. */
  if (!collect (self, self->waiting->data, self->waiting->len, pending, error)
      || !collect (self, data, bytes, pending, error))
    return FALSE;
  g_rw_lock_writer_lock (&self->lock);
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
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("The recording is damaged: chunk %u came where %u was due."), number,
                   self->chunks->len);
      return FALSE;
    }
  if (!weft_record_reader_init (&reader, data, bytes, error))
    return FALSE;
  g_rw_lock_writer_lock (&self->lock);
  self->replaying = TRUE;
  while (weft_record_reader_next (&reader, &record, &local))
    weft_trace_store_apply (self, record);
  self->edge_ns = MAX (self->edge_ns, self->applied_ns);
  weft_trace_store_seal (self);
  self->replaying = FALSE;
  if (self->fetch_func == NULL && local == NULL)
    weft_history_set_records (self, weft_history_get (self, number), records);
  weft_trace_store_seal_late (self);
  weft_history_trim (self);
  self->generation++;
  g_rw_lock_writer_unlock (&self->lock);
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return local == NULL && (error == NULL || *error == NULL);
}

gboolean
weft_trace_store_replay_gap (WeftTraceStore *self, guint number, guint64 first_ns, guint64 last_ns,
                             guint64 count, GError **error)
{
  const struct weft_record lost = { .time_ns = last_ns,
                                    .kind = WEFT_LOST,
                                    .units = 1,
                                    .lost = { .count = count, .first_ns = first_ns } };
  g_autoptr (GBytes) records = g_bytes_new (&lost, sizeof lost);

  if (!weft_trace_store_replay_chunk (self, number, records, error))
    return FALSE;
  g_rw_lock_writer_lock (&self->lock);
  weft_history_set_gap (self, weft_history_get (self, number), count);
  g_rw_lock_writer_unlock (&self->lock);
  return TRUE;
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
weft_trace_store_set_fetch_table_func (WeftTraceStore *self, WeftFetchTableFunc func)
{
  self->fetch_table_func = func;
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

WeftFamilies *
weft_trace_store_get_families (WeftTraceStore *self)
{
  return self->families;
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

guint64
weft_trace_store_get_rewritten_from (WeftTraceStore *self, guint64 since_generation)
{
  return weft_rewrites_get (&self->rewrites, since_generation);
}

guint64
weft_trace_store_get_sealed_until (WeftTraceStore *self)
{
  return self->open_begin_ns;
}
