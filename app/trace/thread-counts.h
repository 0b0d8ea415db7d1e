/* thread-counts.h: what is counted of one thread, as records tell of it: by the live store
 * for its whole life, by the statistics within a range. Pure. Inline, for it is part of
 * what every record costs. */
#pragma once
#include "state.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 switches; /* switch-outs: voluntary + involuntary */
  guint64 voluntary, involuntary;
  guint64 wakeups;
  guint64 migrations; /* it was on one CPU, and the next time it was seen on another */
} WeftThreadCounts;

/* Where it was last, while it is counted. */
typedef struct
{
  guint64 seen_ns; /* when it was last seen on a CPU */
  guint16 cpu;     /* the one it was last known on, if it is known */
  guint8 has_cpu;
  guint8 newborn; /* it was on none yet */
} WeftThreadPlace;

/* Its FORK: the CPU that a newborn is put to run on is none that it was on. */
static inline void
weft_thread_place_begin (WeftThreadPlace *self)
{
  self->newborn = TRUE;
}

/* A snapshot or a waking tells where it last ran; where it was seen to run is known. */
static inline void
weft_thread_place_stand (WeftThreadPlace *self, guint16 cpu)
{
  if (self->has_cpu || self->newborn)
    return;
  self->cpu = cpu;
  self->has_cpu = TRUE;
}

/* @record: the SWITCH in which it comes to a CPU, or leaves one that it may have come to
 * untold. One that comes late moves nobody: where the thread was since is known. */
static inline void
weft_thread_counts_see (WeftThreadCounts *self, WeftThreadPlace *place,
                        const struct weft_record *record)
{
  if (record->time_ns < place->seen_ns)
    return;
  if (place->has_cpu && place->cpu != record->cpu)
    self->migrations++;
  *place = (WeftThreadPlace){ .seen_ns = record->time_ns, .cpu = record->cpu, .has_cpu = TRUE };
}

/* @record: the SWITCH in which it leaves its CPU */
static inline void
weft_thread_counts_leave (WeftThreadCounts *self, WeftThreadPlace *place,
                          const struct weft_record *record)
{
  self->switches++;
  if (weft_left_is_forced (weft_switch_left (&record->sw)))
    self->involuntary++;
  else
    self->voluntary++;
  weft_thread_counts_see (self, place, record);
}

/* @record: the WAKE that is for it */
static inline void
weft_thread_counts_wake (WeftThreadCounts *self, WeftThreadPlace *place,
                         const struct weft_record *record)
{
  self->wakeups++;
  weft_thread_place_stand (place, record->wake.target_cpu);
}

G_END_DECLS
