/* record-options.c: reading and checking them. In: words. Out: values, or why not. */
#include "record-options.h"
#include "command.h"
#include "export-format.h"
#include "printable.h"
#include "time-argument.h"
#include <glib/gi18n.h>
#include <string.h>

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, why);
  return FALSE;
}

/* A name that says of the file what it will not be. */
static gboolean
check_ending (const char *out, GError **error)
{
  const WeftExportFormat *meant = weft_export_format_of_name (out);
  g_autofree char *before = NULL;
  g_autofree char *name = NULL;
  g_autofree char *recording = NULL;
  g_autofree char *live = NULL;

  if (meant == NULL)
    return TRUE;
  before = g_strndup (out, (gsize)(strrchr (out, '.') - out));
  name = weft_printable_name (out);
  recording = weft_printable_name (before);
  live = meant->holds & WEFT_EXPORT_EVENTS
             ? g_strdup_printf (_ (" For the events as they come, add --format %s."), meant->id)
             : g_strdup ("");
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               _ ("“%s” would be a recording, whatever its name says (%s). Record to %s.weft, then:"
                  " weftscope export %s.weft -o %s.%s"),
               name, _ (meant->title), recording, recording, name, live);
  return FALSE;
}

static gboolean
find_format (WeftRecordOptions *self, GError **error)
{
  const char *word = self->format_word;

  if (word == NULL && self->out != NULL && !check_ending (self->out, error))
    return FALSE;
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
  return TRUE;
}

/* Numbers that stand alone belong to -p: “-p $(pidof x)” are several words. */
static gboolean
find_pids (WeftRecordOptions *self, char **positional, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) words = NULL;
  g_autoptr (GError) why = NULL;

  for (char **word = positional; *word != NULL; word++)
    if (self->pid_words == NULL || !g_ascii_isdigit (**word))
      {
        g_autofree char *shown = weft_printable_name (*word);

        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                     _ ("“%s” is no option. To record a program, write: record -- %s"), shown,
                     shown);
        return FALSE;
      }
  if (self->pid_words != NULL)
    g_strv_builder_addv (builder, (const char **)self->pid_words);
  g_strv_builder_addv (builder, (const char **)positional);
  words = g_strv_builder_end (builder);
  self->pids = weft_command_parse_pids (words, &why);
  if (why == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

static gboolean
understand (WeftRecordOptions *self, char **positional, GError **error)
{
  if (!find_pids (self, positional, error))
    return FALSE;
  if (self->all && (self->pids != NULL || self->names != NULL))
    return refuse (error, _ ("-a records the whole machine: leave out -p and -n, or -a."));
  if (self->all && self->own)
    return refuse (error, _ ("-a records the whole machine, and --own your own processes alone:"
                             " leave out one of them."));
  if (self->label != NULL && !g_utf8_validate (self->label, -1, NULL))
    return refuse (error, _ ("The label of -e is no text in UTF-8."));
  if (self->duration != NULL && !weft_duration_parse (self->duration, &self->duration_ns, error))
    return FALSE;
  if (self->duration != NULL && self->duration_ns == 0)
    return refuse (error, _ ("-d must be longer than nothing."));
  return find_format (self, error);
}

/* A command's own status may be any, so that what is wrong with us has one to itself. */
static int
get_status (WeftRecordOptions *self, int status)
{
  return self->command != NULL && self->command[0] != NULL && status == WEFT_EXIT_USAGE
             ? WEFT_EXIT_OURS
             : status;
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
    { "name", 'n', 0, G_OPTION_ARG_FILENAME_ARRAY, &self->names,
      N_ ("Follow the processes called so, and what they start"), N_ ("NAME") },
    { "all", 'a', 0, G_OPTION_ARG_NONE, &self->all,
      N_ ("Record the whole machine; so it is when nothing else is named"), NULL },
    { "duration", 'd', 0, G_OPTION_ARG_STRING, &self->duration,
      N_ ("Stop after so many seconds, or 500ms, 2min, 3h, 2d"), N_ ("TIME") },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &self->out,
      N_ ("Record to this file; else to a dated one here"), N_ ("FILE") },
    { "format", 0, 0, G_OPTION_ARG_STRING, &self->format_word,
      N_ ("weft, or a live stream of events as jsonl or csv"), N_ ("F") },
    { "label", 'e', 0, G_OPTION_ARG_FILENAME, &self->label, N_ ("What the recording is of"),
      N_ ("LABEL") },
    { "no-children", 0, 0, G_OPTION_ARG_NONE, &self->no_children,
      N_ ("Do not follow what the processes start"), NULL },
    { "own", 0, 0, G_OPTION_ARG_NONE, &self->own,
      N_ ("Only your own processes; as a rule this takes no password"), NULL },
    { "groups", 0, 0, G_OPTION_ARG_STRING, &self->groups, N_ ("Which events: sched, life"),
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
      *status = get_status (self, *status);
      return FALSE;
    }
  if (self->command != NULL && self->command[0] == NULL)
    refuse (&error, _ ("Name a program behind “--”."));
  if (error == NULL && understand (self, positional, &error))
    return TRUE;
  *status = get_status (self, weft_command_refuse_usage ("record", error));
  return FALSE;
}

void
weft_record_options_clear (WeftRecordOptions *self)
{
  g_strfreev (self->pid_words);
  g_strfreev (self->command);
  g_strfreev (self->names);
  g_free (self->duration);
  g_free (self->out);
  g_free (self->format_word);
  g_free (self->label);
  g_free (self->groups);
  g_clear_pointer (&self->pids, g_array_unref);
}
