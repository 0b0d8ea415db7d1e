/* print-columns.c RECORDING WIDTH: the shares that the lane of every thread would show,
 * over the whole recording. Out: "edges" with the times of the columns, then for each
 * column with something in it tid, birth and ns in every state; times since the start. */
#include "recording-reader.h"
#include "trace/lane-layout.h"
#include <stdio.h>
#include <stdlib.h>

static void
print_lane (WeftTraceStore *store, guint id, const WeftTimeScale *scale)
{
  guint64 start = weft_trace_store_get_start (store);
  g_autoptr (WeftLaneItems) items = weft_lane_items_new (store, &id, 1, scale);
  const WeftThread *thread = weft_trace_store_get_thread (store, id);

  if (items->missing != NULL)
    g_error ("%s", items->missing->message);
  for (guint px = 0; px < scale->width_px; px++)
    {
      const guint64 *ns = items->columns[px].ns;
      guint64 sum = 0;

      for (guint state = 0; state < WEFT_N_STATES; state++)
        sum += ns[state];
      if (sum == 0)
        continue;
      printf ("%u %" G_GINT64_FORMAT " %u", thread->tid, (gint64)(thread->birth_ns - start), px);
      for (guint state = 0; state < WEFT_N_STATES; state++)
        printf (" %" G_GUINT64_FORMAT, ns[state]);
      printf ("\n");
    }
}

/* The stretches that the columns stand for: the same for every lane. */
static void
print_edges (WeftTraceStore *store, const WeftTimeScale *scale)
{
  const guint first = 0;
  g_autoptr (WeftLaneItems) items = weft_lane_items_new (store, &first, 1, scale);

  printf ("\nedges");
  for (guint px = 0; px <= scale->width_px; px++)
    printf (" %" G_GUINT64_FORMAT, items->edges[px] - weft_trace_store_get_start (store));
  printf ("\n");
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftTraceStore) store = NULL;
  WeftTimeScale scale;
  guint64 start;

  if (argc != 3)
    return 2;
  store = weft_recording_open (argv[1], NULL, NULL, NULL, NULL, &error);
  if (store == NULL)
    g_error ("%s", error->message);
  start = weft_trace_store_get_start (store);
  scale = (WeftTimeScale){ start, weft_trace_store_get_edge (store), (guint)atoi (argv[2]) };
  printf ("states");
  for (guint state = 0; state < WEFT_N_STATES; state++)
    printf (" %s", weft_state_get_id (state));
  print_edges (store, &scale);
  for (guint id = 0; id < weft_trace_store_count_threads (store); id++)
    print_lane (store, id, &scale);
  return 0;
}
