/* schema.h: the tables of a .weft file, for anyone to query. In: a connection.
 * Out: tables, or why a file is none of ours. */
#pragma once
#include "database.h"

G_BEGIN_DECLS

/* "WEFT": bytes 68 … 71 of the file. */
#define WEFT_APPLICATION_ID 0x57454654
/* Rises when an older Weftscope could misread the file. */
#define WEFT_FORMAT_VERSION 1

gboolean weft_schema_create (sqlite3 *db, GError **error);

/* TRUE when the file's first page is that of a recording, of whatever version. */
gboolean weft_schema_recognise (const char *path);

/* FALSE with @error when a connection's file is foreign, newer, or lacks tables.
 * @name: of the file, to show */
gboolean weft_schema_check (sqlite3 *db, const char *name, GError **error);

G_END_DECLS
