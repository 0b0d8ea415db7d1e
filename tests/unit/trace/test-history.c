/* test-history.c: what leaves memory and comes back, beside a store that forgets nothing:
 * columns, slices, revisions; what cannot be read. */
#include "history.h"
#include "lane-layout.h"
#include "statistics.h"
#include "synthetic.h"
#include "trace-fixture.h"
#include <string.h>

#define BATCH 8000
#define N_BATCHES 130
#define LIMIT ((guint64)8 << 20)
#define WIDTH 160
/* Cannot be read, when a test says so. */
#define BROKEN 5

typedef struct
{
  WeftTraceStore *whole, *limited;
  GPtrArray *records; /* GBytes by chunk */
  GPtrArray *tables;  /* GHashTable by chunk: name → GBytes */
  guint64 edge_ns;
  guint broken;
  gboolean busy; /* nothing can be read just now */
  GRand *rand;
} Fixture;

static void
keep_cb (WeftTraceStore *store, WeftChunk *chunk, gpointer user_data)
{
  Fixture *self = user_data;
  GHashTable *tables;

  if (chunk->records != NULL)
    {
      g_ptr_array_add (self->records, g_bytes_ref (chunk->records));
      g_ptr_array_add (self->tables,
                       g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                              (GDestroyNotify)(void (*) (void))g_bytes_unref));
    }
  tables = g_ptr_array_index (self->tables, chunk->number);
  for (guint i = 0; i < chunk->tables->len; i++)
    {
      const WeftChunkTable *table = &g_array_index (chunk->tables, WeftChunkTable, i);

      g_hash_table_insert (tables, (char *)table->name, g_bytes_ref (table->bytes));
    }
}

static gboolean
refuse_while_busy (Fixture *self, GError **error)
{
  if (self->busy)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "there is not enough memory");
  return self->busy;
}

static GBytes *
fetch_cb (guint chunk, gpointer user_data, GError **error)
{
  Fixture *self = user_data;

  if (refuse_while_busy (self, error))
    return NULL;
  if (chunk != self->broken)
    return g_bytes_ref (g_ptr_array_index (self->records, chunk));
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "damaged");
  return NULL;
}

static GBytes *
fetch_table_cb (guint chunk, const char *name, gpointer user_data, GError **error)
{
  Fixture *self = user_data;
  GBytes *table = g_hash_table_lookup (g_ptr_array_index (self->tables, chunk), name);

  if (refuse_while_busy (self, error))
    return NULL;
  if (table != NULL)
    return g_bytes_ref (table);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "none");
  return NULL;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  const SyntheticMachine machine = { .n_cpus = 4,
                                     .n_processes = 5,
                                     .threads_per_process = 6,
                                     .mean_run_ns = 20000,
                                     .forks = 0.0002,
                                     .seed = 3,
                                     .start_ns = START };
  g_autoptr (Synthetic) synthetic = synthetic_new (&machine);

  self->whole = trace_fixture_new_store ();
  self->limited = trace_fixture_new_store ();
  self->broken = WEFT_NO_ID;
  self->rand = g_rand_new_with_seed (9);
  self->records = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  self->tables = g_ptr_array_new_with_free_func ((GDestroyNotify)g_hash_table_unref);
  weft_trace_store_set_chunk_func (self->limited, keep_cb, self, NULL);
  weft_trace_store_set_fetch_func (self->limited, fetch_cb, self, NULL);
  weft_trace_store_set_fetch_table_func (self->limited, fetch_table_cb);
  weft_trace_store_set_memory_limit (self->limited, LIMIT);
  for (guint i = 0; i < N_BATCHES; i++)
    {
      g_autoptr (GBytes) batch = synthetic_next (synthetic, BATCH);

      weft_trace_store_append (self->whole, batch, synthetic_get_time (synthetic), NULL);
      weft_trace_store_append (self->limited, batch, synthetic_get_time (synthetic), NULL);
    }
  weft_trace_store_finish (self->whole, synthetic_get_time (synthetic));
  weft_trace_store_finish (self->limited, synthetic_get_time (synthetic));
  self->edge_ns = weft_trace_store_get_edge (self->whole);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_object_unref (self->whole);
  g_object_unref (self->limited);
  g_ptr_array_unref (self->records);
  g_ptr_array_unref (self->tables);
  g_rand_free (self->rand);
}

