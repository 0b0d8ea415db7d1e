/* buffer-pool.h: large buffers that are used again instead of being given back
 * to the kernel, which would clear every page anew. In: sizes. Out: GBytes that
 * return their buffer to the pool when they are freed, in whatever thread. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef struct _WeftBufferPool WeftBufferPool;

WeftBufferPool *weft_buffer_pool_new (void);
/* The pool lives on until the last GBytes of it is freed. */
void weft_buffer_pool_unref (WeftBufferPool *self);

/* Returns: (transfer full): at least @bytes, with any content, 16-byte aligned;
 * to be given back, or wrapped */
guint8 *weft_buffer_pool_take (WeftBufferPool *self, gsize bytes);
void weft_buffer_pool_give_back (WeftBufferPool *self, guint8 *buffer);

/* Returns: (transfer full): the first @bytes of @buffer, which it takes over */
GBytes *weft_buffer_pool_wrap (WeftBufferPool *self, guint8 *buffer, gsize bytes);

G_END_DECLS
