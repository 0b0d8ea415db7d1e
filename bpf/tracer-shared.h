/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* tracer-shared.h: what tracer.c and its programs share besides records. */
#ifndef WEFT_TRACER_SHARED_H
#define WEFT_TRACER_SHARED_H

#define WEFT_MAX_CPUS 1024     /* a power of two; beyond it accounts are shared */
#define WEFT_MAX_TARGETS 65536 /* processes wanted at a time, descendants included */

enum weft_filter {
	WEFT_FILTER_MACHINE = 0,
	WEFT_FILTER_OWN = 1,
};

/* One CPU's account, a cache line of its own. Only ever added to, but for
 * pending, which whoever reports it sets to 0. */
struct weft_account {
	__u64 produced;
	__u64 lost;
	__u64 pending; /* lost and not yet told */
	__u64 first_ns;
	__u64 last_ns;
	__u64 zero[3];
};

#endif /* WEFT_TRACER_SHARED_H */
