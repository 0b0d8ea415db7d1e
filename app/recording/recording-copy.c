/* recording-copy.c: copies a database and its journal as of one moment. In: files
 * that may be written meanwhile. Out: a folder. */
#include "recording-copy.h"
#include "database.h"
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define COPY_NAME "copy.weft"
/* A recording that is being written stands still long enough sooner or later. */
#define MAX_TRIES 20

/* Changes whenever the file's content does. */
typedef struct
{
  struct timespec changed;
  off_t size;
  char journal_head[32]; /* with the salts: another one when the journal starts anew */
} Moment;

static const char *const journals[] = { "-wal", "-journal" };

static char *
journal_path (const char *path, guint i)
{
  return g_strconcat (path, journals[i], NULL);
}

static gboolean
has_content (const char *path)
{
  struct stat info;

  return g_stat (path, &info) == 0 && info.st_size > 0;
}

gboolean
weft_recording_copy_is_needed (const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (journals); i++)
    {
      g_autofree char *beside = journal_path (path, i);

      if (has_content (beside))
        return TRUE;
    }
  return FALSE;
}

static Moment
look (const char *path)
{
  g_autofree char *wal = journal_path (path, 0);
  g_autoptr (GFile) file = g_file_new_for_path (wal);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, NULL);
  struct stat info = { 0 };
  Moment moment;

  memset (&moment, 0, sizeof moment);
  if (g_stat (path, &info) == 0)
    {
      moment.changed = info.st_mtim;
      moment.size = info.st_size;
    }
  if (stream != NULL)
    g_input_stream_read_all (G_INPUT_STREAM (stream), moment.journal_head,
                             sizeof moment.journal_head, NULL, NULL, NULL);
  return moment;
}

static gboolean
copy_file (const char *from, const char *to, GCancellable *cancellable, GError **error)
{
  g_autoptr (GFile) source = g_file_new_for_path (from);
  g_autoptr (GFile) target = g_file_new_for_path (to);

  return g_file_copy (source, target, G_FILE_COPY_OVERWRITE | G_FILE_COPY_TARGET_DEFAULT_PERMS,
                      cancellable, NULL, NULL, error);
}

static gboolean
copy_all (const char *path, const char *copy, GCancellable *cancellable, GError **error)
{
  if (!copy_file (path, copy, cancellable, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (journals); i++)
    {
      g_autofree char *from = journal_path (path, i);
      g_autofree char *to = journal_path (copy, i);

      if (has_content (from) && !copy_file (from, to, cancellable, error))
        return FALSE;
    }
  return TRUE;
}

/* Once more when the file changed under our hands: the file without what the
 * journal had before it started anew would have holes. */
static gboolean
copy_moment (const char *path, const char *copy, GCancellable *cancellable, GError **error)
{
  for (guint try = 0; try < MAX_TRIES; try++)
    {
      Moment before = look (path);
      Moment after;

      weft_database_remove_leftovers (copy);
      if (!copy_all (path, copy, cancellable, error))
        return FALSE;
      after = look (path);
      if (memcmp (&before, &after, sizeof before) == 0)
        return TRUE;
    }
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                       _ ("It is being written. Open it when that has ended."));
  return FALSE;
}

/* On a disk rather than in memory: a recording may be large. */
static char *
make_folder (GError **error)
{
  g_autofree char *folder = g_strdup ("/var/tmp/weftscope-XXXXXX");

  if (g_getenv ("TMPDIR") == NULL && g_mkdtemp (folder) != NULL)
    return g_steal_pointer (&folder);
  return g_dir_make_tmp ("weftscope-XXXXXX", error);
}

char *
weft_recording_copy (const char *path, char **copy, GCancellable *cancellable, GError **error)
{
  g_autofree char *folder = make_folder (error);
  g_autofree char *target = NULL;

  if (folder == NULL)
    return NULL;
  target = g_build_filename (folder, COPY_NAME, NULL);
  if (!copy_moment (path, target, cancellable, error))
    {
      weft_database_remove_leftovers (target);
      g_unlink (target);
      g_rmdir (folder);
      return NULL;
    }
  *copy = g_steal_pointer (&target);
  return g_steal_pointer (&folder);
}
