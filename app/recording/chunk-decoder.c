/* chunk-decoder.c: columns to records. In: bytes that nobody vouches for. Out:
 * well-formed records, or a refusal. Every count is checked before it is
 * believed, every number against its table; what a column lacks reads as zero
 * and spoils the whole chunk in the end. */
#include "chunk-codec.h"
#include "chunk-columns.h"
#include "chunk-merge.h"
#include "buffer-pool.h"
#include <glib/gi18n.h>
#include <zstd.h>

#define MAX_VARINT_BYTES 10
/* All columns of a record together, but for what is kept as it is. */
#define MOST_RECORD_BYTES 96
/* All columns of a chunk together: three times its records at most. */
#define MAX_COLUMN_BYTES (3 * (gsize)WEFT_CHUNK_MAX_UNITS * WEFT_UNIT_BYTES)
/* Room that is kept from chunk to chunk; a chunk of the usual size needs less. */
#define KEPT_COLUMN_BYTES (1u << 20)
/* The units of a record are a byte. */
#define MOST_RECORD_UNITS 255

typedef struct _WeftChunkDecoder Decoder;

struct _WeftChunkDecoder
{
  /* kept from chunk to chunk, so that opening a recording asks for no memory */
  ZSTD_DCtx *zstd;
  WeftBufferPool *pool;
  WeftColumn storage[WEFT_N_COLUMNS];
  WeftColumn times_storage;
  /* of the chunk that is being read */
  WeftColumnReader columns[WEFT_N_COLUMNS];
  WeftModel model;
  guint32 last_tid;
  guint64 last_arg;
  GArray *whats; /* WeftDetail without argument */
  GArray *args;  /* guint64 */
  GArray *tasks; /* struct weft_task_record */
  guint n_records;
  guint n_units;
  guint64 first_ns;
  guint16 *cpus;
  guint *counts;
  guint n_cpus;
  const guint8 *shapes;
  guint64 *times; /* in times_storage */
  guint8 *out;    /* n_units of them */
  guint n_out;    /* units written */
  gboolean damaged;
};

static gboolean
refuse (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       _ ("A chunk of the recording is damaged."));
  return FALSE;
}

/* The CPUs must differ, and their counts add up. */
static gboolean
read_cpus (Decoder *self, WeftColumnReader *in)
{
  g_autofree guint8 *seen = g_new0 (guint8, G_MAXUINT16 + 1);
  guint64 sum = 0;

  self->cpus = g_new (guint16, self->n_cpus + 1);
  self->counts = g_new (guint, self->n_cpus + 1);
  for (guint i = 0; i < self->n_cpus; i++)
    {
      guint64 cpu = weft_column_get_varint (in);
      guint64 count = weft_column_get_varint (in);

      if (cpu > G_MAXUINT16 || seen[cpu] || count == 0 || count > self->n_records)
        return FALSE;
      seen[cpu] = 1;
      self->cpus[i] = (guint16)cpu;
      self->counts[i] = (guint)count;
      sum += count;
    }
  return !in->overrun && sum == self->n_records;
}

static gboolean
read_header (Decoder *self, WeftColumnReader *in, GError **error)
{
  guint version = weft_column_get_byte (in);
  guint64 n_records = weft_column_get_varint (in);
  guint64 n_units = weft_column_get_varint (in);
  guint64 first_ns = weft_column_get_varint (in);
  guint64 n_cpus = weft_column_get_varint (in);

  if (version > WEFT_CODEC_VERSION)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                           _ ("A chunk of the recording was written by a newer Weftscope."));
      return FALSE;
    }
  if (in->overrun || version == 0 || n_units > WEFT_CHUNK_MAX_UNITS || n_records > n_units
      || n_units > n_records * MOST_RECORD_UNITS || n_cpus > MIN (n_records, G_MAXUINT16 + 1u))
    return refuse (error);
  self->n_records = (guint)n_records;
  self->n_units = (guint)n_units;
  self->first_ns = first_ns;
  self->n_cpus = (guint)n_cpus;
  return read_cpus (self, in) || refuse (error);
}

/* What a column may hold of each record it describes, and once more beside: counts
 * at a column's end and the like. */
static gsize
column_limit (Decoder *self, guint column)
{
  gsize n = (gsize)self->n_records + 1;

  switch (column)
    {
    case WEFT_COLUMN_SHAPES:
      return self->n_records;
    case WEFT_COLUMN_RAW:
      return n * MAX_VARINT_BYTES + self->n_units * (gsize)WEFT_UNIT_BYTES;
    case WEFT_COLUMN_MISC:
    case WEFT_COLUMN_TASK_IDS:
      return n * 3 * MAX_VARINT_BYTES;
    case WEFT_COLUMN_TIDS:
    case WEFT_COLUMN_TASK_STARTS:
    case WEFT_COLUMN_ORDER:
      return n * 2 * MAX_VARINT_BYTES;
    case WEFT_COLUMN_TASK_NAMES:
      return n * WEFT_COMM_BYTES;
    default:
      return n * MAX_VARINT_BYTES;
    }
}

