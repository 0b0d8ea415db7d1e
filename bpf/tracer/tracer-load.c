/* tracer-load.c: from options and the kernel's features to loaded programs and mapped
 * rings; and all of it away again. */
#include "tracer-private.h"
#include "bpf-error.h"
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <glib/gi18n.h>
#include <sys/mman.h>
#include <unistd.h>

#define DEFAULT_RING_BYTES (32u << 20)
#define LEAST_RING_BYTES (256u << 10)
#define MOST_RING_BYTES (256u << 20)
/* Of one CPU: 10 ms at 400,000 records a second; or what was asked for, in any case: */
#define DEFAULT_CPU_BYTES (128u << 10)
#define LEAST_CPU_BYTES (4u << 10)
#define PF_USER_WORKER 0x4000
#define PF_FROZEN 0x10000 /* before 6.1; the bit means something else since */

static guint32
power_of_two_below (guint32 bytes)
{
  return 1u << (31 - __builtin_clz (bytes));
}

/* A CPU that comes online later shares a ring with another. */
static guint
count_rings (void)
{
  long online = sysconf (_SC_NPROCESSORS_ONLN);

  return online < 1 ? 1 : (guint)online;
}

static guint32
units_per_ring (guint32 ring_bytes, guint n_rings)
{
  guint32 least = ring_bytes == 0 ? DEFAULT_CPU_BYTES : LEAST_CPU_BYTES;
  guint32 bytes = (ring_bytes == 0 ? DEFAULT_RING_BYTES : ring_bytes) / n_rings;

  return power_of_two_below (MAX (bytes, least)) / WEFT_UNIT_BYTES;
}

static void
set_constants (WeftTracer *self, guint n_rings)
{
  const WeftKernelFeatures *features = &self->features;
  struct weft_bpf *bpf = self->bpf;

  bpf->rodata->ring_count = n_rings;
  bpf->rodata->own_only = self->options.scope == WEFT_SCOPE_OWN;
  bpf->rodata->own_uid = self->options.uid;
  bpf->rodata->own_gid = self->options.gid;
  bpf->rodata->has_prev_state = features->prev_state != WEFT_PREV_STATE_NONE;
  bpf->rodata->prev_state_is_second = features->prev_state == WEFT_PREV_STATE_SECOND;
  bpf->rodata->preempt_count_distance = features->preempt_count_distance;
  if (features->user_workers)
    bpf->rodata->worker_flags |= PF_USER_WORKER;
  bpf->rodata->frozen_flags = features->frozen_state ? 0 : PF_FROZEN;
}

guint
weft_tracer_available_groups (WeftTracer *self)
{
  guint groups = 0;

  for (guint group = 0; group < WEFT_N_GROUPS; group++)
    if (self->features.lacks[group].missing == NULL)
      groups |= WEFT_GROUP_BIT (group);
  return groups;
}

struct bpf_program *
weft_tracer_find_program (WeftTracer *self, enum weft_group number, guint i)
{
  const WeftGroupProgram *program = &weft_group_get (number)->programs[i];
  const WeftGroupLack *lack = &self->features.lacks[number];
  gboolean older = program->before_6_2 != NULL && !self->features.modern;

  if (program->name == NULL || lack->missing != NULL || lack->without & 1u << i)
    return NULL;
  return bpf_object__find_program_by_name (self->bpf->obj,
                                           older ? program->before_6_2 : program->name);
}

/* Those that this kernel has; of a pair one, since the other would not load, or be slower. */
static void
choose_programs (WeftTracer *self)
{
  struct bpf_program *program;

  bpf_object__for_each_program (program, self->bpf->obj)
      bpf_program__set_autoload (program, bpf_program__type (program) == BPF_PROG_TYPE_TRACING
                                              && bpf_program__expected_attach_type (program)
                                                     == BPF_TRACE_ITER);
  for (guint group = 0; group < WEFT_N_GROUPS; group++)
    for (guint i = 0; i < WEFT_GROUP_PROGRAMS; i++)
      {
        program = weft_tracer_find_program (self, group, i);
        if (program != NULL)
          bpf_program__set_autoload (program, TRUE);
      }
}

static gboolean
load_programs (WeftTracer *self, guint n_rings, guint32 ring_units, GError **error)
{
  int code;

  self->bpf = weft_bpf__open ();
  if (self->bpf == NULL)
    {
      weft_bpf_set_error (error, _ ("Cannot open the tracing programs"), -errno);
      return FALSE;
    }
  set_constants (self, n_rings);
  bpf_map__set_max_entries (self->bpf->maps.rings, n_rings);
  bpf_map__set_max_entries (self->bpf->maps.units, n_rings * ring_units);
  choose_programs (self);
  code = weft_bpf__load (self->bpf);
  if (code < 0)
    weft_bpf_set_error (error, _ ("Cannot load the tracing programs"), code);
  return code == 0;
}

