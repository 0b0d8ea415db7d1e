/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * kernel-types.bpf.h: the few fields of the kernel that we read, and no more.
 * Offsets are relocated at load (CO-RE), so one build fits all kernels from
 * 5.15 on; what was renamed hides behind a helper that names the commit.
 */
#ifndef WEFT_KERNEL_TYPES_BPF_H
#define WEFT_KERNEL_TYPES_BPF_H

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;
#define NULL ((void *)0)
#define true 1
#define false 0
#define WEFT_RECORD_TYPES_DEFINED

/* What we use of linux/bpf.h, which would bring types that clash with these. */
enum weft_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_LRU_HASH = 9,
};
#define BPF_F_NO_PREALLOC 1
#define BPF_F_MMAPABLE (1 << 10)
#define BPF_ANY 0

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define weft_likely(condition) __builtin_expect(!!(condition), 1)
#define weft_unlikely(condition) __builtin_expect(!!(condition), 0)

#define PF_IO_WORKER 0x00000010
#define PF_KTHREAD 0x00200000
/* Since 6.4 (54e6842d0775); before 5.18 the bit meant something else. */
#define PF_USER_WORKER 0x00004000

#define TASK_INTERRUPTIBLE 0x0001
#define TASK_UNINTERRUPTIBLE 0x0002
#define TASK_STOPPED 0x0004
#define TASK_TRACED 0x0008
#define TASK_PARKED 0x0040
#define TASK_DEAD 0x0080
#define TASK_WAKING 0x0200
#define TASK_NOLOAD 0x0400
#define TASK_RTLOCK_WAIT 0x1000
#define TASK_FREEZABLE 0x2000
#define TASK_FROZEN 0x8000

/* linux/sched/jobctl.h: its cgroup is being frozen, or is. */
#define JOBCTL_TRAP_FREEZE (1ul << 23)
/* Below this a priority is of real time or of a deadline. */
#define MAX_RT_PRIO 100

#define SIGNAL_GROUP_EXIT 0x0004

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define S_IFREG 0100000
#define S_IFBLK 0060000
#define S_IFDIR 0040000
#define S_IFCHR 0020000
#define S_IFIFO 0010000

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	__u32 val;
} kuid_t;

typedef struct {
	__u32 val;
} kgid_t;

typedef struct {
	__u64 val;
} kernel_cap_t;

struct ns_common {
	unsigned int inum;
};

struct user_namespace {
	struct ns_common ns;
};

struct cred {
	kuid_t uid, suid, euid;
	kgid_t gid, sgid, egid;
	kernel_cap_t cap_permitted;
	struct user_namespace *user_ns;
};

/* Before 6.3 (f122a08b197d) the set was two halves. */
struct kernel_cap_struct___halves {
	__u32 cap[2];
};

struct cred___halves {
	struct kernel_cap_struct___halves cap_permitted;
};

struct mm_struct {
	unsigned long flags;
	unsigned long arg_start, arg_end;
};

/* 6.18 made the flags a bitmap in a struct of their own. */
struct mm_struct___bitmap {
	struct {
		unsigned long __mm_flags[1];
	} flags;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;
	int group_exit_code;
	unsigned int flags;
};

struct super_block {
	unsigned long s_magic;
};

struct inode {
	unsigned short i_mode;
	__u32 i_rdev;
	struct super_block *i_sb;
};

struct file {
	struct inode *f_inode;
};

struct llist_node;

struct llist_head {
	struct llist_node *first;
};

