/* buffer-pool.c: a few free buffers under a lock. In: buffers done with. Out:
 * buffers to fill. Each begins with a hidden head that says how large it is. */
#include "buffer-pool.h"

/* More free ones than this are given back to the system. */
#define MAX_FREE 4

struct _WeftBufferPool
{
  gatomicrefcount references;
  GMutex lock;
  struct Head *free[MAX_FREE];
  guint n_free;
};

typedef struct Head
{
  WeftBufferPool *pool; /* of a wrapped one */
  gsize bytes;
} Head;

G_STATIC_ASSERT (sizeof (Head) == 16);

WeftBufferPool *
weft_buffer_pool_new (void)
{
  WeftBufferPool *self = g_new0 (WeftBufferPool, 1);

  g_atomic_ref_count_init (&self->references);
  g_mutex_init (&self->lock);
  return self;
}

void
weft_buffer_pool_unref (WeftBufferPool *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  for (guint i = 0; i < self->n_free; i++)
    g_free (self->free[i]);
  g_mutex_clear (&self->lock);
  g_free (self);
}

guint8 *
weft_buffer_pool_take (WeftBufferPool *self, gsize bytes)
{
  Head *head = NULL;

  g_mutex_lock (&self->lock);
  if (self->n_free > 0)
    head = self->free[--self->n_free];
  g_mutex_unlock (&self->lock);
  if (head == NULL || head->bytes < bytes)
    {
      g_free (head);
      head = g_malloc (sizeof *head + bytes);
      head->bytes = bytes;
    }
  return (guint8 *)(head + 1);
}

void
weft_buffer_pool_give_back (WeftBufferPool *self, guint8 *buffer)
{
  Head *head = (Head *)buffer - 1;

  g_mutex_lock (&self->lock);
  if (self->n_free < MAX_FREE)
    self->free[self->n_free++] = g_steal_pointer (&head);
  g_mutex_unlock (&self->lock);
  g_free (head);
}

static void
return_cb (gpointer buffer)
{
  WeftBufferPool *pool = ((Head *)buffer - 1)->pool;

  weft_buffer_pool_give_back (pool, buffer);
  weft_buffer_pool_unref (pool);
}

GBytes *
weft_buffer_pool_wrap (WeftBufferPool *self, guint8 *buffer, gsize bytes)
{
  g_atomic_ref_count_inc (&self->references);
  ((Head *)buffer - 1)->pool = self;
  return g_bytes_new_with_free_func (buffer, bytes, return_cb, buffer);
}
