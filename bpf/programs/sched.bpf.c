/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * sched.bpf.c: switches and wakings, the bulk of the stream. In: two
 * tracepoints. Out: one unit each in this CPU's ring. Every nanosecond here is
 * paid at each context switch of the machine: measure with bench-switch before
 * and after a change.
 *
 * Known gap: on kernels before 5.18 the state of a thread that leaves its CPU
 * is read late (WEFT_FLAG_LATE_STATE). A waking may come before the switch-out
 * that it ends; the app's model sees to that, not this.
 */
#include "filter.bpf.h"
#include "ring.bpf.h"
#include "wait.bpf.h"

/* linux/preempt.h */
#define SOFTIRQ_SERVING 0x00000100
#define HARDIRQ_MASK 0x000f0000
#define NMI_MASK 0x00f00000

/* Set before load. */
const volatile bool prev_state_is_second = false;
/* From a CPU's run queue to its preempt count, in bytes; 0 when unknown. A constant,
 * since the verifier allows no other sum with a pointer. */
const volatile __s64 preempt_count_distance = 0;

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Left with work to do: whatever state it had set, it stays on its run queue. */
static __always_inline bool left_runnable(bool preempt, struct task_struct *prev, __u32 state)
{
	if (preempt || state == 0)
		return true;
	/* A signal was pending: until 6.14 the tracepoint still gives the state that the
	 * thread had asked for. Whoever wakes it has to wait for this switch, so a state
	 * of 0 here can have no other cause. */
	return prev->__state == 0;
}

/* Out of line like all that a session over the whole machine does not need. */
static __noinline bool switch_is_wanted(struct weft_ring *ring, struct task_struct *prev,
					struct task_struct *next)
{
	return ring && !is_closed(ring, WEFT_GROUP_SCHED) && (is_wanted(prev) || is_wanted(next));
}

/* Whether the owner of other processes may not see how a thread left its CPU. */
static __noinline bool hides(struct task_struct *task)
{
	return task->pid == 0 || !is_own(task);
}

/* How a task that is ending leaves. */
static __noinline __u8 leaves_with(struct task_struct *task, bool runnable, __u32 state)
{
	if (runnable)
		return WEFT_LEFT_PREEMPTED;
	return state & TASK_INTERRUPTIBLE ? WEFT_LEFT_SLEEP : rare_left(task, state);
}

static __always_inline int trace_switch(bool preempt, struct task_struct *prev,
					struct task_struct *next, __u32 state, const bool modern)
{
	struct weft_record *record;
	struct weft_ring *ring;
	struct weft_slot slot;
	bool filters;
	__u32 cpu;
	__u64 now;

	ring = this_ring(&cpu);
	if (!ring)
		return 0;
	filters = ring->modes != 0;
	if (weft_unlikely(filters) && !switch_is_wanted(ring, prev, next))
		return 0;
	if (!reserve(&slot, ring, cpu, 1))
		return 0;
	now = bpf_ktime_get_ns();
	record = slot.record;
	if (weft_unlikely(filters)) {
		begin_record(record, &slot, WEFT_SWITCH, 1, wanted_tid(prev));
		record->sw.next_tid = wanted_tid(next);
	} else {
		begin_record(record, &slot, WEFT_SWITCH, 1, prev->pid);
		record->sw.next_tid = next->pid;
	}
	if (weft_unlikely(filters) && (record->tid == WEFT_TID_OTHER || (own_only && hides(prev))))
		/* A bystander's call is nobody's business here. */
		describe_nothing(&record->sw, WEFT_LEFT_UNKNOWN);
	else if (weft_unlikely(filters) && own_only && !prev->mm)
		/* It is ending. Whose memory it borrows may be another's by now: no call. */
		describe_nothing(&record->sw,
				 leaves_with(prev, left_runnable(preempt, prev, state), state));
	else
		describe_wait(&record->sw, prev, left_runnable(preempt, prev, state), state, ring,
			      modern);
	commit(record, now);
	return 0;
}

SEC("tp_btf/sched_switch")
int weft_switch(__u64 *ctx)
{
	return trace_switch(ctx[0], (void *)ctx[1], (void *)ctx[2], ctx[3], true);
}

/* Where bpf_rdonly_cast() is missing. 5.18 (fa2c3254d7cf) put prev_state second, 5.19
 * (9c2136be0878) last; before, the state may have changed since it was decided on. */
SEC("tp_btf/sched_switch")
int weft_switch_before_6_2(__u64 *ctx)
{
	if (prev_state_is_second)
		return trace_switch(ctx[0], (void *)ctx[2], (void *)ctx[3], ctx[1], false);
	if (has_prev_state)
		return trace_switch(ctx[0], (void *)ctx[1], (void *)ctx[2], ctx[3], false);
	return trace_switch(ctx[0], (void *)ctx[1], (void *)ctx[2],
			    ((struct task_struct *)ctx[1])->__state, false);
}

/* Known at load, so that the verifier drops what does not apply. Without
 * CONFIG_FAIR_GROUP_SCHED no task leads to its run queue. */
