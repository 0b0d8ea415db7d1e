/* test-recording-damage.c: whatever happens to a recording, opening it gives what is
 * left or a sentence. In: files that were cut, changed, or made by an enemy; writers
 * that are killed or run out of disk. This program starts itself as the writer. */
#include "database.h"
#include "recording-fixture.h"
#include "recording-marks.h"
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const char *self_path;

/* --- the writer, in a process of its own -------------------------------- */

static void
failed_cb (WeftRecording *recording, GError *error, gpointer user_data)
{
  g_print ("%s\n", error->message);
  g_main_loop_quit (user_data);
}

/* Records until it is killed. */
static int G_GNUC_NORETURN
write_forever (const char *path)
{
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  g_autoptr (Synthetic) machine = fixture_new_machine ();
  g_autoptr (WeftRecording) recording
      = weft_recording_create (path, store, WEFT_RECORDING_NONE, NULL);

  for (;;)
    {
      fixture_feed (store, machine, 20000);
      g_usleep (2000);
    }
}

/* Records until the file may not grow any more, and says what it was told. */
static int
write_until_full (const char *path)
{
  const struct rlimit limit = { 400000, 400000 };
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  g_autoptr (Synthetic) machine = fixture_new_machine ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (WeftRecording) recording = NULL;

  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &limit);
  recording = weft_recording_create (path, store, WEFT_RECORDING_NONE, NULL);
  g_signal_connect (recording, "failed", G_CALLBACK (failed_cb), loop);
  fixture_feed (store, machine, 1000000);
  g_main_loop_run (loop);
  weft_trace_store_finish (store, synthetic_get_time (machine));
  return weft_recording_finish (recording, NULL) ? 1 : 0;
}

static GSubprocess *
start_writer (const char *what, const char *path)
{
  g_autoptr (GError) error = NULL;
  GSubprocess *writer
      = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, self_path, what, path, NULL);

  g_assert_no_error (error);
  return writer;
}

/* --- helpers ------------------------------------------------------------ */

/* NULL, with an error that names what is wrong, or a store: never anything else. */
static WeftTraceStore *
open_or_refuse (const char *path, char **warning)
{
  g_autoptr (GError) error = NULL;
  WeftTraceStore *store = weft_recording_open (path, NULL, NULL, warning, NULL, &error);

  g_assert_true ((store == NULL) == (error != NULL));
  if (error != NULL)
    g_assert_cmpuint (strlen (error->message), >, 10);
  return store;
}

/* --- tests -------------------------------------------------------------- */

static void
test_recording_of_a_killed_writer_opens (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) whole = fixture_new_store ();
  g_autoptr (Synthetic) machine = fixture_new_machine ();
  g_autoptr (GRand) random = g_rand_new_with_seed (9);

  fixture_feed (whole, machine, 1500000);
  for (guint round = 0; round < 12; round++)
    {
      g_autoptr (GSubprocess) writer = start_writer ("--write-forever", fixture->path);
      g_autoptr (WeftTraceStore) part = NULL;
      g_autofree char *warning = NULL;
      WeftTraceTotals totals;

      g_usleep ((gulong)g_rand_int_range (random, 50000, 400000));
      g_subprocess_force_exit (writer);
      g_subprocess_wait (writer, NULL, NULL);
      if (!g_file_test (fixture->path, G_FILE_TEST_EXISTS))
        continue; /* killed before it began */
      part = open_or_refuse (fixture->path, &warning);
      if (part == NULL)
        continue; /* killed while it made the tables */
      g_assert_nonnull (warning);
      g_assert_null (strstr (warning, "damaged"));
      weft_trace_store_get_totals (part, &totals);
      g_assert_cmpuint (totals.lost, ==, 0);
      if (weft_trace_store_get_edge (part) < weft_trace_store_get_edge (whole))
        fixture_assert_same_beginning (whole, part, weft_trace_store_get_edge (part));
    }
}

