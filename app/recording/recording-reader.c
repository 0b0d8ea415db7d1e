/* recording-reader.c: opening. In: a file of any origin. Out: a store, and what
 * could not be read. Damaged chunks become gaps where they were. */
#include "recording-reader.h"
#include "duration.h"
#include "history.h"
#include "chunk-pipeline.h"
#include "printable.h"
#include "recording-log.h"
#include "recording-marks.h"
#include "recording-notes.h"
#include "recording-rows.h"
#include "recording-scopes.h"
#include "lane-layout.h"
#include "schema.h"
#include "trace-restore.h"
#include <glib/gi18n.h>

/* Its tables tell what its records would; those of the format before leave out who ran
 * when somebody ended. */
#define FORMAT_WITH_TABLES 3

/* A row takes some ten bytes of a file and ten steps of SQLite. */
#define FIXED_STEPS 1000000
#define STEPS_A_BYTE 2

typedef struct
{
  WeftChunkReader *reader;
  WeftDatabaseBudget budget;
  gboolean being_written, is_closed, lacks_log, others_log;
  WeftSessionRow session;
  guint format;
  guint64 bytes;
  GArray *chunks;  /* WeftChunkRow */
  GArray *numbers; /* guint, the same */
  WeftTraceStore *store;
  guint next_number; /* the store wants them without a hole */
  gboolean is_cut;   /* rows of chunks cannot be read */
  guint n_damaged;
  guint64 n_told_lost;      /* records in the place of which there is a gap */
  guint n_holes, last_hole; /* chunks of which there is not even a row */
  guint blamed_hole;        /* one of them, and what is missing beyond one event each */
  guint64 n_blamed;
  guint first_unread;     /* index in chunks, for counting those that are damaged */
  gboolean facts_missing; /* rows of the plain tables cannot be read */
  guint64 last_ns;
} Opening;

static void
opening_clear (Opening *self)
{
  /* The store may fetch from it for as long as it lives. */
  if (self->reader != NULL)
    weft_database_set_budget (weft_chunk_reader_get_database (self->reader), NULL);
  g_clear_pointer (&self->reader, weft_chunk_reader_unref);
  g_clear_pointer (&self->chunks, g_array_unref);
  g_clear_pointer (&self->numbers, g_array_unref);
  g_clear_object (&self->store);
}

gboolean
weft_recording_recognise (const char *path)
{
  return weft_recording_files_recognise (path);
}

gboolean
weft_recording_recognise_head (const guint8 *head, gsize size)
{
  return weft_recording_files_recognise_head (head, size);
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
  self->is_cut = !whole;
}

static void
make_store (Opening *self)
{
  sqlite3 *db = weft_chunk_reader_get_database (self->reader);
  gboolean whole;

  self->store = weft_trace_store_new (&self->session.info);
  self->last_ns = self->session.info.start_ns;
  weft_trace_store_set_fetch_func (self->store, fetch_cb, weft_chunk_reader_ref (self->reader),
                                   (GDestroyNotify)(void (*) (void))weft_chunk_reader_unref);
  whole = weft_recording_restore_scopes (db, self->session.own_only, self->store);
  whole &= weft_recording_restore_notes (db, self->store);
  whole &= weft_rows_restore_processes (db, &self->session.info,
                                        weft_trace_store_get_processes (self->store));
  self->facts_missing |= !whole;
}

/* How many records a chunk had, when at least its row can be read. */
static gboolean
count_records (Opening *self, guint number, guint64 *n)
{
  for (; self->first_unread < self->chunks->len; self->first_unread++)
    {
      const WeftChunkRow *row = &g_array_index (self->chunks, WeftChunkRow, self->first_unread);

      if (row->number == number)
        {
          *n = MAX (row->n_records, 1);
          return row->n_records > 0;
        }
      if (row->number > number)
        break;
    }
  *n = 1;
  return FALSE;
}

