/* recording.c: the object, its thread, and where its file is. In: chunks. Out: a
 * file. The thread writes each chunk in a transaction of its own and empties the
 * journal into the file once a second, so that at any moment the file and its
 * journal hold all but the last second. */
#include "recording-private.h"
#include "printable.h"
#include "schema.h"
#include "unsaved.h"
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* How often the journal goes into the file. */
#define CHECKPOINT_US G_USEC_PER_SEC
/* Older unsaved traces make room for one that grows, looked at whenever it grew so far. */
#define MAKE_ROOM_BYTES (64 << 20)
/* What a chunk takes at most as a rule, its tables and all rows that change with it. */
#define BYTES_A_RECORD 4
#define BYTES_A_CHUNK (64 << 10)
/* More chunks than this waiting (a GiB or so) means that the disk cannot follow. */
#define MAX_WAITING 512

G_DEFINE_FINAL_TYPE (WeftRecording, weft_recording, G_TYPE_OBJECT)

static guint failed_signal;
static WeftChunk end_job;

static gboolean
emit_failed_cb (gpointer data)
{
  WeftRecording *self = data;
  g_autoptr (GError) failure = weft_recording_describe_failure (self);

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

gboolean
weft_recording_has_failed (WeftRecording *self)
{
  gboolean failed;

  g_mutex_lock (&self->lock);
  failed = self->failure != NULL;
  g_mutex_unlock (&self->lock);
  return failed;
}

void
weft_recording_fail (WeftRecording *self, const GError *why)
{
  g_mutex_lock (&self->lock);
  if (self->failure == NULL)
    {
      self->failure = g_error_copy (why);
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
  guint64 bytes = self->unsaved ? weft_recording_get_bytes (self) : 0;

  if (bytes > self->room_bytes + MAKE_ROOM_BYTES)
    {
      weft_unsaved_make_room ();
      self->room_bytes = bytes;
    }
  if (bytes < WEFT_UNSAVED_CAP_BYTES)
    return TRUE;
  cap = g_format_size (WEFT_UNSAVED_CAP_BYTES);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, _ ("an unsaved trace may take at most %s"),
               cap);
  return FALSE;
}

static guint64
get_free_bytes (const struct statvfs *disk)
{
  return (geteuid () == 0 ? disk->f_bfree : disk->f_bavail) * disk->f_frsize;
}

/* What is in the journal takes its room once more to go into the file. A disk that is too
 * full for that is full while both can still be made one. */
static gboolean
check_room (WeftRecording *self, const WeftChunk *chunk, GError **error)
{
  g_autofree char *journal = g_strconcat (self->path, "-wal", NULL);
  guint64 bytes = (guint64)chunk->n_records * BYTES_A_RECORD + BYTES_A_CHUNK;
  struct statvfs disk;

  /* no blocks: a file system that does not tell */
  if (statvfs (self->path, &disk) != 0 || disk.f_blocks == 0
      || get_free_bytes (&disk) >= file_bytes (journal) + 2 * bytes)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, _ ("the disk is full"));
  return FALSE;
}

static gboolean
checkpoint (WeftRecording *self, GError **error)
{
  self->checkpointed_us = g_get_monotonic_time ();
  return weft_database_run (self->db, "PRAGMA wal_checkpoint (PASSIVE)", error);
}

gboolean
weft_recording_write_chunk (WeftRecording *self, WeftChunk *chunk, GError **error)
{
  if (!weft_database_run (self->db, "BEGIN", error))
    return FALSE;
  if (!weft_recording_tables_add_chunk (self->tables, chunk, error)
      || !weft_recording_tables_update (self->tables, FALSE, error)
      || !weft_database_run (self->db, "COMMIT", error))
    {
      weft_database_run (self->db, "ROLLBACK", NULL);
      return FALSE;
    }
  g_mutex_lock (&self->lock);
  self->n_kept += chunk->records != NULL ? chunk->n_records : 0;
  g_ptr_array_remove (self->waiting, chunk);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

static gboolean
checkpoint_is_due (WeftRecording *self)
{
  return g_get_monotonic_time () - self->checkpointed_us >= CHECKPOINT_US;
}

/* Waits for the next job no longer than until the journal wants emptying. */
static WeftChunk *
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
      WeftChunk *job = next_job (self, dirty);

      if (job == &end_job)
        return NULL;
      if (job != NULL)
        {
          gboolean written = !weft_recording_has_failed (self) && check_cap (self, &error)
                             && check_room (self, job, &error)
                             && weft_recording_write_chunk (self, job, &error);

          dirty |= written;
          weft_chunk_unref (job);
        }
      if (error == NULL && dirty && checkpoint_is_due (self))
        dirty = !checkpoint (self, &error);
      if (error != NULL)
        {
          weft_recording_fail (self, error);
          dirty = FALSE;
        }
    }
}

