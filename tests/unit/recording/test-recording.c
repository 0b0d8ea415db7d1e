/* test-recording.c: what was recorded is what is opened. In: made-up machines.
 * Out: files, and what SQLite and the reader see in them. */
#include "database.h"
#include "history.h"
#include "recording-fixture.h"
#include "unsaved.h"
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static WeftTraceStore *
open_whole (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *warning = NULL;
  WeftTraceStore *store = weft_recording_open (path, NULL, NULL, &warning, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (warning, ==, NULL);
  return store;
}

static void
test_recording_opens_as_it_was (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 300000);
  g_autoptr (WeftTraceStore) opened = open_whole (fixture->path);
  const WeftTraceInfo *info = weft_trace_store_get_info (opened);

  fixture_assert_same (live, opened);
  g_assert_cmpstr (info->host, ==, "made-up");
  g_assert_cmpstr (info->label, ==, "a label");
  g_assert_cmpuint (info->n_cpus, ==, 4);
  g_assert_cmpuint (info->realtime_ns, ==, weft_trace_store_get_info (live)->realtime_ns);
}

/* Without /proc: how much of a CPU each process used, and its threads. */
static void
test_recording_tells_what_its_processes_used (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 50000);
  g_autoptr (WeftTraceStore) opened = open_whole (fixture->path);
  WeftProcessTable *table = weft_trace_store_get_processes (opened);
  guint64 start = weft_trace_store_get_start (opened), edge = weft_trace_store_get_edge (opened);
  double all = 0;

  for (guint id = 0; id < weft_process_table_get_size (table); id++)
    {
      const WeftProcess *process = weft_process_table_get (table, id);
      WeftShares shares = { { 0 } };
      guint n;
      const guint *threads = weft_trace_store_get_threads_of (opened, id, &n);

      for (guint i = 0; i < n; i++)
        {
          WeftShares one;

          fixture_get_shares (opened, weft_trace_store_get_thread (opened, threads[i]), start, edge,
                              &one);
          shares.ns[WEFT_STATE_RUNNING] += one.ns[WEFT_STATE_RUNNING];
        }
      g_assert_cmpuint (process->n_threads, ==, n);
      g_assert_cmpfloat_with_epsilon (
          process->cpu_share, (double)shares.ns[WEFT_STATE_RUNNING] / (double)(edge - start), 1e-9);
      all += process->cpu_share;
    }
  g_assert_cmpfloat (all, >, 0.5);
  g_assert_cmpfloat (all, <=, weft_trace_store_get_info (opened)->n_cpus);
}

static void
test_recording_is_one_file_when_finished (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 20000);
  g_autofree char *names = fixture_list (fixture->folder);

  g_assert_cmpstr (names, ==, "a trace.weft");
}

static gint64
query (const char *path, const char *sql)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (sqlite3) db = weft_database_open_reading (path, &error);
  g_autoptr (sqlite3_stmt) statement = NULL;

  g_assert_no_error (error);
  statement = weft_database_prepare (db, sql, &error);
  g_assert_no_error (error);
  g_assert_true (weft_database_next_row (statement, &error));
  return sqlite3_column_int64 (statement, 0);
}

static void
test_recording_tables_can_be_queried (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 100000);
  WeftTraceTotals totals;

  weft_trace_store_get_totals (live, &totals);
  g_assert_cmpint (query (fixture->path, "PRAGMA application_id"), ==, 0x57454654);
  g_assert_cmpint (query (fixture->path, "SELECT events FROM session"), ==, (gint64)totals.events);
  g_assert_cmpint (query (fixture->path, "SELECT count (*) FROM threads"), ==,
                   weft_trace_store_count_threads (live));
  g_assert_cmpint (query (fixture->path, "SELECT sum (switches) FROM threads WHERE tid > 0"), >,
                   10000);
  g_assert_cmpint (query (fixture->path, "SELECT count (*) FROM processes WHERE exit_code = 3"), ==,
                   (gint64)totals.exits);
  g_assert_cmpint (query (fixture->path, "SELECT count (*) FROM chunks"), ==,
                   query (fixture->path,
                          "SELECT count (*) FROM chunk_tables WHERE name = 'totals'"));
}

