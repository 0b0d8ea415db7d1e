/* restated.c: see the header. A table: where the chunk begins; how many threads; for each
 * the distance to the id before it, how many changes, and of each the time since the one
 * before it, state and CPU. */
#include "restated.h"
#include "packed-numbers.h"

/* The bytes that a thread and that a change takes at least. */
#define LEAST_THREAD 2
#define LEAST_CHANGE 3

/* What the thread did in the chunk, with what its track begins with when it begins there;
 * the first chunk has what is before it too. */
static GArray *
list_slices (const WeftThreadTrack *track, guint chunk, guint64 begin_ns, guint64 end_ns)
{
  GArray *slices = weft_thread_track_copy_segment (track, chunk);
  WeftSlice head = { .start_ns = weft_thread_track_get_start (track) };

  if (head.start_ns >= end_ns || (head.start_ns < begin_ns && chunk > 0))
    return slices;
  head.state = weft_thread_track_get_head (track, &head.cpu);
  return g_array_prepend_val (slices, head);
}

GBytes *
weft_restated_pack (GPtrArray *tracks, GHashTable *threads, guint chunk, guint64 begin_ns,
                    guint64 end_ns)
{
  GByteArray *table;
  guint last = 0;

  if (threads == NULL || g_hash_table_size (threads) == 0)
    return NULL;
  table = g_byte_array_new ();
  weft_put_number (table, begin_ns);
  weft_put_number (table, g_hash_table_size (threads));
  for (guint i = 0; i < tracks->len; i++)
    {
      const WeftThreadTrack *track = g_ptr_array_index (tracks, i);
      guint id = weft_thread_track_get_id (track);
      g_autoptr (GArray) slices = NULL;
      guint64 time_ns = begin_ns;

      if (!g_hash_table_contains (threads, GUINT_TO_POINTER (id)))
        continue;
      slices = list_slices (track, chunk, begin_ns, end_ns);
      weft_put_number (table, id - last);
      weft_put_number (table, slices->len);
      for (guint s = 0; s < slices->len; s++)
        {
          const WeftSlice *slice = &g_array_index (slices, WeftSlice, s);

          weft_put_number (table, weft_fold_sign ((gint64)(slice->start_ns - time_ns)));
          weft_put_number (table, slice->state);
          weft_put_number (table, slice->cpu);
          time_ns = slice->start_ns;
        }
      last = id;
    }
  return g_byte_array_free_to_bytes (table);
}

/* NULL when they are damaged. */
static GArray *
read_slices (WeftNumbers *in, guint64 begin_ns)
{
  g_autoptr (GArray) slices = g_array_new (FALSE, FALSE, sizeof (WeftSlice));
  guint64 n = weft_get_number (in), time_ns = begin_ns;

  if (in->overrun || n > (guint64)(in->end - in->at) / LEAST_CHANGE)
    return NULL;
  for (guint64 i = 0; i < n; i++)
    {
      guint64 start_ns = time_ns + (guint64)weft_unfold_sign (weft_get_number (in));
      guint64 state = weft_get_number (in);
      const WeftSlice slice = { .start_ns = start_ns,
                                .state = (WeftState)state,
                                .cpu = (guint16)weft_get_number (in) };

      if (in->overrun || state >= WEFT_N_STATES || start_ns > G_MAXINT64
          || (i > 0 && start_ns <= time_ns))
        return NULL;
      time_ns = start_ns;
      g_array_append_val (slices, slice);
    }
  return g_steal_pointer (&slices);
}

GHashTable *
weft_restated_unpack (GBytes *table)
{
  g_autoptr (GHashTable) threads
      = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
  WeftNumbers in = weft_numbers_of (table);
  guint64 begin_ns = weft_get_number (&in), n = weft_get_number (&in), id = 0;

  if (in.overrun || begin_ns > G_MAXINT64 || n > (guint64)(in.end - in.at) / LEAST_THREAD)
    return NULL;
  for (guint64 i = 0; i < n; i++)
    {
      GArray *slices;

      id += weft_get_number (&in);
      slices = id <= G_MAXINT32 ? read_slices (&in, begin_ns) : NULL;
      if (slices == NULL)
        return NULL;
      g_hash_table_insert (threads, GUINT_TO_POINTER ((guint)id), slices);
    }
  return g_steal_pointer (&threads);
}
