/* test-thread-track.c: shares, slices, late changes, cuts and eviction of one track,
 * against a plain list of changes that is walked from its beginning. */
#include "thread-track.h"
#include <string.h>

#define N_CHANGES 3000
#define CHANGES_PER_CHUNK 500
#define START 1000

typedef struct
{
  guint64 time_ns;
  WeftState state;
  guint16 cpu;
} Change;

typedef struct
{
  GRand *rand;
  GArray *changes; /* Change, the first at START */
  WeftThreadTrack *track;
  guint64 edge_ns;
} Fixture;

static void
make (Fixture *fixture, gconstpointer data)
{
  guint64 time = START;
  Change first = { START, WEFT_STATE_UNKNOWN, 0 };

  fixture->rand = g_rand_new_with_seed (7);
  fixture->changes = g_array_new (FALSE, FALSE, sizeof (Change));
  fixture->track = weft_thread_track_new (START, first.state, first.cpu);
  g_array_append_val (fixture->changes, first);
  for (guint i = 0; i < N_CHANGES; i++)
    {
      Change change = { time += (guint64)g_rand_int_range (fixture->rand, 1, 5000),
                        (WeftState)g_rand_int_range (fixture->rand, 1, WEFT_STATE_STOPPED),
                        (guint16)g_rand_int_range (fixture->rand, 0, 4) };

      /* A change to the same state is none: what is dropped could part two late ones. */
      if (change.state == g_array_index (fixture->changes, Change, i).state)
        change.state
            = change.state == WEFT_STATE_RUNNING ? WEFT_STATE_RUNNABLE : WEFT_STATE_RUNNING;
      g_array_append_val (fixture->changes, change);
      weft_thread_track_append (fixture->track, i / CHANGES_PER_CHUNK, time, change.state,
                                change.cpu);
    }
  fixture->edge_ns = time + 777;
}

static void
discard (Fixture *fixture, gconstpointer data)
{
  weft_thread_track_free (fixture->track);
  g_array_unref (fixture->changes);
  g_rand_free (fixture->rand);
}

static void
naive_shares (Fixture *fixture, guint64 from, guint64 to, WeftShares *shares)
{
  memset (shares, 0, sizeof *shares);
  for (guint i = 0; i < fixture->changes->len; i++)
    {
      const Change *change = &g_array_index (fixture->changes, Change, i);
      guint64 end = i + 1 < fixture->changes->len ? change[1].time_ns : fixture->edge_ns;
      guint64 begin = MAX (change->time_ns, from);

      end = MIN (end, to);
      if (end > begin)
        shares->ns[change->state] += end - begin;
    }
}

static void
assert_shares (Fixture *fixture, guint64 from, guint64 to)
{
  WeftShares expected, got = { { 0 } };

  naive_shares (fixture, from, to, &expected);
  g_assert_true (weft_thread_track_shares (fixture->track, from, to, fixture->edge_ns, &got, NULL));
  for (guint state = 0; state < WEFT_N_STATES; state++)
    g_assert_cmpuint (got.ns[state], ==, expected.ns[state]);
}

static guint64
random_time (Fixture *fixture)
{
  return START - 100 + (guint64)g_rand_double_range (fixture->rand, 0, fixture->edge_ns);
}

static void
test_shares_of_any_range (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 2000; i++)
    {
      guint64 one = random_time (fixture), other = random_time (fixture);

      assert_shares (fixture, MIN (one, other), MAX (one, other));
    }
  assert_shares (fixture, 0, fixture->edge_ns);
  assert_shares (fixture, 500, 500);
}

static void
test_columns_are_shares (Fixture *fixture, gconstpointer data)
{
  static const guint widths[] = { 1, 7, 400, 20000 };

  for (guint w = 0; w < G_N_ELEMENTS (widths); w++)
    {
      guint n = widths[w];
      g_autofree guint64 *edges = g_new (guint64, n + 1);
      g_autofree WeftShares *columns = g_new0 (WeftShares, n);

      for (guint i = 0; i <= n; i++)
        edges[i] = START + (fixture->edge_ns - START) * i / n;
      g_assert_true (
          weft_thread_track_columns (fixture->track, edges, n, fixture->edge_ns, columns, NULL));
      for (guint i = 0; i < n; i += MAX (n / 97, 1))
        {
          WeftShares expected;

          naive_shares (fixture, edges[i], edges[i + 1], &expected);
          g_assert_cmpmem (&columns[i], sizeof expected, &expected, sizeof expected);
        }
    }
}