/* What the file held already while it was written; 0 while it cannot be opened. */
static guint64
count_written (const char *path)
{
  g_autofree char *warning = NULL;
  g_autoptr (WeftTraceStore) part
      = g_file_test (path, G_FILE_TEST_EXISTS) ? open_or_refuse (path, &warning) : NULL;
  WeftTraceTotals totals = { 0 };

  if (part != NULL)
    weft_trace_store_get_totals (part, &totals);
  return totals.events;
}

/* Whatever could be read before the kill can be read after it. */
static void
test_recording_of_a_killed_writer_has_all_but_the_last_moments (Fixture *fixture,
                                                                gconstpointer unused)
{
  g_autoptr (GSubprocess) writer = start_writer ("--write-forever", fixture->path);
  guint64 before;

  while ((before = count_written (fixture->path)) < WEFT_CHUNK_RECORDS / 2)
    g_usleep (50000);
  g_subprocess_force_exit (writer);
  g_subprocess_wait (writer, NULL, NULL);
  g_assert_cmpuint (count_written (fixture->path), >=, before);
}

static void
test_recording_that_is_being_written_opens (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GSubprocess) writer = start_writer ("--write-forever", fixture->path);
  guint n_opened = 0;

  for (guint i = 0; i < 100 && n_opened < 5; i++)
    {
      g_autofree char *warning = NULL;
      g_autoptr (WeftTraceStore) part = NULL;
      g_autoptr (GError) error = NULL;

      g_usleep (50000);
      part = weft_recording_open (fixture->path, NULL, NULL, &warning, NULL, &error);
      n_opened += part != NULL ? 1 : 0;
      if (part != NULL)
        g_assert_nonnull (strstr (warning, "“a trace.weft” is still being recorded"));
    }
  g_subprocess_force_exit (writer);
  g_subprocess_wait (writer, NULL, NULL);
  g_assert_cmpuint (n_opened, ==, 5);
}

static guint64
count_events (const char *path, char **warning)
{
  g_autoptr (WeftTraceStore) part = open_or_refuse (path, warning);
  WeftTraceTotals totals;

  g_assert_nonnull (part);
  weft_trace_store_get_totals (part, &totals);
  return totals.events;
}

/* Killed when there is something in it and in its log. */
static void
make_cut_off (const char *path)
{
  g_autoptr (GSubprocess) writer = start_writer ("--write-forever", path);

  while (count_written (path) < WEFT_CHUNK_RECORDS / 2)
    g_usleep (50000);
  g_subprocess_force_exit (writer);
  g_subprocess_wait (writer, NULL, NULL);
}

/* Whoever sends a recording that was cut off forgets the file beside it. */
static void
test_recording_that_was_cut_off_says_what_is_missing (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *log = g_strconcat (fixture->path, "-wal", NULL);

  make_cut_off (fixture->path);
  for (guint with_log = 2; with_log-- > 0;)
    {
      g_autofree char *warning = NULL;
      g_autoptr (WeftTraceStore) part = open_or_refuse (fixture->path, &warning);

      g_assert_nonnull (part);
      g_assert_nonnull (strstr (warning, "was cut off"));
      g_assert_true ((strstr (warning, "“a trace.weft-wal”") != NULL) == !with_log);
      g_unlink (log);
    }
}