struct timespec64 {
	long long tv_sec;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct task_struct;

struct rq {
	struct task_struct *curr;
};

struct cfs_rq {
	struct rq *rq; /* there with CONFIG_FAIR_GROUP_SCHED, as everywhere but in tiny kernels */
	int throttle_count; /* with CONFIG_CFS_BANDWIDTH */
};

struct sched_entity {
	struct cfs_rq *cfs_rq;
};

struct thread_info {
	unsigned long flags;
	__u32 status;
	__u32 cpu;
	/* arm64 has it in an anonymous union; the low half counts, the high one tells of
	 * need_resched. A signed or a smaller one than the kernel's would not load: only
	 * unsigned numbers of another size are relocated. */
	__u64 preempt_count;
};

struct task_struct {
	struct thread_info thread_info;
	void *stack;
	unsigned int __state;
	unsigned int flags;
	int on_cpu;
	int prio;
	struct sched_entity se;
	int exit_state;
	int exit_code;
	unsigned long jobctl;
	unsigned in_iowait : 1;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	__u64 start_boottime;
	const struct cred *real_cred;
	struct mm_struct *mm, *active_mm;
	struct files_struct *files;
	struct signal_struct *signal;
	struct css_set *cgroups;
	char comm[16];
};

/* Before 5.16 (bcf9033e5) the CPU stood in the task itself. */
struct task_struct___old_cpu {
	unsigned int cpu;
};

/* 6.18 (e1fad12dcb66) throttles tasks, one by one, and not their queue. */
struct task_struct___throttled {
	bool throttled;
};

struct linux_binprm;
struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r10;
	unsigned long bx;
	unsigned long r8, ax, cx, dx, si, di, orig_ax, ip, sp;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	__u64 regs[31];
	__u64 orig_x0;
	__s32 syscallno;
};
#endif

#pragma clang attribute pop

/* The system call a task is in, as its user registers tell. */
struct weft_call {
	__s16 number; /* WEFT_CALL_NONE when in none; then the rest is 0 */
	bool compat; /* of the 32-bit table */
	__u64 arg0;
	struct pt_regs *regs;
};

#if defined(__TARGET_ARCH_x86)

#define NR_SCHED_YIELD 24
#define NR_FUTEX 202
#define NR_MOST 1023 /* of either table; x32 calls, far above, count as none */
#define TS_COMPAT 0x0002 /* thread_info.status: in a 32-bit system call */

/* Calls below 64 and from 256 to 319 whose first argument is a descriptor that they may
 * wait on, as bits. */
#define BIT_OF(nr) (1ull << ((nr) % 64))
#define DESCRIPTOR_CALLS_0                                                                         \
	(BIT_OF(0) /* read */ | BIT_OF(1) /* write */ | BIT_OF(16) /* ioctl */ |                   \
	 BIT_OF(17) /* pread64 */ | BIT_OF(18) /* pwrite64 */ | BIT_OF(19) /* readv */ |           \
	 BIT_OF(20) /* writev */ | BIT_OF(40) /* sendfile */ | BIT_OF(42) /* connect */ |          \
	 BIT_OF(43) /* accept */ | BIT_OF(44) /* sendto */ | BIT_OF(45) /* recvfrom */ |           \
	 BIT_OF(46) /* sendmsg */ | BIT_OF(47) /* recvmsg */)
#define DESCRIPTOR_CALLS_4                                                                         \
	(BIT_OF(275) /* splice */ | BIT_OF(276) /* tee */ | BIT_OF(278) /* vmsplice */ |           \
	 BIT_OF(285) /* fallocate */ | BIT_OF(288) /* accept4 */ | BIT_OF(295) /* preadv */ |      \
	 BIT_OF(296) /* pwritev */ | BIT_OF(299) /* recvmmsg */ | BIT_OF(307) /* sendmmsg */)

static __always_inline bool weft_is_descriptor_call(const struct weft_call *call)
{
	__u32 number = call->number;

	if (call->compat)
		return false;
	if (number < 64)
		return DESCRIPTOR_CALLS_0 >> number & 1;
	if (number >= 256 && number < 320)
		return DESCRIPTOR_CALLS_4 >> (number - 256) & 1;
	return number == 74 /* fsync */ || number == 75 /* fdatasync */ ||
	       number == 327 /* preadv2 */ || number == 328 /* pwritev2 */;
}

static __always_inline void weft_read_call(struct task_struct *task, struct pt_regs *regs,
					   struct weft_call *call)
{
	unsigned long number = regs->orig_ax;

	if (number > NR_MOST) /* -1 outside a call: an interrupt or a fault came */
		return;
	call->regs = regs;
	call->number = number;
	call->compat = task->thread_info.status & TS_COMPAT;
	call->arg0 = weft_unlikely(call->compat) ? (__u32)regs->bx : regs->di;
}

static __always_inline __u64 weft_call_arg1(const struct weft_call *call)
{
	return call->compat ? (__u32)call->regs->cx : call->regs->si;
}

static __always_inline __u32 weft_call_arg2(const struct weft_call *call)
{
	return call->regs->dx;
}

static __always_inline __u64 weft_call_arg3(const struct weft_call *call)
{
	return call->compat ? (__u32)call->regs->si : call->regs->r10;
}

