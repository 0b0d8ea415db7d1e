/* test-proc-walker.c: a walk shows what /proc shows. In: this machine's /proc,
 * with processes made for the test, and folders that look like a /proc. */
#include "source/proc-walker.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const WeftProcEntry *
find (const WeftProcSnapshot *snapshot, pid_t pid)
{
  for (guint i = 0; i < snapshot->entries->len; i++)
    {
      const WeftProcEntry *entry = &g_array_index (snapshot->entries, WeftProcEntry, i);

      if (entry->tgid == (guint32)pid)
        return entry;
    }
  return NULL;
}

static void
walk (WeftProcWalker *walker, WeftProcSnapshot *snapshot)
{
  g_autoptr (GError) error = NULL;

  weft_proc_walker_walk (walker, snapshot, NULL, &error);
  g_assert_no_error (error);
}

static WeftProcWalker *
open_proc (void)
{
  g_autoptr (GError) error = NULL;
  WeftProcWalker *walker = weft_proc_walker_new ("/proc", &error);

  g_assert_no_error (error);
  return walker;
}

/* A field of /proc/PID/status as the kernel prints it. */
static guint64
status_field (pid_t pid, const char *key)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", pid);
  g_autofree char *text = NULL;
  const char *at;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  at = strstr (text, key);
  g_assert_nonnull (at);
  return g_ascii_strtoull (at + strlen (key), NULL, 10);
}

/* A child that tells when it is ready and then does nothing until it is killed. */
static pid_t
spawn_sleeper (const char *name)
{
  int ready[2];
  char byte;
  pid_t pid;

  g_assert_cmpint (pipe (ready), ==, 0);
  pid = fork ();
  if (pid == 0)
    {
      if (name != NULL)
        prctl (PR_SET_NAME, name);
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      (void)!write (ready[1], "r", 1);
      for (;;)
        pause ();
    }
  g_assert_cmpint (pid, >, 0);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);
  close (ready[1]);
  return pid;
}

static void
end_sleeper (pid_t pid)
{
  kill (pid, SIGKILL);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

/* Until the child really sleeps: it may still be on its way into pause(). */
static void
wait_until_asleep (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);

  for (;;)
    {
      g_autofree char *text = NULL;
      gsize length;
      WeftProcStat stat;

      g_assert_true (g_file_get_contents (path, &text, &length, NULL));
      g_assert_true (weft_proc_stat_parse (text, length, &stat));
      if (stat.state == 'S')
        return;
      g_usleep (1000);
    }
}

static void
test_walker_values_equal_proc (void)
{
  g_autoptr (WeftProcWalker) walker = open_proc ();
  pid_t pid = spawn_sleeper ("weft-sleeper");
  WeftProcSnapshot snapshot;
  const WeftProcEntry *entry;

  wait_until_asleep (pid);
  walk (walker, &snapshot);
  entry = find (&snapshot, pid);
  g_assert_nonnull (entry);
  g_assert_cmpuint (entry->parent_tgid, ==, getpid ());
  g_assert_cmpint (entry->state, ==, 'S');
  g_assert_cmpuint (entry->n_threads, ==, 1);
  g_assert_cmpuint (entry->uid, ==, geteuid ());
  g_assert_false (entry->kernel);
  g_assert_cmpuint (entry->memory_bytes, ==, status_field (pid, "VmRSS:") * 1024);
  g_assert_cmpstr (entry->comm, ==, "weft-sleeper");
  g_assert_nonnull (entry->command_line);
  g_assert_nonnull (strstr (entry->command_line, "test-proc-walker"));
  weft_proc_snapshot_clear (&snapshot);
  end_sleeper (pid);
}

static void
test_walker_sees_itself_running (void)
{
  g_autoptr (WeftProcWalker) walker = open_proc ();
  WeftProcSnapshot snapshot;
  const WeftProcEntry *self;

  walk (walker, &snapshot);
  self = find (&snapshot, getpid ());
  g_assert_nonnull (self);
  g_assert_cmpint (self->state, ==, 'R');
  g_assert_cmpuint (self->parent_tgid, ==, getppid ());
  g_assert_cmpuint (self->cpu_time_ns, >, 0);
  g_assert_cmpuint (self->start_boottime_ns, <,
                    snapshot.time_ns + snapshot.boottime_minus_monotonic_ns + 1);
  g_assert_cmpuint (snapshot.time_ns / 1000, <=, g_get_monotonic_time ());
  weft_proc_snapshot_clear (&snapshot);
}

