/* stat-gather.c: copying figures out of a store. In: a store. Out: copies. */
#include "stat-gather.h"
#include "event-row.h"
#include "printable.h"
#include "trace-notes.h"
#include <string.h>
#include <sys/wait.h>

static void
process_clear (gpointer data)
{
  WeftStatProcess *process = data;

  g_free (process->name);
  g_free (process->command_line);
}

static void
thread_clear (gpointer data)
{
  g_free (((WeftStatThread *)data)->name);
}

void
weft_stat_free (WeftStat *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->processes);
  g_array_unref (self->threads);
  g_free (self->label);
  g_free (self->host);
  g_free (self->scope);
  g_clear_pointer (&self->notes, g_ptr_array_unref);
  g_free (self);
}

static gboolean
is_wanted (const WeftStatOptions *options, guint32 tgid)
{
  if (options->tgids == NULL)
    return TRUE;
  for (guint i = 0; i < options->tgids->len; i++)
    if (g_array_index (options->tgids, guint32, i) == tgid)
      return TRUE;
  return FALSE;
}

static void
add_process (WeftStat *self, WeftProcessTable *table, const WeftProcess *process, guint64 start_ns)
{
  const WeftProcess *parent = weft_process_table_get (table, process->parent);
  int status = (int)process->status;
  WeftStatProcess copy = { .id = process->id,
                           .parent = process->parent,
                           .tgid = process->tgid,
                           .parent_tgid = parent != NULL ? parent->tgid : 0,
                           .name = g_strdup (process->name),
                           .command_line = g_strdup (process->command_line),
                           .start_ns = (gint64)(process->start_ns - start_ns),
                           .kernel = process->kernel,
                           .ended = process->end_ns != 0,
                           .end_ns = (gint64)(process->end_ns - start_ns),
                           .exited = process->status_known && WIFEXITED (status),
                           .killed = process->status_known && WIFSIGNALED (status),
                           .status = process->status };

  copy.exit_code = copy.exited ? (guint)WEXITSTATUS (status) : 0;
  copy.signal = copy.killed ? (guint)WTERMSIG (status) : 0;
  g_array_append_val (self->processes, copy);
}

/* Those that were there in the range. */
static void
gather_processes (WeftStat *self, WeftTraceStore *store, const WeftStatOptions *options,
                  guint64 from_ns, guint64 to_ns)
{
  WeftProcessTable *table = weft_trace_store_get_processes (store);

  for (guint id = 0; id < weft_process_table_get_size (table); id++)
    {
      const WeftProcess *process = weft_process_table_get (table, id);

      if (process->start_ns >= to_ns || (process->end_ns != 0 && process->end_ns < from_ns)
          || !is_wanted (options, process->tgid))
        continue;
      add_process (self, table, process, weft_trace_store_get_start (store));
    }
}

/* Ids of the threads that were there in the range. */
static GArray *
list_threads (WeftTraceStore *store, const WeftStatOptions *options, guint64 from_ns, guint64 to_ns)
{
  WeftProcessTable *table = weft_trace_store_get_processes (store);
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint id = 0; id < weft_trace_store_count_threads (store); id++)
    {
      const WeftThread *thread = weft_trace_store_get_thread (store, id);
      const WeftProcess *process = weft_process_table_get (table, thread->process);

      if (thread->birth_ns >= to_ns || (thread->death_ns != 0 && thread->death_ns <= from_ns)
          || !is_wanted (options, process != NULL ? process->tgid : 0))
        continue;
      g_array_append_val (ids, id);
    }
  return ids;
}

static void
add_thread (WeftStat *self, WeftTraceStore *store, const WeftThreadStatistics *figures)
{
  const WeftThread *thread = weft_trace_store_get_thread (store, figures->thread);
  const WeftProcess *process
      = weft_process_table_get (weft_trace_store_get_processes (store), thread->process);
  WeftStatThread copy = { .tid = thread->tid,
                          .tgid = process != NULL ? process->tgid : 0,
                          .process = thread->process,
                          .name = g_strdup (thread->name),
                          .range_ns = self->duration_ns,
                          .recorded = weft_statistics_is_recorded (figures),
                          .figures = *figures };

  g_array_append_val (self->threads, copy);
}

