/* test-recording-neighbours.c: what others do at the names of a recording while it is
 * written. In: a made-up machine, and files put there meanwhile. Out: theirs as they left
 * them, and of ours nothing but the file. */
#include "output-file.h"
#include "recording-fixture.h"
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define N_EVENTS 600000

typedef struct
{
  WeftTraceStore *store;
  Synthetic *machine;
  WeftRecording *recording;
} Writer;

/* Half of it is recorded, and in the log at least. */
static void
writer_begin (Writer *self, const char *path)
{
  g_autoptr (GError) error = NULL;

  self->store = fixture_new_store ();
  self->machine = fixture_new_machine ();
  self->recording = weft_recording_create (path, self->store, WEFT_RECORDING_NONE, &error);
  g_assert_no_error (error);
  fixture_feed (self->store, self->machine, N_EVENTS / 2);
}

static void
writer_end (Writer *self)
{
  fixture_feed (self->store, self->machine, N_EVENTS / 2);
  fixture_finish (self->store, self->machine, self->recording);
}

static void
writer_clear (Writer *self)
{
  g_clear_object (&self->recording);
  g_clear_pointer (&self->machine, synthetic_free);
  g_clear_object (&self->store);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Writer, writer_clear)

static char *
name (Fixture *fixture, const char *base, const char *ending)
{
  g_autofree char *file = g_strconcat (base, ending, NULL);

  return g_build_filename (fixture->folder, file, NULL);
}

static void
put_letter (const char *path)
{
  g_unlink (path);
  g_assert_true (g_file_set_contents (path, "Dear Anna,", -1, NULL));
}

static void
assert_letter (const char *path)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "Dear Anna,");
}

static void
assert_whole (const char *path, WeftTraceStore *live)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *warning = NULL;
  g_autoptr (WeftTraceStore) opened
      = weft_recording_open (path, NULL, NULL, &warning, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (warning, ==, NULL);
  fixture_assert_same (live, opened);
}

static void
move_all (Fixture *fixture, const char *base)
{
  static const char *const endings[] = { "", "-wal", "-shm" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *from = g_strconcat (fixture->path, endings[i], NULL);
      g_autofree char *to = name (fixture, base, endings[i]);

      g_assert_no_errno (g_rename (from, to));
    }
}

static void
test_neighbours_what_comes_beside_it_stays (Fixture *fixture, gconstpointer unused)
{
  static const char *const endings[] = { "-wal", "-shm", "-journal" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *beside = g_strconcat (fixture->path, endings[i], NULL);
      g_autofree char *expected = g_strdup_printf ("a trace.weft a trace.weft%s", endings[i]);
      g_autofree char *listing = NULL;
      g_auto (Writer) writer = { NULL };

      writer_begin (&writer, fixture->path);
      put_letter (beside);
      writer_end (&writer);
      assert_letter (beside);
      listing = fixture_list (fixture->folder);
      g_assert_cmpstr (listing, ==, expected);
      assert_whole (fixture->path, writer.store);
      g_unlink (beside);
      g_unlink (fixture->path);
    }
}

static void
test_neighbours_of_one_that_was_moved_stay (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *log = g_strconcat (fixture->path, "-wal", NULL);
  g_autofree char *moved = name (fixture, "b.weft", "");
  g_autofree char *listing = NULL;
  g_auto (Writer) writer = { NULL };

  writer_begin (&writer, fixture->path);
  move_all (fixture, "b.weft");
  put_letter (fixture->path);
  put_letter (log);
  writer_end (&writer);
  assert_letter (fixture->path);
  assert_letter (log);
  listing = fixture_list (fixture->folder);
  g_assert_cmpstr (listing, ==, "a trace.weft a trace.weft-wal b.weft");
  assert_whole (moved, writer.store);
}

/* Each has its own log, whoever ends first. */
static void
test_neighbours_two_at_one_name_keep_their_logs (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *moved = name (fixture, "b.weft", "");
  g_autofree char *listing = NULL;
  g_autofree char *left = NULL;
  g_auto (Writer) first = { NULL };
  g_auto (Writer) second = { NULL };

  writer_begin (&first, fixture->path);
  move_all (fixture, "b.weft");
  writer_begin (&second, fixture->path);
  writer_end (&first);
  listing = fixture_list (fixture->folder);
  g_assert_cmpstr (listing, ==, "a trace.weft a trace.weft-shm a trace.weft-wal b.weft");
  writer_end (&second);
  left = fixture_list (fixture->folder);
  g_assert_cmpstr (left, ==, "a trace.weft b.weft");
  assert_whole (moved, first.store);
  assert_whole (fixture->path, second.store);
}