/* Changed without its log it would not take it any more. */
static void
test_recording_that_was_parted_from_its_log_gets_no_marks (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *log = g_strconcat (fixture->path, "-wal", NULL);
  g_autofree char *away = g_build_filename (fixture->folder, "away", NULL);
  g_autofree char *copy = g_build_filename (fixture->folder, "copy.weft", NULL);
  g_autoptr (WeftRecording) parted = NULL;
  g_autofree char *warning = NULL;
  g_autoptr (WeftTraceStore) part = NULL;
  g_autoptr (GError) error = NULL;
  guint64 whole;

  make_cut_off (fixture->path);
  whole = count_events (fixture->path, &warning);
  g_assert_cmpint (g_rename (log, away), ==, 0);
  part = weft_recording_open (fixture->path, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  weft_trace_store_add_user_mark (part, weft_trace_store_get_start (part) + 1, "mine");
  g_assert_false (weft_recording_write_marks (fixture->path, part, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "“a trace.weft-wal”"));
  g_clear_error (&error);
  parted = weft_recording_adopt (fixture->path, &error);
  g_assert_no_error (error);
  weft_recording_save_as (parted, copy, NULL, &error);
  g_assert_no_error (error);
  weft_recording_write_marks (copy, part, &error); /* which the sentence says */
  g_assert_no_error (error);
  g_assert_cmpint (g_rename (away, log), ==, 0);
  g_clear_pointer (&warning, g_free);
  g_assert_cmpuint (count_events (fixture->path, &warning), ==, whole);
  g_assert_true (weft_recording_write_marks (fixture->path, part, &error));
  g_assert_no_error (error);
  g_clear_pointer (&warning, g_free);
  g_assert_cmpuint (count_events (fixture->path, &warning), ==, whole);
}

/* Nothing lies beside it that anybody could bring back. */
static void
test_recording_that_was_closed_short_asks_for_no_log (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 30000);
  g_autoptr (WeftTraceStore) part = NULL;
  g_autofree char *warning = NULL;

  fixture_change (fixture->path, "UPDATE session SET finished = 0");
  part = open_or_refuse (fixture->path, &warning);
  g_assert_nonnull (part);
  g_assert_nonnull (strstr (warning, "was cut off"));
  g_assert_null (strstr (warning, "-wal"));
}

/* After no time nothing is missing. */
static void
test_recording_that_was_cut_off_at_once_names_no_time (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 1000);
  g_autofree char *warning = NULL;

  fixture_change (fixture->path, "UPDATE session SET finished = 0; DELETE FROM chunks");
  g_object_unref (open_or_refuse (fixture->path, &warning));
  g_assert_nonnull (strstr (warning, "no event of it is here"));
}

static void
test_recording_stops_with_a_sentence_when_the_disk_is_full (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GSubprocess) writer = start_writer ("--write-until-full", fixture->path);
  g_autofree char *said = NULL;
  g_autofree char *warning = NULL;

  g_subprocess_communicate_utf8 (writer, NULL, NULL, &said, NULL, NULL);
  g_assert_true (g_subprocess_get_successful (writer));
  g_assert_nonnull (strstr (said, "a trace.weft"));
  g_assert_nonnull (strstr (said, "File too large"));
  g_assert_nonnull (strstr (said, "ulimit -f"));
  g_assert_cmpuint (count_events (fixture->path, &warning), >, 0);
}

static void
test_recording_cut_anywhere_opens_or_is_refused (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 30000);
  g_autofree char *cut = g_build_filename (fixture->folder, "cut.weft", NULL);
  g_autofree char *data = NULL;
  gsize size, step;

  g_file_get_contents (fixture->path, &data, &size, NULL);
  /* Every byte of the header, then every page's edges and many places between. */
  for (gsize length = 0; length < size; length += step)
    {
      g_autoptr (WeftTraceStore) part = NULL;
      g_autofree char *warning = NULL;

      step = length < 120 ? 1 : 1021;
      g_file_set_contents (cut, data, (gssize)length, NULL);
      part = open_or_refuse (cut, &warning);
      if (length < 100)
        g_assert_null (part);
    }
}

/* An interrupted copy: what is there is shown. */
static void
test_recording_without_its_end_shows_the_rest (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 400000);
  g_autofree char *cut = g_build_filename (fixture->folder, "cut.weft", NULL);
  g_autofree char *data = NULL;
  WeftTraceTotals all, left;
  gsize size;

  g_file_get_contents (fixture->path, &data, &size, NULL);
  weft_trace_store_get_totals (live, &all);
  for (guint n_pages = 1; n_pages * 4096 < size * 2 / 3; n_pages += 1 + n_pages / 4)
    {
      g_autoptr (WeftTraceStore) part = NULL;
      g_autofree char *warning = NULL;
      gboolean tells_gap;

      g_file_set_contents (cut, data, (gssize)(size - n_pages * 4096), NULL);
      part = open_or_refuse (cut, &warning);
      g_assert_nonnull (part);
      weft_trace_store_get_totals (part, &left);
      g_assert_true (left.events > all.events / 4 || n_pages * 4096 > size / 3);
      /* what is missing may be facts alone */
      tells_gap = warning != NULL && !g_str_has_prefix (warning, "What it says of its processes");
      g_assert_true (tells_gap == (left.events != all.events));
      g_assert_true (tells_gap == (left.lost != all.lost));
      /* snapshots in a chunk whose row is there and whose records are not count, too */
      g_assert_cmpuint (left.events + left.lost, >=, all.events + all.lost);
      g_assert_cmpuint (left.events + left.lost, <, all.events + all.lost + 200);
      fixture_assert_same_beginning (live, part, weft_trace_store_get_start (live) + 100000000);
    }
  g_assert_cmpuint (left.events, <, all.events);
}