static WeftHistoryFigures
figures_of (WeftTraceStore *store)
{
  WeftHistoryFigures figures;

  weft_history_get_figures (store, &figures);
  return figures;
}

static WeftTimeScale
random_scale (Fixture *self, double least)
{
  guint64 range = self->edge_ns - START;
  guint64 length = (guint64)((double)range * g_rand_double_range (self->rand, least, 1));
  guint64 from = START + (guint64)(g_rand_double (self->rand) * (double)(range - length));

  return (WeftTimeScale){ from, from + MAX (length, 1), WIDTH };
}

/* Each is exact for its stretch, which begins where its neighbour's ends, less than half
 * a pixel from its place. */
static void
assert_columns (Fixture *self, const WeftTimeScale *scale, guint id)
{
  g_autoptr (WeftLaneItems) items = weft_lane_items_new (self->limited, &id, 1, scale);
  const WeftThread *thread = weft_trace_store_get_thread (self->whole, id);
  guint64 half = (scale->to_ns - scale->from_ns) / WIDTH / 2 + 1;

  g_assert_no_error (items->missing);
  for (guint px = 0; px < WIDTH; px++)
    {
      WeftShares expected = { { 0 } };
      guint64 edge = weft_time_scale_get_edge (scale, px);

      g_assert_cmpuint (MAX (edge, items->edges[px]) - MIN (edge, items->edges[px]), <=, half);
      g_assert_cmpuint (items->edges[px], <=, items->edges[px + 1]);
      weft_thread_track_shares (thread->track, items->edges[px], items->edges[px + 1],
                                self->edge_ns, &expected, NULL);
      g_assert_cmpmem (&items->columns[px], sizeof expected, &expected, sizeof expected);
    }
}

static void
test_every_column_is_exact (Fixture *self, gconstpointer data)
{
  guint n = weft_trace_store_count_threads (self->whole);

  g_assert_cmpuint (n, ==, weft_trace_store_count_threads (self->limited));
  for (guint i = 0; i < 60; i++)
    {
      WeftTimeScale scale = random_scale (self, i % 3 == 0 ? 0.3 : i % 3 == 1 ? 0.01 : 0.00001);

      for (guint k = 0; k < 4; k++)
        assert_columns (self, &scale, (guint)g_rand_int_range (self->rand, 0, (gint)n));
    }
}

static void
test_a_summary_is_exact_too (Fixture *self, gconstpointer data)
{
  const guint threads[] = { 1, 2, 3, 7, 11 };
  WeftTimeScale scale = { START, self->edge_ns, 10 };
  g_autoptr (WeftLaneItems) items = weft_lane_items_new (self->limited, threads, 5, &scale);

  for (guint px = 0; px < scale.width_px; px++)
    {
      WeftShares expected = { { 0 } };

      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        weft_thread_track_shares (weft_trace_store_get_thread (self->whole, threads[i])->track,
                                  items->edges[px], items->edges[px + 1], self->edge_ns, &expected,
                                  NULL);
      g_assert_cmpmem (&items->columns[px], sizeof expected, &expected, sizeof expected);
    }
}

static void
test_a_far_view_loads_no_tracks (Fixture *self, gconstpointer data)
{
  const WeftTimeScale scale = { START, self->edge_ns, 60 };
  WeftHistoryFigures before = figures_of (self->limited);

  g_assert_cmpuint (before.n_loaded, <, before.n_chunks);
  for (guint id = 0; id < 20; id++)
    {
      g_autoptr (WeftLaneItems) items = weft_lane_items_new (self->limited, &id, 1, &scale);

      g_assert_no_error (items->missing);
      weft_lane_total_in_view (self->limited, &id, 1, &scale, NULL);
    }
  g_assert_cmpuint (figures_of (self->limited).loads, ==, before.loads);
}