static void
test_recording_of_little_takes_little (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 10);
  g_autofree char *data = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (fixture->path, &data, &size, NULL));
  g_assert_cmpuint (size, <=, 24 << 10);
}

/* The tables of totals are made of what the records say once more. */
static void
test_recording_of_much_is_of_records_mainly (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 400000);
  gint64 records = query (fixture->path, "SELECT sum (length (records)) FROM chunks");
  gint64 totals = query (fixture->path,
                         "SELECT sum (length (bytes)) FROM chunk_tables WHERE name = 'totals'");

  g_test_message ("records %" G_GINT64_FORMAT ", totals %" G_GINT64_FORMAT, records, totals);
  g_assert_cmpint (totals, <=, records / 18);
}

/* Of who was there before the trace and had no part in it only /proc tells the end. */
static void
test_recording_keeps_ends_that_no_record_told (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 100000);
  g_autoptr (WeftTraceStore) store = NULL;
  gint64 pid = query (fixture->path, "SELECT max (pid) FROM processes WHERE end_ns IS NULL");
  const WeftProcess *process;
  guint id = weft_process_table_find (weft_trace_store_get_processes (live), (guint32)pid);
  sqlite3 *db = NULL;

  g_assert_cmpuint (weft_process_table_get (weft_trace_store_get_processes (live), id)->end_ns, ==,
                    0);
  g_assert_cmpint (sqlite3_open (fixture->path, &db), ==, SQLITE_OK);
  sqlite3_exec (db, "UPDATE processes SET end_ns = 7 WHERE end_ns IS NULL", NULL, NULL, NULL);
  sqlite3_close (db);
  store = weft_recording_open (fixture->path, NULL, NULL, NULL, NULL, NULL);
  process = weft_process_table_get (weft_trace_store_get_processes (store), id);
  g_assert_cmpuint (process->tgid, ==, pid);
  g_assert_cmpuint (process->end_ns, ==, 7);
}

static void
test_recording_brings_chunks_back_while_it_runs (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  g_autoptr (Synthetic) machine = fixture_new_machine ();
  g_autoptr (WeftRecording) recording
      = weft_recording_create (fixture->path, store, WEFT_RECORDING_NONE, NULL);

  weft_trace_store_set_memory_limit (store, 1);
  fixture_feed (store, machine, 600000);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;

      weft_trace_store_load_chunk (store, i, &error);
      g_assert_no_error (error);
    }
  fixture_finish (store, machine, recording);
  /* Again from the file that is finished. */
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;

      weft_trace_store_load_chunk (store, i, &error);
      g_assert_no_error (error);
    }
}

static void
test_recording_opens_with_all_history_evicted (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 500000);
  g_autoptr (WeftTraceStore) opened = open_whole (fixture->path);
  guint n = 0;

  /* Everything leaves, everything comes back, nothing changed. */
  weft_trace_store_set_memory_limit (opened, 1);
  weft_trace_store_finish (opened, weft_trace_store_get_edge (opened));
  weft_trace_store_set_memory_limit (opened, G_MAXUINT64);
  while (weft_trace_store_load_chunk (opened, n, NULL))
    n++;
  g_assert_cmpuint (n, >, 5);
  fixture_assert_same (live, opened);
}

/* As on a machine that is short of memory for a moment. */
static void
test_recording_reads_again_what_it_could_not_read_once (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 300000);
  g_autoptr (WeftTraceStore) opened = open_whole (fixture->path);
  g_autoptr (GError) error = NULL;
  WeftHistoryFigures figures;
  sqlite3_int64 limit = sqlite3_hard_heap_limit64 (sqlite3_memory_used () + 4096);
  gboolean loaded = weft_trace_store_load_chunk (opened, 0, &error);

  sqlite3_hard_heap_limit64 (limit);
  g_assert_false (loaded);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  weft_history_get_figures (opened, &figures);
  g_assert_cmpuint (figures.n_damaged, ==, 0);
  fixture_assert_same (live, opened);
}

static int
file_mode (const char *path)
{
  struct stat info;

  g_assert_cmpint (g_stat (path, &info), ==, 0);
  return info.st_mode & 0777;
}

