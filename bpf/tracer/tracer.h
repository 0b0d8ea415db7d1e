/* tracer.h: one loaded set of BPF programs with its ring. All libbpf calls
 * live behind this. In: targets and options. Out: records, and an exact account
 * of those that found no room. Library code: never logs, never exits. */
#pragma once
#include <gio/gio.h>
#include "record.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_SCOPE_MACHINE, /* every task */
  WEFT_SCOPE_TARGETS, /* the set of weft_tracer_set_targets; children join at fork */
  WEFT_SCOPE_OWN,     /* tasks that @uid may ptrace; others appear as OTHER */
} WeftScope;

typedef struct
{
  WeftScope scope;
  guint32 uid, gid;      /* of the caller; for WEFT_SCOPE_OWN */
  guint32 pid;           /* its process, whose user namespace and capabilities count; 0 when not
                          * known: then the first namespace and no capabilities */
  guint32 ring_bytes;    /* power of two, 256 KiB … 256 MiB; 0 = 32 MiB */
  gboolean only_targets; /* WEFT_SCOPE_OWN narrowed further to the target set */
} WeftTracerOptions;

typedef struct
{
  guint64 produced;         /* records the programs wanted to write */
  guint64 delivered;        /* records drained (LOST, SYNC and SUSPEND not among them) */
  guint64 lost;             /* found no room; produced = delivered + lost after the stop */
  guint64 recursion_misses; /* upper bound of program runs the kernel skipped */
  guint64 program_runs;     /* run_cnt of all programs; 0 unless bpf_stats is on */
  guint64 unfollowed;       /* children of targets for which the set had no room */
  guint64 runs_outside;     /* of program_runs, those before all were attached or after the end */
} WeftTracerAccount;

typedef struct _WeftTracer WeftTracer;

/**
 * weft_tracer_new:
 *
 * Checks kernel, BTF and rights, loads and attaches. Nothing is recorded
 * before weft_tracer_start. Needs CAP_BPF and CAP_PERFMON, nothing else.
 *
 * Returns: (transfer full): or NULL; @error says what is missing (BTF, rights,
 * kernel version, lockdown) and what to do
 */
WeftTracer *weft_tracer_new (const WeftTracerOptions *options, GError **error);
void weft_tracer_free (WeftTracer *self); /* detaches; accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftTracer, weft_tracer_free)

/* Attaches the groups that are wanted, then asks for a snapshot (STATE of all tasks in scope, then
 * SYNC). */
gboolean weft_tracer_start (WeftTracer *self, GError **error);
/* Ends the trace on all CPUs at once, then detaches; what is in the ring can still be
 * drained, what was lost is emitted. Nothing that is drained later is stamped after the end,
 * and weft_tracer_drain() says that time once nothing is left. */
void weft_tracer_stop (WeftTracer *self);

/* Replaces the target set; descendants by thread group join by themselves when
 * @children. At most 4096 @tgids. Takes a snapshot of the new set. */
gboolean weft_tracer_set_targets (WeftTracer *self, const guint32 *tgids, gsize n,
                                  gboolean children, GError **error);

/**
 * weft_tracer_set_groups:
 * @groups: a mask (groups.h); what is recorded always need not be in it
 *
 * Before the start, or live: what comes and what goes begins and ends on all CPUs at once.
 * When switches go, a LOST record of no loss says so; when they come, a snapshot follows.
 *
 * Returns: FALSE with %G_IO_ERROR_NOT_SUPPORTED when the kernel lacks what one of them needs
 */
gboolean weft_tracer_set_groups (WeftTracer *self, guint groups, GError **error);

/* Narrows or widens a running session to its targets (never beyond its scope); the next
 * drain takes a new snapshot, as it does after a loss. */
gboolean weft_tracer_set_only_targets (WeftTracer *self, gboolean only, GError **error);

/**
 * weft_tracer_drain:
 * @buffer: (out caller-allocates): at least 128 bytes, 8-byte aligned
 * @complete_until_ns: (out): every record stamped before it has been drained,
 *   by this call or an earlier one. Never decreases.
 *
 * Moves whole records from the ring to @buffer until it is full or the ring
 * empty. Returns the bytes written; when there are none because the next record
 * is longer than @buffer, weft_tracer_get_needed() is more than @bytes. Never
 * blocks.
 */
gsize weft_tracer_drain (WeftTracer *self, guint8 *buffer, gsize bytes, guint64 *complete_until_ns);
gsize weft_tracer_get_needed (WeftTracer *self);

/* Bytes that wait in the ring. */
gsize weft_tracer_get_pending (WeftTracer *self);
void weft_tracer_get_account (WeftTracer *self, WeftTracerAccount *account);

/* Named features of this kernel: "prev-state", "wake-context", "snapshot" … with
 * TRUE when there, else FALSE and why. (transfer full): a{s(bs)} */
GVariant *weft_tracer_get_capabilities (WeftTracer *self);

G_END_DECLS