/* Whatever the range; that of a view is off by half a column at each end at most, and says
 * the same where all is in memory. */
static void
test_a_total_is_that_of_its_range (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < 60; i++)
    {
      const WeftTimeScale scale = random_scale (self, i % 2 == 0 ? 0.3 : 0.001);
      guint64 column = (scale.to_ns - scale.from_ns) / WIDTH + 1;
      guint id = (guint)i % 20;
      WeftShares exact = weft_lane_total (self->whole, &id, 1, scale.from_ns, scale.to_ns);
      WeftShares same = weft_lane_total (self->limited, &id, 1, scale.from_ns, scale.to_ns);
      WeftShares live = weft_lane_total_in_view (self->whole, &id, 1, &scale, NULL);
      WeftShares opened = weft_lane_total_in_view (self->limited, &id, 1, &scale, NULL);

      g_assert_cmpmem (&same, sizeof same, &exact, sizeof exact);
      g_assert_cmpmem (&opened, sizeof opened, &live, sizeof live);
      for (guint state = 0; state < WEFT_N_STATES; state++)
        g_assert_cmpuint (MAX (live.ns[state], exact.ns[state])
                              - MIN (live.ns[state], exact.ns[state]),
                          <=, column);
    }
}

static void
scroll (Fixture *self, gboolean back)
{
  const guint64 steps = 200, range = self->edge_ns - START;

  for (guint64 i = 0; i < steps; i++)
    {
      guint64 at = back ? steps - 1 - i : i;
      const WeftTimeScale scale
          = { START + range * at / steps, START + range * (at + 1) / steps, WIDTH };
      guint id = (guint)(i % 20);
      g_autoptr (WeftLaneItems) items = weft_lane_items_new (self->limited, &id, 1, &scale);

      g_assert_no_error (items->missing);
    }
}

static void
test_what_was_brought_back_leaves_again (Fixture *self, gconstpointer data)
{
  WeftHistoryFigures figures;
  WeftTraceTotals totals;

  for (guint i = 0; i < 2; i++)
    {
      scroll (self, FALSE);
      scroll (self, TRUE);
    }
  figures = figures_of (self->limited);
  weft_trace_store_get_totals (self->limited, &totals);
  g_assert_cmpuint (figures.loads, >, 2 * figures.n_chunks);
  g_assert_cmpuint (figures.n_loaded, <, figures.n_chunks);
  /* the newest stay, with their records */
  g_assert_cmpuint (totals.memory_bytes, <, LIMIT + ((guint64)12 << 20));
}

static void
test_coming_back_revises_nothing (Fixture *self, gconstpointer data)
{
  guint n = weft_trace_store_count_threads (self->limited);
  g_autofree guint *revisions = g_new (guint, n);

  for (guint id = 0; id < n; id++)
    revisions[id]
        = weft_thread_track_get_revision (weft_trace_store_get_thread (self->limited, id)->track);
  scroll (self, FALSE);
  for (guint id = 0; id < n; id++)
    g_assert_cmpuint (weft_thread_track_get_revision (
                          weft_trace_store_get_thread (self->limited, id)->track),
                      ==, revisions[id]);
}

static void
test_slices_are_the_same (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < 300; i++)
    {
      guint id = (guint)g_rand_int_range (self->rand, 0, 25);
      guint64 time
          = START + (guint64)g_rand_double_range (self->rand, 0, (double)(self->edge_ns - START));
      g_autoptr (WeftHold) hold = weft_history_hold_slice (self->limited, id, time, TRUE, NULL);
      const WeftThread *thread = weft_trace_store_get_thread (self->whole, id);
      WeftSlice expected, got;

      if (!weft_thread_track_slice_at (thread->track, time, self->edge_ns, &expected, NULL))
        continue;
      g_assert_true (
          weft_thread_track_slice_at (weft_trace_store_get_thread (self->limited, id)->track, time,
                                      self->edge_ns, &got, NULL));
      g_assert_cmpuint (got.start_ns, ==, expected.start_ns);
      g_assert_cmpuint (got.end_ns, ==, expected.end_ns);
      g_assert_cmpint (got.state, ==, expected.state);
      g_assert_cmpuint (got.cpu, ==, expected.cpu);
    }
}