/* The clock must be the account that stat rounds to ticks. */
static void
test_walker_cpu_time_equals_stat (void)
{
  g_autoptr (WeftProcWalker) walker = open_proc ();
  pid_t pid = spawn_sleeper (NULL);
  guint64 tick_ns = 1000000000 / (guint64)sysconf (_SC_CLK_TCK);
  WeftProcSnapshot snapshot;

  wait_until_asleep (pid);
  walk (walker, &snapshot);
  for (guint i = 0; i < snapshot.entries->len; i++)
    {
      const WeftProcEntry *entry = &g_array_index (snapshot.entries, WeftProcEntry, i);
      g_autofree char *path = g_strdup_printf ("/proc/%u/stat", entry->tgid);
      g_autofree char *text = NULL;
      gsize length;
      WeftProcStat stat;

      if (entry->state == 'R' || !g_file_get_contents (path, &text, &length, NULL)
          || !weft_proc_stat_parse (text, length, &stat))
        continue;
      /* user and system time are each rounded down; it may have run since */
      g_assert_cmpuint (entry->cpu_time_ns, <=, (stat.cpu_ticks + 3) * tick_ns);
    }
  g_assert_cmpuint (find (&snapshot, pid)->cpu_time_ns, >, 0);
  g_assert_cmpuint (find (&snapshot, pid)->cpu_time_ns, <, 20 * tick_ns);
  weft_proc_snapshot_clear (&snapshot);
  end_sleeper (pid);
}

static void
test_walker_takes_hostile_names (void)
{
  static const char *const names[] = { "a) R 1 (b", "new\nline", "\033]0;x\007", "\xff\xfe", " " };
  g_autoptr (WeftProcWalker) walker = open_proc ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      pid_t pid = spawn_sleeper (names[i]);
      WeftProcSnapshot snapshot;

      walk (walker, &snapshot);
      g_assert_nonnull (find (&snapshot, pid));
      g_assert_cmpstr (find (&snapshot, pid)->comm, ==, names[i]);
      g_assert_cmpuint (find (&snapshot, pid)->parent_tgid, ==, getpid ());
      weft_proc_snapshot_clear (&snapshot);
      end_sleeper (pid);
    }
}

/* The second walk takes the short way for those who rest: it must tell the same. */
static void
test_walker_repeats_what_rests_and_forgets_what_ends (void)
{
  g_autoptr (WeftProcWalker) walker = open_proc ();
  pid_t pid = spawn_sleeper ("rests");
  WeftProcSnapshot first, second, third;
  const WeftProcEntry *before, *after;

  wait_until_asleep (pid);
  walk (walker, &first);
  walk (walker, &second);
  before = find (&first, pid);
  after = find (&second, pid);
  g_assert_nonnull (after);
  g_assert_cmpuint (after->parent_tgid, ==, before->parent_tgid);
  g_assert_cmpuint (after->memory_bytes, ==, before->memory_bytes);
  g_assert_cmpuint (after->cpu_time_ns, ==, before->cpu_time_ns);
  g_assert_cmpuint (after->start_boottime_ns, ==, before->start_boottime_ns);
  g_assert_cmpuint (after->uid, ==, before->uid);
  g_assert_cmpint (after->state, ==, before->state);
  g_assert_cmpstr (after->comm, ==, before->comm);
  end_sleeper (pid);
  walk (walker, &third);
  g_assert_null (find (&third, pid));
  weft_proc_snapshot_clear (&first);
  weft_proc_snapshot_clear (&second);
  weft_proc_snapshot_clear (&third);
}

