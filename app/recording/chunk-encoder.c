/* chunk-encoder.c: records to columns. In: the records of a chunk, read once to
 * count them by CPU, once to write them. Out: packed bytes (chunk-codec.h). */
#include "chunk-codec.h"
#include "chunk-columns.h"
#include "chunk-merge.h"
#include "number-index.h"
#include <glib/gi18n.h>

typedef struct
{
  WeftColumn columns[WEFT_N_COLUMNS];
  WeftModel model;
  WeftNumberIndex tids, whats, args;
  guint32 last_tid; /* of the newest new thread */
  guint64 last_arg; /* the newest new one */
  GArray *tasks;    /* struct weft_state_record: task records so far */
  guint n_records;
  guint n_units;
  guint64 first_ns;
  guint16 *cpus; /* those of the chunk, in order of their first record */
  guint *counts; /* of records, for each */
  guint *starts; /* where each one's records begin in shapes and times */
  guint n_cpus;
  guint8 *shapes;     /* CPU by CPU */
  guint64 *times;     /* the same */
  guint32 *cpu_order; /* record by record: its CPU's number */
} Encoder;

static void
encoder_clear (Encoder *self)
{
  for (guint i = 0; i < WEFT_N_COLUMNS; i++)
    weft_column_clear (&self->columns[i]);
  weft_model_clear (&self->model);
  weft_number_index_clear (&self->tids);
  weft_number_index_clear (&self->whats);
  weft_number_index_clear (&self->args);
  g_clear_pointer (&self->tasks, g_array_unref);
  g_free (self->cpus);
  g_free (self->counts);
  g_free (self->starts);
  g_free (self->shapes);
  g_free (self->times);
  g_free (self->cpu_order);
}

static gboolean
refuse (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       _ ("The records cannot be kept: they are malformed."));
  return FALSE;
}

/* Checks all records, finds their CPUs and how many each has. */
static gboolean
count_records (Encoder *self, const guint8 *data, gsize bytes, GError **error)
{
  WeftNumberIndex cpu_index = { NULL };
  gboolean whole = bytes % WEFT_UNIT_BYTES == 0 && bytes / WEFT_UNIT_BYTES <= WEFT_CHUNK_MAX_UNITS;

  self->n_units = whole ? (guint)(bytes / WEFT_UNIT_BYTES) : 0;
  self->cpu_order = g_new (guint32, self->n_units + 1);
  self->cpus = g_new (guint16, self->n_units + 1);
  self->counts = g_new0 (guint, self->n_units + 1);
  for (guint unit = 0; whole && unit < self->n_units;)
    {
      const struct weft_record *record = (const void *)(data + unit * (gsize)WEFT_UNIT_BYTES);
      guint32 cpu;

      whole = record->units > 0 && record->units <= self->n_units - unit
              && record->units >= weft_kind_units (weft_record_kind (record));
      if (!whole)
        break;
      cpu = weft_number_index_get (&cpu_index, record->cpu);
      self->cpus[cpu] = record->cpu;
      self->counts[cpu]++;
      self->cpu_order[self->n_records++] = cpu;
      unit += record->units;
    }
  self->n_cpus = cpu_index.n_values;
  weft_number_index_clear (&cpu_index);
  return whole || refuse (error);
}

static guint32
number_thread (Encoder *self, guint32 tid)
{
  guint32 number = weft_number_index_get (&self->tids, tid);

  if (number == self->model.n_threads)
    {
      weft_model_add_thread (&self->model, tid);
      weft_column_put_varint (&self->columns[WEFT_COLUMN_TIDS],
                              weft_zigzag ((gint64)tid - self->last_tid));
      self->last_tid = tid;
    }
  return number;
}

/* Writes a thread's number, and for a new one its tid. */
static guint32
put_thread (Encoder *self, guint column, guint32 tid)
{
  guint32 number = number_thread (self, tid);

  weft_column_put_varint (&self->columns[column], number);
  return number;
}

