/* test-recording-marks.c: a person's marks in a file: set while the trace runs, set
 * and removed afterwards, made up by somebody. In: made-up machines. Out: rows and
 * what the reader makes of them. */
#include "database.h"
#include "recording-copy.h"
#include "recording-fixture.h"
#include "recording-marks.h"
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MS G_GUINT64_CONSTANT (1000000)

/* Labels of the user's marks, in the order of time, separated by '|'. */
static char *
list_marks (WeftTraceStore *store)
{
  GString *text = g_string_new (NULL);
  guint n_found = 0;
  const WeftMark *marks;
  gsize n;

  weft_trace_store_begin_read (store);
  marks = weft_trace_store_get_trace_marks (store, &n);
  for (gsize i = 0; i < n; i++)
    {
      g_assert_true (i == 0 || marks[i - 1].time_ns <= marks[i].time_ns);
      if (marks[i].kind == WEFT_MARK_USER)
        g_string_append_printf (text, "%s%s", n_found++ > 0 ? "|" : "", marks[i].text);
    }
  weft_trace_store_end_read (store);
  return g_string_free (text, FALSE);
}

static char *
list_marks_of_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftTraceStore) store = weft_recording_open (path, NULL, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return list_marks (store);
}

static void
assert_marks_of_file (const char *path, const char *labels)
{
  g_autofree char *found = list_marks_of_file (path);

  g_assert_cmpstr (found, ==, labels);
}

static gint64
count_rows (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (sqlite3) db = weft_database_open_reading (path, &error);
  g_autoptr (sqlite3_stmt) row = NULL;

  g_assert_no_error (error);
  row = weft_database_prepare (db, "SELECT count (*) FROM marks WHERE kind = 'user'", &error);
  g_assert_no_error (error);
  g_assert_true (weft_database_next_row (row, &error));
  return sqlite3_column_int64 (row, 0);
}

static void
test_marks_are_sorted_and_removed_by_place (void)
{
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  guint64 start = weft_trace_store_get_start (store);
  g_autofree char *all = NULL;
  g_autofree char *rest = NULL;

  weft_trace_store_add_user_mark (store, start + 30 * MS, "c");
  weft_trace_store_add_user_mark (store, start + 10 * MS, "a");
  weft_trace_store_add_user_mark (store, start + 20 * MS, "b");
  all = list_marks (store);
  g_assert_cmpstr (all, ==, "a|b|c");
  g_assert_false (weft_trace_store_remove_user_mark (store, start + 11 * MS, start + 19 * MS));
  /* of two in the range the one nearest to its middle */
  g_assert_true (weft_trace_store_remove_user_mark (store, start + 8 * MS, start + 30 * MS));
  rest = list_marks (store);
  g_assert_cmpstr (rest, ==, "a|c");
}

/* Set in the past of a trace that runs, one of them removed again. */
static void
test_marks_of_a_running_trace_are_in_its_file (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  g_autoptr (Synthetic) machine = fixture_new_machine ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftRecording) recording
      = weft_recording_create (fixture->path, store, WEFT_RECORDING_NONE, &error);
  guint64 start = weft_trace_store_get_start (store);

  g_assert_no_error (error);
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *label = g_strdup_printf ("%u", 4 - i);

      fixture_feed (store, machine, 100000);
      weft_trace_store_add_user_mark (store, start + (4 - i) * 5 * MS, label);
    }
  g_assert_true (weft_trace_store_remove_user_mark (store, start + 14 * MS, start + 16 * MS));
  fixture_finish (store, machine, recording);
  assert_marks_of_file (fixture->path, "1|2|4");
  g_assert_cmpint (count_rows (fixture->path), ==, 3);
}

