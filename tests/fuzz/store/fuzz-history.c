/* fuzz-history.c: what leaves memory and comes back is what never left. In: libFuzzer's
 * bytes, four of them a record, as chunks of a recording. Out: a crash, or nothing. Stores
 * take the same chunks; some of them lose all they may lose and load it again, one has
 * nothing but their tables. */
#include <stdlib.h>
#include <string.h>
#include "history-private.h"
#include "trace-restore.h"

#define START (G_GUINT64_CONSTANT (1000000000))
#define STEP_NS 100
#define MAX_RECORDS_A_CHUNK 160
/* The store keeps the newest in memory whatever the limit. */
#define EMPTY_CHUNKS 6
/* Calls that wait for each kind of thing, on x86_64. */
static const gint16 calls[] = { 0, 202, 232, 35, 61, 45, WEFT_CALL_NONE, 11 };

/* An end is rare: a block of a track takes some 60 changes before it can leave. */
static const guint8 lefts[]
    = { WEFT_LEFT_PREEMPTED, WEFT_LEFT_SLEEP,   WEFT_LEFT_SLEEP, WEFT_LEFT_BLOCKED,
        WEFT_LEFT_DISK,      WEFT_LEFT_STOPPED, WEFT_LEFT_IDLE,  WEFT_LEFT_UNKNOWN };

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

typedef union
{
  struct weft_record record;
  struct weft_task_record task;
  struct weft_state_record state;
} AnyRecord;

static void G_GNUC_NORETURN
fail (const char *complaint)
{
  g_printerr ("%s\n", complaint);
  abort ();
}

/* --- records from bytes ------------------------------------------------------- */

static struct weft_switch
make_switch (const guint8 *bytes)
{
  guint8 left = bytes[2] == 0xff ? WEFT_LEFT_DEAD : lefts[bytes[2] >> 4 & 7];

  return (struct weft_switch){ .flags = (guint8)((bytes[3] & 3)
                                                 | (bytes[2] & 8 ? WEFT_FLAG_CONTENDED : 0)),
                               .how = (guint8)(left | (bytes[3] & 0x70)),
                               .call = calls[bytes[3] >> 2 & 7],
                               .next_tid = bytes[2] & 7,
                               .arg = 0x1000 + 4 * (bytes[3] >> 7) };
}

static void
make_task (AnyRecord *any, const guint8 *bytes, guint8 kind)
{
  any->task.kind = kind;
  any->task.units = 2;
  any->task.tgid = bytes[2] & 1 ? any->record.tid : 1;
  any->task.parent_tgid = 1;
  any->task.start_boottime_ns = 1 + (bytes[2] >= 0xf0);
  any->task.task_flags = bytes[3] & 15;
  if (kind == WEFT_EXEC)
    any->task.old_tid = bytes[2] >> 4 & 7;
  memcpy (any->task.comm, "task", 5);
}

static void
make_state (AnyRecord *any, const guint8 *bytes)
{
  make_task (any, bytes, WEFT_STATE);
  any->task.units = 3;
  any->state.sw = make_switch (bytes);
  any->state.sw.next_tid = 0;
  any->state.leader_start_boottime_ns = any->task.start_boottime_ns;
}

static void
make_frequent (AnyRecord *any, const guint8 *bytes, gboolean wake)
{
  any->record.kind = wake ? WEFT_WAKE : WEFT_SWITCH;
  if (wake)
    any->record.wake
        = (struct weft_wake){ .woken_tid = bytes[2] & 7,
                              .target_cpu = bytes[2] >> 3 & 1,
                              .context = bytes[3] & 3,
                              .flags = (bytes[3] & 0x7c) == 0x7c ? WEFT_WAKE_UNWANTED : 0 };
  else
    any->record.sw = make_switch (bytes);
}

/* Most are switches and wakings, and most rise in time. */
static void
make_record (AnyRecord *any, const guint8 *bytes, guint64 *time_ns)
{
  guint op = bytes[0] & 31;
  guint64 back = (guint64)(bytes[1] & 0x3f) * STEP_NS;

  memset (any, 0, sizeof *any);
  if ((bytes[1] & 0xc0) == 0xc0)
    any->record.time_ns = *time_ns - MIN (back, *time_ns - START);
  else
    any->record.time_ns = *time_ns += back / 8;
  any->record.units = 1;
  any->record.tid = bytes[0] >> 5;
  any->record.cpu = bytes[3] >> 7;
  switch (op)
    {
    case 27:
      make_task (any, bytes, bytes[3] & 16 ? WEFT_FORK : WEFT_RENAME);
      break;
    case 28:
      make_task (any, bytes, bytes[3] & 16 ? WEFT_EXIT : WEFT_EXEC);
      break;
    case 29:
      make_state (any, bytes);
      break;
    case 30:
      any->record.kind = WEFT_LOST;
      any->record.lost.count = 1;
      any->record.lost.first_ns = any->record.time_ns - bytes[2] * STEP_NS;
      break;
    case 31:
      any->record.kind = WEFT_SYNC;
      any->record.sync.begin_ns = any->record.time_ns - bytes[2] * STEP_NS;
      break;
    default:
      make_frequent (any, bytes, op > 20);
      break;
    }
}

