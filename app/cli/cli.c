/* cli.c: which command is meant. In: arguments. Out: its exit status. */
#include "cli.h"
#include "command.h"
#include <glib/gi18n.h>
#include <string.h>

static const struct
{
  const char *name;
  WeftCommandFunc run;
  const char *summary;
} commands[] = {
  { "record", weft_command_record, N_ ("Record what threads and processes do") },
  { "stat", weft_command_stat, N_ ("Show what every thread of a recording did") },
  { "export", weft_command_export, N_ ("Turn a recording into a picture or a table") },
};

static gboolean
is_option (const char *word, const char *name)
{
  return strcmp (word, name) == 0;
}

gboolean
weft_cli_is_asked (int argc, char **argv)
{
  if (argc < 2)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (argv[1], commands[i].name) == 0)
      return TRUE;
  return is_option (argv[1], "--help") || is_option (argv[1], "-h")
         || is_option (argv[1], "--version");
}

static int
show_help (void)
{
  g_print ("%s", _ ("Usage:\n"
                    "  weftscope                 Open the window\n"
                    "  weftscope FILE            Open the window on a recording\n"
                    "  weftscope COMMAND …       Work without a window\n\nCommands:\n"));
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("  %-9s %s\n", commands[i].name, _ (commands[i].summary));
  g_print ("\n%s\n", _ ("“weftscope COMMAND --help” tells more."));
  return WEFT_EXIT_DONE;
}

int
weft_cli_run (int argc, char **argv)
{
  for (guint i = 0; argc > 1 && i < G_N_ELEMENTS (commands); i++)
    if (strcmp (argv[1], commands[i].name) == 0)
      return commands[i].run (argc - 2, argv + 2);
  if (argc > 1 && is_option (argv[1], "--version"))
    {
      g_print ("weftscope %s\n", WEFT_VERSION);
      return WEFT_EXIT_DONE;
    }
  return show_help ();
}