/* A few bytes of a file can unpack to anything: all columns share one allowance, which
 * grows with the records that they say they are. */
static gboolean
read_columns (Decoder *self, WeftColumnReader *in, GError **error)
{
  gsize left = MIN (MAX_COLUMN_BYTES, self->n_records * (gsize)MOST_RECORD_BYTES
                                          + self->n_units * (gsize)WEFT_UNIT_BYTES + 1024);

  for (guint i = 0; i < WEFT_N_COLUMNS; i++)
    {
      if (!weft_column_unpack (in, self->zstd, MIN (left, column_limit (self, i)),
                               &self->storage[i], &self->columns[i], error))
        return FALSE;
      left -= (gsize)(self->columns[i].end - self->columns[i].at);
    }
  self->shapes = self->columns[WEFT_COLUMN_SHAPES].at;
  if (self->columns[WEFT_COLUMN_SHAPES].end - self->shapes != self->n_records)
    return refuse (error);
  return TRUE;
}

static guint64
read_delta (WeftColumnReader *buckets, WeftColumnReader *bit_bytes, WeftBits *bits)
{
  guint8 bucket = weft_column_get_byte (buckets);
  guint64 base;
  guint n_bits;

  if (G_UNLIKELY (bucket == WEFT_BUCKET_FAR))
    {
      base = weft_bits_get (bits, bit_bytes, 32);
      return base | (guint64)weft_bits_get (bits, bit_bytes, 32) << 32;
    }
  base = weft_bucket_base (bucket, &n_bits);
  return base + weft_bits_get (bits, bit_bytes, n_bits);
}

static void
read_times (Decoder *self)
{
  WeftColumnReader *buckets = &self->columns[WEFT_COLUMN_TIMES];
  WeftColumnReader *bit_bytes = &self->columns[WEFT_COLUMN_TIME_BITS];
  WeftBits bits = { 0 };
  guint place = 0;

  weft_column_reserve (&self->times_storage, (self->n_records + 1) * sizeof (guint64));
  self->times = (guint64 *)self->times_storage.data;
  for (guint cpu = 0; cpu < self->n_cpus; cpu++)
    {
      guint64 time_ns = self->first_ns;
      guint follows = 0;

      for (guint i = 0; i < self->counts[cpu]; i++, place++)
        {
          guint8 shape = self->shapes[place];

          time_ns += read_delta (&buckets[weft_time_context (follows, shape)], bit_bytes, &bits);
          self->times[place] = time_ns;
          follows = weft_shape_follows (shape);
        }
    }
}

static guint32
spoil (Decoder *self)
{
  self->damaged = TRUE;
  return WEFT_MODEL_IDLE;
}

static guint32
get_thread (Decoder *self, guint column)
{
  guint64 number = weft_column_get_varint (&self->columns[column]);

  if (G_LIKELY (number < self->model.n_threads))
    return (guint32)number;
  if (number > self->model.n_threads)
    return spoil (self);
  self->last_tid
      += (guint32)weft_unzigzag (weft_column_get_varint (&self->columns[WEFT_COLUMN_TIDS]));
  return weft_model_add_thread (&self->model, self->last_tid);
}

static guint64
get_arg (Decoder *self)
{
  guint64 number = weft_column_get_varint (&self->columns[WEFT_COLUMN_ARGS]);

  if (G_LIKELY (number < self->args->len))
    return g_array_index (self->args, guint64, number);
  if (number > self->args->len)
    return spoil (self);
  self->last_arg
      += (guint64)weft_unzigzag (weft_column_get_varint (&self->columns[WEFT_COLUMN_NEW_ARGS]));
  g_array_append_val (self->args, self->last_arg);
  return self->last_arg;
}

static WeftDetail
get_detail (Decoder *self)
{
  guint64 number = weft_column_get_varint (&self->columns[WEFT_COLUMN_WHATS]);
  WeftDetail detail = { .call = WEFT_CALL_NONE };

  if (number < self->whats->len)
    detail = g_array_index (self->whats, WeftDetail, number);
  else if (number == self->whats->len)
    {
      guint32 what = 0;

      weft_column_get_bytes (&self->columns[WEFT_COLUMN_NEW_WHATS], &what, 4);
      what = GUINT32_FROM_LE (what);
      detail.flags = (guint8)what;
      detail.how = (guint8)(what >> 8);
      detail.call = (gint16)(what >> 16);
      g_array_append_val (self->whats, detail);
    }
  else
    spoil (self);
  detail.arg = get_arg (self);
  return detail;
}

