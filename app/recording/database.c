/* database.c: opening, running and failing. In: paths and SQL. Out: connections
 * and GErrors. */
#include "database.h"
#include "descriptor-vfs.h"
#include "journals.h"
#include "printable.h"
#include "recording-log.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A chunk holds at most 32 MiB of records; nothing in a recording is longer. */
#define MAX_VALUE_BYTES (64 << 20)
/* More than any statement or table of ours. */
#define MAX_SQL_BYTES 8192
#define MAX_COLUMNS 64
/* Of the versions for writing and for reading: 1, or 2 with a log (SQLite's file format, 1.3.3). */
#define VERSIONS_AT 18
/* So often is a budget looked at. */
#define STEPS_AT_ONCE 1000

/* Why the system refused to read or write the file or its journal; 0 when it did not. */
static int
find_errno (sqlite3 *db)
{
  sqlite3_file *journal = NULL;
  int why = 0;

  if (sqlite3_file_control (db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &journal) == SQLITE_OK
      && journal != NULL && journal->pMethods != NULL)
    journal->pMethods->xFileControl (journal, SQLITE_FCNTL_LAST_ERRNO, &why);
  if (why == 0)
    sqlite3_file_control (db, "main", SQLITE_FCNTL_LAST_ERRNO, &why);
  return why != 0 ? why : sqlite3_system_errno (db);
}

/* SQLite's own messages quote names and words of the file. */
static const struct
{
  int code;
  GIOErrorEnum kind;
  const char *words;
} reasons[] = {
  { SQLITE_CORRUPT, G_IO_ERROR_INVALID_DATA, N_ ("parts of the file are missing or changed") },
  { SQLITE_NOTADB, G_IO_ERROR_INVALID_DATA, N_ ("parts of the file are missing or changed") },
  { SQLITE_ERROR, G_IO_ERROR_INVALID_DATA, N_ ("the file is not as Weftscope makes it") },
  { SQLITE_FORMAT, G_IO_ERROR_INVALID_DATA, N_ ("the file is not as Weftscope makes it") },
  { SQLITE_SCHEMA, G_IO_ERROR_INVALID_DATA, N_ ("the file is not as Weftscope makes it") },
  { SQLITE_CONSTRAINT, G_IO_ERROR_INVALID_DATA, N_ ("the file is not as Weftscope makes it") },
  { SQLITE_MISMATCH, G_IO_ERROR_INVALID_DATA, N_ ("the file is not as Weftscope makes it") },
  { SQLITE_TOOBIG, G_IO_ERROR_INVALID_DATA, N_ ("a value in the file is too large") },
  { SQLITE_INTERRUPT, G_IO_ERROR_INVALID_DATA,
    N_ ("the file asks for more work than a recording of its size can need") },
  { SQLITE_FULL, G_IO_ERROR_NO_SPACE, N_ ("the disk is full") },
  { SQLITE_NOMEM, G_IO_ERROR_NO_SPACE, N_ ("there is not enough memory") },
  { SQLITE_BUSY, G_IO_ERROR_BUSY, N_ ("another program uses the file") },
  { SQLITE_LOCKED, G_IO_ERROR_BUSY, N_ ("another program uses the file") },
  { SQLITE_READONLY, G_IO_ERROR_READ_ONLY, N_ ("the file may not be written") },
  { SQLITE_PERM, G_IO_ERROR_PERMISSION_DENIED, N_ ("the file may not be used") },
  { SQLITE_CANTOPEN, G_IO_ERROR_FAILED, N_ ("the file or what belongs to it cannot be opened") },
  { SQLITE_IOERR, G_IO_ERROR_FAILED, N_ ("the disk does not answer as it should") },
  { SQLITE_PROTOCOL, G_IO_ERROR_FAILED, N_ ("the file cannot be locked") },
};

static GIOErrorEnum
find_kind (int system, GIOErrorEnum otherwise)
{
  if (system == EFBIG)
    return G_IO_ERROR_MESSAGE_TOO_LARGE;
  return system == ENOSPC || system == EDQUOT ? G_IO_ERROR_NO_SPACE : otherwise;
}

static void
set_reason (int code, int system, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (reasons[i].code == code)
      {
        g_set_error_literal (error, G_IO_ERROR, find_kind (system, reasons[i].kind),
                             system != 0 ? g_strerror (system) : _ (reasons[i].words));
        return;
      }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("the database fails with error %d"), code);
}

gboolean
weft_database_fail (sqlite3 *db, GError **error)
{
  int code = sqlite3_errcode (db) & 0xff;

  set_reason (code, code == SQLITE_IOERR ? find_errno (db) : 0, error);
  return FALSE;
}

