/* test-output-file.c: a file that is written and put in place while others write there
 * too. In: a folder and what is in it. Out: what is in it then. */
#include "output-file.h"
#include "output-refusal.h"
#include <glib/gstdio.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  char *folder;
  char *path;
  char *beside; /* what is written there when that name is another's */
} Fixture;

static void
set_up (Fixture *self, gconstpointer unused)
{
  self->folder = g_dir_make_tmp ("weft-output-XXXXXX", NULL);
  self->path = g_build_filename (self->folder, "a.csv", NULL);
  self->beside = g_build_filename (self->folder, "a-2.csv", NULL);
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
  g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->folder, name, NULL);

      g_remove (path);
    }
  g_rmdir (self->folder);
  g_free (self->folder);
  g_free (self->path);
  g_free (self->beside);
}

static void
put (Fixture *self, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* "a.csv=new b.csv=old", by name. */
static void
assert_folder (Fixture *self, const char *expected)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
  g_autoptr (GString) all = g_string_new (NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *path = g_build_filename (self->folder, names->pdata[i], NULL);
      g_autofree char *text = NULL;

      g_file_get_contents (path, &text, NULL, NULL);
      g_string_append_printf (all, "%s%s=%s", i > 0 ? " " : "", (char *)names->pdata[i], text);
    }
  g_assert_cmpstr (all->str, ==, expected);
}

static WeftOutputFile *
begin (Fixture *self, WeftOutputFlags flags)
{
  g_autoptr (GError) error = NULL;
  WeftOutputFile *file = weft_output_file_open (self->path, flags, &error);

  g_assert_no_error (error);
  g_assert_true (
      g_output_stream_write_all (weft_output_file_get_stream (file), "new", 3, NULL, NULL, &error));
  return file;
}

static void
end (WeftOutputFile *file)
{
  g_autoptr (GError) error = NULL;

  weft_output_file_commit (file, &error);
  g_assert_no_error (error);
  weft_output_file_free (file);
}

static void
end_beside (WeftOutputFile *file, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (weft_output_file_commit (file, &error));
  g_assert_error (error, G_IO_ERROR, code);
  weft_output_file_free (file);
}

static void
test_a_new_file_appears_when_it_is_whole (Fixture *self, gconstpointer unused)
{
  WeftOutputFile *file = begin (self, WEFT_OUTPUT_NONE);

  assert_folder (self, "");
  end (file);
  assert_folder (self, "a.csv=new");
}

static void
test_a_new_file_at_once_is_found_by_its_name (Fixture *self, gconstpointer unused)
{
  WeftOutputFile *file = begin (self, WEFT_OUTPUT_AT_ONCE);

  assert_folder (self, "a.csv=new");
  end (file);
  assert_folder (self, "a.csv=new");
}

static void
test_an_old_file_stays_until_the_new_one_is_whole (Fixture *self, gconstpointer unused)
{
  WeftOutputFile *file;

  put (self, "a.csv", "old");
  put (self, "a.csv.old", "notes");
  put (self, "a.csv.partial", "left");
  file = begin (self, WEFT_OUTPUT_AT_ONCE);
  g_assert_true (weft_output_file_replaces (file));
  assert_folder (self, "a.csv=old a.csv.old=notes a.csv.partial=left a.csv.partial-2=new");
  end (file);
  assert_folder (self, "a.csv=new a.csv.old=notes a.csv.partial=left");
}

static void
test_what_is_given_up_leaves_the_folder_as_it_was (Fixture *self, gconstpointer unused)
{
  const WeftOutputFlags flags[] = { WEFT_OUTPUT_NONE, WEFT_OUTPUT_AT_ONCE, WEFT_OUTPUT_NAMED };

  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      weft_output_file_free (begin (self, flags[i]));
      assert_folder (self, "");
    }
  put (self, "a.csv", "old");
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      weft_output_file_free (begin (self, flags[i]));
      assert_folder (self, "a.csv=old");
    }
}

static void
test_what_is_given_up_removes_nothing_of_others (Fixture *self, gconstpointer unused)
{
  WeftOutputFile *file = begin (self, WEFT_OUTPUT_AT_ONCE);

  put (self, "a.csv", "theirs"); /* by a rename */
  weft_output_file_free (file);
  assert_folder (self, "a.csv=theirs");
}

