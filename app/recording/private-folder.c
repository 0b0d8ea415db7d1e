/* private-folder.c: see the header. */
#include "private-folder.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int
weft_private_folder_open (int parent, const char *name)
{
  int fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat info;

  if (fd < 0)
    return -1;
  if (fstat (fd, &info) == 0 && info.st_uid == geteuid () && (info.st_mode & 022) == 0)
    return fd;
  close (fd);
  errno = EPERM;
  return -1;
}

/* NULL at the end. */
static const char *
next_name (DIR *dir)
{
  struct dirent *entry = NULL;

  while (dir != NULL && (entry = readdir (dir)) != NULL)
    if (entry->d_name[0] != '.' || (entry->d_name[1] != '\0' && entry->d_name[1] != '.'))
      return entry->d_name;
  return NULL;
}

static DIR *
list (int fd)
{
  int copy = openat (fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = copy >= 0 ? fdopendir (copy) : NULL;

  if (dir == NULL && copy >= 0)
    close (copy);
  return dir;
}

guint64
weft_private_folder_measure (int fd)
{
  DIR *dir = list (fd);
  guint64 bytes = 0;
  const char *name;

  while ((name = next_name (dir)) != NULL)
    {
      struct stat info;

      if (fstatat (fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG (info.st_mode))
        bytes += (guint64)info.st_size;
    }
  if (dir != NULL)
    closedir (dir);
  return bytes;
}

void
weft_private_folder_remove (int parent, const char *name, int fd)
{
  DIR *dir = list (fd);
  const char *file;

  while ((file = next_name (dir)) != NULL)
    unlinkat (fd, file, 0);
  if (dir != NULL)
    closedir (dir);
  unlinkat (parent, name, AT_REMOVEDIR);
}

gboolean
weft_private_folder_is_there (int parent, const char *name, int fd)
{
  struct stat mine, there;

  return fstat (fd, &mine) == 0 && fstatat (parent, name, &there, AT_SYMLINK_NOFOLLOW) == 0
         && mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}