static void
test_a_slice_holds_its_moment (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 2000; i++)
    {
      guint64 time
          = START + (guint64)g_rand_double_range (fixture->rand, 0, fixture->edge_ns - START);
      WeftSlice slice;
      WeftShares shares;

      g_assert_true (
          weft_thread_track_slice_at (fixture->track, time, fixture->edge_ns, &slice, NULL));
      g_assert_cmpuint (slice.start_ns, <=, time);
      g_assert_cmpuint (slice.end_ns, >, time);
      naive_shares (fixture, slice.start_ns, slice.end_ns, &shares);
      g_assert_cmpuint (shares.ns[slice.state], ==, slice.end_ns - slice.start_ns);
    }
}

static void
test_a_moment_outside_has_no_slice (Fixture *fixture, gconstpointer data)
{
  WeftSlice slice;

  g_assert_false (
      weft_thread_track_slice_at (fixture->track, START - 1, fixture->edge_ns, &slice, NULL));
}

static gint
compare_changes (gconstpointer a, gconstpointer b)
{
  const Change *one = a, *other = b;

  return (one->time_ns > other->time_ns) - (one->time_ns < other->time_ns);
}

static void
test_a_late_change_takes_its_place (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 300; i++)
    {
      guint at = (guint)g_rand_int_range (fixture->rand, N_CHANGES - 400, N_CHANGES);
      const Change *before = &g_array_index (fixture->changes, Change, at);
      Change late = { before->time_ns + 1, WEFT_STATE_STOPPED, before->cpu };

      if (at + 1 < fixture->changes->len && before[1].time_ns <= late.time_ns)
        continue;
      g_assert_true (weft_thread_track_insert (fixture->track, N_CHANGES / CHANGES_PER_CHUNK - 1,
                                               late.time_ns, late.state, late.cpu));
      g_array_append_val (fixture->changes, late);
      g_array_sort (fixture->changes, compare_changes);
    }
  test_shares_of_any_range (fixture, data);
}

static void
test_a_cut_forgets_what_came_after (Fixture *fixture, gconstpointer data)
{
  Change gap = { g_array_index (fixture->changes, Change, N_CHANGES - 100).time_ns + 1,
                 WEFT_STATE_UNKNOWN, 0 };

  weft_thread_track_cut (fixture->track, N_CHANGES / CHANGES_PER_CHUNK - 1, gap.time_ns, gap.state,
                         gap.cpu);
  g_array_set_size (fixture->changes, N_CHANGES - 99);
  g_array_append_val (fixture->changes, gap);
  g_assert_cmpint (weft_thread_track_get_last (fixture->track).state, ==, WEFT_STATE_UNKNOWN);
  test_shares_of_any_range (fixture, data);
}

static void
test_what_was_evicted_keeps_its_total (Fixture *fixture, gconstpointer data)
{
  WeftShares expected, got = { { 0 } };
  gsize before = weft_thread_track_get_bytes (fixture->track);
  guint absent = G_MAXUINT;

  for (guint chunk = 0; chunk < 3; chunk++)
    g_assert_true (weft_thread_track_evict (fixture->track, chunk));
  g_assert_cmpuint (weft_thread_track_get_bytes (fixture->track), <, before);
  /* The whole is known, a moment in the middle of what is gone is not. */
  naive_shares (fixture, 0, fixture->edge_ns, &expected);
  g_assert_true (
      weft_thread_track_shares (fixture->track, 0, fixture->edge_ns, fixture->edge_ns, &got, NULL));
  g_assert_cmpmem (&got, sizeof got, &expected, sizeof expected);
  g_assert_false (
      weft_thread_track_shares (fixture->track,
                                g_array_index (fixture->changes, Change, 700).time_ns + 1,
                                fixture->edge_ns, fixture->edge_ns, &got, &absent));
  g_assert_cmpuint (absent, <, 3);
  g_assert_cmpmem (&got, sizeof got, &expected, sizeof expected);
}

