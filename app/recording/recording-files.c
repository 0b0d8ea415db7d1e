/* recording-files.c: opens, looks, and copies where somebody writes. In: paths and
 * what is there. Out: descriptors. */
#include "recording-files.h"
#include "printable.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Up to and with the application's id. */
#define HEAD_BYTES 72
/* SQLite's file format: by what version it may be written and read. */
#define VERSIONS_OFFSET 18
#define VERSION_WITHOUT_LOG 1
/* SQLite locks 512 bytes from here; the byte behind them is ours. */
#define SQLITE_LOCKS 0x40000000
#define OUR_LOCK (SQLITE_LOCKS + 512)
/* A log is emptied every second. One of this much, and of so many times the file,
 * is not that of a recording. */
#define MIN_LOG_CAP (G_GUINT64_CONSTANT (256) << 20)
#define LOG_TIMES 4
/* A recording that is being written stands still long enough sooner or later. */
#define MAX_TRIES 20
/* The kernel's clock of changes is this coarse at most. */
#define CLOCK_GRAIN_US 20000
#define COPY_BYTES (1 << 20)

/* Changes whenever the content does. */
typedef struct
{
  struct timespec changed;
  off_t size;
  ino_t log;
  char log_head[32]; /* with the salts: another one when the log starts anew */
} Moment;

static void
clear_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static gboolean
fail (const char *path, int why, GError **error)
{
  g_autofree char *name = weft_printable_name (path);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (why),
               _ ("The recording “%s” cannot be opened: %s."), name, g_strerror (why));
  return FALSE;
}

static gboolean
refuse (const char *path, GError **error)
{
  g_autofree char *name = weft_printable_name (path);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("“%s” is not a Weftscope recording."),
               name);
  return FALSE;
}

/* Returns: -1 with errno set when it is no ordinary file (ENODEV) or cannot be read */
static int
open_ordinary (const char *path, struct stat *info)
{
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

  if (fd < 0)
    return -1;
  if (fstat (fd, info) == 0 && S_ISREG (info->st_mode))
    return fd;
  close (fd);
  errno = ENODEV;
  return -1;
}

gboolean
weft_recording_files_recognise_head (const guint8 *head, gsize size)
{
  return size >= HEAD_BYTES && memcmp (head, "SQLite format 3", 16) == 0
         && memcmp (head + 68, "WEFT", 4) == 0;
}

static gboolean
begins_like_one (int fd)
{
  guint8 head[HEAD_BYTES];
  gssize n_read = pread (fd, head, sizeof head, 0);

  return n_read > 0 && weft_recording_files_recognise_head (head, (gsize)n_read);
}

gboolean
weft_recording_files_recognise (const char *path)
{
  g_autofree char *real = realpath (path, NULL);
  struct stat info;
  int fd = real != NULL ? open_ordinary (real, &info) : -1;
  gboolean recognised = fd >= 0 && begins_like_one (fd);

  clear_fd (&fd);
  return recognised;
}

/* --- who writes --------------------------------------------------------- */

static gboolean
is_locked (int fd, off_t start, off_t length)
{
  struct flock lock
      = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = length };

  return fcntl (fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

int
weft_recording_files_lock (const char *path)
{
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = OUR_LOCK, .l_len = 1 };
  int fd = open (path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

  if (fd >= 0 && fcntl (fd, F_OFD_SETLK, &lock) != 0)
    clear_fd (&fd);
  return fd;
}

gboolean
weft_recording_files_is_locked (const char *path)
{
  struct stat info;
  int fd = open_ordinary (path, &info);
  gboolean locked = fd >= 0 && is_locked (fd, OUR_LOCK, 1);

  clear_fd (&fd);
  return locked;
}

/* --- copies ------------------------------------------------------------- */

/* A file without a name, on a disk rather than in memory: a recording may be large. */
static int
open_nameless (GError **error)
{
  const char *folder = g_getenv ("TMPDIR") != NULL ? g_get_tmp_dir () : "/var/tmp";
  g_autofree char *path = NULL;
  int fd = open (folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  int why;

  if (fd >= 0)
    return fd;
  path = g_build_filename (folder, "weftscope-XXXXXX", NULL);
  fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
  why = errno;
  if (fd >= 0)
    g_unlink (path);
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (why),
                 _ ("no copy can be kept in %s: %s"), folder, g_strerror (why));
  return fd;
}

static gboolean
write_all (int fd, const char *bytes, gsize length)
{
  while (length > 0)
    {
      gssize n = write (fd, bytes, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      bytes += n;
      length -= (gsize)n;
    }
  return TRUE;
}

/* @most: what grows meanwhile is not run after for ever */
static gboolean
copy_bytes (int from, int to, guint64 most, GCancellable *cancellable, GError **error)
{
  g_autofree char *buffer = g_malloc (COPY_BYTES);
  guint64 done = 0;

  if (ftruncate (to, 0) != 0 || lseek (to, 0, SEEK_SET) != 0)
    most = 0;
  while (done < most)
    {
      gssize n = pread (from, buffer, MIN (COPY_BYTES, most - done), (off_t)done);

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 || !write_all (to, buffer, (gsize)n))
        {
          int why = errno;

          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (why),
                       _ ("it cannot be copied: %s"), g_strerror (why));
          return FALSE;
        }
      if (n == 0)
        break;
      done += (guint64)n;
    }
  return TRUE;
}

