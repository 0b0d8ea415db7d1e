/* test-states.c: every way in which a thread leaves its CPU, with every kind of call,
 * and the state that it is in then: as a function, through the store by a switch, and
 * through the store by a snapshot. In: tables. Out: one complaint per wrong row. */
#include <linux/futex.h>
#include "trace-fixture.h"

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

#define TID 7
#define N_CALLS 1024

typedef struct
{
  guint8 left;
  guint8 flags;
  const char *call; /* NULL: in none */
  guint8 aux;
  WeftState state;
} Case;

/* DESIGN's states, row by row. */
static const Case cases[] = {
  /* on the CPU, or able to be */
  { WEFT_LEFT_PREEMPTED, 0, NULL, 0, WEFT_STATE_RUNNABLE },
  { WEFT_LEFT_PREEMPTED, 0, "read", WEFT_INODE_SOCKET, WEFT_STATE_RUNNABLE },
  { WEFT_LEFT_PREEMPTED, 0, "futex", FUTEX_WAIT, WEFT_STATE_RUNNABLE },
  { WEFT_LEFT_PREEMPTED, WEFT_FLAG_KERNEL, NULL, 0, WEFT_STATE_RUNNABLE },
  { WEFT_LEFT_YIELDED, 0, "sched_yield", 0, WEFT_STATE_RUNNABLE },
  { WEFT_LEFT_YIELDED, WEFT_FLAG_KERNEL, NULL, 0, WEFT_STATE_RUNNABLE },
  { WEFT_LEFT_RUNNING, 0, NULL, 0, WEFT_STATE_RUNNING },
  { WEFT_LEFT_RUNNING, 0, "read", WEFT_INODE_PIPE, WEFT_STATE_RUNNING },
  { WEFT_LEFT_RUNNING, WEFT_FLAG_KERNEL, NULL, 0, WEFT_STATE_RUNNING },
  /* futex: mutexes, priority inheritance */
  { WEFT_LEFT_SLEEP, WEFT_FLAG_CONTENDED, "futex", FUTEX_WAIT, WEFT_STATE_LOCK },
  { WEFT_LEFT_SLEEP, WEFT_FLAG_CONTENDED, "futex", FUTEX_WAIT_BITSET, WEFT_STATE_LOCK },
  { WEFT_LEFT_SLEEP, WEFT_FLAG_CONTENDED | WEFT_FLAG_TIMEOUT, "futex", FUTEX_WAIT_BITSET,
    WEFT_STATE_LOCK },
  { WEFT_LEFT_SLEEP, 0, "futex", FUTEX_LOCK_PI, WEFT_STATE_LOCK },
  { WEFT_LEFT_SLEEP, WEFT_FLAG_TIMEOUT, "futex", FUTEX_LOCK_PI2, WEFT_STATE_LOCK },
  { WEFT_LEFT_SLEEP, WEFT_FLAG_COMPAT | WEFT_FLAG_CONTENDED, "futex", FUTEX_WAIT, WEFT_STATE_LOCK },
  /* … condition variables, semaphores, joins, parked threads */
  { WEFT_LEFT_SLEEP, 0, "futex", FUTEX_WAIT, WEFT_STATE_CONDITION },
  { WEFT_LEFT_SLEEP, WEFT_FLAG_TIMEOUT, "futex", FUTEX_WAIT, WEFT_STATE_CONDITION },
  { WEFT_LEFT_SLEEP, WEFT_FLAG_CONTENDED | WEFT_FLAG_TIMEOUT, "futex", FUTEX_WAIT,
    WEFT_STATE_CONDITION },
  { WEFT_LEFT_SLEEP, 0, "futex", FUTEX_WAIT_BITSET, WEFT_STATE_CONDITION },
  { WEFT_LEFT_SLEEP, WEFT_FLAG_TIMEOUT, "futex", FUTEX_WAIT_BITSET, WEFT_STATE_CONDITION },
  { WEFT_LEFT_SLEEP, WEFT_FLAG_COMPAT, "futex", FUTEX_WAIT_BITSET, WEFT_STATE_CONDITION },
  { WEFT_LEFT_SLEEP, 0, "futex", FUTEX_WAIT_REQUEUE_PI, WEFT_STATE_CONDITION },
  { WEFT_LEFT_SLEEP, WEFT_FLAG_TIMEOUT, "futex", FUTEX_WAIT_REQUEUE_PI, WEFT_STATE_CONDITION },
  /* … operations that do not wait are blocked by something else */
  { WEFT_LEFT_SLEEP, 0, "futex", FUTEX_WAKE, WEFT_STATE_OTHER },
  { WEFT_LEFT_SLEEP, 0, "futex", FUTEX_UNLOCK_PI, WEFT_STATE_OTHER },
  { WEFT_LEFT_BLOCKED, 0, "futex", FUTEX_REQUEUE, WEFT_STATE_OTHER },
  { WEFT_LEFT_SLEEP, 0, "futex", 15, WEFT_STATE_OTHER },
  /* what a descriptor is decides */
  { WEFT_LEFT_SLEEP, 0, "read", WEFT_INODE_SOCKET, WEFT_STATE_SOCKET },
  { WEFT_LEFT_SLEEP, 0, "read", WEFT_INODE_PIPE, WEFT_STATE_PIPE_FILE },
  { WEFT_LEFT_SLEEP, 0, "read", WEFT_INODE_TTY, WEFT_STATE_PIPE_FILE },
  { WEFT_LEFT_SLEEP, 0, "read", WEFT_INODE_FILE, WEFT_STATE_PIPE_FILE },
  { WEFT_LEFT_SLEEP, 0, "read", WEFT_INODE_EVENT, WEFT_STATE_EVENT },
  { WEFT_LEFT_SLEEP, 0, "read", WEFT_INODE_OTHER, WEFT_STATE_PIPE_FILE },
  { WEFT_LEFT_SLEEP, 0, "read", WEFT_INODE_NONE, WEFT_STATE_PIPE_FILE },
  { WEFT_LEFT_SLEEP, WEFT_FLAG_COMPAT, "read", WEFT_INODE_SOCKET, WEFT_STATE_SOCKET },
  { WEFT_LEFT_BLOCKED, 0, "write", WEFT_INODE_FILE, WEFT_STATE_PIPE_FILE },
  { WEFT_LEFT_BLOCKED, 0, "fsync", WEFT_INODE_FILE, WEFT_STATE_PIPE_FILE },
  { WEFT_LEFT_SLEEP, 0, "writev", WEFT_INODE_PIPE, WEFT_STATE_PIPE_FILE },
  { WEFT_LEFT_SLEEP, 0, "splice", WEFT_INODE_SOCKET, WEFT_STATE_SOCKET },
  /* locks of files; what else fcntl does to one cannot be interrupted */
  { WEFT_LEFT_SLEEP, 0, "flock", WEFT_INODE_FILE, WEFT_STATE_LOCK },
  { WEFT_LEFT_SLEEP, 0, "fcntl", WEFT_INODE_NONE, WEFT_STATE_LOCK },
  { WEFT_LEFT_SLEEP, WEFT_FLAG_COMPAT, "fcntl64", WEFT_INODE_NONE, WEFT_STATE_LOCK },
  { WEFT_LEFT_BLOCKED, 0, "fcntl", WEFT_INODE_PIPE, WEFT_STATE_PIPE_FILE },
  { WEFT_LEFT_DISK, 0, "flock", WEFT_INODE_FILE, WEFT_STATE_DISK },
  /* no call: a page fault where it cannot be interrupted */
  { WEFT_LEFT_BLOCKED, 0, NULL, 0, WEFT_STATE_PAGE_FAULT },
  { WEFT_LEFT_BLOCKED, WEFT_FLAG_LATE_STATE, NULL, 0, WEFT_STATE_PAGE_FAULT },
  { WEFT_LEFT_SLEEP, 0, NULL, 0, WEFT_STATE_OTHER },
  /* nobody told whether there was one */
  { WEFT_LEFT_SLEEP, WEFT_FLAG_CALL_UNTOLD, NULL, 0, WEFT_STATE_UNTOLD },
  { WEFT_LEFT_BLOCKED, WEFT_FLAG_CALL_UNTOLD, NULL, 0, WEFT_STATE_UNTOLD },
  { WEFT_LEFT_DISK, WEFT_FLAG_CALL_UNTOLD, NULL, 0, WEFT_STATE_DISK },
  { WEFT_LEFT_PREEMPTED, WEFT_FLAG_CALL_UNTOLD, NULL, 0, WEFT_STATE_RUNNABLE },
  /* in_iowait, whatever else is known */
  { WEFT_LEFT_DISK, 0, NULL, 0, WEFT_STATE_DISK },
  { WEFT_LEFT_DISK, 0, "read", WEFT_INODE_FILE, WEFT_STATE_DISK },
  { WEFT_LEFT_DISK, 0, "read", WEFT_INODE_SOCKET, WEFT_STATE_DISK },
  { WEFT_LEFT_DISK, 0, "futex", FUTEX_WAIT, WEFT_STATE_DISK },
  { WEFT_LEFT_DISK, WEFT_FLAG_KERNEL, NULL, 0, WEFT_STATE_DISK },
  /* kernel threads have no call; that they sleep is their idleness */
  { WEFT_LEFT_SLEEP, WEFT_FLAG_KERNEL, NULL, 0, WEFT_STATE_EVENT },
  { WEFT_LEFT_BLOCKED, WEFT_FLAG_KERNEL, NULL, 0, WEFT_STATE_OTHER },
  { WEFT_LEFT_IDLE, WEFT_FLAG_KERNEL, NULL, 0, WEFT_STATE_EVENT },
  { WEFT_LEFT_IDLE, 0, NULL, 0, WEFT_STATE_EVENT },
  /* stopped, gone, unknown: the call does not matter */
  { WEFT_LEFT_STOPPED, 0, NULL, 0, WEFT_STATE_STOPPED },
  { WEFT_LEFT_STOPPED, 0, "read", WEFT_INODE_TTY, WEFT_STATE_STOPPED },
  { WEFT_LEFT_TRACED, 0, NULL, 0, WEFT_STATE_STOPPED },
  { WEFT_LEFT_TRACED, 0, "futex", FUTEX_WAIT, WEFT_STATE_STOPPED },
  { WEFT_LEFT_FROZEN, 0, NULL, 0, WEFT_STATE_FROZEN },
  { WEFT_LEFT_FROZEN, 0, "epoll_wait", 0, WEFT_STATE_FROZEN },
  { WEFT_LEFT_FROZEN, WEFT_FLAG_KERNEL, NULL, 0, WEFT_STATE_FROZEN },
  { WEFT_LEFT_THROTTLED, 0, NULL, 0, WEFT_STATE_THROTTLED },
  { WEFT_LEFT_THROTTLED, 0, "read", WEFT_INODE_PIPE, WEFT_STATE_THROTTLED },
  { WEFT_LEFT_DEAD, 0, NULL, 0, WEFT_STATE_EXITED },
  { WEFT_LEFT_DEAD, 0, "exit_group", 0, WEFT_STATE_EXITED },
  { WEFT_LEFT_DEAD, WEFT_FLAG_KERNEL, NULL, 0, WEFT_STATE_EXITED },
  { WEFT_LEFT_UNKNOWN, 0, NULL, 0, WEFT_STATE_UNKNOWN },
  { WEFT_LEFT_UNKNOWN, 0, "read", WEFT_INODE_PIPE, WEFT_STATE_UNKNOWN },
  /* a call of no class */
  { WEFT_LEFT_SLEEP, 0, "rt_sigreturn", 0, WEFT_STATE_OTHER },
  { WEFT_LEFT_BLOCKED, 0, "munmap", 0, WEFT_STATE_OTHER },
};

