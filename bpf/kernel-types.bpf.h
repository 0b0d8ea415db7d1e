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

/* What bpf_helper_defs.h needs of linux/bpf.h. */
enum bpf_map_type_used {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_RINGBUF = 27,
};
#define BPF_ANY 0
#define BPF_RB_NO_WAKEUP 1

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define PF_EXITING 0x00000004
#define PF_IO_WORKER 0x00000010
#define PF_KTHREAD 0x00200000
/* 6.4: vhost tasks, and since then what io workers share with them. */
#define PF_USER_WORKER 0x00004000

#define TASK_INTERRUPTIBLE 0x0001
#define TASK_UNINTERRUPTIBLE 0x0002
#define TASK_STOPPED 0x0004
#define TASK_TRACED 0x0008
#define TASK_PARKED 0x0040
#define TASK_DEAD 0x0080
#define TASK_NOLOAD 0x0400

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

struct cred {
	kuid_t uid, suid, euid;
	kgid_t gid, sgid, egid;
};

struct mm_struct {
	unsigned long flags;
};

/* 6.18 (39f8049cab) made the flags a bitmap in a struct of their own. */
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

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct fs_struct {
	int in_exec;
};

struct rq {
	unsigned int nr_running;
};

struct cfs_rq {
	struct rq *rq; /* there with CONFIG_FAIR_GROUP_SCHED, as everywhere but in tiny kernels */
};

struct sched_entity {
	struct cfs_rq *cfs_rq;
};

struct thread_info {
	unsigned long flags;
	__u32 status;
	__u32 cpu;
	int preempt_count;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state;
	unsigned int flags;
	int on_cpu;
	int wake_cpu;
	struct sched_entity se;
	int exit_state;
	int exit_code;
	unsigned in_iowait : 1;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	__u64 start_boottime;
	const struct cred *real_cred;
	struct mm_struct *mm;
	struct fs_struct *fs;
	struct files_struct *files;
	struct signal_struct *signal;
	struct css_set *cgroups;
	char comm[16];
};

/* Gone in some kernels since 6.8; then fs->in_exec tells. */
struct task_struct___execve {
	unsigned in_execve : 1;
};

/* Before 5.16 (bcf9033e5) the CPU stood in the task itself. */
struct task_struct___old_cpu {
	unsigned int cpu;
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

#if defined(__TARGET_ARCH_x86)
#define NR_READ 0
#define NR_SCHED_YIELD 24
#define NR_FUTEX 202
#elif defined(__TARGET_ARCH_arm64)
#define NR_READ 63
#define NR_SCHED_YIELD 124
#define NR_FUTEX 98
#endif
#define COMPAT_NR_SCHED_YIELD 158 /* i386 and arm alike */
#define COMPAT_NR_FUTEX 240
#define COMPAT_NR_FUTEX_TIME64 422

/* The system call a task is in, as its user registers tell. */
struct weft_call {
	__s16 number; /* WEFT_CALL_NONE when in none */
	bool compat;
	__u64 arg0, arg1, arg3;
};

#if defined(__TARGET_ARCH_x86)

#define TS_COMPAT 0x0002 /* thread_info.status: in a 32-bit system call */

static __always_inline void weft_read_call(struct task_struct *task, struct weft_call *call)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	call->number = (__s16)regs->orig_ax;
	call->compat = task->thread_info.status & TS_COMPAT;
	if (call->compat) {
		call->arg0 = (__u32)regs->bx;
		call->arg1 = (__u32)regs->cx;
		call->arg3 = (__u32)regs->si;
	} else {
		call->arg0 = regs->di;
		call->arg1 = regs->si;
		call->arg3 = regs->r10;
	}
}

#elif defined(__TARGET_ARCH_arm64)

#define TIF_32BIT 22

static __always_inline void weft_read_call(struct task_struct *task, struct weft_call *call)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	call->number = (__s16)regs->syscallno;
	call->compat = task->thread_info.flags & (1ul << TIF_32BIT);
	call->arg0 = regs->orig_x0;
	call->arg1 = regs->regs[1];
	call->arg3 = regs->regs[3];
}

#endif

static __always_inline __u64 weft_mm_flags(struct mm_struct *mm)
{
	struct mm_struct___bitmap *newer = (void *)mm;

	if (bpf_core_field_exists(newer->flags.__mm_flags))
		return BPF_CORE_READ(newer, flags.__mm_flags[0]);
	return BPF_CORE_READ(mm, flags);
}

static __always_inline __u32 weft_task_cpu(struct task_struct *task)
{
	struct task_struct___old_cpu *older = (void *)task;

	if (bpf_core_field_exists(task->thread_info.cpu))
		return task->thread_info.cpu;
	return BPF_CORE_READ(older, cpu);
}

/* An exec renames, too; EXEC tells that already. */
static __always_inline bool weft_in_exec(struct task_struct *task)
{
	struct task_struct___execve *older = (void *)task;

	if (bpf_core_field_exists(older->in_execve))
		return BPF_CORE_READ_BITFIELD_PROBED(older, in_execve);
	return BPF_CORE_READ(task, fs, in_exec);
}

#endif /* WEFT_KERNEL_TYPES_BPF_H */
