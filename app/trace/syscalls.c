/* syscalls.c: see the header. In: libseccomp's tables. Out: a flat array per
 * architecture, so that a name costs an index. */
#include "syscalls.h"
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#define N_CALLS 1024

typedef struct
{
  char *name;
  WeftCallKind kind;
} Call;

struct _WeftSyscalls
{
  Call native[N_CALLS];
  Call compat[N_CALLS];
  gboolean untold; /* whether a lock was contended */
};

static const struct
{
  const char *name;
  WeftCallKind kind;
} kinds[] = {
  { "futex", WEFT_CALL_FUTEX },
  { "futex_time64", WEFT_CALL_FUTEX },
  { "poll", WEFT_CALL_EVENT },
  { "ppoll", WEFT_CALL_EVENT },
  { "ppoll_time64", WEFT_CALL_EVENT },
  { "select", WEFT_CALL_EVENT },
  { "_newselect", WEFT_CALL_EVENT },
  { "pselect6", WEFT_CALL_EVENT },
  { "pselect6_time64", WEFT_CALL_EVENT },
  { "epoll_wait", WEFT_CALL_EVENT },
  { "epoll_pwait", WEFT_CALL_EVENT },
  { "epoll_pwait2", WEFT_CALL_EVENT },
  { "io_getevents", WEFT_CALL_EVENT },
  { "io_pgetevents", WEFT_CALL_EVENT },
  { "io_uring_enter", WEFT_CALL_EVENT },
  { "futex_waitv", WEFT_CALL_EVENT },
  { "pause", WEFT_CALL_EVENT },
  { "rt_sigsuspend", WEFT_CALL_EVENT },
  { "sigsuspend", WEFT_CALL_EVENT },
  { "rt_sigtimedwait", WEFT_CALL_EVENT },
  { "nanosleep", WEFT_CALL_TIMER },
  { "clock_nanosleep", WEFT_CALL_TIMER },
  { "clock_nanosleep_time64", WEFT_CALL_TIMER },
  { "restart_syscall", WEFT_CALL_TIMER },
  { "wait4", WEFT_CALL_CHILD },
  { "waitid", WEFT_CALL_CHILD },
  { "waitpid", WEFT_CALL_CHILD },
  { "vfork", WEFT_CALL_CHILD },
  { "clone", WEFT_CALL_CHILD },
  { "clone3", WEFT_CALL_CHILD },
  { "accept", WEFT_CALL_SOCKET },
  { "accept4", WEFT_CALL_SOCKET },
  { "connect", WEFT_CALL_SOCKET },
  { "recvfrom", WEFT_CALL_SOCKET },
  { "recvmsg", WEFT_CALL_SOCKET },
  { "recvmmsg", WEFT_CALL_SOCKET },
  { "sendto", WEFT_CALL_SOCKET },
  { "sendmsg", WEFT_CALL_SOCKET },
  { "sendmmsg", WEFT_CALL_SOCKET },
  { "recv", WEFT_CALL_SOCKET },
  { "send", WEFT_CALL_SOCKET },
  { "socketcall", WEFT_CALL_SOCKET },
  { "read", WEFT_CALL_FD },
  { "write", WEFT_CALL_FD },
  { "readv", WEFT_CALL_FD },
  { "writev", WEFT_CALL_FD },
  { "pread64", WEFT_CALL_FD },
  { "pwrite64", WEFT_CALL_FD },
  { "preadv", WEFT_CALL_FD },
  { "pwritev", WEFT_CALL_FD },
  { "preadv2", WEFT_CALL_FD },
  { "pwritev2", WEFT_CALL_FD },
  { "splice", WEFT_CALL_FD },
  { "tee", WEFT_CALL_FD },
  { "vmsplice", WEFT_CALL_FD },
  { "sendfile", WEFT_CALL_FD },
  { "sendfile64", WEFT_CALL_FD },
  { "copy_file_range", WEFT_CALL_FD },
  { "fsync", WEFT_CALL_FD },
  { "fdatasync", WEFT_CALL_FD },
  { "ioctl", WEFT_CALL_FD },
  { "getdents64", WEFT_CALL_FD },
  { "flock", WEFT_CALL_FILE_LOCK },
  { "fcntl", WEFT_CALL_FILE_LOCK },
  { "fcntl64", WEFT_CALL_FILE_LOCK },
  { "semop", WEFT_CALL_SEMAPHORE },
  { "semtimedop", WEFT_CALL_SEMAPHORE },
  { "semtimedop_time64", WEFT_CALL_SEMAPHORE },
  { "msgrcv", WEFT_CALL_QUEUE },
  { "msgsnd", WEFT_CALL_QUEUE },
  { "mq_timedreceive", WEFT_CALL_QUEUE },
  { "mq_timedreceive_time64", WEFT_CALL_QUEUE },
  { "mq_timedsend", WEFT_CALL_QUEUE },
  { "mq_timedsend_time64", WEFT_CALL_QUEUE },
  { "ipc", WEFT_CALL_IPC },
};

