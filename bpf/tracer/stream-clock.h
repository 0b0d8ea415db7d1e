/* stream-clock.h: the clocks of the records. In: the kernel's clocks as they are shown
 * to this process. Out: nanoseconds as the programs stamp them. */
#pragma once
#include <glib.h>
#include <time.h>

G_BEGIN_DECLS

/**
 * weft_stream_clock_now:
 * @clock: CLOCK_MONOTONIC, CLOCK_BOOTTIME or CLOCK_REALTIME
 *
 * Programs know of no time namespace; clock_gettime() does, so that within one it is
 * away from bpf_ktime_get_ns() by what this takes off again.
 */
guint64 weft_stream_clock_now (clockid_t clock);

G_END_DECLS
