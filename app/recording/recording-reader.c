/* recording-reader.c: opening. In: a file of any origin. Out: a store, and what
 * could not be read. Damaged chunks become gaps where they were. */
#include "recording-reader.h"
#include "chunk-pipeline.h"
#include "recording-copy.h"
#include "recording-marks.h"
#include "recording-rows.h"
#include "schema.h"
#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

typedef struct
{
  WeftChunkReader *reader;
  WeftSessionRow session;
  GArray *chunks;  /* WeftChunkRow */
  GArray *numbers; /* guint, the same */
  WeftTraceStore *store;
  guint next_number; /* the store wants them without a hole */
  guint n_damaged;
  guint first_unread; /* index in chunks, for counting those that are damaged */
  guint64 last_ns;
} Opening;

static void
opening_clear (Opening *self)
{
  g_clear_pointer (&self->reader, weft_chunk_reader_unref);
  g_clear_pointer (&self->chunks, g_array_unref);
  g_clear_pointer (&self->numbers, g_array_unref);
  g_clear_object (&self->store);
}

gboolean
weft_recording_recognise (const char *path)
{
  return weft_schema_recognise (path);
}

static gboolean
check_file (const char *path, const char *name, struct stat *info, GError **error)
{
  if (g_stat (path, info) != 0)
    {
      int why = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (why),
                   _ ("The recording “%s” cannot be opened: %s."), name, g_strerror (why));
      return FALSE;
    }
  if (g_access (path, R_OK) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                   _ ("The recording “%s” cannot be opened: you may not read it."), name);
      return FALSE;
    }
  if (!S_ISREG (info->st_mode) || !weft_schema_recognise (path))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("“%s” is not a Weftscope recording."), name);
      return FALSE;
    }
  return TRUE;
}

static WeftChunkReader *
open_reader (const char *path, GCancellable *cancellable, GError **error)
{
  g_autofree char *folder = NULL;
  g_autofree char *copy = NULL;
  g_autoptr (WeftChunkReader) reader = NULL;
  sqlite3 *db = NULL;

  if (weft_recording_copy_is_needed (path))
    {
      folder = weft_recording_copy (path, &copy, cancellable, error);
      if (folder == NULL)
        return NULL;
      db = weft_database_open_shared (copy, error);
    }
  else
    db = weft_database_open_immutable (path, error);
  reader = weft_chunk_reader_new (db);
  if (folder != NULL)
    weft_chunk_reader_own_folder (reader, folder);
  return db != NULL ? g_steal_pointer (&reader) : NULL;
}

/* What is in the store's hands: it fetches for as long as it lives. */
static GBytes *
fetch_cb (guint chunk, gpointer user_data, GError **error)
{
  return weft_chunk_reader_fetch (user_data, chunk, error);
}

static void
list_chunks (Opening *self, guint64 file_bytes)
{
  gboolean whole;

  self->chunks
      = weft_rows_list_chunks (weft_chunk_reader_get_database (self->reader), file_bytes, &whole);
  self->numbers = g_array_sized_new (FALSE, FALSE, sizeof (guint), self->chunks->len);
  for (guint i = 0; i < self->chunks->len; i++)
    g_array_append_val (self->numbers, g_array_index (self->chunks, WeftChunkRow, i).number);
  if (!whole)
    self->n_damaged++;
}

static void
make_store (Opening *self)
{
  self->store = weft_trace_store_new (&self->session.info);
  self->last_ns = self->session.info.start_ns;
  weft_trace_store_set_fetch_func (self->store, fetch_cb, weft_chunk_reader_ref (self->reader),
                                   (GDestroyNotify)(void (*) (void))weft_chunk_reader_unref);
  weft_rows_restore_processes (weft_chunk_reader_get_database (self->reader), &self->session.info,
                               weft_trace_store_get_processes (self->store));
}

/* How many records a chunk had, when at least its row can be read. */
static guint64
count_records (Opening *self, guint number)
{
  for (; self->first_unread < self->chunks->len; self->first_unread++)
    {
      const WeftChunkRow *row = &g_array_index (self->chunks, WeftChunkRow, self->first_unread);

      if (row->number == number)
        return MAX (row->n_records, 1);
      if (row->number > number)
        break;
    }
  return 1;
}

/* Puts a gap in the place of every number below @number that could not be read. */
static gboolean
replay_gaps (Opening *self, guint number, guint64 until_ns, GError **error)
{
  for (; self->next_number < number; self->next_number++)
    {
      struct weft_record lost
          = { .time_ns = MAX (until_ns, self->last_ns), .kind = WEFT_LOST, .units = 1 };
      g_autoptr (GBytes) records = NULL;

      lost.lost.count = count_records (self, self->next_number);
      lost.lost.first_ns = self->last_ns;
      records = g_bytes_new (&lost, sizeof lost);
      if (!weft_trace_store_replay_chunk (self->store, self->next_number, records, error))
        return FALSE;
      self->n_damaged++;
    }
  return TRUE;
}

/* Times of the first and last record; FALSE when there is none. */
static gboolean
find_times (GBytes *records, guint64 *first_ns, guint64 *last_ns)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (records, &size);
  gsize last = 0;

  if (size == 0)
    return FALSE;
  for (gsize offset = 0; offset < size;
       offset += ((const struct weft_record *)(data + offset))->units * WEFT_UNIT_BYTES)
    last = offset;
  *first_ns = ((const struct weft_record *)data)->time_ns;
  *last_ns = ((const struct weft_record *)(data + last))->time_ns;
  return TRUE;
}

