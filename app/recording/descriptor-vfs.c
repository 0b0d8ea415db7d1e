/* descriptor-vfs.c: a VFS without a file system. In: reads of a database and of its
 * log. Out: bytes; everything else that SQLite asks a system for is refused, or is
 * said not to be there. A stranger's file is only read by it: SQLite deletes what a
 * hot journal calls its super-journal, wherever that is. */
#include "descriptor-vfs.h"
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VFS_NAME "weft-descriptors"

typedef struct
{
  sqlite3_file base;
  int fd;                  /* -1: a log that is not there, which reads as empty */
  int wal_fd;              /* of a database: kept for its log until it is closed */
  sqlite3_int64 told_size; /* of a database: by itself */
} File;

static int
close_cb (sqlite3_file *base)
{
  File *file = (File *)base;

  if (file->fd >= 0)
    close (file->fd);
  if (file->wal_fd >= 0)
    close (file->wal_fd);
  file->fd = file->wal_fd = -1;
  return SQLITE_OK;
}

static int
read_cb (sqlite3_file *base, void *bytes, int length, sqlite3_int64 offset)
{
  File *file = (File *)base;
  int done = 0;

  while (file->fd >= 0 && done < length)
    {
      gssize n = pread (file->fd, (char *)bytes + done, (gsize)(length - done), offset + done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return SQLITE_IOERR_READ;
      if (n == 0)
        break;
      done += (int)n;
    }
  memset ((char *)bytes + done, 0, (gsize)(length - done));
  return done == length ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int
write_cb (sqlite3_file *base, const void *bytes, int length, sqlite3_int64 offset)
{
  return SQLITE_READONLY;
}

static int
truncate_cb (sqlite3_file *base, sqlite3_int64 size)
{
  return SQLITE_READONLY;
}

static int
sync_cb (sqlite3_file *base, int flags)
{
  return SQLITE_OK;
}

static guint32
get_big_endian (const guint8 *bytes)
{
  return (guint32)bytes[0] << 24 | (guint32)bytes[1] << 16 | (guint32)bytes[2] << 8 | bytes[3];
}

/* How long the database says it is, 0 when it does not (SQLite's file format, 1.3). */
static sqlite3_int64
told_size (int fd)
{
  guint8 head[100];
  guint page_bytes;

  if (pread (fd, head, sizeof head, 0) != sizeof head
      || get_big_endian (head + 24) != get_big_endian (head + 92))
    return 0;
  page_bytes = (guint)head[16] << 8 | head[17];
  return (sqlite3_int64)get_big_endian (head + 28) * (page_bytes == 1 ? 65536 : page_bytes);
}

/* What was cut off reads as zeros: it is damage to what was there, and all else can still
 * be read. SQLite would refuse the whole of a file that is shorter than it says. */
static int
file_size_cb (sqlite3_file *base, sqlite3_int64 *size)
{
  File *file = (File *)base;
  struct stat info = { 0 };

  if (file->fd >= 0 && fstat (file->fd, &info) != 0)
    return SQLITE_IOERR_FSTAT;
  *size = MAX (info.st_size, file->told_size);
  return SQLITE_OK;
}

/* Nobody else is asked, so nobody else is in the way. */
static int
lock_cb (sqlite3_file *base, int lock)
{
  return SQLITE_OK;
}

static int
check_reserved_lock_cb (sqlite3_file *base, int *held)
{
  *held = 0;
  return SQLITE_OK;
}

static int
file_control_cb (sqlite3_file *base, int what, void *argument)
{
  return SQLITE_NOTFOUND;
}

static int
sector_size_cb (sqlite3_file *base)
{
  return 4096;
}

static int
device_characteristics_cb (sqlite3_file *base)
{
  return 0;
}

/* Version 1: no shared memory, no mapping. */
static const sqlite3_io_methods methods = {
  .iVersion = 1,
  .xClose = close_cb,
  .xRead = read_cb,
  .xWrite = write_cb,
  .xTruncate = truncate_cb,
  .xSync = sync_cb,
  .xFileSize = file_size_cb,
  .xLock = lock_cb,
  .xUnlock = lock_cb,
  .xCheckReservedLock = check_reserved_lock_cb,
  .xFileControl = file_control_cb,
  .xSectorSize = sector_size_cb,
  .xDeviceCharacteristics = device_characteristics_cb,
};

static int
get_descriptor (const char *name, const char *which)
{
  return name != NULL ? (int)sqlite3_uri_int64 (name, which, -1) : -1;
}

static int
open_cb (sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *flags_out)
{
  File *file = (File *)base;

  memset (file, 0, sizeof *file);
  file->fd = file->wal_fd = -1;
  if (flags & SQLITE_OPEN_MAIN_DB)
    {
      file->fd = get_descriptor (name, "fd");
      file->wal_fd = get_descriptor (name, "wal");
      if (file->fd < 0)
        return SQLITE_CANTOPEN;
      file->told_size = told_size (file->fd);
    }
  else if (flags & SQLITE_OPEN_WAL)
    {
      int wal_fd = get_descriptor (name, "wal");

      if (wal_fd >= 0 && (file->fd = fcntl (wal_fd, F_DUPFD_CLOEXEC, 0)) < 0)
        return SQLITE_CANTOPEN;
    }
  else
    return SQLITE_CANTOPEN; /* journals, super-journals, what does not fit into memory */
  file->base.pMethods = &methods;
  if (flags_out != NULL)
    *flags_out = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
  return SQLITE_OK;
}

static int
delete_cb (sqlite3_vfs *vfs, const char *name, int sync)
{
  return SQLITE_IOERR_DELETE;
}

static int
access_cb (sqlite3_vfs *vfs, const char *name, int flags, int *result)
{
  *result = flags == SQLITE_ACCESS_EXISTS && g_str_has_suffix (name, "-wal")
            && get_descriptor (name, "wal") >= 0;
  return SQLITE_OK;
}

static int
full_pathname_cb (sqlite3_vfs *vfs, const char *name, int size, char *out)
{
  return g_strlcpy (out, name, (gsize)size) < (gsize)size ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int
randomness_cb (sqlite3_vfs *vfs, int size, char *out)
{
  sqlite3_vfs *system = vfs->pAppData;

  return system->xRandomness (system, size, out);
}

static int
sleep_cb (sqlite3_vfs *vfs, int microseconds)
{
  sqlite3_vfs *system = vfs->pAppData;

  return system->xSleep (system, microseconds);
}

static int
current_time_cb (sqlite3_vfs *vfs, double *julian_day)
{
  sqlite3_vfs *system = vfs->pAppData;

  return system->xCurrentTime (system, julian_day);
}

static int
get_last_error_cb (sqlite3_vfs *vfs, int size, char *out)
{
  return errno;
}

const char *
weft_descriptor_vfs_get_name (void)
{
  static gsize registered = 0;
  static sqlite3_vfs vfs = {
    .iVersion = 1,
    .szOsFile = sizeof (File),
    .mxPathname = 512,
    .zName = VFS_NAME,
    .xOpen = open_cb,
    .xDelete = delete_cb,
    .xAccess = access_cb,
    .xFullPathname = full_pathname_cb,
    .xRandomness = randomness_cb,
    .xSleep = sleep_cb,
    .xCurrentTime = current_time_cb,
    .xGetLastError = get_last_error_cb,
  };

  if (g_once_init_enter (&registered))
    {
      vfs.pAppData = sqlite3_vfs_find (NULL);
      sqlite3_vfs_register (&vfs, 0);
      g_once_init_leave (&registered, 1);
    }
  return VFS_NAME;
}

char *
weft_descriptor_vfs_describe (int fd, int wal_fd)
{
  return g_strdup_printf ("file:/recording?fd=%d&wal=%d", fd, wal_fd);
}
