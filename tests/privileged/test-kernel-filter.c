/* test-kernel-filter.c: whose events reach a session. Targets and their descendants in the
 * one, the caller's own tasks in the other, nobody else's in either. Runs with the
 * helper's two capabilities, beside a process that root started before. */
#include "test-trace.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Root's: writes to the pipe as fast as it likes, and has children that come and go. */
static pid_t foreigner;
static int from_foreigner[2];

typedef struct
{
  guint32 child, grandchild, unrelated;
} Family;

static void
nap_often (int times)
{
  for (int i = 0; i < times; i++)
    weft_test_sleep_ms (1);
}

static void
play_family (gpointer data)
{
  Family *family = data;

  family->child = (guint32)getpid ();
  nap_often (20);
  if (fork () == 0)
    {
      if (fork () == 0)
        {
          family->grandchild = (guint32)getpid ();
          nap_often (40);
          _exit (0);
        }
      _exit (0); /* its child is an orphan from now on */
    }
  wait (NULL);
  nap_often (80);
}

static void
play_unrelated (gpointer data)
{
  nap_often (10000);
}

/* A target that writes to a pipe, and who reads it: the one or the other is wanted. */
typedef struct
{
  int pipe[2];
  guint32 reader;
} Wakings;

static void
play_reader (gpointer data)
{
  Wakings *wakings = data;
  char byte;

  close (wakings->pipe[1]);
  while (read (wakings->pipe[0], &byte, 1) == 1)
    ;
}

static void
play_writer (gpointer data)
{
  Wakings *wakings = data;

  for (int i = 0; i < 50; i++)
    {
      weft_test_sleep_ms (1);
      if (write (wakings->pipe[1], "x", 1) != 1)
        _exit (1);
    }
}

static guint
count_switches_of (WeftTestTrace *trace, guint32 tid)
{
  const struct weft_record *record;
  gsize at = 0;
  guint count = 0;

  while ((record = weft_test_trace_next (trace, &at, WEFT_SWITCH)) != NULL)
    count += record->tid == tid;
  return count;
}

static WeftTestTrace *
trace_family (Family *family, gboolean children)
{
  WeftTracerOptions options = { .scope = WEFT_SCOPE_TARGETS, .only_targets = TRUE };
  WeftTestTrace *trace = weft_test_trace_new (&options);
  pid_t unrelated = weft_test_fork (play_unrelated, NULL);
  pid_t child = weft_test_fork (play_family, family);
  guint32 target = (guint32)child;
  g_autoptr (GError) error = NULL;

  family->unrelated = (guint32)unrelated;
  weft_tracer_set_targets (weft_test_trace_get_tracer (trace), &target, 1, children, &error);
  g_assert_no_error (error);
  g_assert_cmpint (weft_test_trace_finish (trace, child), ==, 0);
  kill (unrelated, SIGKILL);
  waitpid (unrelated, NULL, 0);
  weft_test_trace_drain (trace);
  return trace;
}

/* Nor what it waits for. */
static void
check_bystander (const struct weft_record *record)
{
  if (record->tid != WEFT_TID_OTHER)
    return;
  g_assert_cmpint (record->sw.call, ==, WEFT_CALL_NONE);
  g_assert_cmphex (record->sw.arg, ==, 0);
  g_assert_cmpuint (weft_switch_left (&record->sw), ==, WEFT_LEFT_UNKNOWN);
}

/* No switch or waking names a task outside the family but as OTHER. */
static void
check_only (WeftTestTrace *trace, const guint32 *family, gsize n)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (NULL, NULL);
  const struct weft_record *record;
  gsize at = 0;

  g_hash_table_add (wanted, GUINT_TO_POINTER (0));
  g_hash_table_add (wanted, GUINT_TO_POINTER (WEFT_TID_OTHER));
  for (gsize i = 0; i < n; i++)
    g_hash_table_add (wanted, GUINT_TO_POINTER (family[i]));
  while ((record = weft_test_trace_next (trace, &at, WEFT_SWITCH)) != NULL)
    {
      g_assert_true (g_hash_table_contains (wanted, GUINT_TO_POINTER (record->tid)));
      g_assert_true (g_hash_table_contains (wanted, GUINT_TO_POINTER (record->sw.next_tid)));
      check_bystander (record);
    }
}

static void
test_children_and_orphans_of_a_target_are_followed (void)
{
  Family *family = weft_test_shared (sizeof *family);
  g_autoptr (WeftTestTrace) trace = trace_family (family, TRUE);
  const struct weft_task_record *birth
      = weft_test_trace_find_task (trace, WEFT_FORK, family->grandchild);

  g_assert_cmpuint (count_switches_of (trace, family->child), >=, 80);
  g_assert_cmpuint (count_switches_of (trace, family->grandchild), >=, 40);
  g_assert_cmpuint (count_switches_of (trace, family->unrelated), ==, 0);
  g_assert_nonnull (birth);
  g_assert_false (birth->task_flags & WEFT_TASK_UNWANTED);
  check_only (trace, (guint32[]){ family->child, birth->parent_tgid, family->grandchild }, 3);
}

static void
test_without_children_only_the_target_is_told_of (void)
{
  Family *family = weft_test_shared (sizeof *family);
  g_autoptr (WeftTestTrace) trace = trace_family (family, FALSE);
  const struct weft_task_record *birth
      = weft_test_trace_find_task (trace, WEFT_FORK, family->grandchild);

  g_assert_cmpuint (count_switches_of (trace, family->child), >=, 80);
  g_assert_cmpuint (count_switches_of (trace, family->grandchild), ==, 0);
  g_assert_nonnull (birth); /* the tree is whole all the same */
  g_assert_true (birth->task_flags & WEFT_TASK_UNWANTED);
  check_only (trace, &family->child, 1);
}