static void
put_arg (Encoder *self, guint64 arg)
{
  guint32 n_before = self->args.n_values;
  guint32 number = weft_number_index_get (&self->args, arg);

  weft_column_put_varint (&self->columns[WEFT_COLUMN_ARGS], number);
  if (number == n_before)
    {
      weft_column_put_varint (&self->columns[WEFT_COLUMN_NEW_ARGS],
                              weft_zigzag ((gint64)(arg - self->last_arg)));
      self->last_arg = arg;
    }
}

static void
put_detail (Encoder *self, const WeftDetail *detail)
{
  guint32 n_before = self->whats.n_values;
  guint32 what = detail->flags | (guint32)detail->how << 8 | (guint32)(guint16)detail->call << 16;
  guint32 number = weft_number_index_get (&self->whats, what);

  weft_column_put_varint (&self->columns[WEFT_COLUMN_WHATS], number);
  if (number == n_before)
    {
      guint32 bytes = GUINT32_TO_LE (what);

      weft_column_put_bytes (&self->columns[WEFT_COLUMN_NEW_WHATS], &bytes, 4);
    }
  put_arg (self, detail->arg);
}

static guint
guess_detail (const WeftModelThread *thread, const WeftDetail *detail)
{
  const WeftDetail *last = &thread->detail[0];

  if (weft_detail_equal (last, detail))
    return WEFT_DETAIL_LAST;
  if (weft_detail_equal (&thread->detail[1], detail))
    return WEFT_DETAIL_BEFORE;
  if (last->flags == detail->flags && last->how == detail->how && last->call == detail->call)
    return WEFT_DETAIL_NEW_ARG;
  return WEFT_DETAIL_EXPLICIT;
}

static guint8
put_switch (Encoder *self, WeftModelCpu *cpu, const struct weft_record *record)
{
  const WeftDetail detail = { record->sw.arg, record->sw.call, record->sw.flags, record->sw.how };
  guint32 thread = cpu->current;
  guint32 next;
  guint shape = WEFT_SHAPE_SWITCH, guess, detail_guess;

  if (self->model.threads[thread].tid != record->tid)
    {
      shape |= 1 << 2;
      thread = put_thread (self, WEFT_COLUMN_LEAVERS, record->tid);
    }
  for (guess = WEFT_NEXT_IDLE; guess < WEFT_NEXT_EXPLICIT; guess++)
    {
      next = weft_model_guess_next (&self->model, cpu, thread, guess);
      if (next != WEFT_MODEL_NONE && self->model.threads[next].tid == record->sw.next_tid)
        break;
    }
  if (guess == WEFT_NEXT_EXPLICIT)
    next = put_thread (self, WEFT_COLUMN_NEXTS, record->sw.next_tid);
  detail_guess = guess_detail (&self->model.threads[thread], &detail);
  if (detail_guess == WEFT_DETAIL_EXPLICIT)
    put_detail (self, &detail);
  else if (detail_guess == WEFT_DETAIL_NEW_ARG)
    put_arg (self, detail.arg);
  weft_model_learn_switch (&self->model, cpu, thread, next, &detail);
  return (guint8)(shape | guess << 3 | detail_guess << 6);
}

static guint8
put_wake (Encoder *self, WeftModelCpu *cpu, const struct weft_record *record)
{
  gboolean in_task = record->wake.context == WEFT_CONTEXT_TASK;
  guint32 waker = in_task ? cpu->current : WEFT_MODEL_IDLE;
  guint32 woken = WEFT_MODEL_NONE;
  guint shape = WEFT_SHAPE_WAKE, guess;

  if (self->model.threads[waker].tid != record->tid)
    {
      shape |= 1 << 2;
      waker = put_thread (self, WEFT_COLUMN_WAKERS, record->tid);
    }
  for (guess = WEFT_WOKEN_LAST; guess < WEFT_WOKEN_EXPLICIT; guess++)
    {
      woken = weft_model_guess_woken (&self->model, cpu, waker, in_task, guess);
      if (woken != WEFT_MODEL_NONE && self->model.threads[woken].tid == record->wake.woken_tid)
        break;
    }
  if (guess == WEFT_WOKEN_EXPLICIT)
    woken = put_thread (self, WEFT_COLUMN_WOKEN, record->wake.woken_tid);
  if (self->model.threads[woken].cpu != record->wake.target_cpu)
    {
      shape |= 1 << 6;
      weft_column_put_varint (&self->columns[WEFT_COLUMN_TARGETS], record->wake.target_cpu);
    }
  if (!in_task || record->wake.flags != 0)
    {
      shape |= 1 << 7;
      weft_column_put_byte (&self->columns[WEFT_COLUMN_CONTEXTS],
                            (guint8)(record->wake.context | record->wake.flags << 4));
    }
  weft_model_learn_wake (&self->model, cpu, waker, woken, in_task, record->wake.target_cpu);
  return (guint8)(shape | guess << 3);
}

