/* recording-fixture.c: making traces and comparing them. */
#include "recording-fixture.h"
#include "history.h"
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#define START_NS (G_GUINT64_CONSTANT (5000) * 1000000000)
#define BATCH 3000

void
fixture_set_up (Fixture *self, gconstpointer unused)
{
  self->folder = g_dir_make_tmp ("weft-test-XXXXXX", NULL);
  g_assert_nonnull (self->folder);
  self->path = g_build_filename (self->folder, "a trace.weft", NULL);
}

static void
remove_tree (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        remove_tree (path);
      else
        g_unlink (path);
    }
  g_rmdir (folder);
}

void
fixture_tear_down (Fixture *self, gconstpointer unused)
{
  g_chmod (self->folder, 0700);
  remove_tree (self->folder);
  g_free (self->folder);
  g_free (self->path);
}

WeftTraceStore *
fixture_new_store (void)
{
  WeftTraceInfo info = { .architecture = "x86_64",
                         .kernel = "6.1.0-test",
                         .host = "made-up",
                         .boot_id = "no boot",
                         .label = "a label",
                         .n_cpus = 4,
                         .start_ns = START_NS,
                         .realtime_ns = G_GUINT64_CONSTANT (1700000000123456789),
                         .boottime_ns = START_NS + G_GUINT64_CONSTANT (5000000000) };

  return weft_trace_store_new (&info);
}

Synthetic *
fixture_new_machine (void)
{
  const SyntheticMachine machine = { .n_cpus = 4,
                                     .n_processes = 12,
                                     .threads_per_process = 4,
                                     .mean_run_ns = 60000,
                                     .forks = 0.005,
                                     .seed = 11,
                                     .start_ns = START_NS };

  return synthetic_new (&machine);
}

void
fixture_feed (WeftTraceStore *store, Synthetic *machine, guint n_events)
{
  for (guint done = 0; done < n_events; done += BATCH)
    {
      g_autoptr (GBytes) records = synthetic_next (machine, MIN (BATCH, n_events - done));
      g_autoptr (GError) error = NULL;

      weft_trace_store_append (store, records, synthetic_get_time (machine), &error);
      g_assert_no_error (error);
    }
}

void
fixture_finish (WeftTraceStore *store, Synthetic *machine, WeftRecording *recording)
{
  g_autoptr (GError) error = NULL;

  weft_trace_store_finish (store, synthetic_get_time (machine) + 1000000);
  weft_recording_finish (recording, &error);
  g_assert_no_error (error);
}

WeftTraceStore *
fixture_record (const char *path, guint n_events)
{
  WeftTraceStore *store = fixture_new_store ();
  g_autoptr (Synthetic) machine = fixture_new_machine ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftRecording) recording = NULL;

  g_unlink (path);
  recording = weft_recording_create (path, store, WEFT_RECORDING_NONE, &error);
  g_assert_no_error (error);
  fixture_feed (store, machine, n_events);
  fixture_finish (store, machine, recording);
  return store;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

void
fixture_change (const char *path, const char *sql)
{
  sqlite3 *db = NULL;
  char *message = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  sqlite3_exec (db, sql, NULL, NULL, &message);
  g_assert_cmpstr (message, ==, NULL);
  sqlite3_close (db);
}

char *
fixture_list (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (" ", (char **)names->pdata);
}

void
fixture_get_shares (WeftTraceStore *store, const WeftThread *thread, guint64 from_ns, guint64 to_ns,
                    WeftShares *shares)
{
  const guint64 ends[] = { from_ns, MAX (from_ns, to_ns) };
  g_autoptr (WeftHold) hold = weft_history_hold (store, &thread->id, 1, ends, 2, NULL, NULL, NULL);
  guint absent;

  memset (shares, 0, sizeof *shares);
  g_assert_true (weft_thread_track_shares (thread->track, from_ns, to_ns,
                                           weft_trace_store_get_edge (store), shares, &absent));
}

