/* recording.c: the object, its thread, and where its file is. In: chunks. Out: a
 * file. The thread writes each chunk in a transaction of its own and empties the
 * journal into the file once a second, so that at any moment the file and its
 * journal hold all but the last second. */
#include "recording.h"
#include "chunk-reader.h"
#include "recording-tables.h"
#include "schema.h"
#include "unsaved.h"
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

/* How often the journal goes into the file. */
#define CHECKPOINT_US G_USEC_PER_SEC
/* More chunks than this waiting (a GiB or so) means that the disk cannot follow. */
#define MAX_WAITING 512

typedef struct
{
  WeftChunk *chunk;
  GBytes *records;
} Job;

struct _WeftRecording
{
  GObject parent_instance;

  WeftTraceStore *store; /* NULL when finished: until then each keeps the other */
  GMainContext *context; /* where ::failed is emitted */
  GThread *thread;       /* NULL when finished */
  GAsyncQueue *jobs;     /* Job; end_job ends the thread */

  /* the thread's own */
  sqlite3 *db;
  WeftRecordingTables *tables;
  gint64 checkpointed_us;

  GMutex lock; /* guards what follows */
  char *path;
  gboolean unsaved, keep;
  GHashTable *waiting; /* number → GBytes: records that are not in the file yet */
  WeftChunkReader *reader;
  GError *failure;
};

G_DEFINE_FINAL_TYPE (WeftRecording, weft_recording, G_TYPE_OBJECT)

static guint failed_signal;
static Job end_job;

static void
job_free (Job *job)
{
  weft_chunk_unref (job->chunk);
  g_bytes_unref (job->records);
  g_free (job);
}

static gboolean
emit_failed_cb (gpointer data)
{
  WeftRecording *self = data;
  g_autoptr (GError) failure = NULL;

  g_mutex_lock (&self->lock);
  failure = g_error_copy (self->failure);
  g_mutex_unlock (&self->lock);
  g_signal_emit (self, failed_signal, 0, failure);
  return G_SOURCE_REMOVE;
}

/* g_main_context_invoke() would call it here when the context is not running yet. */
static void
emit_failed_later (WeftRecording *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, emit_failed_cb, g_object_ref (self), g_object_unref);
  g_source_attach (source, self->context);
}

static gboolean
has_failed (WeftRecording *self)
{
  gboolean failed;

  g_mutex_lock (&self->lock);
  failed = self->failure != NULL;
  g_mutex_unlock (&self->lock);
  return failed;
}

/* The first failure is the one that is told. */
static void
fail (WeftRecording *self, const GError *why)
{
  g_autofree char *name = g_filename_display_name (self->path);
  const char *advice = why->code == G_IO_ERROR_NO_SPACE ? _ ("Free some space and record again.")
                                                        : _ ("Record to another folder.");

  g_mutex_lock (&self->lock);
  if (self->failure == NULL)
    {
      self->failure
          = g_error_new (G_IO_ERROR, why->code,
                         _ ("The recording “%s” stops here, what came before is kept: %s. %s"),
                         name, why->message, advice);
      emit_failed_later (self);
    }
  g_mutex_unlock (&self->lock);
}

/* 0 when it is not there. */
static guint64
file_bytes (const char *path)
{
  struct stat info;

  return g_stat (path, &info) == 0 ? (guint64)info.st_size : 0;
}

guint64
weft_recording_get_bytes (WeftRecording *self)
{
  g_autofree char *path = weft_recording_dup_path (self);
  g_autofree char *journal = g_strconcat (path, "-wal", NULL);

  return file_bytes (path) + file_bytes (journal);
}

static gboolean
check_cap (WeftRecording *self, GError **error)
{
  g_autofree char *cap = NULL;

  if (!self->unsaved || weft_recording_get_bytes (self) < WEFT_UNSAVED_CAP_BYTES)
    return TRUE;
  cap = g_format_size (WEFT_UNSAVED_CAP_BYTES);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, _ ("an unsaved trace may take at most %s"),
               cap);
  return FALSE;
}

