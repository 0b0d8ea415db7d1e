/* database.c: opening, running and failing. In: paths and SQL. Out: connections
 * and GErrors. */
#include "database.h"
#include "schema.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A chunk holds at most 32 MiB of records; nothing in a recording is longer. */
#define MAX_VALUE_BYTES (64 << 20)

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

gboolean
weft_database_fail (sqlite3 *db, GError **error)
{
  int code = sqlite3_errcode (db) & 0xff;
  int system = code == SQLITE_IOERR ? find_errno (db) : 0;
  GIOErrorEnum kind = G_IO_ERROR_FAILED;

  if (code == SQLITE_FULL || system == ENOSPC || system == EFBIG || system == EDQUOT)
    kind = G_IO_ERROR_NO_SPACE;
  else if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_TOOBIG
           || code == SQLITE_ERROR)
    kind = G_IO_ERROR_INVALID_DATA;
  else if (code == SQLITE_NOMEM)
    kind = G_IO_ERROR_NO_SPACE;
  g_set_error (error, G_IO_ERROR, kind, "%s",
               system != 0 ? g_strerror (system) : sqlite3_errmsg (db));
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
  sqlite3_limit (db, SQLITE_LIMIT_SQL_LENGTH, 100000);
  sqlite3_limit (db, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_exec (db, "PRAGMA cell_size_check = ON", NULL, NULL, NULL);
}

static sqlite3 *
open_uri (const char *path, const char *options, int flags, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *escaped = g_uri_escape_string (absolute, "/", FALSE);
  g_autofree char *uri = g_strconcat ("file://", escaped, options, NULL);
  g_autoptr (sqlite3) db = NULL;

  if (sqlite3_open_v2 (uri, &db, flags | SQLITE_OPEN_URI | SQLITE_OPEN_FULLMUTEX, NULL)
      != SQLITE_OK)
    {
      if (db == NULL)
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, g_strerror (ENOMEM));
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
weft_database_open_immutable (const char *path, GError **error)
{
  return open_uri (path, "?immutable=1&mode=ro", SQLITE_OPEN_READONLY, error);
}

sqlite3 *
weft_database_open_shared (const char *path, GError **error)
{
  return open_uri (path, "?mode=rw", SQLITE_OPEN_READWRITE, error);
}

void
weft_database_remove_leftovers (const char *path)
{
  static const char *const endings[] = { "-wal", "-shm", "-journal" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *beside = g_strconcat (path, endings[i], NULL);

      g_unlink (beside);
    }
}

static gboolean
refuse_foreign (const char *path, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
               _ ("“%s” is there and is no recording. Choose another name, or remove it first."),
               name);
  return FALSE;
}

static gboolean
make_room (const char *path, int mode, GError **error)
{
  struct stat info;
  int fd;

  if (g_stat (path, &info) == 0)
    {
      if (!S_ISREG (info.st_mode) || (info.st_size > 0 && !weft_schema_recognise (path)))
        return refuse_foreign (path, error);
      g_unlink (path);
    }
  weft_database_remove_leftovers (path);
  fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0)
    {
      int why = errno;
      g_autofree char *name = g_filename_display_name (path);

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (why),
                   _ ("The recording “%s” cannot be written: %s. Choose another folder."), name,
                   g_strerror (why));
      return FALSE;
    }
  close (fd);
  return TRUE;
}

sqlite3 *
weft_database_create (const char *path, int mode, GError **error)
{
  g_autoptr (sqlite3) db = NULL;

  if (!make_room (path, mode, error))
    return NULL;
  db = open_uri (path, "?mode=rw", SQLITE_OPEN_READWRITE, error);
  if (db == NULL)
    return NULL;
  /* The journal is emptied by hand, every second: see recording-writer.c. */
  if (!weft_database_run (db,
                          "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL;"
                          "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;",
                          error))
    return NULL;
  return g_steal_pointer (&db);
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