static WeftCallKind
kind_of_name (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].name, name) == 0)
      return kinds[i].kind;
  return WEFT_CALL_OTHER;
}

/* Kept for the life of the process, so never freed. */
static void
fill_table (Call *calls, guint32 architecture)
{
  for (int number = 0; number < N_CALLS; number++)
    {
      calls[number].name = seccomp_syscall_resolve_num_arch (architecture, number);
      if (calls[number].name != NULL)
        calls[number].kind = kind_of_name (calls[number].name);
    }
}

static WeftSyscalls *
syscalls_new (const char *architecture)
{
  WeftSyscalls *self = g_new0 (WeftSyscalls, 1);

  if (strcmp (architecture, "x86_64") == 0)
    {
      fill_table (self->native, SCMP_ARCH_X86_64);
      fill_table (self->compat, SCMP_ARCH_X86);
    }
  else if (strcmp (architecture, "aarch64") == 0)
    {
      fill_table (self->native, SCMP_ARCH_AARCH64);
      fill_table (self->compat, SCMP_ARCH_ARM);
    }
  return self;
}

static const WeftSyscalls *
get_table (const char *architecture, gboolean untold)
{
  static GMutex mutex;
  static GHashTable *tables[2];
  GHashTable **kept = &tables[untold ? 1 : 0];
  WeftSyscalls *self;

  g_mutex_lock (&mutex);
  if (*kept == NULL)
    *kept = g_hash_table_new (g_str_hash, g_str_equal);
  self = g_hash_table_lookup (*kept, architecture);
  if (self == NULL)
    {
      self = syscalls_new (architecture);
      self->untold = untold;
      g_hash_table_insert (*kept, g_strdup (architecture), self);
    }
  g_mutex_unlock (&mutex);
  return self;
}

const WeftSyscalls *
weft_syscalls_get (const char *architecture)
{
  return get_table (architecture, FALSE);
}

const WeftSyscalls *
weft_syscalls_get_untold (const char *architecture)
{
  return get_table (architecture, TRUE);
}

gboolean
weft_syscalls_tell_contended (const WeftSyscalls *self)
{
  return !self->untold;
}

static const Call *
lookup (const WeftSyscalls *self, int number, gboolean compat)
{
  if (number < 0 || number >= N_CALLS)
    return NULL;
  return compat ? &self->compat[number] : &self->native[number];
}

const char *
weft_syscalls_get_name (const WeftSyscalls *self, int number, gboolean compat)
{
  const Call *call = lookup (self, number, compat);

  return call != NULL ? call->name : NULL;
}

WeftCallKind
weft_syscalls_get_kind (const WeftSyscalls *self, int number, gboolean compat)
{
  const Call *call = lookup (self, number, compat);

  return call != NULL ? call->kind : WEFT_CALL_OTHER;
}
