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

/* Set before load. */
const volatile __u32 ring_count __weak = 1; /* CPUs at load; a later one shares a ring */
const volatile __u32 ring_units __weak = 1; /* of each ring; a power of two */

/* A record's room: its first unit, and where that is. */
struct weft_slot {
	struct weft_record *record;
	__u32 cpu, ring, position;
};

static __always_inline void count_lost(struct weft_ring *ring)
{
	__u64 now = bpf_ktime_get_ns();

	if (ring->lost == ring->lost_told)
		ring->first_ns = now;
	ring->last_ns = now;
	__sync_fetch_and_add(&ring->lost, 1);
}

static __always_inline struct weft_record *unit_at(__u32 ring, __u32 position)
{
	__u32 index = ring * ring_units + (position & (ring_units - 1));

	return bpf_map_lookup_elem(&units, &index);
}

/* Room for a record of @count units, a constant; false, and counted, when there is none. */
static __always_inline bool reserve(struct weft_slot *slot, __u32 count)
{
	__u32 cpu = bpf_get_smp_processor_id();
	__u32 index = cpu < ring_count ? cpu : cpu % ring_count;
	struct weft_ring *ring = bpf_map_lookup_elem(&rings, &index);
	__u64 head, seen, next;

	if (!ring)
		return false;
	head = *(volatile __u64 *)&ring->head;
	for (int i = 0; i < RESERVE_TRIES; i++) {
		if ((__u32)((__u32)head + count - *(volatile __u32 *)&ring->tail) > ring_units)
			break;
		next = ((head >> 32) + 1) << 32 | (__u32)((__u32)head + count);
		seen = __sync_val_compare_and_swap(&ring->head, head, next);
		if (seen == head) {
			slot->cpu = cpu;
			slot->ring = index;
			slot->position = (__u32)head;
			slot->record = unit_at(index, (__u32)head);
			return slot->record != NULL;
		}
		head = seen;
	}
	count_lost(ring);
	return false;
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
