/* fuzz-recording.c: no file may harm who opens it. In: libFuzzer's bytes, read as a list
 * of changes to a good recording: of bytes, pages and lengths, of values, of words of
 * the schema, of chunks that get the right checksum, of logs and journals beside it. Out:
 * a crash, a complaint of GLib's, a changed file, or nothing. */
#include "checksum.h"
#include "column.h"
#include "recording-fixture.h"
#include "recording-reader.h"
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);
int LLVMFuzzerInitialize (int *argc, char ***argv);

#define PAGE 4096
#define MAX_CHANGES 8
#define MAX_BYTES 64

static char *folder, *path, *log_path, *journal_path;
static GByteArray *good;

static void
read_good (void)
{
  g_autofree char *text = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, NULL))
    g_error ("the good recording cannot be read");
  good = g_byte_array_new_take ((guint8 *)g_steal_pointer (&text), length);
}

static void
clean_up (void)
{
  g_unlink (path);
  g_unlink (log_path);
  g_unlink (journal_path);
  g_rmdir (folder);
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  g_autoptr (WeftTraceStore) store = NULL;

  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING | G_LOG_FATAL_MASK);
  folder = g_dir_make_tmp ("weft-fuzz-XXXXXX", NULL);
  path = g_build_filename (folder, "a.weft", NULL);
  log_path = g_strconcat (path, "-wal", NULL);
  journal_path = g_strconcat (path, "-journal", NULL);
  store = fixture_record (path, 3000);
  read_good ();
  atexit (clean_up);
  return 0;
}

/* --- changes ------------------------------------------------------------ */

static void
change_bytes (GByteArray *file, WeftColumnReader *in)
{
  gsize at = weft_column_get_varint (in) % file->len;
  gsize length = weft_column_get_byte (in) % MAX_BYTES;

  for (gsize i = at; i < MIN (at + length, file->len); i++)
    file->data[i] = weft_column_get_byte (in);
}

static void
copy_page (GByteArray *file, WeftColumnReader *in)
{
  guint n_pages = file->len / PAGE;
  guint from = weft_column_get_byte (in), to = weft_column_get_byte (in);

  if (n_pages > 0)
    memmove (file->data + to % n_pages * PAGE, file->data + from % n_pages * PAGE, PAGE);
}

static void
change_length (GByteArray *file, WeftColumnReader *in)
{
  guint length = (guint)(weft_column_get_varint (in) % (4 * good->len));
  guint before = file->len;

  g_byte_array_set_size (file, length);
  if (length > before)
    memset (file->data + before, weft_column_get_byte (in), length - before);
}

/* What a person can write with SQL, and what he cannot. */
static const char *const statements[] = {
  "UPDATE session SET start_ns = ?1, end_ns = ?2",
  "UPDATE session SET cpus = ?1, own_only = ?2, finished = ?3",
  "UPDATE session SET host = ?3, label = ?3, kernel = ?3",
  "UPDATE session SET realtime_ns = ?1, boottime_ns = ?2",
  "UPDATE processes SET pid = ?1, parent = ?2",
  "UPDATE processes SET name = ?3, command_line = ?3, uid = ?1",
  "UPDATE processes SET start_ns = ?1, end_ns = ?2 WHERE id % 2",
  "UPDATE processes SET start_boottime_ns = ?1, kernel = ?2",
  "UPDATE OR IGNORE processes SET id = ?1 WHERE id = ?2 % 20",
  "UPDATE OR IGNORE threads SET id = ?1, tid = ?2 WHERE id = ?2 % 20",
  "INSERT INTO marks VALUES (?1, 'user', ?2, 0, ?3)",
  "INSERT OR IGNORE INTO lost VALUES (?1, ?2, ?1, ?2)",
  "UPDATE OR IGNORE chunks SET number = ?1",
  "UPDATE chunks SET first_ns = ?1, last_ns = ?2, n_records = ?3",
  "DELETE FROM chunks WHERE number = ?1",
  "DELETE FROM processes WHERE id = ?1 % 20",
  "UPDATE sqlite_schema SET sql = replace (sql, substr (sql, ?1 % 200, 1 + ?2 % 8), ?3)",
  "UPDATE sqlite_schema SET rootpage = 1 + abs (?1 % 12) WHERE rowid = 1 + abs (?2 % 9)",
  "UPDATE sqlite_schema SET type = ?3 WHERE rowid = 1 + abs (?1 % 9)",
};

static void
bind (sqlite3_stmt *statement, WeftColumnReader *in)
{
  char text[MAX_BYTES];
  gsize length = weft_column_get_byte (in) % MAX_BYTES;

  sqlite3_bind_int64 (statement, 1, weft_unzigzag (weft_column_get_varint (in)));
  sqlite3_bind_int64 (statement, 2, weft_unzigzag (weft_column_get_varint (in)));
  length = MIN (length, (gsize)(in->end - in->at));
  weft_column_get_bytes (in, text, length);
  sqlite3_bind_text (statement, 3, text, (int)length, SQLITE_TRANSIENT);
}

