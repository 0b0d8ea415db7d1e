/* tracer.c: see the header. In: options, targets. Out: records from the ring.
 * The only file that speaks libbpf; its codes become GError here. */
#include "tracer.h"
#include "tracer-shared.h"
#include "weft.skel.h"
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_RING_BYTES (32u << 20)
#define LEAST_RING_BYTES (256u << 10)
#define MOST_RING_BYTES (256u << 20)
/* A CPU that fell silent after a loss is spoken for after this time. */
#define QUIET_LOSS_NS (G_GUINT64_CONSTANT (100000000))

struct _WeftTracer
{
  WeftTracerOptions options;
  struct weft_bpf *skeleton;
  struct ring_buffer *ring;
  volatile unsigned long *consumer_page;       /* mapped from the ring: its position … */
  const volatile unsigned long *producer_page; /* … and the programs' */
  long page_bytes;

  gboolean has_wake_context, has_prev_state;
  gboolean attached, snapshot_due, stopped;
  guint64 lost_seen;
  guint64 delivered;
  guint64 complete_until_ns;
  guint64 boot_offset_ns;

  /* where the drain writes */
  guint8 *buffer;
  gsize capacity, used;
};

static guint64
clock_now (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return (guint64) now.tv_sec * 1000000000 + (guint64) now.tv_nsec;
}

/* --- errors ------------------------------------------------------------- */

static char last_words[512]; /* libbpf's last complaint; loads happen one at a time */

static int
keep_last_words (enum libbpf_print_level level, const char *format, va_list args)
{
  if (level == LIBBPF_WARN)
    g_vsnprintf (last_words, sizeof last_words, format, args);
  return 0;
}

static void
set_libbpf_error (GError **error, const char *attempted, int code)
{
  int number = code < 0 ? -code : errno;

  if (number == EPERM || number == EACCES)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 _ ("%s: the kernel refused (%s). CAP_BPF and CAP_PERFMON are needed; start "
                    "through the installed service, pkexec or as root, and check that kernel "
                    "lockdown is off"),
                 attempted, g_strerror (number));
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s. %s", attempted,
                 g_strerror (number), g_strchomp (last_words));
}

/* --- what this kernel has ----------------------------------------------- */

static struct btf *
load_kernel_btf (GError **error)
{
  struct btf *btf = btf__load_vmlinux_btf ();

  if (btf != NULL)
    return btf;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
               _ ("Cannot read the kernel's type information (BTF): %s. Weftscope needs a kernel "
                  "of 5.15 or newer built with CONFIG_DEBUG_INFO_BTF, as those of Debian 12, "
                  "Ubuntu 22.04 and Fedora are"),
               g_strerror (errno));
  return NULL;
}

/* How many arguments a tracepoint has, its context left out; -1 when there is none. */
static int
tracepoint_arguments (const struct btf *btf, const char *tracepoint)
{
  g_autofree char *name = g_strconcat ("btf_trace_", tracepoint, NULL);
  int id = btf__find_by_name_kind (btf, name, BTF_KIND_TYPEDEF);
  const struct btf_type *type;

  if (id < 0)
    return -1;
  type = btf__type_by_id (btf, btf__type_by_id (btf, (guint32) id)->type); /* the pointer */
  type = btf__type_by_id (btf, type->type);
  return btf_vlen (type) - 1;
}

static gboolean
check_tracepoints (const struct btf *btf, GError **error)
{
  static const char *const needed[]
      = { "sched_switch", "sched_waking", "sched_process_fork", "sched_process_exec",
          "sched_process_exit", "task_rename" };

  for (guint i = 0; i < G_N_ELEMENTS (needed); i++)
    if (tracepoint_arguments (btf, needed[i]) < 0)
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                     _ ("This kernel has no tracepoint %s; Weftscope needs Linux 5.15 or newer"),
                     needed[i]);
        return FALSE;
      }
  return TRUE;
}

