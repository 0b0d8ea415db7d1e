/* test-kernel-calls.c: what a wait is on: the kind of a descriptor, a call of the 32-bit
 * table, the worker of an io_uring, whose registers are nobody's. Runs with the helper's
 * two capabilities, and twice: see test-kernel-facts.c. */
#include "test-trace.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COMPAT_NANOSLEEP 162
#define COMPAT_FUTEX 240

static const WeftTracerOptions machine = { .scope = WEFT_SCOPE_MACHINE };

/* --- descriptors --------------------------------------------------------- */

typedef struct
{
  int to_read, to_write;
} Ends;

/* Reads what another process writes a little later. */
static void
play_read (gpointer data)
{
  Ends *ends = data;
  guint64 value = 1;

  if (fork () == 0)
    {
      weft_test_sleep_ms (20);
      _exit (write (ends->to_write, &value, sizeof value) != sizeof value);
    }
  if (read (ends->to_read, &value, sizeof value) < 1)
    _exit (1);
}

static void
check_kind (int to_read, int to_write, enum weft_inode kind)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  Ends ends = { to_read, to_write };
  guint32 pid = (guint32)weft_test_trace_play (trace, play_read, &ends);
  const struct weft_record *wait;
  gsize at = 0;

  wait = weft_test_trace_next_wait (trace, &at, pid, SYS_read);
  g_assert_nonnull (wait);
  g_assert_cmpuint (weft_switch_left (&wait->sw), ==, WEFT_LEFT_SLEEP);
  g_assert_cmpuint (wait->sw.arg, ==, (guint64)to_read);
  g_assert_cmpuint (weft_switch_aux (&wait->sw), ==, kind);
  close (to_read);
  close (to_write);
}

static void
test_a_pipe_is_a_pipe (void)
{
  int ends[2];

  g_assert_cmpint (pipe (ends), ==, 0);
  check_kind (ends[0], ends[1], WEFT_INODE_PIPE);
}

static void
test_a_socket_is_a_socket (void)
{
  int ends[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
  check_kind (ends[0], ends[1], WEFT_INODE_SOCKET);
}

static void
test_a_terminal_is_a_terminal (void)
{
  int master = posix_openpt (O_RDWR | O_NOCTTY), slave;

  if (master < 0)
    {
      g_test_skip ("there are no pseudo terminals here");
      return;
    }
  g_assert_cmpint (unlockpt (master), ==, 0);
  slave = open (ptsname (master), O_RDWR | O_NOCTTY);
  g_assert_cmpint (slave, >=, 0);
  check_kind (master, slave, WEFT_INODE_TTY);
}

static void
test_an_eventfd_is_an_event (void)
{
  int event = eventfd (0, 0);

  check_kind (event, dup (event), WEFT_INODE_EVENT);
}

static void
play_fsync (gpointer data)
{
  char block[65536] = { 0 };
  int file = *(int *)data;

  for (int i = 0; i < 8; i++)
    if (write (file, block, sizeof block) != sizeof block || fsync (file) != 0)
      _exit (1);
}

static void
test_a_file_is_a_file (void)
{
  g_autofree char *name = g_build_filename (g_get_tmp_dir (), "weft-facts-XXXXXX", NULL);
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  int file = mkstemp (name);
  const struct weft_record *wait;
  gsize at = 0;
  guint32 pid;

  g_assert_cmpint (file, >=, 0);
  unlink (name);
  pid = (guint32)weft_test_trace_play (trace, play_fsync, &file);
  wait = weft_test_trace_next_wait (trace, &at, pid, SYS_fsync);
  if (wait == NULL)
    g_test_skip ("nothing waits for the file system of temporary files here");
  else
    {
      g_assert_cmpuint (wait->sw.arg, ==, (guint64)file);
      g_assert_cmpuint (weft_switch_aux (&wait->sw), ==, WEFT_INODE_FILE);
    }
  close (file);
}

/* --- the 32-bit table ---------------------------------------------------- */

#if defined(__x86_64__)

typedef struct
{
  guint32 time; /* where the call's argument is */
  gint32 result;
} Compat;

/* What a 32-bit program does. The kernel takes it from a 64-bit one just as well. */
static long
call_32 (long number, const void *first, long second, long third, const void *fourth)
{
  long result;

  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(number), "b"(first), "c"(second), "d"(third), "S"(fourth)
                   : "memory", "r8", "r9", "r10", "r11");
  return result;
}

static gint32 *
memory_32 (void)
{
  return mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
}

static void
play_compat (gpointer data)
{
  Compat *told = data;
  gint32 *time = memory_32 ();

  time[1] = 20000000;
  told->time = (guint32)(gsize)time;
  told->result = (gint32)call_32 (COMPAT_NANOSLEEP, time, 0, 0, NULL);
}

/* A lock that has waiters, for 20 ms; then a flag that is not set, likewise. */
static void
play_compat_futex (gpointer data)
{
  Compat *told = data;
  gint32 *memory = memory_32 ();

  memory[1] = 20000000;
  memory[2] = 2;
  told->time = (guint32)(gsize)memory;
  told->result = (gint32)call_32 (COMPAT_FUTEX, memory + 2, 0, 2, memory);
  call_32 (COMPAT_FUTEX, memory + 3, 0, 0, memory);
}

static void
test_a_call_of_the_32_bit_table_says_so (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  Compat *told = weft_test_shared (sizeof *told);
  const struct weft_record *wait;
  gsize at = 0;
  pid_t pid;

  told->result = -ENOSYS;
  pid = weft_test_fork (play_compat, told);
  weft_test_trace_finish (trace, pid);
  if (told->result != 0)
    {
      g_test_skip ("this kernel takes no 32-bit calls");
      return;
    }
  wait = weft_test_trace_next_wait (trace, &at, (guint32)pid, COMPAT_NANOSLEEP);
  g_assert_nonnull (wait);
  g_assert_true (wait->sw.flags & WEFT_FLAG_COMPAT);
  g_assert_cmphex (wait->sw.arg, ==, told->time);
}