static inline void
get_switch (Decoder *self, WeftModelCpu *cpu, guint8 shape, struct weft_record *record)
{
  guint guess = (shape >> 3) & 7;
  guint32 thread = cpu->current;
  guint32 next;
  WeftDetail detail;

  if (shape & 1 << 2)
    thread = get_thread (self, WEFT_COLUMN_LEAVERS);
  if (guess == WEFT_NEXT_EXPLICIT)
    next = get_thread (self, WEFT_COLUMN_NEXTS);
  else
    next = weft_model_guess_next (&self->model, cpu, thread, guess);
  if (G_UNLIKELY (next == WEFT_MODEL_NONE))
    next = spoil (self);
  switch (shape >> 6)
    {
    case WEFT_DETAIL_LAST:
      detail = self->model.threads[thread].detail[0];
      break;
    case WEFT_DETAIL_BEFORE:
      detail = self->model.threads[thread].detail[1];
      break;
    case WEFT_DETAIL_NEW_ARG:
      detail = self->model.threads[thread].detail[0];
      detail.arg = get_arg (self);
      break;
    default:
      detail = get_detail (self);
    }
  record->kind = WEFT_SWITCH;
  record->tid = self->model.threads[thread].tid;
  record->sw = (struct weft_switch){ detail.flags, detail.how, detail.call,
                                     self->model.threads[next].tid, detail.arg };
  weft_model_learn_switch (&self->model, cpu, thread, next, &detail);
}

static inline void
get_wake (Decoder *self, WeftModelCpu *cpu, guint8 shape, struct weft_record *record)
{
  guint8 how = shape & 1 << 7 ? weft_column_get_byte (&self->columns[WEFT_COLUMN_CONTEXTS])
                              : WEFT_CONTEXT_TASK;
  gboolean in_task = (how & 15) == WEFT_CONTEXT_TASK;
  guint32 waker = in_task ? cpu->current : WEFT_MODEL_IDLE;
  guint guess = (shape >> 3) & 7;
  guint32 woken;
  guint64 target;

  if (shape & 1 << 2)
    waker = get_thread (self, WEFT_COLUMN_WAKERS);
  if (guess < WEFT_WOKEN_EXPLICIT)
    woken = weft_model_guess_woken (&self->model, cpu, waker, in_task, guess);
  else
    woken = get_thread (self, WEFT_COLUMN_WOKEN);
  if (G_UNLIKELY (woken == WEFT_MODEL_NONE))
    woken = spoil (self);
  target = self->model.threads[woken].cpu;
  if (shape & 1 << 6)
    target = weft_column_get_varint (&self->columns[WEFT_COLUMN_TARGETS]);
  record->kind = WEFT_WAKE;
  record->tid = self->model.threads[waker].tid;
  record->wake = (struct weft_wake){ .woken_tid = self->model.threads[woken].tid,
                                     .target_cpu = (guint16)target,
                                     .context = how & 15,
                                     .flags = how >> 4 };
  weft_model_learn_wake (&self->model, cpu, waker, woken, in_task, (guint16)target);
}

static guint64
get_zigzag (Decoder *self, guint column, guint64 guess)
{
  return guess + (guint64)weft_unzigzag (weft_column_get_varint (&self->columns[column]));
}

static void
get_state (Decoder *self, struct weft_state_record *state)
{
  WeftDetail detail = get_detail (self);

  state->sw = (struct weft_switch){ detail.flags, detail.how, detail.call, 0, detail.arg };
  state->leader_start_boottime_ns
      = get_zigzag (self, WEFT_COLUMN_TASK_STARTS, state->task.start_boottime_ns);
}

