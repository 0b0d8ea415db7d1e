/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * filter.bpf.h: who may be seen, and whose switches are wanted. Asked before
 * room is reserved, and only where the ring says that there is something to
 * ask (`filters`): not in a session over the whole machine.
 */
#ifndef WEFT_FILTER_BPF_H
#define WEFT_FILTER_BPF_H

#include "kernel-types.bpf.h"
#include "record.h"

#define WEFT_MOST_FOLLOWED 65536
#define WEFT_DUMPABLE_MASK 3
#define WEFT_DUMPABLE_BY_OWNER 1

/* Process ids (tgid) that are wanted, each with the target that it descends from
 * (its own for a target). Not preallocated: a session pays for what it follows.
 * Changed in task context only, where the kernel may allocate. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, WEFT_MOST_FOLLOWED);
	__type(key, __u32);
	__type(value, __u32);
} targets SEC(".maps") __weak;

/* Set before load. */
const volatile bool own_only __weak = false;
const volatile __u32 own_uid __weak = 0;
const volatile __u32 own_gid __weak = 0;

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
	__u32 *root = bpf_map_lookup_elem(&targets, &parent);
	__u32 copy;

	if (!root)
		return false;
	copy = *root;
	if (bpf_map_update_elem(&targets, &child, &copy, BPF_ANY)) {
		__sync_fetch_and_add(&unfollowed, 1);
		return false;
	}
	return true;
}

/*
 * The ptrace rule: all six ids are the caller's, and the memory may be dumped
 * by its owner (a task that gave its memory back on its way out passes, as the
 * kernel's own rule has it). Asked anew at each event, so that a task whose
 * credentials change drops out with that.
 */
static __always_inline bool is_own(struct task_struct *task)
{
	const struct cred *cred = task->real_cred;
	struct mm_struct *mm;

	if (!cred || task->flags & PF_KTHREAD)
		return false;
	if (cred->uid.val != own_uid || cred->euid.val != own_uid || cred->suid.val != own_uid)
		return false;
	if (cred->gid.val != own_gid || cred->egid.val != own_gid || cred->sgid.val != own_gid)
		return false;
	mm = task->mm;
	return !mm || (weft_mm_flags(mm) & WEFT_DUMPABLE_MASK) == WEFT_DUMPABLE_BY_OWNER;
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
