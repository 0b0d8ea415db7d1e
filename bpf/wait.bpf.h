/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* wait.bpf.h: how a thread left its CPU, and what its system call waits on. */
#ifndef WEFT_WAIT_BPF_H
#define WEFT_WAIT_BPF_H

#include "stream.bpf.h"

#define FUTEX_CMD_MASK 0x7f
#define FUTEX_WAIT_OP 0
#define FUTEX_LOCK_PI_OP 6
#define FUTEX_WAIT_BITSET_OP 9
#define FUTEX_WAIT_REQUEUE_PI_OP 11
#define FUTEX_LOCK_PI2_OP 13

/* linux/magic.h */
#define PIPEFS_MAGIC 0x50495045
#define ANON_INODE_FS_MAGIC 0x09041934
#define DEVPTS_SUPER_MAGIC 0x1cd1
#define TTY_MAJOR 4
#define TTYAUX_MAJOR 5

static __always_inline bool is_descriptor_call(__s16 number)
{
#if defined(__TARGET_ARCH_x86)
	switch (number) {
	case 0: /* read */
	case 1: /* write */
	case 16: /* ioctl */
	case 17: /* pread64 */
	case 18: /* pwrite64 */
	case 19: /* readv */
	case 20: /* writev */
	case 40: /* sendfile */
	case 42: /* connect */
	case 43: /* accept */
	case 44: /* sendto */
	case 45: /* recvfrom */
	case 46: /* sendmsg */
	case 47: /* recvmsg */
	case 74: /* fsync */
	case 75: /* fdatasync */
	case 275: /* splice */
	case 288: /* accept4 */
	case 295: /* preadv */
	case 296: /* pwritev */
	case 299: /* recvmmsg */
	case 307: /* sendmmsg */
		return true;
	}
#elif defined(__TARGET_ARCH_arm64)
	if (number >= 63 && number <= 71) /* read … sendfile */
		return true;
	if (number >= 202 && number <= 203) /* accept, connect */
		return true;
	switch (number) {
	case 29: /* ioctl */
	case 76: /* splice */
	case 82: /* fsync */
	case 83: /* fdatasync */
	case 206: /* sendto */
	case 207: /* recvfrom */
	case 211: /* sendmsg */
	case 212: /* recvmsg */
	case 242: /* accept4 */
	case 243: /* recvmmsg */
	case 269: /* sendmmsg */
		return true;
	}
#endif
	return false;
}

static __always_inline __u8 inode_kind(struct inode *inode)
{
	__u16 mode = BPF_CORE_READ(inode, i_mode);
	__u32 major;

	switch (mode & S_IFMT) {
	case S_IFSOCK:
		return WEFT_INODE_SOCKET;
	case S_IFIFO:
		return WEFT_INODE_PIPE;
	case S_IFREG:
	case S_IFDIR:
	case S_IFBLK:
		return WEFT_INODE_FILE;
	case S_IFCHR:
		major = BPF_CORE_READ(inode, i_rdev) >> 20;
		if (major == TTY_MAJOR || major == TTYAUX_MAJOR ||
		    BPF_CORE_READ(inode, i_sb, s_magic) == DEVPTS_SUPER_MAGIC)
			return WEFT_INODE_TTY;
		return WEFT_INODE_OTHER;
	case 0:
		return WEFT_INODE_EVENT; /* anonymous inodes have no type */
	}
	/* Since 6.15 anonymous inodes are regular files of their own file system. */
	return WEFT_INODE_OTHER;
}

static __noinline __u8 descriptor_kind(struct task_struct *task, __u32 fd)
{
	struct fdtable *table;
	struct inode *inode;
	struct file **files, *file;

	if (!task)
		return WEFT_INODE_NONE;
	table = BPF_CORE_READ(task, files, fdt);
	if (!table || fd >= BPF_CORE_READ(table, max_fds))
		return WEFT_INODE_NONE;
	files = BPF_CORE_READ(table, fd);
	if (bpf_probe_read_kernel(&file, sizeof(file), &files[fd]) || !file)
		return WEFT_INODE_NONE;
	inode = BPF_CORE_READ(file, f_inode);
	if (!inode)
		return WEFT_INODE_NONE;
	if (BPF_CORE_READ(inode, i_sb, s_magic) == ANON_INODE_FS_MAGIC)
		return WEFT_INODE_EVENT;
	return inode_kind(inode);
}

static __always_inline bool is_futex(const struct weft_call *call)
{
	if (call->compat)
		return call->number == COMPAT_NR_FUTEX ||
		       call->number == COMPAT_NR_FUTEX_TIME64;
	return call->number == NR_FUTEX;
}

static __always_inline bool takes_timeout(__u32 operation)
{
	return operation == FUTEX_WAIT_OP || operation == FUTEX_LOCK_PI_OP ||
	       operation == FUTEX_WAIT_BITSET_OP || operation == FUTEX_WAIT_REQUEUE_PI_OP ||
	       operation == FUTEX_LOCK_PI2_OP;
}

static __always_inline __u8 left_by_state(struct task_struct *task, __u32 state)
{
	if (state & TASK_DEAD)
		return WEFT_LEFT_DEAD;
	if (state & TASK_PARKED)
		return WEFT_LEFT_IDLE;
	if (state & TASK_TRACED)
		return WEFT_LEFT_TRACED;
	if (state & TASK_STOPPED)
		return WEFT_LEFT_STOPPED;
	if (state & TASK_UNINTERRUPTIBLE) {
		if (state & TASK_NOLOAD)
			return WEFT_LEFT_IDLE;
		if (BPF_CORE_READ_BITFIELD_PROBED(task, in_iowait))
			return WEFT_LEFT_DISK;
		return WEFT_LEFT_BLOCKED;
	}
	return state & TASK_INTERRUPTIBLE ? WEFT_LEFT_SLEEP : WEFT_LEFT_UNKNOWN;
}

static __always_inline bool is_yield(const struct weft_call *call)
{
	return call->number == (call->compat ? COMPAT_NR_SCHED_YIELD : NR_SCHED_YIELD);
}

/* Fills @sw but for next_tid; the call's details only where it blocks in one. */
static __always_inline void describe_wait(struct weft_switch *sw, struct task_struct *task,
					  bool runnable, __u32 state)
{
	struct weft_call call = { .number = WEFT_CALL_NONE };
	__u8 left = runnable ? WEFT_LEFT_PREEMPTED : left_by_state(task, state);
	__u8 flags = 0, aux = 0;

	/* Their registers are not a user's; orig_ax would read 0, which is read(). */
	if (task->flags & (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER))
		flags |= WEFT_FLAG_KERNEL;
	else
		weft_read_call(task, &call);
	if (call.compat)
		flags |= WEFT_FLAG_COMPAT;
	if (runnable) {
		if (is_yield(&call))
			left = WEFT_LEFT_YIELDED;
	} else if (is_futex(&call)) {
		aux = call.arg1 & FUTEX_CMD_MASK & 0x0f;
		if (takes_timeout(call.arg1 & FUTEX_CMD_MASK) && call.arg3)
			flags |= WEFT_FLAG_TIMEOUT;
	} else if (!call.compat && is_descriptor_call(call.number)) {
		aux = descriptor_kind(task, call.arg0);
	}
	if (!has_prev_state)
		flags |= WEFT_FLAG_LATE_STATE;
	sw->flags = flags;
	sw->how = left | aux << 4;
	sw->call = call.number;
	sw->arg = call.number == WEFT_CALL_NONE ? 0 : call.arg0;
}

#endif /* WEFT_WAIT_BPF_H */