/* A gap that begins in evicted history: that stays, and what comes after it is cut. */
static void
test_a_cut_into_what_was_evicted (Fixture *fixture, gconstpointer data)
{
  const guint64 gap = g_array_index (fixture->changes, Change, 50).time_ns;
  const guint newest = N_CHANGES / CHANGES_PER_CHUNK - 1;
  guint absent = G_MAXUINT;
  WeftShares shares = { { 0 } };
  WeftSlice slice;
  guint64 sum = 0;

  for (guint chunk = 0; chunk + 1 < newest; chunk++)
    g_assert_true (weft_thread_track_evict (fixture->track, chunk));
  weft_thread_track_cut (fixture->track, newest, gap, WEFT_STATE_UNKNOWN, 0);
  g_assert_cmpint (weft_thread_track_get_last (fixture->track).state, ==, WEFT_STATE_UNKNOWN);
  g_assert_cmpuint (weft_thread_track_get_last (fixture->track).since_ns, >=, gap);
  weft_thread_track_append (fixture->track, newest, fixture->edge_ns, WEFT_STATE_RUNNING, 1);
  g_assert_true (weft_thread_track_slice_at (fixture->track, fixture->edge_ns - 1, fixture->edge_ns,
                                             &slice, &absent));
  g_assert_cmpint (slice.state, ==, WEFT_STATE_UNKNOWN);
  g_assert_true (weft_thread_track_shares (fixture->track, START, fixture->edge_ns,
                                           fixture->edge_ns, &shares, &absent));
  for (guint state = 0; state < WEFT_N_STATES; state++)
    sum += shares.ns[state];
  g_assert_cmpuint (sum, ==, fixture->edge_ns - START);
}

/* What a chunk that is brought back gives. */
typedef struct
{
  WeftTrackSegment told;
  WeftShares totals;
  GArray *slices;
} Kept;

static Kept
keep (Fixture *fixture, guint chunk)
{
  Kept kept = { .slices = g_array_new (FALSE, FALSE, sizeof (WeftSlice)) };
  guint64 time;

  g_assert_true (weft_thread_track_tell_segment (fixture->track, chunk, &kept.told));
  weft_thread_track_get_totals (fixture->track, kept.told.first_ns, &kept.totals);
  for (time = kept.told.first_ns; time <= kept.told.after.since_ns;)
    {
      WeftSlice slice;

      weft_thread_track_slice_at (fixture->track, time, fixture->edge_ns, &slice, NULL);
      g_array_append_val (kept.slices, slice);
      time = slice.end_ns;
    }
  g_assert_cmpuint (kept.slices->len, ==, kept.told.n);
  return kept;
}

static void
bring_back (Fixture *fixture, guint chunk, const Kept *kept)
{
  weft_thread_track_reload (fixture->track, chunk, kept->told.after.since_ns + 1, &kept->totals,
                            &kept->told.before, (const WeftSlice *)(void *)kept->slices->data,
                            kept->slices->len);
}

/* Chunks leave in any order and come back in any other. */
static void
test_what_comes_back_is_what_left (Fixture *fixture, gconstpointer data)
{
  const guint n_chunks = N_CHANGES / CHANGES_PER_CHUNK;
  Kept kept[N_CHANGES / CHANGES_PER_CHUNK];

  for (guint chunk = 0; chunk < n_chunks; chunk++)
    kept[chunk] = keep (fixture, chunk);
  for (guint round = 0; round < 40; round++)
    {
      guint chunk = (guint)g_rand_int_range (fixture->rand, 0, (gint)n_chunks);

      weft_thread_track_evict (fixture->track, chunk);
      chunk = (guint)g_rand_int_range (fixture->rand, 0, (gint)n_chunks);
      bring_back (fixture, chunk, &kept[chunk]);
      g_assert_true (weft_thread_track_has_segment (fixture->track, chunk));
    }
  for (guint chunk = 0; chunk < n_chunks; chunk++)
    bring_back (fixture, chunk, &kept[chunk]);
  test_shares_of_any_range (fixture, data);
  test_columns_are_shares (fixture, data);
  test_a_slice_holds_its_moment (fixture, data);
  for (guint chunk = 0; chunk < n_chunks; chunk++)
    g_array_unref (kept[chunk].slices);
}

