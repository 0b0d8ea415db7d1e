/* record-sink.c: a recording or a follower of events behind one face. In: a store.
 * Out: a file. */
#include "record-sink.h"
#include "event-export.h"
#include "recording-reader.h"
#include <gio/gunixoutputstream.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <unistd.h>

struct _WeftRecordSink
{
  WeftRecordSinkFailed failed;
  gpointer failed_data;
  gboolean has_failed;

  WeftRecording *recording; /* one of the two */
  WeftEventFollower *follower;
  GOutputStream *stream;

  char *path;      /* of a recording, or NULL */
  char *put_aside; /* (nullable): the recording that was at path */
  gboolean keep;
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

/* Until tracing runs, the older recording of this name may be wanted back. */
static void
put_aside (WeftRecordSink *self)
{
  if (!weft_recording_recognise (self->path))
    return;
  self->put_aside = g_strconcat (self->path, ".old", NULL);
  if (g_rename (self->path, self->put_aside) != 0)
    g_clear_pointer (&self->put_aside, g_free);
}

static gboolean
open_recording (WeftRecordSink *self, const char *path, WeftTraceStore *store, GError **error)
{
  self->path = g_strdup (path);
  put_aside (self);
  self->recording = weft_recording_create (path, store, WEFT_RECORDING_NONE, error);
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

  if (options->to_stdout)
    self->stream = g_unix_output_stream_new (STDOUT_FILENO, FALSE);
  else
    {
      g_autoptr (GFile) file = g_file_new_for_path (options->out);

      self->stream
          = (GOutputStream *)g_file_replace (file, NULL, FALSE, G_FILE_CREATE_REPLACE_DESTINATION,
                                             NULL, error);
    }
  if (self->stream == NULL)
    {
      g_prefix_error (error, _ ("“%s” cannot be written: "), options->out);
      return FALSE;
    }
  self->follower = weft_event_follower_new (store, format, NULL, self->stream);
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

static void
restore (WeftRecordSink *self)
{
  if (self->keep || self->path == NULL)
    return;
  if (self->recording != NULL)
    g_unlink (self->path);
  if (self->put_aside != NULL)
    g_rename (self->put_aside, self->path);
}

void
weft_record_sink_free (WeftRecordSink *self)
{
  if (self == NULL)
    return;
  if (self->recording != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->recording, self);
      weft_recording_finish (self->recording, NULL);
    }
  restore (self);
  g_clear_object (&self->recording);
  g_clear_pointer (&self->follower, weft_event_follower_free);
  g_clear_object (&self->stream);
  g_free (self->path);
  g_free (self->put_aside);
  g_free (self);
}

void
weft_record_sink_keep (WeftRecordSink *self)
{
  self->keep = TRUE;
  if (self->put_aside != NULL)
    g_unlink (self->put_aside);
}

void
weft_record_sink_step (WeftRecordSink *self)
{
  g_autoptr (GError) error = NULL;

  if (self->follower != NULL && !self->has_failed
      && !weft_event_follower_step (self->follower, FALSE, &error))
    fail (self, error);
}

gboolean
weft_record_sink_finish (WeftRecordSink *self, GError **error)
{
  if (self->recording != NULL)
    return weft_recording_finish (self->recording, error);
  return self->has_failed
         || (weft_event_follower_step (self->follower, TRUE, error)
             && g_output_stream_close (self->stream, NULL, error));
}

guint64
weft_record_sink_get_bytes (WeftRecordSink *self)
{
  return self->recording != NULL ? weft_recording_get_bytes (self->recording) : 0;
}
