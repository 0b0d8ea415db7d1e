/* local-machine.h: this machine and its clocks. In: the kernel. Out: what a trace of it
 * says of it, until its source says the same or better. */
#pragma once
#include <time.h>
#include "trace/trace-store.h"

G_BEGIN_DECLS

/**
 * weft_local_clock_now:
 * @clock: any that clock_gettime() knows
 *
 * In nanoseconds, 0 when there is no such clock, as the kernel's events are stamped:
 * within a time namespace, what clock_gettime() says is shifted and this is not.
 */
guint64 weft_local_clock_now (clockid_t clock);

/* How far a time namespace moves what /proc says of CLOCK_BOOTTIME; 0 as a rule. */
gint64 weft_local_boottime_offset_ns (void);

/* Fills @info for this machine at this moment. */
void weft_local_machine_describe (WeftTraceInfo *info);

G_END_DECLS
