/* output-place.c: follows links one by one, as the kernel does, to see where they end.
 * In: a name. Out: a place. */
#include "output-place.h"
#include "printable.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As many as the kernel follows. */
#define MAX_LINKS 40
#define MAX_NAME_BYTES 255
/* Of ".partial-99", and of what a database adds. */
#define ENDING_BYTES 24

gboolean
weft_output_place_fail (const char *path, int why, GError **error)
{
  g_autofree char *name = weft_printable_name (path);

  if (why == EISDIR)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY,
                 _ ("“%s” is a folder. Name a file in it."), name);
  else if (strcmp (path, "-") == 0)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (why),
                 _ ("Standard output cannot be written: %s."), g_strerror (why));
  else if (why == ENOSPC || why == EDQUOT)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                 _ ("“%s” cannot be written: %s. Make room there, or name another place."), name,
                 g_strerror (why));
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (why), _ ("“%s” cannot be written: %s."),
                 name, g_strerror (why));
  return FALSE;
}

/* Where our own descriptors are listed; it has our number in it. */
static gboolean
is_descriptor (const char *folder)
{
  g_autofree char *own = realpath ("/proc/self/fd", NULL);

  return own != NULL && g_str_equal (folder, own);
}

static gboolean
take_descriptor (const char *number, WeftOutputPlace *place)
{
  guint64 value;
  int fd, flags;

  if (!g_ascii_string_to_unsigned (number, 10, 0, G_MAXINT, &value, NULL))
    {
      errno = EBADF;
      return FALSE;
    }
  fd = (int)value;
  flags = fcntl (fd, F_GETFL);
  if (flags < 0)
    return FALSE;
  if ((flags & O_ACCMODE) == O_RDONLY)
    {
      errno = EBADF;
      return FALSE;
    }
  place->stream_fd = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  place->stream = TRUE;
  return place->stream_fd >= 0;
}

/* What the link at @path says, seen from its folder; NULL when it is none. */
static char *
read_link (const char *folder, const char *path)
{
  g_autofree char *link = g_file_read_link (path, NULL);

  if (link == NULL || g_path_is_absolute (link))
    return g_steal_pointer (&link);
  return g_build_filename (folder, link, NULL);
}

/* Sets path or stream_fd; FALSE with errno. */
static gboolean
follow (const char *path, WeftOutputPlace *place)
{
  g_autofree char *at = g_strdup (path);

  for (guint i = 0; i < MAX_LINKS; i++)
    {
      g_autofree char *parent = g_path_get_dirname (at);
      g_autofree char *folder = realpath (parent, NULL);
      g_autofree char *base = g_path_get_basename (at);
      g_autofree char *next = NULL;

      if (folder == NULL)
        return FALSE;
      if (is_descriptor (folder))
        return take_descriptor (base, place);
      g_free (at);
      at = g_build_filename (folder, base, NULL);
      next = read_link (folder, at);
      if (next == NULL)
        {
          place->path = g_steal_pointer (&at);
          return TRUE;
        }
      g_free (at);
      at = g_steal_pointer (&next);
    }
  errno = ELOOP;
  return FALSE;
}

/* FALSE with errno. */
static gboolean
look (WeftOutputPlace *place)
{
  if (lstat (place->path, &place->info) != 0)
    return errno == ENOENT;
  if (S_ISDIR (place->info.st_mode) || S_ISBLK (place->info.st_mode))
    {
      errno = S_ISDIR (place->info.st_mode) ? EISDIR : ENOTSUP;
      return FALSE;
    }
  if (S_ISREG (place->info.st_mode))
    {
      place->exists = TRUE;
      /* A rename asks the folder only; who protected the file meant it. */
      return faccessat (AT_FDCWD, place->path, W_OK, AT_EACCESS) == 0;
    }
  place->stream = TRUE;
  return TRUE;
}

gboolean
weft_output_place_find (const char *path, WeftOutputPlace *place, GError **error)
{
  WeftOutputPlace found = { .stream_fd = -1 };

  if (*path == '\0')
    return weft_output_place_fail (path, ENOENT, error);
  if (g_str_has_suffix (path, "/"))
    return weft_output_place_fail (path, EISDIR, error);
  if (!follow (path, &found) || (found.path != NULL && !look (&found)))
    {
      int why = errno;

      weft_output_place_clear (&found);
      return weft_output_place_fail (path, why, error);
    }
  *place = found;
  return TRUE;
}

/* The kernel says so of a pipe that nobody reads, and of what has no driver. */
static gboolean
has_no_reader (const WeftOutputPlace *place, int why)
{
  return why == ENXIO && S_ISFIFO (place->info.st_mode);
}

int
weft_output_place_open (WeftOutputPlace *place, const char *path, gboolean wait, GError **error)
{
  g_autofree char *name = weft_printable_name (path);
  int fd = place->stream_fd;

  place->stream_fd = -1;
  if (fd >= 0)
    return fd;
  fd = open (place->path, O_WRONLY | O_NOCTTY | O_CLOEXEC | (wait ? 0 : O_NONBLOCK));
  if (fd < 0 && has_no_reader (place, errno))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, _ ("Nobody reads from “%s” yet."),
                 name);
  else if (fd < 0)
    weft_output_place_fail (path, errno, error);
  else if (!wait)
    fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) & ~O_NONBLOCK);
  return fd;
}

void
weft_output_place_clear (WeftOutputPlace *place)
{
  g_clear_pointer (&place->path, g_free);
  if (place->stream_fd >= 0)
    close (place->stream_fd);
  place->stream_fd = -1;
}

char *
weft_output_place_name_partial (const char *path, guint n)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *number = n > 1 ? g_strdup_printf ("-%u", n) : g_strdup ("");
  g_autofree char *name = NULL;

  if (strlen (base) > MAX_NAME_BYTES - ENDING_BYTES)
    base[MAX_NAME_BYTES - ENDING_BYTES] = '\0';
  name = g_strconcat (base, ".partial", number, NULL);
  return g_build_filename (folder, name, NULL);
}

char *
weft_output_place_name_beside (const char *path, guint n)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  const char *dot = strrchr (base, '.');
  gsize stem = dot != NULL && dot != base ? (gsize)(dot - base) : strlen (base);
  g_autofree char *name = g_strdup_printf ("%.*s-%u%s", (int)stem, base, n, base + stem);

  return g_build_filename (folder, name, NULL);
}
