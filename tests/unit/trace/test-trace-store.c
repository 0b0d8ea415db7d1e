/* test-trace-store.c: what records do to tracks, in whatever order they come; gaps,
 * malformed batches, history that leaves memory and comes back. */
#include "synthetic.h"
#include "trace-fixture.h"
#include <string.h>

#define MS 1000000
#define BATCH 4000

static Synthetic *
new_machine (void)
{
  SyntheticMachine machine = { .n_cpus = 4,
                               .n_processes = 5,
                               .threads_per_process = 6,
                               .mean_run_ns = 20000,
                               .forks = 0.001,
                               .seed = 3,
                               .start_ns = START };

  return synthetic_new (&machine);
}

static void
assert_same_shares (WeftTraceStore *one, WeftTraceStore *other, GRand *rand)
{
  guint64 edge = MIN (weft_trace_store_get_edge (one), weft_trace_store_get_edge (other));

  g_assert_cmpuint (weft_trace_store_count_threads (one), ==,
                    weft_trace_store_count_threads (other));
  for (guint id = 0; id < weft_trace_store_count_threads (one); id++)
    {
      const WeftThread *thread = weft_trace_store_get_thread (one, id);
      guint twin = weft_trace_store_find_thread (other, thread->tid, thread->birth_ns);

      g_assert_cmpuint (twin, !=, WEFT_NO_ID);
      for (guint i = 0; i < 40; i++)
        {
          guint64 from = START + (guint64)g_rand_double_range (rand, 0, (double)(edge - START));
          guint64 to = from + (guint64)g_rand_double_range (rand, 0, (double)(edge - from) + 1);
          WeftShares a = { { 0 } }, b = { { 0 } };

          g_assert_true (weft_thread_track_shares (thread->track, from, to, edge, &a, NULL));
          g_assert_true (weft_thread_track_shares (weft_trace_store_get_thread (other, twin)->track,
                                                   from, to, edge, &b, NULL));
          g_assert_cmpmem (&a, sizeof a, &b, sizeof b);
        }
    }
}

/* Swaps neighbours of one unit that lie less than the window apart. */
static GBytes *
shuffle (GBytes *records, GRand *rand)
{
  gsize bytes;
  gconstpointer data = g_bytes_get_data (records, &bytes);
  struct weft_record *copy = g_memdup2 (data, bytes);
  guint n = (guint)(bytes / sizeof *copy);

  for (guint pass = 0; pass < 6; pass++)
    for (guint i = 0; i + 1 < n; i += 1 + (guint)g_rand_int_range (rand, 0, 3))
      {
        gboolean whole = i == 0 || copy[i].units == 1;

        if (whole && copy[i].kind == WEFT_SWITCH && copy[i].units == 1
            && copy[i + 1].kind == WEFT_SWITCH && copy[i + 1].units == 1)
          {
            struct weft_record record = copy[i];

            copy[i] = copy[i + 1];
            copy[i + 1] = record;
          }
      }
  return g_bytes_new_take (copy, bytes);
}

static void
test_order_within_the_window_does_not_matter (void)
{
  g_autoptr (WeftTraceStore) sorted = trace_fixture_new_store (),
                             shuffled = trace_fixture_new_store ();
  g_autoptr (Synthetic) machine = new_machine ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  WeftTraceTotals totals;

  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (GBytes) batch = synthetic_next (machine, BATCH);
      g_autoptr (GBytes) mixed = i == 0 ? g_bytes_ref (batch) : shuffle (batch, rand);
      g_autoptr (GError) error = NULL;

      weft_trace_store_append (sorted, batch, synthetic_get_time (machine), &error);
      weft_trace_store_append (shuffled, mixed, synthetic_get_time (machine), &error);
      g_assert_no_error (error);
    }
  assert_same_shares (sorted, shuffled, rand);
  weft_trace_store_get_totals (shuffled, &totals);
  g_assert_cmpuint (totals.late, ==, 0);
}

static struct weft_record
switch_at (guint64 time, guint16 cpu, guint32 prev, guint32 next, enum weft_left left, gint16 call)
{
  return (struct weft_record){ .time_ns = START + time,
                               .kind = WEFT_SWITCH,
                               .units = 1,
                               .cpu = cpu,
                               .tid = prev,
                               .sw = { .how = (guint8)left, .call = call, .next_tid = next } };
}

static struct weft_record
wake_at (guint64 time, guint32 waker, guint32 woken)
{
  return (struct weft_record){ .time_ns = START + time,
                               .kind = WEFT_WAKE,
                               .units = 1,
                               .tid = waker,
                               .wake = { .woken_tid = woken, .context = WEFT_CONTEXT_TASK } };
}

