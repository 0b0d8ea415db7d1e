/* test-unsaved.c: the folder of unsaved traces: whose it may be, what is removed from
 * it and what never, and that nothing is left of a trace that came to nothing. In: a
 * cache folder of our own, and what others may have put into it. */
#include "recording-fixture.h"
#include "unsaved.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define GIB (G_GUINT64_CONSTANT (1) << 30)

static char *root;

/* An older trace of @bytes, which takes no room on the disk. */
static char *
add_trace (const char *name, guint64 bytes)
{
  g_autofree char *folder = g_build_filename (root, name, NULL);
  char *path = g_build_filename (folder, "trace.weft", NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  g_assert_cmpint (truncate (path, (off_t)bytes), ==, 0);
  return path;
}

static gboolean
is_there (const char *path)
{
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture_set_up (fixture, NULL);
  g_assert_cmpint (g_mkdir_with_parents (root, 0700), ==, 0);
}

static void
remove_tree (const char *path)
{
  const char *argv[] = { "rm", "-rf", path, NULL };

  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  remove_tree (root);
  fixture_tear_down (fixture, NULL);
}

/* Who runs us with another user's HOME is led nowhere by links in it. */
static void
test_links_are_not_followed (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *letter = g_build_filename (fixture->folder, "letter", NULL);
  g_autofree char *link = g_build_filename (root, "0000", NULL);
  g_autofree char *big = add_trace ("0001", 5 * GIB);
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  g_file_set_contents (letter, "Dear Anna,", -1, NULL);
  g_assert_cmpint (symlink (fixture->folder, link), ==, 0);
  path = weft_unsaved_new_path (&error);
  g_assert_no_error (error);
  g_assert_true (is_there (letter));
  g_assert_true (is_there (link));
  g_assert_false (is_there (big));
  weft_unsaved_discard (path);
}

static void
assert_refused (const char *sentence)
{
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  g_autoptr (GError) error = NULL;

  g_assert_null (weft_recording_create_unsaved (store, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_assert_nonnull (strstr (error->message, sentence));
}

static void
test_a_folder_of_others_is_refused (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *old = add_trace ("0001", 5 * GIB);
  g_autofree char *parent = g_path_get_dirname (root);

  g_chmod (root, 0777);
  assert_refused ("belongs to somebody else");
  g_chmod (root, 0700);
  if (geteuid () == 0)
    {
      g_assert_cmpint (chown (root, 65534, 65534), ==, 0);
      assert_refused ("belongs to somebody else");
      g_assert_false (weft_unsaved_owns (old));
      g_assert_cmpint (chown (root, 0, 0), ==, 0);
      g_assert_cmpint (chown (parent, 65534, 65534), ==, 0);
      assert_refused ("belongs to somebody else");
      g_assert_cmpint (chown (parent, 0, 0), ==, 0);
    }
  else
    g_test_message ("not root: owners are not tried");
  g_assert_true (is_there (old));
}

static void
test_old_traces_go_only_beyond_the_cap (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *oldest = add_trace ("0001", GIB);
  g_autofree char *older = add_trace ("0002", GIB);
  g_autofree char *old = add_trace ("0003", 2 * GIB);
  g_autofree char *more = NULL;

  weft_unsaved_make_room ();
  g_assert_true (is_there (oldest));
  more = add_trace ("0004", GIB);
  weft_unsaved_make_room ();
  g_assert_false (is_there (oldest));
  g_assert_true (is_there (older));
  g_assert_true (is_there (old));
  g_assert_true (is_there (more));
}

/* A process that holds the folder's lock until it is told to end. */
static pid_t
start_holder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int ready[2];
  char byte;
  pid_t pid;

  g_assert_cmpint (pipe (ready), ==, 0);
  pid = fork ();
  if (pid == 0)
    {
      int fd = open (folder, O_RDONLY | O_DIRECTORY);

      if (fd < 0 || flock (fd, LOCK_EX | LOCK_NB) != 0 || write (ready[1], "", 1) != 1)
        _exit (1);
      for (;;)
        pause ();
    }
  close (ready[1]);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);
  return pid;
}

static void
test_what_a_process_has_open_stays (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *held = add_trace ("0001", 3 * GIB);
  g_autofree char *free = add_trace ("0002", 3 * GIB);
  g_autoptr (GPtrArray) listed = NULL;
  g_autoptr (GError) error = NULL;
  pid_t holder = start_holder (held);

  listed = weft_unsaved_list ();
  g_assert_cmpuint (listed->len, ==, 1);
  g_assert_cmpstr (listed->pdata[0], ==, free);
  g_assert_null (weft_recording_adopt (held, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  weft_unsaved_make_room ();
  g_assert_true (is_there (held));
  g_assert_false (is_there (free));
  kill (holder, SIGKILL);
  waitpid (holder, NULL, 0);
  g_clear_pointer (&listed, g_ptr_array_unref);
  listed = weft_unsaved_list ();
  g_assert_cmpuint (listed->len, ==, 1);
}

static guint
count_threads (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* A password that was refused: both let go of each other, whoever goes first. */
static void
test_a_trace_that_came_to_nothing_leaves_nothing (Fixture *fixture, gconstpointer unused)
{
  guint n_threads = count_threads ();

  for (guint i = 0; i < 6; i++)
    {
      WeftTraceStore *store = fixture_new_store ();
      g_autoptr (GError) error = NULL;
      WeftRecording *recording = weft_recording_create_unsaved (store, &error);
      g_autofree char *path = NULL;
      g_autofree char *left = NULL;

      g_assert_no_error (error);
      path = weft_recording_dup_path (recording);
      g_assert_true (is_there (path));
      if (i % 3 == 2)
        weft_recording_discard (recording);
      g_object_unref (i % 2 ? (gpointer)store : (gpointer)recording);
      g_object_unref (i % 2 ? (gpointer)recording : (gpointer)store);
      left = fixture_list (root);
      g_assert_cmpstr (left, ==, "");
    }
  /* a thread that was joined may be listed for a moment */
  for (guint i = 0; i < 500 && count_threads () > n_threads; i++)
    g_usleep (10000);
  g_assert_cmpuint (count_threads (), <=, n_threads);
}

/* Kept, and nobody finished it: what was queued is there for the next run. */
static void
test_a_kept_trace_whose_store_goes_is_found (Fixture *fixture, gconstpointer unused)
{
  WeftTraceStore *store = fixture_new_store ();
  g_autoptr (Synthetic) machine = fixture_new_machine ();
  WeftRecording *recording = weft_recording_create_unsaved (store, NULL);
  g_autofree char *path = weft_recording_dup_path (recording);
  g_autoptr (WeftTraceStore) opened = NULL;
  g_autofree char *warning = NULL;
  g_autofree char *names = NULL;
  g_autofree char *folder = g_path_get_dirname (path);
  WeftTraceTotals totals;

  weft_recording_keep (recording);
  fixture_feed (store, machine, 200000);
  g_object_unref (recording);
  g_object_unref (store);
  opened = weft_recording_open (path, NULL, NULL, &warning, NULL, NULL);
  g_assert_nonnull (opened);
  g_assert_nonnull (warning);
  weft_trace_store_get_totals (opened, &totals);
  g_assert_cmpuint (totals.events, >, 100000);
  names = fixture_list (folder);
  g_assert_cmpstr (names, ==, "trace.weft");
}

#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_autofree char *cache = g_dir_make_tmp ("weft-cache-XXXXXX", NULL);
  int result;

  root = g_build_filename (cache, "weftscope", "unsaved", NULL);
  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  g_test_init (&argc, &argv, NULL);
  ADD ("/unsaved/links-are-not-followed", test_links_are_not_followed);
  ADD ("/unsaved/a-folder-of-others-is-refused", test_a_folder_of_others_is_refused);
  ADD ("/unsaved/old-traces-go-only-beyond-the-cap", test_old_traces_go_only_beyond_the_cap);
  ADD ("/unsaved/what-a-process-has-open-stays", test_what_a_process_has_open_stays);
  ADD ("/unsaved/a-trace-that-came-to-nothing-leaves-nothing",
       test_a_trace_that_came_to_nothing_leaves_nothing);
  ADD ("/unsaved/a-kept-trace-whose-store-goes-is-found",
       test_a_kept_trace_whose_store_goes_is_found);
  result = g_test_run ();
  remove_tree (cache);
  g_free (root);
  return result;
}
