/* ring-reader.h: takes records out of the programs' rings (ring.h). Pure memory: knows
 * neither libbpf nor rights, so that tests drive it with a ring of their own. */
#pragma once
#include <glib.h>
#include "ring.h"

G_BEGIN_DECLS

typedef struct _WeftRingReader WeftRingReader;

/**
 * weft_ring_reader_new:
 * @rings: (transfer none): @n_rings of them, shared with the writers; outlives the reader
 * @units: (transfer none): @n_rings times @ring_units; zeroed at first
 * @ring_units: a power of two, 4 or more
 */
WeftRingReader *weft_ring_reader_new (struct weft_ring *rings, struct weft_record *units,
                                      guint n_rings, guint32 ring_units);
void weft_ring_reader_free (WeftRingReader *self); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRingReader, weft_ring_reader_free)

/**
 * weft_ring_reader_drain:
 * @buffer: (out caller-allocates): 8-byte aligned
 *
 * Moves whole records to @buffer until the next does not fit, or all that was there at
 * the call is taken. The CPUs' records are merged by time: out of order only where one
 * CPU wrote later than its stamp. What a ring lost is a LOST record at its last one's time:
 * what it wrote before stands before, and after it what it wrote when it had room again; a
 * short record may have found room where a long one did not, and stands before. Returns the
 * bytes written. Never blocks.
 */
gsize weft_ring_reader_drain (WeftRingReader *self, guint8 *buffer, gsize bytes);

/* The bytes of the record that the last drain stopped at for want of room, else 0: a
 * buffer of fewer would never get any further. */
gsize weft_ring_reader_get_needed (WeftRingReader *self);

/* The trace ended at @end_ns: records that are stamped later are dropped, as if they had
 * never been written. The same for some kinds, a bit each. G_MAXUINT64: it goes on. */
void weft_ring_reader_end (WeftRingReader *self, guint64 end_ns);
void weft_ring_reader_set_end (WeftRingReader *self, guint64 kinds, guint64 end_ns);

/* @func: told of each record of @kinds, a bit each, that is handed out */
typedef void (*WeftRecordFunc) (const struct weft_record *record, gpointer user_data);
void weft_ring_reader_set_watch (WeftRingReader *self, guint64 kinds, WeftRecordFunc func,
                                 gpointer user_data);

/* Remembers what has been reserved up to now; later: whether all of it was taken. */
void weft_ring_reader_mark (WeftRingReader *self);
gboolean weft_ring_reader_has_passed_mark (WeftRingReader *self);

gsize weft_ring_reader_get_pending (WeftRingReader *self);     /* bytes that wait */
guint64 weft_ring_reader_get_reserved (WeftRingReader *self);  /* records, ever, to the end */
guint64 weft_ring_reader_get_delivered (WeftRingReader *self); /* records, ever */
guint64 weft_ring_reader_get_lost (WeftRingReader *self);      /* records, ever */
guint64 weft_ring_reader_get_told (WeftRingReader *self);      /* of those, by LOST records */

G_END_DECLS
