/* chunk-reader.h: brings chunks back from a recording. In: chunk numbers. Out:
 * their records. Any thread; takes turns by itself. */
#pragma once
#include "database.h"

G_BEGIN_DECLS

typedef struct _WeftChunkReader WeftChunkReader;

/* @db: (transfer full) */
WeftChunkReader *weft_chunk_reader_new (sqlite3 *db);
WeftChunkReader *weft_chunk_reader_ref (WeftChunkReader *self);
void weft_chunk_reader_unref (WeftChunkReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftChunkReader, weft_chunk_reader_unref)

/* Of the connection, for other questions before chunks are fetched. */
sqlite3 *weft_chunk_reader_get_database (WeftChunkReader *self);

/**
 * weft_chunk_reader_load:
 *
 * Returns: (transfer full): the chunk as it is in the file, checked against its
 * sum; NULL with %G_IO_ERROR_NOT_FOUND when there is none with this number,
 * %G_IO_ERROR_INVALID_DATA when it is damaged, and any other error when it cannot be
 * read just now
 */
GBytes *weft_chunk_reader_load (WeftChunkReader *self, guint number, GError **error);

/* The same, decoded: what a WeftFetchFunc gives. */
GBytes *weft_chunk_reader_fetch (WeftChunkReader *self, guint number, GError **error);

/* A table that was made of it: what a WeftFetchTableFunc gives. */
GBytes *weft_chunk_reader_fetch_table (WeftChunkReader *self, guint number, const char *name,
                                       GError **error);

G_END_DECLS
