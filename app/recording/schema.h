/* schema.h: the tables of a .weft file, for anyone to query. In: a connection.
 * Out: tables, or why a file is none of ours. */
#pragma once
#include "database.h"

G_BEGIN_DECLS

/* "WEFT": bytes 68 … 71 of the file. */
#define WEFT_APPLICATION_ID 0x57454654
/* The format that is written; older ones are read. Rises whenever a table changes:
 * the reader takes what a format has and nothing else (schema.c lists them all). */
#define WEFT_FORMAT_VERSION 4

gboolean weft_schema_create (sqlite3 *db, GError **error);

/**
 * weft_schema_check:
 * @name: of the file, to show
 * @version: (out) (optional): the format of the file
 *
 * A file may be a stranger's: it has exactly the tables of its format, each made
 * by the very words that we make it with, and nothing beside them. So no column
 * computes, nothing is run by reading, and no query meets another plan than ours.
 *
 * Returns: %FALSE with @error when a connection's file is foreign, newer, or made
 * otherwise
 */
gboolean weft_schema_check (sqlite3 *db, const char *name, guint *version, GError **error);

G_END_DECLS
