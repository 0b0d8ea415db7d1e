/* test-trace-source.c: opening what may be anything. In: files, pipes, folders, none.
 * Out: a store, or a sentence that names the file. */
#include "recording-fixture.h"
#include "trace-source.h"
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
assert_refused (const char *path, int code, const char *part)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (weft_trace_source_open (path, NULL, NULL, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, code);
  g_assert_nonnull (strstr (error->message, part));
}

static void
count_cb (double fraction, gpointer user_data)
{
  *(double *)user_data = fraction;
}

static void
test_a_recording_opens_with_progress (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 5000);
  g_autoptr (GError) error = NULL;
  double fraction = 0;
  g_autoptr (WeftTraceStore) opened
      = weft_trace_source_open (fixture->path, count_cb, &fraction, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpfloat (fraction, ==, 1.0);
  fixture_assert_same (live, opened);
  g_assert_cmpstr (weft_trace_store_get_info (opened)->host, ==, "made-up");
}

static void
test_opening_can_be_cancelled (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 5000);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (weft_trace_source_open (fixture->path, NULL, NULL, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_what_no_source_knows_is_refused_by_name (Fixture *fixture, gconstpointer unused)
{
  static const struct
  {
    const char *text;
    gssize length;
  } cases[] = { { "", 0 }, { "Dear Anna,", -1 }, { "SQLite format 3", 16 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_file_set_contents (fixture->path, cases[i].text, cases[i].length, NULL);
      assert_refused (fixture->path, G_IO_ERROR_INVALID_DATA, "a trace.weft");
    }
  assert_refused (fixture->folder, G_IO_ERROR_INVALID_DATA, "is a folder");
}

static void
test_what_is_not_there_is_refused_by_name (Fixture *fixture, gconstpointer unused)
{
  assert_refused (fixture->path, G_IO_ERROR_NOT_FOUND, "a trace.weft");
}

/* Nobody writes into it: opening must not wait. */
static void
test_a_pipe_is_refused_at_once (Fixture *fixture, gconstpointer unused)
{
  g_assert_cmpint (mkfifo (fixture->path, 0600), ==, 0);
  assert_refused (fixture->path, G_IO_ERROR_INVALID_DATA, "a trace.weft");
}

static void
test_a_file_of_somebody_else_is_refused_by_name (Fixture *fixture, gconstpointer unused)
{
  if (geteuid () == 0)
    {
      g_test_skip ("root may read everything");
      return;
    }
  g_file_set_contents (fixture->path, "secret", -1, NULL);
  g_chmod (fixture->path, 0);
  assert_refused (fixture->path, G_IO_ERROR_PERMISSION_DENIED, "you may not read it");
}

static void
test_each_row_opens_files_or_traces (Fixture *fixture, gconstpointer unused)
{
  const WeftTraceSource *source;
  guint n = 0;

  for (; (source = weft_trace_source_get (n)) != NULL; n++)
    {
      gboolean file = source->open != NULL;

      g_assert_nonnull (source->id);
      g_assert_cmpint (file, ==, source->recognise != NULL);
      g_assert_cmpint (file, ==, source->extension != NULL && source->title != NULL);
      g_assert_cmpint (file, !=, source->connect != NULL);
    }
  g_assert_cmpuint (n, >=, 2);
}

static void
add (const char *name, void (*test) (Fixture *, gconstpointer))
{
  g_autofree char *path = g_strconcat ("/trace-source/", name, NULL);

  g_test_add (path, Fixture, NULL, fixture_set_up, test, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("a-recording-opens-with-progress", test_a_recording_opens_with_progress);
  add ("opening-can-be-cancelled", test_opening_can_be_cancelled);
  add ("what-no-source-knows-is-refused-by-name", test_what_no_source_knows_is_refused_by_name);
  add ("what-is-not-there-is-refused-by-name", test_what_is_not_there_is_refused_by_name);
  add ("a-pipe-is-refused-at-once", test_a_pipe_is_refused_at_once);
  add ("a-file-of-somebody-else-is-refused-by-name",
       test_a_file_of_somebody_else_is_refused_by_name);
  add ("each-row-opens-files-or-traces", test_each_row_opens_files_or_traces);
  return g_test_run ();
}
