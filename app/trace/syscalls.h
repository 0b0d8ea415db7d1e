/* syscalls.h: names and kinds of system calls of one architecture, from
 * libseccomp's tables. Pure; immutable after creation, any thread may read. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* What a call waits for when its thread blocks in it. */
typedef enum
{
  WEFT_CALL_OTHER = 0,
  WEFT_CALL_FUTEX,
  WEFT_CALL_EVENT,     /* poll, epoll_wait, select, pause … */
  WEFT_CALL_TIMER,     /* nanosleep, clock_nanosleep */
  WEFT_CALL_CHILD,     /* wait4, waitid; vfork and kin, until the child runs */
  WEFT_CALL_SOCKET,    /* accept, connect, recv*, send* */
  WEFT_CALL_FD,        /* read, write and kin: the inode's type decides */
  WEFT_CALL_FILE_LOCK, /* flock, fcntl */
  WEFT_CALL_SEMAPHORE, /* semop and kin */
  WEFT_CALL_QUEUE,     /* msgrcv, mq_timedreceive and kin */
  WEFT_CALL_IPC,       /* of 32-bit tables: the first argument says which of the two */
} WeftCallKind;

typedef struct _WeftSyscalls WeftSyscalls;

/**
 * weft_syscalls_get:
 * @architecture: as uname -m says it: "x86_64", "aarch64"
 *
 * Returns: (transfer none): the tables, kept for the life of the process;
 * an unknown architecture gives tables in which every call is nameless
 */
const WeftSyscalls *weft_syscalls_get (const char *architecture);

/* The same for the records of an old recording, which do not tell what value a futex was
 * expected to hold: WEFT_FLAG_CONTENDED is missing where it belongs. */
const WeftSyscalls *weft_syscalls_get_untold (const char *architecture);
gboolean weft_syscalls_tell_contended (const WeftSyscalls *self);

/* (nullable): NULL when @number is no call of this table. Static. */
const char *weft_syscalls_get_name (const WeftSyscalls *self, int number, gboolean compat);
WeftCallKind weft_syscalls_get_kind (const WeftSyscalls *self, int number, gboolean compat);

G_END_DECLS
