/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * filter.bpf.h: who may be seen, and whose switches are wanted. Asked before
 * room is reserved, and only where the ring says that there is something to
 * ask (`modes`): not in a session over the whole machine.
 */
#ifndef WEFT_FILTER_BPF_H
#define WEFT_FILTER_BPF_H

#include "kernel-types.bpf.h"
#include "record.h"
#include "target.h"

#define WEFT_MOST_FOLLOWED 65536
#define WEFT_MOST_ENDING 4096
/* linux/proc_ns.h: of the first user namespace. */
#define PROC_USER_INIT_INO 0xeffffffdu
#define WEFT_DUMPABLE_MASK 3
#define WEFT_DUMPABLE_BY_OWNER 1

/* Process ids (tgid) that are wanted. Not preallocated: a session pays for what it follows.
 * Changed in task context only, where the kernel may allocate. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, WEFT_MOST_FOLLOWED);
	__type(key, __u32);
	__type(value, struct weft_target);
} targets SEC(".maps") __weak;

/* Threads that are ending and may be seen, by their starts. More at once lose their last
 * switches. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, WEFT_MOST_ENDING);
	__type(key, __u32);
	__type(value, __u64);
} ending SEC(".maps") __weak;

/* Set before load. */
const volatile bool own_only __weak = false;
const volatile __u32 own_uid __weak = 0;
const volatile __u32 own_gid __weak = 0;

/* Found before it starts: what the caller's process has (weft_look_at_caller). */
volatile __u32 own_user_ns __weak = PROC_USER_INIT_INO;
volatile __u64 own_capabilities __weak = 0;

/* Changed while it runs. */
volatile bool only_targets __weak = false;
volatile bool follow_children __weak = false;
/* Processes that should have been followed and found no room in `targets`. */
__u64 unfollowed __weak = 0;

static __always_inline bool is_target(__u32 tgid)
{
	return bpf_map_lookup_elem(&targets, &tgid) != NULL;
}

/* Wants @child when @parent is wanted; whether that is so. */
static __always_inline bool follow(__u32 parent, __u32 child)
{
	struct weft_target *root = bpf_map_lookup_elem(&targets, &parent);
	struct weft_target born = {};

	if (!root)
		return false;
	born.root = root->root;
	born.since_ns = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&targets, &child, &born, BPF_ANY)) {
		__sync_fetch_and_add(&unfollowed, 1);
		return false;
	}
	return true;
}

static __always_inline bool may_be_dumped(struct mm_struct *mm)
{
	return (weft_mm_flags(mm) & WEFT_DUMPABLE_MASK) == WEFT_DUMPABLE_BY_OWNER;
}

/* One that gave its memory back on its way out borrows it, and after a switch somebody
 * else's: what held when it began to end holds until its last switch. */
static __always_inline bool is_dumpable_by_owner(struct task_struct *task)
{
	__u32 tid = task->pid;
	__u64 *start;

	if (task->mm)
		return may_be_dumped(task->mm);
	start = bpf_map_lookup_elem(&ending, &tid);
	return start && *start == task->start_boottime;
}

/* Its credentials, of the rule below. */
static __always_inline bool has_own_ids(struct task_struct *task)
{
	const struct cred *cred = task->real_cred;

	if (!cred || task->flags & PF_KTHREAD)
		return false;
	if (cred->uid.val != own_uid || cred->euid.val != own_uid || cred->suid.val != own_uid)
		return false;
	if (cred->gid.val != own_gid || cred->egid.val != own_gid || cred->sgid.val != own_gid)
		return false;
	return cred->user_ns->ns.inum == own_user_ns &&
	       !(weft_cred_capabilities(cred) & ~own_capabilities);
}

/*
 * The kernel's ptrace rule (__ptrace_may_access(), cap_ptrace_access_check()) but for the
 * security modules, which a program cannot ask: all six ids are the caller's, so is the
 * user namespace, no capability is the task's that is not the caller's, and its memory may
 * be dumped by its owner. A zombie has no memory, and passes by that rule; here when it was
 * seen to end. Asked anew at each event, so that a task whose credentials change drops out
 * with that.
 */
static __always_inline bool is_own(struct task_struct *task)
{
	return has_own_ids(task) && is_dumpable_by_owner(task);
}

/* Notes whether a task that has just given its memory back may be seen. */
static __always_inline bool begins_to_end(struct task_struct *task)
{
	__u64 start = task->start_boottime;
	__u32 tid = task->pid;
	struct mm_struct *mm = task->mm ? task->mm : task->active_mm;

	if (!own_only)
		return true;
	if (mm && has_own_ids(task) && may_be_dumped(mm))
		return bpf_map_update_elem(&ending, &tid, &start, BPF_ANY) == 0;
	bpf_map_delete_elem(&ending, &tid);
	return false;
}

/* Whether the session may be told of this task at all. */
static __always_inline bool may_see(struct task_struct *task)
{
	return !own_only || is_own(task);
}

/* Whether its switches and wakings are wanted. The idle task's never are. */
static __always_inline bool is_wanted(struct task_struct *task)
{
	return task->pid != 0 && may_see(task) && (!only_targets || is_target(task->tgid));
}

/* What a task is called in the record of another. */
static __always_inline __u32 visible_tid(struct task_struct *task)
{
	return task->pid == 0 || may_see(task) ? (__u32)task->pid : WEFT_TID_OTHER;
}

/* The same in a switch. Of an unwanted side no other switches are told, so a
 * reader could only guess what it does after this one. */
static __always_inline __u32 wanted_tid(struct task_struct *task)
{
	return task->pid == 0 || is_wanted(task) ? (__u32)task->pid : WEFT_TID_OTHER;
}

#endif /* WEFT_FILTER_BPF_H */
