/* test-recording-scopes.c: what was traced, in the file and back. In: scopes told to a
 * store that is recorded. Out: the same when the file is opened. */
#include "database.h"
#include "recording-fixture.h"
#include "trace-notes.h"
#include "trace-scope.h"
#include <string.h>

static WeftTraceStore *
open_whole (const char *path)
{
  g_autoptr (GError) error = NULL;
  WeftTraceStore *store = weft_recording_open (path, NULL, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return store;
}

/* Records with @n scopes, told before the first chunk and after it. */
static void
record_scopes (const char *path, const WeftScope *scopes, guint n)
{
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  g_autoptr (Synthetic) machine = fixture_new_machine ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftRecording) recording
      = weft_recording_create (path, store, WEFT_RECORDING_NONE, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < n; i++)
    {
      GArray *tgids = scopes[i].tgids;

      weft_trace_store_set_scope (store, scopes[i].since_ns, scopes[i].what,
                                  tgids != NULL ? (guint32 *)(void *)tgids->data : NULL,
                                  tgids != NULL ? tgids->len : 0, scopes[i].children);
      fixture_feed (store, machine, 3000);
    }
  fixture_finish (store, machine, recording);
}

static void
assert_same_scope (const WeftScope *one, const WeftScope *other)
{
  g_assert_cmpuint (one->since_ns, ==, other->since_ns);
  g_assert_cmpuint (one->what, ==, other->what);
  g_assert_cmpint (one->children, ==, other->children);
  if (one->tgids == NULL)
    g_assert_null (other->tgids);
  else
    g_assert_cmpmem (one->tgids->data, one->tgids->len * sizeof (guint32), other->tgids->data,
                     other->tgids->len * sizeof (guint32));
}

static void
test_scopes_come_back (Fixture *fixture, gconstpointer unused)
{
  static const guint32 numbers[] = { 4242, 17 };
  g_autoptr (GArray) two = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (guint32));
  const WeftScope scopes[] = { { 0, WEFT_TRACED_MACHINE, FALSE, NULL },
                               { 6000, WEFT_TRACED_TARGETS, TRUE, two },
                               { 7000, WEFT_TRACED_TARGETS, FALSE, none },
                               { 9000, WEFT_TRACED_OWN, FALSE, NULL } };
  g_autoptr (WeftTraceStore) opened = NULL;
  const WeftScope *found;
  guint n;

  g_array_append_vals (two, numbers, 2);
  record_scopes (fixture->path, scopes, G_N_ELEMENTS (scopes));
  opened = open_whole (fixture->path);
  found = weft_trace_store_get_scopes (opened, &n);
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (scopes));
  for (guint i = 0; i < n; i++)
    assert_same_scope (&scopes[i], &found[i]);
}

static void
change_file (const char *path, const char *sql)
{
  g_autoptr (sqlite3) db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
}

static void
test_a_recording_without_them_says_no_more_than_it_knows (Fixture *fixture, gconstpointer unused)
{
  static const struct
  {
    const char *sql;
    WeftTraced what;
  } cases[] = { { "DELETE FROM scopes", WEFT_TRACED_UNTOLD },
                { "UPDATE session SET own_only = 1", WEFT_TRACED_OWN } };

  g_object_unref (fixture_record (fixture->path, 3000));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (WeftTraceStore) opened = NULL;

      change_file (fixture->path, cases[i].sql);
      opened = open_whole (fixture->path);
      g_assert_cmpuint (weft_trace_store_get_traced (opened, 0, G_MAXUINT64), ==, cases[i].what);
    }
}

static void
count_cb (const char *name, const char *text, gpointer user_data)
{
  (*(guint *)user_data)++;
}

static void
test_notes_come_back (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (WeftTraceStore) store = fixture_new_store ();
  g_autoptr (Synthetic) machine = fixture_new_machine ();
  g_autoptr (WeftRecording) recording
      = weft_recording_create (fixture->path, store, WEFT_RECORDING_NONE, NULL);
  g_autoptr (WeftTraceStore) opened = NULL;
  g_autoptr (GPtrArray) sentences = NULL;
  guint n = 0;

  weft_trace_store_set_note (store, WEFT_NOTE_LACKS "cgroups", "none there");
  weft_trace_store_set_note (store, WEFT_NOTE_MISSED, "1");
  fixture_feed (store, machine, 3000);
  weft_trace_store_set_note (store, WEFT_NOTE_MISSED, "2");
  fixture_finish (store, machine, recording);
  opened = open_whole (fixture->path);
  weft_trace_store_foreach_note (opened, count_cb, &n);
  sentences = weft_trace_store_describe_notes (opened);
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpstr (sentences->pdata[0], ==, "Not on this machine: control groups (none there).");
  g_assert_nonnull (strstr (sentences->pdata[1], "up to 2 times"));
}

static void
add (const char *name, void (*test) (Fixture *, gconstpointer))
{
  g_autofree char *path = g_strconcat ("/recording-scopes/", name, NULL);

  g_test_add (path, Fixture, NULL, fixture_set_up, test, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("come-back", test_scopes_come_back);
  add ("a-recording-without-them-says-no-more-than-it-knows",
       test_a_recording_without_them_says_no_more_than_it_knows);
  add ("notes-come-back", test_notes_come_back);
  return g_test_run ();
}