/* A recording comes from anywhere: nothing in its schema may run code of its own. */
static void
distrust (sqlite3 *db)
{
  sqlite3_db_config (db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
  sqlite3_limit (db, SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES);
  sqlite3_limit (db, SQLITE_LIMIT_SQL_LENGTH, MAX_SQL_BYTES);
  sqlite3_limit (db, SQLITE_LIMIT_COLUMN, MAX_COLUMNS);
  sqlite3_limit (db, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_exec (db, "PRAGMA cell_size_check = ON", NULL, NULL, NULL);
}

static sqlite3 *
open_uri (const char *uri, int flags, const char *vfs, GError **error)
{
  g_autoptr (sqlite3) db = NULL;

  if (sqlite3_open_v2 (uri, &db, flags | SQLITE_OPEN_URI | SQLITE_OPEN_FULLMUTEX, vfs) != SQLITE_OK)
    {
      if (db == NULL)
        set_reason (SQLITE_NOMEM, 0, error);
      else
        weft_database_fail (db, error);
      return NULL;
    }
  sqlite3_extended_result_codes (db, 1);
  sqlite3_busy_timeout (db, 5000);
  distrust (db);
  return g_steal_pointer (&db);
}

sqlite3 *
weft_database_open_own (const char *path, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *escaped = g_uri_escape_string (absolute, "/", FALSE);
  g_autofree char *uri = g_strconcat ("file://", escaped, "?mode=rw", NULL);

  return open_uri (uri, SQLITE_OPEN_READWRITE, NULL, error);
}

sqlite3 *
weft_database_open_files (WeftRecordingFiles *files, GError **error)
{
  g_autofree char *uri = weft_descriptor_vfs_describe (files->fd, files->wal_fd);
  g_autoptr (sqlite3) db
      = open_uri (uri, SQLITE_OPEN_READONLY, weft_descriptor_vfs_get_name (), error);

  files->fd = files->wal_fd = -1;
  if (db == NULL)
    return NULL;
  sqlite3_db_config (db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  if (!weft_database_run (db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY;",
                          error))
    return NULL;
  return g_steal_pointer (&db);
}

sqlite3 *
weft_database_open_reading (const char *path, GError **error)
{
  WeftRecordingFiles files;

  return weft_recording_log_find_files (path, &files, NULL, error)
             ? weft_database_open_files (&files, error)
             : NULL;
}

static int
spend_cb (gpointer data)
{
  WeftDatabaseBudget *budget = data;

  if (g_cancellable_is_cancelled (budget->cancellable) || budget->steps_left < STEPS_AT_ONCE)
    return 1;
  budget->steps_left -= STEPS_AT_ONCE;
  return 0;
}

void
weft_database_set_budget (sqlite3 *db, WeftDatabaseBudget *budget)
{
  sqlite3_progress_handler (db, budget != NULL ? STEPS_AT_ONCE : 0, spend_cb, budget);
}

guint
weft_database_limit_values (sqlite3 *db, guint bytes)
{
  return (guint)sqlite3_limit (db, SQLITE_LIMIT_LENGTH, (int)bytes);
}

static gboolean
refuse_taken (const char *path, GError **error)
{
  g_autofree char *name = weft_printable_name (path);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
               _ ("“%s” is there already. Choose another name, or remove it first."), name);
  return FALSE;
}

static gboolean
fail_to_write (const char *path, int why, GError **error)
{
  g_autofree char *name = weft_printable_name (path);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (why),
               _ ("The recording “%s” cannot be written: %s. Choose another folder."), name,
               g_strerror (why));
  return FALSE;
}

gboolean
weft_database_make_file (const char *path, int mode, GError **error)
{
  struct stat info;
  int fd;

  if (!weft_journals_check_new (path, error))
    return FALSE;
  if (g_lstat (path, &info) == 0)
    return (S_ISREG (info.st_mode) && info.st_size == 0) || refuse_taken (path, error);
  fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0)
    return fail_to_write (path, errno, error);
  close (fd);
  return TRUE;
}

/* That it needs a log is said when there is one, readable by whom the file is: until then it
 * is whole without. */
static gboolean
begin_log (const char *path, int fd)
{
  static const guint8 versions[2] = { 2, 2 };
  g_autofree char *log = g_strconcat (path, "-wal", NULL);
  struct stat info;
  int log_fd;

  if (fstat (fd, &info) != 0)
    return FALSE;
  log_fd = open (log, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, info.st_mode & 0600);
  if (log_fd < 0 && errno != EEXIST)
    return FALSE;
  if (log_fd >= 0)
    {
      fchmod (log_fd, info.st_mode & 0777);
      close (log_fd);
    }
  return pwrite (fd, versions, sizeof versions, VERSIONS_AT) == sizeof versions;
}

static gboolean
write_beginning (const char *path, int fd, GBytes *beginning, GError **error)
{
  gsize size, done = 0;
  const guint8 *data = g_bytes_get_data (beginning, &size);

  while (done < size)
    {
      gssize n = write (fd, data + done, size - done);

      if (n < 0 && errno != EINTR)
        break;
      done += (gsize)MAX (n, 0);
    }
  if (done == size && begin_log (path, fd) && fdatasync (fd) == 0)
    return TRUE;
  set_reason (SQLITE_IOERR, errno, error);
  return FALSE;
}