static void
put_zigzag (Encoder *self, guint column, guint64 value, guint64 guess)
{
  weft_column_put_varint (&self->columns[column], weft_zigzag ((gint64)(value - guess)));
}

static guint
compare_tasks (const struct weft_task_record *a, const struct weft_task_record *b)
{
  return (a->tgid == b->tgid ? WEFT_SAME_TGID : 0)
         | (a->parent_tgid == b->parent_tgid ? WEFT_SAME_PARENT : 0)
         | (a->start_boottime_ns == b->start_boottime_ns ? WEFT_SAME_START : 0)
         | (a->cgroup_id == b->cgroup_id ? WEFT_SAME_CGROUP : 0)
         | (a->status == b->status ? WEFT_SAME_STATUS : 0)
         | (a->task_flags == b->task_flags ? WEFT_SAME_FLAGS : 0)
         | (memcmp (a->comm, b->comm, WEFT_COMM_BYTES) == 0 ? WEFT_SAME_NAME : 0);
}

/* The rest of a STATE record. */
static void
put_state (Encoder *self, const struct weft_state_record *state)
{
  const WeftDetail detail = { state->sw.arg, state->sw.call, state->sw.flags, state->sw.how };

  put_detail (self, &detail);
  put_zigzag (self, WEFT_COLUMN_TASK_STARTS, state->leader_start_boottime_ns,
              state->task.start_boottime_ns);
}

static void
put_task (Encoder *self, const struct weft_task_record *task)
{
  guint32 thread = put_thread (self, WEFT_COLUMN_TASKS, task->tid);
  guint32 before = self->model.threads[thread].task;
  const struct weft_task_record nothing = { 0 };
  const struct weft_task_record *like = &nothing;
  guint same;

  if (before == WEFT_MODEL_NONE)
    before = self->tasks->len - 1;
  if (self->tasks->len > 0)
    like = &g_array_index (self->tasks, struct weft_task_record, before);
  same = compare_tasks (task, like);
  weft_column_put_byte (&self->columns[WEFT_COLUMN_TASK_SAME], (guint8)same);
  if (!(same & WEFT_SAME_TGID))
    put_zigzag (self, WEFT_COLUMN_TASK_IDS, task->tgid, task->tid);
  if (!(same & WEFT_SAME_PARENT))
    put_zigzag (self, WEFT_COLUMN_TASK_IDS, task->parent_tgid, like->parent_tgid);
  if (!(same & WEFT_SAME_START))
    put_zigzag (self, WEFT_COLUMN_TASK_STARTS, task->start_boottime_ns - like->start_boottime_ns,
                task->kind == WEFT_FORK ? task->time_ns - like->time_ns : 0);
  if (!(same & WEFT_SAME_CGROUP))
    put_zigzag (self, WEFT_COLUMN_MISC, task->cgroup_id, like->cgroup_id);
  if (!(same & WEFT_SAME_STATUS))
    put_zigzag (self, WEFT_COLUMN_TASK_IDS, task->status,
                task->kind == WEFT_FORK ? task->parent_tgid : 0);
  if (!(same & WEFT_SAME_FLAGS))
    weft_column_put_varint (&self->columns[WEFT_COLUMN_MISC], task->task_flags);
  if (!(same & WEFT_SAME_NAME))
    weft_column_put_bytes (&self->columns[WEFT_COLUMN_TASK_NAMES], task->comm, WEFT_COMM_BYTES);
  if (task->kind == WEFT_STATE)
    put_state (self, (const struct weft_state_record *)task);
  self->model.threads[thread].task = self->tasks->len;
  g_array_append_vals (self->tasks, task, 1);
}