/* Puts a gap in the place of every number below @number that could not be read. */
static gboolean
replay_gaps (Opening *self, guint number, guint64 until_ns, GError **error)
{
  for (; self->next_number < number; self->next_number++)
    {
      guint64 count;

      if (!count_records (self, self->next_number, &count))
        {
          self->last_hole = self->next_number;
          self->n_holes++;
          count += self->next_number == self->blamed_hole ? self->n_blamed : 0;
        }
      self->n_told_lost += count;
      if (!weft_trace_store_replay_gap (self->store, self->next_number, self->last_ns,
                                        MAX (until_ns, self->last_ns), count, error))
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

/* Whether what could not be read is a gap. Where memory is short, say, it would be one in
 * this trace for ever, and what the disk does not give has to be missed. */
static gboolean
leaves_gap (const GError *why)
{
  return weft_history_tells_damage (why) || g_error_matches (why, G_IO_ERROR, G_IO_ERROR_FAILED);
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
      g_autoptr (GError) why = NULL;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      records = weft_chunk_pipeline_next (pipeline, &why);
      if (records == NULL && !leaves_gap (why))
        {
          g_propagate_error (error, g_steal_pointer (&why));
          return FALSE;
        }
      if (records != NULL && !replay_chunk (self, row, records, error))
        return FALSE;
      if (progress != NULL)
        progress ((i + 1.0) / self->chunks->len, user_data);
    }
  return TRUE;
}

/* Events that the recorder says are there, and that neither are nor stand in a gap. */
static guint64
count_missing (Opening *self)
{
  WeftTraceTotals totals;
  guint64 known;

  weft_trace_store_get_totals (self->store, &totals);
  known = totals.events + self->n_told_lost;
  return self->session.finished && self->session.events > known ? self->session.events - known : 0;
}

/* Nobody knows which chunks were behind what is left of their list; how much was in them is
 * known from what the recorder said at its end. */
static gboolean
replay_cut (Opening *self, GError **error)
{
  guint64 missing = count_missing (self);

  if (!self->is_cut && missing == 0)
    return TRUE;
  self->n_damaged = MAX (self->n_damaged, 1);
  if (missing == 0)
    return TRUE;
  return weft_trace_store_replay_gap (self->store, self->next_number, self->last_ns,
                                      MAX (self->session.end_ns, self->last_ns), missing, error);
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
      guint n;
      const guint *threads = weft_trace_store_get_threads_of (store, id, &n);
      WeftShares shares = weft_lane_total (store, threads, n, start, edge);

      weft_process_table_set_usage (table, id,
                                    (double)shares.ns[WEFT_STATE_RUNNING] / (double)(edge - start),
                                    n);
    }
}

/* --- opening without the records ---------------------------------------------- */

/* Up to this many bytes of a file its chunks are looked through for damage while it is
 * opened; of a longer one each when it is first wanted. */
#define MOST_LOOKED_THROUGH ((guint64)64 << 20)

static GBytes *
fetch_table_cb (guint chunk, const char *name, gpointer user_data, GError **error)
{
  return weft_chunk_reader_fetch_table (user_data, chunk, name, error);
}

static gboolean
restore_chunk (Opening *self, const WeftChunkRow *row)
{
  g_autoptr (GBytes) lives
      = weft_chunk_reader_fetch_table (self->reader, row->number, "lives", NULL);
  g_autoptr (GBytes) totals
      = weft_chunk_reader_fetch_table (self->reader, row->number, "totals", NULL);
  g_autoptr (GBytes) restated
      = weft_chunk_reader_fetch_table (self->reader, row->number, "restated", NULL);
  const WeftChunk chunk = { .number = row->number,
                            .first_ns = row->first_ns,
                            .last_ns = row->last_ns,
                            .n_records = row->n_records };

  self->last_ns = MAX (self->last_ns, row->last_ns);
  return lives != NULL && totals != NULL
         && weft_trace_store_restore_chunk (self->store, &chunk, lives, totals, restated);
}