static void
assert_state (WeftTraceStore *store, guint32 tid, guint64 time, WeftState state)
{
  guint id = weft_trace_store_find_thread (store, tid, START + time);
  WeftSlice slice;

  g_assert_cmpuint (id, !=, WEFT_NO_ID);
  g_assert_true (weft_thread_track_slice_at (weft_trace_store_get_thread (store, id)->track,
                                             START + time, weft_trace_store_get_edge (store),
                                             &slice, NULL));
  g_assert_cmpstr (weft_state_get_id (slice.state), ==, weft_state_get_id (state));
}

#define READ 0
#define NANOSLEEP 35

static void
test_a_thread_runs_waits_and_is_woken (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  struct weft_record records[] = {
    switch_at (10, 0, 0, 7, WEFT_LEFT_PREEMPTED, WEFT_CALL_NONE),
    switch_at (20, 0, 7, 8, WEFT_LEFT_SLEEP, NANOSLEEP),
    wake_at (50, 8, 7),
    switch_at (60, 0, 8, 7, WEFT_LEFT_PREEMPTED, WEFT_CALL_NONE),
  };

  trace_fixture_append (store, records, sizeof records, START + 100);
  assert_state (store, 7, 15, WEFT_STATE_RUNNING);
  assert_state (store, 7, 49, WEFT_STATE_TIMER);
  assert_state (store, 7, 50, WEFT_STATE_RUNNABLE);
  assert_state (store, 7, 60, WEFT_STATE_RUNNING);
  assert_state (store, 8, 59, WEFT_STATE_RUNNING);
  assert_state (store, 8, 99, WEFT_STATE_RUNNABLE);
}

/* Two in a thousand: the waker saw it blocked before the switch was traced. */
static void
test_a_waking_before_its_switch_ends_that_wait (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  struct weft_record records[] = {
    switch_at (10, 0, 0, 7, WEFT_LEFT_PREEMPTED, WEFT_CALL_NONE),
    wake_at (19, 8, 7),
    switch_at (20, 0, 7, 0, WEFT_LEFT_SLEEP, NANOSLEEP),
    switch_at (30, 0, 0, 7, WEFT_LEFT_PREEMPTED, WEFT_CALL_NONE),
  };

  trace_fixture_append (store, records, sizeof records, START + 100);
  assert_state (store, 7, 25, WEFT_STATE_RUNNABLE);
  assert_state (store, 7, 30, WEFT_STATE_RUNNING);
}

static void
append_task (WeftTraceStore *store, guint64 time, guint8 kind, guint32 tid, guint32 tgid,
             guint64 start, guint32 old_tid)
{
  struct weft_task_record task = { .time_ns = START + time,
                                   .kind = kind,
                                   .units = 2,
                                   .tid = tid,
                                   .tgid = tgid,
                                   .start_boottime_ns = start,
                                   .old_tid = old_tid,
                                   .comm = "task" };

  trace_fixture_append (store, &task, sizeof task, START + time + 1);
}

/* In an exec from a worker, worker and dying leader exchange their tids; the leader's
 * last switch comes under either. */
static void
test_a_leader_that_dies_by_an_exec_may_do_so_under_the_workers_tid (void)
{
  static const guint32 tids[] = { 7, 8 };

  for (guint i = 0; i < G_N_ELEMENTS (tids); i++)
    {
      g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
      struct weft_record run = switch_at (30, 0, 0, 8, WEFT_LEFT_PREEMPTED, WEFT_CALL_NONE);
      struct weft_record dead = switch_at (50, 1, tids[i], 0, WEFT_LEFT_DEAD, WEFT_CALL_NONE);
      struct weft_record sleep = switch_at (80, 0, 7, 0, WEFT_LEFT_SLEEP, NANOSLEEP);

      append_task (store, 10, WEFT_FORK, 7, 7, 100, 0);
      append_task (store, 20, WEFT_FORK, 8, 7, 200, 0);
      trace_fixture_append (store, &run, sizeof run, START + 31);
      append_task (store, 40, WEFT_EXIT, 7, 7, 100, 0);
      trace_fixture_append (store, &dead, sizeof dead, START + 51);
      append_task (store, 60, WEFT_EXEC, 7, 7, 100, 8);
      trace_fixture_append (store, &sleep, sizeof sleep, START + 100);
      g_assert_cmpuint (weft_trace_store_count_threads (store), ==, 2);
      assert_state (store, 7, 70, WEFT_STATE_RUNNING);
      assert_state (store, 7, 90, WEFT_STATE_TIMER);
      g_assert_cmpuint (weft_trace_store_get_thread (store, 0)->death_ns, ==, START + 50);
    }
}

