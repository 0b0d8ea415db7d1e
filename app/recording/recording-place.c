/* recording-place.c: where a recording's file is. In: the person's answer: save it,
 * discard it; or a trace that another run left behind. Out: one file where it was
 * wanted, or none. */
#include "recording-private.h"
#include "journals.h"
#include "output-file.h"
#include "output-refusal.h"
#include "printable.h"
#include "recording-copy.h"
#include "recording-log.h"
#include "unsaved.h"
#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A run that was killed left its journal: into the file with it, where there is
 * room for that. Where there is none, the file opens with the journal beside it. */
static void
empty_journal (const char *path)
{
  g_autoptr (sqlite3) db = weft_database_open_own (path, NULL);

  if (db != NULL && weft_database_run (db, "PRAGMA wal_checkpoint (TRUNCATE)", NULL))
    weft_database_run (db, "PRAGMA journal_mode = DELETE", NULL);
}

static gboolean
has_journal (const char *path)
{
  g_autofree char *journal = g_strconcat (path, "-wal", NULL);
  struct stat info;

  return g_stat (journal, &info) == 0 && info.st_size > 0;
}

/* Within a file system, without a copy: by a second name, so that the first one is there
 * until the second is in its place. FALSE where that cannot be done, and where there is
 * no room to make one file of it. */
static gboolean
link_into (const char *from, WeftOutputFile *out)
{
  return !has_journal (from) && weft_output_file_take (out, from);
}

/* Takes @fd. */
static gboolean
copy_bytes (int fd, GOutputStream *to, GCancellable *cancellable, GError **error)
{
  g_autoptr (GInputStream) in = g_unix_input_stream_new (fd, TRUE);

  lseek (fd, 0, SEEK_SET);
  return g_output_stream_splice (to, in, G_OUTPUT_STREAM_SPLICE_NONE, cancellable, error) >= 0;
}

/* Takes @fd. What the journal beside @from holds goes into the copy. */
static gboolean
copy_journal (int fd, const char *copy, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = g_strconcat (copy, "-wal", NULL);
  g_autoptr (GFile) journal = g_file_new_for_path (path);
  g_autoptr (GFileOutputStream) out
      = g_file_create (journal, G_FILE_CREATE_PRIVATE, cancellable, error);
  gboolean copied;

  if (out == NULL)
    {
      close (fd);
      return FALSE;
    }
  copied = copy_bytes (fd, G_OUTPUT_STREAM (out), cancellable, error)
           && g_output_stream_close (G_OUTPUT_STREAM (out), cancellable, error);
  if (copied)
    empty_journal (copy);
  if (copied && has_journal (copy))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                           _ ("there is no room for all of it. Choose another disk."));
      copied = FALSE;
    }
  weft_journals_remove (copy);
  return copied;
}

/* What was parted from its log asks for none under another name. */
static gboolean
forget_log (const char *copy, GError **error)
{
  int fd = open (copy, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

  if (fd < 0)
    {
      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
      return FALSE;
    }
  weft_database_say_without_log (fd);
  close (fd);
  return TRUE;
}

/* As of one moment. */
static gboolean
copy_into (const char *from, WeftOutputFile *out, GCancellable *cancellable, GError **error)
{
  const char *copy = weft_output_file_get_path (out);
  WeftRecordingFiles files;

  if (!weft_recording_log_find_files (from, &files, cancellable, error))
    return FALSE;
  if (!copy_bytes (files.fd, weft_output_file_get_stream (out), cancellable, error)
      || !g_output_stream_flush (weft_output_file_get_stream (out), cancellable, error))
    {
      if (files.wal_fd >= 0)
        close (files.wal_fd);
      return FALSE;
    }
  if (files.wal_fd >= 0)
    return copy_journal (files.wal_fd, copy, cancellable, error);
  return !files.needs_log || forget_log (copy, error);
}

/* A journal there would be taken for the new file's, and may be all that is left of
 * the last moments of one that was cut off. */
static gboolean
check_beside (const char *target, const char *name, GError **error)
{
  if (!weft_recording_copy_is_needed (target))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
               _ ("The recording cannot be saved as “%s”: a journal lies beside that name, of"
                  " another recording. Choose another name."),
               name);
  return FALSE;
}

