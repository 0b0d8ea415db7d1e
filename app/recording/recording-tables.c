/* recording-tables.c: rows from a store that grows. In: the store. Out: rows, and
 * only those that changed since they were last written. */
#include "recording-tables.h"
#include "checksum.h"
#include "chunk-codec.h"
#include "chunk-tables.h"
#include "recording-marks.h"
#include "recording-notes.h"
#include "recording-renames.h"
#include "recording-scopes.h"
#include <string.h>
#include <sys/wait.h>

/* A mark may be told this long after marks of later times. */
#define LATE_MARK_NS (G_GUINT64_CONSTANT (5000000000))

enum
{
  PUT_SESSION,
  PUT_PROCESS,
  PUT_THREAD,
  PUT_MARK,
  PUT_LOST,
  PUT_CHUNK,
  PUT_TABLE,
  N_STATEMENTS,
};

static const char *const statements[N_STATEMENTS] = {
  "INSERT OR REPLACE INTO session VALUES"
  " (1, coalesce ((SELECT recording FROM session), random ()), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
  "?10, ?11, ?12, ?13, ?14, ?15, ?16)",
  "INSERT OR REPLACE INTO processes VALUES"
  " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
  "INSERT OR REPLACE INTO threads VALUES"
  " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
  /* a UNIQUE column takes any number of NULLs: marks of the whole trace have no thread */
  "INSERT INTO marks SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS"
  " (SELECT 1 FROM marks WHERE time_ns = ?1 AND kind = ?2 AND thread IS ?3)",
  "INSERT OR IGNORE INTO lost VALUES (?1, ?2, ?3, ?4)",
  "INSERT INTO chunks VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
  "INSERT OR REPLACE INTO chunk_tables VALUES (?1, ?2, ?3, ?4)",
};

struct _WeftRecordingTables
{
  sqlite3 *db;
  WeftTraceStore *store;
  sqlite3_stmt *put[N_STATEMENTS];
  guint64 process_generation; /* of the store's table, when its rows were written */
  guint n_threads;            /* written at least once */
  guint64 marks_until_ns;
  guint64 user_marks_generation; /* of the store, when these were written */
  guint64 scopes_generation;     /* the same of scopes and notes */
  guint64 notes_generation;
  guint64 chunks_until_ns; /* the last record that is in the file */
};

WeftRecordingTables *
weft_recording_tables_new (sqlite3 *db, WeftTraceStore *store, GError **error)
{
  g_autoptr (WeftRecordingTables) self = g_new0 (WeftRecordingTables, 1);

  self->db = db;
  self->store = store;
  for (guint i = 0; i < N_STATEMENTS; i++)
    if ((self->put[i] = weft_database_prepare (db, statements[i], error)) == NULL)
      return NULL;
  return g_steal_pointer (&self);
}

void
weft_recording_tables_free (WeftRecordingTables *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < N_STATEMENTS; i++)
    sqlite3_finalize (self->put[i]);
  g_free (self);
}

static void
process_clear (gpointer data)
{
  WeftProcess *process = data;

  g_free ((char *)process->name);
  g_free ((char *)process->command_line);
}

static WeftProcess
copy_process (const WeftProcess *process)
{
  WeftProcess copy = *process;

  copy.name = g_strdup (process->name);
  copy.command_line = g_strdup (process->command_line);
  return copy;
}

/* Returns: (element-type WeftProcess): copies of those that changed */
static GArray *
collect_processes (WeftRecordingTables *self)
{
  GArray *copies = g_array_new (FALSE, FALSE, sizeof (WeftProcess));
  g_autoptr (GArray) changed = NULL;
  WeftProcessTable *table;

  g_array_set_clear_func (copies, process_clear);
  weft_trace_store_begin_read (self->store);
  table = weft_trace_store_get_processes (self->store);
  changed = weft_process_table_list_changed (table, self->process_generation);
  for (guint i = 0; i < changed->len; i++)
    {
      WeftProcess copy
          = copy_process (weft_process_table_get (table, g_array_index (changed, guint, i)));

      g_array_append_val (copies, copy);
    }
  self->process_generation = weft_process_table_get_generation (table);
  weft_trace_store_end_read (self->store);
  return copies;
}

