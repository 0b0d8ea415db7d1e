/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * record.h: what the kernel side tells the app. The only file that both sides
 * include, and the manual of the stream.
 *
 * The stream is a sequence of 32-byte units. Every record begins with the
 * common half of struct weft_record and says in `units` how many units it
 * takes, its parts among them. A reader passes over a kind it does not know,
 * counts it and keeps it, so that old and new versions can talk; it takes more
 * units than it knows of a known kind as fields of a newer version and ignores
 * them.
 *
 * Parts: what is long or not always there trails a record of any kind, marked
 * by WEFT_HAS_PARTS in its kind. Then the record itself takes exactly the units
 * of its row below, and the rest of `units` is parts without a gap, each a
 * struct weft_part that says its kind and its units.
 *
 * Times are CLOCK_MONOTONIC nanoseconds, stamped after the room for the record
 * was reserved; start_boottime_ns is CLOCK_BOOTTIME, as in the kernel's task.
 * Numbers are in host byte order: both sides run on one machine, and a
 * recording stores them decoded. There is no padding and no pointer.
 */
#ifndef WEFT_RECORD_H
#define WEFT_RECORD_H

#ifndef WEFT_RECORD_TYPES_DEFINED
#include <linux/types.h>
#endif

#define WEFT_STREAM_VERSION 1
#define WEFT_UNIT_BYTES 32
#define WEFT_COMM_BYTES 16

/* The other side of a switch or wake that the session may not see. 0 is idle. */
#define WEFT_TID_OTHER 0xffffffffu
/* Not in a system call (page fault, kernel thread, user mode). */
#define WEFT_CALL_NONE (-1)

/*
 * All kinds: X (NAME, number, units, group, "name", "EVENT", usual). `units` are
 * those the record needs at least, without parts; `group` is what has to be
 * asked for to get it (bpf/tracer/groups.h); "EVENT" is its name in exported
 * events, `usual` whether it is exported unless other kinds are chosen. Numbers
 * are kept in recordings: never change one, and stay below 63.
 */
#define WEFT_KINDS(X)                                                                              \
  /* .sw: who leaves a CPU, how, and who comes */                                                  \
  X (SWITCH, 1, 1, SCHED, "switch", "SWITCH", 1)                                                   \
  /* .wake: who woke whom */                                                                       \
  X (WAKE, 2, 1, SCHED, "wake", "WAKEUP", 1)                                                       \
  /* struct weft_task_record; tid = the new thread */                                              \
  X (FORK, 3, 2, LIFE, "fork", "FORK", 1)                                                          \
  /* the same; tid = the tid after the exec (the leader's) */                                      \
  X (EXEC, 4, 2, LIFE, "exec", "EXEC", 1)                                                          \
  /* the same; tid = the thread that exits */                                                      \
  X (EXIT, 5, 2, LIFE, "exit", "EXIT", 1)                                                          \
  /* the same; comm = the new name */                                                              \
  X (RENAME, 6, 2, LIFE, "rename", "RENAME", 1)                                                    \
  /* struct weft_state_record: a task as a snapshot saw it */                                      \
  X (STATE, 7, 3, LIFE, "state", "STATE", 0)                                                       \
  /* .lost: records of this CPU found no room; tid 0 */                                            \
  X (LOST, 8, 1, STREAM, "lost", "LOST", 1)                                                        \
  /* .suspend: the machine slept, time_ns = noticed */                                             \
  X (SUSPEND, 9, 1, STREAM, "suspend", "SUSPEND", 1)                                               \
  /* .sync: a snapshot is complete */                                                              \
  X (SYNC, 10, 1, STREAM, "sync", "SYNC", 0)

enum weft_kind
{
#define WEFT_KIND_NUMBER(name, number, ...) WEFT_##name = number,
  WEFT_KINDS (WEFT_KIND_NUMBER)
#undef WEFT_KIND_NUMBER
};

/* Parts follow: a bit of `kind`; what is left of it is the kind. */
#define WEFT_HAS_PARTS 0x80
#define WEFT_KIND_MASK 0x7f

/* What has to be asked for to get a kind. */
enum weft_group
{
  WEFT_GROUP_STREAM, /* what the stream says of itself: always there */
  WEFT_GROUP_LIFE,   /* births, execs, ends, names, snapshots: always there */
  WEFT_GROUP_SCHED,  /* switches and wakings */
  WEFT_N_GROUPS,
};

