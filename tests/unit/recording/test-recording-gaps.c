/* test-recording-gaps.c: chunks that cannot be read, or whose rows are gone, are one gap where
 * they were, of as many events as are missing. In: recordings that SQL has harmed. */
#include "recording-fixture.h"
#include <string.h>

typedef struct
{
  guint n;
  guint64 count;
} Gaps;

static gboolean
count_gap_cb (const struct weft_record *record, gpointer user_data)
{
  Gaps *gaps = user_data;

  if (weft_record_kind (record) == WEFT_LOST)
    {
      gaps->n++;
      gaps->count += record->lost.count;
    }
  return TRUE;
}

/* Among the records, too, as often as it is read. */
static void
assert_one_gap (WeftTraceStore *store, guint64 count)
{
  for (guint i = 0; i < 2; i++)
    {
      Gaps gaps = { 0 };
      WeftTraceTotals totals;

      weft_trace_store_foreach_record (store, 0, G_MAXUINT64, count_gap_cb, &gaps, NULL, NULL);
      weft_trace_store_get_totals (store, &totals);
      g_assert_cmpuint (gaps.n, ==, 1);
      g_assert_cmpuint (gaps.count, ==, count);
      g_assert_cmpuint (totals.lost, ==, count);
    }
}

static void
test_recording_shows_damaged_chunks_as_gaps (Fixture *fixture, gconstpointer unused)
{
  static const char *const harms[]
      = { "UPDATE chunks SET records = zeroblob (length (records)) WHERE number = 2",
          "UPDATE chunks SET checksum = 1 WHERE number = 2", "DELETE FROM chunks WHERE number = 2",
          "DELETE FROM chunks WHERE number = (SELECT max (number) FROM chunks)" };

  for (guint i = 0; i < G_N_ELEMENTS (harms); i++)
    {
      g_autoptr (WeftTraceStore) live = fixture_record (fixture->path, 400000);
      g_autoptr (WeftTraceStore) part = NULL;
      g_autofree char *warning = NULL;
      WeftTraceTotals all, left;

      fixture_change (fixture->path, harms[i]);
      part = weft_recording_open (fixture->path, NULL, NULL, &warning, NULL, NULL);
      g_assert_nonnull (part);
      g_assert_nonnull (warning);
      g_assert_nonnull (strstr (warning, "damaged"));
      weft_trace_store_get_totals (live, &all);
      weft_trace_store_get_totals (part, &left);
      g_assert_cmpuint (left.lost, >=, i == 3 ? 1 : 10000);
      g_assert_cmpuint (left.lost + left.events, ==, all.lost + all.events);
      assert_one_gap (part, left.lost - all.lost);
      g_assert_cmpuint (left.events, <, all.events);
      g_assert_cmpuint (left.events, >=, all.events - WEFT_CHUNK_RECORDS - 100);
      /* What came before is as it was. */
      fixture_assert_same_beginning (live, part, weft_trace_store_get_start (live) + 100000000);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/recording-gaps/damaged-chunks-are-one-gap", Fixture, NULL, fixture_set_up,
              test_recording_shows_damaged_chunks_as_gaps, fixture_tear_down);
  return g_test_run ();
}
