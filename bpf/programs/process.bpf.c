/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * process.bpf.c: birth, exec, exit, rename; the snapshot of all tasks; and the
 * descendants of the targets. In: four tracepoints and two iterators. Out:
 * records of two units (EXEC, with its command line, of up to ten) in this CPU's ring; STATE
 * records, three units, through the iterator's own file, where nothing can be lost.
 *
 * Lifecycle records go out for every task that may be seen, wanted or not, so
 * that the process tree is whole.
 */
#include "filter.bpf.h"
#include "ring.bpf.h"
#include "wait.bpf.h"

/* Processes that the last run of weft_adopt added to the targets. */
__u64 adopted = 0;

/* No switches are recorded: of nobody. */
volatile bool switches_untold = false;

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
static __always_inline void describe_task(struct weft_task_record *record, struct task_struct *task,
					  __u8 kind)
{
	record->kind = kind;
	record->units = sizeof(*record) / WEFT_UNIT_BYTES;
	record->tid = task->pid;
	record->tgid = task->tgid;
	record->parent_tgid = visible_tgid(task->real_parent);
	record->start_boottime_ns = task->start_boottime;
	record->task_flags = task->flags & PF_KTHREAD ? WEFT_TASK_KERNEL : 0;
	if (switches_untold || !is_wanted(task))
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

/* A record of @count units, @most at most, goes to the ring, stamped. */
static __always_inline void send_units(struct weft_task_record *record, __u32 count, __u32 most)
{
	const __u64 *words = (const __u64 *)record;
	struct weft_record *unit;
	struct weft_ring *ring;
	struct weft_slot slot;
	__u32 cpu;
	__u64 now;

	ring = this_ring(&cpu);
	if (!ring || is_closed(ring, WEFT_GROUP_LIFE) || !reserve(&slot, ring, cpu, count))
		return;
	now = bpf_ktime_get_ns();
	record->cpu = slot.cpu;
#pragma unroll
	for (__u32 i = 1; i < most; i++) {
		unit = i < count ? unit_at(ring, slot.position + i) : NULL;
		if (unit) { /* always, of those; the verifier wants to hear it */
			unit->time_ns = words[4 * i];
			copy_tail(unit, words + 4 * i);
		}
	}
	copy_tail(slot.record, words);
	commit(slot.record, now);
}

static __always_inline void send_task(struct weft_task_record *record)
{
	send_units(record, 2, 2);
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

#define EXEC_UNITS 10

struct exec_record {
	struct weft_task_record task;
	struct weft_part line;
	__u8 rest[(EXEC_UNITS - 3) * WEFT_UNIT_BYTES]; /* of its payload */
};

_Static_assert(sizeof(((struct exec_record *)0)->line.payload) +
			       sizeof(((struct exec_record *)0)->rest) ==
		       WEFT_COMMAND_LINE_BYTES,
	       "a command line has another length");

/* The words lie on the new stack, where the kernel has just put them. */
static __always_inline void add_command_line(struct exec_record *record, struct mm_struct *mm)
{
	__u64 start = mm->arg_start, length = mm->arg_end - start;
	__u32 bytes = WEFT_COMMAND_LINE_BYTES;

	if (length == 0)
		return;
	if (length < WEFT_COMMAND_LINE_BYTES)
		bytes = length & 0xff;
	if (bpf_probe_read_user(record->line.payload, bytes, (const void *)start))
		return;
	record->line.kind = WEFT_PART_COMMAND_LINE;
	record->line.bytes = bytes;
	record->line.number = length;
	/* 24 bytes are in the first unit, 32 in each that follows */
	record->line.units = (bytes + 8 + WEFT_UNIT_BYTES - 1) / WEFT_UNIT_BYTES;
	record->task.kind |= WEFT_HAS_PARTS;
	record->task.units += record->line.units;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(weft_exec, struct task_struct *task, int old_tid)
{
	struct exec_record record = {};

	if (!may_see(task))
		return 0;
	describe_task(&record.task, task, WEFT_EXEC);
	record.task.cgroup_id = cgroup_of(task);
	record.task.old_tid = old_tid;
	if (task->mm)
		add_command_line(&record, task->mm);
	send_units(&record.task, record.task.units, EXEC_UNITS);
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
	if (!begins_to_end(task))
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
	__u32 state = task->__state;

	if (task->exit_state) { /* its stack, and the registers there, may be gone */
		describe_nothing(out, WEFT_LEFT_DEAD);
		return;
	}
	if (is_on_cpu(task)) {
		describe_nothing(out, WEFT_LEFT_RUNNING);
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

/* The process that asks for a session over its own, looked at once, before it starts. */
int caller_tgid = 0;
bool caller_found = false;

/*
 * Finds what the caller has, unless its number is another's by now. Capabilities count
 * only while its owner may look into it: it could have become a program that has more
 * than its user.
 */
SEC("iter/task")
int weft_look_at_caller(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	const struct cred *cred;

	if (!task || task->pid != task->tgid || task->tgid != caller_tgid)
		return 0;
	cred = task->real_cred;
	if (!cred || cred->uid.val != own_uid || cred->euid.val != own_uid)
		return 0;
	own_user_ns = cred->user_ns->ns.inum;
	if (is_dumpable_by_owner(task))
		own_capabilities = weft_cred_capabilities(cred);
	caller_found = true;
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