/* What was not looked at yet did not leave memory. */
static void
test_recording_just_opened_has_nothing_that_left_memory (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 500000);
  g_autoptr (WeftTraceStore) opened = open_whole (fixture->path);

  g_assert_cmpuint (weft_trace_store_get_evicted_until (opened), ==, 0);
  g_assert_true (weft_trace_store_load_chunk (opened, 0, NULL));
  weft_trace_store_set_memory_limit (opened, 1);
  g_assert_true (weft_trace_store_load_chunk (opened, 1, NULL));
  g_assert_cmpuint (weft_trace_store_get_evicted_until (opened), >, 0);
}

static void
test_recording_unsaved_is_private_until_saved (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  g_autoptr (Synthetic) machine = fixture_new_machine ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftRecording) recording = weft_recording_create_unsaved (store, &error);
  g_autofree char *unsaved = NULL;
  g_autoptr (WeftTraceStore) opened = NULL;

  g_assert_no_error (error);
  unsaved = weft_recording_dup_path (recording);
  g_assert_cmpint (file_mode (unsaved), ==, 0600);
  g_assert_false (weft_recording_is_saved (recording));
  fixture_feed (store, machine, 100000);
  weft_trace_store_finish (store, synthetic_get_time (machine));
  weft_recording_save_as (recording, fixture->path, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (weft_recording_is_saved (recording));
  g_assert_false (g_file_test (unsaved, G_FILE_TEST_EXISTS));
  g_assert_cmpint (file_mode (fixture->path) & 0600, ==, 0600);
  weft_trace_store_load_chunk (store, 0, &error);
  g_assert_no_error (error);
  opened = open_whole (fixture->path);
  fixture_assert_same (store, opened);
}