static void
test_marks_of_a_finished_file_are_replaced (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 50000);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftTraceStore) opened
      = weft_recording_open (fixture->path, NULL, NULL, NULL, NULL, &error);
  guint64 start = weft_trace_store_get_start (opened);
  g_autofree char *names = NULL;

  g_assert_no_error (error);
  weft_trace_store_add_user_mark (opened, start + 3 * MS, "one · 3 ms");
  weft_trace_store_add_user_mark (opened, start + 1 * MS, "two");
  weft_recording_write_marks (fixture->path, opened, &error);
  g_assert_no_error (error);
  assert_marks_of_file (fixture->path, "two|one · 3 ms");
  weft_trace_store_remove_user_mark (opened, start, start + 2 * MS);
  weft_recording_write_marks (fixture->path, opened, &error);
  g_assert_no_error (error);
  assert_marks_of_file (fixture->path, "one · 3 ms");
  names = fixture_list (fixture->folder);
  g_assert_cmpstr (names, ==, "a trace.weft");
  /* who has it open still reads what was recorded */
  fixture_assert_same (live, opened);
}

static void
test_a_file_that_is_gone_is_named (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 5000);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_unlink (fixture->path), ==, 0);
  g_assert_false (weft_recording_write_marks (fixture->path, live, &error));
  g_assert_nonnull (strstr (error->message, "“a trace.weft”"));
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