static void
look_through (Opening *self)
{
  for (guint i = 0; i < self->chunks->len && self->bytes <= MOST_LOOKED_THROUGH; i++)
    {
      guint number = g_array_index (self->chunks, WeftChunkRow, i).number;
      g_autoptr (GError) why = NULL;
      g_autoptr (GBytes) records = weft_chunk_reader_load (self->reader, number, &why);

      if (records != NULL || !weft_history_tells_damage (why))
        continue;
      self->n_damaged++;
      weft_trace_store_load_chunk (self->store, number, NULL);
    }
}

/* FALSE when the tables are not all there, or do not fit, or the rows of threads may be
 * those of a moment later than the last chunk: the records tell all, then. */
static gboolean
restore_all (Opening *self, WeftRecordingProgress progress, gpointer user_data,
             GCancellable *cancellable)
{
  if (self->format < FORMAT_WITH_TABLES || self->is_cut || !self->session.finished)
    return FALSE;
  for (guint i = 0; i < self->chunks->len && !g_cancellable_is_cancelled (cancellable); i++)
    {
      if (!restore_chunk (self, &g_array_index (self->chunks, WeftChunkRow, i)))
        return FALSE;
      if (progress != NULL)
        progress ((i + 1.0) / self->chunks->len, user_data);
    }
  if (!weft_rows_restore_counts (weft_chunk_reader_get_database (self->reader), self->store)
      || !weft_trace_store_end_restore (self->store) || count_missing (self) > 0)
    return FALSE;
  weft_trace_store_set_fetch_table_func (self->store, fetch_table_cb);
  look_through (self);
  return TRUE;
}

static gboolean
replay_anew (Opening *self, WeftRecordingProgress progress, gpointer user_data,
             GCancellable *cancellable, GError **error)
{
  g_clear_object (&self->store);
  self->next_number = self->n_damaged = self->n_holes = self->first_unread = 0;
  self->n_told_lost = 0;
  make_store (self);
  return replay_all (self, progress, user_data, cancellable, error)
         && replay_last_gaps (self, error);
}

static gboolean
take_chunks (Opening *self, WeftRecordingProgress progress, gpointer user_data,
             GCancellable *cancellable, GError **error)
{
  if (restore_all (self, progress, user_data, cancellable))
    return !g_cancellable_set_error_if_cancelled (cancellable, error);
  if (!replay_anew (self, progress, user_data, cancellable, error))
    return FALSE;
  /* How much was in a hole is known when all the rest is. */
  self->n_blamed = self->n_holes > 0 ? count_missing (self) : 0;
  self->blamed_hole = self->last_hole;
  if (self->n_blamed > 0 && !replay_anew (self, progress, user_data, cancellable, error))
    return FALSE;
  return replay_cut (self, error);
}

/* Why it is missing, and whether it can be brought back. */
static char *
describe_cut (Opening *self, const char *name, gboolean has_some)
{
  if (self->others_log)
    return g_strdup_printf (_ ("The “%s-wal” beside it is that of another recording: bring it"
                               " together with its own again to see the rest."),
                            name);
  if (self->lacks_log)
    return g_strdup_printf (_ ("“%s-wal”, which holds its last moments, is not beside it: bring"
                               " the two together again to see the rest."),
                            name);
  if (self->is_closed)
    return g_strdup (_ ("Nothing has the rest: the disk was full, or the recorder was killed."));
  return g_strdup (
      has_some ? _ ("That is the last second as a rule, more when the machine had no time for"
                    " the recorder.")
               : _ ("What came in its first second was not written yet."));
}