static void
test_what_comes_after_its_window_is_inserted_and_counted (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  struct weft_record first[] = {
    switch_at (10, 0, 0, 7, WEFT_LEFT_PREEMPTED, WEFT_CALL_NONE),
    switch_at (80 * MS, 0, 7, 0, WEFT_LEFT_SLEEP, NANOSLEEP),
  };
  struct weft_record late[] = {
    switch_at (20 * MS, 0, 7, 8, WEFT_LEFT_SLEEP, NANOSLEEP),
    switch_at (30 * MS, 0, 8, 7, WEFT_LEFT_SLEEP, NANOSLEEP),
  };
  WeftTraceTotals totals;

  trace_fixture_append (store, first, sizeof first, START + 100 * MS);
  trace_fixture_append (store, late, sizeof late, START + 110 * MS);
  weft_trace_store_get_totals (store, &totals);
  g_assert_cmpuint (totals.late, ==, 2);
  assert_state (store, 7, 10 * MS, WEFT_STATE_RUNNING);
  assert_state (store, 7, 25 * MS, WEFT_STATE_TIMER);
  assert_state (store, 7, 50 * MS, WEFT_STATE_RUNNING);
  assert_state (store, 7, 90 * MS, WEFT_STATE_TIMER);
}

static void
test_within_a_gap_nothing_is_known (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  struct weft_record lost = { .time_ns = START + 60 * MS,
                              .kind = WEFT_LOST,
                              .units = 1,
                              .lost = { .count = 12, .first_ns = START + 40 * MS } };
  struct weft_record records[] = {
    switch_at (10 * MS, 0, 0, 7, WEFT_LEFT_PREEMPTED, WEFT_CALL_NONE),
    lost,
    switch_at (70 * MS, 0, 7, 0, WEFT_LEFT_SLEEP, NANOSLEEP),
  };
  WeftTraceTotals totals;
  const WeftMark *marks;
  gsize n;

  trace_fixture_append (store, records, sizeof records, START + 100 * MS);
  assert_state (store, 7, 39 * MS, WEFT_STATE_RUNNING);
  assert_state (store, 7, 41 * MS, WEFT_STATE_UNKNOWN);
  assert_state (store, 7, 69 * MS, WEFT_STATE_UNKNOWN);
  assert_state (store, 7, 71 * MS, WEFT_STATE_TIMER);
  weft_trace_store_get_totals (store, &totals);
  g_assert_cmpuint (totals.lost, ==, 12);
  marks = weft_trace_store_get_trace_marks (store, &n);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpint (marks->kind, ==, WEFT_MARK_LOST);
  g_assert_cmpuint (marks->value, ==, 12);
}

static void
test_a_snapshot_tells_again_after_a_gap (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  struct weft_state_record state = {
    .task = { .time_ns = START + 65 * MS,
              .kind = WEFT_STATE,
              .units = 3,
              .tid = 7,
              .tgid = 7,
              .start_boottime_ns = 5,
              .comm = "worker" },
    .sw = { .how = WEFT_LEFT_SLEEP, .call = READ },
  };
  struct weft_record lost = { .time_ns = START + 60 * MS,
                              .kind = WEFT_LOST,
                              .units = 1,
                              .lost = { .count = 1, .first_ns = START + 40 * MS } };
  struct weft_record first = switch_at (10 * MS, 0, 0, 7, WEFT_LEFT_PREEMPTED, WEFT_CALL_NONE);

  trace_fixture_append (store, &first, sizeof first, START + 20 * MS);
  trace_fixture_append (store, &lost, sizeof lost, START + 61 * MS);
  trace_fixture_append (store, &state, sizeof state, START + 100 * MS);
  assert_state (store, 7, 50 * MS, WEFT_STATE_UNKNOWN);
  assert_state (store, 7, 80 * MS, WEFT_STATE_PIPE_FILE);
}

