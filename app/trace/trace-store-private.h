/* trace-store-private.h: the store's inside, shared by its four files:
 * trace-store.c (object, threads, getters), trace-apply.c (a record's effect),
 * trace-chunks.c (sealing, eviction, reload), trace-query.c (looking back). */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

typedef struct
{
  WeftThread public;
  WeftSchedState sched;
  gboolean exiting;        /* its EXIT came; its last switch is still to come */
  guint touched_in;        /* chunk + 1 in which it last changed */
  guint touched_at;        /* its place among that chunk's entries */
  guint64 named_ns;        /* when a STATE last named it */
  gsize accounted_bytes;   /* of its track, in the store's memory */
  guint64 leader_start_ns; /* boottime, 0 when unknown */
} ThreadEntry;

#define TID_PAGE 4096
#define TID_PAGES 1024 /* PID_MAX_LIMIT is 4 Mi */

struct _WeftTraceStore
{
  GObject parent_instance;

  GRWLock lock;
  WeftTraceInfo info;
  const WeftSyscalls *syscalls;
  WeftProcessTable *processes;

  GPtrArray *threads;          /* ThreadEntry by id */
  guint *tid_pages[TID_PAGES]; /* tid → id + 1 */
  GPtrArray *threads_of;       /* GArray of guint by process id */
  GArray *marks;               /* WeftMark */
  guint64 user_marks_generation;
  GStringChunk *strings;

  GByteArray *waiting; /* records later than the horizon, unsorted */
  guint64 newest_ns;   /* of any record taken */
  guint64 applied_ns;  /* of the newest record that entered the tracks */
  guint64 edge_ns;
  guint64 generation;
  WeftTraceTotals totals;
  guint64 account_lost;
  gboolean finished;
  gboolean begins_with_first; /* time 0 is not known yet */
  gboolean synced;            /* the first snapshot has named everybody */

  GPtrArray *chunks;        /* WeftChunk by number; the open one is not among them */
  GByteArray *open_records; /* its length is the room there is */
  gsize open_bytes;         /* of it, those that hold records */
  GArray *open_entries;     /* WeftChunkEntry */
  guint64 open_first_ns;
  guint64 open_last_ns;
  guint64 open_n;
  GPtrArray *sealed; /* handed to chunk_func outside the lock */
  gboolean replaying;

  guint64 memory_limit;
  guint64 memory_bytes;
  guint evict_next; /* chunk number */
  guint drop_next;  /* chunk whose records leave memory next */

  WeftChunkFunc chunk_func;
  gpointer chunk_data;
  GDestroyNotify chunk_destroy;
  WeftFetchFunc fetch_func;
  gpointer fetch_data;
  GDestroyNotify fetch_destroy;
};

/* trace-store.c */
ThreadEntry *weft_trace_store_entry (WeftTraceStore *self, guint id);
ThreadEntry *weft_trace_store_entry_of_tid (WeftTraceStore *self, guint32 tid);
void weft_trace_store_map_tid (WeftTraceStore *self, guint32 tid, guint id);
void weft_trace_store_unmap_tid (WeftTraceStore *self, guint32 tid);
ThreadEntry *weft_trace_store_add_thread (WeftTraceStore *self, guint32 tid, guint64 birth_ns,
                                          WeftState state, guint16 cpu);
void weft_trace_store_set_process (WeftTraceStore *self, ThreadEntry *entry, guint process);
void weft_trace_store_add_mark (WeftTraceStore *self, WeftMark mark, const char *text);

/* trace-apply.c: the effect of one record on threads, tracks, processes, marks. */
void weft_trace_store_apply (WeftTraceStore *self, const struct weft_record *record);

/* trace-chunks.c */
guint weft_trace_store_open_chunk (WeftTraceStore *self);
/* Call before the first change of a thread in the open chunk. */
void weft_trace_store_touch (WeftTraceStore *self, ThreadEntry *entry, gboolean born);
/* What changes of a touched thread in the open chunk is never evicted. */
void weft_trace_store_keep_in_memory (WeftTraceStore *self, const ThreadEntry *entry);
void weft_trace_store_keep_record (WeftTraceStore *self, const struct weft_record *record);
void weft_trace_store_seal (WeftTraceStore *self);
void weft_trace_store_trim (WeftTraceStore *self);

G_END_DECLS
