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
}

/* Of each pair one; the other would not load, or be slower. */
static void
choose_programs (WeftTracer *self)
{
  gboolean modern = self->features.modern;
  struct weft_bpf *bpf = self->bpf;

  self->switch_program = modern ? bpf->progs.weft_switch : bpf->progs.weft_switch_before_6_2;
  self->wake_program = modern ? bpf->progs.weft_wake : bpf->progs.weft_wake_before_6_2;
  bpf_program__set_autoload (bpf->progs.weft_switch, modern);
  bpf_program__set_autoload (bpf->progs.weft_wake, modern);
  bpf_program__set_autoload (bpf->progs.weft_switch_before_6_2, !modern);
  bpf_program__set_autoload (bpf->progs.weft_wake_before_6_2, !modern);
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
      || !map_rings (self, n_rings, ring_units, error))
    return NULL;
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
  for (guint i = 0; i < self->n_links; i++)
    bpf_link__destroy (self->links[i]);
  weft_ring_reader_free (self->reader);
  if (self->rings != NULL)
    munmap (self->rings, self->rings_bytes);
  if (self->units != NULL)
    munmap (self->units, self->units_bytes);
  weft_bpf__destroy (self->bpf);
  weft_target_ends_free (self->ends);
  g_free (self);
}