static gboolean
put_process (WeftRecordingTables *self, const WeftProcess *process, GError **error)
{
  sqlite3_stmt *put = self->put[PUT_PROCESS];
  int status = (int)process->status;
  gboolean exited = process->status_known && WIFEXITED (status);
  gboolean killed = process->status_known && WIFSIGNALED (status);

  weft_database_bind_number (put, 1, process->id, WEFT_NO_ID);
  weft_database_bind_number (put, 2, process->parent, WEFT_NO_ID);
  weft_database_bind_number (put, 3, process->tgid, G_MAXUINT64);
  weft_database_bind_number (put, 4, process->uid, G_MAXUINT32);
  weft_database_bind_number (put, 5, process->start_boottime_ns, 0);
  weft_database_bind_number (put, 6, process->start_ns, 0);
  weft_database_bind_number (put, 7, process->end_ns, 0);
  weft_database_bind_number (put, 8, exited ? WEXITSTATUS (status) : G_MAXUINT64, G_MAXUINT64);
  weft_database_bind_number (put, 9, killed ? WTERMSIG (status) : G_MAXUINT64, G_MAXUINT64);
  weft_database_bind_number (put, 10, process->kernel ? 1 : 0, G_MAXUINT64);
  weft_database_bind_number (put, 11, process->cgroup_id, 0);
  weft_database_bind_text (put, 12, process->name);
  weft_database_bind_text (put, 13, process->command_line);
  return weft_database_step (put, error);
}

