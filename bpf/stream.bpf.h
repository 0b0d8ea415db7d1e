/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * stream.bpf.h: the ring, the account of what found no room, and who may be
 * seen. Included once by each subject of weft.bpf.c.
 *
 * Invariant: produced = delivered + lost. Every record that a program wants to
 * write is counted on its CPU before room is asked for; every one that found
 * none is counted as lost there, atomically, since an interrupt can trace in
 * the midst of a trace.
 */
#ifndef WEFT_STREAM_BPF_H
#define WEFT_STREAM_BPF_H

#include "kernel-types.bpf.h"
#include "record.h"
#include "tracer-shared.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 32 * 1024 * 1024); /* set before load */
} ring SEC(".maps");

/* Process ids (tgid) that are wanted. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WEFT_MAX_TARGETS);
	__type(key, __u32);
	__type(value, __u8);
} targets SEC(".maps");

/* Set before load. */
const volatile __u32 scope = WEFT_FILTER_MACHINE;
const volatile __u32 own_uid = 0;
const volatile __u32 own_gid = 0;
const volatile bool has_prev_state = false;
const volatile bool has_wake_context = false;
/* Distance from this CPU's run queue to its preempt count. */
const volatile __s64 preempt_count_offset = 0;

/* Changed while it runs. */
bool recording = false;
bool only_targets = false;
bool follow_children = true;

struct weft_account accounts[WEFT_MAX_CPUS];

static __always_inline struct weft_account *this_account(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return &accounts[cpu & (WEFT_MAX_CPUS - 1)];
}

static __always_inline void count_lost(struct weft_account *account)
{
	__u64 now = bpf_ktime_get_ns();

	if (__sync_fetch_and_add(&account->pending, 1) == 0)
		account->first_ns = now;
	account->last_ns = now;
	__sync_fetch_and_add(&account->lost, 1);
}

/* Tells what was lost on this CPU as soon as there is room again. */
static __noinline int emit_lost(void)
{
	struct weft_account *account = this_account();
	struct weft_record *record;
	__u64 count;

	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record)
		return 0;
	count = __sync_lock_test_and_set(&account->pending, 0);
	if (count == 0) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		return 0;
	}
	record->time_ns = account->last_ns;
	record->kind = WEFT_LOST;
	record->units = 1;
	record->cpu = bpf_get_smp_processor_id();
	record->tid = 0;
	record->lost.count = count;
	record->lost.first_ns = account->first_ns;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

/* Room for a record of @bytes, a constant; its common half filled in. */
static __always_inline void *reserve(__u32 bytes, __u8 kind, __u32 tid)
{
	struct weft_account *account = this_account();
	struct weft_record *record;

	__sync_fetch_and_add(&account->produced, 1);
	if (account->pending)
		emit_lost();
	record = bpf_ringbuf_reserve(&ring, bytes, 0);
	if (!record) {
		count_lost(account);
		return NULL;
	}
	record->time_ns = bpf_ktime_get_ns();
	record->kind = kind;
	record->units = bytes / WEFT_UNIT_BYTES;
	record->cpu = bpf_get_smp_processor_id();
	record->tid = tid;
	return record;
}

static __always_inline bool is_target(__u32 tgid)
{
	return bpf_map_lookup_elem(&targets, &tgid) != NULL;
}

/*
 * The ptrace rule: all ids equal the caller's, and the memory may be dumped
 * (a task that has given its memory back, as the kernel does, passes). Looked
 * at anew each time, so a task whose credentials change drops out.
 */
static __always_inline bool is_own(struct task_struct *task)
{
	const struct cred *cred = task->real_cred;

	if (!cred || cred->uid.val != own_uid || cred->euid.val != own_uid ||
	    cred->suid.val != own_uid)
		return false;
	if (cred->gid.val != own_gid || cred->egid.val != own_gid || cred->sgid.val != own_gid)
		return false;
	if (task->flags & PF_KTHREAD)
		return false;
	return !task->mm || (weft_mm_flags(task->mm) & 3) == 1;
}

/* Whether the session may be told of this task at all. */
static __always_inline bool may_see(struct task_struct *task)
{
	return scope != WEFT_FILTER_OWN || is_own(task);
}

/* Whether its switches and wakings are wanted. */
static __always_inline bool wanted(struct task_struct *task)
{
	if (task->pid == 0 || !may_see(task))
		return false;
	return !only_targets || is_target(task->tgid);
}

/* What the other side of a record is called. */
static __always_inline __u32 visible_tid(struct task_struct *task)
{
	return task->pid == 0 || may_see(task) ? (__u32)task->pid : WEFT_TID_OTHER;
}

#endif /* WEFT_STREAM_BPF_H */