/* A recorder that was killed leaves a log; another recording gets the file's name. */
static void
test_recording_does_not_read_the_log_of_another (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *log = g_strconcat (fixture->path, "-wal", NULL);
  g_autofree char *other = g_build_filename (fixture->folder, "other.weft", NULL);
  g_autoptr (WeftTraceStore) live = fixture_record (other, 100000);
  g_autoptr (WeftTraceStore) part = NULL;
  g_autofree char *warning = NULL;

  make_cut_off (fixture->path);
  g_assert_true (g_file_test (log, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_rename (other, fixture->path), ==, 0);
  part = open_or_refuse (fixture->path, &warning);
  g_assert_nonnull (part);
  g_assert_null (warning);
  fixture_assert_same (live, part);
}

/* Two that were killed: both ask for a log. */
static void
test_recording_that_was_cut_off_reads_its_own_log_only (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *log = g_strconcat (fixture->path, "-wal", NULL);
  g_autofree char *other = g_build_filename (fixture->folder, "other.weft", NULL);
  g_autofree char *other_log = g_strconcat (other, "-wal", NULL);
  g_autofree char *without = NULL, *with_others = NULL;
  guint64 part;

  make_cut_off (fixture->path);
  make_cut_off (other);
  g_unlink (log);
  part = count_events (fixture->path, &without);
  g_assert_nonnull (strstr (without, "is not beside"));
  g_assert_cmpint (g_rename (other_log, log), ==, 0);
  g_assert_cmpuint (count_events (fixture->path, &with_others), ==, part);
  g_assert_nonnull (strstr (with_others, "“a trace.weft-wal” beside it is that of another"));
}

static void
test_recording_with_any_byte_changed_does_no_harm (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 10000);
  g_autofree char *bad = g_build_filename (fixture->folder, "bad.weft", NULL);
  g_autoptr (GRand) random = g_rand_new_with_seed (21);
  g_autofree char *data = NULL;
  gsize size;

  g_file_get_contents (fixture->path, &data, &size, NULL);
  for (guint round = 0; round < 400; round++)
    {
      gsize place = round < 200 ? (gsize)g_rand_int_range (random, 0, 4096)
                                : (gsize)g_rand_int_range (random, 0, (gint32)size);
      char before = data[place];
      g_autoptr (WeftTraceStore) part = NULL;
      g_autofree char *warning = NULL;

      data[place] = (char)g_rand_int (random);
      g_file_set_contents (bad, data, (gssize)size, NULL);
      data[place] = before;
      part = open_or_refuse (bad, &warning);
    }
}

/* Numbers without end, negative ones, and words where numbers belong. */
static void
test_recording_keeps_hostile_values_in_bounds (Fixture *fixture, gconstpointer unused)
{
  static const char *const harms[] = {
    "UPDATE chunks SET number = 9223372036854775807 WHERE number = 0",
    "UPDATE chunks SET number = -5 WHERE number = 0",
    "UPDATE chunks SET n_records = -1, first_ns = 'soon', last_ns = NULL",
    "UPDATE session SET cpus = 99999999999, start_ns = -1, end_ns = 'never'",
    "UPDATE session SET host = char (27) || '[31m', kernel = x'ff00fe', label = NULL",
    "UPDATE processes SET pid = -7, parent = id, start_ns = 9e18, name = x'c3'",
    "UPDATE processes SET uid = 'root', command_line = x'80' || char (8238)",
  };

  for (guint i = 0; i < G_N_ELEMENTS (harms); i++)
    {
      g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 3000);
      g_autoptr (WeftTraceStore) part = NULL;
      g_autofree char *warning = NULL;

      fixture_change (fixture->path, harms[i]);
      part = open_or_refuse (fixture->path, &warning);
      if (part != NULL)
        g_assert_true (g_utf8_validate (weft_trace_store_get_info (part)->host, -1, NULL));
    }
}

