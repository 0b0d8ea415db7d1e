/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * target.h: what the programs and the tracer keep of a process that is wanted,
 * by its id (tgid).
 */
#ifndef WEFT_TARGET_H
#define WEFT_TARGET_H

#ifndef WEFT_RECORD_TYPES_DEFINED
#include <linux/types.h>
#endif

struct weft_target
{
  __u64 since_ns; /* CLOCK_MONOTONIC: an end of before is that of who had the id then; 0 of one
                   * that was chosen */
  __u32 root;     /* the target that it descends from; its own id for a target */
  __u32 reserved;
};

#endif
