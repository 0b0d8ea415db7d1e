/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * wait.bpf.h: how a thread left its CPU, and what its system call waits on. In:
 * a task that is not running, and its state. Out: the struct weft_switch of its
 * SWITCH or STATE record.
 */
#ifndef WEFT_WAIT_BPF_H
#define WEFT_WAIT_BPF_H

#include "kernel-types.bpf.h"
#include "record.h"
#include "ring.h"

#define FUTEX_CMD_MASK 0x7f
/* linux/futex.h: the operations whose fourth argument is a timeout. */
#define FUTEX_TIMED                                                                                \
	(1 << 0 /* WAIT */ | 1 << 6 /* LOCK_PI */ | 1 << 9 /* WAIT_BITSET */ |                     \
	 1 << 11 /* WAIT_REQUEUE_PI */ | 1 << 13 /* LOCK_PI2 */)

/* Those that compare the third one with what the address holds. Who waits for a lock sets
 * it to 2 first, in glibc, musl, GLib, Go and Rust alike. */
#define FUTEX_COMPARED (1 << 0 /* WAIT */ | 1 << 9 /* WAIT_BITSET */)
#define FUTEX_CONTENDED 2

/* linux/magic.h, linux/major.h */
#define ANON_INODE_FS_MAGIC 0x09041934
#define DEVPTS_SUPER_MAGIC 0x1cd1
#define TTY_MAJOR 4
#define TTYAUX_MAJOR 5

/* Set before load. */
const volatile bool has_prev_state __weak = false;
const volatile __u32 worker_flags __weak = PF_KTHREAD | PF_IO_WORKER;
/* What flags mark a task that the freezer holds: PF_FROZEN before 6.1, then none. */
const volatile __u32 frozen_flags __weak = 0;

#define MODERN_WORKER_FLAGS (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER)

/* Reads behind a pointer that the verifier does not know the type of come in two ways:
 * through bpf_rdonly_cast() (6.2, a35b9af4ec2c) as plain loads, which a fault turns into
 * zero; before, through a helper call each, some 10 ns. @modern is a constant: a program
 * has one or the other, never both. It also says that sched_switch tells prev_state. */
extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym __weak;

#define WEFT_CAST(type, pointer)                                                                   \
	((type *)bpf_rdonly_cast((const void *)(pointer), bpf_core_type_id_kernel(type)))
#define WEFT_READ(modern, pointer, field)                                                          \
	((modern) ? (pointer)->field : BPF_CORE_READ(pointer, field))

/* Every task's registers are at the same distance from its stack's lowest address. A
 * pointer that was read from memory as bytes is a number, which one may subtract from.
 * Stored at once: a CPU that came later may share the ring, and must see all or nothing. */
static __noinline int find_regs_distance(struct task_struct *task, struct weft_ring *ring)
{
	void *registers = (void *)bpf_task_pt_regs(task);
	__u64 number = 0;

	if (!ring || bpf_probe_read_kernel(&number, sizeof(number), &registers))
		return 0;
	*(volatile __u64 *)&ring->regs_distance = number - (__u64)task->stack;
	return 0;
}

/* bpf_task_pt_regs(), without leaving the program: some 20 ns less. */
static __always_inline struct pt_regs *user_registers(struct task_struct *task,
						      struct weft_ring *ring, const bool modern)
{
	if (!modern)
		return (struct pt_regs *)bpf_task_pt_regs(task);
	if (weft_unlikely(!ring->regs_distance))
		find_regs_distance(task, ring);
	return WEFT_CAST(struct pt_regs, (__u64)task->stack + ring->regs_distance);
}

static __always_inline __u64 super_magic(struct inode *inode)
{
	return BPF_CORE_READ(inode, i_sb, s_magic);
}

/* What is waited on less often. Anonymous inodes had no type until 6.16, and are regular
 * files of a file system of their own since. */