static void
test_a_futex_of_the_32_bit_table_tells_contention (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  Compat *told = weft_test_shared (sizeof *told);
  const struct weft_record *wait;
  guint8 common = WEFT_FLAG_COMPAT | WEFT_FLAG_TIMEOUT;
  gsize at = 0;
  pid_t pid;

  told->result = -ENOSYS;
  pid = weft_test_fork (play_compat_futex, told);
  weft_test_trace_finish (trace, pid);
  if (told->result != -ETIMEDOUT)
    {
      g_test_skip ("this kernel takes no 32-bit calls");
      return;
    }
  wait = weft_test_trace_next_wait (trace, &at, (guint32)pid, COMPAT_FUTEX);
  g_assert_nonnull (wait);
  g_assert_cmphex (wait->sw.arg, ==, told->time + 8);
  g_assert_cmphex (wait->sw.flags, ==, common | WEFT_FLAG_CONTENDED);
  wait = weft_test_trace_next_wait (trace, &at, (guint32)pid, COMPAT_FUTEX);
  g_assert_nonnull (wait);
  g_assert_cmphex (wait->sw.flags, ==, common);
}

#else

static void
test_a_call_of_the_32_bit_table_says_so (void)
{
  g_test_skip ("32-bit calls are made on x86-64 only");
}

static void
test_a_futex_of_the_32_bit_table_tells_contention (void)
{
  g_test_skip ("32-bit calls are made on x86-64 only");
}

#endif

/* --- io workers ---------------------------------------------------------- */

typedef struct
{
  struct io_uring_params params;
  guint8 *ring;
  struct io_uring_sqe *entries;
  int fd;
} Uring;

static gboolean
open_uring (Uring *self)
{
  memset (self, 0, sizeof *self);
  self->fd = (int)syscall (SYS_io_uring_setup, 4, &self->params);
  if (self->fd < 0)
    return FALSE;
  self->ring = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, self->fd,
                     IORING_OFF_SQ_RING);
  self->entries = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, self->fd,
                        IORING_OFF_SQES);
  return self->ring != MAP_FAILED && (void *)self->entries != MAP_FAILED;
}

/* Has a worker read a pipe, which it has to wait for. 0 done, 2 no io_uring here. */
static void
play_uring (gpointer data)
{
  static char byte;
  int *result = data, ends[2];
  Uring uring;

  *result = 2;
  if (pipe (ends) != 0 || !open_uring (&uring))
    return;
  uring.entries[0] = (struct io_uring_sqe){ .opcode = IORING_OP_READ,
                                            .flags = IOSQE_ASYNC,
                                            .fd = ends[0],
                                            .addr = (guint64)(gsize)&byte,
                                            .len = 1 };
  ((guint32 *)(uring.ring + uring.params.sq_off.array))[0] = 0;
  __atomic_store_n ((guint32 *)(uring.ring + uring.params.sq_off.tail), 1, __ATOMIC_RELEASE);
  if (syscall (SYS_io_uring_enter, uring.fd, 1, 0, 0, NULL, 0) != 1)
    return;
  weft_test_sleep_ms (30);
  if (write (ends[1], "x", 1) == 1
      && syscall (SYS_io_uring_enter, uring.fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 0)
    *result = byte == 'x' ? 0 : 1;
}

static void
test_an_io_worker_has_no_call (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  int *result = weft_test_shared (sizeof *result);
  guint32 pid = (guint32)weft_test_trace_play (trace, play_uring, result);
  const struct weft_record *record;
  guint32 worker = 0;
  guint switches = 0;
  gsize at = 0;

  if (*result == 2)
    {
      g_test_skip ("io_uring is not to be had here");
      return;
    }
  while (worker == 0 && (record = weft_test_trace_next (trace, &at, WEFT_RENAME)) != NULL)
    {
      const struct weft_task_record *task = (const void *)record;

      if (task->tgid == pid && g_str_has_prefix (task->comm, "iou-wrk"))
        worker = task->tid;
    }
  g_assert_cmpuint (worker, >, 0);
  for (at = 0; (record = weft_test_trace_next (trace, &at, WEFT_SWITCH)) != NULL;)
    if (record->tid == worker)
      {
        switches++;
        g_assert_true (record->sw.flags & WEFT_FLAG_KERNEL);
        g_assert_cmpint (record->sw.call, ==, WEFT_CALL_NONE);
        g_assert_cmpuint (record->sw.arg, ==, 0);
      }
  g_assert_cmpuint (switches, >=, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!weft_test_may_trace ())
    return 0;
  g_test_add_func ("/descriptor/a-pipe-is-a-pipe", test_a_pipe_is_a_pipe);
  g_test_add_func ("/descriptor/a-socket-is-a-socket", test_a_socket_is_a_socket);
  g_test_add_func ("/descriptor/a-terminal-is-a-terminal", test_a_terminal_is_a_terminal);
  g_test_add_func ("/descriptor/an-eventfd-is-an-event", test_an_eventfd_is_an_event);
  g_test_add_func ("/descriptor/a-file-is-a-file", test_a_file_is_a_file);
  g_test_add_func ("/call/of-the-32-bit-table-says-so", test_a_call_of_the_32_bit_table_says_so);
  g_test_add_func ("/call/a-futex-of-the-32-bit-table-tells-contention",
                   test_a_futex_of_the_32_bit_table_tells_contention);
  g_test_add_func ("/call/an-io-worker-has-none", test_an_io_worker_has_no_call);
  return g_test_run ();
}
