/* chunk-pipeline.c: a ring of slots between threads that decode and one that
 * reads. In: numbers. Out: records in order. */
#include "chunk-pipeline.h"
#include "chunk-codec.h"

/* Beyond this the one that replays is the bottleneck anyway. */
#define MAX_THREADS 8
/* Chunks in flight: 2 MiB of records each, as a rule. */
#define N_SLOTS 16

typedef struct
{
  guint number;
  gboolean done;
  GBytes *records;
  GError *error;
} Slot;

struct _WeftChunkPipeline
{
  WeftChunkReader *reader;
  GArray *numbers;
  GThreadPool *threads;
  GAsyncQueue *decoders; /* those that nobody uses */
  GMutex lock;           /* guards the slots */
  GCond done;
  Slot slots[N_SLOTS];
  guint n_given, n_taken;
};

static void
decode_cb (gpointer data, gpointer user_data)
{
  WeftChunkPipeline *self = user_data;
  Slot *slot = data;
  WeftChunkDecoder *decoder = g_async_queue_pop (self->decoders);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) encoded = weft_chunk_reader_load (self->reader, slot->number, &error);
  GBytes *records = NULL;

  if (encoded != NULL)
    records = weft_chunk_decoder_decode (decoder, encoded, &error);
  g_async_queue_push (self->decoders, decoder);
  g_mutex_lock (&self->lock);
  slot->records = records;
  slot->error = g_steal_pointer (&error);
  slot->done = TRUE;
  g_cond_signal (&self->done);
  g_mutex_unlock (&self->lock);
}

WeftChunkPipeline *
weft_chunk_pipeline_new (WeftChunkReader *reader, GArray *numbers)
{
  WeftChunkPipeline *self = g_new0 (WeftChunkPipeline, 1);
  /* One CPU is for the thread that takes the records. */
  guint n_threads = CLAMP (g_get_num_processors () - 1, 1, MAX_THREADS);

  self->reader = weft_chunk_reader_ref (reader);
  self->numbers = g_array_ref (numbers);
  self->decoders
      = g_async_queue_new_full ((GDestroyNotify)(void (*) (void))weft_chunk_decoder_free);
  for (guint i = 0; i < n_threads; i++)
    g_async_queue_push (self->decoders, weft_chunk_decoder_new ());
  g_mutex_init (&self->lock);
  g_cond_init (&self->done);
  self->threads = g_thread_pool_new (decode_cb, self, (int)n_threads, FALSE, NULL);
  return self;
}

void
weft_chunk_pipeline_free (WeftChunkPipeline *self)
{
  if (self == NULL)
    return;
  g_thread_pool_free (self->threads, FALSE, TRUE);
  for (guint i = 0; i < N_SLOTS; i++)
    {
      g_clear_pointer (&self->slots[i].records, g_bytes_unref);
      g_clear_error (&self->slots[i].error);
    }
  g_async_queue_unref (self->decoders);
  weft_chunk_reader_unref (self->reader);
  g_array_unref (self->numbers);
  g_cond_clear (&self->done);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static void
give_ahead (WeftChunkPipeline *self)
{
  while (self->n_given < self->numbers->len && self->n_given < self->n_taken + N_SLOTS)
    {
      Slot *slot = &self->slots[self->n_given % N_SLOTS];

      slot->number = g_array_index (self->numbers, guint, self->n_given);
      slot->done = FALSE;
      self->n_given++;
      g_thread_pool_push (self->threads, slot, NULL);
    }
}

GBytes *
weft_chunk_pipeline_next (WeftChunkPipeline *self, GError **error)
{
  Slot *slot = &self->slots[self->n_taken % N_SLOTS];
  GBytes *records;

  g_return_val_if_fail (self->n_taken < self->numbers->len, NULL);
  give_ahead (self);
  g_mutex_lock (&self->lock);
  while (!slot->done)
    g_cond_wait (&self->done, &self->lock);
  records = g_steal_pointer (&slot->records);
  if (slot->error != NULL)
    g_propagate_error (error, g_steal_pointer (&slot->error));
  g_mutex_unlock (&self->lock);
  self->n_taken++;
  give_ahead (self);
  return records;
}