/* @task: time, kind, units and CPU are set, all else is zero */
static void
get_task (Decoder *self, struct weft_task_record *task)
{
  guint32 thread = get_thread (self, WEFT_COLUMN_TASKS);
  guint32 before = self->model.threads[thread].task;
  guint same = weft_column_get_byte (&self->columns[WEFT_COLUMN_TASK_SAME]);
  struct weft_task_record like = { 0 };

  if (before == WEFT_MODEL_NONE)
    before = self->tasks->len - 1;
  if (self->tasks->len > 0)
    like = g_array_index (self->tasks, struct weft_task_record, before);
  task->tid = self->model.threads[thread].tid;
  task->tgid = like.tgid;
  if (!(same & WEFT_SAME_TGID))
    task->tgid = (guint32)get_zigzag (self, WEFT_COLUMN_TASK_IDS, task->tid);
  task->parent_tgid = like.parent_tgid;
  if (!(same & WEFT_SAME_PARENT))
    task->parent_tgid = (guint32)get_zigzag (self, WEFT_COLUMN_TASK_IDS, like.parent_tgid);
  task->start_boottime_ns = like.start_boottime_ns;
  if (!(same & WEFT_SAME_START))
    task->start_boottime_ns
        += get_zigzag (self, WEFT_COLUMN_TASK_STARTS,
                       task->kind == WEFT_FORK ? task->time_ns - like.time_ns : 0);
  task->cgroup_id = like.cgroup_id;
  if (!(same & WEFT_SAME_CGROUP))
    task->cgroup_id = get_zigzag (self, WEFT_COLUMN_MISC, like.cgroup_id);
  task->status = like.status;
  if (!(same & WEFT_SAME_STATUS))
    task->status = (guint32)get_zigzag (self, WEFT_COLUMN_TASK_IDS,
                                        task->kind == WEFT_FORK ? task->parent_tgid : 0);
  task->task_flags = like.task_flags;
  if (!(same & WEFT_SAME_FLAGS))
    task->task_flags = (guint32)weft_column_get_varint (&self->columns[WEFT_COLUMN_MISC]);
  memcpy (task->comm, like.comm, WEFT_COMM_BYTES);
  if (!(same & WEFT_SAME_NAME))
    weft_column_get_bytes (&self->columns[WEFT_COLUMN_TASK_NAMES], task->comm, WEFT_COMM_BYTES);
  if (task->kind == WEFT_STATE)
    get_state (self, (struct weft_state_record *)task);
  self->model.threads[thread].task = self->tasks->len;
  g_array_append_vals (self->tasks, task, 1);
}

static void
get_rare (Decoder *self, struct weft_record *record)
{
  WeftColumnReader *misc = &self->columns[WEFT_COLUMN_MISC];

  if (record->kind == WEFT_LOST)
    {
      record->lost.count = weft_column_get_varint (misc);
      record->lost.first_ns = get_zigzag (self, WEFT_COLUMN_MISC, record->time_ns);
    }
  else if (record->kind == WEFT_SUSPEND)
    record->suspend.length_ns = weft_column_get_varint (misc);
  else
    {
      record->sync.begin_ns = get_zigzag (self, WEFT_COLUMN_MISC, record->time_ns);
      record->sync.tasks = weft_column_get_varint (misc);
    }
}

/* A record as it is, but for the units: those must be true. */
static void
get_raw (Decoder *self, struct weft_record *record, guint units_left)
{
  WeftColumnReader *raw = &self->columns[WEFT_COLUMN_RAW];
  guint64 units = weft_column_get_varint (raw);

  if (units == 0 || units > units_left
      || !weft_column_get_bytes (raw, record, units * WEFT_UNIT_BYTES) || record->units != units
      || units < weft_kind_units (weft_record_kind (record)))
    {
      spoil (self);
      record->units = 1;
    }
}

/* Everything that is neither a switch nor a wake. */
static void
get_other (Decoder *self, guint8 shape, struct weft_record *record, guint units_left)
{
  guint kind = shape >> 2;
  guint units = weft_columnar_units (kind);

  if ((shape & 3) == WEFT_SHAPE_OTHER && kind == WEFT_SHAPE_RAW)
    {
      get_raw (self, record, units_left);
      return;
    }
  if ((shape & 3) != WEFT_SHAPE_OTHER || units == 0 || units > units_left || kind < WEFT_FORK)
    {
      spoil (self);
      return;
    }
  memset (record->payload, 0, units * (gsize)WEFT_UNIT_BYTES - sizeof *record / 2);
  record->kind = (guint8)kind;
  record->units = (guint8)units;
  record->tid = 0;
  if (units > 1)
    get_task (self, (struct weft_task_record *)record);
  else
    get_rare (self, record);
}

/* Reads one record of CPU @cpu; its time and shape are at @place. */
static inline void
get_record (Decoder *self, guint32 cpu, guint place)
{
  struct weft_record *record = (void *)(self->out + self->n_out * (gsize)WEFT_UNIT_BYTES);
  guint8 shape = self->shapes[place];

  record->time_ns = self->times[place];
  record->cpu = self->cpus[cpu];
  record->units = 1;
  if ((shape & 3) == WEFT_SHAPE_SWITCH)
    get_switch (self, &self->model.cpus[cpu], shape, record);
  else if ((shape & 3) == WEFT_SHAPE_WAKE)
    get_wake (self, &self->model.cpus[cpu], shape, record);
  else
    get_other (self, shape, record, self->n_units - self->n_out);
  self->n_out += record->units;
}

