/* test-kernel-cgroups.c: what a control group does to its threads: its freezer holds them,
 * its CPU quota throttles them. A child that stays root moves groups about, since the test
 * itself runs with the helper's two capabilities; it is skipped where a hierarchy is not
 * mounted or does not let root in. */
#include "test-trace.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const WeftTracerOptions machine = { .scope = WEFT_SCOPE_MACHINE };

/* A hierarchy, and what is written where. */
typedef struct
{
  const char *name, *mount; /* as /proc/mounts has them: type and a word of the options */
  const char *file, *on, *off;
} Control;

static const Control freezer_2 = { "version 2", "cgroup2 ", "cgroup.freeze", "1", "0" };
static const Control freezer_1
    = { "version 1", "cgroup .*\\bfreezer\\b", "freezer.state", "FROZEN", "THAWED" };
static const Control quota_1
    = { "version 1", "cgroup .*\\bcpu\\b", "cpu.cfs_quota_us", "10000", "-1" };
static const Control quota_2 = { "version 2", "cgroup2 ", "cpu.max", "10000 100000", "max" };

/* --- root's hand ---------------------------------------------------------- */

/* An order is a line: the file, and what to write to it; "+" makes a folder of it, "-"
 * removes it. The answer is a byte: 0 done. */
static int orders[2] = { -1, -1 }, answers[2];

static char
obey (char *line)
{
  char *text = strchr (line, '\t');
  int fd;
  char failed;

  *text++ = '\0';
  if (strcmp (text, "+") == 0)
    return g_mkdir (line, 0755) != 0;
  if (strcmp (text, "-") == 0)
    return g_rmdir (line) != 0;
  fd = open (line, O_WRONLY);
  if (fd < 0)
    return 1;
  failed = write (fd, text, strlen (text)) < 0;
  close (fd);
  return failed;
}

static void
be_root (void)
{
  FILE *in = fdopen (orders[0], "r");
  char line[1024];

  prctl (PR_SET_NAME, "root-hand");
  while (fgets (line, sizeof line, in) != NULL)
    {
      char answer;

      line[strcspn (line, "\n")] = '\0';
      answer = obey (line);
      if (write (answers[1], &answer, 1) != 1)
        break;
    }
  _exit (0);
}

static gboolean
order (const char *folder, const char *file, const char *text)
{
  g_autofree char *line
      = g_strdup_printf ("%s%s%s\t%s\n", folder, file[0] != '\0' ? "/" : "", file, text);
  char failed = 1;

  if (orders[1] < 0 || write (orders[1], line, strlen (line)) != (ssize_t)strlen (line)
      || read (answers[0], &failed, 1) != 1)
    return FALSE;
  return !failed;
}

static void
start_root (void)
{
  if (geteuid () != 0 || pipe (orders) != 0 || pipe (answers) != 0)
    return;
  if (fork () != 0)
    {
      close (orders[0]); /* so that it ends with us */
      close (answers[1]);
      return;
    }
  close (orders[1]);
  close (answers[0]);
  be_root ();
}

/* --- groups --------------------------------------------------------------- */

static char *
find_mount (const char *wanted)
{
  g_autofree char *text = NULL;
  g_autofree char *pattern = g_strdup_printf ("^\\S+ (\\S+) %s", wanted);
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_MULTILINE, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  if (!g_file_get_contents ("/proc/self/mounts", &text, NULL, NULL)
      || !g_regex_match (regex, text, 0, &match))
    return NULL;
  return g_match_info_fetch (match, 1);
}

/* (nullable): NULL, and said aloud, where there is no such control. */
static char *
make_group (const Control *control)
{
  g_autofree char *mount = find_mount (control->mount);
  g_autofree char *group
      = mount != NULL ? g_strdup_printf ("%s/weft-test-%d", mount, (int)getpid ()) : NULL;

  if (group != NULL && order (group, "", "+"))
    {
      if (order (group, control->file, control->off))
        return g_steal_pointer (&group);
      order (group, "", "-");
    }
  g_test_skip_printf ("there is no %s in a hierarchy of %s here", control->file, control->name);
  return NULL;
}

static void
move (const char *group, pid_t pid)
{
  g_autofree char *number = g_strdup_printf ("%d", (int)pid);

  g_assert_true (order (group, "cgroup.procs", number));
}

/* Its last task may still be on its way out. */
static void
remove_group (const char *group)
{
  for (int i = 0; i < 1000 && !order (group, "", "-"); i++)
    weft_test_sleep_ms (10);
}

/* --- plays ---------------------------------------------------------------- */

/* Both end when what they share says so. */
static void
play_burn (gpointer data)
{
  volatile int *done = data;

  while (!*done)
    ;
}

static void
play_poll (gpointer data)
{
  volatile int *done = data;

  while (!*done)
    poll (NULL, 0, 5);
}

/* How often @tid left its CPU like that, from @at on. */
static guint
count_left (WeftTestTrace *trace, gsize at, guint32 tid, enum weft_left left)
{
  const struct weft_record *record;
  guint count = 0;

  while ((record = weft_test_trace_next (trace, &at, WEFT_SWITCH)) != NULL)
    count += record->tid == tid && weft_switch_left (&record->sw) == left;
  return count;
}

static enum weft_left
state_in_snapshot (WeftTestTrace *trace, guint32 tid)
{
  const struct weft_record *record;
  enum weft_left left = WEFT_LEFT_UNKNOWN;
  gsize at = 0;

  while ((record = weft_test_trace_next (trace, &at, WEFT_STATE)) != NULL)
    if (record->tid == tid)
      left = weft_switch_left (&((const struct weft_state_record *)record)->sw);
  return left;
}