static void
test_a_bystander_that_a_target_wakes_is_marked (void)
{
  WeftTracerOptions options = { .scope = WEFT_SCOPE_TARGETS, .only_targets = TRUE };
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&options);
  g_autoptr (GError) error = NULL;
  const struct weft_record *record;
  guint bystander = 0, itself = 0;
  guint32 writer, reader;
  Wakings wakings;
  gsize at = 0;

  g_assert_cmpint (pipe (wakings.pipe), ==, 0);
  reader = (guint32)weft_test_fork (play_reader, &wakings);
  writer = (guint32)weft_test_fork (play_writer, &wakings);
  weft_tracer_set_targets (weft_test_trace_get_tracer (trace), &writer, 1, FALSE, &error);
  g_assert_no_error (error);
  g_assert_cmpint (weft_test_trace_finish (trace, (pid_t)writer), ==, 0);
  close (wakings.pipe[0]);
  close (wakings.pipe[1]);
  waitpid ((pid_t)reader, NULL, 0);
  weft_test_trace_drain (trace);
  while ((record = weft_test_trace_next (trace, &at, WEFT_WAKE)) != NULL)
    {
      gboolean marked = (record->wake.flags & WEFT_WAKE_UNWANTED) != 0;

      g_assert_true (marked == (record->wake.woken_tid != writer));
      bystander += record->wake.woken_tid == reader && record->tid == writer;
      itself += record->wake.woken_tid == writer;
    }
  g_assert_cmpuint (bystander, >=, 20);
  g_assert_cmpuint (itself, >=, 20);
  g_assert_cmpuint (count_switches_of (trace, reader), ==, 0);
}

/* --- own ----------------------------------------------------------------- */

static void
play_read_foreigner (gpointer data)
{
  static char bytes[65536]; /* all that waits there: so that the next read waits */

  for (int i = 0; i < 50; i++)
    if (read (from_foreigner[0], bytes, sizeof bytes) < 1)
      _exit (1);
}

/* Root's child. Ends when the test does, which it has to ask for: a parent that is no
 * longer root may not signal it, not even by dying. */
static void
be_foreign (pid_t parent)
{
  prctl (PR_SET_NAME, "foreigner");
  while (getppid () == parent)
    {
      weft_test_sleep_ms (1);
      if (write (from_foreigner[1], "x", 1) != 1 && errno != EAGAIN)
        _exit (1);
      if (fork () == 0)
        _exit (0);
      waitpid (-1, NULL, 0);
    }
  _exit (0);
}

/* Whether /proc gives the task, as long as it lives, to another user than us. */
static gboolean
is_foreign (guint32 tid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%u", tid);
  struct stat status;

  return stat (path, &status) == 0 && status.st_uid != geteuid ();
}

static void
check_own (guint32 tid)
{
  if (tid == 0 || tid == WEFT_TID_OTHER)
    return;
  g_assert_cmpuint (tid, !=, (guint32)foreigner);
  g_assert_false (is_foreign (tid));
}

static void
check_own_record (const struct weft_record *record)
{
  const struct weft_task_record *task = (const void *)record;
  guint8 kind = weft_record_kind (record);

  check_own (record->tid);
  if (kind == WEFT_SWITCH)
    {
      check_own (record->sw.next_tid);
      check_bystander (record);
    }
  else if (kind == WEFT_WAKE)
    check_own (record->wake.woken_tid);
  else if (kind >= WEFT_FORK && kind <= WEFT_STATE)
    {
      check_own (task->tgid);
      check_own (task->parent_tgid);
      g_assert_cmpstr (task->comm, !=, "foreigner");
    }
}

static void
test_trace_own_tells_of_nobody_else (void)
{
  WeftTracerOptions options = {
    .scope = WEFT_SCOPE_OWN, .uid = geteuid (), .gid = getegid (), .pid = (guint32)getpid ()
  };
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&options);
  const struct weft_record *record;
  guint wakings_by_other = 0;
  gsize at = 0;
  guint32 pid;

  weft_test_trace_await_snapshot (trace);
  pid = (guint32)weft_test_trace_play (trace, play_read_foreigner, NULL);
  g_assert_cmpuint (count_switches_of (trace, pid), >=, 40);
  while ((record = weft_test_trace_next (trace, &at, 0)) != NULL)
    {
      check_own_record (record);
      wakings_by_other += record->kind == WEFT_WAKE && record->wake.woken_tid == pid
                          && record->tid == WEFT_TID_OTHER;
    }
  g_assert_cmpuint (wakings_by_other, >=, 40);
  g_assert_cmpint (kill (foreigner, 0), ==, -1); /* it lives, and is not ours */
  g_assert_true (is_foreign ((guint32)foreigner));
}

int
main (int argc, char **argv)
{
  pid_t parent;

  g_test_init (&argc, &argv, NULL);
  if (geteuid () == 0)
    {
      g_assert_cmpint (pipe (from_foreigner), ==, 0);
      fcntl (from_foreigner[1], F_SETFL, O_NONBLOCK); /* else it would wait, not look */
      parent = getpid ();
      foreigner = fork ();
      if (foreigner == 0)
        be_foreign (parent);
    }
  if (!weft_test_may_trace ())
    return 0;
  g_test_add_func ("/targets/children-and-orphans-are-followed",
                   test_children_and_orphans_of_a_target_are_followed);
  g_test_add_func ("/targets/without-children-only-the-target-is-told-of",
                   test_without_children_only_the_target_is_told_of);
  g_test_add_func ("/targets/a-bystander-that-one-wakes-is-marked",
                   test_a_bystander_that_a_target_wakes_is_marked);
  g_test_add_func ("/own/tells-of-nobody-else", test_trace_own_tells_of_nobody_else);
  return g_test_run ();
}
