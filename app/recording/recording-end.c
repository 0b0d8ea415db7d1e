/* recording-end.c: the end of a recording, also of one that failed: what it could not write
 * it tries once more, when the journal has given its room back. In: chunks that wait. Out:
 * one file, or a file and its journal, and the truth about what is in them. */
#include "recording-private.h"
#include "printable.h"
#include "recording-proof.h"
#include <fcntl.h>
#include <glib/gi18n.h>
#include <unistd.h>

/* Nothing that we write is damaged by itself. With @lock held. */
static gboolean
is_changed (WeftRecording *self)
{
  return g_error_matches (self->failure, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
}

GError *
weft_recording_describe_failure (WeftRecording *self)
{
  g_autofree char *name = weft_recording_dup_path (self);
  g_autofree char *shown = weft_printable_name (name);
  g_autofree char *what = NULL;
  GError *told;

  g_mutex_lock (&self->lock);
  if (is_changed (self))
    what = g_strdup_printf (_ ("“%s” is not as it was written: somebody else wrote into it or cut"
                               " it short, and parts of it are lost"),
                            shown);
  else if (self->n_kept > 0)
    what = g_strdup_printf (_ ("The recording “%s” stops here, what came before is kept"), shown);
  else if (self->ended)
    what = g_strdup_printf (_ ("Nothing of the recording “%s” could be kept"), shown);
  else
    what = g_strdup_printf (_ ("The recording “%s” stops here"), shown);
  told = is_changed (self)
             ? g_error_new (G_IO_ERROR, self->failure->code, "%s. %s", what,
                            weft_database_get_advice (self->failure))
             : g_error_new (G_IO_ERROR, self->failure->code, "%s: %s. %s", what,
                            self->failure->message, weft_database_get_advice (self->failure));
  g_mutex_unlock (&self->lock);
  return told;
}

/* The last rows, and the journal into the file. */
static gboolean
write_end (WeftRecording *self, GError **error)
{
  if (!weft_database_run (self->db, "BEGIN", error))
    return FALSE;
  if (!weft_recording_tables_update (self->tables, TRUE, error)
      || !weft_database_run (self->db, "COMMIT", error))
    {
      weft_database_run (self->db, "ROLLBACK", NULL);
      return FALSE;
    }
  return weft_database_run (self->db, "PRAGMA wal_checkpoint (TRUNCATE)", error);
}

/* (transfer full) (nullable): the first that is not in the file. */
static WeftChunk *
get_waiting (WeftRecording *self)
{
  WeftChunk *chunk = NULL;

  g_mutex_lock (&self->lock);
  if (self->waiting->len > 0)
    chunk = weft_chunk_ref (g_ptr_array_index (self->waiting, 0));
  g_mutex_unlock (&self->lock);
  return chunk;
}

static gboolean
write_waiting (WeftRecording *self, GError **error)
{
  WeftChunk *chunk;

  while ((chunk = get_waiting (self)) != NULL)
    {
      gboolean written = weft_recording_write_chunk (self, chunk, error);

      weft_chunk_unref (chunk);
      if (!written)
        return FALSE;
    }
  return TRUE;
}

/* No reader may be left, or the journal stays. */
static void
let_reader_go (WeftRecording *self)
{
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->reader, weft_chunk_reader_unref);
  g_mutex_unlock (&self->lock);
}

/* SQLite finds by name what it takes for a log or a rollback journal, writes there and
 * removes it: only while all of these names are ours, or free. */
static gboolean
has_its_names (WeftRecording *self)
{
  g_autofree char *path = weft_recording_dup_path (self);

  return weft_journals_are_those (path, &self->files) && weft_journals_may_roll_back (path);
}

/* The journal goes first: it holds as much again as what it brings into the file. What is
 * written then goes there at once, a transaction at a time. Tables that were rolled back
 * do not know it, so they begin anew. */
