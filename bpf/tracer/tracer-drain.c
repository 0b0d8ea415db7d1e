/* tracer-drain.c: what one drain is made of: a list of sources, each of which fills what it
 * may of the buffer, in this order. In: rings, clocks, the snapshot. Out: one run of
 * whole records, and the time until which it is complete. */
#include "tracer-private.h"
#include "stream-clock.h"
#include <bpf/bpf.h>
#include <string.h>

/* While losses go on, no more than ten snapshots a second. */
#define SNAPSHOT_INTERVAL_NS G_GUINT64_CONSTANT (100000000)
/* BOOTTIME and MONOTONIC are read one after the other: less than this is no sleep. */
#define LEAST_SUSPEND_NS 10000000

/* What one drain fills. */
typedef struct
{
  guint8 *bytes;
  gsize size, used;
  gsize kept; /* for the sources that come later */
} Output;

typedef struct
{
  const char *name;
  void (*fill) (WeftTracer *self, Output *output);
  /* (nullable): the least room it needs to get any further; 0 while it has nothing to say */
  gsize (*least_room) (WeftTracer *self, gsize size);
} DrainSource;

static gsize
room_in (const Output *output)
{
  return output->size - output->used > output->kept ? output->size - output->used - output->kept
                                                    : 0;
}

static guint8 *
end_of (const Output *output)
{
  return output->bytes + output->used;
}

/* The caller has seen that there is room. */
static void
write_record (Output *output, const struct weft_record *record)
{
  memcpy (end_of (output), record, sizeof *record);
  output->used += sizeof *record;
}

/* --- clocks --------------------------------------------------------------- */

guint64
weft_tracer_read_suspended_ns (void)
{
  guint64 monotonic = weft_stream_clock_now (CLOCK_MONOTONIC);

  return weft_stream_clock_now (CLOCK_BOOTTIME) - monotonic;
}

static void
fill_from_clocks (WeftTracer *self, Output *output)
{
  struct weft_record record = { .kind = WEFT_SUSPEND, .units = 1 };
  guint64 suspended_ns = weft_tracer_read_suspended_ns ();

  if (!self->running || suspended_ns < self->suspended_ns + LEAST_SUSPEND_NS
      || room_in (output) < sizeof record)
    return;
  record.time_ns = weft_stream_clock_now (CLOCK_MONOTONIC);
  record.suspend.length_ns = suspended_ns - self->suspended_ns;
  self->suspended_ns = suspended_ns;
  write_record (output, &record);
}

/* --- groups that went ------------------------------------------------------ */

/* Nothing was lost, but from then on nobody knows what a thread does. */
static void
fill_from_groups (WeftTracer *self, Output *output)
{
  struct weft_record record = { .kind = WEFT_LOST, .units = 1 };

  if (self->untold_ns == 0 || room_in (output) < sizeof record)
    return;
  record.time_ns = record.lost.first_ns = self->untold_ns;
  self->untold_ns = 0;
  write_record (output, &record);
}

/* --- rings ----------------------------------------------------------------- */

static void
fill_from_rings (WeftTracer *self, Output *output)
{
  guint64 told;

  output->used += weft_ring_reader_drain (self->reader, end_of (output), room_in (output));
  told = weft_ring_reader_get_told (self->reader);
  if (self->losses_told == told)
    return;
  self->losses_told = told;
  self->snapshot_due = self->running;
  weft_target_ends_forget_waits (self->ends);
}

/* --- snapshot -------------------------------------------------------------- */

void
weft_tracer_end_snapshot (WeftTracer *self)
{
  if (self->snapshot.fd >= 0)
    self->states += self->snapshot.records;
  weft_snapshot_end (&self->snapshot);
}

/* Of a buffer that is mostly the rings', a running snapshot may always have a quarter. */
static gsize
snapshot_room (WeftTracer *self, gsize size)
{
  if (self->snapshot.fd < 0)
    return 0;
  return MAX (size / 4 / WEFT_UNIT_BYTES * WEFT_UNIT_BYTES, sizeof (struct weft_state_record));
}

/* Begins what is due, once the rings are empty: it has to come after what was lost. Not at
 * the mark: what was lost since would seem to come after the snapshot. */
