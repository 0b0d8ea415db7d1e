/* tid-lives.c: see the header. In: who gets which tid when. Out: who had it then.
 *
 * Lives lie in pages by tid, since a machine gives its tids in a row. */
#include "tid-lives.h"
#include <string.h>

#define PAGE_TIDS 4096
#define N_PAGES 1024 /* PID_MAX_LIMIT is 4 Mi */

typedef struct
{
  guint64 from_ns;
  WeftThread *thread;
} Life;

/* Of one tid, sorted by time, and by id where several began before the recording did. */
typedef struct
{
  guint n, room;
  Life lives[];
} Lives;

struct _WeftTidLives
{
  Lives **pages[N_PAGES];
};

WeftTidLives *
weft_tid_lives_new (void)
{
  return g_new0 (WeftTidLives, 1);
}

void
weft_tid_lives_free (WeftTidLives *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < N_PAGES; i++)
    {
      for (guint at = 0; self->pages[i] != NULL && at < PAGE_TIDS; at++)
        g_free (self->pages[i][at]);
      g_free (self->pages[i]);
    }
  g_free (self);
}

static Lives *
lives_of (WeftTidLives *self, guint32 tid)
{
  guint page = tid / PAGE_TIDS;

  return page < N_PAGES && self->pages[page] != NULL ? self->pages[page][tid % PAGE_TIDS] : NULL;
}

/* How many of the lives begin at or before @time_ns. */
static guint
count_until (const Lives *lives, guint64 time_ns)
{
  guint low = 0, high = lives->n;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (lives->lives[middle].from_ns <= time_ns)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* With room for one more life. */
static Lives *
make_room (WeftTidLives *self, guint32 tid)
{
  guint page = tid / PAGE_TIDS;
  Lives *lives = lives_of (self, tid);
  guint room = lives == NULL ? 1 : 2 * lives->room;

  if (lives != NULL && lives->n < lives->room)
    return lives;
  if (self->pages[page] == NULL)
    self->pages[page] = g_new0 (Lives *, PAGE_TIDS);
  lives = g_realloc (lives, sizeof *lives + room * sizeof (Life));
  if (room == 1)
    lives->n = 0;
  lives->room = room;
  self->pages[page][tid % PAGE_TIDS] = lives;
  return lives;
}

void
weft_tid_lives_add (WeftTidLives *self, guint32 tid, guint64 from_ns, WeftThread *thread)
{
  Lives *lives;
  guint at;

  if (tid / PAGE_TIDS >= N_PAGES)
    return; /* no kernel gives such a tid; the thread is known by its id alone */
  lives = make_room (self, tid);
  at = count_until (lives, from_ns);
  /* whoever brings a chunk back adds them in another order */
  while (at > 0 && lives->lives[at - 1].from_ns == from_ns
         && lives->lives[at - 1].thread->id > thread->id)
    at--;
  memmove (&lives->lives[at + 1], &lives->lives[at], (lives->n - at) * sizeof (Life));
  lives->lives[at] = (Life){ from_ns, thread };
  lives->n++;
}

WeftThread *
weft_tid_lives_find (WeftTidLives *self, guint32 tid, guint64 time_ns)
{
  const Lives *lives = lives_of (self, tid);
  guint n = lives != NULL ? count_until (lives, time_ns) : 0;

  return n > 0 ? lives->lives[n - 1].thread : NULL;
}

WeftThread *
weft_tid_lives_find_start (WeftTidLives *self, guint32 tid, guint64 start_boottime_ns)
{
  const Lives *lives = lives_of (self, tid);

  for (guint i = lives != NULL ? lives->n : 0; i-- > 0;)
    if (lives->lives[i].thread->start_boottime_ns == start_boottime_ns)
      return lives->lives[i].thread;
  return NULL;
}
