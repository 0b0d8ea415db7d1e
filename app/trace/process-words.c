/* process-words.c: see the header. */
#include "process-words.h"
#include "exit-words.h"
#include "thread-track.h"
#include <glib/gi18n.h>
#include <string.h>

#define COMMAND_CHARS 48
/* Less of a CPU is not worth a word. */
#define LEAST_CPUS 0.05

/* "slowfib.py" of "/usr/bin/python3 slowfib.py": what the name does not say yet. */
static char *
shorten_command (const WeftProcess *process)
{
  const char *command = process->command_line;
  g_autofree char *first = NULL, *base = NULL, *whole = NULL, *start = NULL;
  const char *rest;

  if (command == NULL || *command == '\0')
    return NULL;
  first = g_strndup (command, strcspn (command, " "));
  base = g_path_get_basename (first);
  rest = command + strlen (first);
  rest += strspn (rest, " ");
  /* the kernel keeps 15 bytes of a name */
  whole = g_str_has_prefix (base, process->name) ? g_strdup (rest)
                                                 : g_strjoin (" ", base, rest, NULL);
  if (*g_strstrip (whole) == '\0')
    return NULL;
  if (g_utf8_strlen (whole, -1) <= COMMAND_CHARS)
    return g_steal_pointer (&whole);
  start = g_utf8_substring (whole, 0, COMMAND_CHARS - 1);
  return g_strconcat (start, "…", NULL);
}

/* @unknown: of one thread, on average */
static char *
describe_cpus (double cpus, double unknown, guint n_cpus)
{
  return g_strdup_printf (ngettext ("%s%.1f of %u CPU", "%s%.1f of %u CPUs", n_cpus),
                          weft_unknown_is_told (unknown) ? "≥" : "", cpus, n_cpus);
}

char *
weft_process_describe (const WeftProcess *process, guint n_threads, double cpus, double unknown,
                       guint n_cpus, gboolean ended)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  char *command = shorten_command (process);

  if (command != NULL)
    g_ptr_array_add (parts, command);
  g_ptr_array_add (parts, g_strdup_printf ("%u", process->tgid));
  if (n_threads != 1)
    g_ptr_array_add (parts,
                     g_strdup_printf (ngettext ("%u thread", "%u threads", n_threads), n_threads));
  if (n_cpus > 0 && cpus >= LEAST_CPUS)
    g_ptr_array_add (parts, describe_cpus (cpus, unknown / MAX (n_threads, 1), n_cpus));
  if (ended && process->status_known)
    g_ptr_array_add (parts, weft_exit_describe (process->status, NULL));
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (" · ", (char **)parts->pdata);
}
