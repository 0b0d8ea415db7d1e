/* recording-private.h: shared by recording.c (the object and its thread),
 * recording-end.c (the end of the file) and recording-place.c (where it is, and where it
 * goes). */
#pragma once
#include "chunk-reader.h"
#include "journals.h"
#include "recording-tables.h"
#include "recording.h"

G_BEGIN_DECLS

struct _WeftRecording
{
  GObject parent_instance;

  /* The store keeps the recording, never the other way round: it is there until it
   * lets go of its functions, or the recording takes them away. NULL then. */
  WeftTraceStore *store;
  GWeakRef weak_store;
  GMutex ending;         /* held while it is finished, discarded or left by its store */
  gboolean whole;        /* all that came is in the file */
  gboolean leaving;      /* we take our functions away from the store */
  GMainContext *context; /* where ::failed is emitted */
  GThread *thread;       /* NULL when finished */
  GAsyncQueue *jobs;     /* WeftChunk; end_job ends the thread */

  /* the thread's own */
  sqlite3 *db;
  WeftRecordingTables *tables;
  gint64 checkpointed_us;
  guint64 room_bytes; /* its size when room was last made for it */
  int written;        /* holds the lock that says so; -1 when there is none */

  GMutex lock; /* guards what follows */
  char *path;
  WeftJournals files; /* what we made: at the path there may be others' by now */
  gboolean unsaved, keep;
  GPtrArray *waiting; /* WeftChunk: those that are not in the file yet, in order */
  guint64 n_kept;     /* records of the others */
  gboolean ended;     /* the file is closed */
  WeftChunkReader *reader;
  GError *failure; /* the first cause; CANCELLED: nobody wants it any more */
};

/* Takes our functions away from the store; with @ending held. (transfer full) (nullable):
 * the store, which nothing else need keep from then on; NULL when it is going already and
 * waits for @ending, so that it is there until that is released. */
WeftTraceStore *weft_recording_leave_store (WeftRecording *self);
/* Waits for the thread; what is queued is written first, unless writing failed. */
void weft_recording_end_thread (WeftRecording *self);
/* (transfer full) (nullable): a connection to read from, with @lock held. When there is
 * none now there may be one later: @error tells of no damage. */
WeftChunkReader *weft_recording_open_reader (WeftRecording *self, GError **error);
/* What still waits need not be written. */
void weft_recording_give_up (WeftRecording *self);
gboolean weft_recording_has_failed (WeftRecording *self);
/* The first cause is the one that is told: emits ::failed. */
void weft_recording_fail (WeftRecording *self, const GError *why);
/* (transfer full): a sentence on what failed, what is kept, and what to do. */
GError *weft_recording_describe_failure (WeftRecording *self);
/* Writes one of those that wait, or nothing of it. */
gboolean weft_recording_write_chunk (WeftRecording *self, WeftChunk *chunk, GError **error);
/* Closes it as it is: one file where there is room for that. */
void weft_recording_close_file (WeftRecording *self);
/* Lets go of the file; the thread has ended. */
void weft_recording_close_database (WeftRecording *self);

G_END_DECLS