static void
put_rare (Encoder *self, const struct weft_record *record)
{
  WeftColumn *misc = &self->columns[WEFT_COLUMN_MISC];

  if (record->kind == WEFT_LOST)
    {
      weft_column_put_varint (misc, record->lost.count);
      put_zigzag (self, WEFT_COLUMN_MISC, record->lost.first_ns, record->time_ns);
    }
  else if (record->kind == WEFT_SUSPEND)
    weft_column_put_varint (misc, record->suspend.length_ns);
  else
    {
      put_zigzag (self, WEFT_COLUMN_MISC, record->sync.begin_ns, record->time_ns);
      weft_column_put_varint (misc, record->sync.tasks);
    }
}

/* What the columns have no room for is kept as it is: records of newer versions,
 * unknown kinds, parts, and fields that should be zero and are not. */
static gboolean
fits_columns (const struct weft_record *record)
{
  if (record->units != weft_columnar_units (record->kind))
    return FALSE;
  switch (record->kind)
    {
    case WEFT_WAKE:
      return record->wake.context < 16 && record->wake.flags < 16 && record->wake.zero == 0;
    case WEFT_STATE:
      {
        const struct weft_state_record *state = (const struct weft_state_record *)record;

        return state->zero == 0 && state->sw.next_tid == 0;
      }
    case WEFT_SUSPEND:
      return record->tid == 0 && record->suspend.zero == 0;
    case WEFT_LOST:
    case WEFT_SYNC:
      return record->tid == 0;
    default:
      return TRUE;
    }
}

/* Returns: the record's shape */
static guint8
put_record (Encoder *self, WeftModelCpu *cpu, const struct weft_record *record)
{
  WeftColumn *raw = &self->columns[WEFT_COLUMN_RAW];

  if (!fits_columns (record))
    {
      weft_column_put_varint (raw, record->units);
      weft_column_put_bytes (raw, record, record->units * (gsize)WEFT_UNIT_BYTES);
      return WEFT_SHAPE_OTHER | WEFT_SHAPE_RAW << 2;
    }
  if (record->kind == WEFT_SWITCH)
    return put_switch (self, cpu, record);
  if (record->kind == WEFT_WAKE)
    return put_wake (self, cpu, record);
  if (record->units > 1)
    put_task (self, (const struct weft_task_record *)record);
  else
    put_rare (self, record);
  return (guint8)(WEFT_SHAPE_OTHER | record->kind << 2);
}

static void
put_records (Encoder *self, const guint8 *data)
{
  guint *at = g_new (guint, self->n_cpus + 1);

  self->starts = g_new (guint, self->n_cpus + 1);
  self->starts[0] = 0;
  for (guint i = 0; i < self->n_cpus; i++)
    self->starts[i + 1] = self->starts[i] + self->counts[i];
  memcpy (at, self->starts, self->n_cpus * sizeof *at);
  self->shapes = g_new (guint8, self->n_records + 1);
  self->times = g_new (guint64, self->n_records + 1);
  self->tasks = g_array_new (FALSE, FALSE, sizeof (struct weft_task_record));
  weft_model_init (&self->model, self->cpus, self->n_cpus);
  weft_number_index_get (&self->tids, 0); /* the model's idle thread */
  for (guint i = 0; i < self->n_records; i++)
    {
      const struct weft_record *record = (const void *)data;
      guint place = at[self->cpu_order[i]]++;

      self->shapes[place] = put_record (self, &self->model.cpus[self->cpu_order[i]], record);
      self->times[place] = record->time_ns;
      data += record->units * (gsize)WEFT_UNIT_BYTES;
    }
  self->first_ns = self->n_records > 0 ? self->times[0] : 0;
  weft_column_put_bytes (&self->columns[WEFT_COLUMN_SHAPES], self->shapes, self->n_records);
  g_free (at);
}