/* Offset of a per-CPU variable within its section, as BTF tells. */
static gboolean
percpu_offset (const struct btf *btf, const char *name, gint64 *offset)
{
  int section = btf__find_by_name_kind (btf, ".data..percpu", BTF_KIND_DATASEC);
  const struct btf_var_secinfo *variables;

  if (section < 0)
    return FALSE;
  variables = btf_var_secinfos (btf__type_by_id (btf, (guint32) section));
  for (guint i = 0; i < btf_vlen (btf__type_by_id (btf, (guint32) section)); i++)
    {
      const struct btf_type *variable = btf__type_by_id (btf, variables[i].type);

      if (strcmp (btf__name_by_offset (btf, variable->name_off), name) == 0)
        {
          *offset = variables[i].offset;
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
find_preempt_count (const struct btf *btf, gint64 *distance)
{
  gint64 queue, count;

#if defined(__aarch64__)
  *distance = 0; /* in the task there */
  return TRUE;
#endif
  if (!percpu_offset (btf, "runqueues", &queue))
    return FALSE;
  if (percpu_offset (btf, "__preempt_count", &count))
    {
      *distance = count - queue;
      return TRUE;
    }
  /* 6.2 (64701838bf) to 6.14 kept it in struct pcpu_hot, behind current_task. */
  if (!percpu_offset (btf, "pcpu_hot", &count))
    return FALSE;
  *distance = count + (gint64) sizeof (void *) - queue;
  return TRUE;
}

/* --- loading ------------------------------------------------------------ */

static void
configure (WeftTracer *self, const struct btf *btf)
{
  struct weft_bpf *skeleton = self->skeleton;
  guint32 bytes = self->options.ring_bytes == 0 ? DEFAULT_RING_BYTES : self->options.ring_bytes;
  gint64 distance = 0;

  self->has_prev_state = tracepoint_arguments (btf, "sched_switch") >= 4;
  self->has_wake_context = find_preempt_count (btf, &distance);
  skeleton->rodata->scope
      = self->options.scope == WEFT_SCOPE_OWN ? WEFT_FILTER_OWN : WEFT_FILTER_MACHINE;
  skeleton->rodata->own_uid = self->options.uid;
  skeleton->rodata->own_gid = self->options.gid;
  skeleton->rodata->has_prev_state = self->has_prev_state;
  skeleton->rodata->has_wake_context = self->has_wake_context;
  skeleton->rodata->preempt_count_offset = distance;
  skeleton->data->follow_children = TRUE;
  skeleton->bss->only_targets
      = self->options.only_targets || self->options.scope == WEFT_SCOPE_TARGETS;
  bpf_map__set_max_entries (skeleton->maps.ring, bytes);
}

/* The first two pages of the ring's map hold the two positions (kernel/bpf/ringbuf.c). */
static gboolean
map_positions (WeftTracer *self, GError **error)
{
  int fd = bpf_map__fd (self->skeleton->maps.ring);
  void *consumer, *producer;

  self->page_bytes = sysconf (_SC_PAGESIZE);
  consumer = mmap (NULL, (gsize) self->page_bytes, PROT_READ, MAP_SHARED, fd, 0);
  producer = mmap (NULL, (gsize) self->page_bytes, PROT_READ, MAP_SHARED, fd, self->page_bytes);
  if (consumer != MAP_FAILED)
    self->consumer_page = consumer;
  if (producer != MAP_FAILED)
    self->producer_page = producer;
  if (consumer != MAP_FAILED && producer != MAP_FAILED)
    return TRUE;
  set_libbpf_error (error, _ ("Cannot map the event ring"), -errno);
  return FALSE;
}

static int take_record (void *context, void *data, size_t bytes);

static gboolean
load (WeftTracer *self, GError **error)
{
  struct btf *btf = load_kernel_btf (error);
  gboolean supported;
  int code;

  if (btf == NULL)
    return FALSE;
  supported = check_tracepoints (btf, error);
  self->skeleton = supported ? weft_bpf__open () : NULL;
  if (supported && self->skeleton == NULL)
    set_libbpf_error (error, _ ("Cannot open the tracing programs"), -errno);
  if (self->skeleton != NULL)
    configure (self, btf);
  btf__free (btf);
  if (self->skeleton == NULL)
    return FALSE;
  code = weft_bpf__load (self->skeleton);
  if (code != 0)
    {
      set_libbpf_error (error, _ ("Cannot load the tracing programs"), code);
      return FALSE;
    }
  self->ring
      = ring_buffer__new (bpf_map__fd (self->skeleton->maps.ring), take_record, self, NULL);
  if (self->ring == NULL)
    {
      set_libbpf_error (error, _ ("Cannot open the event ring"), -errno);
      return FALSE;
    }
  return map_positions (self, error);
}

WeftTracer *
weft_tracer_new (const WeftTracerOptions *options, GError **error)
{
  g_autoptr (WeftTracer) self = g_new0 (WeftTracer, 1);
  guint32 bytes = options->ring_bytes;

  if (bytes != 0 && ((bytes & (bytes - 1)) != 0 || bytes < LEAST_RING_BYTES || bytes > MOST_RING_BYTES))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _ ("The ring's size must be a power of two from 256 KiB to 256 MiB"));
      return NULL;
    }
  libbpf_set_print (keep_last_words);
  self->options = *options;
  if (!load (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
weft_tracer_free (WeftTracer *self)
{
  if (self == NULL)
    return;
  if (self->consumer_page != NULL)
    munmap ((void *) self->consumer_page, (gsize) self->page_bytes);
  if (self->producer_page != NULL)
    munmap ((void *) self->producer_page, (gsize) self->page_bytes);
  ring_buffer__free (self->ring);
  weft_bpf__destroy (self->skeleton);
  g_free (self);
}

/* The snapshot is no part of this: it is asked for each time. */
gboolean
weft_tracer_start (WeftTracer *self, GError **error)
{
  int code;

  g_return_val_if_fail (!self->attached, FALSE);
  bpf_program__set_autoattach (self->skeleton->progs.weft_snapshot, false);
  code = weft_bpf__attach (self->skeleton);
  if (code != 0)
    {
      set_libbpf_error (error, _ ("Cannot attach the tracing programs"), code);
      return FALSE;
    }
  self->attached = TRUE;
  self->boot_offset_ns = clock_now (CLOCK_BOOTTIME) - clock_now (CLOCK_MONOTONIC);
  self->skeleton->bss->recording = TRUE;
  self->snapshot_due = TRUE;
  return TRUE;
}

void
weft_tracer_stop (WeftTracer *self)
{
  if (!self->attached)
    return;
  self->skeleton->bss->recording = FALSE;
  weft_bpf__detach (self->skeleton);
  self->attached = FALSE;
  self->stopped = TRUE;
}

/* --- targets ------------------------------------------------------------ */

static void
clear_targets (int fd)
{
  guint32 key;

  while (bpf_map_get_next_key (fd, NULL, &key) == 0)
    if (bpf_map_delete_elem (fd, &key) != 0)
      return;
}

gboolean
weft_tracer_set_targets (WeftTracer *self, const guint32 *tgids, gsize n, gboolean children,
                         GError **error)
{
  int fd = bpf_map__fd (self->skeleton->maps.targets);
  guint8 one = 1;

  if (n > 4096)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _ ("At most 4096 processes can be chosen; choose a common parent instead"));
      return FALSE;
    }
  self->skeleton->data->follow_children = children;
  clear_targets (fd);
  for (gsize i = 0; i < n; i++)
    {
      int code = bpf_map_update_elem (fd, &tgids[i], &one, BPF_ANY);

      if (code != 0)
        {
          set_libbpf_error (error, _ ("Cannot choose the processes"), code);
          return FALSE;
        }
    }
  self->snapshot_due = self->attached;
  return TRUE;
}

gboolean
weft_tracer_set_only_targets (WeftTracer *self, gboolean only, GError **error)
{
  self->skeleton->bss->only_targets = only || self->options.scope == WEFT_SCOPE_TARGETS;
  self->snapshot_due = self->attached;
  return TRUE;
}

gboolean
weft_tracer_snapshot (WeftTracer *self, GError **error)
{
  if (!self->attached)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_INITIALIZED,
                   _ ("The trace has not been started"));
      return FALSE;
    }
  self->snapshot_due = TRUE;
  return TRUE;
}

