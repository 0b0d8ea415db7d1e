/* database.h: SQLite as the recording uses it. In: paths and SQL of our own.
 * Out: connections, and GErrors that say why. The only file beside schema.c that
 * knows how SQLite opens a .weft file. Any thread; one thread a connection. */
#pragma once
#include <gio/gio.h>
#include <sqlite3.h>
#include "recording-files.h"

G_BEGIN_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3, sqlite3_close_v2)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)

/* (transfer full): an empty database in memory, for weft_database_dump(); or NULL */
sqlite3 *weft_database_open_memory (GError **error);

/* (transfer full): the file that a database in memory would be; or NULL */
GBytes *weft_database_dump (sqlite3 *db, GError **error);

/* Sees to it that an empty file is at @path: one that is there must be, and no journal lie
 * beside it. @mode: of one that is not there yet */
gboolean weft_database_make_file (const char *path, int mode, GError **error);

/**
 * weft_database_create:
 * @path: an empty file
 * @beginning: what weft_database_dump() gave. It is written in one go: whoever kills us
 *   leaves this or an empty file
 *
 * Returns: (transfer full): the database, in WAL mode; or NULL
 */
sqlite3 *weft_database_create (const char *path, GBytes *beginning, GError **error);

/* A database that was created could not be written: removes what lies beside it and sets
 * @error to a sentence. Returns: %FALSE */
gboolean weft_database_fail_to_begin (const char *path, const GError *why, GError **error);

/* What a person can do when writing fails with @why. */
const char *weft_database_get_advice (const GError *why);

/**
 * weft_database_open_files:
 * @files: (transfer full): of any origin
 *
 * Returns: (transfer full): a connection that reads these and touches nothing else
 * (descriptor-vfs.h), for which no schema runs anything; or NULL
 */
sqlite3 *weft_database_open_files (WeftRecordingFiles *files, GError **error);

/* The same by a path; waits while a recording that is being written is copied. */
sqlite3 *weft_database_open_reading (const char *path, GError **error);

/* To a file that this process made, and that no stranger can have changed: beside the
 * connection that writes it, or to write it once more. */
sqlite3 *weft_database_open_own (const char *path, GError **error);

/* SQLite removes no log by its name, which may be somebody else's by then: who made it does
 * (journals.h). */
void weft_database_keep_log (sqlite3 *db);

/* @fd: of a database that nobody has open, and whose log has nothing in it: it says that it
 * needs none. What SQLite does with PRAGMA journal_mode, without a look at names. */
void weft_database_say_without_log (int fd);

/* What reading a stranger's file may cost: SQLite's steps, of which an honest file
 * takes a few a row. Cancelling ends them at once. */
typedef struct
{
  guint64 steps_left;
  GCancellable *cancellable; /* (nullable) */
} WeftDatabaseBudget;

/* @budget: (nullable): NULL ends it; outlives the statements that are run on it */
void weft_database_set_budget (sqlite3 *db, WeftDatabaseBudget *budget);

/* Values of more bytes are an error, found before they are read. Returns: the limit
 * before this one */
guint weft_database_limit_values (sqlite3 *db, guint bytes);

gboolean weft_database_run (sqlite3 *db, const char *sql, GError **error);

/* Returns: (transfer full): or NULL with @error set */
sqlite3_stmt *weft_database_prepare (sqlite3 *db, const char *sql, GError **error);

/* Runs a statement that returns no rows, and makes it ready for the next time. */
gboolean weft_database_step (sqlite3_stmt *statement, GError **error);

/* TRUE with a row, FALSE at the end or with @error set. */
gboolean weft_database_next_row (sqlite3_stmt *statement, GError **error);

/* Sets @error to what SQLite says, in words of ours, for its own may quote the file:
 * NO_SPACE when the disk is full, MESSAGE_TOO_LARGE when the file may not grow, INVALID_DATA when
 * the file is damaged, CANCELLED, else FAILED. Returns: %FALSE */
gboolean weft_database_fail (sqlite3 *db, GError **error);

/* A number that may be absent: @absent stands for NULL. */
void weft_database_bind_number (sqlite3_stmt *statement, int column, guint64 value, guint64 absent);
void weft_database_bind_text (sqlite3_stmt *statement, int column, const char *text);
void weft_database_bind_bytes (sqlite3_stmt *statement, int column, GBytes *bytes);

G_END_DECLS
