/* record-options.c: reading and checking them. In: words. Out: values, or why not. */
#include "record-options.h"
#include "command.h"
#include "time-argument.h"
#include <glib/gi18n.h>
#include <string.h>

static char *
make_dated_name (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();

  return g_date_time_format (now, "weftscope-%Y-%m-%d-%H%M%S.weft");
}

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, why);
  return FALSE;
}

/* What is recorded so far; other groups have their place in the format already. */
static gboolean
check_groups (const char *groups, GError **error)
{
  g_auto (GStrv) names = g_strsplit (groups != NULL ? groups : "sched", ",", -1);

  for (guint i = 0; names[i] != NULL; i++)
    if (strcmp (names[i], "sched") != 0)
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                     _ ("This version records one group of events, sched; it cannot record"
                        " “%s”."),
                     names[i]);
        return FALSE;
      }
  return TRUE;
}

static gboolean
find_format (WeftRecordOptions *self, GError **error)
{
  const char *word = self->format_word;

  if (word == NULL || strcmp (word, "weft") == 0)
    self->format = WEFT_RECORD_FILE;
  else if (strcmp (word, "jsonl") == 0)
    self->format = WEFT_RECORD_JSONL;
  else if (strcmp (word, "csv") == 0)
    self->format = WEFT_RECORD_CSV;
  else
    return refuse (error, _ ("--format is weft, jsonl or csv."));
  self->to_stdout = self->out != NULL && strcmp (self->out, "-") == 0;
  if (self->to_stdout && self->format == WEFT_RECORD_FILE)
    return refuse (error, _ ("A recording cannot go to standard output: add --format jsonl."));
  if (self->out == NULL && self->format != WEFT_RECORD_FILE)
    return refuse (error, _ ("Say where to with -o FILE; “-o -” is standard output."));
  if (self->out == NULL)
    self->out = make_dated_name ();
  return TRUE;
}

static gboolean
understand (WeftRecordOptions *self, char **positional, GError **error)
{
  g_autoptr (GError) why = NULL;

  if (positional[0] != NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _ ("“%s” is no option. To record a program, write: record -- %s"), positional[0],
                   positional[0]);
      return FALSE;
    }
  self->pids = weft_command_parse_pids (self->pid_words, &why);
  if (why != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
  if (self->all && (self->pids != NULL || self->name != NULL))
    return refuse (error, _ ("-a records the whole machine: leave out -p and -n, or -a."));
  if (self->duration != NULL && !weft_duration_parse (self->duration, &self->duration_ns, error))
    return FALSE;
  if (self->duration != NULL && self->duration_ns == 0)
    return refuse (error, _ ("-d must be longer than nothing."));
  return check_groups (self->groups, error) && find_format (self, error);
}

/* Takes what stands behind -- away, so that GOption does not see it.
 * Returns: how many words are left */
static int
split_command (WeftRecordOptions *self, int argc, char **argv)
{
  for (int i = 0; i < argc; i++)
    if (strcmp (argv[i], "--") == 0)
      {
        self->command = g_strdupv (argv + i + 1);
        return i;
      }
  return argc;
}

gboolean
weft_record_options_parse (WeftRecordOptions *self, int argc, char **argv, int *status)
{
  const GOptionEntry entries[] = {
    { "pid", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &self->pid_words,
      N_ ("Follow these processes and what they start"), N_ ("PID[,PID…]") },
    { "name", 'n', 0, G_OPTION_ARG_STRING, &self->name, N_ ("Follow the processes called so"),
      N_ ("NAME") },
    { "all", 'a', 0, G_OPTION_ARG_NONE, &self->all,
      N_ ("Record the whole machine; so it is when nothing else is named"), NULL },
    { "duration", 'd', 0, G_OPTION_ARG_STRING, &self->duration,
      N_ ("Stop after so many seconds, or 500ms, 2min"), N_ ("SECONDS") },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &self->out,
      N_ ("Record to this file; else to a dated one here"), N_ ("FILE") },
    { "format", 0, 0, G_OPTION_ARG_STRING, &self->format_word,
      N_ ("weft, or a live stream of events as jsonl or csv"), N_ ("F") },
    { "label", 'e', 0, G_OPTION_ARG_STRING, &self->label, N_ ("What the recording is of"),
      N_ ("LABEL") },
    { "no-children", 0, 0, G_OPTION_ARG_NONE, &self->no_children,
      N_ ("Do not follow what the processes start"), NULL },
    { "own", 0, 0, G_OPTION_ARG_NONE, &self->own,
      N_ ("Only your own processes; as a rule this takes no password"), NULL },
    { "groups", 0, 0, G_OPTION_ARG_STRING, &self->groups, N_ ("Which events: sched"),
      N_ ("GROUPS") },
    { NULL },
  };
  g_auto (GStrv) positional = NULL;
  g_autoptr (GError) error = NULL;
  int n_words = split_command (self, argc, argv);

  if (!weft_command_parse ("record", _ ("[-- COMMAND [ARG…]]"),
                           _ ("Records when threads run, why they wait and who wakes them."
                              " Ctrl+C ends it."),
                           entries, n_words, argv, &positional, status))
    {
      if (self->command != NULL && *status == WEFT_EXIT_USAGE)
        *status = WEFT_EXIT_OURS;
      return FALSE;
    }
  if (self->command != NULL && self->command[0] == NULL)
    refuse (&error, _ ("Name a program behind “--”."));
  if (error == NULL && understand (self, positional, &error))
    return TRUE;
  *status = weft_command_refuse_usage ("record", error);
  if (self->command != NULL)
    *status = WEFT_EXIT_OURS;
  return FALSE;
}

void
weft_record_options_clear (WeftRecordOptions *self)
{
  g_strfreev (self->pid_words);
  g_strfreev (self->command);
  g_free (self->name);
  g_free (self->duration);
  g_free (self->out);
  g_free (self->format_word);
  g_free (self->label);
  g_free (self->groups);
  g_clear_pointer (&self->pids, g_array_unref);
}