static __always_inline bool has_queue(void)
{
	return bpf_core_field_exists(((struct sched_entity *)0)->cfs_rq) &&
	       bpf_core_field_exists(((struct cfs_rq *)0)->rq);
}

/* The current task and, from it, its CPU's run queue; kept in the ring unless that is
 * shared with a CPU that came later. */
static __noinline __u64 find_queue(struct weft_ring *ring, __u32 cpu)
{
	struct task_struct *current = bpf_get_current_task_btf();
	__u64 queue;

	if (!ring)
		return 0;
	queue = (__u64)current->se.cfs_rq->rq;
	if (cpu < ring_count)
		ring->queue = queue;
	return queue;
}

static __always_inline __u64 this_queue(struct weft_ring *ring, __u32 cpu)
{
	if (!has_queue())
		return 0;
	if (weft_likely(ring->queue && cpu < ring_count))
		return ring->queue;
	return find_queue(ring, cpu);
}

#if defined(__TARGET_ARCH_x86)

/* The count is per CPU and no symbol that a program may ask for (without
 * KALLSYMS_ALL), but its distance from the run queue is known. */
static __always_inline bool read_preempt_count(__u64 queue, struct task_struct *current,
					       __u32 *count, const bool modern)
{
	if (preempt_count_distance == 0 || !has_queue())
		return false;
	if (!modern)
		return !bpf_probe_read_kernel(count, sizeof(*count),
					      (void *)(queue + preempt_count_distance));
	/* A struct that begins with a number stands in for the variable. */
	*count = WEFT_CAST(struct timespec64, queue + preempt_count_distance)->tv_sec;
	return true;
}

#else

static __always_inline bool read_preempt_count(__u64 queue, struct task_struct *current,
					       __u32 *count, const bool modern)
{
	if (!bpf_core_field_exists(current->thread_info.preempt_count))
		return false;
	*count = current->thread_info.preempt_count;
	return true;
}

#endif

/* In what context this CPU is: an interrupt wakes in the name of whoever it met. */
static __always_inline __u8 waker_context(__u64 queue, struct task_struct *current,
					  const bool modern)
{
	__u32 count = 0;

	if (!read_preempt_count(queue, current, &count, modern))
		return WEFT_CONTEXT_UNKNOWN;
	if (weft_likely(!(count & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_SERVING))))
		return WEFT_CONTEXT_TASK;
	if (count & NMI_MASK)
		return WEFT_CONTEXT_NMI;
	return count & HARDIRQ_MASK ? WEFT_CONTEXT_HARDIRQ : WEFT_CONTEXT_SOFTIRQ;
}

/* Whether a waking is told, and with what flags: -1 when it is not. That of a bystander by a
 * wanted task is; but in a session over the caller's own OTHER would tell nothing. Out of
 * line, for the few sessions that ask. */
static __noinline int wake_flags(struct weft_ring *ring, struct task_struct *woken,
				 struct task_struct *waker, __u8 context)
{
	if (!ring || is_closed(ring, WEFT_GROUP_SCHED))
		return -1;
	if (is_wanted(woken))
		return 0;
	if (own_only || context != WEFT_CONTEXT_TASK || !is_wanted(waker))
		return -1;
	return WEFT_WAKE_UNWANTED;
}

static __always_inline int trace_wake(struct task_struct *woken, const bool modern)
{
	struct task_struct *waker;
	struct weft_record *record;
	struct weft_ring *ring;
	struct weft_slot slot;
	__u32 cpu, waker_tid = 0;
	int flags = 0;
	__u8 context;
	__u64 queue, now;

	ring = this_ring(&cpu);
	if (!ring)
		return 0;
	queue = this_queue(ring, cpu);
	/* What the queue knows to run is the current task; asking for it costs a call. */
	if (modern && has_queue())
		waker = WEFT_CAST(struct rq, queue)->curr;
	else
		waker = bpf_get_current_task_btf();
	context = waker_context(queue, waker, modern);
	if (weft_unlikely(ring->modes)) {
		flags = wake_flags(ring, woken, waker, context);
		if (flags < 0)
			return 0;
	}
	if (!reserve(&slot, ring, cpu, 1))
		return 0;
	now = bpf_ktime_get_ns();
	if (context == WEFT_CONTEXT_TASK)
		waker_tid = weft_unlikely(ring->modes) ? visible_tid(waker) : waker->pid;
	record = slot.record;
	begin_record(record, &slot, WEFT_WAKE, 1, waker_tid);
	record->wake.woken_tid = woken->pid;
	record->wake.target_cpu = weft_task_cpu(woken);
	record->wake.context = context;
	record->wake.flags = flags;
	record->wake.zero = 0;
	commit(record, now);
	return 0;
}

SEC("tp_btf/sched_waking")
int BPF_PROG(weft_wake, struct task_struct *woken)
{
	return trace_wake(woken, true);
}

SEC("tp_btf/sched_waking")
int BPF_PROG(weft_wake_before_6_2, struct task_struct *woken)
{
	return trace_wake(woken, false);
}
