/* unsaved.c: one folder a trace, in the user's cache. In: the clock. Out: paths.
 * A folder in use is held by a lock on the folder itself, which the kernel drops
 * with its process, so that a trace of a killed app is found and never one that
 * is being written. */
#include "unsaved.h"
#include "private-folder.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRACE_NAME "trace.weft"

/* path of the folder → its locked descriptor; all of this process */
static GHashTable *locks;
static GMutex locks_lock;

static char *
get_root (void)
{
  return g_build_filename (g_get_user_cache_dir (), "weftscope", "unsaved", NULL);
}

/* Returns: the locked folder, or -1 when someone has it. */
static int
lock_folder (const char *folder)
{
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      close (fd);
      fd = -1;
    }
  return fd;
}

static guint64
folder_bytes (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint64 bytes = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      struct stat info;

      if (g_lstat (path, &info) == 0)
        bytes += (guint64)info.st_size;
    }
  return bytes;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *)b, *(const char *const *)a);
}

/* Folders, the newest first: their names begin with the date. */
static GPtrArray *
list_folders (void)
{
  GPtrArray *folders = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *root = get_root ();
  g_autoptr (GDir) dir = g_dir_open (root, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (folders, g_build_filename (root, name, NULL));
  g_ptr_array_sort (folders, compare_names);
  return folders;
}

static void
make_room (void)
{
  g_autoptr (GPtrArray) folders = list_folders ();
  guint64 bytes = 0;

  for (guint i = 0; i < folders->len; i++)
    bytes += folder_bytes (folders->pdata[i]);
  for (guint i = folders->len; i-- > 0 && bytes > WEFT_UNSAVED_CAP_BYTES / 2;)
    {
      int fd = lock_folder (folders->pdata[i]);

      if (fd < 0)
        continue;
      bytes -= folder_bytes (folders->pdata[i]);
      weft_private_folder_remove (folders->pdata[i]);
      close (fd);
    }
}

static void
keep_lock (const char *folder, int fd)
{
  g_mutex_lock (&locks_lock);
  if (locks == NULL)
    locks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_insert (locks, g_strdup (folder), GINT_TO_POINTER (fd));
  g_mutex_unlock (&locks_lock);
}

static void
drop_lock (const char *folder)
{
  gpointer fd = GINT_TO_POINTER (-1);

  g_mutex_lock (&locks_lock);
  if (locks != NULL && g_hash_table_lookup_extended (locks, folder, NULL, &fd))
    g_hash_table_remove (locks, folder);
  g_mutex_unlock (&locks_lock);
  if (GPOINTER_TO_INT (fd) >= 0)
    close (GPOINTER_TO_INT (fd));
}

char *
weft_unsaved_new_path (GError **error)
{
  g_autofree char *root = get_root ();
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *date = g_date_time_format (now, "%Y-%m-%d-%H%M%S");
  g_autofree char *name = g_strdup_printf ("%s-XXXXXX", date);
  g_autofree char *folder = g_build_filename (root, name, NULL);
  int fd;

  make_room ();
  if (g_mkdir_with_parents (root, 0700) != 0 || g_mkdtemp (folder) == NULL)
    {
      int why = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (why),
                   _ ("The trace cannot be kept in %s: %s. Make the folder writable."), root,
                   g_strerror (why));
      return NULL;
    }
  fd = lock_folder (folder);
  if (fd >= 0)
    keep_lock (folder, fd);
  return g_build_filename (folder, TRACE_NAME, NULL);
}

gboolean
weft_unsaved_owns (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *parent = g_path_get_dirname (folder);
  g_autofree char *root = get_root ();

  return g_strcmp0 (parent, root) == 0;
}

void
weft_unsaved_discard (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  if (!weft_unsaved_owns (path))
    return;
  weft_private_folder_remove (folder);
  drop_lock (folder);
}

GPtrArray *
weft_unsaved_list (void)
{
  g_autoptr (GPtrArray) folders = list_folders ();
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < folders->len; i++)
    {
      g_autofree char *path = g_build_filename (folders->pdata[i], TRACE_NAME, NULL);
      int fd = lock_folder (folders->pdata[i]);

      if (fd < 0)
        continue;
      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        g_ptr_array_add (paths, g_steal_pointer (&path));
      close (fd);
    }
  return paths;
}
