/* cli.c: which command is meant. In: arguments. Out: its exit status. */
#include "cli.h"
#include "command.h"
#include "nearest-word.h"
#include "printable.h"
#include "terminal.h"
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

/* What the window's own library understands. */
static const char *const window_options[] = { "--gapplication-", "--help-" };
static int
find_command (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (word, commands[i].name) == 0)
      return (int)i;
  return -1;
}

static gboolean
is_for_the_window (const char *word)
{
  if (strcmp (word, "--") == 0)
    return TRUE; /* files follow, whatever they are called */
  for (guint i = 0; i < G_N_ELEMENTS (window_options); i++)
    if (g_str_has_prefix (word, window_options[i]))
      return TRUE;
  return g_file_test (word, G_FILE_TEST_EXISTS) || strstr (word, "://") != NULL;
}

gboolean
weft_cli_is_asked (int argc, char **argv)
{
  return argc > 1 && (find_command (argv[1]) >= 0 || !is_for_the_window (argv[1]));
}

static int
print (const char *text)
{
  return weft_command_print (text) ? WEFT_EXIT_DONE : WEFT_EXIT_FAILED;
}

static int
show_help (void)
{
  g_autoptr (GString) text
      = g_string_new (_ ("Usage:\n"
                         "  weftscope                 Open the window\n"
                         "  weftscope FILE            Open the window on a recording\n"
                         "  weftscope COMMAND …       Work without a window\n\nCommands:\n"));

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_string_append_printf (text, "  %-9s %s\n", commands[i].name, _ (commands[i].summary));
  g_string_append_printf (text, "\n%s\n", _ ("“weftscope COMMAND --help” tells more."));
  return print (text->str);
}

/* (nullable) */
static const char *
find_nearest (const char *word)
{
  const char *names[G_N_ELEMENTS (commands) + 1] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    names[i] = commands[i].name;
  return weft_nearest_word (word, names);
}

static int
refuse_word (const char *word)
{
  const char *nearest = find_nearest (word);
  g_autofree char *shown = weft_printable_name (word);
  g_autofree char *text = NULL;

  if (*word == '-')
    text = g_strdup_printf (_ ("There is no option “%s”."), shown);
  else if (nearest != NULL)
    text = g_strdup_printf (_ ("“%s” is neither a command nor a file that is there. Did you mean"
                               " “%s”?"),
                            shown, nearest);
  else
    text = g_strdup_printf (_ ("“%s” is neither a command nor a file that is there."), shown);
  weft_terminal_say (text);
  g_printerr ("%s\n", _ ("Try “weftscope --help”."));
  return WEFT_EXIT_USAGE;
}

static int
help (int argc, char **argv)
{
  gboolean of_all = argc == 0 || strcmp (argv[0], "--help") == 0;
  int command = of_all ? -1 : find_command (argv[0]);
  char *words[] = { g_strdup ("--help"), NULL };
  int status = WEFT_EXIT_DONE;

  if (command >= 0)
    status = commands[command].run (1, words);
  else
    status = of_all ? show_help () : refuse_word (argv[0]);
  g_free (words[0]);
  return status;
}

int
weft_cli_run (int argc, char **argv)
{
  const char *word = argc > 1 ? argv[1] : "--help";
  int command = find_command (word);

  if (command >= 0)
    return commands[command].run (argc - 2, argv + 2);
  if (strcmp (word, "help") == 0)
    return help (argc - 2, argv + 2);
  if (strcmp (word, "--help") == 0 || strcmp (word, "-h") == 0)
    return show_help ();
  if (strcmp (word, "--version") != 0)
    return refuse_word (word);
  return print ("weftscope " WEFT_VERSION "\n");
}
