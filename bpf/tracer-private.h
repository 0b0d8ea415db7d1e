/* tracer-private.h: what tracer.c and tracer-load.c share. */
#pragma once
#include "kernel-features.h"
#include "ring-reader.h"
#include "snapshot.h"
#include "target-ends.h"
#include "tracer.h"
#include "weft.skel.h"

#define WEFT_TRACER_PROGRAMS 6 /* that are attached; the iterators are run */

struct _WeftTracer
{
  WeftTracerOptions options;
  WeftKernelFeatures features;

  struct weft_bpf *bpf;
  struct bpf_program *switch_program, *wake_program;
  struct bpf_link *links[WEFT_TRACER_PROGRAMS];
  guint n_links;
  gboolean running;

  struct weft_ring *rings; /* the maps' memory */
  void *units;
  guint n_rings;
  gsize rings_bytes, units_bytes;
  WeftRingReader *reader;

  WeftSnapshot snapshot;
  gboolean snapshot_due;
  guint64 states;    /* records of ended snapshots */
  guint64 lost_seen; /* since then a snapshot was asked for */

  gboolean marked; /* mark_ns waits to become complete_until_ns */
  guint64 mark_ns, complete_until_ns;
  guint64 suspended_ns;
  WeftTargetEnds *ends;
};

/* Tells the programs whom to record, within the scope. */
void weft_tracer_set_filter (WeftTracer *self, gboolean only_targets);
