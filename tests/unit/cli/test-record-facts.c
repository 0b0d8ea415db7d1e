/* test-record-facts.c: what `record` says of what it cannot tell, on standard error. In:
 * stores that met trouble. Out: sentences; none where all is well. */
#include "record-facts.h"
#include "trace-notes.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define START (G_GUINT64_CONSTANT (5000) * 1000000000)
#define MS 1000000

static void
tell (WeftTraceStore *store, guint8 kind, guint64 ms, guint64 until_ms)
{
  const struct weft_record record = { .time_ns = START + ms * MS, .kind = kind, .units = 1 };
  g_autoptr (GBytes) records = g_bytes_new (&record, sizeof record);

  g_assert_true (weft_trace_store_append (store, records, START + until_ms * MS, NULL));
}

/* What is said at the end. (transfer full) */
static char *
listen (WeftTraceStore *store)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("weft-facts-XXXXXX", &path, NULL), kept = dup (STDERR_FILENO);
  char *said = NULL;

  dup2 (fd, STDERR_FILENO);
  weft_record_facts_tell_end (store, FALSE);
  dup2 (kept, STDERR_FILENO);
  close (kept);
  close (fd);
  g_file_get_contents (path, &said, NULL, NULL);
  g_unlink (path);
  return said;
}

static WeftTraceStore *
new_store (void)
{
  const WeftTraceInfo info = { .architecture = "x86_64", .n_cpus = 1, .start_ns = START };

  return weft_trace_store_new (&info);
}

static void
test_where_all_is_well_nothing_is_said (void)
{
  g_autoptr (WeftTraceStore) store = new_store ();
  g_autofree char *said = NULL;

  tell (store, WEFT_WAKE, 100, 101);
  said = listen (store);
  g_assert_cmpstr (said, ==, "");
}

static void
test_late_and_unknown_records_are_told (void)
{
  g_autoptr (WeftTraceStore) store = new_store ();
  g_autofree char *said = NULL;

  tell (store, WEFT_WAKE, 100, 101);
  tell (store, WEFT_WAKE, 50, 102);
  tell (store, 0x7e, 103, 104);
  said = listen (store);
  g_assert_nonnull (strstr (said, "1 event came late"));
  g_assert_nonnull (strstr (said, "1 record is of a kind that this version does not know"));
}

static void
test_what_the_machine_lacks_is_told_with_its_reason (void)
{
  g_autoptr (WeftTraceStore) store = new_store ();
  g_autofree char *said = NULL;

  weft_trace_store_set_note (store, WEFT_NOTE_LACKS "wake-context", "no \033[2J symbol");
  weft_trace_store_set_note (store, WEFT_NOTE_MISSED, "7");
  said = listen (store);
  g_assert_nonnull (strstr (said, "Not on this machine: who woke a thread (no \\x1b[2J symbol)."));
  g_assert_nonnull (strstr (said, "skipped a tracing program up to 7 times"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record-facts/where-all-is-well-nothing-is-said",
                   test_where_all_is_well_nothing_is_said);
  g_test_add_func ("/record-facts/late-and-unknown-records-are-told",
                   test_late_and_unknown_records_are_told);
  g_test_add_func ("/record-facts/what-the-machine-lacks-is-told-with-its-reason",
                   test_what_the_machine_lacks_is_told_with_its_reason);
  return g_test_run ();
}
