/* journals.c: tells SQLite's files by their first bytes. In: paths. Out: verdicts, and names
 * that are free. */
#include "journals.h"
#include "printable.h"
#include "recording-log.h"
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC_BYTES 4

typedef struct
{
  const char *ending;
  guint8 magic[MAGIC_BYTES]; /* SQLite's file format, 3, 4.1 and 4.4 */
  guint8 last_bits;          /* of the magic, which may be either way */
  gboolean holds_nothing;    /* SQLite makes it anew */
} Kind;

/* The index is written in the machine's own order. */
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
#define INDEX_MAGIC                                                                                \
  {                                                                                                \
    0x18, 0xe2, 0x2d, 0x00                                                                         \
  }
#else
#define INDEX_MAGIC                                                                                \
  {                                                                                                \
    0x00, 0x2d, 0xe2, 0x18                                                                         \
  }
#endif

enum
{
  LOG,
  INDEX,
  ROLLBACK
};

static const Kind kinds[WEFT_N_JOURNALS] = {
  [LOG] = { "-wal", { 0x37, 0x7f, 0x06, 0x82 }, 1, FALSE },
  [INDEX] = { "-shm", INDEX_MAGIC, 0, TRUE },
  [ROLLBACK] = { "-journal", { 0xd9, 0xd5, 0x05, 0xf9 }, 0, FALSE },
};

static gboolean
read_head (const char *path, guint8 head[MAGIC_BYTES])
{
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  gboolean whole = fd >= 0 && read (fd, head, MAGIC_BYTES) == MAGIC_BYTES;

  if (fd >= 0)
    close (fd);
  return whole;
}

static gboolean
has_magic (const Kind *kind, const guint8 head[MAGIC_BYTES])
{
  return memcmp (head, kind->magic, MAGIC_BYTES - 1) == 0
         && (head[MAGIC_BYTES - 1] & (guint8)~kind->last_bits) == kind->magic[MAGIC_BYTES - 1];
}

/* An index that was not begun yet is zeros. */
static gboolean
begins_like_one (const Kind *kind, const char *path)
{
  static const guint8 zeros[MAGIC_BYTES] = { 0 };
  guint8 head[MAGIC_BYTES];

  return read_head (path, head)
         && (has_magic (kind, head)
             || (kind->holds_nothing && memcmp (head, zeros, sizeof head) == 0));
}

gboolean
weft_journals_recognise (const char *path)
{
  guint8 head[MAGIC_BYTES];

  if (!read_head (path, head))
    return FALSE;
  for (guint i = 0; i < WEFT_N_JOURNALS; i++)
    if (has_magic (&kinds[i], head))
      return TRUE;
  return FALSE;
}

char *
weft_journals_find_owner (const char *path)
{
  for (guint i = 0; i < WEFT_N_JOURNALS; i++)
    if (g_str_has_suffix (path, kinds[i].ending))
      {
        g_autofree char *owner = g_strndup (path, strlen (path) - strlen (kinds[i].ending));

        if (weft_recording_files_recognise (owner))
          return g_steal_pointer (&owner);
      }
  return NULL;
}

/* What is empty may be SQLite's, and is of no loss. */
static gboolean
is_sqlites (const Kind *kind, const char *path, const struct stat *info)
{
  return S_ISREG (info->st_mode) && (info->st_size == 0 || begins_like_one (kind, path));
}

static gboolean
refuse (const char *path, GError **error)
{
  g_autofree char *name = weft_printable_name (path);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
               _ ("“%s” is there already, and would be lost: recording needs that name for"
                  " itself. Choose another name, or move it elsewhere first."),
               name);
  return FALSE;
}

static gboolean
look_beside (const char *path, guint kind, struct stat *info)
{
  g_autofree char *beside = g_strconcat (path, kinds[kind].ending, NULL);

  return g_lstat (beside, info) == 0;
}

void
weft_journals_look (const char *path, WeftJournals *seen)
{
  struct stat info;

  *seen = (WeftJournals){ 0 };
  if (g_stat (path, &info) == 0)
    {
      seen->database.device = info.st_dev;
      seen->database.inode = info.st_ino;
    }
  for (guint i = 0; i < WEFT_N_JOURNALS; i++)
    if (look_beside (path, i, &info))
      {
        seen->beside[i].device = info.st_dev;
        seen->beside[i].inode = info.st_ino;
      }
}

static gboolean
is_that (const struct stat *info, guint64 device, guint64 inode)
{
  return info->st_dev == device && info->st_ino == inode;
}

gboolean
weft_journals_is_that_database (const char *path, const WeftJournals *seen)
{
  struct stat info;

  return g_stat (path, &info) == 0 && is_that (&info, seen->database.device, seen->database.inode);
}

gboolean
weft_journals_are_those (const char *path, const WeftJournals *seen)
{
  struct stat info;

  return weft_journals_is_that_database (path, seen) && look_beside (path, LOG, &info)
         && is_that (&info, seen->beside[LOG].device, seen->beside[LOG].inode);
}

void
weft_journals_remove_those (const char *path, const WeftJournals *seen, gboolean all)
{
  gboolean log_stays = FALSE;

  for (guint i = 0; i < WEFT_N_JOURNALS; i++)
    {
      g_autofree char *beside = g_strconcat (path, kinds[i].ending, NULL);
      struct stat info;

      if (g_lstat (beside, &info) != 0
          || !is_that (&info, seen->beside[i].device, seen->beside[i].inode))
        continue;
      log_stays |= i == LOG && info.st_size > 0 && !all;
      if (!log_stays)
        g_unlink (beside);
    }
}

gboolean
weft_journals_may_roll_back (const char *path)
{
  struct stat info;

  return !look_beside (path, ROLLBACK, &info);
}

gboolean
weft_journals_are_there (const char *path)
{
  struct stat info;

  for (guint i = 0; i < WEFT_N_JOURNALS; i++)
    if (look_beside (path, i, &info))
      return TRUE;
  return FALSE;
}

gboolean
weft_journals_check_new (const char *path, GError **error)
{
  for (guint i = 0; i < WEFT_N_JOURNALS; i++)
    {
      g_autofree char *beside = g_strconcat (path, kinds[i].ending, NULL);
      struct stat info;

      if (g_lstat (beside, &info) == 0
          && !(kinds[i].holds_nothing && info.st_size > 0 && is_sqlites (&kinds[i], beside, &info)))
        return refuse (beside, error);
    }
  return TRUE;
}

gboolean
weft_journals_check_replaced (const char *path, GError **error)
{
  for (guint i = 0; i < WEFT_N_JOURNALS; i++)
    {
      g_autofree char *beside = g_strconcat (path, kinds[i].ending, NULL);
      struct stat info;
      gboolean others;

      if (g_lstat (beside, &info) != 0)
        continue;
      others = i == LOG && info.st_size > 0 && !weft_recording_log_is_own (path);
      if (others || !is_sqlites (&kinds[i], beside, &info))
        return refuse (beside, error);
    }
  return TRUE;
}

static void
remove_kinds (const char *path, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *beside = g_strconcat (path, kinds[i].ending, NULL);
      struct stat info;

      if (g_lstat (beside, &info) == 0 && is_sqlites (&kinds[i], beside, &info))
        g_unlink (beside);
    }
}

void
weft_journals_remove_log (const char *path)
{
  remove_kinds (path, ROLLBACK);
}

void
weft_journals_remove (const char *path)
{
  remove_kinds (path, WEFT_N_JOURNALS);
}