static void
change_values (sqlite3 *db, WeftColumnReader *in)
{
  guint which = weft_column_get_byte (in) % G_N_ELEMENTS (statements);
  sqlite3_stmt *statement = NULL;

  if (sqlite3_prepare_v2 (db, statements[which], -1, &statement, NULL) == SQLITE_OK)
    {
      bind (statement, in);
      sqlite3_step (statement);
    }
  sqlite3_finalize (statement);
}

/* Bytes of a chunk, with the sum that vouches for them. */
static void
change_chunk (sqlite3 *db, WeftColumnReader *in)
{
  sqlite3_stmt *get = NULL, *put = NULL;

  if (sqlite3_prepare_v2 (db, "SELECT records FROM chunks LIMIT 1", -1, &get, NULL) == SQLITE_OK
      && sqlite3_step (get) == SQLITE_ROW
      && sqlite3_prepare_v2 (db, "UPDATE chunks SET records = ?1, checksum = ?2", -1, &put, NULL)
             == SQLITE_OK)
    {
      gsize length = (gsize)sqlite3_column_bytes (get, 0);
      g_autofree guint8 *bytes = g_memdup2 (sqlite3_column_blob (get, 0), length);
      g_autoptr (GBytes) records = NULL;

      for (guint i = weft_column_get_byte (in) % 16; i > 0 && length > 0; i--)
        bytes[weft_column_get_varint (in) % length] = weft_column_get_byte (in);
      records = g_bytes_new (bytes, length);
      sqlite3_bind_blob (put, 1, bytes, (int)length, SQLITE_TRANSIENT);
      sqlite3_bind_int64 (put, 2, (gint64)weft_checksum (0, records));
      sqlite3_step (put);
    }
  sqlite3_finalize (get);
  sqlite3_finalize (put);
}

/* By SQLite, on the file as it is by now. */
static void
change_by_sql (GByteArray *file, WeftColumnReader *in,
               void (*change) (sqlite3 *, WeftColumnReader *))
{
  sqlite3 *db = NULL;
  sqlite3_int64 length = file->len;
  guint8 *bytes = sqlite3_malloc64 (file->len + 65536);
  g_autofree guint8 *result = NULL;

  memcpy (bytes, file->data, file->len);
  if (sqlite3_open (":memory:", &db) == SQLITE_OK
      && sqlite3_deserialize (db, "main", bytes, length, length + 65536,
                              SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE)
             == SQLITE_OK)
    {
      sqlite3_limit (db, SQLITE_LIMIT_LENGTH, 1 << 20);
      sqlite3_exec (db, "PRAGMA writable_schema = ON", NULL, NULL, NULL);
      change (db, in);
      bytes = sqlite3_serialize (db, "main", &length, 0);
      if (bytes != NULL && length > 0)
        {
          g_byte_array_set_size (file, 0);
          g_byte_array_append (file, bytes, (guint)length);
        }
      sqlite3_free (bytes);
    }
  sqlite3_close (db);
}

static void
put_beside (const char *name, WeftColumnReader *in)
{
  gsize length = weft_column_get_varint (in);

  length = MIN (length, (gsize)(in->end - in->at));
  g_file_set_contents (name, (const char *)in->at, (gssize)length, NULL);
  in->at += length;
}

static void
change_file (GByteArray *file, WeftColumnReader *in)
{
  switch (weft_column_get_byte (in) % 8)
    {
    case 0:
      change_length (file, in);
      break;
    case 1:
      copy_page (file, in);
      break;
    case 2:
    case 3:
      change_by_sql (file, in, change_values);
      break;
    case 4:
      change_by_sql (file, in, change_chunk);
      break;
    case 5:
      put_beside (weft_column_get_byte (in) & 1 ? log_path : journal_path, in);
      break;
    default:
      if (file->len > 0)
        change_bytes (file, in);
    }
}

/* --- opening ------------------------------------------------------------ */

/* What a view and an export ask for. */
static void
look_at (WeftTraceStore *store)
{
  WeftTraceTotals totals;

  for (guint i = 0; i < 3; i++)
    weft_trace_store_load_chunk (store, i, NULL);
  weft_trace_store_get_totals (store, &totals);
}

static void
assert_unchanged (GByteArray *file)
{
  g_autofree char *text = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, NULL) || length != file->len
      || memcmp (text, file->data, length) != 0)
    g_error ("opening changed the file");
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  WeftColumnReader in = { data, data + size, FALSE };
  g_autoptr (GByteArray) file = g_byte_array_sized_new (good->len);
  g_autoptr (WeftTraceStore) store = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *warning = NULL;

  g_byte_array_append (file, good->data, good->len);
  for (guint i = 0; i < MAX_CHANGES && in.at < in.end; i++)
    change_file (file, &in);
  if (!g_file_set_contents (path, (const char *)file->data, (gssize)file->len, NULL))
    return 0;
  store = weft_recording_open (path, NULL, NULL, &warning, NULL, &error);
  if ((store == NULL) != (error != NULL))
    g_error ("neither a store nor a reason");
  if (store != NULL)
    look_at (store);
  if (!g_utf8_validate (error != NULL ? error->message : warning != NULL ? warning : "", -1, NULL))
    g_error ("a message is not UTF-8");
  assert_unchanged (file);
  g_unlink (log_path);
  g_unlink (journal_path);
  return 0;
}
