/* descriptor-vfs.h: SQLite on files that are open already, and on no others. In:
 * descriptors. Out: the name of a VFS, and of a file in it. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/**
 * weft_descriptor_vfs_describe:
 * @fd: of the database; (transfer full): to the connection that opens the name
 * @wal_fd: of its write-ahead log, or -1 when it has none; (transfer full), the same
 *
 * A connection that is opened by this URI reads these two. Whatever its file says,
 * it opens, creates, deletes, locks and writes nothing: not by a path, because there
 * is none, and not into them. A rollback journal is never there for it. Such a
 * connection has to be in exclusive locking mode, since logs are shared by no other
 * means here. When opening fails, the descriptors are closed all the same.
 *
 * Returns: (transfer full): a URI for sqlite3_open_v2() with %SQLITE_OPEN_READONLY
 */
char *weft_descriptor_vfs_describe (int fd, int wal_fd);

/* The VFS that understands it; registered once. */
const char *weft_descriptor_vfs_get_name (void);

G_END_DECLS