static gboolean
update_processes (WeftRecordingTables *self, GError **error)
{
  g_autoptr (GArray) changed = collect_processes (self);

  for (guint i = 0; i < changed->len; i++)
    {
      const WeftProcess *process = &g_array_index (changed, WeftProcess, i);

      if (!put_process (self, process, error)
          || !weft_recording_write_renames (self->db, self->store, process->id, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
put_thread (WeftRecordingTables *self, const WeftThread *thread, GError **error)
{
  sqlite3_stmt *put = self->put[PUT_THREAD];

  weft_database_bind_number (put, 1, thread->id, WEFT_NO_ID);
  weft_database_bind_number (put, 2, thread->process, WEFT_NO_ID);
  weft_database_bind_number (put, 3, thread->tid, G_MAXUINT64);
  weft_database_bind_number (put, 4, thread->start_boottime_ns, 0);
  weft_database_bind_number (put, 5, thread->birth_ns, G_MAXUINT64);
  weft_database_bind_number (put, 6, thread->death_ns, 0);
  weft_database_bind_text (put, 7, thread->name);
  weft_database_bind_number (put, 8, thread->counts.switches, G_MAXUINT64);
  weft_database_bind_number (put, 9, thread->counts.voluntary, G_MAXUINT64);
  weft_database_bind_number (put, 10, thread->counts.involuntary, G_MAXUINT64);
  weft_database_bind_number (put, 11, thread->counts.wakeups, G_MAXUINT64);
  weft_database_bind_number (put, 12, thread->counts.migrations, G_MAXUINT64);
  return weft_database_step (put, error);
}

static void
thread_clear (gpointer data)
{
  g_free ((char *)((WeftThread *)data)->name);
}

static void
copy_thread (WeftRecordingTables *self, guint id, GArray *threads)
{
  WeftThread copy = *weft_trace_store_get_thread (self->store, id);

  copy.name = g_strdup (copy.name);
  copy.track = NULL;
  g_array_append_val (threads, copy);
}

/* @entries: (nullable): the threads of a chunk, NULL for all */
static gboolean
update_threads (WeftRecordingTables *self, GArray *entries, GError **error)
{
  g_autoptr (GArray) threads = g_array_new (FALSE, FALSE, sizeof (WeftThread));
  guint n_threads;

  g_array_set_clear_func (threads, thread_clear);
  weft_trace_store_begin_read (self->store);
  n_threads = weft_trace_store_count_threads (self->store);
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      guint id = g_array_index (entries, WeftChunkEntry, i).thread;

      if (id < self->n_threads)
        copy_thread (self, id, threads);
    }
  for (guint id = entries != NULL ? self->n_threads : 0; id < n_threads; id++)
    copy_thread (self, id, threads);
  weft_trace_store_end_read (self->store);
  for (guint i = 0; i < threads->len; i++)
    if (!put_thread (self, &g_array_index (threads, WeftThread, i), error))
      return FALSE;
  self->n_threads = n_threads;
  return TRUE;
}

static gboolean
put_mark (WeftRecordingTables *self, const WeftMark *mark, GError **error)
{
  sqlite3_stmt *put = self->put[mark->kind == WEFT_MARK_LOST ? PUT_LOST : PUT_MARK];

  weft_database_bind_number (put, 1, mark->time_ns, G_MAXUINT64);
  if (mark->kind == WEFT_MARK_LOST)
    {
      weft_database_bind_number (put, 2, mark->cpu, G_MAXUINT64);
      weft_database_bind_number (put, 3, mark->start_ns, G_MAXUINT64);
      weft_database_bind_number (put, 4, mark->value, G_MAXUINT64);
      return weft_database_step (put, error);
    }
  weft_database_bind_text (put, 2, mark->kind == WEFT_MARK_SUSPEND ? "suspend" : "user");
  weft_database_bind_number (put, 3, mark->thread, WEFT_NO_ID);
  weft_database_bind_number (put, 4, mark->value, G_MAXUINT64);
  weft_database_bind_text (put, 5, mark->text);
  return weft_database_step (put, error);
}

static void
mark_clear (gpointer data)
{
  g_free ((char *)((WeftMark *)data)->text);
}

/* Births and ends are in processes already; what is left are losses and the like. */
static GArray *
collect_marks (WeftRecordingTables *self, guint64 from_ns)
{
  GArray *wanted = g_array_new (FALSE, FALSE, sizeof (WeftMark));
  gsize n;
  const WeftMark *marks;

  g_array_set_clear_func (wanted, mark_clear);
  weft_trace_store_begin_read (self->store);
  marks = weft_trace_store_get_trace_marks (self->store, &n);
  while (n > 0 && marks[n - 1].time_ns >= from_ns)
    {
      WeftMark copy = marks[--n];

      copy.text = g_strdup (copy.text);
      g_array_append_val (wanted, copy);
    }
  weft_trace_store_end_read (self->store);
  return wanted;
}

/* A person sets marks anywhere, and removes them: then all are written anew. */
static gboolean
forget_user_marks (WeftRecordingTables *self, gboolean *changed, GError **error)
{
  guint64 generation;

  weft_trace_store_begin_read (self->store);
  generation = weft_trace_store_get_user_marks_generation (self->store);
  weft_trace_store_end_read (self->store);
  *changed = generation != self->user_marks_generation;
  self->user_marks_generation = generation;
  return !*changed || weft_database_run (self->db, WEFT_DELETE_USER_MARKS, error);
}

static gboolean
update_marks (WeftRecordingTables *self, gboolean all, GError **error)
{
  g_autoptr (GArray) marks = NULL;
  gboolean changed;
  guint64 from_ns;

  if (!forget_user_marks (self, &changed, error))
    return FALSE;
  from_ns = all || changed ? 0 : self->marks_until_ns - MIN (self->marks_until_ns, LATE_MARK_NS);
  marks = collect_marks (self, from_ns);
  for (guint i = 0; i < marks->len; i++)
    {
      const WeftMark *mark = &g_array_index (marks, WeftMark, i);

      if (!put_mark (self, mark, error))
        return FALSE;
      self->marks_until_ns = MAX (self->marks_until_ns, mark->time_ns);
    }
  return TRUE;
}

static gboolean
update_scopes (WeftRecordingTables *self, GError **error)
{
  guint64 generation;

  weft_trace_store_begin_read (self->store);
  generation = weft_trace_store_get_scopes_generation (self->store);
  weft_trace_store_end_read (self->store);
  if (generation == self->scopes_generation)
    return TRUE;
  self->scopes_generation = generation;
  return weft_recording_write_scopes (self->db, self->store, error);
}

static gboolean
update_notes (WeftRecordingTables *self, GError **error)
{
  guint64 generation;

  weft_trace_store_begin_read (self->store);
  generation = weft_trace_store_get_notes_generation (self->store);
  weft_trace_store_end_read (self->store);
  if (generation == self->notes_generation)
    return TRUE;
  self->notes_generation = generation;
  return weft_recording_write_notes (self->db, self->store, error);
}

static gboolean
update_session (WeftRecordingTables *self, gboolean finished, GError **error)
{
  const WeftTraceInfo *info = weft_trace_store_get_info (self->store);
  sqlite3_stmt *put = self->put[PUT_SESSION];
  WeftTraceTotals totals;
  WeftTraced what;
  guint64 end_ns;

  weft_trace_store_begin_read (self->store);
  what = weft_trace_store_get_traced (self->store, 0, G_MAXUINT64);
  weft_trace_store_get_totals (self->store, &totals);
  /* The store may know more than the file does. */
  end_ns = finished ? weft_trace_store_get_edge (self->store)
                    : MAX (self->chunks_until_ns, info->start_ns);
  weft_trace_store_end_read (self->store);
  weft_database_bind_text (put, 1, WEFT_VERSION);
  weft_database_bind_text (put, 2, info->architecture);
  weft_database_bind_text (put, 3, info->kernel);
  weft_database_bind_text (put, 4, info->host);
  weft_database_bind_text (put, 5, info->boot_id);
  weft_database_bind_text (put, 6, info->label);
  weft_database_bind_number (put, 7, info->n_cpus, G_MAXUINT64);
  weft_database_bind_number (put, 8, info->start_ns, G_MAXUINT64);
  weft_database_bind_number (put, 9, end_ns, G_MAXUINT64);
  weft_database_bind_number (put, 10, info->realtime_ns, G_MAXUINT64);
  weft_database_bind_number (put, 11, info->boottime_ns, G_MAXUINT64);
  weft_database_bind_number (put, 12, what == WEFT_TRACED_OWN ? 1 : 0, G_MAXUINT64);
  weft_database_bind_number (put, 13, totals.events, G_MAXUINT64);
  weft_database_bind_number (put, 14, totals.lost, G_MAXUINT64);
  weft_database_bind_number (put, 15, totals.late, G_MAXUINT64);
  weft_database_bind_number (put, 16, finished ? 1 : 0, G_MAXUINT64);
  return weft_database_step (put, error);
}

gboolean
weft_recording_tables_update (WeftRecordingTables *self, gboolean finished, GError **error)
{
  return update_processes (self, error) && (!finished || update_threads (self, NULL, error))
         && update_marks (self, finished, error) && update_scopes (self, error)
         && update_notes (self, error) && update_session (self, finished, error);
}

static gboolean
put_tables (WeftRecordingTables *self, const WeftChunk *chunk, GError **error)
{
  sqlite3_stmt *put = self->put[PUT_TABLE];

  for (guint i = 0; i < chunk->tables->len; i++)
    {
      const WeftChunkTable *table = &g_array_index (chunk->tables, WeftChunkTable, i);
      g_autoptr (GBytes) packed = weft_chunk_table_pack (table->bytes);

      weft_database_bind_number (put, 1, chunk->number, G_MAXUINT64);
      weft_database_bind_text (put, 2, table->name);
      sqlite3_bind_int64 (put, 3, (gint64)weft_checksum (0, packed));
      weft_database_bind_bytes (put, 4, packed);
      if (!weft_database_step (put, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
weft_recording_tables_add_chunk (WeftRecordingTables *self, WeftChunk *chunk, GError **error)
{
  sqlite3_stmt *put = self->put[PUT_CHUNK];
  g_autoptr (GBytes) encoded = NULL;

  if (chunk->records == NULL)
    return put_tables (self, chunk, error);
  encoded = weft_chunk_encode (chunk->records, error);
  if (encoded == NULL)
    return FALSE;
  weft_database_bind_number (put, 1, chunk->number, G_MAXUINT64);
  weft_database_bind_number (put, 2, chunk->first_ns, G_MAXUINT64);
  weft_database_bind_number (put, 3, chunk->last_ns, G_MAXUINT64);
  weft_database_bind_number (put, 4, chunk->n_records, G_MAXUINT64);
  sqlite3_bind_int64 (put, 5, (gint64)weft_checksum (0, encoded));
  weft_database_bind_bytes (put, 6, encoded);
  self->chunks_until_ns = MAX (self->chunks_until_ns, chunk->last_ns);
  return weft_database_step (put, error) && put_tables (self, chunk, error)
         && update_threads (self, chunk->entries, error);
}