/* Calls that mean one state whatever they wait on. */
static const struct
{
  WeftState state;
  const char *names[20];
} classes[] = {
  { WEFT_STATE_EVENT,
    { "poll", "ppoll", "ppoll_time64", "select", "_newselect", "pselect6", "pselect6_time64",
      "epoll_wait", "epoll_pwait", "epoll_pwait2", "io_getevents", "io_pgetevents",
      "io_uring_enter", "futex_waitv", "pause", "rt_sigsuspend", "rt_sigtimedwait" } },
  { WEFT_STATE_TIMER, { "nanosleep", "clock_nanosleep", "clock_nanosleep_time64" } },
  { WEFT_STATE_CHILD, { "wait4", "waitid", "waitpid", "vfork" } },
  { WEFT_STATE_SOCKET,
    { "accept", "accept4", "connect", "recvfrom", "recvmsg", "recvmmsg", "sendto", "sendmsg",
      "sendmmsg", "recv", "send", "socketcall" } },
  { WEFT_STATE_CONDITION, { "semop", "semtimedop", "semtimedop_time64" } },
  { WEFT_STATE_PIPE_FILE,
    { "msgrcv", "msgsnd", "mq_timedreceive", "mq_timedreceive_time64", "mq_timedsend",
      "mq_timedsend_time64" } },
};

