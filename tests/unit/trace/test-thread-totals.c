/* test-thread-totals.c: the table of a chunk tells what the tracks do, at each of its
 * moments, and takes few bytes for it; what is no such table is refused. In: made-up
 * tracks, some of which begin or end within the chunk. */
#include "thread-totals.h"
#include "bit-coder.h"
#include <string.h>

#define N_THREADS 60
#define CHUNK 3
#define BEGIN_NS G_GUINT64_CONSTANT (5000000000000)
#define GRAIN_NS 20000000
#define N_GRAINS 15

typedef struct
{
  GRand *rand;
  GPtrArray *tracks;
  guint64 times[N_GRAINS];
  WeftGrains grains;
  GBytes *table;
} Fixture;

/* Runs, waits for a CPU, and waits for one thing or two; some begin or end in between. */
static WeftThreadTrack *
make_track (Fixture *fixture, guint id)
{
  guint64 born_ns = BEGIN_NS - (id < N_THREADS / 2 ? 7000000000 : 50000000 * (guint64)id);
  guint64 time_ns = id % 7 == 0 ? BEGIN_NS + 3 * GRAIN_NS + id : born_ns;
  const WeftState waits = (WeftState)(WEFT_STATE_LOCK + id % 8);
  WeftThreadTrack *track = weft_thread_track_new (time_ns, waits, 1);
  guint64 end_ns = id % 5 == 0 ? BEGIN_NS + 9 * GRAIN_NS + id : fixture->times[N_GRAINS - 1];

  weft_thread_track_set_past (track, id * 2, NULL);
  for (guint turn = 0; time_ns < end_ns; turn++)
    {
      const WeftState turns[] = { WEFT_STATE_RUNNABLE, WEFT_STATE_RUNNING, waits };

      time_ns += (guint64)g_rand_int_range (fixture->rand, 1, 400000);
      if (time_ns < BEGIN_NS - GRAIN_NS)
        time_ns = BEGIN_NS - GRAIN_NS;
      weft_thread_track_append (track, time_ns < BEGIN_NS ? CHUNK - 1 : CHUNK,
                                MIN (time_ns, end_ns - 1), turns[turn % 3], (guint16)(turn % 4));
    }
  if (id % 5 == 0)
    weft_thread_track_append (track, CHUNK, end_ns, WEFT_STATE_EXITED, 0);
  return track;
}

static void
make (Fixture *fixture, gconstpointer unused)
{
  fixture->rand = g_rand_new_with_seed (5);
  fixture->tracks = g_ptr_array_new_with_free_func ((GDestroyNotify)weft_thread_track_free);
  for (guint i = 0; i < N_GRAINS; i++)
    fixture->times[i] = BEGIN_NS + i * (guint64)GRAIN_NS;
  fixture->grains = (WeftGrains){ fixture->times, N_GRAINS };
  for (guint id = 1; id <= N_THREADS; id++)
    g_ptr_array_add (fixture->tracks, make_track (fixture, id));
  fixture->table = weft_thread_totals_pack (fixture->tracks, CHUNK, &fixture->grains);
}

static void
discard (Fixture *fixture, gconstpointer unused)
{
  g_bytes_unref (fixture->table);
  g_ptr_array_unref (fixture->tracks);
  g_rand_free (fixture->rand);
}

static void
assert_same_state (const WeftTrackBefore *told, const WeftTrackBefore *state)
{
  g_assert_cmpint (told->state, ==, state->state);
  g_assert_cmpuint (told->cpu, ==, state->cpu);
  g_assert_cmpuint (told->since_ns, ==, state->since_ns);
}

static void
assert_tells (const WeftThreadTotals *totals, const WeftThreadTrack *track, guint grain,
              guint64 time_ns)
{
  WeftTrackSegment segment;
  WeftTotalsRow row;
  WeftShares shares;

  g_assert_true (weft_thread_totals_get (totals, weft_thread_track_get_id (track), grain, &row));
  g_assert_true (weft_thread_track_tell_segment (track, CHUNK, &segment));
  assert_same_state (&row.before, &segment.before);
  assert_same_state (&row.after, &segment.after);
  g_assert_cmpuint (row.first_ns, ==, segment.first_ns);
  g_assert_cmpuint (row.n_changes, ==, segment.n);
  weft_thread_track_get_totals (track, time_ns, &shares);
  g_assert_cmpmem (row.totals.ns, WEFT_STATE_EXITED * sizeof *row.totals.ns, shares.ns,
                   WEFT_STATE_EXITED * sizeof *shares.ns);
}

