/* trace-store.h: everything a trace has told: threads with their tracks, the
 * processes, marks, losses. In: records, in any order within a window.
 * Out: tracks to draw and count from, and sealed chunks to keep.
 *
 * Threads: one writer at a time (weft_trace_store_append and kin take the
 * write lock themselves), any number of readers between
 * weft_trace_store_begin_read and _end_read. Getters need a read section
 * unless the caller is the only user. Signals are emitted in the writer's
 * thread, outside the lock. */
#pragma once
#include <gio/gio.h>
#include "families.h"
#include "process-table.h"
#include "sched-model.h"
#include "thread.h"

G_BEGIN_DECLS

/* What is known of the machine and the trace as such. Value type. */
typedef struct
{
  char architecture[16]; /* uname -m */
  char kernel[80];
  char host[80];
  char boot_id[40];
  char label[80]; /* record -e; may be empty */
  guint n_cpus;
  guint64 start_ns;    /* CLOCK_MONOTONIC: time 0 of every ruler */
  guint64 realtime_ns; /* the two other clocks at start_ns */
  guint64 boottime_ns;
  gboolean locks_untold; /* see weft_syscalls_get_untold() */
} WeftTraceInfo;

typedef enum
{
  WEFT_MARK_FORK, /* of threads */
  WEFT_MARK_EXEC,
  WEFT_MARK_EXIT,
  WEFT_MARK_RENAME,
  WEFT_N_THREAD_MARKS,
  WEFT_MARK_LOST = WEFT_N_THREAD_MARKS, /* of the trace; value: count; start_ns … time_ns */
  WEFT_MARK_SUSPEND,                    /* value: length in ns */
  WEFT_MARK_USER,
} WeftMarkKind;

typedef struct
{
  guint64 time_ns;
  guint64 start_ns; /* = time_ns but for LOST */
  guint64 value;
  guint thread; /* id, or WEFT_NO_ID for marks of the whole trace */
  WeftMarkKind kind;
  guint16 cpu;
  const char *text; /* (nullable) */
} WeftMark;

/* Who ended a wait, and what it was; from the chunk's records. */
typedef struct
{
  WeftSlice slice;
  guint thread;
  gboolean has_call; /* @sw is the switch that began the slice */
  struct weft_switch sw;
  gboolean has_wake;
  guint64 wake_ns;
  guint waker;            /* thread id, or WEFT_NO_ID */
  guint8 waker_context;   /* enum weft_context */
  guint64 wake_to_run_ns; /* 0 when it did not run yet */
} WeftSliceDetails;

typedef struct
{
  guint64 events;  /* records taken, STATE and LOST left out */
  guint64 lost;    /* by the LOST records and the session's account */
  guint64 late;    /* came after their window and were inserted */
  guint64 unknown; /* of kinds this version does not know */
  guint64 switches, forks, exits;
  guint64 memory_bytes;
} WeftTraceTotals;

/* One of the tables that are made of a chunk (derived.h). */
typedef struct
{
  const char *name; /* static */
  GBytes *bytes;
} WeftChunkTable;

/* A stretch of history as it is handed to who keeps it; reference counted, immutable. */
typedef struct _WeftChunk WeftChunk;
struct _WeftChunk
{
  guint number;              /* 0, 1, 2 … */
  guint64 first_ns, last_ns; /* of its records; neighbours may overlap by late ones */
  guint64 n_records;
  /* whole records, sorted by time; NULL: the chunk was handed out before, and these tables
   * replace those of then */
  GBytes *records;
  GArray *entries; /* (nullable) WeftChunkEntry: each thread that records of it are about */
  GArray *tables;  /* WeftChunkTable */
};

/* A thread's state just before its first change in the chunk. */
typedef struct
{
  guint thread;   /* id */
  guint32 tid;    /* it had then */
  guint32 tgid;   /* the same; 0 when unknown */
  guint born : 1; /* in this chunk: it has no state before */
  /* and what else brings its track back as it was */
  guint dead : 1; /* it had ended before */
  guint exiting : 1;
  guint losses : 2; /* WeftMachineLosses */
  WeftSchedState before;
  guint64 changed_ns; /* its track's last change: to the same state, told once */
  guint64 start_boottime_ns;
  guint64 named_ns; /* when a snapshot last named it */
  guint64 count_address;
} WeftChunkEntry;

WeftChunk *weft_chunk_ref (WeftChunk *chunk);
void weft_chunk_unref (WeftChunk *chunk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftChunk, weft_chunk_unref)

/* A chunk is sealed after this many records or this much time. */
#define WEFT_CHUNK_RECORDS 65536
#define WEFT_CHUNK_NS (G_GUINT64_CONSTANT (1000000000))
/* Records wait this long to be sorted before they enter the tracks. */
#define WEFT_SORT_WINDOW_NS (G_GUINT64_CONSTANT (20000000))

