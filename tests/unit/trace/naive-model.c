/* naive-model.c: see the header. In: records. Out: changes by tid, and counts by
 * walking all records again for each question. */
#include "naive-model.h"
#include <string.h>

struct _NaiveModel
{
  GPtrArray *batches; /* GBytes */
  GPtrArray *records; /* into the batches, by time */
  GHashTable *by_tid; /* tid → GArray of NaiveChange */
};

NaiveModel *
naive_model_new (void)
{
  NaiveModel *self = g_new0 (NaiveModel, 1);

  self->batches = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  self->records = g_ptr_array_new ();
  self->by_tid = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
  return self;
}

void
naive_model_free (NaiveModel *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->batches);
  g_ptr_array_unref (self->records);
  g_hash_table_unref (self->by_tid);
  g_free (self);
}

void
naive_model_add (NaiveModel *self, GBytes *records)
{
  gsize bytes;
  const guint8 *data = g_bytes_get_data (records, &bytes);

  g_ptr_array_add (self->batches, g_bytes_ref (records));
  for (gsize offset = 0; offset < bytes;
       offset += (gsize)((const struct weft_record *)(const void *)(data + offset))->units
                 * WEFT_UNIT_BYTES)
    g_ptr_array_add (self->records, (gpointer)(data + offset));
}

static gint
compare_times (gconstpointer a, gconstpointer b, gpointer unused)
{
  const struct weft_record *one = *(const struct weft_record *const *)a;
  const struct weft_record *other = *(const struct weft_record *const *)b;

  return (one->time_ns > other->time_ns) - (one->time_ns < other->time_ns);
}

GArray *
naive_model_get_changes (NaiveModel *self, guint32 tid)
{
  GArray *changes = g_hash_table_lookup (self->by_tid, GUINT_TO_POINTER (tid));

  if (changes == NULL)
    {
      changes = g_array_new (FALSE, FALSE, sizeof (NaiveChange));
      g_hash_table_insert (self->by_tid, GUINT_TO_POINTER (tid), changes);
    }
  return changes;
}

static WeftState
last_state (GArray *changes)
{
  return changes->len == 0 ? WEFT_STATE_UNKNOWN
                           : g_array_index (changes, NaiveChange, changes->len - 1).state;
}

static void
change (NaiveModel *self, guint32 tid, guint64 time_ns, WeftState state)
{
  NaiveChange item = { time_ns, state };

  if (tid != 0)
    g_array_append_val (naive_model_get_changes (self, tid), item);
}

static gboolean
sleeps (WeftState state)
{
  return state != WEFT_STATE_UNKNOWN && state != WEFT_STATE_RUNNING && state != WEFT_STATE_RUNNABLE
         && state != WEFT_STATE_EXITED;
}

static void
run_switch (NaiveModel *self, const WeftSyscalls *calls, const struct weft_record *record,
            GHashTable *woken)
{
  WeftState state = weft_state_after (calls, &record->sw);

  /* a waking that came before the switch it ends: it does not sleep */
  if (g_hash_table_remove (woken, GUINT_TO_POINTER (record->tid)) && sleeps (state))
    state = WEFT_STATE_RUNNABLE;
  change (self, record->tid, record->time_ns, state);
  change (self, record->sw.next_tid, record->time_ns, WEFT_STATE_RUNNING);
  g_hash_table_remove (woken, GUINT_TO_POINTER (record->sw.next_tid));
}

void
naive_model_run (NaiveModel *self, const WeftSyscalls *calls)
{
  g_autoptr (GHashTable) woken = g_hash_table_new (NULL, NULL);

  g_qsort_with_data (self->records->pdata, (gint)self->records->len, sizeof (gpointer),
                     compare_times, NULL);
  for (guint i = 0; i < self->records->len; i++)
    {
      const struct weft_record *record = self->records->pdata[i];
      const struct weft_state_record *state = (const void *)record;

      if (record->kind == WEFT_SWITCH)
        run_switch (self, calls, record, woken);
      else if (record->kind == WEFT_FORK)
        change (self, record->tid, record->time_ns, WEFT_STATE_RUNNABLE);
      else if (record->kind == WEFT_STATE)
        change (self, record->tid, record->time_ns, weft_state_after (calls, &state->sw));
      else if (record->kind == WEFT_WAKE)
        {
          guint32 tid = record->wake.woken_tid;
          WeftState before = last_state (naive_model_get_changes (self, tid));

          if (before == WEFT_STATE_RUNNING)
            g_hash_table_add (woken, GUINT_TO_POINTER (tid));
          else if (sleeps (before))
            change (self, tid, record->time_ns, WEFT_STATE_RUNNABLE);
        }
    }
}

void
naive_model_shares (NaiveModel *self, guint32 tid, guint64 from_ns, guint64 to_ns, guint64 edge_ns,
                    WeftShares *shares)
{
  GArray *changes = naive_model_get_changes (self, tid);

  memset (shares, 0, sizeof *shares);
  for (guint i = 0; i < changes->len; i++)
    {
      const NaiveChange *item = &g_array_index (changes, NaiveChange, i);
      guint64 end = i + 1 < changes->len ? item[1].time_ns : edge_ns;
      guint64 begin = MAX (item->time_ns, from_ns);

      end = MIN (MIN (end, to_ns), edge_ns);
      if (item->state != WEFT_STATE_EXITED && end > begin)
        shares->ns[item->state] += end - begin;
    }
}

/* Whether a thread waits for a CPU, and since which waking. */
typedef struct
{
  gboolean awake;
  guint64 left_ns, woken_ns;
} Waking;

/* Returns: how long it waited, when the record ends such a wait; else 0. */
static guint64
follow_waking (Waking *self, const struct weft_record *record, guint32 tid)
{
  guint64 wait = 0;

  if (record->kind == WEFT_SWITCH && record->tid == tid)
    {
      self->awake = weft_switch_left (&record->sw) <= WEFT_LEFT_YIELDED;
      self->left_ns = record->time_ns;
    }
  if (record->kind == WEFT_SWITCH && record->sw.next_tid == tid)
    {
      wait = self->woken_ns != 0 ? record->time_ns - self->woken_ns : 0;
      self->woken_ns = 0;
      self->awake = TRUE;
    }
  if (record->kind == WEFT_FORK && record->tid == tid)
    self->awake = TRUE;
  if (record->kind == WEFT_WAKE && record->wake.woken_tid == tid && !self->awake
      && self->woken_ns == 0 && record->time_ns > self->left_ns)
    self->woken_ns = record->time_ns;
  return wait;
}

void
naive_model_counts (NaiveModel *self, guint32 tid, guint64 from_ns, guint64 to_ns,
                    NaiveCounts *counts)
{
  Waking waking = { 0 };

  *counts = (NaiveCounts){ .waits = g_array_new (FALSE, FALSE, sizeof (guint64)) };
  for (guint i = 0; i < self->records->len; i++)
    {
      const struct weft_record *record = self->records->pdata[i];
      guint64 wait;

      if (record->time_ns >= to_ns)
        continue;
      wait = follow_waking (&waking, record, tid);
      if (record->time_ns < from_ns)
        continue;
      if (wait > 0)
        g_array_append_val (counts->waits, wait);
      if (record->kind == WEFT_SWITCH && record->tid == tid)
        {
          gboolean forced = weft_switch_left (&record->sw) <= WEFT_LEFT_YIELDED;

          counts->switches++;
          counts->involuntary += forced;
          counts->voluntary += !forced;
        }
      if (record->kind == WEFT_WAKE && record->wake.woken_tid == tid)
        counts->wakeups++;
    }
}