static __noinline __u8 rare_inode_kind(struct inode *inode, __u16 type)
{
	__u32 major;

	switch (type) {
	case S_IFREG:
		return super_magic(inode) == ANON_INODE_FS_MAGIC ? WEFT_INODE_EVENT :
								   WEFT_INODE_FILE;
	case S_IFCHR:
		major = BPF_CORE_READ(inode, i_rdev) >> 20;
		if (major == TTY_MAJOR || major == TTYAUX_MAJOR ||
		    super_magic(inode) == DEVPTS_SUPER_MAGIC)
			return WEFT_INODE_TTY;
		return WEFT_INODE_OTHER;
	case S_IFDIR:
	case S_IFBLK:
		return WEFT_INODE_FILE;
	case 0:
		return WEFT_INODE_EVENT;
	}
	return WEFT_INODE_OTHER;
}

static __always_inline __u8 inode_kind(struct inode *inode, const bool modern)
{
	__u16 type = WEFT_READ(modern, inode, i_mode) & S_IFMT;

	if (type == S_IFIFO)
		return WEFT_INODE_PIPE;
	if (type == S_IFSOCK)
		return WEFT_INODE_SOCKET;
	return rare_inode_kind(inode, type);
}

/* The pointer at @at, of which all we know is that it points to a file. A struct that
 * begins with a pointer stands in for the array's element. */
static __always_inline struct file *read_file_pointer(struct file **at, const bool modern)
{
	struct file *file = NULL;

	if (modern)
		return WEFT_CAST(struct file, WEFT_CAST(struct llist_head, at)->first);
	return bpf_probe_read_kernel(&file, sizeof(file), at) ? NULL : file;
}

/* What descriptor @fd of @task is. A race with close() reads garbage, not a fault. */
static __always_inline __u8 descriptor_kind(struct task_struct *task, __u32 fd, const bool modern)
{
	struct fdtable *table;
	struct inode *inode;
	struct file *file;

	if (!task->files)
		return WEFT_INODE_NONE;
	table = task->files->fdt;
	if (!table || fd >= table->max_fds)
		return WEFT_INODE_NONE;
	file = read_file_pointer(table->fd + fd, modern);
	if (!file)
		return WEFT_INODE_NONE;
	inode = WEFT_READ(modern, file, f_inode);
	return inode ? inode_kind(inode, modern) : WEFT_INODE_NONE;
}

/* Of a state that is neither 0 nor TASK_INTERRUPTIBLE. */
static __noinline __u8 rare_left(struct task_struct *task, __u32 state)
{
	if (state & TASK_DEAD)
		return WEFT_LEFT_DEAD;
	if (state & TASK_PARKED)
		return WEFT_LEFT_IDLE;
	if (state & TASK_TRACED)
		return WEFT_LEFT_TRACED;
	if (state & TASK_FROZEN || task->flags & frozen_flags)
		return WEFT_LEFT_FROZEN;
	if (state & TASK_STOPPED)
		return WEFT_LEFT_STOPPED;
	if (state & TASK_UNINTERRUPTIBLE) {
		if (state & TASK_NOLOAD)
			return WEFT_LEFT_IDLE;
		return BPF_CORE_READ_BITFIELD_PROBED(task, in_iowait) ? WEFT_LEFT_DISK :
									WEFT_LEFT_BLOCKED;
	}
	/* A sleeping spin lock of PREEMPT_RT; else TASK_WAKING, seen too late to tell. */
	return state & TASK_RTLOCK_WAIT ? WEFT_LEFT_BLOCKED : WEFT_LEFT_UNKNOWN;
}

/* Where the freezer of cgroups holds it: it sleeps as anybody does, in whatever call it was.
 * Since 6.1 (f5d39b020809) such sleeps are marked, so that others need not be looked at. */