static gboolean
write_rest (WeftRecording *self, GError **error)
{
  let_reader_go (self);
  g_clear_pointer (&self->tables, weft_recording_tables_free);
  if (!has_its_names (self)
      || !weft_database_run (self->db,
                             "PRAGMA journal_size_limit = 0; PRAGMA journal_mode = DELETE;"
                             " PRAGMA cache_spill = OFF;",
                             error))
    return FALSE;
  self->tables = weft_recording_tables_new (self->db, self->store, error);
  return self->tables != NULL && write_waiting (self, error) && write_end (self, error);
}

/* Wherever it is by now. -1: where there are no locks, it is not known. */
static int
open_again (WeftRecording *self)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", self->written);

  return self->written >= 0 ? open (link, O_RDWR | O_CLOEXEC) : -1;
}

/* Ours alone, at their name or where they went with the file. */
static void
remove_journals (WeftRecording *self, int fd)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autofree char *now = fd >= 0 ? g_file_read_link (link, NULL) : NULL;
  g_autofree char *path = weft_recording_dup_path (self);

  weft_journals_remove_those (path, &self->files, FALSE);
  if (now != NULL)
    weft_journals_remove_those (now, &self->files, FALSE);
}

/* With a full disk this fails, and the file opens with the log beside it. One page is
 * written, which needs no rollback journal. */
static void
leave_log (WeftRecording *self)
{
  if (has_its_names (self))
    weft_database_run (self->db, "PRAGMA journal_size_limit = 0; PRAGMA journal_mode = MEMORY",
                       NULL);
}

/* An unsaved one is where nobody else writes. */
static void
look_for_changes (WeftRecording *self, int fd)
{
  g_autoptr (GError) why = NULL;

  if (self->unsaved || weft_recording_proof (fd, self->n_kept))
    return;
  self->whole = FALSE;
  why = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "changed by somebody else");
  weft_recording_fail (self, why);
}

/* Takes @fd; after the database, for closing any descriptor of a file ends SQLite's locks. */
static void
close_last (WeftRecording *self, int fd)
{
  if (fd < 0)
    return;
  if (self->whole)
    {
      weft_database_say_without_log (fd);
      look_for_changes (self, fd);
    }
  close (fd);
}

void
weft_recording_close_file (WeftRecording *self)
{
  int fd = open_again (self);

  let_reader_go (self);
  g_clear_pointer (&self->tables, weft_recording_tables_free);
  leave_log (self);
  weft_recording_close_database (self);
  remove_journals (self, fd);
  close_last (self, fd);
  self->store = NULL;
  g_mutex_lock (&self->lock);
  self->ended = TRUE;
  g_mutex_unlock (&self->lock);
}

/* Nobody wants it any more. */
static gboolean
is_given_up (WeftRecording *self)
{
  gboolean given_up;

  g_mutex_lock (&self->lock);
  given_up = g_error_matches (self->failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_mutex_unlock (&self->lock);
  return given_up;
}

static void
finish_locked (WeftRecording *self)
{
  g_autoptr (WeftTraceStore) store = NULL;
  g_autoptr (GError) why = NULL;

  if (self->store == NULL)
    return;
  store = weft_recording_leave_store (self);
  weft_recording_end_thread (self);
  if (!weft_recording_has_failed (self))
    self->whole = write_end (self, &why);
  if (!self->whole && !is_given_up (self))
    self->whole = write_rest (self, why == NULL ? &why : NULL);
  if (!self->whole && why != NULL)
    weft_recording_fail (self, why);
  weft_recording_close_file (self);
}

gboolean
weft_recording_finish (WeftRecording *self, GError **error)
{
  gboolean first;

  g_mutex_lock (&self->ending);
  first = self->store != NULL;
  finish_locked (self);
  g_mutex_unlock (&self->ending);
  if (!first || !weft_recording_has_failed (self))
    return TRUE;
  g_propagate_error (error, weft_recording_describe_failure (self));
  return FALSE;
}

gboolean
weft_recording_is_whole (WeftRecording *self)
{
  return self->whole;
}

gboolean
weft_recording_is_empty (WeftRecording *self)
{
  gboolean empty;

  g_mutex_lock (&self->lock);
  empty = self->n_kept == 0 && !is_changed (self);
  g_mutex_unlock (&self->lock);
  return empty;
}