static void
run (const char *path, const char *sql)
{
  sqlite3 *db;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

static void
test_another_recording_at_the_name_gets_no_marks (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) store = fixture_record (fixture->path, 1000);
  g_autoptr (WeftTraceStore) other = fixture_record (fixture->path, 2000);
  g_autoptr (GError) error = NULL;

  fixture_change (fixture->path, "UPDATE session SET start_ns = start_ns + 1");
  weft_trace_store_add_user_mark (store, weft_trace_store_get_start (store) + MS, "mine");
  g_assert_false (weft_recording_write_marks (fixture->path, store, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_assert_cmpint (count_rows (fixture->path), ==, 0);
}

/* A label is text to be shown: short, and without control characters. */
static void
test_made_up_labels_are_made_fit_to_show (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 5000);
  g_autofree char *labels = NULL;
  g_auto (GStrv) parts = NULL;

  run (fixture->path, "INSERT INTO marks VALUES (1, 'user', NULL, 0, 'a' || char (10) || 'b');"
                      "INSERT INTO marks VALUES (-5, 'user', NULL, 0, NULL);"
                      "INSERT INTO marks VALUES (9223372036854775807, 'user', NULL, 0,"
                      "  replace (hex (zeroblob (5000)), '0', 'x'));"
                      "INSERT INTO marks VALUES (2, 'unheard of', NULL, 0, 'no')");
  labels = list_marks_of_file (fixture->path);
  parts = g_strsplit (labels, "|", -1);
  g_assert_cmpuint (g_strv_length (parts), ==, 3);
  g_assert_cmpstr (parts[0], ==, "");
  g_assert_null (strchr (parts[1], '\n'));
  g_assert_cmpuint (strlen (parts[2]), ==, 200);
}

/* A journal that names a file which SQLite would delete when it rolls it back. */
static void
put_journal (const char *path, const char *victim)
{
  static const guint8 magic[] = { 0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7 };
  const guint32 head[] = { 0, 1, GUINT32_TO_BE (9), GUINT32_TO_BE (512), GUINT32_TO_BE (4096) };
  g_autofree char *journal = g_strconcat (path, "-journal", NULL);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint32 length = (guint32)strlen (victim), sum = 0, number;

  g_byte_array_append (bytes, magic, sizeof magic);
  g_byte_array_append (bytes, (const guint8 *)head, sizeof head);
  g_byte_array_set_size (bytes, 512);
  memset (bytes->data + sizeof magic + sizeof head, 0, 512 - sizeof magic - sizeof head);
  for (guint i = 0; i < length; i++)
    sum += (guint32)victim[i];
  number = GUINT32_TO_BE (0x40000000 / 4096 + 1);
  g_byte_array_append (bytes, (const guint8 *)&number, 4);
  g_byte_array_append (bytes, (const guint8 *)victim, length);
  length = GUINT32_TO_BE (length);
  g_byte_array_append (bytes, (const guint8 *)&length, 4);
  sum = GUINT32_TO_BE (sum);
  g_byte_array_append (bytes, (const guint8 *)&sum, 4);
  g_byte_array_append (bytes, magic, sizeof magic);
  g_assert_true (
      g_file_set_contents (journal, (const char *)bytes->data, (gssize)bytes->len, NULL));
}

/* Neither when it is opened, nor when its marks are written, by whatever name. */
static void
test_a_strangers_journal_deletes_nothing (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 20000);
  g_autofree char *victim = g_build_filename (fixture->folder, "victim", NULL);
  g_autofree char *link = g_build_filename (fixture->folder, "link.weft", NULL);
  g_autofree char *names = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (victim, "keep me", -1, NULL));
  g_assert_cmpint (symlink (fixture->path, link), ==, 0);
  put_journal (fixture->path, victim);
  put_journal (link, victim);
  weft_trace_store_add_user_mark (live, weft_trace_store_get_start (live) + MS, "mine");
  assert_marks_of_file (fixture->path, "");
  weft_recording_write_marks (link, live, &error);
  g_assert_no_error (error);
  assert_marks_of_file (fixture->path, "mine");
  assert_marks_of_file (link, "mine");
  g_assert_true (g_file_test (victim, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  names = fixture_list (fixture->folder);
  g_assert_cmpstr (names, ==,
                   "a trace.weft a trace.weft-journal link.weft link.weft-journal victim");
}

static void
test_marks_are_not_written_while_it_is_recorded (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  g_autoptr (Synthetic) machine = fixture_new_machine ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftRecording) recording
      = weft_recording_create (fixture->path, store, WEFT_RECORDING_NONE, &error);

  g_assert_no_error (error);
  g_assert_false (weft_recording_write_marks (fixture->path, store, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  fixture_feed (store, machine, 1000);
  fixture_finish (store, machine, recording);
}

#define ADD(name, func) g_test_add (name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

/* A mark, and then somebody else saves a file of theirs there. */
static gboolean
replace_meanwhile (gpointer db, gpointer user_data, GError **error)
{
  return weft_database_run (db, WEFT_DELETE_USER_MARKS, error)
         && g_file_set_contents (user_data, "their work", -1, error);
}

static void
test_what_others_put_there_meanwhile_stays (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) store = fixture_record (fixture->path, 3000);
  g_autofree char *journal = g_strconcat (fixture->path, "-wal", NULL);
  g_autofree char *beside = g_build_filename (fixture->folder, "a trace-2.weft", NULL);
  g_autofree char *left = NULL, *names = NULL;
  g_autoptr (GError) error = NULL;

  g_file_set_contents (journal, "a log of nothing", -1, NULL);
  g_assert_false (
      weft_recording_copy_change (fixture->path, replace_meanwhile, fixture->path, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_file_get_contents (fixture->path, &left, NULL, NULL);
  g_assert_cmpstr (left, ==, "their work");
  names = fixture_list (fixture->folder);
  g_assert_cmpstr (names, ==, "a trace-2.weft a trace.weft a trace.weft-wal");
  assert_marks_of_file (beside, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/marks/are-sorted-and-removed-by-place",
                   test_marks_are_sorted_and_removed_by_place);
  ADD ("/marks/of-a-running-trace-are-in-its-file", test_marks_of_a_running_trace_are_in_its_file);
  ADD ("/marks/of-a-finished-file-are-replaced", test_marks_of_a_finished_file_are_replaced);
  ADD ("/marks/a-file-that-is-gone-is-named", test_a_file_that_is_gone_is_named);
  ADD ("/marks/a-strangers-journal-deletes-nothing", test_a_strangers_journal_deletes_nothing);
  ADD ("/marks/are-not-written-while-it-is-recorded",
       test_marks_are_not_written_while_it_is_recorded);
  ADD ("/marks/what-others-put-there-meanwhile-stays", test_what_others_put_there_meanwhile_stays);
  ADD ("/marks/another-recording-at-the-name-gets-no-marks",
       test_another_recording_at_the_name_gets_no_marks);
  ADD ("/marks/made-up-labels-are-made-fit-to-show", test_made_up_labels_are_made_fit_to_show);
  return g_test_run ();
}
