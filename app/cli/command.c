/* command.c: arguments, messages and opening, the same for all commands. In: words.
 * Out: values, and text on standard error. */
#include "command.h"
#include "option-words.h"
#include "printable.h"
#include "terminal.h"
#include "time-argument.h"
#include "trace-source.h"
#include <errno.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void
weft_command_complain (const GError *error)
{
  weft_terminal_say (error->message);
}

int
weft_command_refuse_usage (const char *command, const GError *error)
{
  weft_command_complain (error);
  g_printerr (_ ("Try “weftscope %s --help”.\n"), command);
  return WEFT_EXIT_USAGE;
}

/* Copies the strings: GOption shuffles what it is given. */
static char **
copy_arguments (const char *command, int argc, char **argv)
{
  GPtrArray *copy = g_ptr_array_new ();

  g_ptr_array_add (copy, g_strconcat ("weftscope ", command, NULL));
  for (int i = 0; i < argc; i++)
    g_ptr_array_add (copy, g_strdup (argv[i]));
  g_ptr_array_add (copy, NULL);
  return (char **)g_ptr_array_free (copy, FALSE);
}

/* “--” ends the options; a name behind it may begin as it likes. */
static char **
take_positional (char **arguments)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  gboolean ended = FALSE;

  for (; *arguments != NULL; arguments++)
    if (!ended && strcmp (*arguments, "--") == 0)
      ended = TRUE;
    else
      g_strv_builder_add (words, *arguments);
  return g_strv_builder_end (words);
}

gboolean
weft_command_parse (const char *command, const char *usage, const char *summary,
                    const GOptionEntry *entries, int argc, char **argv, char ***positional,
                    int *status)
{
  g_autoptr (GOptionContext) context = g_option_context_new (usage);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) arguments = copy_arguments (command, argc, argv);
  gboolean help = FALSE;
  const GOptionEntry help_entry[]
      = { { "help", 'h', 0, G_OPTION_ARG_NONE, &help, N_ ("Show this help"), NULL }, { NULL } };

  g_set_prgname (arguments[0]);
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_add_main_entries (context, help_entry, GETTEXT_PACKAGE);
  if (!g_option_context_parse_strv (context, &arguments, &error)
      || !weft_option_check_values (entries, &error))
    {
      weft_option_explain (entries, argc, argv, error);
      *status = weft_command_refuse_usage (command, error);
      return FALSE;
    }
  if (help)
    {
      g_autofree char *text = g_option_context_get_help (context, TRUE, NULL);

      *status = weft_command_print (text) ? WEFT_EXIT_DONE : WEFT_EXIT_FAILED;
      return FALSE;
    }
  *positional = take_positional (arguments + 1);
  return TRUE;
}

gboolean
weft_command_print (const char *text)
{
  g_autoptr (GError) error = NULL;

  if (fputs (text, stdout) >= 0 && fflush (stdout) == 0)
    return TRUE;
  error = g_error_new (G_IO_ERROR, g_io_error_from_errno (errno),
                       _ ("Standard output cannot be written: %s."), g_strerror (errno));
  weft_command_complain (error);
  return FALSE;
}

static gboolean
add_pid (const char *word, GArray *pids, GError **error)
{
  g_autofree char *shown = NULL;
  guint64 number;
  guint32 pid;

  if (!g_ascii_string_to_unsigned (word, 10, 1, G_MAXINT32, &number, NULL))
    {
      shown = weft_printable_name (word);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _ ("“%s” is no process number."),
                   shown);
      return FALSE;
    }
  pid = (guint32)number;
  g_array_append_val (pids, pid);
  return TRUE;
}

/* "12", or what ps and pidof print: "  12 34\n". */
static gboolean
add_pids (const char *text, GArray *pids, GError **error)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \t\n", -1);
  guint before = pids->len;

  for (char **word = words; *word != NULL; word++)
    if (**word != '\0' && !add_pid (*word, pids, error))
      return FALSE;
  return pids->len > before || add_pid (text, pids, error);
}

GArray *
weft_command_parse_pids (char **words, GError **error)
{
  g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (; words != NULL && *words != NULL; words++)
    {
      g_auto (GStrv) numbers = g_strsplit (*words, ",", -1);

      for (char **each = numbers; *each != NULL; each++)
        if (!add_pids (*each, pids, error))
          return NULL;
    }
  return pids->len > 0 ? g_steal_pointer (&pids) : NULL;
}

gboolean
weft_command_check_pids (WeftTraceStore *store, GArray *tgids, GError **error)
{
  WeftProcessTable *table = weft_trace_store_get_processes (store);

  for (guint i = 0; tgids != NULL && i < tgids->len; i++)
    {
      guint32 tgid = g_array_index (tgids, guint32, i);

      if (weft_process_table_find (table, tgid) != WEFT_NO_ID)
        continue;
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("The recording knows no process %u. “weftscope stat” lists those it knows."),
                   tgid);
      return FALSE;
    }
  return TRUE;
}

static void
show_progress_cb (double fraction, gpointer user_data)
{
  int *shown = user_data;
  int percent = (int)(fraction * 100);
  g_autofree char *line = NULL;

  if (percent == *shown)
    return;
  *shown = percent;
  line = g_strdup_printf (_ ("Opening… %d %%"), percent);
  weft_terminal_show_line ((const char *const[]){ line, NULL });
}

WeftTraceStore *
weft_command_open (const char *path, GError **error)
{
  gboolean terminal = isatty (STDERR_FILENO);
  int shown = 0;
  g_autofree char *warning = NULL;
  WeftTraceStore *store = weft_trace_source_open (path, terminal ? show_progress_cb : NULL, &shown,
                                                  &warning, NULL, error);

  weft_terminal_clear_line ();
  if (warning != NULL)
    weft_terminal_say (warning);
  return store;
}

gboolean
weft_command_parse_range (WeftTraceStore *store, const char *from, const char *to, guint64 *from_ns,
                          guint64 *to_ns, GError **error)
{
  const WeftTraceInfo *info = weft_trace_store_get_info (store);

  *from_ns = *to_ns = 0;
  if (from == NULL && to == NULL)
    return TRUE;
  *from_ns = info->start_ns;
  *to_ns = weft_trace_store_get_edge (store);
  if (from != NULL && !weft_time_parse (from, info->start_ns, info->realtime_ns, from_ns, error))
    return FALSE;
  if (to != NULL && !weft_time_parse (to, info->start_ns, info->realtime_ns, to_ns, error))
    return FALSE;
  if (*from_ns < *to_ns && *from_ns < weft_trace_store_get_edge (store))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                       _ ("The time range is empty: --from must be before --to and before the"
                          " recording's end."));
  return FALSE;
}
