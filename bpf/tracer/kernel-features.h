/* kernel-features.h: what this kernel has, as its own type information (BTF) tells. The
 * programs get it as constants: a program that asked itself would fail to load without
 * root where a type is missing. */
#pragma once
#include <gio/gio.h>
#include "groups.h"

G_BEGIN_DECLS

struct btf;

typedef enum
{
  WEFT_PREV_STATE_NONE, /* before 5.18 sched_switch does not tell it */
  WEFT_PREV_STATE_SECOND,
  WEFT_PREV_STATE_LAST,
} WeftPrevState;

typedef struct
{
  WeftGroupLack lacks[WEFT_N_GROUPS];
  WeftPrevState prev_state;
  gboolean wake_context;         /* the preempt count can be read */
  gint64 preempt_count_distance; /* bytes from a CPU's run queue to it; 0 where it is in the task */
  gboolean user_workers;         /* PF_USER_WORKER exists */
  gboolean cgroups;
  gboolean frozen_state; /* 6.1 or newer: TASK_FROZEN, and not PF_FROZEN, tells a frozen task */
  gboolean throttling;   /* CONFIG_CFS_BANDWIDTH */
  gboolean modern;       /* 6.2 or newer: bpf_rdonly_cast() exists, and prev_state stands last */
} WeftKernelFeatures;

/**
 * weft_kernel_features_read:
 * @features: (out caller-allocates): untouched on failure
 *
 * Reads /sys/kernel/btf/vmlinux, which anyone may.
 *
 * Returns: FALSE with %G_IO_ERROR_NOT_SUPPORTED when the kernel has no BTF, or lacks
 *   something that nothing works without; the message names it
 */
gboolean weft_kernel_features_read (WeftKernelFeatures *features, GError **error);

/* The same for a kernel whose type information is at hand. */
gboolean weft_kernel_features_find (const struct btf *btf, WeftKernelFeatures *features,
                                    GError **error);

gboolean weft_kernel_has_tracepoint (const struct btf *btf, const char *name);
gboolean weft_kernel_has_member (const struct btf *btf, const char *structure, const char *member);

G_END_DECLS