#define WEFT_TYPE_TRACE_STORE (weft_trace_store_get_type ())
G_DECLARE_FINAL_TYPE (WeftTraceStore, weft_trace_store, WEFT, TRACE_STORE, GObject)

WeftTraceStore *weft_trace_store_new (const WeftTraceInfo *info);

void weft_trace_store_begin_read (WeftTraceStore *self);
void weft_trace_store_end_read (WeftTraceStore *self);

/* What the source of a trace says of its machine and clocks, label included, in the
 * place of what the store was made with. Before any record. */
void weft_trace_store_set_machine (WeftTraceStore *self, const WeftTraceInfo *info);

/* Time 0 becomes the time of the first record: tracing begins later than its store
 * was made, as when somebody has to be asked for a password. Before any record. */
void weft_trace_store_begin_with_first (WeftTraceStore *self);

/* --- writing ---------------------------------------------------------- */

/**
 * weft_trace_store_append:
 * @records: (transfer none): whole records
 * @complete_until_ns: every record before it has been delivered; records
 *   before it enter the tracks, later ones wait. G_MAXUINT64 flushes all.
 *
 * Adds the batch, or nothing at all when it is malformed.
 */
gboolean weft_trace_store_append (WeftTraceStore *self, GBytes *records, guint64 complete_until_ns,
                                  GError **error);

/**
 * weft_trace_store_replay_chunk:
 * @number: of the chunk in its recording: 0, 1, 2 … without a hole
 * @records: (transfer none): whole records sorted by time, as they were sealed
 *
 * Replays a chunk of a recording: as weft_trace_store_append with everything
 * complete, but the chunk is sealed with exactly these records under exactly
 * this number, and the chunk function is not called. The chunk keeps a
 * reference to @records only when no fetch function can bring them back.
 * A store that replays is fed by nothing else until the last chunk is in.
 */
gboolean weft_trace_store_replay_chunk (WeftTraceStore *self, guint number, GBytes *records,
                                        GError **error);

/**
 * weft_trace_store_replay_gap:
 * @count: events that are missing; at least 1
 *
 * The same for a chunk that the recording lacks: from @first_ns to @last_ns nothing is known.
 */
gboolean weft_trace_store_replay_gap (WeftTraceStore *self, guint number, guint64 first_ns,
                                      guint64 last_ns, guint64 count, GError **error);

/* The session's account, when it says more was lost than LOST records told yet. */
void weft_trace_store_set_lost (WeftTraceStore *self, guint64 lost);

/* Takes the write lock and reconciles the process table; returns corrections. */
guint weft_trace_store_reconcile (WeftTraceStore *self, const WeftProcSnapshot *snapshot);

/* The end: flushes, seals the last chunk; the edge stays at @end_ns. */
void weft_trace_store_finish (WeftTraceStore *self, guint64 end_ns);

/**
 * weft_trace_store_set_chunk_func:
 * @func: called with every sealed chunk, in the writer's thread, outside the
 *   lock; the recording takes it from there
 */
typedef void (*WeftChunkFunc) (WeftTraceStore *store, WeftChunk *chunk, gpointer user_data);
void weft_trace_store_set_chunk_func (WeftTraceStore *self, WeftChunkFunc func, gpointer user_data,
                                      GDestroyNotify destroy);

/**
 * weft_trace_store_set_fetch_func:
 * @func: brings back the records of a chunk that left memory; may be slow and
 *   is never called on behalf of a getter that has @absent. NULL with an error of
 *   weft_history_tells_damage() makes the chunk a gap for good; any other one says that
 *   it cannot be read just now: it is told to who asked, and who asks again tries again
 */
typedef GBytes *(*WeftFetchFunc) (guint chunk, gpointer user_data, GError **error);
void weft_trace_store_set_fetch_func (WeftTraceStore *self, WeftFetchFunc func, gpointer user_data,
                                      GDestroyNotify destroy);

/**
 * weft_trace_store_set_fetch_table_func:
 * @func: brings back a chunk's table by its name; NULL with %G_IO_ERROR_NOT_FOUND when the
 *   chunk has none, else as above. Gets the data of the fetch function. Without it tables stay in
 * memory
 */
typedef GBytes *(*WeftFetchTableFunc) (guint chunk, const char *name, gpointer user_data,
                                       GError **error);
void weft_trace_store_set_fetch_table_func (WeftTraceStore *self, WeftFetchTableFunc func);

/* History that was not looked at longest leaves memory above this; 1 GiB by default. A
 * fetch function brings it back on demand; without one its totals are all that stays. */
void weft_trace_store_set_memory_limit (WeftTraceStore *self, guint64 bytes);

/* History up to this time was in memory and left it; 0 when none did. What was never
 * there, as most of a recording that was opened, did not leave. */
guint64 weft_trace_store_get_evicted_until (WeftTraceStore *self);