static Moment
look (int fd, int wal_fd)
{
  struct stat info = { 0 };
  Moment moment;
  gint64 age_us;

  memset (&moment, 0, sizeof moment);
  if (fstat (fd, &info) == 0)
    {
      moment.changed = info.st_mtim;
      moment.size = info.st_size;
    }
  /* A change within the grain of the clock is not told from the one before. */
  age_us = g_get_real_time () - (gint64)info.st_mtim.tv_sec * G_USEC_PER_SEC
           - info.st_mtim.tv_nsec / 1000;
  if (age_us >= 0 && age_us < CLOCK_GRAIN_US)
    g_usleep (CLOCK_GRAIN_US);
  if (wal_fd >= 0 && fstat (wal_fd, &info) == 0)
    moment.log = info.st_ino;
  if (wal_fd >= 0 && pread (wal_fd, moment.log_head, sizeof moment.log_head, 0) < 0)
    moment.log_head[0] = 0;
  return moment;
}

/* --- opening ------------------------------------------------------------ */

/* A file that was closed well says that it has no log: what lies beside it was left by
 * another one that had its name. */
static gboolean
has_log (int fd)
{
  guint8 versions[2];

  return pread (fd, versions, sizeof versions, VERSIONS_OFFSET) != sizeof versions
         || versions[0] != VERSION_WITHOUT_LOG || versions[1] != VERSION_WITHOUT_LOG;
}

/* What is no ordinary file is none of a recording's. */
static gboolean
open_log (const char *real, guint64 file_bytes, WeftRecordingFiles *files, GError **error)
{
  g_autofree char *path = g_strconcat (real, "-wal", NULL);
  struct stat info = { 0 };

  clear_fd (&files->wal_fd);
  files->bytes = file_bytes;
  files->empty_log = FALSE;
  files->needs_log = has_log (files->fd);
  if (!files->needs_log)
    return TRUE;
  files->wal_fd = open_ordinary (path, &info);
  if (files->wal_fd < 0)
    return errno == ENOENT || errno == ELOOP || errno == ENODEV || errno == ENXIO
           || fail (path, errno, error);
  files->empty_log = info.st_size == 0;
  if (files->empty_log)
    clear_fd (&files->wal_fd);
  if ((guint64)info.st_size > MAX (MIN_LOG_CAP, file_bytes * LOG_TIMES))
    {
      g_autofree char *name = weft_printable_name (path);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("“%s” is too large to belong to the recording beside it. Move it elsewhere to"
                      " open the recording without it."),
                   name);
      return FALSE;
    }
  files->bytes += (guint64)info.st_size;
  return TRUE;
}

/* Once more when the file changed under our hands: the file without what the log
 * had before it started anew would have holes. */
static gboolean
copy_moment (const char *real, WeftRecordingFiles *files, int copies[2], GCancellable *cancellable,
             GError **error)
{
  for (guint try = 0; try < MAX_TRIES; try++)
    {
      struct stat info = { 0 }, log = { 0 };
      Moment before, after;

      if (fstat (files->fd, &info) != 0 || !open_log (real, (guint64)info.st_size, files, error))
        return FALSE;
      before = look (files->fd, files->wal_fd);
      if (!copy_bytes (files->fd, copies[0], (guint64)before.size, cancellable, error))
        return FALSE;
      if (files->wal_fd >= 0
          && (fstat (files->wal_fd, &log) != 0
              || !copy_bytes (files->wal_fd, copies[1], (guint64)log.st_size, cancellable, error)))
        return FALSE;
      after = look (files->fd, files->wal_fd);
      if (memcmp (&before, &after, sizeof before) == 0)
        return TRUE;
    }
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                       _ ("it changes all the time. Open it when that has ended."));
  return FALSE;
}

/* Puts copies in the place of files that somebody writes. */
static gboolean
copy_files (const char *real, WeftRecordingFiles *files, GCancellable *cancellable, GError **error)
{
  g_autofree char *name = weft_printable_name (real);
  int copies[2] = { -1, -1 };
  gboolean copied;

  copies[0] = open_nameless (error);
  if (copies[0] >= 0)
    copies[1] = open_nameless (error);
  copied = copies[1] >= 0 && copy_moment (real, files, copies, cancellable, error);
  if (!copied)
    {
      g_prefix_error (error, _ ("The recording “%s” is being written: "), name);
      clear_fd (&copies[0]);
      clear_fd (&copies[1]);
      return FALSE;
    }
  clear_fd (&files->fd);
  files->fd = copies[0];
  if (files->wal_fd < 0)
    clear_fd (&copies[1]);
  clear_fd (&files->wal_fd);
  files->wal_fd = copies[1];
  return TRUE;
}

static gboolean
open_both (const char *path, const char *real, WeftRecordingFiles *files, GCancellable *cancellable,
           GError **error)
{
  struct stat info;

  files->fd = open_ordinary (real, &info);
  if (files->fd < 0)
    return errno == ENODEV ? refuse (path, error) : fail (path, errno, error);
  if (!begins_like_one (files->fd))
    return refuse (path, error);
  files->being_written = is_locked (files->fd, OUR_LOCK, 1);
  if (!open_log (real, (guint64)info.st_size, files, error))
    return FALSE;
  /* SQLite's own locks: an older Weftscope's, or a person's who looks with sqlite3. */
  if (files->being_written || is_locked (files->fd, SQLITE_LOCKS, OUR_LOCK - SQLITE_LOCKS))
    return copy_files (real, files, cancellable, error);
  return TRUE;
}

gboolean
weft_recording_files_open (const char *path, WeftRecordingFiles *files, GCancellable *cancellable,
                           GError **error)
{
  WeftRecordingFiles opened = { .fd = -1, .wal_fd = -1 };
  g_autofree char *real = realpath (path, NULL);

  if (real == NULL)
    return fail (path, errno, error);
  if (open_both (path, real, &opened, cancellable, error))
    {
      *files = opened;
      return TRUE;
    }
  clear_fd (&opened.fd);
  clear_fd (&opened.wal_fd);
  return FALSE;
}
