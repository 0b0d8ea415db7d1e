/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * ring.bpf.h: the programs' half of ring.h: reserve, fill, commit; or count
 * the loss. Every reserve ends in a commit. A record is stamped after its room
 * was reserved, so whoever reads the clock and then `head` knows where every
 * earlier record ends.
 *
 * Invariant: records reserved + records lost = records that a program wanted
 * to write. Both counts are atomic: plain ones lose counts when an interrupt
 * writes in the midst of a write.
 */
#ifndef WEFT_RING_BPF_H
#define WEFT_RING_BPF_H

#include "kernel-types.bpf.h"
#include "ring.h"

/* Tries of the compare-and-exchange; each failure is another writer's success. */
#define RESERVE_TRIES 8

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* ring_count; set before load */
	__type(key, __u32);
	__type(value, struct weft_ring);
} rings SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* ring_count * ring_units; set before load */
	__type(key, __u32);
	__type(value, struct weft_record);
} units SEC(".maps") __weak;

/* CPUs at load, set before it; a CPU that comes later shares a ring with another. */
const volatile __u32 ring_count __weak = 1;

/* Where a record's room is. */
struct weft_slot {
	struct weft_record *record; /* its first unit */
	struct weft_ring *ring;
	__u32 cpu, position;
};

/* This CPU's ring. Never NULL, which only the verifier does not know. */
static __always_inline struct weft_ring *this_ring(__u32 *cpu)
{
	__u32 index = *cpu = bpf_get_smp_processor_id();

	if (weft_unlikely(index >= ring_count))
		index %= ring_count;
	return bpf_map_lookup_elem(&rings, &index);
}

/* Whether the trace, or this group of it, has not begun yet, or is over; counted. */
static __always_inline bool is_closed(struct weft_ring *ring, enum weft_group group)
{
	if (!(ring->modes & (WEFT_RING_CLOSED | WEFT_RING_GROUP_OFF(group))))
		return false;
	__sync_fetch_and_add(&ring->closed_runs, 1);
	return true;
}

static __always_inline struct weft_record *unit_at(struct weft_ring *ring, __u32 position)
{
	__u32 index = ring->base + (position & ring->mask);

	return bpf_map_lookup_elem(&units, &index);
}

/* The units between @head and the ring's end when @count do not fit into them, else 0. */
static __always_inline __u32 padding(struct weft_ring *ring, __u64 head, __u32 count)
{
	__u32 left = ring->mask + 1 - ((__u32)head & ring->mask);

	return count > left ? left : 0;
}

/* Takes @count units from @head on; whether nobody else did in the meantime. */
static __always_inline bool take_units(struct weft_ring *ring, __u64 head, __u32 count)
{
	__u64 next = ((head >> 32) + 1) << 32 | (__u32)((__u32)head + count);

	return __sync_val_compare_and_swap(&ring->head, head, next) == head;
}

static __always_inline bool has_room(struct weft_ring *ring, __u64 head, __u32 count)
{
	return (__u32)((__u32)head + count - ring->known_tail) <= ring->mask + 1;
}

/* The whole record is written: now the reader may see it. @time_ns is not 0. */
static __always_inline void commit(struct weft_record *record, __u64 time_ns)
{
#if defined(__TARGET_ARCH_x86)
	barrier(); /* stores keep their order on this machine */
	*(volatile __u64 *)&record->time_ns = time_ns;
#else
	__sync_lock_test_and_set(&record->time_ns, time_ns);
#endif
}

static __noinline int write_padding(struct weft_ring *ring, __u32 position, __u32 count)
{
	struct weft_record *record;

	if (!ring)
		return 0;
	record = unit_at(ring, position);
	if (!record)
		return 0;
	record->kind = WEFT_PAD;
	record->units = count;
	commit(record, 1);
	return 0;
}

/* When the first try failed, or the record would run past the ring's end: looks where the
 * reader is now, tries again, and counts the loss at last. Out of line, so that the way
 * past it stays short. Returns the position, or -1. */
static __noinline __s64 take_units_slowly(struct weft_ring *ring, __u32 count)
{
	__u64 head, now;
	__u32 skipped;

	if (!ring)
		return -1;
	ring->known_tail = *(volatile __u32 *)&ring->tail;
	for (int i = 0; i < RESERVE_TRIES; i++) {
		head = *(volatile __u64 *)&ring->head;
		skipped = padding(ring, head, count);
		if (!has_room(ring, head, skipped + count))
			break;
		if (!take_units(ring, head, skipped + count))
			continue;
		if (skipped)
			write_padding(ring, head, skipped);
		return (__u32)((__u32)head + skipped);
	}
	now = bpf_ktime_get_ns();
	if (ring->lost == ring->lost_told)
		ring->first_ns = now;
	ring->last_ns = now;
	__sync_fetch_and_add(&ring->lost, 1);
	return -1;
}

/*
 * Room for a record of @count units, WEFT_MOST_UNITS at most; false, and counted, when
 * there is none. What is asked about a ring's end is asked for none of one unit, if
 * @count is a constant.
 */
static __always_inline bool reserve(struct weft_slot *slot, struct weft_ring *ring, __u32 cpu,
				    __u32 count)
{
	__u64 head = *(volatile __u64 *)&ring->head;
	__s64 position = (__u32)head;

	if (weft_unlikely((count > 1 && padding(ring, head, count)) ||
			  !has_room(ring, head, count) || !take_units(ring, head, count))) {
		position = take_units_slowly(ring, count);
		if (position < 0)
			return false;
	}
	slot->ring = ring;
	slot->cpu = cpu;
	slot->position = position;
	slot->record = unit_at(ring, position);
	return slot->record != NULL;
}

/* Fills what all records begin with, but for the time, which commits. */
static __always_inline void begin_record(struct weft_record *record, const struct weft_slot *slot,
					 __u8 kind, __u8 count, __u32 tid)
{
	record->kind = kind;
	record->units = count;
	record->cpu = slot->cpu;
	record->tid = tid;
}

#endif /* WEFT_RING_BPF_H */