/* How a thread left its CPU, or stands in a snapshot. Fits four bits. */
enum weft_left
{
  WEFT_LEFT_PREEMPTED = 0,  /* still runnable */
  WEFT_LEFT_YIELDED = 1,    /* still runnable, in sched_yield */
  WEFT_LEFT_SLEEP = 2,      /* TASK_INTERRUPTIBLE */
  WEFT_LEFT_BLOCKED = 3,    /* TASK_UNINTERRUPTIBLE, killable or not */
  WEFT_LEFT_DISK = 4,       /* the same with in_iowait set */
  WEFT_LEFT_STOPPED = 5,    /* job control */
  WEFT_LEFT_TRACED = 6,     /* ptrace */
  WEFT_LEFT_DEAD = 7,       /* its last switch */
  WEFT_LEFT_IDLE = 8,       /* TASK_IDLE, parked: kernel threads at rest */
  WEFT_LEFT_RUNNING = 9,    /* STATE only: on a CPU */
  WEFT_LEFT_FROZEN = 10,    /* the freezer of its cgroup, or of the machine */
  WEFT_LEFT_THROTTLED = 11, /* runnable, but its cgroup has used up its CPU time */
  WEFT_LEFT_UNKNOWN = 15,
};

/*
 * What the call waits on. For futex: the operation (linux/futex.h, masked by
 * FUTEX_CMD_MASK, all below 16). For calls on a descriptor: enum weft_inode.
 */
enum weft_inode
{
  WEFT_INODE_NONE = 0,
  WEFT_INODE_SOCKET = 1,
  WEFT_INODE_PIPE = 2,
  WEFT_INODE_FILE = 3,
  WEFT_INODE_TTY = 4,
  WEFT_INODE_EVENT = 5, /* anonymous: eventfd, timerfd, epoll, inotify … */
  WEFT_INODE_OTHER = 6,
};

/* Flags of SWITCH and STATE. */
#define WEFT_FLAG_COMPAT 0x01      /* the call number is of the 32-bit table */
#define WEFT_FLAG_TIMEOUT 0x02     /* the futex wait has a timeout */
#define WEFT_FLAG_KERNEL 0x04      /* kernel thread or io worker: no call */
#define WEFT_FLAG_LATE_STATE 0x08  /* kernel < 5.18: state was read late */
#define WEFT_FLAG_EARLY_WAKE 0x10  /* its waking came before this switch-out */
#define WEFT_FLAG_CONTENDED 0x20   /* the futex is expected to hold 2: a lock with waiters */
#define WEFT_FLAG_CALL_UNTOLD 0x40 /* call NONE is not "in no call": nobody told (imports) */

/* Flags of WAKE. */
#define WEFT_WAKE_UNWANTED 0x01 /* the woken thread's switches are not recorded */

/* Who woke. */
enum weft_context
{
  WEFT_CONTEXT_UNKNOWN = 0,
  WEFT_CONTEXT_TASK = 1, /* only then is the record's tid the waker */
  WEFT_CONTEXT_SOFTIRQ = 2,
  WEFT_CONTEXT_HARDIRQ = 3,
  WEFT_CONTEXT_NMI = 4,
};

/* Flags of FORK, EXEC, EXIT, RENAME and STATE. */
#define WEFT_TASK_KERNEL 0x01      /* kernel thread */
#define WEFT_TASK_LAST_THREAD 0x02 /* EXIT: the process ends with it */
#define WEFT_TASK_GROUP_EXIT 0x04  /* EXIT: status is the group's */
#define WEFT_TASK_UNWANTED 0x08    /* its switches and wakings are not recorded */

struct weft_switch
{
  __u8 flags;     /* WEFT_FLAG_… */
  __u8 how;       /* low nibble enum weft_left, high nibble aux: see above */
  __s16 call;     /* system call number, or WEFT_CALL_NONE */
  __u32 next_tid; /* the thread that comes; 0 idle */
  __u64 arg;      /* the call's first argument */
};

struct weft_wake
{
  __u32 woken_tid;
  __u16 target_cpu; /* where it last ran; the scheduler may choose another */
  __u8 context;     /* enum weft_context */
  __u8 flags;       /* WEFT_WAKE_… */
  __u64 zero;
};

struct weft_lost
{
  __u64 count;    /* records that found no room on this CPU; 0: nothing was lost, but
                   * switches are not recorded from here to the next snapshot */
  __u64 first_ns; /* time_ns of the record is the last one's */
};

struct weft_suspend
{
  __u64 length_ns;
  __u64 zero;
};

struct weft_sync
{
  __u64 begin_ns; /* when the snapshot began: it holds from there on */
  __u64 tasks;    /* how many STATE records it wrote */
};

/* The common half, and what fits into one unit. */
struct weft_record
{
  __u64 time_ns;
  __u8 kind;  /* enum weft_kind, and WEFT_HAS_PARTS */
  __u8 units; /* of the whole record, this one included; never 0 */
  __u16 cpu;
  __u32 tid; /* SWITCH: who leaves; WAKE: the waker (0 outside task context) */
  union
  {
    struct weft_switch sw;
    struct weft_wake wake;
    struct weft_lost lost;
    struct weft_suspend suspend;
    struct weft_sync sync;
    __u8 payload[16];
  };
};