static void
read_records (Decoder *self)
{
  WeftColumnReader *order = &self->columns[WEFT_COLUMN_ORDER];
  guint64 next_jump = order->at < order->end ? weft_column_get_varint (order) : G_MAXUINT64;
  WeftMerge merge;

  weft_merge_init (&merge, self->times, self->counts, self->n_cpus);
  for (guint i = 0; i < self->n_records && !self->damaged; i++)
    {
      guint32 cpu = weft_merge_peek (&merge);
      guint place;

      if (G_UNLIKELY (self->n_out >= self->n_units))
        break;
      if (G_LIKELY (i != next_jump))
        place = weft_merge_take_top (&merge);
      else
        {
          guint64 jump_cpu = weft_column_get_varint (order);

          cpu = (guint32)jump_cpu;
          if (jump_cpu >= self->n_cpus || !weft_merge_take (&merge, cpu, &place))
            {
              spoil (self);
              break;
            }
          next_jump = order->at < order->end ? i + weft_column_get_varint (order) : G_MAXUINT64;
        }
      get_record (self, cpu, place);
    }
  self->damaged |= merge.n_heads > 0 || self->n_out != self->n_units;
  weft_merge_clear (&merge);
}

static gboolean
read_all (Decoder *self, GError **error)
{
  self->out = weft_buffer_pool_take (self->pool, self->n_units * (gsize)WEFT_UNIT_BYTES);
  weft_model_init (&self->model, self->cpus, self->n_cpus);
  read_times (self);
  read_records (self);
  for (guint i = 0; i < WEFT_N_COLUMNS; i++)
    self->damaged |= self->columns[i].overrun;
  return !self->damaged || refuse (error);
}

WeftChunkDecoder *
weft_chunk_decoder_new (void)
{
  WeftChunkDecoder *self = g_new0 (WeftChunkDecoder, 1);

  self->zstd = ZSTD_createDCtx ();
  self->pool = weft_buffer_pool_new ();
  self->whats = g_array_new (FALSE, FALSE, sizeof (WeftDetail));
  self->args = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->tasks = g_array_new (FALSE, FALSE, sizeof (struct weft_task_record));
  return self;
}

/* Forgets the chunk, keeps the room. */
static void
reset (WeftChunkDecoder *self)
{
  for (guint i = 0; i < WEFT_N_COLUMNS; i++)
    {
      if (self->storage[i].capacity > KEPT_COLUMN_BYTES)
        weft_column_clear (&self->storage[i]);
      self->storage[i].length = 0;
    }
  weft_model_clear (&self->model);
  g_array_set_size (self->whats, 0);
  g_array_set_size (self->args, 0);
  g_array_set_size (self->tasks, 0);
  g_clear_pointer (&self->cpus, g_free);
  g_clear_pointer (&self->counts, g_free);
  if (self->out != NULL)
    weft_buffer_pool_give_back (self->pool, g_steal_pointer (&self->out));
  self->last_tid = 0;
  self->last_arg = 0;
  self->n_out = 0;
  self->damaged = FALSE;
}

void
weft_chunk_decoder_free (WeftChunkDecoder *self)
{
  if (self == NULL)
    return;
  reset (self);
  for (guint i = 0; i < WEFT_N_COLUMNS; i++)
    weft_column_clear (&self->storage[i]);
  weft_column_clear (&self->times_storage);
  g_array_unref (self->whats);
  g_array_unref (self->args);
  g_array_unref (self->tasks);
  weft_buffer_pool_unref (self->pool);
  ZSTD_freeDCtx (self->zstd);
  g_free (self);
}

GBytes *
weft_chunk_decoder_decode (WeftChunkDecoder *self, GBytes *bytes, GError **error)
{
  GBytes *records = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  WeftColumnReader in = { data, size > 0 ? data + size : data, FALSE };

  if (read_header (self, &in, error) && read_columns (self, &in, error) && read_all (self, error))
    records = weft_buffer_pool_wrap (self->pool, g_steal_pointer (&self->out),
                                     self->n_units * (gsize)WEFT_UNIT_BYTES);
  reset (self);
  return records;
}

GBytes *
weft_chunk_decode (GBytes *bytes, GError **error)
{
  g_autoptr (WeftChunkDecoder) decoder = weft_chunk_decoder_new ();

  return weft_chunk_decoder_decode (decoder, bytes, error);
}