static int
find_call (const WeftSyscalls *calls, const char *name, gboolean compat)
{
  for (int number = 0; number < N_CALLS; number++)
    if (g_strcmp0 (weft_syscalls_get_name (calls, number, compat), name) == 0)
      return number;
  return WEFT_CALL_NONE;
}

static struct weft_switch
switch_of (const WeftSyscalls *calls, const Case *row)
{
  gboolean compat = (row->flags & WEFT_FLAG_COMPAT) != 0;
  int call = row->call != NULL ? find_call (calls, row->call, compat) : WEFT_CALL_NONE;

  if (row->call != NULL)
    g_assert_cmpint (call, >=, 0);
  return (struct weft_switch){ .flags = row->flags,
                               .how = (guint8)(row->left | row->aux << 4),
                               .call = (gint16)call,
                               .arg = 0x1234 };
}

static void
assert_row (guint row, WeftState state)
{
  if (state != cases[row].state)
    {
      g_test_message ("row %u: left %u, call %s, aux %u, flags %#x", row, cases[row].left,
                      cases[row].call != NULL ? cases[row].call : "none", cases[row].aux,
                      cases[row].flags);
      g_assert_cmpstr (weft_state_get_id (state), ==, weft_state_get_id (cases[row].state));
    }
}

static void
test_every_row_gives_its_state (void)
{
  const WeftSyscalls *calls = weft_syscalls_get ("x86_64");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      struct weft_switch sw = switch_of (calls, &cases[i]);

      assert_row (i, weft_state_after (calls, &sw));
    }
}

