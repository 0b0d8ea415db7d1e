/* output-file.c: see the header. In: a place. Out: a file there, or none.
 *
 * Two Weftscopes see each other by a lock on the file itself, theirs or the one that
 * they will replace; others are noticed because a rename that exchanges both shows
 * what it took away, and is undone when that is not what was there at first. */
#include "output-file.h"
#include "journals.h"
#include "output-place.h"
#include "output-refusal.h"
#include "output-stream.h"
#include "printable.h"
#include "recording-log.h"
#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define MAX_TRIES 100

struct _WeftOutputFile
{
  char *name;   /* as it was asked for */
  char *target; /* the file that this stands for; NULL of a stream */
  char *path;   /* where ours is; NULL when it has no name */
  int fd;       /* ours, locked */
  int old_fd;   /* of the file that is to be replaced, locked; or -1 */
  gboolean replaces;
  struct stat old;     /* as that file was */
  gboolean has_log;    /* it is a database's, whose log lies beside it */
  struct stat old_log; /* as that one was; all zeros when there was none */
  GOutputStream *stream;
  gboolean settled; /* what is there stays */
};

/* --- names --------------------------------------------------------------- */

/* 0, or errno: EEXIST when something is there. */
static int
rename_new (const char *from, const char *to)
{
  if (renameat2 (AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
    return 0;
  if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
    return errno;
  /* A file system of the network, as a rule. */
  if (link (from, to) != 0)
    return errno;
  unlink (from);
  return 0;
}

/* Ours gets this name. 0, or errno. */
static int
move_to (WeftOutputFile *self, const char *to)
{
  int why;

  if (self->path != NULL)
    why = rename_new (self->path, to);
  else
    {
      g_autofree char *from = g_strdup_printf ("/proc/self/fd/%d", self->fd);

      why = linkat (AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
    }
  if (why != 0)
    return why;
  g_free (self->path);
  self->path = g_strdup (to);
  return 0;
}

/* What a database keeps beside its file would be taken for that of the next one there. */
static struct stat
look_at_log (const char *path)
{
  g_autofree char *log = g_strconcat (path, "-wal", NULL);
  struct stat there;

  return lstat (log, &there) == 0 ? there : (struct stat){ 0 };
}

/* To the first name of its kind that is free. 0, or errno. */
static int
move_to_free_name (WeftOutputFile *self, char *(*make_name) (const char *, guint), guint n)
{
  int why = EEXIST;

  for (guint last = n + MAX_TRIES; n < last && why == EEXIST; n++)
    {
      g_autofree char *name = make_name (self->target, n);

      why = weft_journals_are_there (name) ? EEXIST : move_to (self, name);
    }
  return why;
}

static gboolean
is_own (WeftOutputFile *self, const char *path)
{
  struct stat there, own;

  return lstat (path, &there) == 0 && fstat (self->fd, &own) == 0 && there.st_dev == own.st_dev
         && there.st_ino == own.st_ino;
}

static gboolean
is_same (const struct stat *there, const struct stat *before)
{
  return there->st_dev == before->st_dev && there->st_ino == before->st_ino
         && there->st_size == before->st_size && there->st_mtim.tv_sec == before->st_mtim.tv_sec
         && there->st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

/* What lies beside the target is what lay there, and nobody wrote to it. */
static gboolean
is_old_log (WeftOutputFile *self)
{
  struct stat there = look_at_log (self->target);

  return !self->has_log || is_same (&there, &self->old_log);
}

/* The file that is to be replaced, and nobody wrote to it. */
static gboolean
is_old (WeftOutputFile *self, const char *path)
{
  struct stat there;

  return lstat (path, &there) == 0 && is_same (&there, &self->old) && is_old_log (self);
}

/* --- opening ------------------------------------------------------------- */

/* Holds the file that is to be replaced. FALSE when another Weftscope does. */
static gboolean
lock_old (WeftOutputFile *self)
{
  self->old_fd = open (self->target, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (self->old_fd < 0)
    self->old_fd = open (self->target, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  /* Where there are no locks, what the name leads to at the end has to do. */
  return self->old_fd < 0 || flock (self->old_fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

static void
let_old_go (WeftOutputFile *self)
{
  if (self->old_fd >= 0)
    close (self->old_fd);
  self->old_fd = -1;
}

/* Readable by whom the old one is. */
static void
take_over_rights (WeftOutputFile *self)
{
  if (fchown (self->fd, self->old.st_uid, self->old.st_gid) != 0
      && fchown (self->fd, (uid_t)-1, self->old.st_gid) != 0)
    errno = 0; /* ours, then */
  fchmod (self->fd, self->old.st_mode & 0777);
}

/* A file that is gone by itself when we are killed. FALSE where there are none. */
static gboolean
open_unnamed (WeftOutputFile *self, mode_t mode)
{
  g_autofree char *folder = g_path_get_dirname (self->target);

  self->fd = open (folder, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
  return self->fd >= 0;
}

/* FALSE with errno. */
static gboolean
open_partial (WeftOutputFile *self, mode_t mode)
{
  for (guint n = 1; n <= MAX_TRIES; n++)
    {
      g_autofree char *path = weft_output_place_name_partial (self->target, n);

      if (!weft_journals_are_there (path))
        self->fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
      else
        errno = EEXIST; /* left by one that was killed */
      if (self->fd >= 0)
        {
          self->path = g_steal_pointer (&path);
          return TRUE;
        }
      if (errno != EEXIST)
        return FALSE;
    }
  return FALSE;
}

static gboolean
open_own (WeftOutputFile *self, WeftOutputFlags flags, GError **error)
{
  mode_t mode = self->replaces ? 0600 : 0666;
  gboolean named = (flags & (WEFT_OUTPUT_AT_ONCE | WEFT_OUTPUT_NAMED)) != 0;

  if ((named || !open_unnamed (self, mode)) && !open_partial (self, mode))
    return weft_output_place_fail (self->name, errno, error);
  flock (self->fd, LOCK_EX | LOCK_NB);
  if (self->replaces)
    take_over_rights (self);
  return TRUE;
}

static void remove_own (WeftOutputFile *self);

static void
begin_again (WeftOutputFile *self)
{
  let_old_go (self);
  remove_own (self);
  g_clear_pointer (&self->target, g_free);
}

/* @again: the name has changed hands meanwhile. */
static gboolean
open_at (WeftOutputFile *self, WeftOutputPlace *place, WeftOutputFlags flags, gboolean *again,
         GError **error)
{
  int why;

  self->target = g_steal_pointer (&place->path);
  self->replaces = place->exists;
  self->old = place->info;
  self->has_log = (flags & WEFT_OUTPUT_NAMED) != 0;
  self->old_log = look_at_log (self->target);
  if (self->replaces && (flags & WEFT_OUTPUT_NEW) != 0)
    return weft_output_place_fail (self->name, EEXIST, error);
  if (!weft_output_check_name (self->name, self->target,
                               self->replaces && (flags & WEFT_OUTPUT_NAMED) == 0, error))
    return FALSE;
  if (self->replaces && !lock_old (self))
    return weft_output_refuse_busy (self->name, error);
  *again = self->replaces && !is_old (self, self->target);
  if (*again || !open_own (self, flags, error))
    return *again;
  if (self->replaces || (flags & WEFT_OUTPUT_AT_ONCE) == 0)
    return TRUE;
  why = move_to (self, self->target);
  *again = why == EEXIST;
  return why == 0 || *again || weft_output_place_fail (self->name, why, error);
}

static gboolean
open_stream (WeftOutputFile *self, WeftOutputPlace *place, WeftOutputFlags flags, GError **error)
{
  if ((flags & WEFT_OUTPUT_NAMED) != 0)
    return weft_output_refuse_stream (self->name, error);
  self->fd = weft_output_place_open (place, self->name, (flags & WEFT_OUTPUT_NO_WAIT) == 0, error);
  return self->fd >= 0;
}

static gboolean
open_place (WeftOutputFile *self, WeftOutputFlags flags, GError **error)
{
  for (guint i = 0; i < MAX_TRIES; i++)
    {
      WeftOutputPlace place = { .stream_fd = -1 };
      gboolean again = FALSE;

      if (!weft_output_place_find (self->name, &place, error))
        return FALSE;
      if (place.stream)
        {
          gboolean open = open_stream (self, &place, flags, error);

          weft_output_place_clear (&place);
          return open;
        }
      if (!open_at (self, &place, flags, &again, error))
        return FALSE;
      if (!again)
        return TRUE;
      begin_again (self);
    }
  return weft_output_refuse_busy (self->name, error);
}

static gboolean
open_standard_output (WeftOutputFile *self, WeftOutputFlags flags, GError **error)
{
  if ((flags & WEFT_OUTPUT_NAMED) != 0)
    return weft_output_refuse_stream (self->name, error);
  self->fd = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  return self->fd >= 0 || weft_output_place_fail (self->name, errno, error);
}

WeftOutputFile *
weft_output_file_open (const char *path, WeftOutputFlags flags, GError **error)
{
  g_autoptr (WeftOutputFile) self = g_new0 (WeftOutputFile, 1);
  gboolean standard = strcmp (path, "-") == 0;

  self->name = g_strdup (path);
  self->fd = self->old_fd = -1;
  if (!(standard ? open_standard_output (self, flags, error) : open_place (self, flags, error)))
    return NULL;
  self->stream = weft_output_stream_new (self->fd, self->name);
  return g_steal_pointer (&self);
}

/* --- removing ------------------------------------------------------------ */

/* Under a name that nobody else has first: what is removed is ours for certain. */
static void
remove_own (WeftOutputFile *self)
{
  if (self->path != NULL && is_own (self, self->path)
      && (g_strcmp0 (self->path, self->target) != 0
          || move_to_free_name (self, weft_output_place_name_partial, 1) == 0))
    {
      if (is_own (self, self->path))
        unlink (self->path);
      else
        rename_new (self->path, self->target);
    }
  g_clear_pointer (&self->path, g_free);
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

void
weft_output_file_free (WeftOutputFile *self)
{
  if (self == NULL)
    return;
  g_clear_object (&self->stream);
  if (self->target != NULL && !self->settled)
    remove_own (self);
  let_old_go (self);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->name);
  g_free (self->target);
  g_free (self->path);
  g_free (self);
}

/* --- taking -------------------------------------------------------------- */

/* FALSE with our fields as they were. */
static gboolean
link_to (WeftOutputFile *self, const char *from)
{
  int fd = self->fd;
  char *path = g_steal_pointer (&self->path);

  self->fd = open (from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (self->fd >= 0 && move_to_free_name (self, weft_output_place_name_partial, 1) == 0)
    {
      g_free (path);
      return TRUE;
    }
  if (self->fd >= 0)
    close (self->fd);
  self->fd = fd;
  self->path = path;
  return FALSE;
}

gboolean
weft_output_file_take (WeftOutputFile *self, const char *from)
{
  WeftOutputFile before = *self;
  struct stat info;

  before.path = g_strdup (self->path);
  if (fstat (self->fd, &info) != 0 || !link_to (self, from))
    {
      g_free (before.path);
      return FALSE;
    }
  flock (self->fd, LOCK_EX | LOCK_NB);
  if (self->replaces)
    take_over_rights (self);
  else
    fchmod (self->fd, info.st_mode & 0777);
  g_object_unref (self->stream);
  self->stream = weft_output_stream_new (self->fd, self->name);
  remove_own (&before);
  return TRUE;
}

/* --- looking ------------------------------------------------------------- */

GOutputStream *
weft_output_file_get_stream (WeftOutputFile *self)
{
  return self->stream;
}

const char *
weft_output_file_get_path (WeftOutputFile *self)
{
  return self->path;
}

const char *
weft_output_file_get_name (WeftOutputFile *self)
{
  return self->path == NULL || g_strcmp0 (self->path, self->target) == 0 ? self->name : self->path;
}

gboolean
weft_output_file_get_size (WeftOutputFile *self, guint64 *bytes)
{
  struct stat info;

  if (fstat (self->fd, &info) != 0 || !S_ISREG (info.st_mode))
    return FALSE;
  *bytes = (guint64)info.st_size;
  return TRUE;
}

gboolean
weft_output_file_replaces (WeftOutputFile *self)
{
  return self->replaces && self->old.st_size > 0;
}

const char *
weft_output_file_get_target (WeftOutputFile *self)
{
  return self->target;
}

/* --- putting in place ---------------------------------------------------- */

/* Somebody else's is at the name now: ours gets the next one. */
static gboolean
step_aside (WeftOutputFile *self, GError **error)
{
  g_autofree char *name = weft_printable_name (self->name);
  int why = move_to_free_name (self, weft_output_place_name_beside, 2);
  g_autofree char *ours = NULL;

  if (why != 0)
    return weft_output_place_fail (self->name, why, error);
  self->settled = TRUE;
  ours = weft_printable_name (self->path);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
               _ ("“%s” was written by somebody else meanwhile and is left as it is. What was"
                  " written here is in “%s”."),
               name, ours);
  return FALSE;
}

/* The name leads to another file, and ours to nowhere: as long as it is open it is there, and
 * can be copied. What has no name gets none by a link. */
static gboolean
copy_own (WeftOutputFile *self)
{
  g_autoptr (GInputStream) in = g_unix_input_stream_new (self->fd, TRUE);

  lseek (self->fd, 0, SEEK_SET);
  g_clear_pointer (&self->path, g_free);
  if (!open_own (self, WEFT_OUTPUT_NONE, NULL))
    return FALSE;
  g_object_unref (self->stream);
  self->stream = weft_output_stream_new (self->fd, self->name);
  return g_output_stream_splice (self->stream, in, G_OUTPUT_STREAM_SPLICE_NONE, NULL, NULL) >= 0;
}

/* It was put in place when it was opened. */
static gboolean
look_again (WeftOutputFile *self, GError **error)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", self->fd);
  g_autofree char *name = weft_printable_name (self->name);
  g_autofree char *now = g_file_read_link (link, NULL);
  struct stat there;

  if (is_own (self, self->target))
    return TRUE;
  if (now != NULL && is_own (self, now))
    {
      g_free (self->path);
      self->path = g_steal_pointer (&now); /* moved: it is whole there */
      return TRUE;
    }
  if (lstat (self->target, &there) == 0 && copy_own (self))
    return step_aside (self, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               _ ("“%s” was removed or replaced by somebody else while it was written: nothing"
                  " of it is left."),
               name);
  return FALSE;
}

/* Where the old file has gone without its log, the name is not free. */
static gboolean
take_new_name (WeftOutputFile *self, GError **error)
{
  gboolean taken = self->has_log && look_at_log (self->target).st_ino != 0;
  int why = taken ? EEXIST : move_to (self, self->target);

  if (why == EEXIST)
    return step_aside (self, error);
  return why == 0 || weft_output_place_fail (self->name, why, error);
}

/* What lies at the name that it was written under is not ours any more: it stays there. */
static gboolean
regain_name (WeftOutputFile *self, GError **error)
{
  return self->path == NULL || is_own (self, self->path) || copy_own (self)
         || weft_output_place_fail (self->name, errno, error);
}

/* FALSE with errno. What the exchange took away is at our old name. */
static gboolean
exchange (WeftOutputFile *self)
{
  return renameat2 (AT_FDCWD, self->path, AT_FDCWD, self->target, RENAME_EXCHANGE) == 0;
}

static gboolean
replace_old (WeftOutputFile *self, GError **error)
{
  int why = self->path == NULL ? move_to_free_name (self, weft_output_place_name_partial, 1) : 0;
  gboolean left_log;
  struct stat there;

  if (why != 0)
    return weft_output_place_fail (self->name, why, error);
  if (lstat (self->target, &there) != 0)
    return take_new_name (self, error);
  if (!is_old (self, self->target))
    return step_aside (self, error);
  left_log = self->has_log && weft_recording_log_is_own (self->target);
  if (exchange (self))
    {
      if (!is_own (self, self->target))
        return exchange (self) && copy_own (self) && step_aside (self, error);
      if (!is_old (self, self->path))
        return exchange (self) && step_aside (self, error);
      unlink (self->path);
    }
  else if ((errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
           || rename (self->path, self->target) != 0)
    return weft_output_place_fail (self->name, errno, error);
  if (left_log)
    weft_journals_remove_log (self->target);
  g_free (self->path);
  self->path = g_strdup (self->target);
  return TRUE;
}

/* Before another file goes: what a crash of the machine leaves is one of the two. */
static gboolean
reach_disk (WeftOutputFile *self, GError **error)
{
  return fdatasync (self->fd) == 0 || errno == EINVAL || errno == ENOSYS
         || weft_output_place_fail (self->name, errno, error);
}

gboolean
weft_output_file_commit (WeftOutputFile *self, GError **error)
{
  gboolean done;

  if (!g_output_stream_flush (self->stream, NULL, error))
    return FALSE;
  if (self->target == NULL)
    return TRUE;
  if (self->path != NULL && strcmp (self->path, self->target) == 0)
    done = look_again (self, error);
  else if (!regain_name (self, error))
    done = FALSE;
  else if (self->replaces)
    done = reach_disk (self, error) && replace_old (self, error);
  else
    done = take_new_name (self, error);
  self->settled |= done;
  return done;
}

void
weft_output_file_keep (WeftOutputFile *self)
{
  self->settled = TRUE;
}