#elif defined(__TARGET_ARCH_arm64)

#define NR_SCHED_YIELD 124
#define NR_FUTEX 98
#define NR_MOST 1023
#define TIF_32BIT 22

#define BIT_OF(nr) (1ull << ((nr) % 64))
#define DESCRIPTOR_CALLS_1                                                                         \
	(BIT_OF(63) | BIT_OF(64) /* read, write */ | BIT_OF(65) | BIT_OF(66) /* …v */ |            \
	 BIT_OF(67) | BIT_OF(68) /* pread64, pwrite64 */ | BIT_OF(69) | BIT_OF(70) /* …v */ |      \
	 BIT_OF(71) /* sendfile */ | BIT_OF(75) /* vmsplice */ | BIT_OF(76) /* splice */ |         \
	 BIT_OF(77) /* tee */ | BIT_OF(82) | BIT_OF(83) /* fsync, fdatasync */)
#define DESCRIPTOR_CALLS_3                                                                         \
	(BIT_OF(202) | BIT_OF(203) /* accept, connect */ | BIT_OF(206) /* sendto */ |              \
	 BIT_OF(207) /* recvfrom */ | BIT_OF(211) /* sendmsg */ | BIT_OF(212) /* recvmsg */ |      \
	 BIT_OF(242) /* accept4 */ | BIT_OF(243) /* recvmmsg */)

static __always_inline bool weft_is_descriptor_call(const struct weft_call *call)
{
	__u32 number = call->number;

	if (call->compat)
		return false;
	if (number >= 63 && number < 127)
		return DESCRIPTOR_CALLS_1 >> (number % 64) & 1;
	if (number >= 192 && number < 256)
		return DESCRIPTOR_CALLS_3 >> (number % 64) & 1;
	return number == 29 /* ioctl */ || number == 47 /* fallocate */ ||
	       number == 269 /* sendmmsg */ || number == 286 || number == 287 /* p…v2 */;
}

static __always_inline void weft_read_call(struct task_struct *task, struct pt_regs *regs,
					   struct weft_call *call)
{
	__s32 number = regs->syscallno;

	if (number < 0 || number > NR_MOST)
		return;
	call->regs = regs;
	call->number = number;
	call->compat = task->thread_info.flags & (1ul << TIF_32BIT);
	call->arg0 = regs->orig_x0;
}

static __always_inline __u64 weft_call_arg1(const struct weft_call *call)
{
	return call->regs->regs[1];
}

static __always_inline __u32 weft_call_arg2(const struct weft_call *call)
{
	return call->regs->regs[2];
}

static __always_inline __u64 weft_call_arg3(const struct weft_call *call)
{
	return call->regs->regs[3];
}

#endif

/* The 32-bit tables of both: i386 and arm agree on these. */
#define COMPAT_NR_SCHED_YIELD 158
#define COMPAT_NR_FUTEX 240
#define COMPAT_NR_FUTEX_TIME64 422

static __always_inline bool weft_is_futex(const struct weft_call *call)
{
	if (call->compat)
		return call->number == COMPAT_NR_FUTEX || call->number == COMPAT_NR_FUTEX_TIME64;
	return call->number == NR_FUTEX;
}

static __always_inline bool weft_is_yield(const struct weft_call *call)
{
	return call->number == (call->compat ? COMPAT_NR_SCHED_YIELD : NR_SCHED_YIELD);
}

static __always_inline __u64 weft_mm_flags(struct mm_struct *mm)
{
	struct mm_struct___bitmap *newer = (void *)mm;

	if (bpf_core_field_exists(newer->flags.__mm_flags))
		return newer->flags.__mm_flags[0];
	return mm->flags;
}

/* The capabilities that it may use, as bits. */
static __always_inline __u64 weft_cred_capabilities(const struct cred *cred)
{
	const struct cred___halves *older = (const void *)cred;

	if (bpf_core_field_exists(cred->cap_permitted.val))
		return cred->cap_permitted.val;
	return older->cap_permitted.cap[0] | (__u64)older->cap_permitted.cap[1] << 32;
}

static __always_inline __u32 weft_task_cpu(struct task_struct *task)
{
	struct task_struct___old_cpu *older = (void *)task;

	if (bpf_core_field_exists(task->thread_info.cpu))
		return task->thread_info.cpu;
	return older->cpu;
}

#endif /* WEFT_KERNEL_TYPES_BPF_H */
