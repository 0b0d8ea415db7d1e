/* history-private.h: the inside of history, shared by history.c (what is in memory),
 * history-load.c (what comes back), history-hold.c (what stays) and trace-chunks.c (what
 * is added). All within the store's lock; writing within its write lock, but for use and
 * pins. */
#pragma once
#include "derived.h"
#include "history.h"
#include "trace-store-private.h"

G_BEGIN_DECLS

typedef struct
{
  guint number;
  guint64 begin_ns, end_ns;    /* the time whose changes are its; chunks lie end to end */
  guint64 first_ns, last_ns;   /* of its records; those of neighbours may overlap */
  guint64 n_records, n_events; /* snapshots and losses are no events */
  WeftGrains grains;
  GBytes *records;                   /* NULL: not in memory */
  GBytes *tables[WEFT_N_DERIVED];    /* NULL: not in memory, or there is none */
  gpointer restored[WEFT_N_DERIVED]; /* of those that stay restored: the totals */
  GArray *threads;                   /* ids of those that may have a segment; NULL: absent */
  GHashTable *restated;              /* (nullable) ids of them that its records tell otherwise */
  GList link;                        /* in the list of those that have something in memory */
  gboolean listed;
  gboolean left;    /* it was out of memory once */
  gboolean damaged; /* it cannot be read */
  guint64 n_lost;   /* what the gap in its place stands for */
  gboolean untold;  /* its totals neither */
  gboolean dirty;   /* what came late is not in its tables yet */
  gint pins;
  gint64 used_us; /* when it was looked at: monotonic time, to a tenth of a second */
} HistoryChunk;

/* Chunks that stay as they are while somebody reads: from the first to before the end.
 * All 0 at first. */
typedef struct
{
  guint first, end;
  GList link; /* in the list of those that are held */
} HistoryRange;

/* history.c */
HistoryChunk *weft_history_get (WeftTraceStore *store, guint number);
HistoryChunk *weft_history_add (WeftTraceStore *store, guint64 begin_ns, guint64 end_ns);
void weft_history_init (WeftTraceStore *store);
void weft_history_free (WeftTraceStore *store);
/* Whose time it is; that of the open chunk is n_chunks. */
guint weft_history_find (WeftTraceStore *store, guint64 time_ns);
/* As it does, searched from that of @hint on: for moments that rise. */
guint weft_history_find_from (WeftTraceStore *store, guint64 time_ns, guint hint);
/* It was looked at just now. Any lock. */
void weft_history_use (WeftTraceStore *store, HistoryChunk *chunk);
/* They stay, and are looked at, until the range is released. Again: others stay. Within a
 * read section. */
void weft_history_hold_range (WeftTraceStore *store, HistoryRange *range, guint first, guint end);
void weft_history_release_range (WeftTraceStore *store, HistoryRange *range);
/* Its tracks are not in memory: edges of columns in its time move from now on. */
void weft_history_note_left (WeftTraceStore *store, HistoryChunk *chunk);
void weft_history_set_records (WeftTraceStore *store, HistoryChunk *chunk, GBytes *records);
void weft_history_set_table (WeftTraceStore *store, HistoryChunk *chunk, WeftDerivedId id,
                             GBytes *table);
/* Restores a table that is in memory, if that was not done; NULL when there is none. */
gpointer weft_history_restore (WeftTraceStore *store, HistoryChunk *chunk, WeftDerivedId id);
/* A made-up table may tell other moments than it did when the trace was opened. */
gboolean weft_history_has_grains_of (const HistoryChunk *chunk, const WeftThreadTotals *totals);
/* The chunk's records alone do not tell what the thread did in its time. */
void weft_history_restate (HistoryChunk *chunk, guint thread);
void weft_history_account (WeftTraceStore *store, ThreadEntry *entry);
/* A segment that outlived its chunk because its thread was silent goes. */
void weft_history_evict_last (WeftTraceStore *store, ThreadEntry *entry, guint before);
/* Lets go of what was not looked at longest until the limit is kept. */
void weft_history_trim (WeftTraceStore *store);
/* The next gap that has some of the time between, from *@from_ns on; narrows them to it. */
gboolean weft_history_find_gap (WeftTraceStore *store, guint64 *from_ns, guint64 *to_ns);
/* A gap is in its place, for so many events that are missing. Its loss is told already. */
void weft_history_set_gap (WeftTraceStore *store, HistoryChunk *chunk, guint64 n_lost);
/* It cannot be read: a gap takes its place. */
void weft_history_damage (WeftTraceStore *store, HistoryChunk *chunk);

/* history-load.c; no lock */
/* Records, from memory or fetched; of a chunk that cannot be read the loss in its place
 * (@is_loss). */
GBytes *weft_history_fetch_records (WeftTraceStore *store, guint number, gboolean *is_loss,
                                    GError **error);
gboolean weft_history_load_totals (WeftTraceStore *store, guint number, GError **error);
gboolean weft_history_load (WeftTraceStore *store, guint number, GError **error);

G_END_DECLS