void
weft_database_keep_log (sqlite3 *db)
{
  int keep = 1;

  sqlite3_file_control (db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
}

void
weft_database_say_without_log (int fd)
{
  const guint8 rollback[2] = { 1, 1 };
  guint8 now[2];

  if (pread (fd, now, sizeof now, VERSIONS_AT) == sizeof now && now[0] == 2 && now[1] == 2
      && pwrite (fd, rollback, sizeof rollback, VERSIONS_AT) != sizeof rollback)
    errno = 0; /* it opens nevertheless */
}

const char *
weft_database_get_advice (const GError *why)
{
  if (why->code == G_IO_ERROR_NO_SPACE)
    return _ ("Free some space and record again.");
  if (why->code == G_IO_ERROR_MESSAGE_TOO_LARGE)
    return _ ("Record less, or let files grow larger: “ulimit -f” tells how large.");
  if (why->code == G_IO_ERROR_INVALID_DATA)
    return _ ("Record again, to a name that nobody else writes to.");
  return _ ("Record to another folder.");
}

gboolean
weft_database_fail_to_begin (const char *path, const GError *why, GError **error)
{
  g_autofree char *name = weft_printable_name (path);
  WeftJournals beside;

  /* There was none, so they are ours, however far they came. */
  weft_journals_look (path, &beside);
  weft_journals_remove_those (path, &beside, TRUE);
  g_set_error (error, G_IO_ERROR, why->code, _ ("The recording “%s” cannot be begun: %s. %s"), name,
               why->message, weft_database_get_advice (why));
  return FALSE;
}

/* Each table takes a page at least, and leaves half of one empty behind each long value:
 * pages are small. */
sqlite3 *
weft_database_open_memory (GError **error)
{
  g_autoptr (sqlite3) db
      = open_uri (":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL, error);

  if (db == NULL || !weft_database_run (db, "PRAGMA page_size = 1024", error))
    return NULL;
  return g_steal_pointer (&db);
}

GBytes *
weft_database_dump (sqlite3 *db, GError **error)
{
  sqlite3_int64 size = 0;
  unsigned char *data = sqlite3_serialize (db, "main", &size, 0);

  if (data == NULL)
    {
      set_reason (SQLITE_NOMEM, 0, error);
      return NULL;
    }
  return g_bytes_new_with_free_func (data, (gsize)size, sqlite3_free, data);
}

sqlite3 *
weft_database_create (const char *path, GBytes *beginning, GError **error)
{
  g_autoptr (GError) why = NULL;
  sqlite3 *db = NULL;
  gboolean written;
  int fd = open (path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

  if (fd < 0)
    {
      fail_to_write (path, errno, error);
      return NULL;
    }
  written = write_beginning (path, fd, beginning, &why);
  close (fd); /* later it would take SQLite's locks along */
  if (written)
    db = weft_database_open_own (path, &why);
  /* The journal is emptied by hand, every second: see recording.c. */
  if (db != NULL
      && weft_database_run (db, "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;",
                            &why))
    return db;
  g_clear_pointer (&db, sqlite3_close_v2);
  weft_database_fail_to_begin (path, why, error);
  return NULL;
}

gboolean
weft_database_run (sqlite3 *db, const char *sql, GError **error)
{
  if (sqlite3_exec (db, sql, NULL, NULL, NULL) != SQLITE_OK)
    return weft_database_fail (db, error);
  return TRUE;
}

sqlite3_stmt *
weft_database_prepare (sqlite3 *db, const char *sql, GError **error)
{
  sqlite3_stmt *statement = NULL;

  if (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL) != SQLITE_OK)
    weft_database_fail (db, error);
  return statement;
}

gboolean
weft_database_step (sqlite3_stmt *statement, GError **error)
{
  int result = sqlite3_step (statement);
  gboolean done = result == SQLITE_DONE || result == SQLITE_ROW;

  if (!done)
    weft_database_fail (sqlite3_db_handle (statement), error);
  sqlite3_reset (statement);
  return done;
}

gboolean
weft_database_next_row (sqlite3_stmt *statement, GError **error)
{
  int result = sqlite3_step (statement);

  if (result != SQLITE_ROW && result != SQLITE_DONE)
    weft_database_fail (sqlite3_db_handle (statement), error);
  return result == SQLITE_ROW;
}

void
weft_database_bind_number (sqlite3_stmt *statement, int column, guint64 value, guint64 absent)
{
  if (value == absent)
    sqlite3_bind_null (statement, column);
  else
    sqlite3_bind_int64 (statement, column, (gint64)value);
}

void
weft_database_bind_text (sqlite3_stmt *statement, int column, const char *text)
{
  sqlite3_bind_text (statement, column, text, -1, SQLITE_TRANSIENT);
}

void
weft_database_bind_bytes (sqlite3_stmt *statement, int column, GBytes *bytes)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  /* An empty blob is not NULL. */
  sqlite3_bind_blob64 (statement, column, size > 0 ? data : "", size, SQLITE_TRANSIENT);
}