static void
snapshot (WeftTestTrace *trace)
{
  g_autoptr (GError) error = NULL;

  weft_tracer_set_only_targets (weft_test_trace_get_tracer (trace), FALSE, &error);
  g_assert_no_error (error);
  weft_test_trace_await_snapshot (trace);
}

static void
end_play (WeftTestTrace *trace, int *done, pid_t pid)
{
  *done = 1;
  g_assert_cmpint (weft_test_trace_finish (trace, pid), ==, 0);
}

/* --- tests ---------------------------------------------------------------- */

/* @sleeps: a sleep of its own is told as such, before and after */
static void
check_frozen (const Control *control, WeftTestPlay play, gboolean sleeps)
{
  g_autofree char *group = make_group (control);
  g_autoptr (WeftTestTrace) trace = NULL;
  int *done = weft_test_shared (sizeof *done);
  guint frozen;
  pid_t pid;

  if (group == NULL)
    return;
  trace = weft_test_trace_new (&machine);
  pid = weft_test_fork (play, done);
  move (group, pid);
  weft_test_sleep_ms (30);
  g_assert_true (order (group, control->file, control->on));
  weft_test_sleep_ms (100);
  weft_test_trace_drain (trace);
  frozen = count_left (trace, 0, (guint32)pid, WEFT_LEFT_FROZEN);
  snapshot (trace);
  g_assert_cmpuint (state_in_snapshot (trace, (guint32)pid), ==, WEFT_LEFT_FROZEN);
  g_assert_true (order (group, control->file, control->off));
  weft_test_sleep_ms (30);
  end_play (trace, done, pid);
  remove_group (group);
  g_assert_cmpuint (count_left (trace, 0, (guint32)pid, WEFT_LEFT_FROZEN), ==, frozen);
  g_assert_cmpuint (count_left (trace, 0, (guint32)pid, WEFT_LEFT_SLEEP) >= 4, ==, sleeps);
  /* The older freezer turns a sleep into another where it lies, without a switch. */
  if (control == &freezer_1 && sleeps)
    return;
  g_assert_cmpuint (frozen, >=, 1);
  g_assert_cmpuint (frozen, <=, 3);
}

static void
test_version_2_freezes_who_works (void)
{
  check_frozen (&freezer_2, play_burn, FALSE);
}

static void
test_version_2_freezes_who_waits (void)
{
  check_frozen (&freezer_2, play_poll, TRUE);
}

static void
test_version_1_freezes_who_works (void)
{
  check_frozen (&freezer_1, play_burn, FALSE);
}

static void
test_version_1_freezes_who_waits (void)
{
  check_frozen (&freezer_1, play_poll, TRUE);
}

static void
check_throttled (const Control *control)
{
  g_autofree char *group = make_group (control);
  g_autoptr (WeftTestTrace) trace = NULL;
  int *done = weft_test_shared (sizeof *done);
  gsize before;
  guint throttled = 0;
  pid_t pid;

  if (group == NULL)
    return;
  trace = weft_test_trace_new (&machine);
  pid = weft_test_fork (play_burn, done);
  move (group, pid);
  weft_test_sleep_ms (50);
  g_assert_true (order (group, control->file, control->on));
  for (int i = 0; i < 100 && throttled < 3; i++)
    {
      weft_test_sleep_ms (50);
      weft_test_trace_drain (trace);
      throttled = count_left (trace, 0, (guint32)pid, WEFT_LEFT_THROTTLED);
    }
  g_assert_cmpuint (throttled, >=, 3);
  snapshot (trace); /* nine times of ten it has used up its time */
  for (int i = 0; i < 20 && state_in_snapshot (trace, (guint32)pid) != WEFT_LEFT_THROTTLED; i++)
    snapshot (trace);
  g_assert_cmpuint (state_in_snapshot (trace, (guint32)pid), ==, WEFT_LEFT_THROTTLED);
  g_assert_true (order (group, control->file, control->off));
  weft_test_sleep_ms (150); /* a period on its own */
  weft_test_trace_drain (trace);
  before = 0;
  while (weft_test_trace_next (trace, &before, 0) != NULL)
    ;
  weft_test_sleep_ms (200);
  end_play (trace, done, pid);
  remove_group (group);
  g_assert_cmpuint (count_left (trace, before, (guint32)pid, WEFT_LEFT_THROTTLED), ==, 0);
}

static void
test_version_1_throttles_who_used_up_its_time (void)
{
  check_throttled (&quota_1);
}

static void
test_version_2_throttles_who_used_up_its_time (void)
{
  check_throttled (&quota_2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  start_root ();
  if (!weft_test_may_trace ())
    return 0;
  g_test_add_func ("/freezer/version-2-freezes-who-works", test_version_2_freezes_who_works);
  g_test_add_func ("/freezer/version-2-freezes-who-waits", test_version_2_freezes_who_waits);
  g_test_add_func ("/freezer/version-1-freezes-who-works", test_version_1_freezes_who_works);
  g_test_add_func ("/freezer/version-1-freezes-who-waits", test_version_1_freezes_who_waits);
  g_test_add_func ("/quota/version-1-throttles-who-used-up-its-time",
                   test_version_1_throttles_who_used_up_its_time);
  g_test_add_func ("/quota/version-2-throttles-who-used-up-its-time",
                   test_version_2_throttles_who_used_up_its_time);
  return g_test_run ();
}