/* In the store's writer thread. */
static void
chunk_cb (WeftTraceStore *store, WeftChunk *chunk, gpointer user_data)
{
  WeftRecording *self = user_data;
  g_autoptr (GError) error = NULL;

  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->waiting, weft_chunk_ref (chunk));
  g_mutex_unlock (&self->lock);
  if (g_async_queue_length (self->jobs) > MAX_WAITING)
    {
      error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, _ ("the disk is too slow"));
      weft_recording_fail (self, error);
    }
  g_async_queue_push (self->jobs, weft_chunk_ref (chunk));
}

/* By name, at which there may be somebody else's by now: SQLite would write our log into it.
 * Beside the writer while there is one. */
static sqlite3 *
open_to_read (WeftRecording *self, GError **error)
{
  sqlite3 *db = NULL;

  if (self->thread == NULL && weft_journals_is_that_database (self->path, &self->files))
    return weft_database_open_reading (self->path, error);
  if (self->thread != NULL && weft_journals_are_those (self->path, &self->files))
    db = weft_database_open_own (self->path, error);
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                         _ ("its file was moved or replaced"));
  if (db != NULL)
    weft_database_keep_log (db);
  return db;
}

WeftChunkReader *
weft_recording_open_reader (WeftRecording *self, GError **error)
{
  g_autoptr (GError) why = NULL;
  sqlite3 *db = open_to_read (self, &why);

  if (db != NULL)
    return weft_chunk_reader_new (db);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
               _ ("What was recorded cannot be read just now: %s"), why->message);
  return NULL;
}

static WeftChunkReader *
ref_reader (WeftRecording *self, GError **error)
{
  WeftChunkReader *reader = NULL;

  g_mutex_lock (&self->lock);
  if (self->reader == NULL)
    self->reader = weft_recording_open_reader (self, error);
  if (self->reader != NULL)
    reader = weft_chunk_reader_ref (self->reader);
  g_mutex_unlock (&self->lock);
  return reader;
}

/* Of a chunk that is not in the file yet. @name: of a table; NULL: its records. The newest
 * counts: what came late replaces tables of before. */
static GBytes *
find_waiting (WeftRecording *self, guint number, const char *name)
{
  GBytes *found = NULL;

  g_mutex_lock (&self->lock);
  for (guint i = self->waiting->len; i-- > 0 && found == NULL;)
    {
      const WeftChunk *chunk = g_ptr_array_index (self->waiting, i);

      if (chunk->number != number)
        continue;
      if (name == NULL && chunk->records != NULL)
        found = g_bytes_ref (chunk->records);
      for (guint t = 0; name != NULL && t < chunk->tables->len && found == NULL; t++)
        {
          const WeftChunkTable *table = &g_array_index (chunk->tables, WeftChunkTable, t);

          if (strcmp (table->name, name) == 0)
            found = g_bytes_ref (table->bytes);
        }
    }
  g_mutex_unlock (&self->lock);
  return found;
}

static GBytes *
fetch_cb (guint chunk, gpointer user_data, GError **error)
{
  WeftRecording *self = user_data;
  g_autoptr (WeftChunkReader) reader = NULL;
  GBytes *records = find_waiting (self, chunk, NULL);

  if (records != NULL)
    return records;
  reader = ref_reader (self, error);
  return reader != NULL ? weft_chunk_reader_fetch (reader, chunk, error) : NULL;
}

static GBytes *
fetch_table_cb (guint chunk, const char *name, gpointer user_data, GError **error)
{
  WeftRecording *self = user_data;
  g_autoptr (WeftChunkReader) reader = NULL;
  GBytes *table = find_waiting (self, chunk, name);

  if (table != NULL)
    return table;
  reader = ref_reader (self, error);
  return reader != NULL ? weft_chunk_reader_fetch_table (reader, chunk, name, error) : NULL;
}

static void
weft_recording_init (WeftRecording *self)
{
  g_mutex_init (&self->lock);
  g_mutex_init (&self->ending);
  g_weak_ref_init (&self->weak_store, NULL);
  self->written = -1;
  self->jobs = g_async_queue_new ();
  self->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify)weft_chunk_unref);
  self->context = g_main_context_ref_thread_default ();
}

