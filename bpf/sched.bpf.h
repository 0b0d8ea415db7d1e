/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* sched.bpf.h: switches and wakings, the bulk of the stream. */
#ifndef WEFT_SCHED_BPF_H
#define WEFT_SCHED_BPF_H

#include "wait.bpf.h"

#define SOFTIRQ_SERVING 0x00000100
#define HARDIRQ_MASK 0x000f0000
#define NMI_MASK 0x00f00000

static __always_inline int trace_switch(bool preempt, struct task_struct *prev,
					struct task_struct *next, __u32 state)
{
	struct weft_record *record;
	bool prev_seen;

	if (!recording)
		return 0;
	if (scope != WEFT_FILTER_MACHINE || only_targets)
		if (!wanted(prev) && !wanted(next))
			return 0;
	record = reserve(sizeof(*record), WEFT_SWITCH, visible_tid(prev));
	if (!record)
		return 0;
	record->sw.next_tid = visible_tid(next);
	prev_seen = prev->pid != 0 && may_see(prev);
	if (prev_seen) {
		/* preempt alone says nothing: without PREEMPT it is set for sleepers too */
		describe_wait(&record->sw, prev, preempt || state == 0, state);
	} else {
		record->sw.flags = 0;
		record->sw.how = WEFT_LEFT_UNKNOWN;
		record->sw.call = WEFT_CALL_NONE;
		record->sw.arg = 0;
	}
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(weft_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	/* 5.18 (fa2c3254d7) added prev_state; before, it may have changed since. */
	__u32 state = has_prev_state ? (__u32)ctx[3] : prev->__state;

	return trace_switch(preempt, prev, next, state);
}

/* In what context this CPU is: an interrupt wakes in the name of whoever it met. */
static __always_inline __u8 waker_context(struct task_struct *current_task)
{
	__u32 count = 0;

	if (!has_wake_context)
		return WEFT_CONTEXT_UNKNOWN;
#if defined(__TARGET_ARCH_x86)
	/* The address of the per-CPU count is no symbol that a program may ask for
	 * (without KALLSYMS_ALL), but its distance from the run queue is known. */
	__u64 rq;

	if (!bpf_core_field_exists(current_task->se.cfs_rq) ||
	    !bpf_core_field_exists(current_task->se.cfs_rq->rq))
		return WEFT_CONTEXT_UNKNOWN;
	rq = (__u64)current_task->se.cfs_rq->rq;
	if (bpf_probe_read_kernel(&count, sizeof(count), (void *)(rq + preempt_count_offset)))
		return WEFT_CONTEXT_UNKNOWN;
#else
	count = current_task->thread_info.preempt_count;
#endif
	if (count & NMI_MASK)
		return WEFT_CONTEXT_NMI;
	if (count & HARDIRQ_MASK)
		return WEFT_CONTEXT_HARDIRQ;
	return count & SOFTIRQ_SERVING ? WEFT_CONTEXT_SOFTIRQ : WEFT_CONTEXT_TASK;
}

SEC("tp_btf/sched_waking")
int BPF_PROG(weft_wake, struct task_struct *woken)
{
	struct task_struct *waker;
	struct weft_record *record;
	__u8 context;

	if (!recording)
		return 0;
	if ((scope != WEFT_FILTER_MACHINE || only_targets) && !wanted(woken))
		return 0;
	waker = bpf_get_current_task_btf();
	context = waker_context(waker);
	record = reserve(sizeof(*record), WEFT_WAKE,
			 context == WEFT_CONTEXT_TASK ? visible_tid(waker) : 0);
	if (!record)
		return 0;
	record->wake.woken_tid = woken->pid;
	record->wake.target_cpu = woken->wake_cpu;
	record->wake.context = context;
	record->wake.flags = 0;
	record->wake.zero = 0;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

#endif /* WEFT_SCHED_BPF_H */
