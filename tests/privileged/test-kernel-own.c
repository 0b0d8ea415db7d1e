/* test-kernel-own.c: the ptrace rule, in the programs' words. Beside the test run processes
 * of the same user that the kernel would not let it look at: with a capability more, in a
 * user namespace of its own, not dumpable. Root starts them before it becomes that user;
 * nothing but OTHER is told of them in a session over the user's own. */
#include "test-trace.h"
#include <cap-ng.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

typedef enum
{
  PLAIN, /* as the test itself: the one that is told of */
  WITH_A_CAPABILITY,
  IN_A_NAMESPACE,
  NOT_DUMPABLE,
  N_STRANGERS,
} Stranger;

typedef struct
{
  pid_t pid;
  gboolean ready; /* it is what it should be; else it could not be made */
} Place;

/* Shared with all of them. */
static struct
{
  Place places[N_STRANGERS];
  int mapped; /* root wrote the namespace's maps */
  int end;    /* the moment to exit, with status 3 */
} * shared;

static gboolean
write_map (pid_t pid, const char *file)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", (int)pid, file);
  int fd = open (path, O_WRONLY);
  gboolean written = fd >= 0 && write (fd, "65534 65534 1", 13) == 13;

  if (fd >= 0)
    close (fd);
  return written;
}

static gboolean
become_nobody (int capability)
{
  capng_clear (CAPNG_SELECT_BOTH);
  capng_updatev (CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_BPF, CAP_PERFMON, -1);
  if (capability >= 0)
    capng_update (CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, (unsigned)capability);
  return capng_change_id (NOBODY, NOBODY, CAPNG_DROP_SUPP_GRP) == 0;
}

/* The same user outside, no capability of either namespace. */
static gboolean
enter_a_namespace (Place *place)
{
  if (setgroups (0, NULL) != 0 || unshare (CLONE_NEWUSER) != 0)
    return FALSE;
  place->pid = getpid ();
  for (int i = 0; i < 1000 && shared->mapped == 0; i++)
    weft_test_sleep_ms (1);
  capng_clear (CAPNG_SELECT_BOTH);
  return shared->mapped > 0 && syscall (SYS_setresgid, NOBODY, NOBODY, NOBODY) == 0
         && syscall (SYS_setresuid, NOBODY, NOBODY, NOBODY) == 0
         && capng_apply (CAPNG_SELECT_CAPS) == 0;
}

static gboolean
become (Stranger stranger, Place *place)
{
  if (stranger == IN_A_NAMESPACE)
    return enter_a_namespace (place);
  return become_nobody (stranger == WITH_A_CAPABILITY ? CAP_NET_ADMIN : -1);
}

static void
be_stranger (Stranger stranger, pid_t parent)
{
  Place *place = &shared->places[stranger];
  static const char *const names[] = { "plain", "capable", "in-namespace", "not-dumpable" };

  place->ready
      = become (stranger, place) && prctl (PR_SET_DUMPABLE, stranger == NOT_DUMPABLE ? 0 : 1) == 0;
  prctl (PR_SET_NAME, names[stranger]);
  place->pid = getpid ();
  while (!shared->end && getppid () == parent)
    weft_test_sleep_ms (1);
  syscall (SYS_exit_group, 3);
}

static void
start_strangers (void)
{
  pid_t parent = getpid ();

  shared = weft_test_shared (sizeof *shared);
  for (Stranger stranger = 0; stranger < N_STRANGERS; stranger++)
    if (fork () == 0)
      be_stranger (stranger, parent);
  for (int i = 0; i < 1000 && shared->places[IN_A_NAMESPACE].pid == 0; i++)
    weft_test_sleep_ms (1);
  shared->mapped = write_map (shared->places[IN_A_NAMESPACE].pid, "uid_map")
                           && write_map (shared->places[IN_A_NAMESPACE].pid, "gid_map")
                       ? 1
                       : -1;
  for (Stranger stranger = 0; stranger < N_STRANGERS; stranger++)
    for (int i = 0; i < 1000 && shared->places[stranger].pid == 0; i++)
      weft_test_sleep_ms (1);
}

