/* recording-log.c: reads a recording's number with its log and without. In: descriptors.
 * Out: a verdict. The files may be a stranger's, and reading them is bounded as elsewhere. */
#include "recording-log.h"
#include "schema.h"
#include <fcntl.h>
#include <unistd.h>

/* Since when there are numbers. */
#define FORMAT_WITH_NUMBER 4
/* Of a schema and one row, and more than that takes. */
#define STEPS 100000
#define MAX_VALUE_BYTES 65536

/* 0: it has none, or cannot be read. @wal_fd: -1: without one */
static gint64
read_number (int fd, int wal_fd)
{
  WeftRecordingFiles files = { .fd = fcntl (fd, F_DUPFD_CLOEXEC, 0),
                               .wal_fd = wal_fd < 0 ? -1 : fcntl (wal_fd, F_DUPFD_CLOEXEC, 0) };
  WeftDatabaseBudget budget = { STEPS, NULL };
  g_autoptr (sqlite3) db = weft_database_open_files (&files, NULL);
  g_autoptr (sqlite3_stmt) row = NULL;
  guint format = 0;

  if (db == NULL)
    return 0;
  weft_database_set_budget (db, &budget);
  weft_database_limit_values (db, MAX_VALUE_BYTES);
  if (!weft_schema_check (db, "", &format, NULL) || format < FORMAT_WITH_NUMBER)
    return 0;
  row = weft_database_prepare (db, "SELECT recording FROM session WHERE id = 1", NULL);
  return row != NULL && weft_database_next_row (row, NULL) ? sqlite3_column_int64 (row, 0) : 0;
}

static gboolean
is_own (const WeftRecordingFiles *files)
{
  gint64 own = files->wal_fd < 0 ? 0 : read_number (files->fd, -1);

  return own == 0 || read_number (files->fd, files->wal_fd) == own;
}

gboolean
weft_recording_log_find_files (const char *path, WeftRecordingFiles *files,
                               GCancellable *cancellable, GError **error)
{
  if (!weft_recording_files_open (path, files, cancellable, error))
    return FALSE;
  files->others_log = !is_own (files);
  if (files->others_log)
    {
      close (files->wal_fd);
      files->wal_fd = -1;
    }
  return TRUE;
}

gboolean
weft_recording_log_is_own (const char *path)
{
  WeftRecordingFiles files;
  gboolean own;

  if (!weft_recording_log_find_files (path, &files, NULL, NULL))
    return FALSE;
  own = files.needs_log && !files.others_log;
  close (files.fd);
  if (files.wal_fd >= 0)
    close (files.wal_fd);
  return own;
}
