/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * ring.h: how the programs and the tracer share one ring per CPU. In: records
 * from the programs (ring.bpf.h). Out: records for ring-reader.c, which maps
 * both arrays into its memory.
 *
 * A ring is a run of 32-byte units in one large array, and a struct weft_ring
 * beside it. Writing: advance `head` by compare-and-exchange (an interrupt may
 * write in the midst of a write), fill the units, and store the first unit's
 * time_ns last. A unit whose time_ns is zero is free or still being written;
 * the reader stops there, zeroes what it took, and moves `tail` when it has noted
 * what was lost. So a record that is being written is never overtaken, and nobody takes a lock.
 *
 * A record never wraps: where it would run past the ring's end, its writer takes
 * the units up to the end as well, and makes one record of WEFT_PAD of them. It
 * counts as none, and the reader never hands it out.
 *
 * Why not the kernel's own ring buffer: it is one for all CPUs behind a
 * spinlock, and a reserve and submit of it cost three times as much.
 */
#ifndef WEFT_RING_H
#define WEFT_RING_H

#include "record.h"

/* The longest record that a program may write; the smallest ring holds two. */
#define WEFT_MOST_UNITS 64
/* The kind of what fills a ring's end. */
#define WEFT_PAD 0

/* Not every task is wanted: ask before writing. */
#define WEFT_RING_FILTERS 0x1
/* Nothing is written. A trace begins and ends on all CPUs at once, and not program by
 * program, as they are attached and detached. */
#define WEFT_RING_CLOSED 0x2
/* The same for the programs of one group, while they are attached or detached. */
#define WEFT_RING_GROUP_OFF(group) (0x100u << (group))

struct weft_ring
{
  /* What every write touches, on one line. */
  __u64 head;          /* both halves move together, modulo 2^32: low the position in units,
                        * high the number of records */
  __u32 known_tail;    /* `tail` when a writer last looked, which is when it saw no room */
  __u32 mask;          /* units of this ring - 1; their number is a power of two */
  __u32 base;          /* its first unit in the array */
  __u32 modes;         /* WEFT_RING_…; 0 while the whole machine is told of */
  __u64 queue;         /* this CPU's run queue, and where a task's user registers are from its */
  __u64 regs_distance; /* stack on, found by the first who needed them. Stay in the helper. */
  /* Written when there is no room. */
  __u64 lost;     /* records, ever; only added to */
  __u64 first_ns; /* of those since lost was lost_told */
  __u64 last_ns;
  /* What the reader writes, on a line of its own. */
  __u64 tail;        /* low half: units before this position are free again */
  __u64 lost_told;   /* of lost, how many it has told of */
  __u64 closed_runs; /* of programs that found it closed; only added to, by them */
  __u64 zeros[5];
};

_Static_assert(sizeof (struct weft_ring) == 128, "two cache lines");

#endif /* WEFT_RING_H */