void
weft_recording_close_database (WeftRecording *self)
{
  g_clear_pointer (&self->tables, weft_recording_tables_free);
  g_clear_pointer (&self->db, sqlite3_close_v2);
  /* Last: closing any descriptor of a file ends SQLite's locks on it. */
  if (self->written >= 0)
    close (self->written);
  self->written = -1;
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->reader, weft_chunk_reader_unref);
  g_mutex_unlock (&self->lock);
}

void
weft_recording_end_thread (WeftRecording *self)
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
  WeftChunk *job;

  weft_recording_end_thread (self);
  while ((job = g_async_queue_try_pop (self->jobs)) != NULL)
    weft_chunk_unref (job);
  weft_recording_close_database (self);
  if (self->unsaved && self->keep)
    weft_unsaved_release (self->path);
  else if (self->unsaved && self->path != NULL)
    weft_unsaved_discard (self->path);
  g_weak_ref_clear (&self->weak_store);
  g_async_queue_unref (self->jobs);
  g_ptr_array_unref (self->waiting);
  g_main_context_unref (self->context);
  g_clear_error (&self->failure);
  g_mutex_clear (&self->ending);
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

/* A recording without an event: what is known when it begins. */
static GBytes *
make_beginning (WeftRecording *self, GError **error)
{
  g_autoptr (sqlite3) db = weft_database_open_memory (error);
  g_autoptr (WeftRecordingTables) tables = NULL;

  if (db == NULL || !weft_schema_create (db, error))
    return NULL;
  tables = weft_recording_tables_new (db, self->store, error);
  if (tables == NULL || !weft_recording_tables_update (tables, FALSE, error))
    return NULL;
  return weft_database_dump (db, error);
}

static gboolean
open_database (WeftRecording *self, int mode, GError **error)
{
  g_autoptr (GBytes) beginning = make_beginning (self, error);
  g_autoptr (GError) why = NULL;

  if (beginning == NULL || !weft_database_make_file (self->path, mode, error))
    return FALSE;
  self->written = weft_recording_files_lock (self->path);
  self->db = weft_database_create (self->path, beginning, error);
  if (self->db == NULL)
    return FALSE;
  weft_database_keep_log (self->db);
  self->tables = weft_recording_tables_new (self->db, self->store, &why);
  if (self->tables != NULL && checkpoint (self, &why))
    {
      weft_journals_look (self->path, &self->files);
      return TRUE;
    }
  weft_recording_close_database (self);
  return weft_database_fail_to_begin (self->path, why, error);
}

WeftTraceStore *
weft_recording_leave_store (WeftRecording *self)
{
  WeftTraceStore *store = g_weak_ref_get (&self->weak_store);

  if (store == NULL || self->store == NULL)
    return store;
  self->leaving = TRUE;
  weft_trace_store_set_chunk_func (store, NULL, NULL, NULL);
  self->leaving = FALSE;
  return store;
}

/* The store lets go of us. When it is because it goes itself, nobody finished the
 * recording: what is queued is written, unless nobody could find it again. */
static void
left_cb (gpointer user_data)
{
  WeftRecording *self = user_data;

  if (!self->leaving)
    {
      g_mutex_lock (&self->ending);
      if (self->unsaved && !self->keep)
        weft_recording_give_up (self);
      weft_recording_end_thread (self);
      if (self->store != NULL)
        weft_recording_close_file (self);
      g_mutex_unlock (&self->ending);
    }
  g_object_unref (self);
}

void
weft_recording_give_up (WeftRecording *self)
{
  g_mutex_lock (&self->lock);
  if (self->failure == NULL)
    self->failure = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "discarded");
  g_mutex_unlock (&self->lock);
}

WeftRecording *
weft_recording_create (const char *path, WeftTraceStore *store, WeftRecordingFlags flags,
                       GError **error)
{
  g_autoptr (WeftRecording) self = g_object_new (WEFT_TYPE_RECORDING, NULL);

  self->path = g_strdup (path);
  self->store = store;
  g_weak_ref_set (&self->weak_store, store);
  self->unsaved = (flags & WEFT_RECORDING_PRIVATE) != 0;
  if (!open_database (self, self->unsaved ? 0600 : 0666, error))
    return NULL;
  self->thread = g_thread_new ("weft-recording", write_thread, self);
  weft_trace_store_set_chunk_func (store, chunk_cb, g_object_ref (self), left_cb);
  weft_trace_store_set_fetch_func (store, fetch_cb, g_object_ref (self), g_object_unref);
  weft_trace_store_set_fetch_table_func (store, fetch_table_cb);
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