/* A state that no row gives would be untested; the table misses none. */
static void
test_the_table_gives_every_state (void)
{
  guint seen = 0;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    seen |= 1u << cases[i].state;
  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    seen |= 1u << classes[i].state;
  g_assert_cmphex (seen, ==, (1u << WEFT_N_STATES) - 1);
}

static guint
check_class (const WeftSyscalls *calls, const char *name, gboolean compat, WeftState state)
{
  int call = find_call (calls, name, compat);

  if (call < 0)
    return 0;
  for (guint aux = 0; aux < 16; aux++)
    for (guint blocked = 0; blocked < 2; blocked++)
      {
        guint left = blocked ? WEFT_LEFT_BLOCKED : WEFT_LEFT_SLEEP;
        struct weft_switch sw = { .flags = compat ? WEFT_FLAG_COMPAT : 0,
                                  .how = (guint8)(left | aux << 4),
                                  .call = (gint16)call };

        g_assert_cmpstr (weft_state_get_id (weft_state_after (calls, &sw)), ==,
                         weft_state_get_id (state));
      }
  return 1;
}

/* By name, so by a different number in each table. */
static void
test_a_class_of_calls_is_the_same_on_every_machine (void)
{
  static const char *const machines[] = { "x86_64", "aarch64" };

  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    for (guint n = 0; n < G_N_ELEMENTS (classes[i].names) && classes[i].names[n] != NULL; n++)
      {
        guint found = 0;

        for (guint table = 0; table < 4; table++)
          found += check_class (weft_syscalls_get (machines[table / 2]), classes[i].names[n],
                                table % 2, classes[i].state);
        if (found == 0)
          g_error ("no machine has %s", classes[i].names[n]);
      }
}