static gboolean
checkpoint (WeftRecording *self, GError **error)
{
  self->checkpointed_us = g_get_monotonic_time ();
  return weft_database_run (self->db, "PRAGMA wal_checkpoint (PASSIVE)", error);
}

static gboolean
write_chunk (WeftRecording *self, Job *job, GError **error)
{
  if (!check_cap (self, error) || !weft_database_run (self->db, "BEGIN", error))
    return FALSE;
  if (!weft_recording_tables_add_chunk (self->tables, job->chunk, job->records, error)
      || !weft_recording_tables_update (self->tables, FALSE, error)
      || !weft_database_run (self->db, "COMMIT", error))
    {
      weft_database_run (self->db, "ROLLBACK", NULL);
      return FALSE;
    }
  g_mutex_lock (&self->lock);
  g_hash_table_remove (self->waiting, GUINT_TO_POINTER (job->chunk->number));
  g_mutex_unlock (&self->lock);
  return TRUE;
}

static gboolean
checkpoint_is_due (WeftRecording *self)
{
  return g_get_monotonic_time () - self->checkpointed_us >= CHECKPOINT_US;
}

/* Waits for the next job no longer than until the journal wants emptying. */
static Job *
next_job (WeftRecording *self, gboolean dirty)
{
  gint64 due_us = self->checkpointed_us + CHECKPOINT_US - g_get_monotonic_time ();

  if (!dirty)
    return g_async_queue_pop (self->jobs);
  return g_async_queue_timeout_pop (self->jobs, (guint64)MAX (due_us, 1));
}

static gpointer
write_thread (gpointer data)
{
  WeftRecording *self = data;
  gboolean dirty = FALSE;

  for (;;)
    {
      g_autoptr (GError) error = NULL;
      Job *job = next_job (self, dirty);

      if (job == &end_job)
        return NULL;
      if (job != NULL)
        {
          gboolean written = !has_failed (self) && write_chunk (self, job, &error);

          dirty |= written;
          job_free (job);
        }
      if (error == NULL && dirty && checkpoint_is_due (self))
        dirty = !checkpoint (self, &error);
      if (error != NULL)
        {
          fail (self, error);
          dirty = FALSE;
        }
    }
}

/* In the store's writer thread. */
static void
chunk_cb (WeftTraceStore *store, WeftChunk *chunk, gpointer user_data)
{
  WeftRecording *self = user_data;
  Job *job = g_new (Job, 1);
  g_autoptr (GError) error = NULL;

  job->chunk = weft_chunk_ref (chunk);
  job->records = g_bytes_ref (chunk->records);
  g_mutex_lock (&self->lock);
  g_hash_table_insert (self->waiting, GUINT_TO_POINTER (chunk->number),
                       g_bytes_ref (chunk->records));
  g_mutex_unlock (&self->lock);
  if (g_async_queue_length (self->jobs) > MAX_WAITING)
    {
      error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, _ ("the disk is too slow"));
      fail (self, error);
    }
  g_async_queue_push (self->jobs, job);
}

/* A connection to read from: beside the writer while there is one. */
static WeftChunkReader *
ref_reader (WeftRecording *self, GError **error)
{
  WeftChunkReader *reader = NULL;

  g_mutex_lock (&self->lock);
  if (self->reader == NULL)
    {
      sqlite3 *db = self->thread != NULL ? weft_database_open_shared (self->path, error)
                                         : weft_database_open_immutable (self->path, error);

      if (db != NULL)
        self->reader = weft_chunk_reader_new (db);
    }
  if (self->reader != NULL)
    reader = weft_chunk_reader_ref (self->reader);
  g_mutex_unlock (&self->lock);
  return reader;
}

