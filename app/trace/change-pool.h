/* change-pool.h: room for the changes of full blocks. A far view looks into every block of
 * every track once; in pages of 4 KiB each look misses the TLB, and that is most of what it
 * costs. So they come from slabs of 2 MiB, which the kernel can map as one page each, and
 * without a header of malloc's. Any thread. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

#define WEFT_CHANGE_POOL_BYTES 512

/* Returns: WEFT_CHANGE_POOL_BYTES, not cleared; never NULL */
gpointer weft_change_pool_take (void);

/* @room: of weft_change_pool_take(). A slab goes back to the system with the last of it. */
void weft_change_pool_give_back (gpointer room);

G_END_DECLS