/* --- draining ----------------------------------------------------------- */

static void
write_record (WeftTracer *self, const struct weft_record *record)
{
  memcpy (self->buffer + self->used, record, sizeof *record);
  self->used += sizeof *record;
}

static gboolean
has_room (WeftTracer *self, gsize bytes)
{
  return self->capacity - self->used >= bytes;
}

/* libbpf moves past a record before it looks at the answer, so a negative one
 * stops the drain after this record: it is given while one more would not fit. */
static int
take_record (void *context, void *data, size_t bytes)
{
  WeftTracer *self = context;
  const struct weft_record *record = data;

  memcpy (self->buffer + self->used, data, bytes);
  self->used += bytes;
  if (record->kind != WEFT_LOST)
    self->delivered++;
  return has_room (self, sizeof (struct weft_state_record)) ? 0 : -ENOSPC;
}

/* Losses of CPUs that have written nothing since. */
static void
tell_quiet_losses (WeftTracer *self, guint64 now)
{
  int cpus = MIN (libbpf_num_possible_cpus (), WEFT_MAX_CPUS);

  for (int cpu = 0; cpu < cpus && has_room (self, WEFT_UNIT_BYTES); cpu++)
    {
      struct weft_account *account = &self->skeleton->bss->accounts[cpu];
      struct weft_record record = { .kind = WEFT_LOST, .units = 1, .cpu = (guint16) cpu };

      if (__atomic_load_n (&account->pending, __ATOMIC_RELAXED) == 0
          || (!self->stopped && account->last_ns + QUIET_LOSS_NS > now))
        continue;
      record.time_ns = account->last_ns;
      record.lost.first_ns = account->first_ns;
      record.lost.count = __atomic_exchange_n (&account->pending, 0, __ATOMIC_ACQ_REL);
      if (record.lost.count > 0)
        write_record (self, &record);
    }
}