/* --- what cannot be read -------------------------------------------------------- */

typedef struct
{
  guint64 n_records, n_lost;
  guint64 gap_from_ns, gap_to_ns;
} Walked;

static gboolean
walk_cb (const struct weft_record *record, gpointer user_data)
{
  Walked *walked = user_data;

  walked->n_records++;
  if (record->kind != WEFT_LOST)
    return TRUE;
  walked->n_lost += record->lost.count;
  walked->gap_from_ns = record->lost.first_ns;
  walked->gap_to_ns = record->time_ns;
  return TRUE;
}

static Walked
walk (WeftTraceStore *store)
{
  Walked walked = { 0 };
  g_autoptr (GError) error = NULL;

  weft_trace_store_foreach_record (store, 0, G_MAXUINT64, walk_cb, &walked, NULL, &error);
  g_assert_no_error (error);
  return walked;
}

static void
test_what_cannot_be_read_is_a_gap (Fixture *self, gconstpointer data)
{
  Walked before = walk (self->limited), after;
  WeftTraceTotals totals;
  guint id = 2;

  self->broken = BROKEN;
  after = walk (self->limited);
  g_assert_cmpuint (after.n_lost, >, 0);
  g_assert_cmpuint (after.n_records - 1 + after.n_lost, ==, before.n_records);
  weft_trace_store_get_totals (self->limited, &totals);
  g_assert_cmpuint (totals.lost, ==, after.n_lost);
  g_assert_cmpuint (figures_of (self->limited).n_damaged, ==, 1);
  for (guint i = 0; i < 30; i++)
    {
      WeftTimeScale scale = random_scale (self, i % 2 == 0 ? 0.2 : 0.001);
      g_autoptr (WeftLaneItems) items = weft_lane_items_new (self->limited, &id, 1, &scale);

      g_assert_no_error (items->missing);
      for (guint px = 0; px < WIDTH; px++)
        {
          guint64 sum = 0;

          for (guint state = 0; state < WEFT_N_STATES; state++)
            sum += items->columns[px].ns[state];
          g_assert_cmpuint (sum, <=, items->edges[px + 1] - items->edges[px]);
        }
    }
}

static void
test_a_gap_is_unknown_and_all_else_is_as_it_was (Fixture *self, gconstpointer data)
{
  Walked walked;
  const WeftThread *thread, *whole;
  g_autoptr (GArray) all = NULL;
  g_autoptr (GError) error = NULL;
  WeftSlice slice;

  self->broken = BROKEN;
  walked = walk (self->limited);
  thread = weft_trace_store_get_thread (self->limited, 3);
  whole = weft_trace_store_get_thread (self->whole, 3);
  g_assert_true (weft_thread_track_slice_at (thread->track,
                                             walked.gap_from_ns / 2 + walked.gap_to_ns / 2,
                                             self->edge_ns, &slice, NULL));
  g_assert_cmpint (slice.state, ==, WEFT_STATE_UNKNOWN);
  for (guint i = 0; i < 2; i++)
    {
      const guint64 ends[] = { i == 0 ? START : walked.gap_to_ns + 1,
                               i == 0 ? walked.gap_from_ns - 1 : self->edge_ns };
      guint id = 3;
      g_autoptr (WeftHold) hold
          = weft_history_hold (self->limited, &id, 1, ends, 2, NULL, NULL, NULL);
      WeftShares expected = { { 0 } }, got = { { 0 } };

      weft_thread_track_shares (whole->track, ends[0], ends[1], self->edge_ns, &expected, NULL);
      g_assert_true (
          weft_thread_track_shares (thread->track, ends[0], ends[1], self->edge_ns, &got, NULL));
      g_assert_cmpmem (&got, sizeof got, &expected, sizeof expected);
    }
  all = weft_statistics_new_for_range (self->limited, START, self->edge_ns, NULL, TRUE, NULL,
                                       &error);
  g_assert_no_error (error);
}

