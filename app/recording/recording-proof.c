/* recording-proof.c: see the header. */
#include "recording-proof.h"
#include "chunk-reader.h"
#include "schema.h"
#include <fcntl.h>
#include <sys/stat.h>

/* So much is read again of a recording that may be of any length. */
#define READ_BYTES (64 << 20)

static gboolean
says (sqlite3 *db, const char *sql, const char *expected)
{
  g_autoptr (sqlite3_stmt) row = weft_database_prepare (db, sql, NULL);

  return row != NULL && weft_database_next_row (row, NULL)
         && g_strcmp0 ((const char *)sqlite3_column_text (row, 0), expected) == 0;
}

/* Only in so much time as reading takes: it looks at every page. */
static gboolean
has_whole_pages (sqlite3 *db, int fd)
{
  struct stat info;

  return fstat (fd, &info) == 0
         && (info.st_size > READ_BYTES || says (db, "PRAGMA quick_check (1)", "ok"));
}

static gboolean
has_chunks (WeftChunkReader *reader)
{
  g_autoptr (sqlite3_stmt) row
      = weft_database_prepare (weft_chunk_reader_get_database (reader),
                               "SELECT number FROM chunks ORDER BY number", NULL);
  g_autoptr (GError) error = NULL;
  gsize read = 0;

  while (row != NULL && read < READ_BYTES && weft_database_next_row (row, &error))
    {
      g_autoptr (GBytes) chunk
          = weft_chunk_reader_load (reader, (guint)sqlite3_column_int (row, 0), NULL);

      if (chunk == NULL)
        return FALSE;
      read += g_bytes_get_size (chunk);
    }
  return row != NULL && error == NULL;
}

gboolean
weft_recording_proof (int fd, guint64 n_records)
{
  WeftRecordingFiles files = { .fd = fcntl (fd, F_DUPFD_CLOEXEC, 0), .wal_fd = -1 };
  g_autofree char *records = g_strdup_printf ("%" G_GUINT64_FORMAT, n_records);
  g_autoptr (WeftChunkReader) reader = NULL;
  sqlite3 *db = weft_database_open_files (&files, NULL);

  if (db == NULL)
    return FALSE;
  reader = weft_chunk_reader_new (db);
  return weft_schema_check (db, "", NULL, NULL)
         && says (db, "SELECT coalesce (sum (n_records), 0) FROM chunks", records)
         && has_whole_pages (db, fd) && has_chunks (reader);
}