static void
tell_suspend (WeftTracer *self)
{
  guint64 now = clock_now (CLOCK_MONOTONIC);
  guint64 offset = clock_now (CLOCK_BOOTTIME) - now;
  struct weft_record record = { .time_ns = now, .kind = WEFT_SUSPEND, .units = 1 };

  /* The two clocks are read one after the other: a millisecond is no sleep. */
  if (offset < self->boot_offset_ns + 1000000 || !has_room (self, WEFT_UNIT_BYTES))
    return;
  record.suspend.length_ns = offset - self->boot_offset_ns;
  self->boot_offset_ns = offset;
  write_record (self, &record);
}

/* Runs the iterator; its records enter the ring in the midst of all others. */
static gboolean
run_iterator (WeftTracer *self)
{
  struct bpf_link *link = bpf_program__attach_iter (self->skeleton->progs.weft_snapshot, NULL);
  char nothing[64];
  ssize_t got = -1;
  int fd;

  if (link == NULL)
    return FALSE;
  fd = bpf_iter_create (bpf_link__fd (link));
  if (fd >= 0)
    {
      do
        got = read (fd, nothing, sizeof nothing);
      while (got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN)));
      close (fd);
    }
  bpf_link__destroy (link);
  return got == 0;
}

static guint64
sum_lost (WeftTracer *self)
{
  guint64 lost = 0;

  for (guint i = 0; i < WEFT_MAX_CPUS; i++)
    lost += self->skeleton->bss->accounts[i].lost;
  return lost;
}