/* (element-type GBytes): the first byte says how many records make a chunk. */
static GPtrArray *
make_chunks (const guint8 *data, gsize size)
{
  GPtrArray *chunks = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  gsize per_chunk = 1 + data[0] % MAX_RECORDS_A_CHUNK;
  guint64 time_ns = START;
  GByteArray *open = g_byte_array_new ();

  for (gsize i = 0; 1 + i * 4 + 4 <= size; i++)
    {
      AnyRecord any;

      make_record (&any, data + 1 + i * 4, &time_ns);
      g_byte_array_append (open, (const guint8 *)&any, (guint)any.record.units * WEFT_UNIT_BYTES);
      if ((i + 1) % per_chunk == 0)
        {
          g_ptr_array_add (chunks, g_byte_array_free_to_bytes (open));
          open = g_byte_array_new ();
        }
    }
  g_ptr_array_add (chunks, g_byte_array_free_to_bytes (open));
  for (guint i = 0; i < EMPTY_CHUNKS; i++)
    g_ptr_array_add (chunks, g_bytes_new (NULL, 0));
  return chunks;
}

/* --- two stores ----------------------------------------------------------------- */

static GBytes *
fetch (guint chunk, gpointer user_data, GError **error)
{
  return g_bytes_ref (g_ptr_array_index ((GPtrArray *)user_data, chunk));
}

static WeftTraceStore *
new_store (GPtrArray *chunks, guint64 limit)
{
  WeftTraceInfo info = { .architecture = "x86_64", .n_cpus = 2, .start_ns = START };
  WeftTraceStore *store = weft_trace_store_new (&info);

  weft_trace_store_set_fetch_func (store, fetch, chunks, NULL);
  weft_trace_store_set_memory_limit (store, limit);
  for (guint i = 0; i < chunks->len; i++)
    if (!weft_trace_store_replay_chunk (store, i, g_ptr_array_index (chunks, i), NULL))
      fail ("a good chunk was refused");
  return store;
}

static void
load_all (WeftTraceStore *store, guint n, gboolean backwards)
{
  for (guint i = 0; i < n; i++)
    if (!weft_trace_store_load_chunk (store, backwards ? n - 1 - i : i, NULL))
      fail ("a chunk did not come back");
}

/* --- and their tracks ------------------------------------------------------------ */

static void
check_totals (WeftTraceStore *whole, WeftTraceStore *other, guint id)
{
  guint64 edge = weft_trace_store_get_edge (whole);
  const guint64 ends[] = { 0, edge };
  g_autoptr (WeftHold) hold = weft_history_hold (other, &id, 1, ends, 2, NULL, NULL, NULL);
  WeftShares a = { { 0 } }, b = { { 0 } };

  weft_thread_track_shares (weft_trace_store_get_thread (whole, id)->track, 0, edge, edge, &a,
                            NULL);
  if (!weft_thread_track_shares (weft_trace_store_get_thread (other, id)->track, 0, edge, edge, &b,
                                 NULL))
    fail ("the whole needs what left memory");
  if (memcmp (&a, &b, sizeof a) != 0)
    fail ("totals left memory");
}

/* What the totals of chunks tell without their tracks is what these tell. */
static void
check_grains (WeftTraceStore *whole, WeftTraceStore *other, guint id, guint64 from, guint64 to)
{
  enum
  {
    N = 7
  };
  guint64 edge = weft_trace_store_get_edge (whole), edges[N + 1];
  g_autoptr (WeftHold) hold = NULL;

  for (guint i = 0; i <= N; i++)
    edges[i] = from + (to - from) * i / N;
  weft_history_snap (other, edges, N + 1, (to - from) / N);
  hold = weft_history_hold (other, &id, 1, edges, N + 1, NULL, NULL, NULL);
  for (guint i = 0; i < N; i++)
    {
      WeftShares a = { { 0 } }, b = { { 0 } };

      weft_thread_track_shares (weft_trace_store_get_thread (whole, id)->track, edges[i],
                                edges[i + 1], edge, &a, NULL);
      if (!weft_thread_track_shares (weft_trace_store_get_thread (other, id)->track, edges[i],
                                     edges[i + 1], edge, &b, NULL))
        fail ("what is held is not known");
      if (memcmp (&a, &b, sizeof a) != 0)
        fail ("a column came back as another");
    }
}