static void
test_the_same_number_is_another_call_on_a_32_bit_table (void)
{
  const WeftSyscalls *calls = weft_syscalls_get ("x86_64");
  int futex = find_call (calls, "futex", TRUE);
  struct weft_switch sw = { .how = WEFT_LEFT_SLEEP, .call = (gint16)futex };

  g_assert_cmpint (futex, !=, find_call (calls, "futex", FALSE));
  g_assert_cmpint (weft_state_after (calls, &sw), ==, WEFT_STATE_OTHER);
  sw.flags = WEFT_FLAG_COMPAT;
  g_assert_cmpint (weft_state_after (calls, &sw), ==, WEFT_STATE_CONDITION);
}

/* Where it is one call, its first argument says what it does. */
static void
test_the_calls_of_ipc_are_told_apart (void)
{
  static const struct
  {
    guint32 argument;
    WeftState state;
  } rows[] = {
    { 1, WEFT_STATE_CONDITION },  { 4, WEFT_STATE_CONDITION },
    { 11, WEFT_STATE_PIPE_FILE }, { 12, WEFT_STATE_PIPE_FILE },
    { 21, WEFT_STATE_OTHER },     { 0x10000 | 12, WEFT_STATE_PIPE_FILE },
  };
  const WeftSyscalls *calls = weft_syscalls_get ("x86_64");
  struct weft_switch sw = { .flags = WEFT_FLAG_COMPAT,
                            .how = WEFT_LEFT_SLEEP,
                            .call = (gint16)find_call (calls, "ipc", TRUE) };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      sw.arg = rows[i].argument;
      g_assert_cmpint (weft_state_after (calls, &sw), ==, rows[i].state);
    }
}

