/* change-pool.c: see the header. In: requests. Out: cells of slabs. A slab lies at a
 * multiple of its size, so that a cell's address tells where its slab begins; its first
 * cell holds the account. */
#include "change-pool.h"
#include <sys/mman.h>

#define SLAB_BYTES ((gsize)2 << 20)
#define SLAB_CELLS (SLAB_BYTES / WEFT_CHANGE_POOL_BYTES)

typedef struct _Cell Cell;
struct _Cell
{
  Cell *next;
};

typedef struct _Slab Slab;
struct _Slab
{
  Slab *previous, *next; /* of those with room */
  Cell *free;            /* given back */
  guint n_begun;         /* cells ever taken, the account's own included */
  guint n_used;
};

G_STATIC_ASSERT (sizeof (Slab) <= WEFT_CHANGE_POOL_BYTES);

static GMutex lock;
static Slab *with_room;

/* Twice the size holds one that is aligned; what lies around it goes back at once. */
static Slab *
slab_new (void)
{
  guint8 *map
      = mmap (NULL, 2 * SLAB_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  gsize before;
  Slab *self;

  if (map == MAP_FAILED)
    g_error ("no memory for %" G_GSIZE_FORMAT " bytes of history", SLAB_BYTES);
  before = -(guintptr)map & (SLAB_BYTES - 1);
  if (before > 0)
    munmap (map, before);
  munmap (map + before + SLAB_BYTES, SLAB_BYTES - before);
  self = (Slab *)(void *)(map + before);
  madvise (self, SLAB_BYTES, MADV_HUGEPAGE); /* a kernel without huge pages does without */
  self->n_begun = 1;
  return self;
}

static void
link_slab (Slab *self)
{
  self->previous = NULL;
  self->next = with_room;
  if (with_room != NULL)
    with_room->previous = self;
  with_room = self;
}

static void
unlink_slab (Slab *self)
{
  if (self->previous != NULL)
    self->previous->next = self->next;
  else
    with_room = self->next;
  if (self->next != NULL)
    self->next->previous = self->previous;
}

static gboolean
is_full (const Slab *self)
{
  return self->free == NULL && self->n_begun == SLAB_CELLS;
}

gpointer
weft_change_pool_take (void)
{
  Slab *slab;
  Cell *cell;

  g_mutex_lock (&lock);
  if (with_room == NULL)
    link_slab (slab_new ());
  slab = with_room;
  cell = slab->free;
  if (cell != NULL)
    slab->free = cell->next;
  else
    cell = (Cell *)(void *)((guint8 *)slab + slab->n_begun++ * WEFT_CHANGE_POOL_BYTES);
  slab->n_used++;
  if (is_full (slab))
    unlink_slab (slab);
  g_mutex_unlock (&lock);
  return cell;
}

void
weft_change_pool_give_back (gpointer room)
{
  Cell *cell = room;
  Slab *slab = (Slab *)((guintptr)room & ~(guintptr)(SLAB_BYTES - 1));

  g_mutex_lock (&lock);
  if (is_full (slab))
    link_slab (slab);
  cell->next = slab->free;
  slab->free = cell;
  slab->n_used--;
  if (slab->n_used == 0)
    {
      unlink_slab (slab);
      munmap (slab, SLAB_BYTES);
    }
  g_mutex_unlock (&lock);
}