static void
test_walker_sees_zombie_and_stop (void)
{
  g_autoptr (WeftProcWalker) walker = open_proc ();
  pid_t pid = spawn_sleeper (NULL);
  WeftProcSnapshot snapshot;
  siginfo_t info;

  wait_until_asleep (pid);
  walk (walker, &snapshot);
  weft_proc_snapshot_clear (&snapshot);
  kill (pid, SIGSTOP);
  g_assert_cmpint (waitid (P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT), ==, 0);
  walk (walker, &snapshot);
  g_assert_cmpint (find (&snapshot, pid)->state, ==, 'T');
  weft_proc_snapshot_clear (&snapshot);
  kill (pid, SIGKILL);
  g_assert_cmpint (waitid (P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), ==, 0);
  walk (walker, &snapshot);
  g_assert_cmpint (find (&snapshot, pid)->state, ==, 'Z');
  g_assert_cmpuint (find (&snapshot, pid)->memory_bytes, ==, 0);
  weft_proc_snapshot_clear (&snapshot);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

/* An orphan gets another parent without running itself. */
static void
test_walker_sees_new_parent_of_a_resting_orphan (void)
{
  g_autoptr (WeftProcWalker) walker = open_proc ();
  WeftProcSnapshot snapshot;
  int ready[2];
  pid_t parent, child;

  g_assert_cmpint (prctl (PR_SET_CHILD_SUBREAPER, 1), ==, 0);
  g_assert_cmpint (pipe (ready), ==, 0);
  parent = fork ();
  if (parent == 0)
    {
      child = fork ();
      if (child == 0)
        for (;;)
          pause ();
      (void)!write (ready[1], &child, sizeof child);
      for (;;)
        pause ();
    }
  g_assert_cmpint (read (ready[0], &child, sizeof child), ==, sizeof child);
  wait_until_asleep (child);
  walk (walker, &snapshot);
  g_assert_cmpuint (find (&snapshot, child)->parent_tgid, ==, parent);
  weft_proc_snapshot_clear (&snapshot);
  end_sleeper (parent);
  walk (walker, &snapshot);
  g_assert_cmpuint (find (&snapshot, child)->parent_tgid, ==, getpid ());
  weft_proc_snapshot_clear (&snapshot);
  end_sleeper (child);
  close (ready[0]);
  close (ready[1]);
  prctl (PR_SET_CHILD_SUBREAPER, 0);
}

static void
test_walker_tells_the_command_line_after_exec (void)
{
  g_autoptr (WeftProcWalker) walker = open_proc ();
  WeftProcSnapshot snapshot;
  int go[2];
  pid_t pid;

  g_assert_cmpint (pipe (go), ==, 0);
  pid = fork ();
  if (pid == 0)
    {
      char byte;

      dup2 (go[0], 0);
      close (go[1]);
      (void)!read (0, &byte, 1);
      execlp ("cat", "cat", "-", "/dev/null", NULL);
      _exit (127);
    }
  walk (walker, &snapshot);
  g_assert_nonnull (find (&snapshot, pid));
  weft_proc_snapshot_clear (&snapshot);
  g_assert_cmpint (write (go[1], "x", 1), ==, 1);
  for (;;)
    {
      const WeftProcEntry *entry;
      gboolean done;

      walk (walker, &snapshot);
      entry = find (&snapshot, pid);
      g_assert_nonnull (entry);
      done = g_str_equal (entry->comm, "cat")
             && g_strcmp0 (entry->command_line, "cat - /dev/null") == 0;
      weft_proc_snapshot_clear (&snapshot);
      if (done)
        break;
      g_usleep (1000);
    }
  close (go[1]);
  close (go[0]);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

static void
write_fake (const char *root, const char *pid, const char *file, const char *text)
{
  g_autofree char *folder = g_build_filename (root, pid, NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);

  g_mkdir_with_parents (folder, 0700);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* Folders without files, with lies, with other things than processes. */
static void
test_walker_leaves_out_what_is_broken (void)
{
  g_autofree char *root = g_dir_make_tmp ("weft-proc-XXXXXX", NULL);
  g_autofree char *remove = g_strdup_printf ("rm -rf %s", root);
  g_autoptr (WeftProcWalker) walker = NULL;
  const char *tail = "S 1 0 0 0 -1 0 0 0 0 0 3 4 0 0 20 0 2 0 12 0 77 0\n";
  g_autofree char *good = g_strdup_printf ("5 (a)\n(b) %s", tail);
  g_autofree char *liar = g_strdup_printf ("5 (liar) %s", tail);
  WeftProcSnapshot snapshot;

  write_fake (root, "5", "stat", good);
  write_fake (root, "6", "stat", liar); /* says it were 5 */
  write_fake (root, "7", "stat", "garbage");
  write_fake (root, "8", "stat", "");
  write_fake (root, "9", "comm", "no stat");
  write_fake (root, "0", "stat", liar);
  write_fake (root, "99999999999999999999", "stat", liar);
  write_fake (root, "5x", "stat", liar);
  write_fake (root, "sys", "stat", liar);
  walker = weft_proc_walker_new (root, NULL);
  for (guint round = 0; round < 3; round++)
    {
      walk (walker, &snapshot);
      g_assert_cmpuint (snapshot.entries->len, ==, 1);
      g_assert_cmpstr (find (&snapshot, 5)->comm, ==, "a)\n(b");
      g_assert_cmpuint (find (&snapshot, 5)->memory_bytes, ==,
                        77 * (guint64)sysconf (_SC_PAGESIZE));
      g_assert_cmpuint (find (&snapshot, 5)->uid, ==, G_MAXUINT32);
      g_assert_null (find (&snapshot, 5)->command_line);
      weft_proc_snapshot_clear (&snapshot);
    }
  g_assert_cmpint (system (remove), ==, 0);
}

static void
test_walker_says_what_is_missing (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (weft_proc_walker_new ("/nonexistent", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "/nonexistent"));
}

/* Short-lived processes vanish amid every read. */
static void
test_walker_survives_a_fork_storm (void)
{
  g_autoptr (WeftProcWalker) walker = open_proc ();
  pid_t storm = fork ();
  gint64 end_us;

  if (storm == 0)
    for (;;)
      {
        if (fork () == 0)
          _exit (0);
        while (waitpid (-1, NULL, WNOHANG) > 0)
          ;
      }
  end_us = g_get_monotonic_time () + G_USEC_PER_SEC / 2;
  while (g_get_monotonic_time () < end_us)
    {
      WeftProcSnapshot snapshot;

      walk (walker, &snapshot);
      g_assert_nonnull (find (&snapshot, getpid ()));
      g_assert_nonnull (find (&snapshot, storm));
      weft_proc_snapshot_clear (&snapshot);
    }
  end_sleeper (storm);
}

static void
test_walker_machine_rises (void)
{
  g_autoptr (WeftProcWalker) walker = open_proc ();
  g_autoptr (GError) error = NULL;
  WeftProcMachine before, after;

  g_assert_true (weft_proc_walker_read_machine (walker, &before, &error));
  end_sleeper (spawn_sleeper (NULL));
  g_assert_true (weft_proc_walker_read_machine (walker, &after, &error));
  g_assert_cmpuint (after.forks, >, before.forks);
  g_assert_cmpuint (after.switches, >, before.switches);
  g_assert_cmpuint (after.running, >=, 1);
  g_assert_cmpuint (after.tasks, >=, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/proc-walker/values-equal-proc", test_walker_values_equal_proc);
  g_test_add_func ("/proc-walker/sees-itself-running", test_walker_sees_itself_running);
  g_test_add_func ("/proc-walker/cpu-time-equals-stat", test_walker_cpu_time_equals_stat);
  g_test_add_func ("/proc-walker/takes-hostile-names", test_walker_takes_hostile_names);
  g_test_add_func ("/proc-walker/repeats-what-rests-and-forgets-what-ends",
                   test_walker_repeats_what_rests_and_forgets_what_ends);
  g_test_add_func ("/proc-walker/sees-zombie-and-stop", test_walker_sees_zombie_and_stop);
  g_test_add_func ("/proc-walker/sees-new-parent-of-a-resting-orphan",
                   test_walker_sees_new_parent_of_a_resting_orphan);
  g_test_add_func ("/proc-walker/tells-the-command-line-after-exec",
                   test_walker_tells_the_command_line_after_exec);
  g_test_add_func ("/proc-walker/leaves-out-what-is-broken", test_walker_leaves_out_what_is_broken);
  g_test_add_func ("/proc-walker/says-what-is-missing", test_walker_says_what_is_missing);
  g_test_add_func ("/proc-walker/survives-a-fork-storm", test_walker_survives_a_fork_storm);
  g_test_add_func ("/proc-walker/machine-rises", test_walker_machine_rises);
  return g_test_run ();
}