static void
test_a_kernel_thread_that_sleeps_is_at_rest (void)
{
  static const struct
  {
    guint8 left;
    const char *words;
  } rows[] = {
    { WEFT_LEFT_SLEEP, "kernel thread at rest" },
    { WEFT_LEFT_IDLE, "kernel thread at rest" },
    { WEFT_LEFT_BLOCKED, "kernel thread waiting" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      struct weft_switch sw
          = { .flags = WEFT_FLAG_KERNEL, .how = rows[i].left, .call = WEFT_CALL_NONE };
      g_autofree char *words = weft_state_describe (weft_syscalls_get ("x86_64"), &sw);

      g_assert_cmpstr (words, ==, rows[i].words);
    }
}

/* What a thread that left so can be in, whatever its call is: a bit per state. */
static guint
allowed_after (guint left, guint flags, int call)
{
  const guint waits = 1u << WEFT_STATE_LOCK | 1u << WEFT_STATE_CONDITION | 1u << WEFT_STATE_EVENT
                      | 1u << WEFT_STATE_SOCKET | 1u << WEFT_STATE_PIPE_FILE
                      | 1u << WEFT_STATE_TIMER | 1u << WEFT_STATE_CHILD | 1u << WEFT_STATE_OTHER;
  static const guint8 always[16] = {
    [WEFT_LEFT_PREEMPTED] = WEFT_STATE_RUNNABLE, [WEFT_LEFT_YIELDED] = WEFT_STATE_RUNNABLE,
    [WEFT_LEFT_DISK] = WEFT_STATE_DISK,          [WEFT_LEFT_STOPPED] = WEFT_STATE_STOPPED,
    [WEFT_LEFT_TRACED] = WEFT_STATE_STOPPED,     [WEFT_LEFT_DEAD] = WEFT_STATE_EXITED,
    [WEFT_LEFT_IDLE] = WEFT_STATE_EVENT,         [WEFT_LEFT_RUNNING] = WEFT_STATE_RUNNING,
    [WEFT_LEFT_FROZEN] = WEFT_STATE_FROZEN,      [WEFT_LEFT_THROTTLED] = WEFT_STATE_THROTTLED,
  };
  gboolean sleep = left == WEFT_LEFT_SLEEP;

  if (!sleep && left != WEFT_LEFT_BLOCKED)
    return 1u << always[left]; /* unknown where the table says nothing */
  if (flags & WEFT_FLAG_KERNEL)
    return 1u << (sleep ? WEFT_STATE_EVENT : WEFT_STATE_OTHER);
  if (flags & WEFT_FLAG_CALL_UNTOLD)
    return 1u << WEFT_STATE_UNTOLD;
  if (call == WEFT_CALL_NONE)
    return 1u << (sleep ? WEFT_STATE_OTHER : WEFT_STATE_PAGE_FAULT);
  return waits;
}

/* All that can stand in a record, and numbers that no table has. */
static void
test_no_record_gives_a_state_it_cannot_mean (void)
{
  static const char *const machines[] = { "x86_64", "aarch64", "sparc64" };

  for (guint machine = 0; machine < G_N_ELEMENTS (machines); machine++)
    for (guint how = 0; how < 256; how++)
      for (guint flags = 0; flags < 128; flags++)
        for (int call = WEFT_CALL_NONE - 1; call < N_CALLS + 2; call += 1 + (call > 460) * 20)
          {
            struct weft_switch sw
                = { .flags = (guint8)flags, .how = (guint8)how, .call = (gint16)call };
            guint state = weft_state_after (weft_syscalls_get (machines[machine]), &sw);

            if ((allowed_after (how & 15, flags, call) & 1u << state) == 0)
              g_error ("%s: how %#x, flags %#x, call %d gave state %u", machines[machine], how,
                       flags, call, state);
          }
}

/* --- through the store ---------------------------------------------------- */

/* Of the one thread, which may have ended. */
static WeftState
state_at (WeftTraceStore *store, guint64 time)
{
  const WeftThread *thread = weft_trace_store_get_thread (store, 0);
  WeftSlice slice;

  g_assert_nonnull (thread);
  g_assert_cmpuint (thread->tid, ==, TID);
  g_assert_true (weft_thread_track_slice_at (thread->track, START + time,
                                             weft_trace_store_get_edge (store), &slice, NULL));
  return slice.state;
}

static struct weft_record
switch_at (guint64 time, guint32 prev, guint32 next, struct weft_switch sw)
{
  sw.next_tid = next;
  return (struct weft_record){
    .time_ns = START + time, .kind = WEFT_SWITCH, .units = 1, .tid = prev, .sw = sw
  };
}

/* A futex that holds a count is a condition also when the count is 2, whatever the thread
 * waited for in between. */
static void
test_a_semaphore_is_no_count_of_a_futex (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  const WeftSyscalls *calls = weft_trace_store_get_syscalls (store);
  const Case waits[] = {
    { WEFT_LEFT_SLEEP, 0, "futex", FUTEX_WAIT, WEFT_STATE_CONDITION },
    { WEFT_LEFT_SLEEP, 0, "semop", 0, WEFT_STATE_CONDITION },
    { WEFT_LEFT_SLEEP, WEFT_FLAG_CONTENDED, "futex", FUTEX_WAIT, WEFT_STATE_CONDITION },
  };

  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      struct weft_switch sw = switch_of (calls, &waits[i]);
      struct weft_record records[2];

      sw.arg += i % 2;
      records[0] = switch_at (20 * i + 10, 0, TID, (struct weft_switch){ .call = WEFT_CALL_NONE });
      records[1] = switch_at (20 * i + 20, TID, 0, sw);
      trace_fixture_append (store, records, sizeof records, START + 20 * i + 25);
      g_assert_cmpint (state_at (store, 20 * i + 22), ==, waits[i].state);
    }
}

