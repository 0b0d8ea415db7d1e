/* database.h: SQLite as the recording uses it. In: paths and SQL of our own.
 * Out: connections, and GErrors that say why. The only file beside schema.c that
 * knows how a .weft file is opened. Any thread; one thread a connection. */
#pragma once
#include <gio/gio.h>
#include <sqlite3.h>

G_BEGIN_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3, sqlite3_close_v2)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)

/**
 * weft_database_create:
 * @path: a file that is there must be a recording, or empty; it is replaced,
 *   with whatever SQLite left beside it
 * @mode: of the file
 *
 * Returns: (transfer full): an empty database in WAL mode, or NULL
 */
sqlite3 *weft_database_create (const char *path, int mode, GError **error);

/* Returns: (transfer full): a connection that takes no lock and never writes, to
 * a file that nobody writes; or NULL */
sqlite3 *weft_database_open_immutable (const char *path, GError **error);

/* The same for a file that another connection of this process writes. */
sqlite3 *weft_database_open_shared (const char *path, GError **error);

/* Removes what SQLite left beside a file that is no more, or it would be taken
 * for the new file's. */
void weft_database_remove_leftovers (const char *path);

gboolean weft_database_run (sqlite3 *db, const char *sql, GError **error);

/* Returns: (transfer full): or NULL with @error set */
sqlite3_stmt *weft_database_prepare (sqlite3 *db, const char *sql, GError **error);

/* Runs a statement that returns no rows, and makes it ready for the next time. */
gboolean weft_database_step (sqlite3_stmt *statement, GError **error);

/* TRUE with a row, FALSE at the end or with @error set. */
gboolean weft_database_next_row (sqlite3_stmt *statement, GError **error);

/* Sets @error to what SQLite says: NO_SPACE when the disk is full, INVALID_DATA
 * when the file is damaged, else FAILED. Returns: %FALSE */
gboolean weft_database_fail (sqlite3 *db, GError **error);

/* A number that may be absent: @absent stands for NULL. */
void weft_database_bind_number (sqlite3_stmt *statement, int column, guint64 value, guint64 absent);
void weft_database_bind_text (sqlite3_stmt *statement, int column, const char *text);
void weft_database_bind_bytes (sqlite3_stmt *statement, int column, GBytes *bytes);

G_END_DECLS