/* When due, takes a snapshot, once there is room in the ring for it. */
static void
take_snapshot (WeftTracer *self)
{
  struct weft_record record = { .kind = WEFT_SYNC, .units = 1 };
  guint64 lost = sum_lost (self), begin = clock_now (CLOCK_MONOTONIC);

  if (lost != self->lost_seen)
    self->snapshot_due = self->attached;
  if (!self->snapshot_due || !has_room (self, WEFT_UNIT_BYTES))
    return;
  self->lost_seen = lost;
  if (!run_iterator (self))
    return; /* tried again at the next drain */
  self->snapshot_due = FALSE;
  if (sum_lost (self) != lost)
    return; /* the next drain sees the new loss and asks again */
  record.time_ns = clock_now (CLOCK_MONOTONIC);
  record.sync.begin_ns = begin;
  write_record (self, &record);
}

gsize
weft_tracer_drain (WeftTracer *self, guint8 *buffer, gsize bytes, guint64 *complete_until_ns)
{
  guint64 now;
  unsigned long produced;
  gboolean empty = FALSE;

  g_return_val_if_fail (bytes >= 128, 0);
  self->buffer = buffer;
  self->capacity = bytes;
  self->used = 0;
  now = clock_now (CLOCK_MONOTONIC);
  /* A record is stamped after its room was reserved: all stamps before now lie
   * before this position, even those that are still being written. */
  produced = __atomic_load_n (self->producer_page, __ATOMIC_ACQUIRE);
  if (has_room (self, sizeof (struct weft_state_record)))
    empty = ring_buffer__consume (self->ring) >= 0;
  if (empty && __atomic_load_n (self->consumer_page, __ATOMIC_ACQUIRE) >= produced)
    self->complete_until_ns = MAX (self->complete_until_ns, now);
  if (empty)
    {
      tell_quiet_losses (self, now);
      tell_suspend (self);
      take_snapshot (self);
    }
  *complete_until_ns = self->complete_until_ns;
  return self->used;
}

gsize
weft_tracer_get_pending (WeftTracer *self)
{
  return __atomic_load_n (self->producer_page, __ATOMIC_ACQUIRE)
         - __atomic_load_n (self->consumer_page, __ATOMIC_ACQUIRE);
}

/* --- accounts ----------------------------------------------------------- */

static void
add_program_statistics (const struct bpf_program *program, WeftTracerAccount *account)
{
  struct bpf_prog_info info = { 0 };
  guint32 bytes = sizeof info;

  if (bpf_obj_get_info_by_fd (bpf_program__fd (program), &info, &bytes) != 0)
    return;
  account->recursion_misses += info.recursion_misses;
  account->program_runs += info.run_cnt;
}

void
weft_tracer_get_account (WeftTracer *self, WeftTracerAccount *account)
{
  struct bpf_program *program;

  memset (account, 0, sizeof *account);
  for (guint i = 0; i < WEFT_MAX_CPUS; i++)
    account->produced += self->skeleton->bss->accounts[i].produced;
  account->lost = sum_lost (self);
  account->delivered = self->delivered;
  bpf_object__for_each_program (program, self->skeleton->obj)
      add_program_statistics (program, account);
}

static void
add_capability (GVariantBuilder *builder, const char *name, gboolean there, const char *why_not)
{
  g_variant_builder_add (builder, "{s(bs)}", name, there, there ? "" : why_not);
}

GVariant *
weft_tracer_get_capabilities (WeftTracer *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{s(bs)}"));
  add_capability (&builder, "snapshot", TRUE, "");
  add_capability (&builder, "prev-state", self->has_prev_state,
                  _ ("before Linux 5.18 the state of a thread that leaves its CPU is read late"));
  add_capability (&builder, "wake-context", self->has_wake_context,
                  _ ("the kernel's type information does not tell where the preempt count is"));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
