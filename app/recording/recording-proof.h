/* recording-proof.h: whether a recording that was just closed is on the disk as it was
 * written: others may have written into the file. In: its descriptor. Out: a verdict.
 * Private to the folder. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * weft_recording_proof:
 * @fd: of a file that nobody has open and that needs no log
 * @n_records: that were written
 *
 * Counts what is there, and reads again what a recording of some minutes has; of a longer one
 * only what is oldest: whoever cuts a file short takes that, for the rest is written after it.
 */
gboolean weft_recording_proof (int fd, guint64 n_records);

G_END_DECLS