/* What is counted of a part. */
typedef struct
{
  WeftStat *stat;
  WeftEventReader *reader; /* (nullable): of chosen processes */
} Count;

static gboolean
count_event_cb (const struct weft_record *record, gpointer user_data)
{
  Count *self = user_data;
  WeftEventRow row;

  if (weft_record_is_event (record)
      && (self->reader == NULL || weft_event_reader_read (self->reader, record, &row)))
    self->stat->events++;
  return TRUE;
}

/* The totals are known; those of a part, of time or of the processes, are counted. */
static gboolean
count_events (WeftStat *self, WeftTraceStore *store, const WeftStatOptions *options,
              guint64 from_ns, guint64 to_ns, GCancellable *cancellable, GError **error)
{
  /* A suspend is nobody's. */
  WeftEventFilter filter = { .tgids = options->tgids,
                             .kinds = WEFT_EVENT_KINDS_ALL & ~WEFT_EVENT_KIND (WEFT_SUSPEND) };
  g_autoptr (WeftEventReader) reader = NULL;
  Count count = { .stat = self };
  g_autoptr (GError) why = NULL;
  WeftTraceTotals totals;

  weft_trace_store_widen_range (store, &from_ns, &to_ns);
  weft_trace_store_get_totals (store, &totals);
  self->late = totals.late;
  self->unknown = totals.unknown;
  if (from_ns == 0 && to_ns == G_MAXUINT64 && options->tgids == NULL)
    {
      self->events = totals.events;
      self->lost = totals.lost;
      return TRUE;
    }
  self->lost = weft_trace_store_count_lost (store, from_ns, to_ns, NULL);
  if (options->tgids != NULL)
    count.reader = reader = weft_event_reader_new (store, &filter);
  weft_trace_store_foreach_record (store, from_ns, to_ns, count_event_cb, &count, cancellable,
                                   &why);
  if (why != NULL)
    g_propagate_error (error, g_steal_pointer (&why));
  return error == NULL || *error == NULL;
}

/* What stands above the figures. */
static void
gather_head (WeftStat *self, WeftTraceStore *store, guint64 from_ns, guint64 to_ns)
{
  const WeftTraceInfo *info = weft_trace_store_get_info (store);

  self->cpus = info->n_cpus;
  self->duration_ns = to_ns > from_ns ? to_ns - from_ns : 0;
  self->realtime_ns = info->realtime_ns;
  self->label = weft_make_printable (info->label, -1);
  self->host = weft_make_printable (info->host, -1);
  self->traced = weft_trace_store_get_traced (store, from_ns, to_ns);
  self->scope = weft_trace_store_describe_scope (store, from_ns, to_ns);
  self->notes = weft_trace_store_describe_notes (store);
}

WeftStat *
weft_stat_gather (WeftTraceStore *store, const WeftStatOptions *options, GCancellable *cancellable,
                  GError **error)
{
  g_autoptr (WeftStat) self = g_new0 (WeftStat, 1);
  guint64 start_ns = weft_trace_store_get_start (store);
  guint64 edge_ns = weft_trace_store_get_edge (store);
  guint64 from_ns = MAX (options->from_ns, start_ns);
  guint64 to_ns = options->to_ns != 0 ? MIN (options->to_ns, edge_ns) : edge_ns;
  g_autoptr (GArray) ids = NULL;
  g_autoptr (GArray) figures = NULL;

  self->processes = g_array_new (FALSE, FALSE, sizeof (WeftStatProcess));
  self->threads = g_array_new (FALSE, FALSE, sizeof (WeftStatThread));
  g_array_set_clear_func (self->processes, process_clear);
  g_array_set_clear_func (self->threads, thread_clear);
  gather_head (self, store, from_ns, to_ns);
  gather_processes (self, store, options, from_ns, to_ns);
  ids = list_threads (store, options, from_ns, to_ns);
  figures = weft_statistics_new_for_range (store, from_ns, to_ns, ids, TRUE, cancellable, error);
  if (figures == NULL || !count_events (self, store, options, from_ns, to_ns, cancellable, error))
    return NULL;
  for (guint i = 0; i < figures->len; i++)
    add_thread (self, store, &g_array_index (figures, WeftThreadStatistics, i));
  return g_steal_pointer (&self);
}