/* What is missing of the events. */
static char *
describe_gaps (Opening *self, const char *name)
{
  guint64 length_ns = self->last_ns - MIN (self->session.info.start_ns, self->last_ns);
  g_autofree char *length = weft_format_duration (length_ns);
  g_autofree char *cut = NULL;

  if (self->n_damaged > 0)
    return g_strdup_printf (
        ngettext ("A part of the recording is damaged; it is shown as a gap.",
                  "%u parts of the recording are damaged; they are shown as gaps.",
                  self->n_damaged),
        self->n_damaged);
  if (self->being_written)
    return g_strdup_printf (
        _ ("“%s” is still being recorded; this is what it had when it was opened, %s."), name,
        length);
  if (self->session.finished)
    return NULL;
  cut = describe_cut (self, name, length_ns > 0);
  if (length_ns == 0)
    return g_strdup_printf (_ ("The recording was cut off, and no event of it is here. %s"), cut);
  return g_strdup_printf (_ ("The recording was cut off: what came after %s is missing. %s"),
                          length, cut);
}

static char *
describe_damage (Opening *self, const char *name)
{
  const char *facts = _ ("What it says of its processes, of who was traced or of marks is damaged,"
                         " and a part of that is missing.");
  char *gaps = describe_gaps (self, name), *both;

  if (!self->facts_missing)
    return gaps;
  both = gaps != NULL ? g_strdup_printf ("%s %s", gaps, facts) : g_strdup (facts);
  g_free (gaps);
  return both;
}

static gboolean
open_all (Opening *self, const char *path, const char *name, GCancellable *cancellable,
          GError **error)
{
  WeftRecordingFiles files;
  guint64 bytes;
  sqlite3 *db;

  if (!weft_recording_log_find_files (path, &files, cancellable, error))
    return FALSE;
  bytes = self->bytes = files.bytes;
  self->being_written = files.being_written;
  self->is_closed = !files.needs_log;
  self->others_log = files.others_log;
  self->lacks_log = files.needs_log && files.wal_fd < 0 && !files.empty_log;
  db = weft_database_open_files (&files, error);
  if (db == NULL)
    {
      g_prefix_error (error, _ ("The recording “%s” cannot be opened: "), name);
      return FALSE;
    }
  self->reader = weft_chunk_reader_new (db);
  self->budget = (WeftDatabaseBudget){ FIXED_STEPS + STEPS_A_BYTE * bytes, cancellable };
  weft_database_set_budget (db, &self->budget);
  weft_database_limit_values (db, WEFT_ROWS_VALUE_BYTES);
  if (!weft_schema_check (weft_chunk_reader_get_database (self->reader), name, &self->format,
                          error))
    return FALSE;
  if (!weft_rows_read_session (weft_chunk_reader_get_database (self->reader), &self->session,
                               error))
    {
      g_prefix_error (error, _ ("The recording “%s” is damaged: "), name);
      return FALSE;
    }
  self->session.info.locks_untold = self->format == 1;
  list_chunks (self, bytes);
  make_store (self);
  return TRUE;
}

WeftTraceStore *
weft_recording_open (const char *path, WeftRecordingProgress progress, gpointer user_data,
                     char **warning, GCancellable *cancellable, GError **error)
{
  Opening self = { NULL };
  WeftTraceStore *store = NULL;
  g_autofree char *name = weft_printable_basename (path);

  if (open_all (&self, path, name, cancellable, error)
      && take_chunks (&self, progress, user_data, cancellable, error))
    {
      sqlite3 *db = weft_chunk_reader_get_database (self.reader);
      /* One that was cut off knows nothing of the time after its last record. */
      guint64 end_ns
          = self.session.finished ? MAX (self.session.end_ns, self.last_ns) : self.last_ns;
      gboolean whole
          = weft_rows_restore_facts (db, end_ns, weft_trace_store_get_processes (self.store));

      weft_trace_store_finish (self.store, end_ns);
      take_usage (self.store);
      self.facts_missing |= !weft_recording_restore_marks (db, self.store) || !whole;
      store = g_steal_pointer (&self.store);
      if (warning != NULL)
        *warning = describe_damage (&self, name);
    }
  opening_clear (&self);
  return store;
}