static void
test_what_is_kept_stays_where_it_is (Fixture *self, gconstpointer unused)
{
  WeftOutputFile *file;

  put (self, "a.csv", "old");
  file = begin (self, WEFT_OUTPUT_AT_ONCE);
  weft_output_file_keep (file);
  weft_output_file_free (file);
  assert_folder (self, "a.csv=old a.csv.partial=new");
}

static void
test_a_second_writer_of_a_name_is_refused (Fixture *self, gconstpointer unused)
{
  for (guint i = 0; i < 2; i++)
    {
      WeftOutputFile *file = begin (self, WEFT_OUTPUT_AT_ONCE);
      g_autoptr (GError) error = NULL;

      g_assert_null (weft_output_file_open (self->path, WEFT_OUTPUT_NONE, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
      end (file);
      assert_folder (self, "a.csv=new");
    }
}

static void
test_what_others_wrote_meanwhile_stays (Fixture *self, gconstpointer unused)
{
  WeftOutputFile *file = begin (self, WEFT_OUTPUT_NONE);

  put (self, "a.csv", "theirs");
  put (self, "a-2.csv", "older");
  end_beside (file, G_IO_ERROR_EXISTS);
  assert_folder (self, "a-2.csv=older a-3.csv=new a.csv=theirs");
  file = begin (self, WEFT_OUTPUT_NONE);
  put (self, "a.csv", "theirs again");
  end_beside (file, G_IO_ERROR_EXISTS);
  assert_folder (self, "a-2.csv=older a-3.csv=new a-4.csv=new a.csv=theirs again");
}

/* By a rename, after which ours has no name. */
static void
test_what_another_file_took_the_name_from_is_kept (Fixture *self, gconstpointer unused)
{
  WeftOutputFile *file = begin (self, WEFT_OUTPUT_AT_ONCE);

  put (self, "a.csv", "theirs");
  end_beside (file, G_IO_ERROR_EXISTS);
  assert_folder (self, "a-2.csv=new a.csv=theirs");
}

/* What others put there while ours was still under its other name is theirs, and not ours:
 * it takes nobody's place. */
static void
test_what_lies_at_the_other_name_takes_no_place (Fixture *self, gconstpointer unused)
{
  g_autofree char *partial = g_build_filename (self->folder, "a.csv.partial", NULL);

  for (guint with_old = 0; with_old < 2; with_old++)
    {
      WeftOutputFile *file;

      if (with_old)
        put (self, "a.csv", "old");
      file = begin (self, WEFT_OUTPUT_NAMED);
      g_assert_cmpint (g_unlink (partial), ==, 0);
      put (self, "a.csv.partial", "theirs");
      end (file);
      assert_folder (self, "a.csv=new a.csv.partial=theirs");
      g_unlink (partial);
      g_unlink (self->path);
    }
}

static void
test_what_others_wrote_into_the_file_stays (Fixture *self, gconstpointer unused)
{
  WeftOutputFile *file;
  FILE *theirs;

  put (self, "a.csv", "old");
  file = begin (self, WEFT_OUTPUT_NONE);
  theirs = g_fopen (self->path, "a");
  fputs ("er", theirs);
  fclose (theirs);
  end_beside (file, G_IO_ERROR_EXISTS);
  assert_folder (self, "a-2.csv=new a.csv=older");
}

/* As SQLite's logs begin. */
#define LOG "7\x7f\x06\x82 log"
#define THEIRS "7\x7f\x06\x83 their log"

static void
test_the_log_of_the_old_file_goes_after_it (Fixture *self, gconstpointer unused)
{
  WeftOutputFile *file;
  guint8 head[100] = "SQLite format 3";

  memcpy (head + 68, "WEFT", 4); /* and no word that it has no log */
  g_assert_true (g_file_set_contents (self->path, (char *)head, sizeof head, NULL));
  put (self, "a.csv-wal", LOG);
  put (self, "a.csv-shm", "");
  file = begin (self, WEFT_OUTPUT_AT_ONCE | WEFT_OUTPUT_NAMED);
  assert_folder (self, "a.csv=SQLite format 3 a.csv-shm= a.csv-wal=" LOG " a.csv.partial=new");
  end (file);
  assert_folder (self, "a.csv=new");
}

/* A database with its log is moved to the name; one is moved away and leaves its log; one
 * is written to, which shows in its log alone. */
static void
test_a_log_that_others_put_there_stays_and_has_no_other_file (Fixture *self, gconstpointer unused)
{
  g_autofree char *log = g_strconcat (self->path, "-wal", NULL);

  put (self, "a.csv", "old");
  put (self, "a.csv-wal", LOG);
  for (guint i = 0; i < 3; i++)
    {
      WeftOutputFile *file = begin (self, WEFT_OUTPUT_AT_ONCE | WEFT_OUTPUT_NAMED);

      if (i == 0)
        put (self, "a.csv", "theirs");
      if (i == 1)
        g_remove (self->path);
      else
        put (self, "a.csv-wal", THEIRS);
      end_beside (file, G_IO_ERROR_EXISTS);
      assert_folder (self, i == 0   ? "a-2.csv=new a.csv=theirs a.csv-wal=" THEIRS
                           : i == 1 ? "a-2.csv=new a.csv-wal=" THEIRS
                                    : "a-2.csv=new a.csv=old a.csv-wal=" THEIRS);
      put (self, "a.csv", "old");
      g_remove (log);
      put (self, "a.csv-wal", i == 0 ? THEIRS : LOG);
      g_assert_no_errno (unlinkat (AT_FDCWD, self->beside, 0));
    }
}

/* What is no log of SQLite's, and one beside a file that says that it has none. */
static void
test_what_is_not_the_log_of_the_old_file_stays (Fixture *self, gconstpointer unused)
{
  static const char *const contents[] = { "Dear Anna,", THEIRS };

  for (guint i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autofree char *expected = g_strdup_printf ("a.csv=new a.csv-wal=%s", contents[i]);

      put (self, "a.csv", i == 0 ? "old" : "old, closed  well \x01\x01");
      put (self, "a.csv-wal", contents[i]);
      end (begin (self, WEFT_OUTPUT_AT_ONCE | WEFT_OUTPUT_NAMED));
      assert_folder (self, expected);
    }
}

static void
test_a_pipe_without_a_reader_is_not_waited_for (Fixture *self, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  WeftOutputFile *file;
  int reader;

  g_assert_no_errno (mkfifo (self->path, 0600));
  g_assert_null (weft_output_file_open (self->path, WEFT_OUTPUT_NO_WAIT, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_clear_error (&error);
  g_assert_null (weft_output_file_open (self->path, WEFT_OUTPUT_NAMED, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  reader = open (self->path, O_RDONLY | O_NONBLOCK);
  file = begin (self, WEFT_OUTPUT_NO_WAIT);
  end (file);
  close (reader);
}

static void
test_a_file_that_is_removed_or_moved_meanwhile_is_told (Fixture *self, gconstpointer unused)
{
  g_autofree char *moved = g_build_filename (self->folder, "b.csv", NULL);
  WeftOutputFile *file = begin (self, WEFT_OUTPUT_AT_ONCE);

  g_unlink (self->path);
  end_beside (file, G_IO_ERROR_NOT_FOUND);
  assert_folder (self, "");
  file = begin (self, WEFT_OUTPUT_AT_ONCE);
  g_rename (self->path, moved);
  g_assert_true (weft_output_file_commit (file, NULL));
  g_assert_cmpstr (weft_output_file_get_name (file), ==, moved);
  weft_output_file_free (file);
  assert_folder (self, "b.csv=new");
}

static void
test_a_name_that_is_taken_is_refused_when_a_new_one_is_asked_for (Fixture *self,
                                                                  gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  put (self, "a.csv", "old");
  g_assert_null (weft_output_file_open (self->path, WEFT_OUTPUT_NEW, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  assert_folder (self, "a.csv=old");
}

static void
test_links_are_followed_and_kept (Fixture *self, gconstpointer unused)
{
  g_autofree char *link = g_build_filename (self->folder, "link", NULL);
  struct stat info;

  g_assert_no_errno (symlink ("a.csv", link));
  g_free (g_steal_pointer (&self->path));
  self->path = g_strdup (link);
  end (begin (self, WEFT_OUTPUT_NONE)); /* which leads nowhere yet */
  assert_folder (self, "a.csv=new link=new");
  put (self, "a.csv", "old");
  end (begin (self, WEFT_OUTPUT_AT_ONCE));
  assert_folder (self, "a.csv=new link=new");
  g_assert_no_errno (lstat (link, &info));
  g_assert_true (S_ISLNK (info.st_mode));
}

static void
test_rights_of_the_old_file_are_kept (Fixture *self, gconstpointer unused)
{
  WeftOutputFile *file;
  struct stat info;

  put (self, "a.csv", "old");
  g_chmod (self->path, 0640);
  file = begin (self, WEFT_OUTPUT_NAMED);
  g_assert_no_errno (stat (weft_output_file_get_path (file), &info));
  g_assert_cmpint (info.st_mode & 0777, ==, 0640);
  end (file);
  g_assert_no_errno (stat (self->path, &info));
  g_assert_cmpint (info.st_mode & 0777, ==, 0640);
}

static void
test_pipes_and_devices_are_written_as_they_are (Fixture *self, gconstpointer unused)
{
  g_autofree char *fifo = g_build_filename (self->folder, "fifo", NULL);
  g_autofree char *number = NULL;
  g_autoptr (GError) error = NULL;
  char text[4] = "";
  int ends[2];

  g_assert_no_errno (pipe (ends));
  number = g_strdup_printf ("/dev/fd/%d", ends[1]);
  g_free (g_steal_pointer (&self->path));
  self->path = g_strdup (number);
  end (begin (self, WEFT_OUTPUT_AT_ONCE));
  g_assert_cmpint (read (ends[0], text, 3), ==, 3);
  g_assert_cmpstr (text, ==, "new");
  g_assert_null (weft_output_file_open (number, WEFT_OUTPUT_NAMED, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  close (ends[0]);
  close (ends[1]);
  g_assert_no_errno (mkfifo (fifo, 0600));
  ends[0] = open (fifo, O_RDONLY | O_NONBLOCK);
  g_free (g_steal_pointer (&self->path));
  self->path = g_strdup (fifo);
  end (begin (self, WEFT_OUTPUT_NONE));
  g_assert_cmpint (read (ends[0], text, 3), ==, 3);
  close (ends[0]);
  g_free (g_steal_pointer (&self->path));
  self->path = g_strdup ("/dev/null");
  end (begin (self, WEFT_OUTPUT_AT_ONCE));
}

static void
test_a_file_that_is_taken_is_put_in_place_like_a_written_one (Fixture *self, gconstpointer unused)
{
  g_autofree char *whole = g_build_filename (self->folder, "whole", NULL);
  WeftOutputFile *file = begin (self, WEFT_OUTPUT_NAMED);
  struct stat info, beside;

  put (self, "whole", "taken");
  g_chmod (whole, 0600);
  g_assert_no_errno (stat (weft_output_file_get_path (file), &beside));
  g_assert_true (weft_output_file_take (file, whole));
  weft_output_file_free (file);
  assert_folder (self, "whole=taken");
  file = begin (self, WEFT_OUTPUT_NAMED);
  g_assert_true (weft_output_file_take (file, whole));
  end (file);
  assert_folder (self, "a.csv=taken whole=taken");
  g_assert_no_errno (stat (self->path, &info));
  g_assert_cmpint (info.st_mode, ==, beside.st_mode); /* as any new file */
  put (self, "a.csv", "old");
  file = begin (self, WEFT_OUTPUT_NAMED);
  g_assert_false (weft_output_file_take (file, "/dev/null"));
  g_assert_true (weft_output_file_take (file, whole));
  put (self, "a.csv", "theirs");
  end_beside (file, G_IO_ERROR_EXISTS);
  assert_folder (self, "a-2.csv=taken a.csv=theirs whole=taken");
}

static void
test_where_nothing_can_be_written_is_refused (Fixture *self, gconstpointer unused)
{
  g_autofree char *slash = g_strconcat (self->path, "/", NULL);
  g_autofree char *name = g_strnfill (300, 'x');
  g_autofree char *long_path = g_build_filename (self->folder, name, NULL);
  g_autofree char *nowhere = g_build_filename (self->folder, "none", "a.csv", NULL);
  const struct
  {
    const char *path;
    int code;
  } cases[] = {
    { self->folder, G_IO_ERROR_IS_DIRECTORY },
    { slash, G_IO_ERROR_IS_DIRECTORY },
    { long_path, G_IO_ERROR_FILENAME_TOO_LONG },
    { nowhere, G_IO_ERROR_NOT_FOUND },
    { "", G_IO_ERROR_NOT_FOUND },
    { "/dev/fd/999", G_IO_ERROR_FAILED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (weft_output_file_open (cases[i].path, WEFT_OUTPUT_NONE, &error));
      g_assert_error (error, G_IO_ERROR, cases[i].code);
      g_assert_nonnull (strstr (error->message, "“"));
    }
  assert_folder (self, "");
}

static void
test_the_longest_name_can_be_written (Fixture *self, gconstpointer unused)
{
  g_autofree char *name = g_strnfill (255, 'x');
  g_autofree char *expected = g_strconcat (name, "=new", NULL);

  g_free (g_steal_pointer (&self->path));
  self->path = g_build_filename (self->folder, name, NULL);
  end (begin (self, WEFT_OUTPUT_NONE));
  end (begin (self, WEFT_OUTPUT_AT_ONCE));
  assert_folder (self, expected);
}

static void
test_the_input_is_no_output (Fixture *self, gconstpointer unused)
{
  g_autofree char *link = g_build_filename (self->folder, "link", NULL);
  g_autoptr (GError) error = NULL;

  put (self, "a.csv", "old");
  g_assert_no_errno (symlink ("a.csv", link));
  g_assert_false (weft_output_refuse_input (link, self->path, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_true (weft_output_refuse_input ("/none", self->path, NULL));
}

int
main (int argc, char **argv)
{
#define ADD(name, func) g_test_add ("/output-file/" name, Fixture, NULL, set_up, func, tear_down)
  g_test_init (&argc, &argv, NULL);
  ADD ("a-new-file-appears-when-it-is-whole", test_a_new_file_appears_when_it_is_whole);
  ADD ("a-new-file-at-once-is-found-by-its-name", test_a_new_file_at_once_is_found_by_its_name);
  ADD ("an-old-file-stays-until-the-new-one-is-whole",
       test_an_old_file_stays_until_the_new_one_is_whole);
  ADD ("what-is-given-up-leaves-the-folder-as-it-was",
       test_what_is_given_up_leaves_the_folder_as_it_was);
  ADD ("what-is-given-up-removes-nothing-of-others",
       test_what_is_given_up_removes_nothing_of_others);
  ADD ("what-is-kept-stays-where-it-is", test_what_is_kept_stays_where_it_is);
  ADD ("a-second-writer-of-a-name-is-refused", test_a_second_writer_of_a_name_is_refused);
  ADD ("what-others-wrote-meanwhile-stays", test_what_others_wrote_meanwhile_stays);
  ADD ("what-others-wrote-into-the-file-stays", test_what_others_wrote_into_the_file_stays);
  ADD ("what-another-file-took-the-name-from-is-kept",
       test_what_another_file_took_the_name_from_is_kept);
  ADD ("what-lies-at-the-other-name-takes-no-place",
       test_what_lies_at_the_other_name_takes_no_place);
  ADD ("the-log-of-the-old-file-goes-after-it", test_the_log_of_the_old_file_goes_after_it);
  ADD ("a-log-that-others-put-there-stays-and-has-no-other-file",
       test_a_log_that_others_put_there_stays_and_has_no_other_file);
  ADD ("what-is-not-the-log-of-the-old-file-stays", test_what_is_not_the_log_of_the_old_file_stays);
  ADD ("a-pipe-without-a-reader-is-not-waited-for", test_a_pipe_without_a_reader_is_not_waited_for);
  ADD ("a-file-that-is-removed-or-moved-meanwhile-is-told",
       test_a_file_that_is_removed_or_moved_meanwhile_is_told);
  ADD ("a-name-that-is-taken-is-refused-when-a-new-one-is-asked-for",
       test_a_name_that_is_taken_is_refused_when_a_new_one_is_asked_for);
  ADD ("links-are-followed-and-kept", test_links_are_followed_and_kept);
  ADD ("rights-of-the-old-file-are-kept", test_rights_of_the_old_file_are_kept);
  ADD ("pipes-and-devices-are-written-as-they-are", test_pipes_and_devices_are_written_as_they_are);
  ADD ("a-file-that-is-taken-is-put-in-place-like-a-written-one",
       test_a_file_that_is_taken_is_put_in_place_like_a_written_one);
  ADD ("where-nothing-can-be-written-is-refused", test_where_nothing_can_be_written_is_refused);
  ADD ("the-longest-name-can-be-written", test_the_longest_name_can_be_written);
  ADD ("the-input-is-no-output", test_the_input_is_no_output);
  return g_test_run ();
}