static void
check_slices (const WeftThreadTrack *whole, const WeftThreadTrack *other, guint64 edge)
{
  guint64 time = weft_thread_track_get_start (whole);
  WeftSlice a, b;

  while (time < edge && weft_thread_track_slice_at (whole, time, edge, &a, NULL))
    {
      if (!weft_thread_track_slice_at (other, time, edge, &b, NULL))
        fail ("a slice is still absent");
      if (a.start_ns != b.start_ns || a.end_ns != b.end_ns || a.state != b.state || a.cpu != b.cpu)
        fail ("a slice came back as another");
      time = MAX (a.end_ns, time + 1);
    }
}

/* The shares are what the slices say one by one. */
static void
check_alone (const WeftThreadTrack *track, guint64 edge)
{
  guint64 time = weft_thread_track_get_start (track);
  WeftSlice slice;

  while (time < edge && weft_thread_track_slice_at (track, time, edge, &slice, NULL))
    {
      guint64 end = MIN (MAX (slice.end_ns, time + 1), edge);
      WeftShares shares = { { 0 } };

      if (!weft_thread_track_shares (track, time, end, edge, &shares, NULL))
        fail ("a slice is still absent");
      if (slice.state != WEFT_STATE_EXITED && shares.ns[slice.state] != end - time)
        fail ("shares and slices disagree");
      time = end;
    }
}

/* --- and a store that has only the tables ------------------------------------------ */

static WeftTraceStore *
restore (WeftTraceStore *whole)
{
  WeftTraceStore *store = weft_trace_store_new (weft_trace_store_get_info (whole));

  for (guint i = 0; i < whole->chunks->len; i++)
    {
      const HistoryChunk *from = weft_history_get (whole, i);
      const WeftChunk chunk = { .number = i,
                                .first_ns = from->first_ns,
                                .last_ns = from->last_ns,
                                .n_records = from->n_records };

      if (!weft_trace_store_restore_chunk (store, &chunk, from->tables[WEFT_DERIVED_LIVES],
                                           from->tables[WEFT_DERIVED_TOTALS],
                                           from->tables[WEFT_DERIVED_RESTATED]))
        fail ("the tables do not tell who there was");
    }
  if (!weft_trace_store_end_restore (store))
    fail ("the tables tell of nobody");
  return store;
}

static void
check_lives (WeftTraceStore *whole, WeftTraceStore *restored)
{
  for (guint id = 0; id < weft_trace_store_count_threads (whole); id++)
    {
      const WeftThread *one = weft_trace_store_get_thread (whole, id);
      const WeftThread *other = weft_trace_store_get_thread (restored, id);
      guint16 cpu, other_cpu;

      if (one->tid != other->tid || one->first_tid != other->first_tid
          || one->moved_ns != other->moved_ns || one->birth_ns != other->birth_ns
          || one->death_ns != other->death_ns || one->process != other->process
          || strcmp (one->name, other->name) != 0)
        fail ("the tables tell of another life");
      if (weft_thread_track_get_head (one->track, &cpu)
              != weft_thread_track_get_head (other->track, &other_cpu)
          || cpu != other_cpu)
        fail ("the tables tell of another beginning");
    }
}

/* What came late for what had left is not the same: it found nothing to be put into.
 * So the second store loses its history when all is there, the third as it comes. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GPtrArray) chunks = NULL;
  g_autoptr (WeftTraceStore) whole = NULL, emptied = NULL, tight = NULL;
  g_autoptr (WeftTraceStore) restored = NULL;
  guint64 edge;

  if (size < 5)
    return 0;
  chunks = make_chunks (data, size);
  whole = new_store (chunks, G_MAXUINT64);
  emptied = new_store (chunks, G_MAXUINT64);
  tight = new_store (chunks, 0);
  weft_trace_store_set_memory_limit (emptied, 0);
  weft_trace_store_finish (emptied, 0);
  edge = weft_trace_store_get_edge (whole);
  restored = restore (whole);
  check_lives (whole, restored);
  for (guint id = 0; id < weft_trace_store_count_threads (whole); id++)
    check_totals (whole, emptied, id);
  for (guint id = 0; id < weft_trace_store_count_threads (whole) && edge > START; id++)
    check_grains (whole, emptied, id, START + (edge - START) * (data[1] % 128) / 128,
                  edge - (edge - START) * (data[2] % 128) / 256);
  weft_trace_store_set_memory_limit (emptied, G_MAXUINT64);
  weft_trace_store_set_memory_limit (tight, G_MAXUINT64);
  load_all (emptied, chunks->len, data[0] & 1);
  load_all (tight, chunks->len, data[0] & 1);
  for (guint id = 0; id < weft_trace_store_count_threads (whole); id++)
    {
      check_slices (weft_trace_store_get_thread (whole, id)->track,
                    weft_trace_store_get_thread (emptied, id)->track, edge);
      check_alone (weft_trace_store_get_thread (tight, id)->track, edge);
    }
  return 0;
}