/* What the kernel itself says. */
static gboolean
may_look_at (pid_t pid)
{
  if (ptrace (PTRACE_SEIZE, pid, NULL, NULL) != 0)
    return FALSE;
  kill (pid, SIGSTOP);
  waitpid (pid, NULL, __WALL);
  ptrace (PTRACE_DETACH, pid, NULL, NULL);
  kill (pid, SIGCONT);
  return TRUE;
}

static WeftTestTrace *
trace_until_they_end (guint32 pid)
{
  WeftTracerOptions options
      = { .scope = WEFT_SCOPE_OWN, .uid = geteuid (), .gid = getegid (), .pid = pid };
  WeftTestTrace *trace = weft_test_trace_new (&options);

  weft_test_trace_await_snapshot (trace);
  weft_test_sleep_ms (30);
  weft_test_trace_drain (trace);
  return trace;
}

static guint
count_of (WeftTestTrace *trace, guint32 tid)
{
  const struct weft_record *record;
  gsize at = 0;
  guint count = 0;

  while ((record = weft_test_trace_next (trace, &at, 0)) != NULL)
    {
      const struct weft_task_record *task = (const void *)record;
      guint8 kind = weft_record_kind (record);

      count += record->tid == tid || (kind == WEFT_SWITCH && record->sw.next_tid == tid)
               || (kind == WEFT_WAKE && record->wake.woken_tid == tid);
      if (kind >= WEFT_FORK && kind <= WEFT_STATE)
        count += task->tgid == tid || task->parent_tgid == tid;
    }
  return count;
}

/* Without knowing who asks, nobody has a capability that is not too many. */
static void
test_an_unknown_caller_has_no_capabilities (void)
{
  g_autoptr (WeftTestTrace) trace = trace_until_they_end (0);

  for (Stranger stranger = 0; stranger < N_STRANGERS; stranger++)
    g_assert_cmpuint (count_of (trace, (guint32)shared->places[stranger].pid), ==, 0);
}

static void
check_last_switch (WeftTestTrace *trace, guint32 tid)
{
  const struct weft_record *record;
  guint ended = 0;
  gsize at = 0;

  while ((record = weft_test_trace_next (trace, &at, WEFT_SWITCH)) != NULL)
    if (record->tid == tid && weft_switch_left (&record->sw) == WEFT_LEFT_DEAD)
      {
        ended++;
        g_assert_cmpint (record->sw.call, ==, WEFT_CALL_NONE);
        g_assert_cmphex (record->sw.arg, ==, 0);
      }
  g_assert_cmpuint (ended, ==, 1);
}

/* Also of their last moments. The one that is told of must be, to its end. */
static void
test_who_may_not_be_looked_at_is_not_told_of (void)
{
  g_autoptr (WeftTestTrace) trace = trace_until_they_end ((guint32)getpid ());
  gboolean may_look[N_STRANGERS];

  for (Stranger stranger = 0; stranger < N_STRANGERS; stranger++)
    may_look[stranger] = may_look_at (shared->places[stranger].pid);
  shared->end = 1;
  for (int i = 0; i < 30; i++)
    {
      weft_test_sleep_ms (5);
      weft_test_trace_drain (trace);
    }
  g_assert_true (shared->places[PLAIN].ready && may_look[PLAIN]);
  g_assert_cmpuint (count_of (trace, (guint32)shared->places[PLAIN].pid), >=, 20);
  check_last_switch (trace, (guint32)shared->places[PLAIN].pid);
  for (Stranger stranger = WITH_A_CAPABILITY; stranger < N_STRANGERS; stranger++)
    {
      if (!shared->places[stranger].ready)
        {
          g_test_message ("stranger %d cannot be made here", (int)stranger);
          continue;
        }
      g_assert_false (may_look[stranger]);
      g_assert_cmpuint (count_of (trace, (guint32)shared->places[stranger].pid), ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (geteuid () == 0)
    start_strangers ();
  if (!weft_test_may_trace ())
    return 0;
  g_test_add_func ("/own/an-unknown-caller-has-no-capabilities",
                   test_an_unknown_caller_has_no_capabilities);
  g_test_add_func ("/own/who-may-not-be-looked-at-is-not-told-of",
                   test_who_may_not_be_looked_at_is_not_told_of);
  return g_test_run ();
}
