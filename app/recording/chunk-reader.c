/* chunk-reader.c: one connection and one decoder under a lock. In: numbers. Out:
 * records. */
#include "chunk-reader.h"
#include "checksum.h"
#include "chunk-codec.h"
#include "chunk-tables.h"
#include <glib/gi18n.h>

/* A chunk holds at most 32 MiB of records; nothing in a recording is longer. */
#define MAX_CHUNK_BYTES (64u << 20)

struct _WeftChunkReader
{
  gatomicrefcount references;
  GMutex lock;
  sqlite3 *db;
  sqlite3_stmt *get;       /* NULL until the first chunk */
  sqlite3_stmt *get_table; /* the same */
  WeftChunkDecoder *decoder;
};

WeftChunkReader *
weft_chunk_reader_new (sqlite3 *db)
{
  WeftChunkReader *self = g_new0 (WeftChunkReader, 1);

  g_atomic_ref_count_init (&self->references);
  g_mutex_init (&self->lock);
  self->db = db;
  self->decoder = weft_chunk_decoder_new ();
  return self;
}

WeftChunkReader *
weft_chunk_reader_ref (WeftChunkReader *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
weft_chunk_reader_unref (WeftChunkReader *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->references))
    return;
  sqlite3_finalize (self->get);
  sqlite3_finalize (self->get_table);
  sqlite3_close_v2 (self->db);
  weft_chunk_decoder_free (self->decoder);
  g_mutex_clear (&self->lock);
  g_free (self);
}

sqlite3 *
weft_chunk_reader_get_database (WeftChunkReader *self)
{
  return self->db;
}

static GBytes *
column_bytes (sqlite3_stmt *statement, int column)
{
  gconstpointer data = sqlite3_column_blob (statement, column);

  return g_bytes_new (data, (gsize)sqlite3_column_bytes (statement, column));
}

static GBytes *
refuse (guint number, int code, const char *why, GError **error)
{
  g_set_error (error, G_IO_ERROR, code, _ ("Chunk %u of the recording cannot be read: %s."), number,
               why);
  return NULL;
}

static GBytes *
refuse_row (sqlite3_stmt *row, guint number, GError **error)
{
  g_autoptr (GError) why = NULL;

  weft_database_fail (sqlite3_db_handle (row), &why);
  return refuse (number, why->code, why->message, error);
}

static GBytes *
refuse_sum (guint number, GError **error)
{
  return refuse (number, G_IO_ERROR_INVALID_DATA, _ ("its checksum is wrong"), error);
}

/* The row stands at the chunk. Format 1 has one column more, of the same sum. */
static GBytes *
read_row (sqlite3_stmt *row, guint number, GError **error)
{
  g_autoptr (GBytes) records = column_bytes (row, 1);
  g_autoptr (GBytes) entries = sqlite3_column_count (row) > 2 ? column_bytes (row, 2) : NULL;
  guint64 expected = (guint64)sqlite3_column_int64 (row, 0);

  if (sqlite3_errcode (sqlite3_db_handle (row)) != SQLITE_ROW)
    return refuse_row (row, number, error);
  if (weft_checksum (entries != NULL ? weft_checksum (0, entries) : 0, records) != expected)
    return refuse_sum (number, error);
  return g_steal_pointer (&records);
}

static gboolean
is_format_1 (sqlite3 *db)
{
  g_autoptr (sqlite3_stmt) row = weft_database_prepare (db, "PRAGMA user_version", NULL);

  return row != NULL && weft_database_next_row (row, NULL) && sqlite3_column_int (row, 0) == 1;
}

static GBytes *
load_locked (WeftChunkReader *self, guint number, GError **error)
{
  g_autoptr (GError) why = NULL;
  GBytes *records = NULL;
  guint before;

  if (self->get == NULL)
    self->get = weft_database_prepare (
        self->db,
        is_format_1 (self->db) ? "SELECT checksum, records, entries FROM chunks WHERE number = ?1"
                               : "SELECT checksum, records FROM chunks WHERE number = ?1",
        error);
  if (self->get == NULL)
    return NULL;
  before = weft_database_limit_values (self->db, MAX_CHUNK_BYTES);
  sqlite3_bind_int64 (self->get, 1, number);
  if (weft_database_next_row (self->get, &why))
    records = read_row (self->get, number, error);
  else if (why != NULL)
    refuse (number, why->code, why->message, error);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("The recording has no chunk %u."),
                 number);
  sqlite3_reset (self->get);
  weft_database_limit_values (self->db, before);
  return records;
}

GBytes *
weft_chunk_reader_load (WeftChunkReader *self, guint number, GError **error)
{
  GBytes *bytes;

  g_mutex_lock (&self->lock);
  bytes = load_locked (self, number, error);
  g_mutex_unlock (&self->lock);
  return bytes;
}

GBytes *
weft_chunk_reader_fetch (WeftChunkReader *self, guint number, GError **error)
{
  g_autoptr (GBytes) encoded = NULL;
  GBytes *records = NULL;

  g_mutex_lock (&self->lock);
  encoded = load_locked (self, number, error);
  if (encoded != NULL)
    records = weft_chunk_decoder_decode (self->decoder, encoded, error);
  g_mutex_unlock (&self->lock);
  return records;
}

/* The row stands at the table. */
static GBytes *
read_table (sqlite3_stmt *row, guint number, GError **error)
{
  g_autoptr (GBytes) packed = column_bytes (row, 1);

  if (sqlite3_errcode (sqlite3_db_handle (row)) != SQLITE_ROW)
    return refuse_row (row, number, error);
  if (weft_checksum (0, packed) != (guint64)sqlite3_column_int64 (row, 0))
    return refuse_sum (number, error);
  return weft_chunk_table_unpack (packed, error);
}

static GBytes *
fetch_table_locked (WeftChunkReader *self, guint number, const char *name, GError **error)
{
  g_autoptr (GError) why = NULL;
  GBytes *table = NULL;
  guint before;

  if (self->get_table == NULL)
    self->get_table = weft_database_prepare (
        self->db, "SELECT checksum, bytes FROM chunk_tables WHERE chunk = ?1 AND name = ?2", error);
  if (self->get_table == NULL)
    return NULL;
  before = weft_database_limit_values (self->db, MAX_CHUNK_BYTES);
  sqlite3_bind_int64 (self->get_table, 1, number);
  weft_database_bind_text (self->get_table, 2, name);
  if (weft_database_next_row (self->get_table, &why))
    table = read_table (self->get_table, number, error);
  else if (why != NULL)
    refuse (number, why->code, why->message, error);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 _ ("Chunk %u of the recording has no table %s."), number, name);
  sqlite3_reset (self->get_table);
  weft_database_limit_values (self->db, before);
  return table;
}

GBytes *
weft_chunk_reader_fetch_table (WeftChunkReader *self, guint number, const char *name,
                               GError **error)
{
  GBytes *table;

  g_mutex_lock (&self->lock);
  table = fetch_table_locked (self, number, name, error);
  g_mutex_unlock (&self->lock);
  return table;
}
