/* trace-store-private.h: the store's inside, shared by its files. Each calls only those
 * before it: trace-threads.c and trace-marks.c (what is known), history.c and its kin (what
 * is in memory), trace-late.c (changes), trace-chunks.c (sealing, walking), trace-apply.c (a
 * record's effect), trace-query.c (looking back), trace-store.c (the object, the window in
 * which records are sorted). */
#pragma once
#include "derived.h"
#include "rewrites.h"
#include "thread-machine.h"
#include "trace-store.h"

G_BEGIN_DECLS

typedef struct
{
  GArray *of_kind[WEFT_N_THREAD_MARKS]; /* (nullable) WeftMark */
} ThreadMarks;

typedef struct
{
  WeftMachineThread machine;
  ThreadMarks *marks;    /* (nullable) */
  guint touched_in;      /* chunk + 1 in which it last changed */
  guint restated_in;     /* and in which its records alone do not tell how */
  gsize accounted_bytes; /* of its track, in the store's memory */
} ThreadEntry;

struct _WeftTraceStore
{
  GObject parent_instance;

  GRWLock lock;
  WeftTraceInfo info;
  const WeftSyscalls *syscalls;
  WeftProcessTable *processes;
  WeftFamilies *families; /* of them */

  WeftThreadMachine *machine;
  GPtrArray *threads;    /* ThreadEntry by id */
  GPtrArray *threads_of; /* GArray of guint by process id */
  guint64 threads_generation;
  GArray *trace_marks; /* WeftMark of no thread: few */
  guint64 user_marks_generation;
  GArray *scopes; /* WeftScope by time */
  guint64 scopes_generation;
  GTree *notes; /* name → text */
  guint64 notes_generation;
  GStringChunk *strings;

  GByteArray *waiting; /* records later than the horizon, unsorted */
  guint64 newest_ns;   /* of any record taken */
  guint64 applied_ns;  /* of the newest record that entered the tracks */
  guint64 edge_ns;
  guint64 generation;
  WeftRewrites rewrites; /* of what is sealed */
  WeftTraceTotals totals;
  guint64 account_lost;
  gboolean finished;
  gboolean begins_with_first; /* time 0 is not known yet */

  GPtrArray *chunks;        /* HistoryChunk by number; the open one is not among them */
  GArray *chunk_begins;     /* guint64: where the time of each begins */
  guint64 open_begin_ns;    /* and that of the open one: all before it is sealed */
  GArray *open_grains;      /* guint64: moments within the open one, rising */
  GByteArray *open_records; /* its length is the room there is */
  gsize open_bytes;         /* of it, those that hold records */
  GArray *open_entries;     /* WeftChunkEntry */
  WeftDerivedOpen open_derived;
  guint open_thread; /* the first that is new in it */
  guint64 open_first_ns;
  guint64 open_last_ns;
  guint64 open_n;
  guint64 sealed_events; /* of totals.events, those of sealed chunks */
  GPtrArray *sealed;     /* handed to chunk_func outside the lock */
  gboolean replaying;
  gboolean restoring; /* states are not told by records: trace-restore.c */
  GArray *restored;   /* its own, while chunks come in */

  guint64 memory_limit;
  guint64 memory_bytes;
  guint64 evicted_until_ns; /* of what left memory, the latest */
  guint64 left_until_ns;    /* the time of chunks that left or were not there yet */
  guint drop_next;          /* chunk whose records leave memory next */
  guint dirty_from;         /* chunks from here on may be dirty */
  GQueue used;              /* HistoryChunk: those with something in memory, by last use */
  GQueue held;              /* HistoryRange: of those who read */
  GMutex used_lock;         /* guards both, within any lock */
  guint n_loaded;           /* chunks with tracks in memory */
  guint64 loads;
  GArray *gaps; /* what cannot be read: history.c */
  WeftTrackPast past;

  WeftChunkFunc chunk_func;
  gpointer chunk_data;
  GDestroyNotify chunk_destroy;
  WeftFetchFunc fetch_func;
  WeftFetchTableFunc fetch_table_func;
  gpointer fetch_data;
  GDestroyNotify fetch_destroy;
};

/* trace-threads.c */
ThreadEntry *weft_trace_store_entry (WeftTraceStore *self, guint id);
ThreadEntry *weft_trace_store_add_thread (WeftTraceStore *self, guint64 birth_ns, WeftState state,
                                          guint16 cpu);
void weft_trace_store_set_process (WeftTraceStore *self, WeftThread *thread, guint process);

/* trace-marks.c */
void weft_trace_store_add_mark (WeftTraceStore *self, WeftMark mark, const char *text);
void weft_thread_marks_free (ThreadMarks *marks);

/* trace-scope.c */
void weft_scope_clear (gpointer scope);

/* trace-apply.c: the effect of one record on threads, tracks, processes, marks. */
WeftThreadMachine *weft_trace_store_new_machine (WeftTraceStore *self);
void weft_trace_store_apply (WeftTraceStore *self, const struct weft_record *record);

/* trace-chunks.c */
/* What the thread is before its first change in the open chunk. */
void weft_trace_store_add_entry (WeftTraceStore *self, ThreadEntry *entry, gboolean born);
void weft_trace_store_keep_record (WeftTraceStore *self, const struct weft_record *record);
void weft_trace_store_seal (WeftTraceStore *self);
/* The rows that listen begin anew. */
void weft_trace_store_begin_derived (WeftTraceStore *self);
/* Puts what came late into the tables of the chunks whose time it is in. */
void weft_trace_store_seal_late (WeftTraceStore *self);

/* trace-late.c: changes in the time of the open chunk, or of one before it. */
/* What was told from a moment on is another now; no matter when it is not sealed. */
void weft_trace_store_note_rewrite (WeftTraceStore *self, guint64 from_ns);
void weft_trace_store_change (WeftTraceStore *self, ThreadEntry *entry, guint64 time_ns,
                              WeftState state, guint16 cpu);
/* A change at that very moment was one to @state in truth. */
void weft_trace_store_replace (WeftTraceStore *self, ThreadEntry *entry, guint64 time_ns,
                               WeftState state, guint16 cpu);
void weft_trace_store_insert (WeftTraceStore *self, ThreadEntry *entry, guint64 time_ns,
                              WeftState state, guint16 cpu);
void weft_trace_store_cut (WeftTraceStore *self, ThreadEntry *entry, guint64 time_ns,
                           WeftState state, guint16 cpu);

G_END_DECLS
