/* fuzz-trace-store.c: no records may harm the store. In: libFuzzer's bytes as batches
 * off the wire. Out: a crash, or nothing. Beyond that: a batch that is refused changes
 * nothing, and the shares of a thread are those of its slices. */
#include "trace-store.h"
#include <stdlib.h>
#include <string.h>

#define START (G_GUINT64_CONSTANT (1000000000))
#define WINDOW_NS 20000

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

typedef struct
{
  WeftTraceTotals totals;
  guint64 generation;
  guint64 edge_ns;
  guint n_threads;
  guint n_processes;
} Picture;

/* abort() and not g_error(): libFuzzer keeps the input of the one only. */
static void G_GNUC_NORETURN
fail (const char *complaint)
{
  g_printerr ("%s\n", complaint);
  abort ();
}

static Picture
take_picture (WeftTraceStore *store)
{
  Picture picture;

  memset (&picture, 0, sizeof picture);
  weft_trace_store_get_totals (store, &picture.totals);
  picture.generation = weft_trace_store_get_generation (store);
  picture.edge_ns = weft_trace_store_get_edge (store);
  picture.n_threads = weft_trace_store_count_threads (store);
  picture.n_processes = weft_process_table_get_size (weft_trace_store_get_processes (store));
  return picture;
}

static void
append (WeftTraceStore *store, const guint8 *data, gsize size, guint64 until)
{
  g_autoptr (GBytes) batch = g_bytes_new (data, size);
  Picture before = take_picture (store);

  if (!weft_trace_store_append (store, batch, until, NULL))
    {
      Picture after = take_picture (store);

      if (memcmp (&before, &after, sizeof before) != 0)
        fail ("a refused batch changed the store");
    }
}

/* The shares are what the slices say one by one; after its end a thread has none. */
static void
check_thread (WeftTraceStore *store, guint id)
{
  const WeftThread *thread = weft_trace_store_get_thread (store, id);
  guint64 edge = weft_trace_store_get_edge (store);
  guint64 time = weft_thread_track_get_start (thread->track);
  WeftShares shares = { { 0 } };
  WeftShares counted = { { 0 } };
  WeftSlice slice;

  if (!weft_thread_track_shares (thread->track, 0, edge, edge, &shares, NULL))
    fail ("a chunk is absent that nobody evicted");
  while (time < edge && weft_thread_track_slice_at (thread->track, time, edge, &slice, NULL))
    {
      guint64 end = MIN (slice.end_ns, edge);

      if (slice.start_ns > time || end <= time)
        fail ("a slice does not hold its time");
      if (slice.state != WEFT_STATE_EXITED)
        counted.ns[slice.state] += end - time;
      time = end;
    }
  if (time < edge)
    fail ("a track has a hole");
  if (memcmp (&shares, &counted, sizeof shares) != 0)
    fail ("shares and slices disagree");
}

static void
check_details (WeftTraceStore *store, guint id)
{
  const WeftThread *thread = weft_trace_store_get_thread (store, id);
  WeftSliceDetails details;

  weft_trace_store_find_details (store, id, weft_thread_track_get_last (thread->track).since_ns,
                                 &details, NULL);
}

/* The first byte says where the bytes are cut in two, and how much of the first half
 * is complete when the second comes. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  WeftTraceInfo info = { .architecture = "x86_64", .n_cpus = 4, .start_ns = START };
  g_autoptr (WeftTraceStore) store = NULL;
  gsize cut;

  if (size < 1)
    return 0;
  store = weft_trace_store_new (&info);
  cut = MIN ((gsize)(data[0] & 0x3f) * WEFT_UNIT_BYTES, size - 1);
  append (store, data + 1, cut, START + (guint64)(data[0] >> 6) * WINDOW_NS);
  append (store, data + 1 + cut, size - 1 - cut, G_MAXUINT64);
  weft_trace_store_finish (store, weft_trace_store_get_edge (store));
  for (guint id = 0; id < weft_trace_store_count_threads (store); id++)
    {
      check_thread (store, id);
      check_details (store, id);
    }
  return 0;
}
