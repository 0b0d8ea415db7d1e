/* thread-track.h: one thread's states over time, with exact shares of any
 * range. Pure; not thread-safe: WeftTraceStore's lock guards it.
 *
 * A track is a list of segments, one for each chunk of history in which the thread
 * changes. Within them changes lie in blocks, each with the running total of time in
 * every state up to its start, so that a share is two searches and a subtraction. A
 * change is 8 bytes: time, state and CPU packed. The segment of a chunk can be absent;
 * what is asked of it then is answered by the chunk's totals (WeftTrackPast) at the
 * moments these know, and else by naming the chunk that is to be loaded. */
#pragma once
#include "chunk-set.h"
#include "state.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 ns[WEFT_N_STATES]; /* time in each state */
} WeftShares;

/* Some of the time is of a state that was seen. */
gboolean weft_shares_are_known (const WeftShares *shares);

/* @unknown: of a time, 0 … 1, that no state is known for. So much of it that what is known
 * is called the least; the first moments of a trace, before all were looked at, are not. */
gboolean weft_unknown_is_told (double unknown);

/* One stretch in one state. */
typedef struct
{
  guint64 start_ns;
  guint64 end_ns; /* of the last slice: the track's end so far */
  WeftState state;
  guint16 cpu; /* the CPU it runs on, or last ran on */
} WeftSlice;

/* A change: also what was before a segment, the state it begins from and since when. */
typedef struct
{
  guint64 since_ns;
  WeftState state;
  guint16 cpu;
} WeftTrackBefore;

typedef struct _WeftThreadTrack WeftThreadTrack;

/* A track begins at @start_ns; asked about earlier times it answers nothing (0 ns). */
WeftThreadTrack *weft_thread_track_new (guint64 start_ns, WeftState state, guint16 cpu);
void weft_thread_track_free (WeftThreadTrack *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftThreadTrack, weft_thread_track_free)

/* What history knows of segments that are absent. Value type; static or as long as the
 * tracks. */
typedef struct
{
  /* Sets @totals to the time in each state from the track's start to @time_ns, which the
   * absent segment of a chunk holds. FALSE, and the chunk that must be there first in
   * @absent, when that is not known. */
  gboolean (*get_totals) (gpointer history, const WeftThreadTrack *track, guint64 time_ns,
                          guint64 *totals, guint *absent);
  /* The slice that holds @time_ns, the same way. */
  gboolean (*get_slice) (gpointer history, const WeftThreadTrack *track, guint64 time_ns,
                         WeftSlice *slice, guint *absent);
  /* The first stretch of which nothing can be read that has some of the time from *@from_ns
   * to *@to_ns: narrows these to it. FALSE when there is none. */
  gboolean (*find_gap) (gpointer history, guint64 *from_ns, guint64 *to_ns);
  /* All of the one that holds @time_ns. */
  gboolean (*get_gap) (gpointer history, guint64 time_ns, guint64 *from_ns, guint64 *to_ns);
  gpointer history;
} WeftTrackPast;

/* @id: what @past knows the thread by */
void weft_thread_track_set_past (WeftThreadTrack *self, guint id, const WeftTrackPast *past);
guint weft_thread_track_get_id (const WeftThreadTrack *self);

/**
 * weft_thread_track_append:
 * @chunk: of the open chunk; never decreases
 * @time_ns: not before the last change
 *
 * The thread is in @state from @time_ns on. Two changes at the same time keep
 * the later one; a change to the same state and CPU is dropped.
 */
void weft_thread_track_append (WeftThreadTrack *self, guint chunk, guint64 time_ns, WeftState state,
                               guint16 cpu);

/* A change that came late: as if it had been appended in time; what follows it stays.
 * @chunk: the one whose time it is in. FALSE when it is before the track, or its segment
 * or one after it is absent. */
gboolean weft_thread_track_insert (WeftThreadTrack *self, guint chunk, guint64 time_ns,
                                   WeftState state, guint16 cpu);

/* Forgets every change after @time_ns and is in @state from there (loss gaps). @chunk: the
 * one whose time that is in. What is absent stays: it forgets from its end on then. */
void weft_thread_track_cut (WeftThreadTrack *self, guint chunk, guint64 time_ns, WeftState state,
                            guint16 cpu);

/* No more will be appended for a chunk: gives back room. */
void weft_thread_track_close (WeftThreadTrack *self, guint chunk);

guint64 weft_thread_track_get_start (const WeftThreadTrack *self);
/* Its last change. */
WeftTrackBefore weft_thread_track_get_last (const WeftThreadTrack *self);
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
 * Returns: %FALSE, @shares untouched, when an absent segment is cut by an end at a
 *   moment that its totals do not know
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

/* In which chunks it changes. */
const WeftChunkSet *weft_thread_track_get_chunks (const WeftThreadTrack *self);
gboolean weft_thread_track_has_segment (const WeftThreadTrack *self, guint chunk);
/* (transfer full) (element-type WeftSlice): its changes in a chunk that is not absent, in
 * order, ends unset. */
GArray *weft_thread_track_copy_segment (const WeftThreadTrack *self, guint chunk);
/* Whether something between two times is absent. */
gboolean weft_thread_track_has_hole (const WeftThreadTrack *self, guint64 from_ns, guint64 to_ns);

/* Whether the time in each state until @time_ns is known; else which chunk would tell. */
gboolean weft_thread_track_knows (const WeftThreadTrack *self, guint64 time_ns, guint *absent);

/* Lets go of the segment of a chunk. The last one of a thread that lives stays: it is
 * being written. Returns: %TRUE when it is gone */
gboolean weft_thread_track_evict (WeftThreadTrack *self, guint chunk);

/**
 * weft_thread_track_reload:
 * @end_ns: where the time of @chunk ends
 * @totals: the time in each state from the track's start to the first of @slices
 * @before: what it was in until then
 * @slices: those that begin in the chunk's time, in order, ends unset; at least one
 *
 * Brings the segment of an absent chunk back. Does nothing when it is there.
 */
void weft_thread_track_reload (WeftThreadTrack *self, guint chunk, guint64 end_ns,
                               const WeftShares *totals, const WeftTrackBefore *before,
                               const WeftSlice *slices, gsize n_slices);

/**
 * weft_thread_track_restore:
 * @chunks: (transfer full): those in which it changes
 * @begin_ns: where the time of the first of them begins
 *
 * Makes a new track that of a recording, with none of its segments loaded. @n_changes and
 * what follows it: how many there are, and the last of them.
 */
void weft_thread_track_restore (WeftThreadTrack *self, WeftChunkSet *chunks, guint64 begin_ns,
                                guint64 n_changes, guint64 last_ns, WeftState state, guint16 cpu);

/* What it begins with; it changed at that very moment when the trace was recorded. */
void weft_thread_track_set_head (WeftThreadTrack *self, WeftState state, guint16 cpu);
WeftState weft_thread_track_get_head (const WeftThreadTrack *self, guint16 *cpu);

/* What a chunk's totals tell of the segment of a chunk that is there. */
typedef struct
{
  WeftTrackBefore before; /* what it begins from */
  WeftTrackBefore after;  /* its last change */
  guint64 first_ns;       /* its first change */
  guint64 n;              /* how many there are */
} WeftTrackSegment;

/* FALSE when it is not there. */
gboolean weft_thread_track_tell_segment (const WeftThreadTrack *self, guint chunk,
                                         WeftTrackSegment *segment);
/* The time in each state from the track's start to a moment in it that is not absent. */
void weft_thread_track_get_totals (const WeftThreadTrack *self, guint64 time_ns,
                                   WeftShares *totals);

G_END_DECLS
