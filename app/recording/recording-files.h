/* recording-files.h: the files that a recording consists of, opened for reading. In:
 * a path that may lead to anything. Out: descriptors of ordinary files, which stand
 * still. Private to the folder. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  int fd;
  int wal_fd;             /* -1: there is no log, or nothing in it */
  gboolean needs_log;     /* it was not closed: its last moments are in a log */
  gboolean empty_log;     /* there is one, and nothing in it: it was written no further */
  gboolean others_log;    /* see recording-log.h */
  guint64 bytes;          /* of both */
  gboolean being_written; /* by a process that lives: these are copies of one moment */
} WeftRecordingFiles;

/**
 * weft_recording_files_open:
 * @path: (type filename): a link is followed, its log is that of what it leads to
 * @files: (out): untouched on failure; the caller closes the descriptors
 *
 * Nothing beside the two is looked at, above all no rollback journal: recordings
 * are written with a log, so a journal beside one is a stranger's. What is no
 * ordinary file is not waited for. Slow when the recording is being written.
 *
 * Returns: %FALSE with @error set to why, a whole sentence that names the file
 */
gboolean weft_recording_files_open (const char *path, WeftRecordingFiles *files,
                                    GCancellable *cancellable, GError **error);

/* TRUE when the first bytes of a file are those of a recording, of whatever version. */
gboolean weft_recording_files_recognise_head (const guint8 *head, gsize size);
/* The same of a file by name. */
gboolean weft_recording_files_recognise (const char *path);

/**
 * weft_recording_files_lock:
 * @path: (type filename): of a recording that this process writes
 *
 * For as long as the descriptor is open others see that it is being written.
 *
 * Returns: -1 when the file system knows no locks
 */
int weft_recording_files_lock (const char *path);

/* TRUE when some process writes to it now. */
gboolean weft_recording_files_is_locked (const char *path);

G_END_DECLS
