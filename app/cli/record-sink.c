/* record-sink.c: a recording or a follower of events behind one face, in a file that
 * is put in place when it is whole. In: a store. Out: a file. */
#include "record-sink.h"
#include "journals.h"
#include "output-file.h"
#include "printable.h"
#include "record-stream.h"
#include "recording-reader.h"
#include <glib/gi18n.h>
#include <string.h>

/* SQLite takes no longer path, and calls a journal by seven more letters. */
#define MAX_PATH_BYTES 500
#define MAX_NAME_BYTES 247

struct _WeftRecordSink
{
  WeftRecordSinkFailed failed;
  gpointer failed_data;
  void (*ended) (gpointer); /* with the same data */
  gboolean has_failed, finished, gone;

  WeftOutputFile *file;
  WeftJournals beside;      /* the file that is to be replaced, when it was opened */
  WeftRecording *recording; /* one of the two */
  WeftRecordStream *stream;
};

static void
fail (WeftRecordSink *self, const GError *error)
{
  if (self->has_failed)
    return;
  self->has_failed = TRUE;
  self->failed (error, self->failed_data);
}

static void
recording_failed_cb (WeftRecording *recording, GError *error, gpointer user_data)
{
  fail (user_data, error);
}

static void
stream_ended_cb (const GError *error, gpointer user_data)
{
  WeftRecordSink *self = user_data;

  if (error != NULL)
    fail (self, error);
  if (self->ended != NULL)
    self->ended (self->failed_data);
}

/* --- opening -------------------------------------------------------------- */

/* By the date; several recorders may start in one second. */
static WeftOutputFile *
open_dated (GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *date = g_date_time_format (now, "weftscope-%Y-%m-%d-%H%M%S");

  for (guint n = 1;; n++)
    {
      g_autofree char *number = n > 1 ? g_strdup_printf ("-%u", n) : g_strdup ("");
      g_autofree char *name = g_strconcat (date, number, ".weft", NULL);
      g_autoptr (GError) why = NULL;
      WeftOutputFile *file
          = weft_output_file_open (name, WEFT_OUTPUT_AT_ONCE | WEFT_OUTPUT_NEW | WEFT_OUTPUT_NAMED,
                                   &why);

      if (file != NULL)
        return file;
      if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_EXISTS))
        continue;
      g_propagate_error (error, g_steal_pointer (&why));
      return NULL;
    }
}

static gboolean
check_length (const char *path, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *base = g_path_get_basename (absolute);
  g_autofree char *name = weft_printable_name (path);

  if (strlen (absolute) <= MAX_PATH_BYTES && strlen (base) <= MAX_NAME_BYTES)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG,
               _ ("The name “%s” is too long for a recording: at most %d bytes, and %d with its"
                  " folders."),
               name, MAX_NAME_BYTES, MAX_PATH_BYTES);
  return FALSE;
}

/* A file that is no recording was not meant, nor was what lies beside it and is not its own. */
static gboolean
check_old (WeftRecordSink *self, const char *path, GError **error)
{
  const char *target = weft_output_file_get_target (self->file);
  g_autofree char *name = NULL;

  if (!weft_output_file_replaces (self->file) || weft_recording_recognise (path))
    {
      weft_journals_look (target, &self->beside);
      return g_str_equal (weft_output_file_get_path (self->file), target)
             || weft_journals_check_replaced (target, error);
    }
  name = weft_printable_name (path);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
               _ ("“%s” is there and is no recording. Choose another name, or remove it first."),
               name);
  return FALSE;
}

static gboolean
open_recording (WeftRecordSink *self, const char *path, WeftTraceStore *store, GError **error)
{
  if (path != NULL && !check_length (path, error))
    return FALSE;
  self->file = path != NULL
                   ? weft_output_file_open (path, WEFT_OUTPUT_AT_ONCE | WEFT_OUTPUT_NAMED, error)
                   : open_dated (error);
  if (self->file == NULL || (path != NULL && !check_old (self, path, error)))
    return FALSE;
  self->recording = weft_recording_create (weft_output_file_get_path (self->file), store,
                                           WEFT_RECORDING_NONE, error);
  if (self->recording == NULL)
    return FALSE;
  g_signal_connect (self->recording, "failed", G_CALLBACK (recording_failed_cb), self);
  return TRUE;
}

