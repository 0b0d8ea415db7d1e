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
#include "process-table.h"
#include "sched-model.h"
#include "thread-track.h"

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
  gboolean own_only; /* a trace-own session */
} WeftTraceInfo;

/* Fills @info for this machine at this moment. */
void weft_trace_info_init_local (WeftTraceInfo *info);

/* A thread for as long as the store lives; ids are dense and never reused. */
typedef struct
{
  guint id;
  guint process; /* id in the process table; WEFT_NO_ID until a record tells */
  guint32 tid;
  guint64 start_boottime_ns; /* 0 when unknown */
  guint64 birth_ns;          /* start of its time in the recording */
  guint64 death_ns;          /* its last switch; 0 while alive */
  const char *name;          /* newest comm, printable */
  WeftThreadTrack *track;
  guint64 switches; /* switch-outs: voluntary + involuntary */
  guint64 voluntary, involuntary;
  guint64 wakeups, migrations;
} WeftThread;

typedef enum
{
  WEFT_MARK_FORK,
  WEFT_MARK_EXEC,
  WEFT_MARK_EXIT,
  WEFT_MARK_RENAME,
  WEFT_MARK_LOST,    /* value: count; start_ns … time_ns */
  WEFT_MARK_SUSPEND, /* value: length in ns */
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

/* A stretch of history, immutable once sealed. Boxed, reference counted. */
typedef struct _WeftChunk WeftChunk;
struct _WeftChunk
{
  guint number;              /* 0, 1, 2 … */
  guint64 first_ns, last_ns; /* of its records; neighbours may overlap by late ones */
  guint64 n_records;
  GBytes *records; /* whole records sorted by time; NULL when only in the file */
  GArray *entries; /* WeftChunkEntry: each thread that changes in it */
};

/* A thread's state just before its first change in the chunk. */
typedef struct
{
  guint thread;   /* id */
  guint32 tid;    /* it had then */
  guint born : 1; /* in this chunk: it has no state before */
  /* and what else brings its track back as it was */
  guint dead : 1; /* it had ended before */
  guint exiting : 1;
  guint stays : 1; /* changes came late: its records alone do not tell them */
  WeftSchedState before;
  guint64 start_boottime_ns;
  guint64 named_ns; /* when a snapshot last named it */
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
 *   is never called on behalf of a getter that has @absent
 */
typedef GBytes *(*WeftFetchFunc) (guint chunk, gpointer user_data, GError **error);
void weft_trace_store_set_fetch_func (WeftTraceStore *self, WeftFetchFunc func, gpointer user_data,
                                      GDestroyNotify destroy);

/* Oldest history leaves memory above this; 1 GiB by default. A fetch function
 * brings it back on demand; without one its totals are all that stays. */
void weft_trace_store_set_memory_limit (WeftTraceStore *self, guint64 bytes);

/* History before this time is not in memory; 0 when all of it is. */
guint64 weft_trace_store_get_evicted_until (WeftTraceStore *self);

/* Brings back the segments of an absent chunk. Slow; call on a worker. */
gboolean weft_trace_store_load_chunk (WeftTraceStore *self, guint chunk, GError **error);

/* --- reading ---------------------------------------------------------- */

const WeftTraceInfo *weft_trace_store_get_info (WeftTraceStore *self);
const WeftSyscalls *weft_trace_store_get_syscalls (WeftTraceStore *self);
WeftProcessTable *weft_trace_store_get_processes (WeftTraceStore *self); /* transfer none */
void weft_trace_store_get_totals (WeftTraceStore *self, WeftTraceTotals *totals);

guint64 weft_trace_store_get_start (WeftTraceStore *self);      /* info.start_ns */
guint64 weft_trace_store_get_edge (WeftTraceStore *self);       /* complete until here */
guint64 weft_trace_store_get_generation (WeftTraceStore *self); /* rises with every change */

guint weft_trace_store_count_threads (WeftTraceStore *self);
const WeftThread *weft_trace_store_get_thread (WeftTraceStore *self, guint id);
guint weft_trace_store_find_thread (WeftTraceStore *self, guint32 tid, guint64 time_ns);
/* Thread ids of a process in order of birth; (transfer none), n in @n. */
const guint *weft_trace_store_get_threads_of (WeftTraceStore *self, guint process, guint *n);

/* Marks sorted by time, those of all threads. */
const WeftMark *weft_trace_store_get_marks (WeftTraceStore *self, gsize *n);

/* What a person wants to find again: a mark of the whole trace. Takes the write lock.
 * @label: UTF-8 */
void weft_trace_store_add_user_mark (WeftTraceStore *self, guint64 time_ns, const char *label);
/* Removes the one nearest to the middle of a range, its ends included; FALSE when
 * there is none. Takes the write lock. */
gboolean weft_trace_store_remove_user_mark (WeftTraceStore *self, guint64 from_ns, guint64 to_ns);
/* Rises with every one that is set or removed; within a read section. */
guint64 weft_trace_store_get_user_marks_generation (WeftTraceStore *self);

/* All that is known of the slice at @time_ns: state, call, who woke it. FALSE
 * when there is none there or its chunk is absent (@absent says which). */
gboolean weft_trace_store_get_details (WeftTraceStore *self, guint thread, guint64 time_ns,
                                       WeftSliceDetails *details, guint *absent);

/* The same with what left memory brought back. Takes read sections of its own and
 * may be slow: worker only. */
gboolean weft_trace_store_find_details (WeftTraceStore *self, guint thread, guint64 time_ns,
                                        WeftSliceDetails *details, GError **error);

/* Walks the records between two times in order; slow for absent chunks: worker only. */
typedef gboolean (*WeftRecordFunc) (const struct weft_record *record, gpointer user_data);
gboolean weft_trace_store_foreach_record (WeftTraceStore *self, guint64 from_ns, guint64 to_ns,
                                          WeftRecordFunc func, gpointer user_data,
                                          GCancellable *cancellable, GError **error);

G_END_DECLS