static void
begin_snapshot (WeftTracer *self)
{
  guint64 now_ns = weft_stream_clock_now (CLOCK_MONOTONIC);

  if (!self->snapshot_due || self->marked || self->snapshot.fd >= 0
      || (self->snapshot.begin_ns != 0 && now_ns < self->snapshot.begin_ns + SNAPSHOT_INTERVAL_NS))
    return;
  if (weft_snapshot_begin (&self->snapshot, now_ns) == 0)
    self->snapshot_due = FALSE; /* else the next drain tries again */
}

static void
fill_from_snapshot (WeftTracer *self, Output *output)
{
  struct weft_record sync = { .kind = WEFT_SYNC, .units = 1 };
  gboolean done;

  begin_snapshot (self);
  if (self->snapshot.fd < 0 || room_in (output) < sizeof sync)
    return;
  output->used
      += weft_snapshot_read (&self->snapshot, end_of (output), room_in (output) - sizeof sync,
                             sizeof (struct weft_state_record), &done);
  if (!done)
    return;
  sync.time_ns = weft_stream_clock_now (CLOCK_MONOTONIC);
  sync.sync.begin_ns = self->snapshot.begin_ns;
  sync.sync.tasks = self->snapshot.records;
  write_record (output, &sync);
  weft_tracer_end_snapshot (self);
}

/* --- targets that ended ---------------------------------------------------- */

guint64
weft_tracer_watched_kinds (WeftTracer *self)
{
  return self->bpf->bss->only_targets
             ? G_GUINT64_CONSTANT (1) << WEFT_SWITCH | G_GUINT64_CONSTANT (1) << WEFT_EXIT
             : 0;
}

void
weft_tracer_watch_cb (const struct weft_record *record, gpointer user_data)
{
  WeftTracer *self = user_data;

  weft_target_ends_see (self->ends, record);
}

/* A process stays a target until the last switch of its last thread is in. */
static void
remove_ended (WeftTracer *self)
{
  g_autoptr (GArray) ended = NULL;

  if (!self->bpf->bss->only_targets)
    return;
  ended = weft_target_ends_take (self->ends);
  for (guint i = 0; i < ended->len; i++)
    weft_tracer_forget_target (self, &g_array_index (ended, WeftTargetEnd, i));
}

/* --- all of it ------------------------------------------------------------- */

static const DrainSource sources[] = {
  { "clocks", fill_from_clocks, NULL },
  { "groups", fill_from_groups, NULL },
  { "rings", fill_from_rings, NULL },
  { "snapshot", fill_from_snapshot, snapshot_room },
};

/* What those from @at on may always have. */
static gsize
room_of_others (WeftTracer *self, guint at, gsize size)
{
  gsize room = 0;

  for (; at < G_N_ELEMENTS (sources); at++)
    if (sources[at].least_room != NULL)
      room += sources[at].least_room (self, size);
  return room;
}

/* A record is stamped after its room was reserved. So all that is stamped before now lies
 * before the mark, be it written or still being written. */
static void
set_mark (WeftTracer *self)
{
  if (self->marked)
    return;
  self->mark_ns = weft_stream_clock_now (CLOCK_MONOTONIC);
  weft_ring_reader_mark (self->reader);
  self->marked = TRUE;
}

/* After the stop no time beyond the end was watched. */
static void
see_mark (WeftTracer *self)
{
  if (!self->marked || !weft_ring_reader_has_passed_mark (self->reader))
    return;
  self->marked = FALSE;
  self->complete_until_ns = self->mark_ns;
  if (self->end_ns != 0)
    self->complete_until_ns = weft_ring_reader_get_pending (self->reader) == 0
                                  ? self->end_ns
                                  : MIN (self->mark_ns, self->end_ns);
}

gsize
weft_tracer_drain (WeftTracer *self, guint8 *buffer, gsize bytes, guint64 *complete_until_ns)
{
  Output output = { .bytes = buffer, .size = bytes / WEFT_UNIT_BYTES * WEFT_UNIT_BYTES };

  g_return_val_if_fail (output.size >= 128, 0);
  set_mark (self);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      output.kept = room_of_others (self, i + 1, output.size);
      sources[i].fill (self, &output);
      see_mark (self);
    }
  remove_ended (self);
  *complete_until_ns = self->complete_until_ns;
  return output.used;
}

gsize
weft_tracer_get_needed (WeftTracer *self)
{
  return weft_ring_reader_get_needed (self->reader);
}

gsize
weft_tracer_get_pending (WeftTracer *self)
{
  return weft_ring_reader_get_pending (self->reader);
}