/* It runs from 10, leaves at 20 as the row says, and is back at 80. */
static void
check_by_switch (guint row)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  struct weft_switch sw = switch_of (weft_trace_store_get_syscalls (store), &cases[row]);
  gboolean dead = cases[row].left == WEFT_LEFT_DEAD;
  gboolean forced
      = cases[row].state == WEFT_STATE_RUNNABLE || cases[row].state == WEFT_STATE_THROTTLED;
  struct weft_record records[] = {
    switch_at (10, 0, TID, (struct weft_switch){ .call = WEFT_CALL_NONE }),
    switch_at (20, TID, 0, sw),
    switch_at (80, 0, dead ? 0 : TID, (struct weft_switch){ .call = WEFT_CALL_NONE }),
  };
  const WeftThread *thread;
  WeftShares shares = { { 0 } };

  trace_fixture_append (store, records, sizeof records, START + 100);
  assert_row (row, state_at (store, 20));
  assert_row (row, state_at (store, 79));
  g_assert_cmpuint (state_at (store, 19), ==, WEFT_STATE_RUNNING);
  g_assert_cmpuint (state_at (store, 80), ==, dead ? WEFT_STATE_EXITED : WEFT_STATE_RUNNING);
  thread = weft_trace_store_get_thread (store, 0);
  g_assert_cmpuint (thread->counts.switches, ==, 1);
  g_assert_cmpuint (thread->counts.involuntary, ==, forced);
  g_assert_cmpuint (thread->counts.voluntary, ==, !forced);
  g_assert_cmpuint (thread->death_ns, ==, dead ? START + 20 : 0);
  weft_thread_track_shares (thread->track, START + 20, START + 80, START + 100, &shares, NULL);
  for (guint state = 0; state < WEFT_N_STATES; state++)
    g_assert_cmpuint (shares.ns[state], ==, !dead && state == cases[row].state ? 60 : 0);
}

static void
test_a_switch_puts_its_thread_into_the_rows_state (void)
{
  for (guint row = 0; row < G_N_ELEMENTS (cases); row++)
    if (cases[row].left != WEFT_LEFT_RUNNING) /* is of snapshots only */
      check_by_switch (row);
}

static struct weft_state_record
snapshot_at (guint64 time, struct weft_switch sw)
{
  return (struct weft_state_record){ .task = { .time_ns = START + time,
                                               .kind = WEFT_STATE,
                                               .units = 3,
                                               .tid = TID,
                                               .tgid = TID,
                                               .start_boottime_ns = 5,
                                               .comm = "worker" },
                                     .sw = sw };
}

static void
test_a_snapshot_puts_its_thread_into_the_rows_state (void)
{
  for (guint row = 0; row < G_N_ELEMENTS (cases); row++)
    {
      g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
      struct weft_switch sw = switch_of (weft_trace_store_get_syscalls (store), &cases[row]);
      struct weft_state_record state = snapshot_at (30, sw);

      trace_fixture_append (store, &state, sizeof state, START + 100);
      if (cases[row].left != WEFT_LEFT_DEAD) /* who was dead by then was never there */
        g_assert_cmpuint (state_at (store, 29), ==, WEFT_STATE_UNKNOWN);
      assert_row (row, state_at (store, 30));
      assert_row (row, state_at (store, 99));
    }
}

/* A switch is exact; what a snapshot says beside it is older or the same. */
static void
test_a_snapshot_does_not_override_a_switch (void)
{
  for (guint row = 0; row < G_N_ELEMENTS (cases); row++)
    {
      g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
      struct weft_switch sw = switch_of (weft_trace_store_get_syscalls (store), &cases[row]);
      struct weft_state_record state = snapshot_at (30, sw);
      struct weft_record run
          = switch_at (10, 0, TID, (struct weft_switch){ .call = WEFT_CALL_NONE });

      trace_fixture_append (store, &run, sizeof run, START + 11);
      trace_fixture_append (store, &state, sizeof state, START + 100);
      g_assert_cmpuint (state_at (store, 50), ==, WEFT_STATE_RUNNING);
    }
}