static void
test_the_same_state_twice_is_one_slice (void)
{
  g_autoptr (WeftThreadTrack) track = weft_thread_track_new (0, WEFT_STATE_TIMER, 1);

  weft_thread_track_append (track, 0, 10, WEFT_STATE_RUNNING, 1);
  weft_thread_track_append (track, 0, 20, WEFT_STATE_RUNNING, 1);
  g_assert_cmpuint (weft_thread_track_get_last (track).since_ns, ==, 10);
  weft_thread_track_append (track, 0, 30, WEFT_STATE_TIMER, 1);
  weft_thread_track_append (track, 0, 30, WEFT_STATE_LOCK, 1);
  g_assert_cmpint (weft_thread_track_get_last (track).state, ==, WEFT_STATE_LOCK);
}

static void
test_a_run_of_2_us_shows_in_an_hour (void)
{
  const guint64 hour = G_GUINT64_CONSTANT (3600000000000);
  g_autoptr (WeftThreadTrack) track = weft_thread_track_new (0, WEFT_STATE_TIMER, 0);
  g_autofree guint64 *edges = g_new (guint64, 1601);
  g_autofree WeftShares *columns = g_new0 (WeftShares, 1600);

  weft_thread_track_append (track, 0, hour / 2 + 5, WEFT_STATE_RUNNING, 0);
  weft_thread_track_append (track, 0, hour / 2 + 2005, WEFT_STATE_TIMER, 0);
  for (guint i = 0; i <= 1600; i++)
    edges[i] = hour * i / 1600;
  g_assert_true (weft_thread_track_columns (track, edges, 1600, hour, columns, NULL));
  g_assert_cmpuint (columns[800].ns[WEFT_STATE_RUNNING], ==, 2000);
  g_assert_cmpuint (columns[799].ns[WEFT_STATE_RUNNING], ==, 0);
}

/* An offset within a block ends at 4.9 hours. */
static void
test_a_late_change_hours_after_the_last_one_counts (void)
{
  const guint64 hour = G_GUINT64_CONSTANT (3600) * 1000000000;
  g_autoptr (WeftThreadTrack) track = weft_thread_track_new (0, WEFT_STATE_UNKNOWN, 0);
  WeftShares shares = { { 0 } };

  weft_thread_track_append (track, 0, hour, WEFT_STATE_TIMER, 0);
  weft_thread_track_append (track, 1, 9 * hour, WEFT_STATE_RUNNING, 0);
  g_assert_true (weft_thread_track_insert (track, 1, 7 * hour, WEFT_STATE_RUNNABLE, 0));
  g_assert_true (weft_thread_track_shares (track, 0, 8 * hour, 10 * hour, &shares, NULL));
  g_assert_cmpuint (shares.ns[WEFT_STATE_UNKNOWN], ==, hour);
  g_assert_cmpuint (shares.ns[WEFT_STATE_TIMER], ==, 6 * hour);
  g_assert_cmpuint (shares.ns[WEFT_STATE_RUNNABLE], ==, hour);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add ("/track/" path, Fixture, NULL, make, function, discard)
  ADD ("shares-of-any-range", test_shares_of_any_range);
  ADD ("columns-are-shares", test_columns_are_shares);
  ADD ("a-slice-holds-its-moment", test_a_slice_holds_its_moment);
  ADD ("a-moment-outside-has-no-slice", test_a_moment_outside_has_no_slice);
  ADD ("a-late-change-takes-its-place", test_a_late_change_takes_its_place);
  ADD ("a-cut-forgets-what-came-after", test_a_cut_forgets_what_came_after);
  ADD ("what-was-evicted-keeps-its-total", test_what_was_evicted_keeps_its_total);
  ADD ("a-cut-into-what-was-evicted", test_a_cut_into_what_was_evicted);
  ADD ("what-comes-back-is-what-left", test_what_comes_back_is_what_left);
#undef ADD
  g_test_add_func ("/track/the-same-state-twice-is-one-slice",
                   test_the_same_state_twice_is_one_slice);
  g_test_add_func ("/track/a-late-change-hours-after-the-last-one-counts",
                   test_a_late_change_hours_after_the_last_one_counts);
  g_test_add_func ("/track/a-run-of-2-us-shows-in-an-hour", test_a_run_of_2_us_shows_in_an_hour);
  return g_test_run ();
}
