/* test-kernel-lives.c: birth, exec, exit and names as the kernel tells them, and what a
 * snapshot saw. The children know what must be told. Runs with the helper's two
 * capabilities. */
#include "test-trace.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NS_PER_SECOND G_GUINT64_CONSTANT (1000000000)

static const WeftTracerOptions machine = { .scope = WEFT_SCOPE_MACHINE };

static void
play_pause (gpointer data)
{
  pause ();
}

static void
play_nap (gpointer data)
{
  weft_test_sleep_ms (20);
}

/* Field 22 of a process in clock ticks, 0 when it is gone. */
static guint64
read_start_ticks (guint32 pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%u/stat", pid), *text = NULL;
  g_auto (GStrv) fields = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  fields = g_strsplit (strrchr (text, ')') + 2, " ", 21);
  return g_ascii_strtoull (fields[19], NULL, 10);
}

static void
end_child (WeftTestTrace *trace, pid_t child)
{
  kill (child, SIGKILL);
  weft_test_trace_finish (trace, child);
}

static void
test_a_fork_tells_start_parent_and_thread (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  pid_t child = weft_test_fork (play_pause, NULL);
  guint64 ticks = read_start_ticks ((guint32)child), hertz = (guint64)sysconf (_SC_CLK_TCK);
  const struct weft_task_record *birth;

  end_child (trace, child);
  birth = weft_test_trace_find_task (trace, WEFT_FORK, (guint32)child);
  g_assert_nonnull (birth);
  g_assert_cmpuint (birth->tgid, ==, (guint32)child);
  g_assert_cmpuint (birth->parent_tgid, ==, (guint32)getpid ());
  g_assert_cmpuint (birth->parent_tid, ==, (guint32)gettid ());
  g_assert_cmpuint (birth->start_boottime_ns / (NS_PER_SECOND / hertz), ==, ticks);
  g_assert_false (birth->task_flags & WEFT_TASK_KERNEL);
}

/* The inode of our group's folder is the group's id. 0 when it cannot be told. */
static guint64
read_cgroup_id (void)
{
  g_autofree char *text = NULL, *path = NULL;
  struct stat status;
  char *line;

  if (!g_file_get_contents ("/proc/self/cgroup", &text, NULL, NULL))
    return 0;
  line = g_str_has_prefix (text, "0::") ? text : strstr (text, "\n0::");
  if (line == NULL)
    return 0;
  line += *line == '\n' ? 4 : 3;
  path = g_strdup_printf ("/sys/fs/cgroup/%.*s", (int)strcspn (line, "\n"), line);
  return stat (path, &status) == 0
                 && g_file_test ("/sys/fs/cgroup/cgroup.procs", G_FILE_TEST_EXISTS)
             ? status.st_ino
             : 0;
}

static void
test_a_fork_tells_its_control_group (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  guint32 child = (guint32)weft_test_trace_play (trace, play_nap, NULL);
  const struct weft_task_record *birth = weft_test_trace_find_task (trace, WEFT_FORK, child);
  guint64 id = read_cgroup_id ();

  g_assert_nonnull (birth);
  g_assert_cmpuint (birth->cgroup_id, !=, 0);
  if (id == 0)
    g_test_skip ("control groups of version 2 are not mounted here: the id is not compared");
  else
    g_assert_cmpuint (birth->cgroup_id, ==, id);
}

/* --- exec ---------------------------------------------------------------- */

static void *
exec_true (void *data)
{
  *(guint32 *)data = (guint32)gettid ();
  weft_test_sleep_ms (10);
  execl ("/bin/true", "true", NULL);
  _exit (1);
}

static void
play_exec_from_worker (gpointer data)
{
  pthread_t thread;

  pthread_create (&thread, NULL, exec_true, data);
  pause ();
}

static void
test_exec_from_a_worker_tells_its_old_tid (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  guint32 *worker = weft_test_shared (sizeof *worker);
  guint32 child = (guint32)weft_test_trace_play (trace, play_exec_from_worker, worker);
  const struct weft_task_record *exec = weft_test_trace_find_task (trace, WEFT_EXEC, child);

  g_assert_nonnull (exec);
  g_assert_cmpuint (*worker, !=, child);
  g_assert_cmpuint (exec->tgid, ==, child);
  g_assert_cmpuint (exec->old_tid, ==, *worker);
  g_assert_cmpstr (exec->comm, ==, "true");
}

static void
play_exec_with_words (gpointer words)
{
  execv ("/bin/true", words);
  _exit (1);
}

/* The part that trails @exec, or NULL. */
static const struct weft_part *
find_command_line (const struct weft_task_record *exec)
{
  g_assert_nonnull (exec);
  return weft_record_part ((const struct weft_record *)exec, NULL);
}