static __always_inline bool is_held_by_freezer(struct task_struct *task, __u32 state,
					       const bool modern)
{
	const __u32 mark = modern ? TASK_FREEZABLE : TASK_INTERRUPTIBLE;

	return state & mark && weft_unlikely(task->jobctl & JOBCTL_TRAP_FREEZE);
}

/* Of a state with TASK_INTERRUPTIBLE. */
static __always_inline __u8 sleeping_left(struct task_struct *task, __u32 state, const bool modern)
{
	return is_held_by_freezer(task, state, modern) ? WEFT_LEFT_FROZEN : WEFT_LEFT_SLEEP;
}

/* Whether its cgroup has no CPU time left. Before 6.18 all of a queue were throttled at
 * once; only who left its CPU because of that is told. */
static __always_inline bool is_throttled(struct task_struct *task)
{
	struct task_struct___throttled *newer = (void *)task;

	if (bpf_core_field_exists(newer->throttled))
		return newer->throttled;
	if (!bpf_core_field_exists(((struct cfs_rq *)0)->throttle_count))
		return false;
	return task->prio >= MAX_RT_PRIO && task->se.cfs_rq->throttle_count != 0;
}

static __noinline __u8 runnable_left(struct task_struct *task, bool yields)
{
	if (is_throttled(task))
		return WEFT_LEFT_THROTTLED;
	return yields ? WEFT_LEFT_YIELDED : WEFT_LEFT_PREEMPTED;
}

/* What it waits on in @call; may add to @flags. */
static __always_inline __u8 describe_call(struct task_struct *task, const struct weft_call *call,
					  __u8 *flags, const bool modern)
{
	if (weft_is_futex(call)) {
		__u32 operation = weft_call_arg1(call) & FUTEX_CMD_MASK & 0x0f;

		if (FUTEX_TIMED >> operation & 1 && weft_call_arg3(call))
			*flags |= WEFT_FLAG_TIMEOUT;
		if (FUTEX_COMPARED >> operation & 1 && weft_call_arg2(call) == FUTEX_CONTENDED)
			*flags |= WEFT_FLAG_CONTENDED;
		return operation;
	}
	return weft_is_descriptor_call(call) ? descriptor_kind(task, call->arg0, modern) : 0;
}

/*
 * Everything of @out but next_tid. @runnable: it left with work to do, either
 * preempted or in sched_yield; then @state does not matter. @ring: only when
 * @modern.
 */
static __always_inline void describe_wait(struct weft_switch *out, struct task_struct *task,
					  bool runnable, __u32 state, struct weft_ring *ring,
					  const bool modern)
{
	__u8 flags = modern || has_prev_state ? 0 : WEFT_FLAG_LATE_STATE;
	struct weft_call call = { .number = WEFT_CALL_NONE };
	__u8 left, aux = 0;

	/* Their registers are nobody's: orig_ax would read 0, which is read(). */
	if (task->flags & (modern ? MODERN_WORKER_FLAGS : worker_flags))
		flags |= WEFT_FLAG_KERNEL;
	else
		weft_read_call(task, user_registers(task, ring, modern), &call);
	if (weft_unlikely(call.compat))
		flags |= WEFT_FLAG_COMPAT;
	if (weft_unlikely(runnable)) {
		left = runnable_left(task, weft_is_yield(&call));
	} else {
		left = state & TASK_INTERRUPTIBLE ? sleeping_left(task, state, modern) :
						    rare_left(task, state);
		if (call.number != WEFT_CALL_NONE)
			aux = describe_call(task, &call, &flags, modern);
	}
	out->flags = flags;
	out->how = left | aux << 4;
	out->call = call.number;
	out->arg = call.arg0;
}

/* A task of which no more than @left may be told, or is. */
static __always_inline void describe_nothing(struct weft_switch *out, __u8 left)
{
	out->flags = 0;
	out->how = left;
	out->call = WEFT_CALL_NONE;
	out->arg = 0;
}

#endif /* WEFT_WAIT_BPF_H */
