/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* process.bpf.h: birth, exec, exit, rename, and the snapshot of all tasks.
 * Lifecycle records go out for every task that may be seen, wanted or not, so
 * that the process tree is whole. */
#ifndef WEFT_PROCESS_BPF_H
#define WEFT_PROCESS_BPF_H

#include "wait.bpf.h"

static __always_inline void fill_task(struct weft_task_record *record, struct task_struct *task)
{
	record->tgid = task->tgid;
	record->parent_tgid = BPF_CORE_READ(task, real_parent, tgid);
	record->start_boottime_ns = task->start_boottime;
	record->cgroup_id = 0;
	record->status = 0;
	record->task_flags = task->flags & PF_KTHREAD ? WEFT_TASK_KERNEL : 0;
	__builtin_memset(record->comm, 0, sizeof(record->comm));
	bpf_probe_read_kernel_str(record->comm, sizeof(record->comm), task->comm);
}

static __always_inline __u64 cgroup_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(weft_fork, struct task_struct *parent, struct task_struct *child)
{
	struct weft_task_record *record;
	__u32 tgid = child->tgid;
	__u8 one = 1;

	if (follow_children && is_target(parent->tgid) && !is_target(tgid))
		bpf_map_update_elem(&targets, &tgid, &one, BPF_ANY);
	if (!recording || !may_see(child))
		return 0;
	record = reserve(sizeof(*record), WEFT_FORK, child->pid);
	if (!record)
		return 0;
	fill_task(record, child);
	record->cgroup_id = cgroup_of(child);
	record->parent_tid = visible_tid(parent);
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(weft_exec, struct task_struct *task, int old_tid)
{
	struct weft_task_record *record;

	if (!recording || !may_see(task))
		return 0;
	record = reserve(sizeof(*record), WEFT_EXEC, task->pid);
	if (!record)
		return 0;
	fill_task(record, task);
	record->cgroup_id = cgroup_of(task);
	record->old_tid = old_tid;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(weft_exit, struct task_struct *task)
{
	bool last = BPF_CORE_READ(task, signal, live.counter) == 0;
	__u32 signal_flags = BPF_CORE_READ(task, signal, flags);
	struct weft_task_record *record;
	__u32 tgid = task->tgid;

	if (last)
		bpf_map_delete_elem(&targets, &tgid);
	if (!recording || !may_see(task))
		return 0;
	record = reserve(sizeof(*record), WEFT_EXIT, task->pid);
	if (!record)
		return 0;
	fill_task(record, task);
	record->status = task->exit_code;
	if (signal_flags & SIGNAL_GROUP_EXIT) {
		record->status = BPF_CORE_READ(task, signal, group_exit_code);
		record->task_flags |= WEFT_TASK_GROUP_EXIT;
	}
	if (last)
		record->task_flags |= WEFT_TASK_LAST_THREAD;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

SEC("tp_btf/task_rename")
int BPF_PROG(weft_rename, struct task_struct *task, const char *comm)
{
	struct weft_task_record *record;

	if (!recording || !may_see(task) || weft_in_exec(task))
		return 0;
	record = reserve(sizeof(*record), WEFT_RENAME, task->pid);
	if (!record)
		return 0;
	fill_task(record, task);
	__builtin_memset(record->comm, 0, sizeof(record->comm));
	bpf_probe_read_kernel_str(record->comm, sizeof(record->comm), comm);
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

static __always_inline void describe_state(struct weft_switch *sw, struct task_struct *task)
{
	__u32 state = task->__state;

	sw->next_tid = 0;
	if (task->on_cpu && !task->exit_state) {
		sw->flags = task->flags & PF_KTHREAD ? WEFT_FLAG_KERNEL : 0;
		sw->how = WEFT_LEFT_RUNNING;
		sw->call = WEFT_CALL_NONE;
		sw->arg = 0;
		return;
	}
	if (task->exit_state)
		state = TASK_DEAD;
	describe_wait(sw, task, state == 0, state);
}

/* One STATE for every task that is wanted. */
SEC("iter/task")
int weft_snapshot(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct weft_state_record *record;

	if (!task || !may_see(task) || task->pid == 0)
		return 0;
	record = reserve(sizeof(*record), WEFT_STATE, task->pid);
	if (!record)
		return 0;
	fill_task(&record->task, task);
	record->task.cpu = weft_task_cpu(task);
	record->task.cgroup_id = cgroup_of(task);
	describe_state(&record->sw, task);
	record->leader_start_boottime_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	record->zero = 0;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

#endif /* WEFT_PROCESS_BPF_H */
