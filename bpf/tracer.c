/* tracer.c: see the header. In: options, targets. Out: records, merged from the rings, the
 * snapshot, the losses and the clocks. Loading is in tracer-load.c. */
#include "tracer-private.h"
#include "bpf-error.h"
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <glib/gi18n.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MOST_TARGETS 4096
/* The deepest chain of processes that one look at the targets finds. */
#define MOST_GENERATIONS 64
/* While losses go on, no more than ten snapshots a second. */
#define SNAPSHOT_INTERVAL_NS G_GUINT64_CONSTANT (100000000)
/* BOOTTIME and MONOTONIC are read one after the other: less than this is no sleep. */
#define LEAST_SUSPEND_NS 10000000

/* What one drain fills. */
typedef struct
{
  guint8 *bytes;
  gsize size, used;
} Output;

static guint64
read_clock (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return (guint64)now.tv_sec * 1000000000 + (guint64)now.tv_nsec;
}

static guint64
read_suspended_ns (void)
{
  guint64 monotonic = read_clock (CLOCK_MONOTONIC);

  return read_clock (CLOCK_BOOTTIME) - monotonic;
}

/* What was read of it counts as delivered, complete or not. */
static void
end_snapshot (WeftTracer *self)
{
  if (self->snapshot.fd >= 0)
    self->states += self->snapshot.records;
  weft_snapshot_end (&self->snapshot);
}

/* --- start and stop ------------------------------------------------------ */

static void
detach (WeftTracer *self)
{
  for (guint i = 0; i < self->n_links; i++)
    bpf_link__destroy (self->links[i]);
  self->n_links = 0;
  self->running = FALSE;
}

gboolean
weft_tracer_start (WeftTracer *self, GError **error)
{
  struct weft_bpf *bpf = self->bpf;
  struct bpf_program *programs[WEFT_TRACER_PROGRAMS]
      = { bpf->progs.weft_fork,   bpf->progs.weft_exec, bpf->progs.weft_exit,
          bpf->progs.weft_rename, self->wake_program,   self->switch_program };

  g_return_val_if_fail (!self->running, FALSE);
  for (guint i = 0; i < WEFT_TRACER_PROGRAMS; i++)
    {
      struct bpf_link *link = bpf_program__attach (programs[i]);
      int code = -errno;

      if (link == NULL)
        {
          detach (self);
          weft_bpf_set_error (error, _ ("Cannot attach the tracing programs"), code);
          return FALSE;
        }
      self->links[self->n_links++] = link;
    }
  self->running = TRUE;
  self->suspended_ns = read_suspended_ns ();
  self->snapshot_due = TRUE;
  return TRUE;
}

void
weft_tracer_stop (WeftTracer *self)
{
  if (!self->running)
    return;
  detach (self);
  self->snapshot_due = FALSE;
  end_snapshot (self);
  /* A program that ran on another CPU while it was detached ends before this returns:
   * from then on the counts stand still. */
  if (syscall (__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) != 0)
    g_usleep (20000);
}

/* --- targets ------------------------------------------------------------- */

/* Takes out who is neither in @wanted nor, with @children, descends from one of them. */
static void
forget_others (int map, GHashTable *wanted, gboolean children)
{
  g_autoptr (GArray) gone = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint32 key, root, *previous = NULL;

  while (bpf_map_get_next_key (map, previous, &key) == 0)
    {
      if (!g_hash_table_contains (wanted, GUINT_TO_POINTER (key))
          && (!children || bpf_map_lookup_elem (map, &key, &root) != 0
              || !g_hash_table_contains (wanted, GUINT_TO_POINTER (root))))
        g_array_append_val (gone, key);
      previous = &key;
    }
  for (guint i = 0; i < gone->len; i++)
    bpf_map_delete_elem (map, &g_array_index (gone, guint32, i));
}

/* Children that were there before: a program walks all tasks until it finds no more. */
static int
adopt_children (WeftTracer *self)
{
  WeftSnapshot walk = { .program = self->bpf->progs.weft_adopt, .fd = -1 };
  gboolean done;
  guint8 nothing[8];

  for (guint i = 0; i < MOST_GENERATIONS; i++)
    {
      guint64 before = self->bpf->bss->adopted;
      int code = weft_snapshot_begin (&walk, 0);

      if (code < 0)
        return code;
      do
        weft_snapshot_read (&walk, nothing, sizeof nothing, 1, &done);
      while (!done);
      weft_snapshot_end (&walk);
      if (self->bpf->bss->adopted == before)
        break;
    }
  return 0;
}

static int
add_targets (int map, const guint32 *tgids, gsize n, GHashTable *wanted)
{
  for (gsize i = 0; i < n; i++)
    {
      int code = bpf_map_update_elem (map, &tgids[i], &tgids[i], BPF_ANY);

      if (code < 0)
        return code;
      g_hash_table_add (wanted, GUINT_TO_POINTER (tgids[i]));
    }
  return 0;
}