/* What is at @to stays until the recording is there, or for good. */
static gboolean
put_at (const char *from, const char *to, gboolean move, GCancellable *cancellable, GError **error)
{
  g_autofree char *name = weft_printable_name (to);
  g_autoptr (WeftOutputFile) out = NULL;

  if (!weft_output_refuse_input (to, from, error))
    return FALSE;
  out = weft_output_file_open (to, WEFT_OUTPUT_NAMED, error);
  if (out == NULL)
    return FALSE;
  if (!check_beside (weft_output_file_get_target (out), name, error))
    return FALSE;
  if (((move && link_into (from, out)) || copy_into (from, out, cancellable, error))
      && weft_output_file_commit (out, error))
    return TRUE;
  g_prefix_error (error, _ ("The recording cannot be saved as “%s”: "), name);
  return FALSE;
}

/* What is fetched while the file goes elsewhere is read from it nevertheless: by a
 * connection of before, to a file that has all in it. */
static void
prepare_move (WeftRecording *self)
{
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->reader, weft_chunk_reader_unref);
  empty_journal (self->path);
  self->reader = weft_recording_open_reader (self, NULL);
  g_mutex_unlock (&self->lock);
}

gboolean
weft_recording_save_as (WeftRecording *self, const char *path, GCancellable *cancellable,
                        GError **error)
{
  g_autofree char *from = weft_recording_dup_path (self);
  gboolean move = !weft_recording_is_saved (self);

  /* What was written is worth saving even when the end of it failed. */
  weft_recording_finish (self, NULL);
  if (move)
    prepare_move (self);
  if (!put_at (from, path, move, cancellable, error))
    return FALSE;
  if (move)
    weft_unsaved_discard (from);
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->reader, weft_chunk_reader_unref);
  g_free (self->path);
  self->path = g_strdup (path);
  weft_journals_look (path, &self->files);
  self->unsaved = FALSE;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

void
weft_recording_discard (WeftRecording *self)
{
  g_autoptr (WeftTraceStore) store = NULL;

  g_mutex_lock (&self->ending);
  store = weft_recording_leave_store (self);
  weft_recording_give_up (self);
  weft_recording_end_thread (self);
  weft_recording_close_database (self);
  self->store = NULL;
  g_mutex_unlock (&self->ending);
  if (weft_recording_is_saved (self))
    return;
  weft_unsaved_discard (self->path);
  g_mutex_lock (&self->lock);
  self->unsaved = FALSE;
  g_mutex_unlock (&self->lock);
}

/* The tables come first, so a file without a byte has no chunk in a journal either. */
gboolean
weft_recording_file_is_empty (const char *path)
{
  g_autoptr (sqlite3) db = NULL;
  g_autoptr (sqlite3_stmt) statement = NULL;
  struct stat info;

  if (g_stat (path, &info) == 0 && info.st_size == 0)
    return TRUE;
  db = weft_database_open_reading (path, NULL);
  if (db != NULL)
    statement
        = weft_database_prepare (db, "SELECT NOT EXISTS (SELECT 1 FROM chunks WHERE n_records > 0)",
                                 NULL);
  return statement != NULL && weft_database_next_row (statement, NULL)
         && sqlite3_column_int (statement, 0) != 0;
}

WeftRecording *
weft_recording_adopt (const char *path, GError **error)
{
  g_autoptr (WeftRecording) self = g_object_new (WEFT_TYPE_RECORDING, NULL);

  self->path = g_strdup (path);
  weft_journals_look (path, &self->files);
  if (!weft_unsaved_owns (path))
    return g_steal_pointer (&self);
  if (!weft_unsaved_adopt (path, error))
    return NULL;
  self->unsaved = self->keep = TRUE;
  empty_journal (path);
  return g_steal_pointer (&self);
}

void
weft_recording_remove_log (WeftRecording *self)
{
  g_autofree char *path = weft_recording_dup_path (self);

  weft_journals_remove_those (path, &self->files, TRUE);
}