static void
test_exec_tells_its_command_line (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  g_autofree char *long_word = g_strnfill (1000, 'x');
  char *few[] = { "true", "two words", "", NULL };
  char *many[] = { "true", long_word, NULL };
  char *none[] = { NULL };
  guint32 child = (guint32)weft_test_trace_play (trace, play_exec_with_words, few);
  const struct weft_part *line
      = find_command_line (weft_test_trace_find_task (trace, WEFT_EXEC, child));

  g_assert_nonnull (line);
  g_assert_cmpuint (line->kind, ==, WEFT_PART_COMMAND_LINE);
  g_assert_cmpmem (line->payload, line->bytes, "true\0two words\0", 16);
  child = (guint32)weft_test_trace_play (trace, play_exec_with_words, many);
  line = find_command_line (weft_test_trace_find_task (trace, WEFT_EXEC, child));
  g_assert_nonnull (line);
  g_assert_cmpuint (line->bytes, ==, WEFT_COMMAND_LINE_BYTES);
  g_assert_cmpuint (line->number, ==, 5 + 1001);
  g_assert_cmpmem (line->payload + 5, WEFT_COMMAND_LINE_BYTES - 5, long_word,
                   WEFT_COMMAND_LINE_BYTES - 5);
  /* Newer kernels make it one empty word. */
  child = (guint32)weft_test_trace_play (trace, play_exec_with_words, none);
  line = find_command_line (weft_test_trace_find_task (trace, WEFT_EXEC, child));
  g_assert_true (line == NULL || line->bytes == 1);
}

/* --- exit ---------------------------------------------------------------- */

static void
play_exit_3 (gpointer data)
{
  _exit (3);
}

static void
play_be_killed (gpointer data)
{
  kill (getpid (), SIGKILL);
}

static void *
exit_5_later (void *data)
{
  weft_test_sleep_ms (30);
  exit (5);
}

/* The process goes on without its leader, and ends by its worker's word. */
static void
play_leader_leaves (gpointer data)
{
  pthread_t thread;

  pthread_create (&thread, NULL, exit_5_later, NULL);
  pthread_exit (NULL);
}

static const struct weft_task_record *
find_last_exit (WeftTestTrace *trace, guint32 tgid, guint *exits)
{
  const struct weft_task_record *last = NULL, *task;
  gsize at = 0;

  *exits = 0;
  while ((task = (const void *)weft_test_trace_next (trace, &at, WEFT_EXIT)) != NULL)
    if (task->tgid == tgid)
      {
        g_assert_null (last); /* nobody ends after the last */
        *exits += 1;
        if (task->task_flags & WEFT_TASK_LAST_THREAD)
          last = task;
      }
  return last;
}

static const struct weft_task_record *
check_status (WeftTestTrace *trace, WeftTestPlay play, guint threads)
{
  pid_t child = weft_test_fork (play, NULL);
  int status = weft_test_trace_finish (trace, child);
  guint exits;
  const struct weft_task_record *last = find_last_exit (trace, (guint32)child, &exits);

  g_assert_nonnull (last);
  g_assert_cmpuint (exits, ==, threads);
  g_assert_cmphex (last->status, ==, (guint32)status);
  return last;
}

static void
test_an_exit_has_the_status_that_wait_gives (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);

  g_assert_cmphex (check_status (trace, play_exit_3, 1)->status, ==, 0x300);
  g_assert_cmphex (check_status (trace, play_be_killed, 1)->status, ==, SIGKILL);
}

static void
test_a_process_ends_with_its_last_thread (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  const struct weft_task_record *last = check_status (trace, play_leader_leaves, 2);

  g_assert_cmpuint (last->tid, !=, last->tgid);
  g_assert_true (last->task_flags & WEFT_TASK_GROUP_EXIT);
  g_assert_cmphex (last->status, ==, 0x500);
}

/* --- names --------------------------------------------------------------- */

static void
play_new_name (gpointer data)
{
  prctl (PR_SET_NAME, "fifteen bytes \xff, more");
}

static void
test_a_new_name_is_told_byte_by_byte (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  guint32 child = (guint32)weft_test_trace_play (trace, play_new_name, NULL);
  const struct weft_task_record *name = weft_test_trace_find_task (trace, WEFT_RENAME, child);

  g_assert_nonnull (name);
  g_assert_cmpmem (name->comm, WEFT_COMM_BYTES, "fifteen bytes \xff", WEFT_COMM_BYTES);
  g_assert_cmpuint (name->tgid, ==, child);
}

/* --- snapshot ------------------------------------------------------------ */

static const struct weft_state_record *
find_state (WeftTestTrace *trace, pid_t tid)
{
  return (const void *)weft_test_trace_find_task (trace, WEFT_STATE, (guint32)tid);
}

