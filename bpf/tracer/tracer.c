/* tracer.c: see the header. In: start, stop, which groups. Out: programs that are attached,
 * and rings that are open, exactly as long. Loading is in tracer-load.c, draining in
 * tracer-drain.c, whom it is about in tracer-targets.c. */
#include "tracer-private.h"
#include "bpf-error.h"
#include "stream-clock.h"
#include <bpf/libbpf.h>
#include <errno.h>
#include <glib/gi18n.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
set_modes (WeftTracer *self, guint groups_off)
{
  guint32 modes = (self->narrowed ? WEFT_RING_FILTERS : 0) | (self->running ? 0 : WEFT_RING_CLOSED)
                  | groups_off * WEFT_RING_GROUP_OFF (0);

  for (guint i = 0; i < self->n_rings; i++)
    __atomic_store_n (&self->rings[i].modes, modes, __ATOMIC_RELEASE);
}

void
weft_tracer_set_filter (WeftTracer *self, gboolean only_targets)
{
  only_targets = only_targets || self->options.scope == WEFT_SCOPE_TARGETS;
  /* from here on nobody watches who ends, and his number may be another's */
  if (!only_targets)
    weft_target_ends_forget (self->ends);
  self->bpf->bss->only_targets = only_targets;
  self->narrowed = only_targets || self->options.scope == WEFT_SCOPE_OWN;
  weft_ring_reader_set_watch (self->reader, weft_tracer_watched_kinds (self), weft_tracer_watch_cb,
                              self);
  set_modes (self, 0);
}

/* A program that ran on another CPU while it was detached has ended when this returns. */
static void
await_programs (void)
{
  if (syscall (__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) != 0)
    g_usleep (20000);
}

/* --- groups --------------------------------------------------------------- */

static guint64
kinds_of (guint groups)
{
  guint64 kinds = 0;

#define KIND_OF_GROUP(name, number, units, group, ...)                                             \
  if (groups & WEFT_GROUP_BIT (WEFT_GROUP_##group))                                                \
    kinds |= G_GUINT64_CONSTANT (1) << number;
  WEFT_KINDS (KIND_OF_GROUP)
#undef KIND_OF_GROUP
  return kinds;
}

/* Of which groups the programs are attached. */
static void
set_attached (WeftTracer *self, guint groups)
{
  self->attached = groups;
  self->bpf->bss->switches_untold = !(groups & WEFT_GROUP_BIT (WEFT_GROUP_SCHED));
}

static void
detach (WeftTracer *self, guint groups)
{
  for (guint group = 0; group < WEFT_N_GROUPS; group++)
    for (guint i = 0; groups & WEFT_GROUP_BIT (group) && i < WEFT_GROUP_PROGRAMS; i++)
      {
        bpf_link__destroy (self->links[group][i]);
        self->links[group][i] = NULL;
      }
  set_attached (self, self->attached & ~groups);
}

static gboolean
attach_group (WeftTracer *self, guint group, GError **error)
{
  for (guint i = 0; i < WEFT_GROUP_PROGRAMS; i++)
    {
      struct bpf_program *program = weft_tracer_find_program (self, group, i);

      if (program == NULL)
        continue;
      self->links[group][i] = bpf_program__attach (program);
      if (self->links[group][i] == NULL)
        {
          weft_bpf_set_error (error, _ ("Cannot attach the tracing programs"), -errno);
          return FALSE;
        }
    }
  set_attached (self, self->attached | WEFT_GROUP_BIT (group));
  return TRUE;
}

/* All or none. */
static gboolean
attach (WeftTracer *self, guint groups, GError **error)
{
  for (guint group = 0; group < WEFT_N_GROUPS; group++)
    if (groups & WEFT_GROUP_BIT (group) && !attach_group (self, group, error))
      {
        detach (self, groups);
        return FALSE;
      }
  return TRUE;
}

/* What was asked for, what is recorded always, and no more than this kernel has. */
static guint
groups_to_attach (WeftTracer *self)
{
  guint groups = self->wanted;

  for (guint group = 0; group < WEFT_N_GROUPS; group++)
    if (weft_group_get (group)->always)
      groups |= WEFT_GROUP_BIT (group);
  return groups & weft_tracer_available_groups (self);
}

/* What comes begins on all CPUs at once, when all of its programs are attached. */
static gboolean
attach_live (WeftTracer *self, guint groups, GError **error)
{
  gboolean attached;

  set_modes (self, groups);
  attached = attach (self, groups, error);
  if (attached)
    weft_ring_reader_set_end (self->reader, kinds_of (groups), G_MAXUINT64);
  set_modes (self, 0);
  self->snapshot_due |= attached && groups != 0;
  return attached;
}

/* What goes ends on all CPUs at once. */
static void
detach_live (WeftTracer *self, guint groups)
{
  guint64 end_ns = weft_stream_clock_now (CLOCK_MONOTONIC);

  set_modes (self, groups);
  weft_ring_reader_set_end (self->reader, kinds_of (groups), end_ns);
  detach (self, groups);
  await_programs ();
  set_modes (self, 0);
  if (groups & WEFT_GROUP_BIT (WEFT_GROUP_SCHED))
    self->untold_ns = end_ns;
}

static gboolean
refuse_missing (WeftTracer *self, guint groups, GError **error)
{
  for (guint group = 0; group < WEFT_N_GROUPS; group++)
    if (groups & WEFT_GROUP_BIT (group) && self->features.lacks[group].missing != NULL)
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                     _ ("Cannot record the group “%s”: this kernel lacks “%s”"),
                     weft_group_get (group)->id, self->features.lacks[group].missing);
        return TRUE;
      }
  return FALSE;
}

gboolean
weft_tracer_set_groups (WeftTracer *self, guint groups, GError **error)
{
  guint to_attach;

  if (refuse_missing (self, groups, error))
    return FALSE;
  self->wanted = groups;
  to_attach = groups_to_attach (self);
  if (!self->running)
    return TRUE;
  if (to_attach & ~self->attached && !attach_live (self, to_attach & ~self->attached, error))
    return FALSE;
  if (self->attached & ~to_attach)
    detach_live (self, self->attached & ~to_attach);
  return TRUE;
}

/* --- start and stop ------------------------------------------------------- */

gboolean
weft_tracer_start (WeftTracer *self, GError **error)
{
  g_return_val_if_fail (!self->running, FALSE);
  if (!attach (self, groups_to_attach (self), error))
    return FALSE;
  self->end_ns = 0;
  weft_ring_reader_end (self->reader, G_MAXUINT64);
  self->running = TRUE;
  set_modes (self, 0);
  self->suspended_ns = weft_tracer_read_suspended_ns ();
  self->snapshot_due = TRUE;
  return TRUE;
}

void
weft_tracer_stop (WeftTracer *self)
{
  if (!self->running)
    return;
  /* Before the rings close: detaching takes tens of milliseconds. */
  self->end_ns = weft_stream_clock_now (CLOCK_MONOTONIC);
  self->running = FALSE;
  set_modes (self, 0);
  weft_ring_reader_end (self->reader, self->end_ns);
  detach (self, self->attached);
  self->snapshot_due = FALSE;
  weft_tracer_end_snapshot (self);
  await_programs (); /* from now on the counts stand still */
}
