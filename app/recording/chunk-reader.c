/* chunk-reader.c: one connection and one decoder under a lock. In: numbers. Out:
 * records. */
#include "chunk-reader.h"
#include "checksum.h"
#include "chunk-codec.h"
#include "private-folder.h"
#include <glib/gi18n.h>

struct _WeftChunkReader
{
  gatomicrefcount references;
  GMutex lock;
  sqlite3 *db;
  sqlite3_stmt *get; /* NULL until the first chunk */
  WeftChunkDecoder *decoder;
  char *folder; /* (nullable) removed at the end */
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
  sqlite3_close_v2 (self->db);
  weft_chunk_decoder_free (self->decoder);
  if (self->folder != NULL)
    weft_private_folder_remove (self->folder);
  g_free (self->folder);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
weft_chunk_reader_own_folder (WeftChunkReader *self, const char *folder)
{
  g_assert (self->folder == NULL);
  self->folder = g_strdup (folder);
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
refuse (guint number, const char *why, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("Chunk %u of the recording cannot be read: %s."), number, why);
  return NULL;
}

/* The row stands at the chunk. */
static GBytes *
read_row (sqlite3_stmt *row, guint number, GError **error)
{
  g_autoptr (GBytes) entries = column_bytes (row, 1);
  g_autoptr (GBytes) records = column_bytes (row, 2);
  guint64 expected = (guint64)sqlite3_column_int64 (row, 0);

  if (sqlite3_errcode (sqlite3_db_handle (row)) != SQLITE_ROW)
    return refuse (number, sqlite3_errmsg (sqlite3_db_handle (row)), error);
  if (weft_checksum (weft_checksum (0, entries), records) != expected)
    return refuse (number, _ ("its checksum is wrong"), error);
  return g_steal_pointer (&records);
}

static GBytes *
load_locked (WeftChunkReader *self, guint number, GError **error)
{
  g_autoptr (GError) why = NULL;
  GBytes *records = NULL;

  if (self->get == NULL)
    self->get
        = weft_database_prepare (self->db,
                                 "SELECT checksum, entries, records FROM chunks WHERE number = ?1",
                                 error);
  if (self->get == NULL)
    return NULL;
  sqlite3_bind_int64 (self->get, 1, number);
  if (weft_database_next_row (self->get, &why))
    records = read_row (self->get, number, error);
  else if (why != NULL)
    refuse (number, why->message, error);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("The recording has no chunk %u."),
                 number);
  sqlite3_reset (self->get);
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