static gboolean
replay_chunk (Opening *self, const WeftChunkRow *row, GBytes *records, GError **error)
{
  guint64 first_ns = self->last_ns;
  guint64 last_ns = self->last_ns;

  find_times (records, &first_ns, &last_ns);
  if (!replay_gaps (self, row->number, first_ns, error))
    return FALSE;
  if (!weft_trace_store_replay_chunk (self->store, row->number, records, error))
    return FALSE;
  self->next_number = row->number + 1;
  self->last_ns = MAX (self->last_ns, last_ns);
  return TRUE;
}

static gboolean
replay_all (Opening *self, WeftRecordingProgress progress, gpointer user_data,
            GCancellable *cancellable, GError **error)
{
  g_autoptr (WeftChunkPipeline) pipeline = weft_chunk_pipeline_new (self->reader, self->numbers);

  for (guint i = 0; i < self->chunks->len; i++)
    {
      const WeftChunkRow *row = &g_array_index (self->chunks, WeftChunkRow, i);
      g_autoptr (GBytes) records = NULL;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      records = weft_chunk_pipeline_next (pipeline, NULL);
      if (records != NULL && !replay_chunk (self, row, records, error))
        return FALSE;
      if (progress != NULL)
        progress ((i + 1.0) / self->chunks->len, user_data);
    }
  return TRUE;
}

/* Chunks at the end that are listed, and cannot be read. */
static gboolean
replay_last_gaps (Opening *self, GError **error)
{
  guint n_known = 0;

  for (guint i = 0; i < self->chunks->len; i++)
    {
      const WeftChunkRow *row = &g_array_index (self->chunks, WeftChunkRow, i);

      if (row->n_records > 0)
        n_known = row->number + 1;
    }
  return replay_gaps (self, n_known, self->session.end_ns, error);
}

/* /proc is not there to be asked: what the processes used is known from their tracks. */
static void
take_usage (WeftTraceStore *store)
{
  WeftProcessTable *table = weft_trace_store_get_processes (store);
  guint64 start = weft_trace_store_get_start (store), edge = weft_trace_store_get_edge (store);

  for (guint id = 0; edge > start && id < weft_process_table_get_size (table); id++)
    {
      WeftShares shares = { { 0 } };
      guint n;
      const guint *threads = weft_trace_store_get_threads_of (store, id, &n);

      for (guint i = 0; i < n; i++)
        weft_thread_track_shares (weft_trace_store_get_thread (store, threads[i])->track, start,
                                  edge, edge, &shares, NULL);
      weft_process_table_set_usage (table, id,
                                    (double)shares.ns[WEFT_STATE_RUNNING] / (double)(edge - start),
                                    n);
    }
}

static char *
describe_damage (Opening *self)
{
  if (self->n_damaged > 0)
    return g_strdup_printf (
        ngettext ("A part of the recording is damaged; it is shown as a gap.",
                  "%u parts of the recording are damaged; they are shown as gaps.",
                  self->n_damaged),
        self->n_damaged);
  if (!self->session.finished)
    return g_strdup (_ ("The recording was cut off; its last moments may be missing."));
  return NULL;
}

static gboolean
open_all (Opening *self, const char *path, const char *name, GCancellable *cancellable,
          GError **error)
{
  struct stat info;

  if (!check_file (path, name, &info, error))
    return FALSE;
  self->reader = open_reader (path, cancellable, error);
  if (self->reader == NULL)
    {
      g_prefix_error (error, _ ("The recording “%s” cannot be opened: "), name);
      return FALSE;
    }
  if (!weft_schema_check (weft_chunk_reader_get_database (self->reader), name, error))
    return FALSE;
  if (!weft_rows_read_session (weft_chunk_reader_get_database (self->reader), &self->session,
                               error))
    {
      g_prefix_error (error, _ ("The recording “%s” is damaged: "), name);
      return FALSE;
    }
  list_chunks (self, (guint64)info.st_size);
  make_store (self);
  return TRUE;
}

WeftTraceStore *
weft_recording_open (const char *path, WeftRecordingProgress progress, gpointer user_data,
                     char **warning, GCancellable *cancellable, GError **error)
{
  Opening self = { NULL };
  WeftTraceStore *store = NULL;
  g_autofree char *name = g_filename_display_basename (path);

  if (open_all (&self, path, name, cancellable, error)
      && replay_all (&self, progress, user_data, cancellable, error)
      && replay_last_gaps (&self, error))
    {
      weft_rows_restore_facts (weft_chunk_reader_get_database (self.reader),
                               weft_trace_store_get_processes (self.store));
      /* One that was cut off knows nothing of the time after its last record. */
      weft_trace_store_finish (self.store, self.session.finished
                                               ? MAX (self.session.end_ns, self.last_ns)
                                               : self.last_ns);
      take_usage (self.store);
      weft_recording_restore_marks (weft_chunk_reader_get_database (self.reader), self.store);
      store = g_steal_pointer (&self.store);
      if (warning != NULL)
        *warning = describe_damage (&self);
    }
  opening_clear (&self);
  return store;
}
