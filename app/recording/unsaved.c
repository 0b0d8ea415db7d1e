/* unsaved.c: one folder a trace, in the user's cache. In: the clock. Out: paths.
 * A folder in use is held by a lock on the folder itself, which the kernel drops
 * with its process, so that a trace of a killed app is found and never one that
 * is being written. */
#include "unsaved.h"
#include "printable.h"
#include "private-folder.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRACE_NAME "trace.weft"
#define MAX_TRIES 10

/* path of the folder → its locked descriptor; all of this process */
static GHashTable *locks;
static GMutex locks_lock;

static char *
get_root (void)
{
  return g_build_filename (g_get_user_cache_dir (), "weftscope", "unsaved", NULL);
}

/* Returns: a descriptor, or -1 with errno set: EPERM when the folder is not ours */
static int
open_root (void)
{
  g_autofree char *root = get_root ();
  g_autofree char *parent = g_path_get_dirname (root);
  int parent_fd = weft_private_folder_open (AT_FDCWD, parent);
  int fd = parent_fd >= 0 ? weft_private_folder_open (parent_fd, "unsaved") : -1;
  int why = errno;

  if (parent_fd >= 0)
    close (parent_fd);
  errno = why;
  return fd;
}

/* Returns: the locked folder, or -1 when it is not ours or someone has it */
static int
lock_folder (int root, const char *name)
{
  int fd = weft_private_folder_open (root, name);

  if (fd >= 0
      && (flock (fd, LOCK_EX | LOCK_NB) != 0 || !weft_private_folder_is_there (root, name, fd)))
    {
      close (fd);
      fd = -1;
    }
  return fd;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *)b, *(const char *const *)a);
}

/* Names, the newest first: they begin with the date. */
static GPtrArray *
list_folders (void)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *root = get_root ();
  g_autoptr (GDir) dir = g_dir_open (root, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

static guint64
measure (int root, const char *name)
{
  int fd = weft_private_folder_open (root, name);
  guint64 bytes = 0;

  if (fd < 0)
    return 0;
  bytes = weft_private_folder_measure (fd);
  close (fd);
  return bytes;
}

/* Returns: what it took, or 0 when somebody has it */
static guint64
remove_unused (int root, const char *name)
{
  int fd = lock_folder (root, name);
  guint64 bytes;

  if (fd < 0)
    return 0;
  bytes = weft_private_folder_measure (fd);
  weft_private_folder_remove (root, name, fd);
  close (fd);
  return bytes;
}

void
weft_unsaved_make_room (void)
{
  g_autoptr (GPtrArray) names = list_folders ();
  int root = open_root ();
  guint64 bytes = 0;

  if (root < 0)
    return;
  for (guint i = 0; i < names->len; i++)
    bytes += measure (root, names->pdata[i]);
  for (guint i = names->len; i-- > 0 && bytes > WEFT_UNSAVED_CAP_BYTES;)
    {
      guint64 removed = remove_unused (root, names->pdata[i]);

      bytes -= MIN (bytes, removed);
    }
  close (root);
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

static char *
refuse (int why, GError **error)
{
  g_autofree char *root = get_root ();
  g_autofree char *name = weft_printable_name (root);

  if (why == EPERM)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 _ ("The trace cannot be kept in %s: the folder belongs to somebody else, or others"
                    " may write to it. Start Weftscope as its owner, or set XDG_CACHE_HOME."),
                 name);
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (why),
                 _ ("The trace cannot be kept in %s: %s. Make the folder writable."), name,
                 g_strerror (why));
  return NULL;
}

/* Once more when another Weftscope, which makes room, was faster than our lock. */
static char *
make_folder (int root, int *fd, GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *date = g_date_time_format (now, "%Y-%m-%d-%H%M%S");

  for (guint try = 0; try < MAX_TRIES; try++)
    {
      g_autofree char *name = g_strdup_printf ("%s-%06x", date, g_random_int () & 0xffffff);

      if (mkdirat (root, name, 0700) != 0 && errno != EEXIST)
        return refuse (errno, error);
      *fd = lock_folder (root, name);
      if (*fd >= 0)
        return g_steal_pointer (&name);
    }
  return refuse (EBUSY, error);
}

char *
weft_unsaved_new_path (GError **error)
{
  g_autofree char *root = get_root ();
  g_autofree char *name = NULL;
  g_autofree char *folder = NULL;
  int root_fd, fd = -1;

  if (g_mkdir_with_parents (root, 0700) != 0)
    return refuse (errno, error);
  root_fd = open_root ();
  if (root_fd < 0)
    return refuse (errno, error);
  weft_unsaved_make_room ();
  name = make_folder (root_fd, &fd, error);
  close (root_fd);
  if (name == NULL)
    return NULL;
  folder = g_build_filename (root, name, NULL);
  keep_lock (folder, fd);
  return g_build_filename (folder, TRACE_NAME, NULL);
}

/* Returns: (nullable) (transfer full): the name of a trace's folder in the root */
static char *
name_of (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *parent = g_path_get_dirname (folder);
  g_autofree char *root = get_root ();

  return g_strcmp0 (parent, root) == 0 ? g_path_get_basename (folder) : NULL;
}

gboolean
weft_unsaved_owns (const char *path)
{
  g_autofree char *name = name_of (path);
  int root = name != NULL ? open_root () : -1;
  int fd = root >= 0 ? weft_private_folder_open (root, name) : -1;

  if (root >= 0)
    close (root);
  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

void
weft_unsaved_discard (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = name_of (path);
  int root = name != NULL ? open_root () : -1;
  int fd = root >= 0 ? weft_private_folder_open (root, name) : -1;

  if (fd >= 0)
    {
      weft_private_folder_remove (root, name, fd);
      close (fd);
    }
  if (root >= 0)
    close (root);
  drop_lock (folder);
}

static gboolean
has_trace (int folder)
{
  struct stat info;

  return fstatat (folder, TRACE_NAME, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG (info.st_mode)
         && info.st_uid == geteuid ();
}

gboolean
weft_unsaved_adopt (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = name_of (path);
  int root = name != NULL ? open_root () : -1;
  int fd = root >= 0 ? lock_folder (root, name) : -1;

  if (root >= 0)
    close (root);
  if (fd >= 0 && has_trace (fd))
    {
      keep_lock (folder, fd);
      return TRUE;
    }
  if (fd >= 0)
    close (fd);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                       _ ("This unsaved trace is gone, or another Weftscope has it open. "
                          "Look at its windows."));
  return FALSE;
}

void
weft_unsaved_release (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  drop_lock (folder);
}

GPtrArray *
weft_unsaved_list (void)
{
  g_autoptr (GPtrArray) names = list_folders ();
  g_autofree char *root = get_root ();
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  int root_fd = open_root ();

  for (guint i = 0; root_fd >= 0 && i < names->len; i++)
    {
      int fd = lock_folder (root_fd, names->pdata[i]);

      if (fd < 0)
        continue;
      if (has_trace (fd))
        g_ptr_array_add (paths, g_build_filename (root, names->pdata[i], TRACE_NAME, NULL));
      close (fd);
    }
  if (root_fd >= 0)
    close (root_fd);
  return paths;
}