static void
test_table_tells_what_the_tracks_do (Fixture *fixture, gconstpointer unused)
{
  WeftThreadTotals *totals = weft_thread_totals_new (fixture->table);
  WeftThreadTotals *heads = weft_thread_totals_new_without_times (fixture->table);
  WeftTotalsRow row;

  g_assert_cmpuint (weft_thread_totals_count (totals), ==, N_THREADS);
  for (guint i = 0; i < N_THREADS; i++)
    {
      const WeftThreadTrack *track = g_ptr_array_index (fixture->tracks, i);
      guint id = weft_thread_track_get_id (track);

      g_assert_cmpuint (weft_thread_totals_get_thread (totals, i), ==, id);
      for (guint grain = 0; grain < N_GRAINS; grain++)
        assert_tells (totals, track, grain, fixture->times[grain]);
      g_assert_false (weft_thread_totals_get (totals, id + 1, 0, &row));
      g_assert_false (weft_thread_totals_get (totals, id, N_GRAINS, &row));
      g_assert_true (weft_thread_totals_get (heads, id, 0, &row));
      g_assert_cmpuint (row.after.since_ns, ==, weft_thread_track_get_last (track).since_ns);
    }
  weft_thread_totals_free (totals);
  weft_thread_totals_free (heads);
}

/* Of three times that fill a grain two are told, at some 23 bits of noise each. */
static void
test_table_takes_few_bytes (Fixture *fixture, gconstpointer unused)
{
  g_assert_cmpuint (g_bytes_get_size (fixture->table), <=, N_THREADS * N_GRAINS * 7);
}

static void
test_what_is_no_table_is_refused (Fixture *fixture, gconstpointer unused)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (fixture->table, &size);
  g_autofree guint8 *spoiled = g_malloc (size);

  for (gsize length = 0; length < size; length += 13)
    {
      g_autoptr (GBytes) part = g_bytes_new_static (data, length);

      g_assert_null (weft_thread_totals_new (part));
    }
  for (guint round = 0; round < 1000; round++)
    {
      g_autoptr (GBytes) table = g_bytes_new_static (spoiled, size);
      WeftThreadTotals *totals;
      WeftTotalsRow row;

      memcpy (spoiled, data, size);
      spoiled[g_rand_int_range (fixture->rand, 0, (gint32)size)] ^= (guint8)(1u << round % 8);
      totals = weft_thread_totals_new (table);
      if (totals != NULL && weft_thread_totals_count (totals) > 0)
        weft_thread_totals_get (totals, weft_thread_totals_get_thread (totals, 0), 1, &row);
      weft_thread_totals_free (totals);
    }
}

/* What reading costs is bounded before any thread is read. */
static void
test_more_threads_than_a_chunk_has_are_refused (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GBytes) table = NULL;
  WeftBitCoder coder = weft_bit_coder_write (bytes);
  WeftNumberModel moments = { 0 }, threads = { 0 };

  weft_bit_coder_number (&coder, &moments, 2);
  weft_bit_coder_number (&coder, &moments, BEGIN_NS);
  weft_bit_coder_number (&coder, &moments, GRAIN_NS);
  weft_bit_coder_number (&coder, &threads, 1 << 30);
  weft_bit_coder_end (&coder);
  g_byte_array_set_size (bytes, bytes->len + 4096);
  table = g_bytes_new_static (bytes->data, bytes->len);
  g_assert_null (weft_thread_totals_new (table));
  g_assert_null (weft_thread_totals_new_without_times (table));
}

#define ADD(path, test) g_test_add (path, Fixture, NULL, make, test, discard)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/thread-totals/table-tells-what-the-tracks-do", test_table_tells_what_the_tracks_do);
  ADD ("/thread-totals/table-takes-few-bytes", test_table_takes_few_bytes);
  ADD ("/thread-totals/what-is-no-table-is-refused", test_what_is_no_table_is_refused);
  g_test_add_func ("/thread-totals/more-threads-than-a-chunk-has-are-refused",
                   test_more_threads_than_a_chunk_has_are_refused);
  return g_test_run ();
}