static void
test_a_malformed_batch_changes_nothing (void)
{
  struct weft_record good = switch_at (10, 0, 0, 7, WEFT_LEFT_PREEMPTED, WEFT_CALL_NONE);
  struct weft_record bad[2] = { good, good };
  static const guint8 units[] = { 0, 2, 255 };

  for (guint i = 0; i <= G_N_ELEMENTS (units); i++)
    {
      g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) batch = NULL;
      gsize bytes = i < G_N_ELEMENTS (units) ? sizeof bad : sizeof bad - 5;

      bad[1].units = i < G_N_ELEMENTS (units) ? units[i] : 1;
      batch = g_bytes_new (bad, bytes);
      g_assert_false (weft_trace_store_append (store, batch, G_MAXUINT64, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      g_assert_cmpuint (weft_trace_store_count_threads (store), ==, 0);
      g_assert_cmpuint (weft_trace_store_get_generation (store), ==, 0);
    }
}

static gboolean
keep_bytes_cb (const struct weft_record *record, gpointer user_data)
{
  g_byte_array_append (user_data, (const guint8 *)record, record->units * WEFT_UNIT_BYTES);
  return TRUE;
}

/* The last record waits between two batches: it is counted once. */
static void
test_kinds_of_tomorrow_are_kept_and_counted (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  g_autoptr (GByteArray) kept = g_byte_array_new ();
  struct weft_record records[5] = {
    { .time_ns = START + 5, .kind = 100, .units = 3 },
    { .time_ns = 17, .tid = 1234567 },
    { .time_ns = 0, .kind = WEFT_SWITCH },
    switch_at (10, 0, 0, 7, WEFT_LEFT_PREEMPTED, WEFT_CALL_NONE),
    { .time_ns = START + 20, .kind = 101 | WEFT_HAS_PARTS, .units = 1 },
  };
  WeftTraceTotals totals;

  trace_fixture_append (store, records, sizeof records, START + 15);
  trace_fixture_append (store, records, 0, START + 16);
  trace_fixture_append (store, records, 0, START + 100);
  weft_trace_store_get_totals (store, &totals);
  g_assert_cmpuint (totals.unknown, ==, 2);
  g_assert_cmpuint (totals.events, ==, 1);
  assert_state (store, 7, 50, WEFT_STATE_RUNNING);
  weft_trace_store_foreach_record (store, 0, G_MAXUINT64, keep_bytes_cb, kept, NULL, NULL);
  g_assert_cmpmem (kept->data, kept->len, records, sizeof records);
}

static void
test_parts_trail_a_record_without_a_gap (void)
{
  static const struct
  {
    guint8 units, first, second;
    gboolean good;
  } cases[] = { { 3, 1, 1, TRUE },  { 3, 2, 0, TRUE },  { 2, 1, 0, TRUE }, { 1, 0, 0, FALSE },
                { 3, 1, 0, FALSE }, { 3, 3, 0, FALSE }, { 3, 1, 2, FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
      struct weft_record records[3]
          = { switch_at (10, 0, 0, 7, WEFT_LEFT_PREEMPTED, WEFT_CALL_NONE) };
      struct weft_part *parts = (struct weft_part *)&records[1];
      g_autoptr (GBytes) batch = NULL;
      const struct weft_part *part;

      records[0].kind |= WEFT_HAS_PARTS;
      records[0].units = cases[i].units;
      parts[0].units = cases[i].first;
      parts[1].units = cases[i].second;
      batch = g_bytes_new (records, cases[i].units * WEFT_UNIT_BYTES);
      g_assert_cmpint (weft_trace_store_append (store, batch, START + 100, NULL), ==,
                       cases[i].good);
      if (!cases[i].good)
        continue;
      assert_state (store, 7, 50, WEFT_STATE_RUNNING);
      part = weft_record_part (&records[0], NULL);
      g_assert_true (part == &parts[0]);
      part = weft_record_part (&records[0], part);
      g_assert_true (part == (cases[i].second > 0 ? &parts[1] : NULL));
    }
}

static void
test_time_0_can_be_the_first_record (void)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  struct weft_record first = switch_at (3 * MS, 0, 0, 7, WEFT_LEFT_PREEMPTED, WEFT_CALL_NONE);

  weft_trace_store_begin_with_first (store);
  trace_fixture_append (store, &first, sizeof first, START + 10 * MS);
  g_assert_cmpuint (weft_trace_store_get_start (store), ==, START + 3 * MS);
}

/* --- history that leaves memory ------------------------------------------- */

static void
keep_chunk (WeftTraceStore *store, WeftChunk *chunk, gpointer user_data)
{
  if (chunk->records != NULL)
    g_ptr_array_add (user_data, g_bytes_ref (chunk->records));
}

static GBytes *
fetch_chunk (guint chunk, gpointer user_data, GError **error)
{
  GPtrArray *kept = user_data;

  g_assert_cmpuint (chunk, <, kept->len);
  return g_bytes_ref (g_ptr_array_index (kept, chunk));
}

static void
test_what_left_memory_comes_back_the_same (void)
{
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  g_autoptr (WeftTraceStore) whole = trace_fixture_new_store (),
                             limited = trace_fixture_new_store ();
  g_autoptr (Synthetic) machine = new_machine ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);

  weft_trace_store_set_chunk_func (limited, keep_chunk, kept, NULL);
  weft_trace_store_set_fetch_func (limited, fetch_chunk, kept, NULL);
  weft_trace_store_set_memory_limit (limited, 1 << 20);
  for (guint i = 0; i < 60; i++)
    {
      g_autoptr (GBytes) batch = synthetic_next (machine, BATCH * 2);
      g_autoptr (GError) error = NULL;

      weft_trace_store_append (whole, batch, synthetic_get_time (machine), &error);
      weft_trace_store_append (limited, batch, synthetic_get_time (machine), &error);
      g_assert_no_error (error);
    }
  g_assert_cmpuint (kept->len, >, 3);
  g_assert_cmpuint (weft_trace_store_get_evicted_until (limited), >, START);
  g_assert_cmpuint (weft_trace_store_get_evicted_until (whole), ==, 0);
  weft_trace_store_set_memory_limit (limited, G_MAXUINT64);
  for (guint chunk = 0; chunk < kept->len; chunk++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (weft_trace_store_load_chunk (limited, chunk, &error));
      g_assert_no_error (error);
    }
  assert_same_shares (whole, limited, rand);
}