static void
test_each_of_many_gaps_is_one_slice (Fixture *self, gconstpointer data)
{
  const guint broken[] = { 9, 3, 6 };
  const WeftThread *thread = weft_trace_store_get_thread (self->limited, 3);
  const WeftMark *marks;
  gsize n;

  for (guint i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      self->broken = broken[i];
      g_assert_true (weft_trace_store_load_chunk (self->limited, broken[i], NULL));
    }
  g_assert_cmpuint (figures_of (self->limited).n_damaged, ==, G_N_ELEMENTS (broken));
  marks = weft_trace_store_get_trace_marks (self->limited, &n);
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (broken));
  for (gsize i = 0; i < n; i++)
    {
      const guint64 times[] = { marks[i].start_ns, marks[i].time_ns };

      for (guint k = 0; k < G_N_ELEMENTS (times); k++)
        {
          WeftSlice slice;

          g_assert_true (
              weft_thread_track_slice_at (thread->track, times[k], self->edge_ns, &slice, NULL));
          g_assert_cmpint (slice.state, ==, WEFT_STATE_UNKNOWN);
          g_assert_cmpuint (slice.start_ns, ==, marks[i].start_ns);
          g_assert_cmpuint (slice.end_ns, ==, marks[i].time_ns + 1);
        }
    }
}

static void
test_what_cannot_be_read_just_now_is_told_and_asked_for_again (Fixture *self, gconstpointer data)
{
  guint id = 2;

  for (guint i = 0; i < 20; i++)
    {
      WeftTimeScale scale = random_scale (self, i % 2 == 0 ? 0.2 : 0.001);
      guint64 loads = figures_of (self->limited).loads;
      g_autoptr (WeftLaneItems) refused = NULL;
      WeftTraceTotals totals;

      self->busy = TRUE;
      refused = weft_lane_items_new (self->limited, &id, 1, &scale);
      if (refused->missing != NULL)
        g_assert_error (refused->missing, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
      g_assert_cmpuint (figures_of (self->limited).loads, ==, loads);
      g_assert_false (i == 0 && weft_trace_store_load_chunk (self->limited, 1, NULL));
      self->busy = FALSE;
      g_assert_cmpuint (figures_of (self->limited).n_damaged, ==, 0);
      weft_trace_store_get_totals (self->limited, &totals);
      g_assert_cmpuint (totals.lost, ==, 0);
      assert_columns (self, &scale, id);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function)                                                                        \
  g_test_add ("/history/" path, Fixture, NULL, set_up, function, tear_down)
  ADD ("every-column-is-exact", test_every_column_is_exact);
  ADD ("a-summary-is-exact-too", test_a_summary_is_exact_too);
  ADD ("a-far-view-loads-no-tracks", test_a_far_view_loads_no_tracks);
  ADD ("a-total-is-that-of-its-range", test_a_total_is_that_of_its_range);
  ADD ("what-was-brought-back-leaves-again", test_what_was_brought_back_leaves_again);
  ADD ("coming-back-revises-nothing", test_coming_back_revises_nothing);
  ADD ("slices-are-the-same", test_slices_are_the_same);
  ADD ("what-cannot-be-read-is-a-gap", test_what_cannot_be_read_is_a_gap);
  ADD ("a-gap-is-unknown-and-all-else-is-as-it-was",
       test_a_gap_is_unknown_and_all_else_is_as_it_was);
  ADD ("each-of-many-gaps-is-one-slice", test_each_of_many_gaps_is_one_slice);
  ADD ("what-cannot-be-read-just-now-is-told-and-asked-for-again",
       test_what_cannot_be_read_just_now_is_told_and_asked_for_again);
  return g_test_run ();
}
