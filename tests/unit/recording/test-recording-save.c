/* test-recording-save.c: an unsaved trace gets a name: one that is free, one that is taken,
 * a link, one that is being recorded. In: made-up machines. Out: files. */
#include "history.h"
#include "output-file.h"
#include "recording-fixture.h"
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What happens just before and just after a file is put in place; once. */
static void (*before_rename) (const char *target);
static void (*after_rename) (void);
static WeftTraceStore *shown;

/* In the place of libc's. */
int
renameat2 (int old_folder, const char *from, int new_folder, const char *to, unsigned int flags)
{
  void (*before) (const char *) = before_rename;
  void (*after) (void) = after_rename;
  int result;

  before_rename = NULL;
  after_rename = NULL;
  if (before != NULL)
    before (to);
  result = (int)syscall (SYS_renameat2, old_folder, from, new_folder, to, flags);
  if (after != NULL)
    after ();
  return result;
}

/* A trace that is not saved yet, and its store. */
static WeftRecording *
record_unsaved (WeftTraceStore **store)
{
  g_autoptr (Synthetic) machine = fixture_new_machine ();
  WeftRecording *recording;

  *store = fixture_new_store ();
  recording = weft_recording_create_unsaved (*store, NULL);
  fixture_feed (*store, machine, 5000);
  weft_trace_store_finish (*store, synthetic_get_time (machine));
  return recording;
}

static void
assert_is_file_of (const char *path, WeftTraceStore *store)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftTraceStore) opened = weft_recording_open (path, NULL, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  fixture_assert_same (store, opened);
}

static void
test_save_takes_the_place_of_a_file_and_of_nothing_else (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *beside = g_strconcat (fixture->path, ".old", NULL);
  g_autofree char *names = NULL;
  g_autoptr (WeftTraceStore) store = NULL;
  g_autoptr (WeftRecording) recording = record_unsaved (&store);
  g_autoptr (GError) error = NULL;
  struct stat info;

  g_file_set_contents (fixture->path, "Dear Anna,", -1, NULL);
  g_file_set_contents (beside, "notes", -1, NULL);
  g_chmod (fixture->path, 0640);
  g_assert_true (weft_recording_save_as (recording, fixture->path, NULL, &error));
  g_assert_no_error (error);
  names = fixture_list (fixture->folder);
  g_assert_nonnull (strstr (names, ".old"));
  g_assert_null (strstr (names, "partial"));
  g_assert_no_errno (stat (fixture->path, &info));
  g_assert_cmpint (info.st_mode & 0777, ==, 0640);
  assert_is_file_of (fixture->path, store);
}

static void
test_save_follows_a_link_and_keeps_it (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *link = g_build_filename (fixture->folder, "link", NULL);
  g_autoptr (WeftTraceStore) store = NULL;
  g_autoptr (WeftRecording) recording = record_unsaved (&store);
  g_autofree char *end = NULL;

  g_assert_no_errno (symlink (fixture->path, link));
  g_assert_true (weft_recording_save_as (recording, link, NULL, NULL));
  end = g_file_read_link (link, NULL);
  g_assert_cmpstr (end, ==, fixture->path);
  assert_is_file_of (fixture->path, store);
}