static GBytes *
fetch_cb (guint chunk, gpointer user_data, GError **error)
{
  WeftRecording *self = user_data;
  g_autoptr (WeftChunkReader) reader = NULL;
  GBytes *records;

  g_mutex_lock (&self->lock);
  records = g_hash_table_lookup (self->waiting, GUINT_TO_POINTER (chunk));
  if (records != NULL)
    g_bytes_ref (records);
  g_mutex_unlock (&self->lock);
  if (records != NULL)
    return records;
  reader = ref_reader (self, error);
  return reader != NULL ? weft_chunk_reader_fetch (reader, chunk, error) : NULL;
}

static void
weft_recording_init (WeftRecording *self)
{
  g_mutex_init (&self->lock);
  self->jobs = g_async_queue_new ();
  self->waiting
      = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)(void (*) (void))g_bytes_unref);
  self->context = g_main_context_ref_thread_default ();
}

/* Lets go of the file; the thread has ended. */
static void
close_database (WeftRecording *self)
{
  g_clear_pointer (&self->tables, weft_recording_tables_free);
  g_clear_pointer (&self->db, sqlite3_close_v2);
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->reader, weft_chunk_reader_unref);
  g_mutex_unlock (&self->lock);
}

static void
end_thread (WeftRecording *self)
{
  if (self->thread == NULL)
    return;
  g_async_queue_push (self->jobs, &end_job);
  g_thread_join (self->thread);
  g_mutex_lock (&self->lock);
  self->thread = NULL;
  g_mutex_unlock (&self->lock);
}

static void
weft_recording_finalize (GObject *object)
{
  WeftRecording *self = WEFT_RECORDING (object);
  Job *job;

  end_thread (self);
  while ((job = g_async_queue_try_pop (self->jobs)) != NULL)
    job_free (job);
  close_database (self);
  if (self->unsaved && !self->keep && self->path != NULL)
    weft_unsaved_discard (self->path);
  g_clear_object (&self->store);
  g_async_queue_unref (self->jobs);
  g_hash_table_unref (self->waiting);
  g_main_context_unref (self->context);
  g_clear_error (&self->failure);
  g_mutex_clear (&self->lock);
  g_free (self->path);
  G_OBJECT_CLASS (weft_recording_parent_class)->finalize (object);
}

