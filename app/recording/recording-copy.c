/* recording-copy.c: copies page by page, from a connection that only reads to one on a
 * file that nobody else can have made. In: paths. Out: files. */
#include "recording-copy.h"
#include "database.h"
#include "journals.h"
#include "output-file.h"
#include "printable.h"
#include "recording-log.h"
#include "schema.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGES_AT_ONCE 1024

gboolean
weft_recording_copy_is_needed (const char *path)
{
  static const char *const endings[] = { "-wal", "-journal" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *beside = g_strconcat (path, endings[i], NULL);
      struct stat info;

      if (g_lstat (beside, &info) == 0 && info.st_size > 0)
        return TRUE;
    }
  return weft_recording_files_is_locked (path);
}

static gboolean
fail (int why, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (why), g_strerror (why));
  return FALSE;
}

/* @path: of an empty file of ours. Nothing in it is safe until it is whole: no journal, no
 * waiting for the disk. */
static sqlite3 *
open_target (const char *path, GError **error)
{
  g_autoptr (sqlite3) db = weft_database_open_own (path, error);

  if (db == NULL
      || !weft_database_run (db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", error))
    return NULL;
  return g_steal_pointer (&db);
}

static gboolean
copy_pages (sqlite3 *from, sqlite3 *to, GError **error)
{
  sqlite3_backup *backup = sqlite3_backup_init (to, "main", from, "main");
  int result = SQLITE_OK;

  while (backup != NULL && result == SQLITE_OK)
    result = sqlite3_backup_step (backup, PAGES_AT_ONCE);
  if (backup != NULL)
    sqlite3_backup_finish (backup);
  /* It may say that it writes with a log, as a recording that was cut off does. */
  return backup != NULL && result == SQLITE_DONE
             ? weft_database_run (to, "PRAGMA journal_mode = DELETE", error)
             : weft_database_fail (to, error);
}

/* Changed without its log, a file would not take it any more. */
static gboolean
refuse_parted (WeftRecordingFiles *files, const char *name, GError **error)
{
  g_autofree char *shown = weft_printable_name (name);

  close (files->fd);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               files->others_log
                   ? _ ("the “%s-wal” beside it is that of another recording, and its own would"
                        " not fit it any more. Bring it together with its own again, or save"
                        " under another name.")
                   : _ ("“%s-wal”, which holds its last moments, is not beside it, and would not"
                        " fit it any more. Bring the two together again, or save under another"
                        " name."),
               shown);
  return FALSE;
}

/* What the recording has now, log and all, read as any stranger's file is. */
static gboolean
copy_to (const char *path, const char *target, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (sqlite3) from = NULL;
  g_autoptr (sqlite3) to = NULL;
  WeftRecordingFiles files;

  if (!weft_recording_log_find_files (path, &files, NULL, error))
    return FALSE;
  if (files.needs_log && files.wal_fd < 0 && !files.empty_log)
    return refuse_parted (&files, name, error);
  from = weft_database_open_files (&files, error);
  if (from == NULL || !weft_schema_check (from, name, NULL, error))
    return FALSE;
  to = open_target (target, error);
  return to != NULL && copy_pages (from, to, error);
}

static gboolean
change_copy (const char *path, WeftRecordingChange change, gpointer user_data, GError **error)
{
  g_autoptr (sqlite3) db = weft_database_open_own (path, error);

  return db != NULL && change (db, user_data, error);
}

gboolean
weft_recording_copy_change (const char *path, WeftRecordingChange change, gpointer user_data,
                            GError **error)
{
  g_autofree char *real = realpath (path, NULL);
  g_autofree char *part = NULL;
  g_autoptr (WeftOutputFile) copy = NULL;

  if (real == NULL)
    return fail (errno, error);
  if (weft_recording_files_is_locked (real))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                           _ ("it is still being recorded. Do it when that has ended."));
      return FALSE;
    }
  copy = weft_output_file_open (real, WEFT_OUTPUT_NAMED, error);
  if (copy == NULL)
    return FALSE;
  part = g_strdup (weft_output_file_get_path (copy));
  if (copy_to (real, part, error) && change_copy (part, change, user_data, error)
      && weft_output_file_commit (copy, error))
    return TRUE;
  weft_journals_remove (part);
  return FALSE;
}