static void
put_times (Encoder *self)
{
  WeftColumn *far_bits = &self->columns[WEFT_COLUMN_TIME_BITS];
  WeftBits bits = { 0 };

  for (guint cpu = 0; cpu < self->n_cpus; cpu++)
    {
      guint64 before = self->first_ns;
      guint follows = 0;

      for (guint i = self->starts[cpu]; i < self->starts[cpu + 1]; i++)
        {
          guint context = weft_time_context (follows, self->shapes[i]);
          guint64 delta = self->times[i] - before; /* wraps when time runs backwards */
          guint n_bits;
          guint8 bucket = weft_bucket_of (delta, &n_bits);

          weft_column_put_byte (&self->columns[WEFT_COLUMN_TIMES + context], bucket);
          if (bucket == WEFT_BUCKET_FAR)
            {
              weft_bits_put (&bits, far_bits, (guint32)delta, 32);
              weft_bits_put (&bits, far_bits, (guint32)(delta >> 32), 32);
            }
          else
            weft_bits_put (&bits, far_bits, (guint32)delta & ((1u << n_bits) - 1), n_bits);
          before = self->times[i];
          follows = weft_shape_follows (self->shapes[i]);
        }
    }
  weft_bits_flush (&bits, far_bits);
}

/* Where the records do not come in the order of their times (equal ones, late
 * ones), says whose comes. */
static void
put_order (Encoder *self)
{
  WeftColumn *order = &self->columns[WEFT_COLUMN_ORDER];
  guint last = 0;
  WeftMerge merge;

  weft_merge_init (&merge, self->times, self->counts, self->n_cpus);
  for (guint i = 0; i < self->n_records; i++)
    {
      guint place;

      if (weft_merge_peek (&merge) == self->cpu_order[i])
        {
          weft_merge_take_top (&merge);
          continue;
        }
      weft_merge_take (&merge, self->cpu_order[i], &place);
      weft_column_put_varint (order, i - last);
      weft_column_put_varint (order, self->cpu_order[i]);
      last = i;
    }
  weft_merge_clear (&merge);
}

static WeftColumnNature
get_nature (guint column)
{
  if (column == WEFT_COLUMN_SHAPES)
    return WEFT_COLUMN_PATTERNS;
  return column >= WEFT_COLUMN_TIMES && column <= WEFT_COLUMN_TIME_BITS ? WEFT_COLUMN_NOISE
                                                                        : WEFT_COLUMN_PLAIN;
}

static GBytes *
pack (Encoder *self)
{
  WeftColumn out = { NULL };
  ZSTD_CCtx *zstd = ZSTD_createCCtx ();

  weft_column_put_byte (&out, WEFT_CODEC_VERSION);
  weft_column_put_varint (&out, self->n_records);
  weft_column_put_varint (&out, self->n_units);
  weft_column_put_varint (&out, self->first_ns);
  weft_column_put_varint (&out, self->n_cpus);
  for (guint i = 0; i < self->n_cpus; i++)
    {
      weft_column_put_varint (&out, self->cpus[i]);
      weft_column_put_varint (&out, self->counts[i]);
    }
  for (guint i = 0; i < WEFT_N_COLUMNS; i++)
    weft_column_pack (&self->columns[i], zstd, get_nature (i), &out);
  ZSTD_freeCCtx (zstd);
  return g_bytes_new_take (g_realloc (out.data, out.length), out.length);
}

GBytes *
weft_chunk_encode (GBytes *records, GError **error)
{
  Encoder encoder = { .n_records = 0 };
  GBytes *bytes = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (records, &size);
  g_autofree guint8 *aligned = NULL;

  if ((guintptr)data % 8 != 0)
    data = aligned = g_memdup2 (data, size);
  if (count_records (&encoder, data, size, error))
    {
      put_records (&encoder, data);
      put_times (&encoder);
      put_order (&encoder);
      bytes = pack (&encoder);
    }
  encoder_clear (&encoder);
  return bytes;
}