static void
weft_recording_class_init (WeftRecordingClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_recording_finalize;
  failed_signal = g_signal_new ("failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static gboolean
open_database (WeftRecording *self, int mode, GError **error)
{
  self->db = weft_database_create (self->path, mode, error);
  if (self->db == NULL)
    return FALSE;
  if (!weft_schema_create (self->db, error))
    return FALSE;
  self->tables = weft_recording_tables_new (self->db, self->store, error);
  if (self->tables == NULL || !weft_database_run (self->db, "BEGIN", error)
      || !weft_recording_tables_update (self->tables, FALSE, error)
      || !weft_database_run (self->db, "COMMIT", error))
    return FALSE;
  return checkpoint (self, error);
}

WeftRecording *
weft_recording_create (const char *path, WeftTraceStore *store, WeftRecordingFlags flags,
                       GError **error)
{
  g_autoptr (WeftRecording) self = g_object_new (WEFT_TYPE_RECORDING, NULL);

  self->path = g_strdup (path);
  self->store = g_object_ref (store);
  self->unsaved = (flags & WEFT_RECORDING_PRIVATE) != 0;
  if (!open_database (self, self->unsaved ? 0600 : 0666, error))
    return NULL;
  self->thread = g_thread_new ("weft-recording", write_thread, self);
  weft_trace_store_set_chunk_func (store, chunk_cb, g_object_ref (self), g_object_unref);
  weft_trace_store_set_fetch_func (store, fetch_cb, g_object_ref (self), g_object_unref);
  return g_steal_pointer (&self);
}

WeftRecording *
weft_recording_create_unsaved (WeftTraceStore *store, GError **error)
{
  g_autofree char *path = weft_unsaved_new_path (error);

  return path != NULL ? weft_recording_create (path, store, WEFT_RECORDING_PRIVATE, error) : NULL;
}

char *
weft_recording_dup_path (WeftRecording *self)
{
  char *path;

  g_mutex_lock (&self->lock);
  path = g_strdup (self->path);
  g_mutex_unlock (&self->lock);
  return path;
}

gboolean
weft_recording_is_saved (WeftRecording *self)
{
  gboolean saved;

  g_mutex_lock (&self->lock);
  saved = !self->unsaved;
  g_mutex_unlock (&self->lock);
  return saved;
}

void
weft_recording_keep (WeftRecording *self)
{
  g_mutex_lock (&self->lock);
  self->keep = TRUE;
  g_mutex_unlock (&self->lock);
}

/* The last rows, and the journal into the file. */
static gboolean
write_end (WeftRecording *self, GError **error)
{
  return weft_database_run (self->db, "BEGIN", error)
         && weft_recording_tables_update (self->tables, TRUE, error)
         && weft_database_run (self->db, "COMMIT", error)
         && weft_database_run (self->db, "PRAGMA wal_checkpoint (TRUNCATE)", error);
}

gboolean
weft_recording_finish (WeftRecording *self, GError **error)
{
  g_autoptr (GError) why = NULL;

  if (self->store == NULL)
    return TRUE;
  weft_trace_store_set_chunk_func (self->store, NULL, NULL, NULL);
  end_thread (self);
  if (!has_failed (self) && !write_end (self, &why))
    fail (self, why);
  /* No reader may be left, or the journal stays. */
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->reader, weft_chunk_reader_unref);
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&self->tables, weft_recording_tables_free);
  /* With a full disk this fails, and the file opens with the journal beside it. */
  weft_database_run (self->db, "PRAGMA journal_mode = DELETE", NULL);
  close_database (self);
  g_clear_object (&self->store);
  if (!has_failed (self))
    return TRUE;
  g_mutex_lock (&self->lock);
  g_propagate_error (error, g_error_copy (self->failure));
  g_mutex_unlock (&self->lock);
  return FALSE;
}

/* What a new file of this process may be read by. */
static int
get_file_mode (void)
{
  g_autofree char *status = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL)
      || (line = strstr (status, "\nUmask:")) == NULL)
    return 0644;
  return 0666 & ~(int)g_ascii_strtoull (line + strlen ("\nUmask:"), NULL, 8);
}

static gboolean
move_file (const char *from, const char *to, gboolean move, GCancellable *cancellable,
           GError **error)
{
  g_autoptr (GFile) source = g_file_new_for_path (from);
  g_autoptr (GFile) target = g_file_new_for_path (to);
  g_autofree char *name = g_filename_display_name (to);
  gboolean done;

  weft_database_remove_leftovers (to);
  done = move ? g_file_move (source, target, G_FILE_COPY_OVERWRITE, cancellable, NULL, NULL, error)
              : g_file_copy (source, target,
                             G_FILE_COPY_OVERWRITE | G_FILE_COPY_TARGET_DEFAULT_PERMS, cancellable,
                             NULL, NULL, error);
  if (!done)
    g_prefix_error (error, _ ("The recording cannot be saved as “%s”: "), name);
  else
    g_chmod (to, (guint)get_file_mode ());
  return done;
}

gboolean
weft_recording_save_as (WeftRecording *self, const char *path, GCancellable *cancellable,
                        GError **error)
{
  g_autofree char *from = weft_recording_dup_path (self);
  gboolean move = !weft_recording_is_saved (self);

  /* What was written is worth saving even when the end of it failed. */
  weft_recording_finish (self, NULL);
  if (!move_file (from, path, move, cancellable, error))
    return FALSE;
  if (!move)
    return TRUE;
  weft_unsaved_discard (from);
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->reader, weft_chunk_reader_unref);
  g_free (self->path);
  self->path = g_strdup (path);
  self->unsaved = FALSE;
  g_mutex_unlock (&self->lock);
  return TRUE;
}