static void *
map_memory (struct bpf_map *map, gsize bytes, GError **error)
{
  void *memory = mmap (NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd (map), 0);

  if (memory != MAP_FAILED)
    return memory;
  weft_bpf_set_error (error, _ ("Cannot map the event ring"), -errno);
  return NULL;
}

static void
describe_rings (WeftTracer *self, guint n_rings, guint32 ring_units)
{
  struct weft_ring *rings = self->rings;

  for (guint i = 0; i < n_rings; i++)
    {
      rings[i].base = i * ring_units;
      rings[i].mask = ring_units - 1;
    }
}

static gboolean
map_rings (WeftTracer *self, guint n_rings, guint32 ring_units, GError **error)
{
  self->rings_bytes = n_rings * sizeof (struct weft_ring);
  self->rings = map_memory (self->bpf->maps.rings, self->rings_bytes, error);
  if (self->rings == NULL)
    return FALSE;
  self->units_bytes = (gsize)n_rings * ring_units * WEFT_UNIT_BYTES;
  self->units = map_memory (self->bpf->maps.units, self->units_bytes, error);
  if (self->units == NULL)
    return FALSE;
  self->n_rings = n_rings;
  describe_rings (self, n_rings, ring_units);
  self->reader = weft_ring_reader_new (self->rings, self->units, n_rings, ring_units);
  return TRUE;
}

static gboolean
check_options (const WeftTracerOptions *options, GError **error)
{
  guint32 bytes = options->ring_bytes;

  if (bytes == 0
      || ((bytes & (bytes - 1)) == 0 && bytes >= LEAST_RING_BYTES && bytes <= MOST_RING_BYTES))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               _ ("Cannot make an event ring of %u bytes: choose a power of two from 256 KiB to "
                  "256 MiB"),
               bytes);
  return FALSE;
}

/* What only the caller's process knows; one that has gone could have been in any namespace. */
static gboolean
look_at_caller (WeftTracer *self, GError **error)
{
  int code;

  if (self->options.scope != WEFT_SCOPE_OWN || self->options.pid == 0)
    return TRUE;
  self->bpf->bss->caller_tgid = (int)self->options.pid;
  code = weft_snapshot_walk (self->bpf->progs.weft_look_at_caller);
  if (code < 0)
    weft_bpf_set_error (error, _ ("Cannot find the process that asks for the trace"), code);
  else if (!self->bpf->bss->caller_found)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 _ ("Cannot trace your own processes: the process that asked for it has ended, or "
                    "has another user. Ask from one that stays"));
  return code == 0 && self->bpf->bss->caller_found;
}

WeftTracer *
weft_tracer_new (const WeftTracerOptions *options, GError **error)
{
  g_autoptr (WeftTracer) self = NULL;
  guint n_rings = count_rings ();
  guint32 ring_units;

  if (!check_options (options, error))
    return NULL;
  weft_bpf_error_collect ();
  self = g_new0 (WeftTracer, 1);
  self->ends = weft_target_ends_new ();
  self->options = *options;
  self->snapshot.fd = -1;
  ring_units = units_per_ring (options->ring_bytes, n_rings);
  if (!weft_kernel_features_read (&self->features, error)
      || !load_programs (self, n_rings, ring_units, error)
      || !map_rings (self, n_rings, ring_units, error) || !look_at_caller (self, error))
    return NULL;
  self->wanted = weft_tracer_available_groups (self) & WEFT_GROUPS_DEFAULT;
  self->snapshot.program = self->bpf->progs.weft_snapshot;
  weft_tracer_set_filter (self, options->only_targets);
  return g_steal_pointer (&self);
}

void
weft_tracer_free (WeftTracer *self)
{
  if (self == NULL)
    return;
  weft_snapshot_end (&self->snapshot);
  for (guint group = 0; group < WEFT_N_GROUPS; group++)
    for (guint i = 0; i < WEFT_GROUP_PROGRAMS; i++)
      bpf_link__destroy (self->links[group][i]);
  weft_ring_reader_free (self->reader);
  if (self->rings != NULL)
    munmap (self->rings, self->rings_bytes);
  if (self->units != NULL)
    munmap (self->units, self->units_bytes);
  weft_bpf__destroy (self->bpf);
  weft_target_ends_free (self->ends);
  g_free (self);
}