static char *
describe_folder (const char *folder)
{
  g_autofree char *names = fixture_list (folder);
  g_auto (GStrv) words = g_strsplit (names, " ", -1);
  GString *text = g_string_new (names);

  for (guint i = 0; words[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (folder, words[i], NULL);
      struct stat info = { 0 };

      if (g_stat (path, &info) == 0)
        g_string_append_printf (text, " %ld:%ld:%ld", (long)info.st_size, (long)info.st_mtim.tv_sec,
                                (long)info.st_mtim.tv_nsec);
    }
  return g_string_free (text, FALSE);
}

/* Neither to the file nor beside it, finished or cut off. */
static void
test_recording_open_writes_nothing (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *path = g_build_filename (fixture->folder, "trace.weft", NULL);

  for (guint cut_off = 0; cut_off < 2; cut_off++)
    {
      g_autofree char *before = NULL;
      g_autofree char *after = NULL;
      g_autofree char *warning = NULL;
      g_autoptr (WeftTraceStore) part = NULL;

      if (cut_off)
        {
          g_autoptr (GSubprocess) writer = start_writer ("--write-forever", path);

          g_usleep (700000);
          g_subprocess_force_exit (writer);
          g_subprocess_wait (writer, NULL, NULL);
        }
      else
        g_object_unref (fixture_record (path, 30000));
      g_chmod (path, 0444);
      g_chmod (fixture->folder, 0555);
      before = describe_folder (fixture->folder);
      part = open_or_refuse (path, &warning);
      g_assert_nonnull (part);
      weft_trace_store_load_chunk (part, 0, NULL);
      after = describe_folder (fixture->folder);
      g_assert_cmpstr (before, ==, after);
      g_chmod (fixture->folder, 0755);
    }
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
  if (argc == 3 && strcmp (argv[1], "--write-forever") == 0)
    return write_forever (argv[2]);
  if (argc == 3 && strcmp (argv[1], "--write-until-full") == 0)
    return write_until_full (argv[2]);
  self_path = argv[0];
  g_test_init (&argc, &argv, NULL);
  add ("of-a-killed-writer-opens", test_recording_of_a_killed_writer_opens);
  add ("of-a-killed-writer-has-all-but-the-last-moments",
       test_recording_of_a_killed_writer_has_all_but_the_last_moments);
  add ("that-is-being-written-opens", test_recording_that_is_being_written_opens);
  add ("that-was-cut-off-says-what-is-missing",
       test_recording_that_was_cut_off_says_what_is_missing);
  add ("that-was-parted-from-its-log-gets-no-marks",
       test_recording_that_was_parted_from_its_log_gets_no_marks);
  add ("that-was-closed-short-asks-for-no-log",
       test_recording_that_was_closed_short_asks_for_no_log);
  add ("that-was-cut-off-at-once-names-no-time",
       test_recording_that_was_cut_off_at_once_names_no_time);
  add ("stops-with-a-sentence-when-the-disk-is-full",
       test_recording_stops_with_a_sentence_when_the_disk_is_full);
  add ("cut-anywhere-opens-or-is-refused", test_recording_cut_anywhere_opens_or_is_refused);
  add ("without-its-end-shows-the-rest", test_recording_without_its_end_shows_the_rest);
  add ("does-not-read-the-log-of-another", test_recording_does_not_read_the_log_of_another);
  add ("that-was-cut-off-reads-its-own-log-only",
       test_recording_that_was_cut_off_reads_its_own_log_only);
  add ("with-any-byte-changed-does-no-harm", test_recording_with_any_byte_changed_does_no_harm);
  add ("keeps-hostile-values-in-bounds", test_recording_keeps_hostile_values_in_bounds);
  add ("open-writes-nothing", test_recording_open_writes_nothing);
  return g_test_run ();
}