static void
test_save_leaves_a_file_that_is_being_written_alone (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftOutputFile) others
      = weft_output_file_open (fixture->path, WEFT_OUTPUT_AT_ONCE, NULL);
  g_autoptr (WeftTraceStore) store = NULL;
  g_autoptr (WeftRecording) recording = record_unsaved (&store);
  g_autofree char *unsaved = weft_recording_dup_path (recording);
  g_autoptr (GError) error = NULL;

  g_assert_false (weft_recording_save_as (recording, fixture->path, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_false (weft_recording_is_saved (recording));
  assert_is_file_of (unsaved, store);
}

static void
test_a_saved_one_is_copied_and_not_onto_itself (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *second = g_build_filename (fixture->folder, "second.weft", NULL);
  g_autoptr (WeftTraceStore) store = NULL;
  g_autoptr (WeftRecording) recording = record_unsaved (&store);
  g_autoptr (GError) error = NULL;

  g_assert_true (weft_recording_save_as (recording, fixture->path, NULL, NULL));
  g_assert_true (weft_recording_save_as (recording, second, NULL, NULL));
  assert_is_file_of (fixture->path, store);
  assert_is_file_of (second, store);
  /* the copy is what it is from then on */
  g_assert_false (weft_recording_save_as (recording, second, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  assert_is_file_of (second, store);
}

static void
put_theirs (const char *target)
{
  g_file_set_contents (target, "their work", -1, NULL); /* by a rename */
}

static void
test_save_leaves_what_others_put_there_at_the_last_moment (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *beside = g_build_filename (fixture->folder, "a trace-2.weft", NULL);
  g_autofree char *left = NULL;
  g_autoptr (WeftTraceStore) store = NULL;
  g_autoptr (WeftRecording) recording = record_unsaved (&store);
  g_autofree char *unsaved = weft_recording_dup_path (recording);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (fixture->path, "Dear Anna,", -1, NULL);
  weft_recording_finish (recording, NULL);
  before_rename = put_theirs;
  g_assert_false (weft_recording_save_as (recording, fixture->path, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_file_get_contents (fixture->path, &left, NULL, NULL);
  g_assert_cmpstr (left, ==, "their work");
  g_assert_nonnull (strstr (error->message, "a trace-2.weft"));
  g_assert_false (weft_recording_is_saved (recording));
  assert_is_file_of (unsaved, store);
  assert_is_file_of (beside, store);
}

static void
ask_for_chunk (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (weft_trace_store_load_chunk (shown, 0, &error));
  g_assert_no_error (error);
}

/* A view wants what left memory just when the file is in its new place, and its old one
 * is what the recording knows. */
static void
test_what_is_looked_at_while_it_is_saved_is_no_gap (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  g_autoptr (Synthetic) machine = fixture_new_machine ();
  g_autoptr (WeftRecording) recording = weft_recording_create_unsaved (store, NULL);
  g_autoptr (GError) error = NULL;
  WeftHistoryFigures before, after;

  weft_trace_store_set_memory_limit (store, 1);
  fixture_feed (store, machine, 600000);
  fixture_finish (store, machine, recording);
  weft_history_get_figures (store, &before);
  shown = store;
  after_rename = ask_for_chunk;
  g_assert_true (weft_recording_save_as (recording, fixture->path, NULL, &error));
  g_assert_no_error (error);
  weft_history_get_figures (store, &after);
  g_assert_cmpuint (after.loads, ==, before.loads + 1);
  g_assert_cmpuint (after.n_damaged, ==, 0);
}

/* Of a recording that was cut off it is the end; of any other it is a stranger's. */
static void
test_save_leaves_a_journal_of_others_alone (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *journal = g_strconcat (fixture->path, "-wal", NULL);
  g_autofree char *left = NULL;
  g_autoptr (WeftTraceStore) store = NULL;
  g_autoptr (WeftRecording) recording = record_unsaved (&store);
  g_autofree char *unsaved = weft_recording_dup_path (recording);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (journal, "the last moments", -1, NULL);
  g_assert_false (weft_recording_save_as (recording, fixture->path, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_true (g_file_get_contents (journal, &left, NULL, NULL));
  g_assert_cmpstr (left, ==, "the last moments");
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
  assert_is_file_of (unsaved, store);
}

/* On another file system, where the trace has to be copied. */
static void
test_a_full_disk_leaves_both_as_they_were (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *folder = g_strdup ("/dev/shm/weft-test-XXXXXX");
  g_autofree char *target = NULL;
  g_autofree char *left = NULL;
  g_autofree char *names = NULL;
  g_autoptr (WeftTraceStore) store = NULL;
  g_autoptr (WeftRecording) recording = record_unsaved (&store);
  g_autofree char *unsaved = weft_recording_dup_path (recording);
  g_autoptr (GError) error = NULL;
  struct rlimit before, full;

  if (g_mkdtemp (folder) == NULL)
    {
      g_test_skip ("/dev/shm cannot be written");
      return;
    }
  target = g_build_filename (folder, "taken.weft", NULL);
  g_file_set_contents (target, "Dear Anna,", -1, NULL);
  g_assert_true (weft_recording_finish (recording, NULL));
  getrlimit (RLIMIT_FSIZE, &before);
  full = (struct rlimit){ 20000, before.rlim_max };
  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &full);
  g_assert_false (weft_recording_save_as (recording, target, NULL, &error));
  setrlimit (RLIMIT_FSIZE, &before);
  g_assert_nonnull (strstr (error->message, "taken.weft"));
  g_assert_false (weft_recording_is_saved (recording));
  assert_is_file_of (unsaved, store);
  g_file_get_contents (target, &left, NULL, NULL);
  g_assert_cmpstr (left, ==, "Dear Anna,");
  names = fixture_list (folder);
  g_assert_cmpstr (names, ==, "taken.weft");
  g_unlink (target);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_autofree char *cache = g_dir_make_tmp ("weft-cache-XXXXXX", NULL);

#define ADD(name, func)                                                                            \
  g_test_add ("/recording/save/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  g_test_init (&argc, &argv, NULL);
  ADD ("takes-the-place-of-a-file-and-of-nothing-else",
       test_save_takes_the_place_of_a_file_and_of_nothing_else);
  ADD ("follows-a-link-and-keeps-it", test_save_follows_a_link_and_keeps_it);
  ADD ("leaves-a-file-that-is-being-written-alone",
       test_save_leaves_a_file_that_is_being_written_alone);
  ADD ("copies-what-is-saved-and-not-onto-itself", test_a_saved_one_is_copied_and_not_onto_itself);
  ADD ("leaves-what-others-put-there-at-the-last-moment",
       test_save_leaves_what_others_put_there_at_the_last_moment);
  ADD ("makes-no-gap-of-what-is-looked-at-meanwhile",
       test_what_is_looked_at_while_it_is_saved_is_no_gap);
  ADD ("leaves-a-journal-of-others-alone", test_save_leaves_a_journal_of_others_alone);
  ADD ("leaves-both-as-they-were-on-a-full-disk", test_a_full_disk_leaves_both_as_they_were);
  return g_test_run ();
}