/* Read from while it is written: SQLite would bring the log that lies there into it. */
static void
test_neighbours_another_recording_at_its_name_stays (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *other = name (fixture, "other.weft", "");
  g_autoptr (WeftTraceStore) others = fixture_record (other, 30000);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (Writer) writer = { NULL };
  gsize size_before, size_after;

  g_assert_true (g_file_get_contents (other, &before, &size_before, NULL));
  writer_begin (&writer, fixture->path);
  weft_trace_store_set_memory_limit (writer.store, 1);
  g_assert_no_errno (g_rename (other, fixture->path));
  fixture_feed (writer.store, writer.machine, N_EVENTS);
  for (guint i = 0; i < 3; i++)
    weft_trace_store_load_chunk (writer.store, i, NULL);
  writer_end (&writer);
  weft_trace_store_load_chunk (writer.store, 0, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_true (g_file_get_contents (fixture->path, &after, &size_after, NULL));
  g_assert_cmpmem (after, size_after, before, size_before);
}

static void
assert_refused (const char *path, WeftOutputFlags flags)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autoptr (GError) error = NULL;

  g_assert_null (weft_output_file_open (path, flags, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_assert_nonnull (strstr (error->message, base));
}

/* Whether it is there or not, and by a link as well. */
static void
test_neighbours_names_of_a_recording_are_for_no_other_file (Fixture *fixture, gconstpointer unused)
{
  static const char *const endings[] = { "-wal", "-shm", "-journal" };
  g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 1000);
  g_autofree char *link = name (fixture, "link", "");

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *beside = g_strconcat (fixture->path, endings[i], NULL);

      assert_refused (beside, WEFT_OUTPUT_NONE);
      assert_refused (beside, WEFT_OUTPUT_AT_ONCE | WEFT_OUTPUT_NAMED);
      put_letter (beside);
      assert_refused (beside, WEFT_OUTPUT_NONE);
      g_assert_no_errno (symlink (beside, link));
      assert_refused (link, WEFT_OUTPUT_NONE);
      g_unlink (link);
      assert_letter (beside);
      g_unlink (beside);
    }
}

static void
test_neighbours_a_log_that_was_moved_is_no_place_for_another_file (Fixture *fixture,
                                                                   gconstpointer unused)
{
  g_autofree char *log = name (fixture, "log", "");
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_auto (Writer) writer = { NULL };
  g_autofree char *from = g_strconcat (fixture->path, "-wal", NULL);

  writer_begin (&writer, fixture->path);
  g_assert_no_errno (g_rename (from, log));
  g_assert_true (g_file_get_contents (log, &before, NULL, NULL));
  assert_refused (log, WEFT_OUTPUT_NONE);
  g_assert_true (g_file_get_contents (log, &after, NULL, NULL));
  g_assert_cmpmem (before, 32, after, 32);
  writer_end (&writer);
}

static void
cut_short (const char *path, gsize size)
{
  g_assert_no_errno (truncate (path, 0));
}

static void
write_letter (const char *path, gsize size)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileIOStream) stream = NULL;

  g_assert_no_errno (truncate (path, 0));
  stream = g_file_open_readwrite (file, NULL, NULL);
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (stream)),
                                            "Dear Anna,", 10, NULL, NULL, NULL));
}

static void
write_in_the_middle (const char *path, gsize size)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileIOStream) stream = g_file_open_readwrite (file, NULL, NULL);

  g_assert_true (g_seekable_seek (G_SEEKABLE (stream), (goffset)size / 2, G_SEEK_SET, NULL, NULL));
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (stream)),
                                            "Dear Anna,", 10, NULL, NULL, NULL));
}

/* A second after it began: what was recorded is out of the log. */
static gsize
wait_for_file (Writer *writer, const char *path)
{
  for (;;)
    {
      GStatBuf info;

      g_assert_no_errno (g_stat (path, &info));
      if (info.st_size > (64 << 10))
        return (gsize)info.st_size;
      g_usleep (50000);
      fixture_feed (writer->store, writer->machine, 1000);
    }
}

static void
test_neighbours_who_write_into_it_are_told (Fixture *fixture, gconstpointer unused)
{
  static void (*const harms[]) (const char *, gsize)
      = { cut_short, write_letter, write_in_the_middle };

  for (guint i = 0; i < G_N_ELEMENTS (harms); i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (Writer) writer = { NULL };

      writer_begin (&writer, fixture->path);
      harms[i](fixture->path, wait_for_file (&writer, fixture->path));
      fixture_feed (writer.store, writer.machine, N_EVENTS / 2);
      weft_trace_store_finish (writer.store, synthetic_get_time (writer.machine) + 1000000);
      g_assert_false (weft_recording_finish (writer.recording, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      g_assert_nonnull (strstr (error->message, "somebody else wrote into it"));
      g_assert_false (weft_recording_is_whole (writer.recording));
      g_assert_false (weft_recording_is_empty (writer.recording));
      weft_recording_remove_log (writer.recording);
      g_unlink (fixture->path);
    }
}

static void
add (const char *name, void (*run) (Fixture *, gconstpointer))
{
  g_autofree char *path = g_strconcat ("/recording-neighbours/", name, NULL);

  g_test_add (path, Fixture, NULL, fixture_set_up, run, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("what-comes-beside-it-stays", test_neighbours_what_comes_beside_it_stays);
  add ("of-one-that-was-moved-stay", test_neighbours_of_one_that_was_moved_stay);
  add ("two-at-one-name-keep-their-logs", test_neighbours_two_at_one_name_keep_their_logs);
  add ("another-recording-at-its-name-stays", test_neighbours_another_recording_at_its_name_stays);
  add ("names-of-a-recording-are-for-no-other-file",
       test_neighbours_names_of_a_recording_are_for_no_other_file);
  add ("a-log-that-was-moved-is-no-place-for-another-file",
       test_neighbours_a_log_that_was_moved_is_no_place_for_another_file);
  add ("who-write-into-it-are-told", test_neighbours_who_write_into_it_are_told);
  return g_test_run ();
}
