/* thread-track.h: one thread's states over time, with exact shares of any
 * range. Pure; not thread-safe: WeftTraceStore's lock guards it.
 *
 * A track is a list of blocks of changes; each block carries the running total
 * of time in every state up to its start, so that a share is two searches and
 * a subtraction. A change is 8 bytes: time, state and CPU packed. A block that
 * came with one chunk can be absent with its totals kept. */
#pragma once
#include "state.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 ns[WEFT_N_STATES]; /* time in each state */
} WeftShares;

/* One stretch in one state. */
typedef struct
{
  guint64 start_ns;
  guint64 end_ns; /* of the last slice: the track's end so far */
  WeftState state;
  guint16 cpu; /* the CPU it runs on, or last ran on */
} WeftSlice;

typedef struct _WeftThreadTrack WeftThreadTrack;

/* A track begins at @start_ns; asked about earlier times it answers nothing (0 ns). */
WeftThreadTrack *weft_thread_track_new (guint64 start_ns, WeftState state, guint16 cpu);
void weft_thread_track_free (WeftThreadTrack *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftThreadTrack, weft_thread_track_free)

/**
 * weft_thread_track_append:
 * @chunk: number of the open chunk; never decreases
 * @time_ns: not before the last change
 *
 * The thread is in @state from @time_ns on. Two changes at the same time keep
 * the later one; a change to the same state and CPU is dropped.
 */
void weft_thread_track_append (WeftThreadTrack *self, guint chunk, guint64 time_ns, WeftState state,
                               guint16 cpu);

/* A late change that came with @chunk: as if it had been appended in time; what
 * follows it stays. FALSE when it is before the track or its block is absent. */
gboolean weft_thread_track_insert (WeftThreadTrack *self, guint chunk, guint64 time_ns,
                                   WeftState state, guint16 cpu);

/* Forgets every change after @time_ns and is in @state from there (loss gaps). */
void weft_thread_track_cut (WeftThreadTrack *self, guint chunk, guint64 time_ns, WeftState state);

guint64 weft_thread_track_get_start (const WeftThreadTrack *self);
guint64 weft_thread_track_get_last_change (const WeftThreadTrack *self);
WeftState weft_thread_track_get_state (const WeftThreadTrack *self);
guint16 weft_thread_track_get_cpu (const WeftThreadTrack *self);
/* Rises with every change to what the track told before; appending does not count
 * unless it is said by weft_thread_track_revise(): what was seen up to the edge of
 * then and has the same revision is still so. */
guint weft_thread_track_get_revision (const WeftThreadTrack *self);
void weft_thread_track_revise (WeftThreadTrack *self);
guint64 weft_thread_track_count_changes (const WeftThreadTrack *self);
gsize weft_thread_track_get_bytes (const WeftThreadTrack *self);

/**
 * weft_thread_track_shares:
 * @from_ns, @to_ns: the range, from inclusive, to exclusive; at most @edge_ns
 * @edge_ns: up to when the trace is complete: the last state lasts until there
 * @absent: (out) (nullable): a chunk that must be loaded first
 *
 * Adds to @shares the exact time in each state within the range. Their sum is
 * the length of the part of the range in which the thread was there.
 *
 * Returns: %FALSE, @shares untouched, when an absent segment is cut by an end
 */
gboolean weft_thread_track_shares (const WeftThreadTrack *self, guint64 from_ns, guint64 to_ns,
                                   guint64 edge_ns, WeftShares *shares, guint *absent);

/**
 * weft_thread_track_columns:
 * @edges: @n_columns + 1 rising times
 * @shares: (out caller-allocates) (array length=n_columns)
 *
 * The shares of every column in one walk: costs O(columns · log) however long
 * the range is, O(changes) when there are fewer changes than columns.
 * Columns that need an absent segment are left all zero and @absent is set.
 */
gboolean weft_thread_track_columns (const WeftThreadTrack *self, const guint64 *edges,
                                    gsize n_columns, guint64 edge_ns, WeftShares *shares,
                                    guint *absent);

/* The slice that holds @time_ns; FALSE outside the track or in an absent segment. */
gboolean weft_thread_track_slice_at (const WeftThreadTrack *self, guint64 time_ns, guint64 edge_ns,
                                     WeftSlice *slice, guint *absent);

/* Segments, for eviction and reload. */
guint64 weft_thread_track_evict (WeftThreadTrack *self, guint chunk); /* bytes freed */
void weft_thread_track_reload (WeftThreadTrack *self, guint chunk, const WeftSlice *slices,
                               gsize n_slices);

G_END_DECLS