/* The machine that is traced may be another one, with other numbers of calls. */
static void
test_states_go_by_the_machine_that_is_traced (void)
{
  const struct
  {
    const char *architecture;
    WeftState state;
  } cases[] = { { "x86_64", WEFT_STATE_TIMER }, { "aarch64", WEFT_STATE_OTHER } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
      WeftTraceInfo info = *weft_trace_store_get_info (store);
      struct weft_record record
          = { .time_ns = START + 10, .kind = WEFT_SWITCH, .units = 1, .tid = 7 };
      const WeftThread *thread;
      WeftSlice slice;

      g_strlcpy (info.architecture, cases[i].architecture, sizeof info.architecture);
      weft_trace_store_set_machine (store, &info);
      record.sw.how = WEFT_LEFT_SLEEP;
      record.sw.call = 35; /* nanosleep there, unlinkat here */
      trace_fixture_append (store, &record, sizeof record, G_MAXUINT64);
      weft_trace_store_finish (store, START + 1000);
      thread = weft_trace_store_get_thread (store,
                                            weft_trace_store_find_thread (store, 7, START + 20));
      g_assert_nonnull (thread);
      g_assert_true (
          weft_thread_track_slice_at (thread->track, START + 20, START + 1000, &slice, NULL));
      g_assert_cmpint (slice.state, ==, cases[i].state);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func ("/store/" path, function)
  ADD ("order-within-the-window-does-not-matter", test_order_within_the_window_does_not_matter);
  ADD ("a-thread-runs-waits-and-is-woken", test_a_thread_runs_waits_and_is_woken);
  ADD ("a-waking-before-its-switch-ends-that-wait", test_a_waking_before_its_switch_ends_that_wait);
  ADD ("a-leader-that-dies-by-an-exec-may-do-so-under-the-workers-tid",
       test_a_leader_that_dies_by_an_exec_may_do_so_under_the_workers_tid);
  ADD ("what-comes-after-its-window-is-inserted-and-counted",
       test_what_comes_after_its_window_is_inserted_and_counted);
  ADD ("within-a-gap-nothing-is-known", test_within_a_gap_nothing_is_known);
  ADD ("a-snapshot-tells-again-after-a-gap", test_a_snapshot_tells_again_after_a_gap);
  ADD ("a-malformed-batch-changes-nothing", test_a_malformed_batch_changes_nothing);
  ADD ("kinds-of-tomorrow-are-kept-and-counted", test_kinds_of_tomorrow_are_kept_and_counted);
  ADD ("parts-trail-a-record-without-a-gap", test_parts_trail_a_record_without_a_gap);
  ADD ("time-0-can-be-the-first-record", test_time_0_can_be_the_first_record);
  ADD ("what-left-memory-comes-back-the-same", test_what_left_memory_comes_back_the_same);
  ADD ("states-go-by-the-machine-that-is-traced", test_states_go_by_the_machine_that_is_traced);
#undef ADD
  return g_test_run ();
}