static gboolean
open_stream (WeftRecordSink *self, const WeftRecordOptions *options, WeftTraceStore *store,
             GError **error)
{
  WeftEventFormat format
      = options->format == WEFT_RECORD_CSV ? WEFT_EVENT_FORMAT_CSV : WEFT_EVENT_FORMAT_JSONL;

  self->file
      = weft_output_file_open (options->out, WEFT_OUTPUT_AT_ONCE | WEFT_OUTPUT_NO_WAIT, error);
  if (self->file == NULL)
    return FALSE;
  self->stream = weft_record_stream_new (store, format, weft_output_file_get_stream (self->file),
                                         stream_ended_cb, self);
  return TRUE;
}

WeftRecordSink *
weft_record_sink_new (const WeftRecordOptions *options, WeftTraceStore *store,
                      WeftRecordSinkFailed failed, gpointer user_data, GError **error)
{
  g_autoptr (WeftRecordSink) self = g_new0 (WeftRecordSink, 1);
  gboolean open;

  self->failed = failed;
  self->failed_data = user_data;
  open = options->format == WEFT_RECORD_FILE ? open_recording (self, options->out, store, error)
                                             : open_stream (self, options, store, error);
  return open ? g_steal_pointer (&self) : NULL;
}

/* --- ending --------------------------------------------------------------- */

/* SQLite has its locks by the file, not by the descriptor: ours is closed last. */
void
weft_record_sink_free (WeftRecordSink *self)
{
  if (self == NULL)
    return;
  if (self->recording != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->recording, self);
      weft_recording_finish (self->recording, NULL);
      if (!self->finished)
        weft_recording_remove_log (self->recording);
    }
  g_clear_object (&self->recording);
  g_clear_pointer (&self->stream, weft_record_stream_free);
  g_clear_pointer (&self->file, weft_output_file_free);
  g_free (self);
}

void
weft_record_sink_step (WeftRecordSink *self)
{
  if (self->stream != NULL)
    weft_record_stream_step (self->stream);
}

void
weft_record_sink_end (WeftRecordSink *self, void (*ended) (gpointer))
{
  if (self->stream == NULL || weft_record_stream_has_ended (self->stream))
    {
      ended (self->failed_data);
      return;
    }
  self->ended = ended;
  weft_record_stream_end (self->stream);
}

static gboolean
write_end (WeftRecordSink *self, GError **error)
{
  if (self->recording != NULL)
    return weft_recording_finish (self->recording, error);
  if (weft_record_stream_has_ended (self->stream))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
               _ ("Nobody takes what is written to “%s”: the end of it is missing."),
               weft_output_file_get_name (self->file));
  return FALSE;
}

/* A rollback journal that the old file may have had is none of the new one's. */
static gboolean
put_in_place (WeftRecordSink *self, GError **error)
{
  g_autoptr (GError) why = NULL;

  if (weft_output_file_commit (self->file, &why))
    {
      if (self->recording != NULL && weft_output_file_replaces (self->file))
        weft_journals_remove_those (weft_output_file_get_target (self->file), &self->beside, TRUE);
      return TRUE;
    }
  self->gone = g_error_matches (why, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

gboolean
weft_record_sink_finish (WeftRecordSink *self, gboolean whole, GError **error)
{
  gboolean written = write_end (self, error);

  /* What has nothing in it is not left behind. */
  self->gone = !written && self->recording != NULL && weft_recording_is_empty (self->recording);
  if (self->gone)
    return FALSE;
  self->finished = TRUE;
  if (written && whole && !self->has_failed)
    return put_in_place (self, error);
  weft_output_file_keep (self->file);
  return written;
}

/* --- looking -------------------------------------------------------------- */

const char *
weft_record_sink_get_name (WeftRecordSink *self)
{
  return self->gone ? NULL : weft_output_file_get_name (self->file);
}

gboolean
weft_record_sink_open_kept (WeftRecordSink *self, WeftTraceStore **kept)
{
  *kept = NULL;
  if (self->recording == NULL || !self->finished || weft_recording_is_whole (self->recording))
    return TRUE;
  *kept
      = weft_recording_open (weft_output_file_get_path (self->file), NULL, NULL, NULL, NULL, NULL);
  return *kept != NULL;
}

gboolean
weft_record_sink_get_bytes (WeftRecordSink *self, guint64 *bytes)
{
  /* what is not whole was not moved, and may need its journal */
  if (self->recording == NULL || (self->finished && weft_recording_is_whole (self->recording)))
    return weft_output_file_get_size (self->file, bytes);
  *bytes = weft_recording_get_bytes (self->recording);
  return TRUE;
}