static void
test_recording_unsaved_goes_with_its_store (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  g_autoptr (Synthetic) machine = fixture_new_machine ();
  g_autoptr (WeftRecording) recording = weft_recording_create_unsaved (store, NULL);
  g_autofree char *path = weft_recording_dup_path (recording);

  fixture_feed (store, machine, 10000);
  fixture_finish (store, machine, recording);
  g_clear_object (&recording);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_clear_object (&store);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_recording_kept_is_found_again (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  g_autoptr (Synthetic) machine = fixture_new_machine ();
  g_autoptr (WeftRecording) recording = weft_recording_create_unsaved (store, NULL);
  g_autofree char *path = weft_recording_dup_path (recording);
  g_autoptr (GPtrArray) in_use = weft_unsaved_list ();
  g_autoptr (GPtrArray) left = NULL;

  g_assert_cmpuint (in_use->len, ==, 0);
  fixture_feed (store, machine, 10000);
  fixture_finish (store, machine, recording);
  weft_recording_keep (recording);
  g_clear_object (&recording);
  g_clear_object (&store);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  left = weft_unsaved_list ();
  g_assert_cmpuint (left->len, ==, 1);
  g_assert_cmpstr (left->pdata[0], ==, path);
  weft_unsaved_discard (path);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_recording_without_an_event_is_empty (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  g_autoptr (Synthetic) machine = fixture_new_machine ();
  g_autoptr (WeftRecording) recording = weft_recording_create_unsaved (store, NULL);
  g_autofree char *path = weft_recording_dup_path (recording);
  g_autofree char *other = g_strconcat (path, ".txt", NULL);

  weft_recording_keep (recording);
  g_assert_true (weft_recording_file_is_empty (path)); /* as a kill would leave it */
  fixture_feed (store, machine, 10000);
  fixture_finish (store, machine, recording);
  g_assert_false (weft_recording_file_is_empty (path));
  g_assert_true (g_file_set_contents (other, "", 0, NULL));
  g_assert_true (weft_recording_file_is_empty (other));
  g_assert_true (g_file_set_contents (other, "Dear Anna,", -1, NULL));
  g_assert_false (weft_recording_file_is_empty (other));
  weft_recording_discard (recording);
}

static void
test_recording_adopted_is_saved_like_any_other (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  g_autoptr (Synthetic) machine = fixture_new_machine ();
  g_autoptr (WeftRecording) recording = weft_recording_create_unsaved (store, NULL);
  g_autofree char *path = weft_recording_dup_path (recording);
  g_autoptr (WeftRecording) adopted = NULL;
  g_autoptr (WeftTraceStore) opened = NULL;
  g_autoptr (GError) error = NULL;

  fixture_feed (store, machine, 10000);
  g_assert_null (weft_recording_adopt (path, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_clear_error (&error);
  fixture_finish (store, machine, recording);
  weft_recording_keep (recording);
  weft_trace_store_set_fetch_func (store, NULL, NULL, NULL);
  g_clear_object (&recording);
  adopted = weft_recording_adopt (path, &error);
  g_assert_no_error (error);
  g_assert_null (weft_recording_adopt (path, NULL));
  g_assert_true (weft_recording_save_as (adopted, fixture->path, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  opened = open_whole (fixture->path);
  fixture_assert_same (store, opened);
}

static void
test_recording_saved_replaces_only_what_it_may (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) before = fixture_record (fixture->path, 5000);
  g_autoptr (WeftRecording) recording = weft_recording_adopt (fixture->path, NULL);
  g_autofree char *copy = g_build_filename (fixture->folder, "copy.weft", NULL);
  g_autofree char *link = g_build_filename (fixture->folder, "link.weft", NULL);
  g_autoptr (WeftTraceStore) opened = NULL;
  g_autoptr (GError) error = NULL;

  g_file_set_contents (copy, "Dear Anna,", -1, NULL);
  g_assert_cmpint (symlink (copy, link), ==, 0);
  g_assert_true (weft_recording_save_as (recording, link, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  opened = open_whole (copy);
  fixture_assert_same (before, opened);
  g_assert_true (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
  g_assert_false (weft_recording_save_as (recording, fixture->folder, NULL, &error));
  g_assert_nonnull (error);
}

static void
test_recording_discarded_leaves_nothing (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  g_autoptr (Synthetic) machine = fixture_new_machine ();
  g_autoptr (WeftRecording) recording = weft_recording_create_unsaved (store, NULL);
  g_autofree char *path = weft_recording_dup_path (recording);
  g_autofree char *folder = g_path_get_dirname (path);

  weft_recording_keep (recording);
  fixture_feed (store, machine, 200000);
  weft_recording_discard (recording); /* in the midst of it */
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  g_object_add_weak_pointer (G_OBJECT (recording), (gpointer *)&recording);
  g_object_unref (recording);
  g_clear_object (&store); /* neither keeps the other any more */
  g_assert_null (recording);
}

static void
test_recording_writes_over_no_file (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) first = fixture_record (fixture->path, 5000);
  g_autoptr (WeftTraceStore) second = fixture_new_store ();
  g_autofree char *journal = g_strconcat (fixture->path, "-wal", NULL);
  const char *const taken[] = { fixture->path, journal };

  for (guint i = 0; i < G_N_ELEMENTS (taken); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *letter = NULL;

      if (i == 1)
        g_unlink (fixture->path);
      g_file_set_contents (taken[i], "Dear Anna,", -1, NULL);
      g_assert_null (weft_recording_create (fixture->path, second, WEFT_RECORDING_NONE, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
      g_file_get_contents (taken[i], &letter, NULL, NULL);
      g_assert_cmpstr (letter, ==, "Dear Anna,");
    }
}

/* Names that SQLite would write to and remove. An index that it left itself is no loss. */
static void
test_recording_writes_over_nothing_beside_it (Fixture *fixture, gconstpointer unused)
{
  static const char *const endings[] = { "-wal", "-shm", "-journal" };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *path = g_strconcat (fixture->path, endings[i / 2], NULL);
      g_autoptr (WeftTraceStore) store = fixture_new_store ();
      g_autoptr (GError) error = NULL;
      g_autofree char *letter = NULL;

      if (i % 2 == 0)
        g_assert_true (g_file_set_contents (path, "Dear Anna,", -1, NULL));
      else
        g_assert_no_errno (mkfifo (path, 0600));
      g_assert_null (weft_recording_create (fixture->path, store, WEFT_RECORDING_NONE, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
      g_assert_nonnull (strstr (error->message, endings[i / 2]));
      g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
      g_assert_true (i % 2 == 1 || g_file_get_contents (path, &letter, NULL, NULL));
      g_assert_cmpstr (letter, ==, i % 2 == 1 ? NULL : "Dear Anna,");
      g_assert_no_errno (g_unlink (path));
      g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
    }
}

static void
test_recording_takes_an_index_that_was_left (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *path = g_strconcat (fixture->path, "-shm", NULL);
  g_autoptr (WeftTraceStore) store = NULL;
  const guint32 version = 3007000;

  g_assert_true (
      g_file_set_contents (path, (const char *)(gconstpointer)&version, sizeof version, NULL));
  store = fixture_record (fixture->path, 1000);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_recording_says_why_it_cannot_be_created (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  g_autofree char *path = g_build_filename (fixture->folder, "no such folder", "x.weft", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (weft_recording_create (path, store, WEFT_RECORDING_NONE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "x.weft"));
}

static void
count_cb (double fraction, gpointer user_data)
{
  double *last = user_data;

  g_assert_cmpfloat (fraction, >, *last);
  *last = fraction;
}

static void
test_recording_open_tells_its_progress_and_can_be_cancelled (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 300000);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  double last = 0;
  g_autoptr (WeftTraceStore) opened
      = weft_recording_open (fixture->path, count_cb, &last, NULL, cancellable, &error);

  g_assert_no_error (error);
  g_assert_cmpfloat (last, ==, 1.0);
  g_cancellable_cancel (cancellable);
  g_assert_null (weft_recording_open (fixture->path, NULL, NULL, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
add (const char *name, void (*test) (Fixture *, gconstpointer))
{
  g_autofree char *path = g_strconcat ("/recording/", name, NULL);

  g_test_add (path, Fixture, NULL, fixture_set_up, test, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_autofree char *cache = g_dir_make_tmp ("weft-cache-XXXXXX", NULL);
  int result;

  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  g_test_init (&argc, &argv, NULL);
  add ("opens-as-it-was", test_recording_opens_as_it_was);
  add ("tells-what-its-processes-used", test_recording_tells_what_its_processes_used);
  add ("is-one-file-when-finished", test_recording_is_one_file_when_finished);
  add ("tables-can-be-queried", test_recording_tables_can_be_queried);
  add ("of-little-takes-little", test_recording_of_little_takes_little);
  add ("of-much-is-of-records-mainly", test_recording_of_much_is_of_records_mainly);
  add ("keeps-ends-that-no-record-told", test_recording_keeps_ends_that_no_record_told);
  add ("brings-chunks-back-while-it-runs", test_recording_brings_chunks_back_while_it_runs);
  add ("opens-with-all-history-evicted", test_recording_opens_with_all_history_evicted);
  add ("reads-again-what-it-could-not-read-once",
       test_recording_reads_again_what_it_could_not_read_once);
  add ("just-opened-has-nothing-that-left-memory",
       test_recording_just_opened_has_nothing_that_left_memory);
  add ("unsaved-is-private-until-saved", test_recording_unsaved_is_private_until_saved);
  add ("unsaved-goes-with-its-store", test_recording_unsaved_goes_with_its_store);
  add ("kept-is-found-again", test_recording_kept_is_found_again);
  add ("without-an-event-is-empty", test_recording_without_an_event_is_empty);
  add ("adopted-is-saved-like-any-other", test_recording_adopted_is_saved_like_any_other);
  add ("saved-replaces-only-what-it-may", test_recording_saved_replaces_only_what_it_may);
  add ("discarded-leaves-nothing", test_recording_discarded_leaves_nothing);
  add ("writes-over-no-file", test_recording_writes_over_no_file);
  add ("writes-over-nothing-beside-it", test_recording_writes_over_nothing_beside_it);
  add ("takes-an-index-that-was-left", test_recording_takes_an_index_that_was_left);
  add ("says-why-it-cannot-be-created", test_recording_says_why_it_cannot_be_created);
  add ("open-tells-its-progress-and-can-be-cancelled",
       test_recording_open_tells_its_progress_and_can_be_cancelled);
  result = g_test_run ();
  g_rmdir (cache);
  return result;
}