static void
test_a_snapshot_tells_states_and_calls (void)
{
  pid_t sleeper = weft_test_fork (play_pause, NULL), stopped = weft_test_fork (play_pause, NULL);
  g_autoptr (WeftTestTrace) trace = NULL;
  const struct weft_state_record *state;
  int status;

  kill (stopped, SIGSTOP);
  g_assert_cmpint (waitpid (stopped, &status, WUNTRACED), ==, stopped);
  weft_test_sleep_ms (20);
  trace = weft_test_trace_new (&machine);
  weft_test_trace_await_snapshot (trace);
  state = find_state (trace, sleeper);
  g_assert_nonnull (state);
  g_assert_cmpuint (weft_switch_left (&state->sw), ==, WEFT_LEFT_SLEEP);
  g_assert_cmpint (state->sw.call, ==, SYS_pause);
  g_assert_cmpuint (state->task.parent_tgid, ==, (guint32)getpid ());
  g_assert_cmpuint (state->leader_start_boottime_ns, ==, state->task.start_boottime_ns);
  state = find_state (trace, stopped);
  g_assert_nonnull (state);
  g_assert_cmpuint (weft_switch_left (&state->sw), ==, WEFT_LEFT_STOPPED);
  state = find_state (trace, getpid ());
  g_assert_nonnull (state);
  g_assert_cmpuint (weft_switch_left (&state->sw), ==, WEFT_LEFT_RUNNING);
  end_child (trace, sleeper);
  end_child (trace, stopped);
}

/* Adds every thread that /proc lists with its process's start. */
static GHashTable *
list_tasks (void)
{
  GHashTable *tasks = g_hash_table_new (NULL, NULL);
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *pid, *tid;

  while ((pid = g_dir_read_name (proc)) != NULL)
    {
      g_autofree char *path = g_strdup_printf ("/proc/%s/task", pid);
      g_autoptr (GDir) threads = g_ascii_isdigit (*pid) ? g_dir_open (path, 0, NULL) : NULL;

      while (threads != NULL && (tid = g_dir_read_name (threads)) != NULL)
        g_hash_table_add (tasks, GINT_TO_POINTER (atoi (tid)));
    }
  return tasks;
}

static gboolean
is_of_process_1 (int tid)
{
  g_autofree char *path = g_strdup_printf ("/proc/1/task/%d", tid);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
test_a_snapshot_names_all_who_stay (void)
{
  g_autoptr (GHashTable) before = list_tasks (), after = NULL;
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  const struct weft_record *sync;
  GHashTableIter iter;
  gpointer tid;
  gsize at = 0;
  guint missing = 0, hidden = 0;

  weft_test_trace_await_snapshot (trace);
  after = list_tasks ();
  sync = weft_test_trace_next (trace, &at, WEFT_SYNC);
  g_assert_cmpuint (sync->sync.tasks, ==, weft_test_trace_count (trace, WEFT_STATE));
  g_assert_cmpuint (sync->sync.begin_ns, <=, sync->time_ns);
  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, &tid, NULL))
    if (g_hash_table_contains (after, tid) && find_state (trace, GPOINTER_TO_INT (tid)) == NULL)
      {
        gboolean first = is_of_process_1 (GPOINTER_TO_INT (tid));

        if (!first)
          g_test_message ("%d is missing", GPOINTER_TO_INT (tid));
        *(first ? &hidden : &missing) += 1;
      }
  g_test_message ("%u tasks, %u missing", g_hash_table_size (before), missing);
  g_assert_cmpuint (missing, ==, 0);
  /* A sandbox may hide its first process from every tracer; then it hides all of it. */
  if (hidden > 0)
    {
      g_test_message ("process 1 is hidden here, with %u threads", hidden);
      g_assert_null (find_state (trace, 1));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!weft_test_may_trace ())
    return 0;
  g_test_add_func ("/fork/tells-start-parent-and-thread",
                   test_a_fork_tells_start_parent_and_thread);
  g_test_add_func ("/fork/tells-its-control-group", test_a_fork_tells_its_control_group);
  g_test_add_func ("/exec/from-a-worker-tells-its-old-tid",
                   test_exec_from_a_worker_tells_its_old_tid);
  g_test_add_func ("/exec/tells-its-command-line", test_exec_tells_its_command_line);
  g_test_add_func ("/exit/has-the-status-that-wait-gives",
                   test_an_exit_has_the_status_that_wait_gives);
  g_test_add_func ("/exit/a-process-ends-with-its-last-thread",
                   test_a_process_ends_with_its_last_thread);
  g_test_add_func ("/rename/is-told-byte-by-byte", test_a_new_name_is_told_byte_by_byte);
  g_test_add_func ("/snapshot/tells-states-and-calls", test_a_snapshot_tells_states_and_calls);
  g_test_add_func ("/snapshot/names-all-who-stay", test_a_snapshot_names_all_who_stay);
  return g_test_run ();
}