/* Brings back the segments of an absent chunk. Slow; call on a worker. */
gboolean weft_trace_store_load_chunk (WeftTraceStore *self, guint chunk, GError **error);

/* --- reading ---------------------------------------------------------- */

const WeftTraceInfo *weft_trace_store_get_info (WeftTraceStore *self);
const WeftSyscalls *weft_trace_store_get_syscalls (WeftTraceStore *self);
WeftProcessTable *weft_trace_store_get_processes (WeftTraceStore *self); /* transfer none */
WeftFamilies *weft_trace_store_get_families (WeftTraceStore *self);      /* transfer none */
void weft_trace_store_get_totals (WeftTraceStore *self, WeftTraceTotals *totals);

guint64 weft_trace_store_get_start (WeftTraceStore *self);      /* info.start_ns */
guint64 weft_trace_store_get_edge (WeftTraceStore *self);       /* complete until here */
guint64 weft_trace_store_get_generation (WeftTraceStore *self); /* rises with every change */
/* What is before it is sealed: it stays, but for what is told by the next one. */
guint64 weft_trace_store_get_sealed_until (WeftTraceStore *self);
/* Of what was sealed at a generation, all before this moment is still as it was told then;
 * G_MAXUINT64: all of it. */
guint64 weft_trace_store_get_rewritten_from (WeftTraceStore *self, guint64 since_generation);

guint weft_trace_store_count_threads (WeftTraceStore *self);
const WeftThread *weft_trace_store_get_thread (WeftTraceStore *self, guint id);
/* The thread that had this tid then: WEFT_NO_ID before the first that had it. */
guint weft_trace_store_find_thread (WeftTraceStore *self, guint32 tid, guint64 time_ns);
/* Rises when a process has another thread than before. */
guint64 weft_trace_store_get_threads_generation (WeftTraceStore *self);
/* Thread ids of a process in order of birth; (transfer none), n in @n. */
const guint *weft_trace_store_get_threads_of (WeftTraceStore *self, guint process, guint *n);

/* Marks of one kind of a thread, sorted by time; NULL when there are none. */
const WeftMark *weft_trace_store_get_thread_marks (WeftTraceStore *self, guint thread,
                                                   WeftMarkKind kind, gsize *n);
/* Those of the whole trace: losses, suspends, a person's. */
const WeftMark *weft_trace_store_get_trace_marks (WeftTraceStore *self, gsize *n);

/* What a person wants to find again: a mark of the whole trace. Takes the write lock.
 * @label: UTF-8 */
void weft_trace_store_add_user_mark (WeftTraceStore *self, guint64 time_ns, const char *label);
/* Removes the one nearest to the middle of a range, its ends included; FALSE when
 * there is none. Takes the write lock. */
gboolean weft_trace_store_remove_user_mark (WeftTraceStore *self, guint64 from_ns, guint64 to_ns);
/* Rises with every one that is set or removed; within a read section. */
guint64 weft_trace_store_get_user_marks_generation (WeftTraceStore *self);

/* All that is known of the slice at @time_ns: state, call, who woke it. Brings back what
 * left memory: takes read sections of its own and may be slow: worker only. FALSE when
 * there is no slice. */
gboolean weft_trace_store_find_details (WeftTraceStore *self, guint thread, guint64 time_ns,
                                        WeftSliceDetails *details, GError **error);

/* Walks the records between two times in order; slow for absent chunks: worker only. */
typedef gboolean (*WeftRecordFunc) (const struct weft_record *record, gpointer user_data);
gboolean weft_trace_store_foreach_record (WeftTraceStore *self, guint64 from_ns, guint64 to_ns,
                                          WeftRecordFunc func, gpointer user_data,
                                          GCancellable *cancellable, GError **error);

/* Of ranges, @from_ns is in and @to_ns is not; but one that reaches to an end of the trace
 * has all that is at it. Makes a range so, for whoever walks its records. @to_ns 0: to the
 * end. Takes a read section. */
void weft_trace_store_widen_range (WeftTraceStore *self, guint64 *from_ns, guint64 *to_ns);

/* Events that were lost in gaps which a range touches; @until_ns: (nullable) (out): where the
 * last of these ends, or @to_ns. Takes a read section. */
guint64 weft_trace_store_count_lost (WeftTraceStore *self, guint64 from_ns, guint64 to_ns,
                                     guint64 *until_ns);

/* How far a trace that grows was followed; zeroed: not at all. */
typedef struct
{
  guint chunk;
  gsize bytes;
} WeftRecordPlace;

/* Walks the records that entered the trace since the last call with this @place, each
 * once, in the order in which they did: by time, but for those that came late. May be
 * slow for chunks that left memory. */
gboolean weft_trace_store_follow_records (WeftTraceStore *self, WeftRecordPlace *place,
                                          WeftRecordFunc func, gpointer user_data,
                                          GCancellable *cancellable, GError **error);

G_END_DECLS