/* FORK, EXEC, EXIT, RENAME. */
struct weft_task_record
{
  __u64 time_ns;
  __u8 kind;
  __u8 units; /* 2, and those of the parts */
  __u16 cpu;
  __u32 tid;
  __u32 tgid;
  __u32 parent_tgid;       /* of the process, as the kernel's real_parent says */
  __u64 start_boottime_ns; /* of this thread; with tid, its identity */
  __u64 cgroup_id;         /* FORK, EXEC, STATE; else 0 */
  union
  {
    __u32 parent_tid; /* FORK: the thread that called */
    __u32 old_tid;    /* EXEC: the tid it had before */
    __u32 status;     /* EXIT: as wait4() gives it */
  };
  __u32 task_flags;           /* WEFT_TASK_… */
  char comm[WEFT_COMM_BYTES]; /* zero-terminated, any bytes */
};

/* STATE: one task as a snapshot saw it; any later record overrides it. */
struct weft_state_record
{
  struct weft_task_record task;   /* kind WEFT_STATE, units 3 */
  struct weft_switch sw;          /* next_tid 0; the CPU it is on: the record's cpu */
  __u64 leader_start_boottime_ns; /* of its process; with tgid, its identity */
  __u64 zero;
};

/* What a part can be; numbers are kept in recordings. */
enum weft_part_kind
{
  /* of EXEC: the program's words, a zero byte behind each; `number` is how many
   * bytes there are, of which the first WEFT_COMMAND_LINE_BYTES come along */
  WEFT_PART_COMMAND_LINE = 1,
};

/* Seven units and what the first one holds. */
#define WEFT_COMMAND_LINE_BYTES 248

/* What trails a record that has WEFT_HAS_PARTS. */
struct weft_part
{
  __u8 kind;        /* unknown ones are passed over */
  __u8 units;       /* of this part, this one included; never 0 */
  __u16 bytes;      /* of payload that mean something */
  __u32 number;     /* what the kind wants */
  __u8 payload[24]; /* and on through the units that follow */
};

_Static_assert(sizeof (struct weft_part) == WEFT_UNIT_BYTES, "the wire layout changed");
_Static_assert(sizeof (struct weft_record) == 32, "the wire layout changed");
_Static_assert(sizeof (struct weft_task_record) == 64, "the wire layout changed");
_Static_assert(sizeof (struct weft_state_record) == 96, "the wire layout changed");

/* The kind without the bit for parts. */
static inline __u8
weft_record_kind (const struct weft_record *record)
{
  return record->kind & WEFT_KIND_MASK;
}

/* The units that a kind needs, without parts; 0 for one that is not known. */
static inline __u8
weft_kind_units (__u8 kind)
{
  switch (kind)
    {
#define WEFT_KIND_UNITS(name, number, units, ...)                                                  \
  case number:                                                                                     \
    return units;
      WEFT_KINDS (WEFT_KIND_UNITS)
#undef WEFT_KIND_UNITS
    }
  return 0;
}

/* What has to be asked for to get a kind; WEFT_N_GROUPS for one that is not known. */
static inline enum weft_group
weft_kind_group (__u8 kind)
{
  switch (kind)
    {
#define WEFT_KIND_GROUP(name, number, units, group, ...)                                           \
  case number:                                                                                     \
    return WEFT_GROUP_##group;
      WEFT_KINDS (WEFT_KIND_GROUP)
#undef WEFT_KIND_GROUP
    }
  return WEFT_N_GROUPS;
}

/* Whether it tells of something that happened, in a kind that is known. */
static inline int
weft_record_is_event (const struct weft_record *record)
{
  __u8 kind = weft_record_kind (record);

  return kind != WEFT_STATE && kind != WEFT_LOST && kind != WEFT_SYNC
         && weft_kind_units (kind) != 0;
}

/*
 * The first part of a record of a known kind, or, given one, the next; 0 when
 * there is none, or it does not lie within the record.
 */
static inline const struct weft_part *
weft_record_part (const struct weft_record *record, const struct weft_part *before)
{
  const struct weft_part *units = (const struct weft_part *)record;
  __u32 at = weft_kind_units (weft_record_kind (record));

  if (before)
    at = (__u32)(before - units) + before->units;
  if (!(record->kind & WEFT_HAS_PARTS) || at >= record->units || units[at].units == 0
      || units[at].units > record->units - at)
    return (const struct weft_part *)0;
  return &units[at];
}

static inline __u8
weft_switch_left (const struct weft_switch *sw)
{
  return sw->how & 0x0f;
}

static inline __u8
weft_switch_aux (const struct weft_switch *sw)
{
  return sw->how >> 4;
}

#endif /* WEFT_RECORD_H */