static void
assert_same_thread (WeftTraceStore *a, WeftTraceStore *b, guint id, GRand *random)
{
  const WeftThread *one = weft_trace_store_get_thread (a, id);
  const WeftThread *other = weft_trace_store_get_thread (b, id);
  guint64 start = weft_trace_store_get_start (a);
  guint64 length = weft_trace_store_get_edge (a) - start;

  g_assert_cmpuint (one->tid, ==, other->tid);
  g_assert_cmpuint (one->process, ==, other->process);
  g_assert_cmpuint (one->birth_ns, ==, other->birth_ns);
  g_assert_cmpuint (one->death_ns, ==, other->death_ns);
  g_assert_cmpstr (one->name, ==, other->name);
  g_assert_cmpuint (one->counts.voluntary, ==, other->counts.voluntary);
  g_assert_cmpuint (one->counts.involuntary, ==, other->counts.involuntary);
  g_assert_cmpuint (one->counts.wakeups, ==, other->counts.wakeups);
  g_assert_cmpuint (one->counts.migrations, ==, other->counts.migrations);
  for (guint i = 0; i < 20; i++)
    {
      guint64 from_ns = start + (guint64)(g_rand_double (random) * (double)length);
      guint64 to_ns = from_ns + (guint64)(g_rand_double (random) * 50e6);
      WeftShares mine, theirs;

      fixture_get_shares (a, one, from_ns, to_ns, &mine);
      fixture_get_shares (b, other, from_ns, to_ns, &theirs);
      g_assert_cmpmem (&mine, sizeof mine, &theirs, sizeof theirs);
    }
}

static void
assert_same_process (WeftProcessTable *a, WeftProcessTable *b, guint id)
{
  const WeftProcess *one = weft_process_table_get (a, id);
  const WeftProcess *other = weft_process_table_get (b, id);

  g_assert_cmpuint (one->tgid, ==, other->tgid);
  g_assert_cmpuint (one->parent, ==, other->parent);
  g_assert_cmpuint (one->start_ns, ==, other->start_ns);
  g_assert_cmpuint (one->end_ns, ==, other->end_ns);
  g_assert_cmpuint (one->status, ==, other->status);
  g_assert_cmpuint (one->uid, ==, other->uid);
  g_assert_cmpstr (one->name, ==, other->name);
  g_assert_cmpstr (one->command_line, ==, other->command_line);
}

void
fixture_assert_same (WeftTraceStore *a, WeftTraceStore *b)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  WeftProcessTable *one = weft_trace_store_get_processes (a);
  WeftProcessTable *other = weft_trace_store_get_processes (b);
  WeftTraceTotals mine, theirs;

  weft_trace_store_get_totals (a, &mine);
  weft_trace_store_get_totals (b, &theirs);
  g_assert_cmpuint (mine.events, ==, theirs.events);
  g_assert_cmpuint (mine.lost, ==, theirs.lost);
  g_assert_cmpuint (weft_trace_store_get_edge (a), ==, weft_trace_store_get_edge (b));
  g_assert_cmpuint (weft_trace_store_count_threads (a), ==, weft_trace_store_count_threads (b));
  for (guint i = 0; i < weft_trace_store_count_threads (a); i++)
    assert_same_thread (a, b, i, random);
  g_assert_cmpuint (weft_process_table_get_size (one), ==, weft_process_table_get_size (other));
  for (guint i = 0; i < weft_process_table_get_size (one); i++)
    assert_same_process (one, other, i);
}

void
fixture_assert_same_beginning (WeftTraceStore *whole, WeftTraceStore *part, guint64 until_ns)
{
  guint64 start_ns = weft_trace_store_get_start (whole);

  for (guint id = 0; id < weft_trace_store_count_threads (part); id++)
    {
      const WeftThread *mine = weft_trace_store_get_thread (part, id);
      const WeftThread *theirs = weft_trace_store_get_thread (whole, id);
      WeftShares shares = { { 0 } }, expected = { { 0 } };

      if (mine->birth_ns >= until_ns)
        continue;
      g_assert_cmpuint (mine->tid, ==, theirs->tid);
      fixture_get_shares (part, mine, start_ns, until_ns, &shares);
      fixture_get_shares (whole, theirs, start_ns, until_ns, &expected);
      g_assert_cmpmem (&shares, sizeof shares, &expected, sizeof expected);
    }
}