/* Every wait ends with a waking; what is no wait is not ended by one. */
static void
test_a_waking_ends_every_wait (void)
{
  for (guint row = 0; row < G_N_ELEMENTS (cases); row++)
    {
      g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
      struct weft_switch sw = switch_of (weft_trace_store_get_syscalls (store), &cases[row]);
      struct weft_record records[] = {
        switch_at (10, 0, TID, (struct weft_switch){ .call = WEFT_CALL_NONE }),
        switch_at (20, TID, 0, sw),
        { .time_ns = START + 50,
          .kind = WEFT_WAKE,
          .units = 1,
          .tid = 9,
          .wake = { .woken_tid = TID, .context = WEFT_CONTEXT_TASK } },
      };

      if (cases[row].left == WEFT_LEFT_RUNNING || cases[row].left == WEFT_LEFT_DEAD)
        continue;
      trace_fixture_append (store, records, sizeof records, START + 100);
      assert_row (row, state_at (store, 49));
      g_assert_cmpuint (state_at (store, 50), ==, WEFT_STATE_RUNNABLE);
    }
}

/* The waking came first: it sleeps not at all, whatever it would have slept in. */
static void
test_a_waking_before_the_switch_makes_every_wait_runnable (void)
{
  for (guint row = 0; row < G_N_ELEMENTS (cases); row++)
    {
      g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
      struct weft_switch sw = switch_of (weft_trace_store_get_syscalls (store), &cases[row]);
      struct weft_record records[] = {
        switch_at (10, 0, TID, (struct weft_switch){ .call = WEFT_CALL_NONE }),
        { .time_ns = START + 15, .kind = WEFT_WAKE, .units = 1, .wake = { .woken_tid = TID } },
        switch_at (20, TID, 0, sw),
      };
      WeftState state = cases[row].state;

      if (cases[row].left == WEFT_LEFT_RUNNING)
        continue;
      trace_fixture_append (store, records, sizeof records, START + 100);
      if (state == WEFT_STATE_EXITED || state == WEFT_STATE_UNKNOWN
          || state == WEFT_STATE_THROTTLED) /* which is no wait */
        assert_row (row, state_at (store, 50));
      else
        g_assert_cmpuint (state_at (store, 50), ==, WEFT_STATE_RUNNABLE);
    }
}

static void
test_ids_and_labels_name_each_state_once (void)
{
  for (guint state = 0; state < WEFT_N_STATES; state++)
    {
      for (guint other = 0; other < state; other++)
        {
          g_assert_cmpstr (weft_state_get_id (state), !=, weft_state_get_id (other));
          g_assert_cmpstr (weft_state_get_label (state), !=, weft_state_get_label (other));
        }
      g_assert_cmpuint (weft_state_get_label (state)[0], !=, '\0');
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func ("/states/" path, function)
  ADD ("a-kernel-thread-that-sleeps-is-at-rest", test_a_kernel_thread_that_sleeps_is_at_rest);
  ADD ("a-semaphore-is-no-count-of-a-futex", test_a_semaphore_is_no_count_of_a_futex);
  ADD ("the-calls-of-ipc-are-told-apart", test_the_calls_of_ipc_are_told_apart);
  ADD ("every-row-gives-its-state", test_every_row_gives_its_state);
  ADD ("the-table-gives-every-state", test_the_table_gives_every_state);
  ADD ("a-class-of-calls-is-the-same-on-every-machine",
       test_a_class_of_calls_is_the_same_on_every_machine);
  ADD ("the-same-number-is-another-call-on-a-32-bit-table",
       test_the_same_number_is_another_call_on_a_32_bit_table);
  ADD ("no-record-gives-a-state-it-cannot-mean", test_no_record_gives_a_state_it_cannot_mean);
  ADD ("a-switch-puts-its-thread-into-the-rows-state",
       test_a_switch_puts_its_thread_into_the_rows_state);
  ADD ("a-snapshot-puts-its-thread-into-the-rows-state",
       test_a_snapshot_puts_its_thread_into_the_rows_state);
  ADD ("a-snapshot-does-not-override-a-switch", test_a_snapshot_does_not_override_a_switch);
  ADD ("a-waking-ends-every-wait", test_a_waking_ends_every_wait);
  ADD ("a-waking-before-the-switch-makes-every-wait-runnable",
       test_a_waking_before_the_switch_makes_every_wait_runnable);
  ADD ("ids-and-labels-name-each-state-once", test_ids_and_labels_name_each_state_once);
#undef ADD
  return g_test_run ();
}
