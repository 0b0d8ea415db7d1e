/* record-targets.c: looking processes up in /proc. In: numbers, a name. Out: numbers. */
#include "record-targets.h"
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
add_pid (guint32 pid, GArray *found, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/%u/status", pid);
  g_autofree char *status = NULL;
  guint32 tgid = 0;

  if (g_file_get_contents (path, &status, NULL, NULL))
    tgid = find_status_number (status, "\nTgid:");
  if (tgid == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("There is no process %u: it may have ended. “ps -e” lists those there are."),
                   pid);
      return FALSE;
    }
  g_array_append_val (found, tgid);
  return TRUE;
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
  guint n_before = found->len;
  const char *entry;

  if (proc == NULL)
    return FALSE;
  while ((entry = g_dir_read_name (proc)) != NULL)
    {
      guint32 pid = (guint32)g_ascii_strtoull (entry, NULL, 10);

      if (pid != 0 && pid != (guint32)getpid () && has_name (entry, name))
        g_array_append_val (found, pid);
    }
  if (found->len > n_before)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               _ ("No process is called “%s”. Start it first, or record it with “-- %s”."), name,
               name);
  return FALSE;
}

GArray *
weft_record_targets_find (GArray *pids, const char *name, GError **error)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; pids != NULL && i < pids->len; i++)
    if (!add_pid (g_array_index (pids, guint32, i), found, error))
      return NULL;
  if (name != NULL && !add_named (name, found, error))
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
