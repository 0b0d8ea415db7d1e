/* tracer-private.h: what tracer.c and tracer-load.c share. */
#pragma once
#include "groups.h"
#include "kernel-features.h"
#include "ring-reader.h"
#include "snapshot.h"
#include "target-ends.h"
#include "tracer.h"
#include "weft.skel.h"

struct _WeftTracer
{
  WeftTracerOptions options;
  WeftKernelFeatures features;

  struct weft_bpf *bpf;
  struct bpf_link *links[WEFT_N_GROUPS][WEFT_GROUP_PROGRAMS];
  guint wanted, attached; /* groups */
  gboolean running;
  gboolean narrowed; /* not every task of the scope is wanted */
  guint64 end_ns;    /* until when the programs watched; 0 before the stop */

  struct weft_ring *rings; /* the maps' memory */
  void *units;
  guint n_rings;
  gsize rings_bytes, units_bytes;
  WeftRingReader *reader;

  WeftSnapshot snapshot;
  gboolean snapshot_due;
  guint64 states;      /* records of ended snapshots */
  guint64 untold_ns;   /* since when switches are not recorded, to be told of; 0 nothing to tell */
  guint64 losses_told; /* since then a snapshot was asked for */

  gboolean marked; /* mark_ns waits to become complete_until_ns */
  guint64 mark_ns, complete_until_ns;
  guint64 suspended_ns;
  WeftTargetEnds *ends;
};

/* Tells the programs whom to record, within the scope. */
void weft_tracer_set_filter (WeftTracer *self, gboolean only_targets);

/* Those of which the kernel lacks nothing. */
guint weft_tracer_available_groups (WeftTracer *self);

/* The program of a group's row that this kernel can load, or NULL. */
struct bpf_program *weft_tracer_find_program (WeftTracer *self, enum weft_group number, guint i);

/* Drops a running snapshot; what was read of it counts as delivered. */
void weft_tracer_end_snapshot (WeftTracer *self);

/* How long the machine has slept, ever. */
guint64 weft_tracer_read_suspended_ns (void);

/* Of a process that has ended: nobody asks for it any more. */
void weft_tracer_forget_target (WeftTracer *self, const WeftTargetEnd *end);

/* Learns which targets end: of which kinds of records, and from one of them. */
guint64 weft_tracer_watched_kinds (WeftTracer *self);
void weft_tracer_watch_cb (const struct weft_record *record, gpointer user_data);