gboolean
weft_tracer_set_targets (WeftTracer *self, const guint32 *tgids, gsize n, gboolean children,
                         GError **error)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (NULL, NULL);
  int map = bpf_map__fd (self->bpf->maps.targets), code;

  if (n > MOST_TARGETS)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _ ("Cannot choose %zu processes: at most %d can be chosen. Choose "
                      "a common ancestor with its children instead"),
                   n, MOST_TARGETS);
      return FALSE;
    }
  /* First in, then out, so that nobody who stays is missing in between. */
  self->bpf->bss->follow_children = children;
  code = add_targets (map, tgids, n, wanted);
  if (code == 0)
    forget_others (map, wanted, children);
  if (code == 0 && children)
    code = adopt_children (self);
  self->snapshot_due = self->running;
  if (code < 0)
    weft_bpf_set_error (error, _ ("Cannot choose the processes"), code);
  return code == 0;
}

void
weft_tracer_set_filter (WeftTracer *self, gboolean only_targets)
{
  only_targets = only_targets || self->options.scope == WEFT_SCOPE_TARGETS;
  self->bpf->bss->only_targets = only_targets;
  for (guint i = 0; i < self->n_rings; i++)
    __atomic_store_n (&self->rings[i].filters,
                      only_targets || self->options.scope == WEFT_SCOPE_OWN, __ATOMIC_RELEASE);
}

gboolean
weft_tracer_set_only_targets (WeftTracer *self, gboolean only, GError **error)
{
  weft_tracer_set_filter (self, only);
  self->snapshot_due = self->running;
  return TRUE;
}

gboolean
weft_tracer_snapshot (WeftTracer *self, GError **error)
{
  if (!self->running)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_INITIALIZED,
                   _ ("Cannot take a snapshot: the trace is not running. Start it first"));
      return FALSE;
    }
  self->snapshot_due = TRUE;
  return TRUE;
}

/* --- draining ------------------------------------------------------------ */

static gsize
room_in (const Output *output)
{
  return output->size - output->used;
}

static void
write_record (Output *output, const struct weft_record *record)
{
  memcpy (output->bytes + output->used, record, sizeof *record);
  output->used += sizeof *record;
}

static void
tell_suspend (WeftTracer *self, Output *output)
{
  struct weft_record record = { .kind = WEFT_SUSPEND, .units = 1 };
  guint64 suspended_ns = read_suspended_ns ();

  if (!self->running || suspended_ns < self->suspended_ns + LEAST_SUSPEND_NS)
    return;
  record.time_ns = read_clock (CLOCK_MONOTONIC);
  record.suspend.length_ns = suspended_ns - self->suspended_ns;
  self->suspended_ns = suspended_ns;
  write_record (output, &record);
}

/* Most of a buffer is the rings'; what a running snapshot may always have of it: at least
 * one record and its SYNC. */
static gsize
room_for_snapshot (WeftTracer *self, const Output *output)
{
  gsize least = sizeof (struct weft_state_record);

  if (self->snapshot.fd < 0)
    return 0;
  return MAX (output->size / 4 / WEFT_UNIT_BYTES * WEFT_UNIT_BYTES, least);
}

/* Returns: whether something was lost since the last call. */
static gboolean
drain_rings (WeftTracer *self, Output *output)
{
  gsize kept = room_for_snapshot (self, output);
  gsize room = room_in (output) > kept ? room_in (output) - kept : 0;
  guint64 lost_before = weft_ring_reader_get_lost (self->reader);

  output->used += weft_ring_reader_drain (self->reader, output->bytes + output->used, room);
  output->used
      += weft_ring_reader_tell_losses (self->reader, output->bytes + output->used,
                                       room_in (output) > kept ? room_in (output) - kept : 0);
  if (self->lost_seen == lost_before)
    return FALSE;
  self->lost_seen = lost_before;
  self->snapshot_due = self->running;
  return TRUE;
}

static void
read_snapshot (WeftTracer *self, Output *output)
{
  struct weft_record sync = { .kind = WEFT_SYNC, .units = 1 };
  gboolean done;
  gsize room = room_in (output);

  if (self->snapshot.fd < 0 || room < WEFT_UNIT_BYTES)
    return;
  output->used
      += weft_snapshot_read (&self->snapshot, output->bytes + output->used, room - WEFT_UNIT_BYTES,
                             sizeof (struct weft_state_record), &done);
  if (!done)
    return;
  sync.time_ns = read_clock (CLOCK_MONOTONIC);
  sync.sync.begin_ns = self->snapshot.begin_ns;
  sync.sync.tasks = self->snapshot.records;
  write_record (output, &sync);
  end_snapshot (self);
}

