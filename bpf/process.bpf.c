/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * process.bpf.c: birth, exec, exit, rename; the snapshot of all tasks; and the
 * descendants of the targets. In: four tracepoints and two iterators. Out:
 * records of two units in this CPU's ring; STATE records, three units, through
 * the iterator's own file, where nothing can be lost.
 *
 * Lifecycle records go out for every task that may be seen, wanted or not, so
 * that the process tree is whole.
 */
#include "filter.bpf.h"
#include "ring.bpf.h"
#include "wait.bpf.h"

/* Processes that the last run of weft_adopt added to the targets. */
__u64 adopted = 0;

static __always_inline __u32 visible_tgid(struct task_struct *task)
{
	return may_see(task) ? (__u32)task->tgid : WEFT_TID_OTHER;
}

static __always_inline __u64 cgroup_of(struct task_struct *task)
{
	/* Without CONFIG_CGROUPS there are none. */
	if (!bpf_core_field_exists(task->cgroups))
		return 0;
	return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

/* Everything of @record, which is zeroed, but for the time and what one kind has alone. */
static __always_inline void describe_task(struct weft_task_record *record,
					  struct task_struct *task, __u8 kind)
{
	record->kind = kind;
	record->units = sizeof(*record) / WEFT_UNIT_BYTES;
	record->tid = task->pid;
	record->tgid = task->tgid;
	record->parent_tgid = visible_tgid(task->real_parent);
	record->start_boottime_ns = task->start_boottime;
	record->task_flags = task->flags & PF_KTHREAD ? WEFT_TASK_KERNEL : 0;
	if (!is_wanted(task))
		record->task_flags |= WEFT_TASK_UNWANTED;
	bpf_probe_read_kernel_str(record->comm, sizeof(record->comm), task->comm);
}

/* Copies a unit but for its first word; that of a record's first unit commits it. */
static __always_inline void copy_tail(struct weft_record *to, const __u64 *from)
{
	__u64 *words = (__u64 *)to;

	words[1] = from[1];
	words[2] = from[2];
	words[3] = from[3];
}

/* A record of two units goes to the ring, stamped. */
static __always_inline void send_task(struct weft_task_record *record)
{
	const __u64 *words = (const __u64 *)record;
	struct weft_record *second;
	struct weft_ring *ring;
	struct weft_slot slot;
	__u32 cpu;
	__u64 now;

	ring = this_ring(&cpu);
	if (!ring || !reserve(&slot, ring, cpu, 2))
		return;
	now = bpf_ktime_get_ns();
	record->cpu = slot.cpu;
	second = unit_at(ring, slot.position + 1);
	if (second) { /* always; the verifier wants to hear it */
		second->time_ns = words[4];
		copy_tail(second, words + 4);
	}
	copy_tail(slot.record, words);
	commit(slot.record, now);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(weft_fork, struct task_struct *parent, struct task_struct *child)
{
	struct weft_task_record record = {};
	__u32 tgid = child->tgid, parent_tgid = parent->tgid;

	/* A tgid that is used again is not wanted for whom it named before. */
	if (tgid != parent_tgid && (!follow_children || !follow(parent_tgid, tgid)))
		bpf_map_delete_elem(&targets, &tgid);
	if (!may_see(child))
		return 0;
	describe_task(&record, child, WEFT_FORK);
	record.cgroup_id = cgroup_of(child);
	record.parent_tid = visible_tid(parent);
	send_task(&record);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(weft_exec, struct task_struct *task, int old_tid)
{
	struct weft_task_record record = {};

	if (!may_see(task))
		return 0;
	describe_task(&record, task, WEFT_EXEC);
	record.cgroup_id = cgroup_of(task);
	record.old_tid = old_tid;
	send_task(&record);
	return 0;
}

/*
 * As wait4() gives it: the group's code when the group was told to exit; else,
 * at the process's end, the leader's own, who may have gone long before.
 */
static __always_inline __u32 exit_status(struct task_struct *task, __u32 flags)
{
	if (flags & WEFT_TASK_GROUP_EXIT)
		return task->signal->group_exit_code;
	if (flags & WEFT_TASK_LAST_THREAD)
		return task->group_leader->exit_code;
	return task->exit_code;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(weft_exit, struct task_struct *task)
{
	struct weft_task_record record = {};
	__u32 flags = 0;

	if (task->signal->live.counter == 0)
		flags |= WEFT_TASK_LAST_THREAD;
	if (task->signal->flags & SIGNAL_GROUP_EXIT)
		flags |= WEFT_TASK_GROUP_EXIT;
	/* Its last switch is still to come, so it stays wanted: the tracer removes it. */
	if (!may_see(task))
		return 0;
	describe_task(&record, task, WEFT_EXIT);
	record.task_flags |= flags;
	record.status = exit_status(task, flags);
	send_task(&record);
	return 0;
}

SEC("tp_btf/task_rename")
int BPF_PROG(weft_rename, struct task_struct *task, const char *comm)
{
	struct weft_task_record record = {};

	if (!may_see(task))
		return 0;
	describe_task(&record, task, WEFT_RENAME);
	__builtin_memset(record.comm, 0, sizeof(record.comm));
	bpf_probe_read_kernel_str(record.comm, sizeof(record.comm), comm);
	send_task(&record);
	return 0;
}

static __always_inline bool is_on_cpu(struct task_struct *task)
{
	/* Without CONFIG_SMP there is no such field, and one task on a CPU: the reader. */
	if (!bpf_core_field_exists(task->on_cpu))
		return (__u64)task == bpf_get_current_task();
	return task->on_cpu != 0;
}

static __always_inline void describe_state(struct weft_switch *out, struct task_struct *task)
{
	__u32 state = task->exit_state ? TASK_DEAD : task->__state;

	if (!task->exit_state && is_on_cpu(task)) {
		describe_nothing(out);
		out->how = WEFT_LEFT_RUNNING;
		if (task->flags & worker_flags)
			out->flags = WEFT_FLAG_KERNEL;
		return;
	}
	/* Being woken is as good as woken. */
	describe_wait(out, task, state == 0 || state & TASK_WAKING, state, NULL, false);
}

/*
 * One STATE for every task that is wanted. It is stamped before the task is
 * looked at, so that any record of what happens meanwhile is later than it.
 */
SEC("iter/task")
int weft_snapshot(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct weft_state_record record = {};

	if (!task)
		return 0;
	record.task.time_ns = bpf_ktime_get_ns();
	if (!is_wanted(task))
		return 0;
	describe_task(&record.task, task, WEFT_STATE);
	record.task.units = sizeof(record) / WEFT_UNIT_BYTES;
	record.task.cpu = weft_task_cpu(task);
	record.task.cgroup_id = cgroup_of(task);
	record.leader_start_boottime_ns = task->group_leader->start_boottime;
	describe_state(&record.sw, task);
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

/* Adds to the targets every process whose parent is one; run until none is left. */
SEC("iter/task")
int weft_adopt(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (!task || task->pid != task->tgid || task->exit_state || is_target(task->tgid))
		return 0;
	if (follow(task->real_parent->tgid, task->tgid))
		adopted++;
	return 0;
}
