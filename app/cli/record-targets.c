/* record-targets.c: looking processes up in /proc. In: numbers, a name. Out: numbers. */
#include "record-targets.h"
#include "printable.h"
#include "proc-stat.h"
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#define MAX_TARGETS 4096

/* The number of a line such as "Tgid:\t42"; 0 when there is none. */
static guint32
find_status_number (const char *status, const char *key)
{
  const char *line = strstr (status, key);

  return line != NULL ? (guint32)g_ascii_strtoull (line + strlen (key), NULL, 10) : 0;
}

static gboolean
read_stat (const char *folder, const char *task, WeftProcStat *stat)
{
  g_autofree char *path = g_build_filename (folder, task, "stat", NULL);
  g_autofree char *text = NULL;
  gsize length;

  return g_file_get_contents (path, &text, &length, NULL)
         && weft_proc_stat_parse (text, length, stat);
}

static gboolean
has_ended (const WeftProcStat *stat)
{
  return stat->state == 'Z' || stat->state == 'X';
}

/* Its first thread may end long before the others. */
static gboolean
is_alive (const WeftRecordTarget *target)
{
  g_autofree char *pid = g_strdup_printf ("%u", target->tgid);
  g_autofree char *folder = g_build_filename ("/proc", pid, "task", NULL);
  g_autoptr (GDir) tasks = NULL;
  WeftProcStat stat;
  const char *task;

  if (!read_stat ("/proc", pid, &stat) || stat.start_ticks != target->start_ticks)
    return FALSE;
  if (!has_ended (&stat))
    return TRUE;
  tasks = g_dir_open (folder, 0, NULL);
  while (tasks != NULL && (task = g_dir_read_name (tasks)) != NULL)
    if (read_stat (folder, task, &stat) && !has_ended (&stat))
      return TRUE;
  return FALSE;
}

static void
add_once (const WeftRecordTarget *target, GArray *found)
{
  for (guint i = 0; i < found->len; i++)
    if (g_array_index (found, WeftRecordTarget, i).tgid == target->tgid)
      return;
  g_array_append_vals (found, target, 1);
}

/* FALSE when there is no such process or thread. */
static gboolean
look_up (guint32 pid, WeftRecordTarget *target)
{
  g_autofree char *path = g_strdup_printf ("/proc/%u/status", pid);
  g_autofree char *status = NULL;
  g_autofree char *tgid = NULL;
  WeftProcStat stat;

  if (!g_file_get_contents (path, &status, NULL, NULL))
    return FALSE;
  target->tgid = find_status_number (status, "\nTgid:");
  tgid = g_strdup_printf ("%u", target->tgid);
  if (target->tgid == 0 || !read_stat ("/proc", tgid, &stat))
    return FALSE;
  target->start_ticks = stat.start_ticks;
  return TRUE;
}

static gboolean
add_pid (guint32 pid, GArray *found, GError **error)
{
  WeftRecordTarget target;

  if (!look_up (pid, &target))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 _ ("There is no process %u: it may have ended. “ps -e” lists those there are."),
                 pid);
  else if (!is_alive (&target))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 _ ("Process %u has ended; that its parent has not asked for its status is all"
                    " that is left of it."),
                 pid);
  else
    {
      add_once (&target, found);
      return TRUE;
    }
  return FALSE;
}

static gboolean
has_name (const char *pid, const char *name)
{
  g_autofree char *comm_path = g_build_filename ("/proc", pid, "comm", NULL);
  g_autofree char *line_path = g_build_filename ("/proc", pid, "cmdline", NULL);
  g_autofree char *comm = NULL;
  g_autofree char *line = NULL;
  g_autofree char *program = NULL;

  if (g_file_get_contents (comm_path, &comm, NULL, NULL) && strcmp (g_strchomp (comm), name) == 0)
    return TRUE;
  if (!g_file_get_contents (line_path, &line, NULL, NULL) || line[0] == '\0')
    return FALSE;
  program = g_path_get_basename (line); /* the first word ends in a zero byte */
  return strcmp (program, name) == 0;
}

static gboolean
add_named (const char *name, GArray *found, GError **error)
{
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, error);
  g_autofree char *shown = NULL;
  gboolean any = FALSE;
  const char *entry;

  if (proc == NULL)
    return FALSE;
  while ((entry = g_dir_read_name (proc)) != NULL)
    {
      guint32 pid = (guint32)g_ascii_strtoull (entry, NULL, 10);
      WeftRecordTarget target;

      if (pid == 0 || pid == (guint32)getpid () || !has_name (entry, name)
          || !look_up (pid, &target) || !is_alive (&target))
        continue;
      add_once (&target, found);
      any = TRUE;
    }
  if (any)
    return TRUE;
  shown = weft_printable_name (name);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               _ ("No process is called “%s”. Start it first, or record it with “-- %s”."), shown,
               shown);
  return FALSE;
}

GArray *
weft_record_targets_find (GArray *pids, char **names, GError **error)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (WeftRecordTarget));

  for (guint i = 0; pids != NULL && i < pids->len; i++)
    if (!add_pid (g_array_index (pids, guint32, i), found, error))
      return NULL;
  for (; names != NULL && *names != NULL; names++)
    if (!add_named (*names, found, error))
      return NULL;
  if (found->len > MAX_TARGETS)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _ ("%u processes are too many to follow one by one (at most %d): use -a."),
                   found->len, MAX_TARGETS);
      return NULL;
    }
  return g_steal_pointer (&found);
}

GArray *
weft_record_targets_get_tgids (GArray *targets)
{
  GArray *tgids = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < targets->len; i++)
    g_array_append_val (tgids, g_array_index (targets, WeftRecordTarget, i).tgid);
  return tgids;
}

gboolean
weft_record_targets_have_ended (GArray *targets)
{
  for (guint i = 0; i < targets->len; i++)
    if (is_alive (&g_array_index (targets, WeftRecordTarget, i)))
      return FALSE;
  return TRUE;
}