/* Begins what is due, once the rings are empty: it has to come after what was lost. */
static void
begin_snapshot (WeftTracer *self, guint64 now)
{
  if (!self->snapshot_due || self->snapshot.fd >= 0
      || (self->snapshot.begin_ns != 0 && now < self->snapshot.begin_ns + SNAPSHOT_INTERVAL_NS))
    return;
  if (weft_snapshot_begin (&self->snapshot, now) == 0)
    self->snapshot_due = FALSE; /* else the next drain tries again */
}

/* A process stays a target until the last switch of its last thread is in. */
static void
remove_ended (WeftTracer *self, const Output *output, gboolean lost)
{
  int map = bpf_map__fd (self->bpf->maps.targets);
  g_autoptr (GArray) ended = NULL;

  if (!self->bpf->bss->only_targets)
    return;
  if (lost)
    weft_target_ends_forget_waits (self->ends);
  weft_target_ends_look_at (self->ends, output->bytes, output->used);
  ended = weft_target_ends_take (self->ends);
  for (guint i = 0; i < ended->len; i++)
    bpf_map_delete_elem (map, &g_array_index (ended, guint32, i));
}

gsize
weft_tracer_drain (WeftTracer *self, guint8 *buffer, gsize bytes, guint64 *complete_until_ns)
{
  Output output = { .bytes = buffer, .size = bytes / WEFT_UNIT_BYTES * WEFT_UNIT_BYTES };
  gboolean lost;

  g_return_val_if_fail (output.size >= 128, 0);
  /* A record is stamped after its room was reserved. So all that is stamped before now
   * lies before the mark, be it written or still being written. */
  if (!self->marked)
    {
      self->mark_ns = read_clock (CLOCK_MONOTONIC);
      weft_ring_reader_mark (self->reader);
      self->marked = TRUE;
    }
  tell_suspend (self, &output);
  lost = drain_rings (self, &output);
  if (weft_ring_reader_has_passed_mark (self->reader))
    {
      self->complete_until_ns = self->mark_ns;
      self->marked = FALSE;
      /* Not the mark: what was lost since would seem to come after the snapshot. */
      begin_snapshot (self, read_clock (CLOCK_MONOTONIC));
    }
  read_snapshot (self, &output);
  remove_ended (self, &output, lost);
  *complete_until_ns = self->complete_until_ns;
  return output.used;
}

gsize
weft_tracer_get_pending (WeftTracer *self)
{
  return weft_ring_reader_get_pending (self->reader);
}

/* --- accounts ------------------------------------------------------------ */

static void
add_program_statistics (const struct bpf_program *program, WeftTracerAccount *account)
{
  struct bpf_prog_info info = { 0 };
  guint32 bytes = sizeof info;
  int fd = bpf_program__fd (program);

  if (fd < 0 || bpf_obj_get_info_by_fd (fd, &info, &bytes) != 0)
    return;
  account->recursion_misses += info.recursion_misses;
  account->program_runs += info.run_cnt;
}

void
weft_tracer_get_account (WeftTracer *self, WeftTracerAccount *account)
{
  struct bpf_program *program;
  guint64 states = self->states + (self->snapshot.fd >= 0 ? self->snapshot.records : 0);

  memset (account, 0, sizeof *account);
  account->lost = weft_ring_reader_get_lost (self->reader);
  account->produced = weft_ring_reader_get_reserved (self->reader) + account->lost + states;
  account->delivered = weft_ring_reader_get_delivered (self->reader) + states;
  account->unfollowed = self->bpf->bss->unfollowed;
  bpf_object__for_each_program (program, self->bpf->obj) add_program_statistics (program, account);
}

static void
add_capability (GVariantBuilder *builder, const char *name, gboolean there, const char *why_not)
{
  g_variant_builder_add (builder, "{s(bs)}", name, there, there ? "" : why_not);
}

GVariant *
weft_tracer_get_capabilities (WeftTracer *self)
{
  const WeftKernelFeatures *features = &self->features;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{s(bs)}"));
  add_capability (&builder, "snapshot", TRUE, "");
  add_capability (
      &builder, "prev-state", features->prev_state != WEFT_PREV_STATE_NONE,
      _ ("before Linux 5.18 the state of a thread that leaves its CPU is read late, and "
         "may be unknown when it was woken at once"));
  add_capability (&builder, "wake-context", features->wake_context,
                  _ ("the kernel's type information does not tell where the preempt count is: "
                     "wakers are unknown"));
  add_capability (&builder, "cgroups", features->cgroups,
                  _ ("this kernel was built without control groups"));
  add_capability (&builder, "call-statistics", FALSE,
                  _ ("statistics of each call need uprobes, which CAP_BPF and CAP_PERFMON do not "
                     "allow"));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
