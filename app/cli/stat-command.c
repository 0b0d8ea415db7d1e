/* stat-command.c: `weftscope stat FILE`. In: a recording. Out: figures on standard
 * output. */
#include "command.h"
#include "stat.h"
#include "terminal.h"
#include <glib/gi18n.h>
#include <unistd.h>

typedef struct
{
  gboolean json, all;
  char *from, *to, *sort;
  char **pids;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->from);
  g_free (self->to);
  g_free (self->sort);
  g_strfreev (self->pids);
}

/* As wide as the terminal; what goes into a file or a pipe has the usual width. */
static guint
find_width (void)
{
  int width = weft_terminal_get_width (STDOUT_FILENO);

  return width > 0 ? (guint)width : 80;
}

static int
show (const Options *options, GArray *tgids, WeftStatColumn sort, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftTraceStore) store = weft_command_open (path, &error);
  WeftStatOptions stat
      = { .tgids = tgids, .width = find_width (), .sort = sort, .all = options->all };
  g_autofree char *text = NULL;

  if (store == NULL)
    {
      weft_command_complain (error);
      return WEFT_EXIT_FAILED;
    }
  if (!weft_command_parse_range (store, options->from, options->to, &stat.from_ns, &stat.to_ns,
                                 &error))
    return weft_command_refuse_usage ("stat", error);
  if (!weft_command_check_pids (store, tgids, &error))
    {
      weft_command_complain (error);
      return WEFT_EXIT_FAILED;
    }
  text = options->json ? weft_stat_to_json (store, &stat, NULL, &error)
                       : weft_stat_to_table (store, &stat, NULL, &error);
  if (text == NULL)
    {
      weft_command_complain (error);
      return WEFT_EXIT_FAILED;
    }
  return weft_command_print (text) ? WEFT_EXIT_DONE : WEFT_EXIT_FAILED;
}

static void
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, why);
}

static void
find_sort (const Options *options, WeftStatColumn *sort, GError **error)
{
  g_autofree char *columns = weft_stat_column_list ();

  *sort = WEFT_STAT_RUNNING;
  if (options->sort != NULL && !weft_stat_column_find (options->sort, sort))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 _ ("There is no column “%s”: sort by one of %s."), options->sort, columns);
}

static int
check_and_show (const Options *options, char **positional)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) tgids = weft_command_parse_pids (options->pids, &error);
  WeftStatColumn sort;

  if (error == NULL)
    find_sort (options, &sort, &error);
  if (error == NULL && (positional[0] == NULL || positional[1] != NULL))
    refuse (&error, _ ("Name one recording."));
  if (error == NULL && options->json && (options->sort != NULL || options->all))
    refuse (&error, _ ("--json tells all threads, in the order of their birth: leave out --sort "
                       "and --all."));
  if (error != NULL)
    return weft_command_refuse_usage ("stat", error);
  return show (options, tgids, sort, positional[0]);
}

int
weft_command_stat (int argc, char **argv)
{
  Options options = { FALSE };
  g_autofree char *columns = weft_stat_column_list ();
  g_autofree char *sort_help = g_strdup_printf (_ ("Sort by one of %s; else by running"), columns);
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, N_ ("Print JSON, a stable format"), NULL },
    { "from", 0, 0, G_OPTION_ARG_STRING, &options.from,
      N_ ("Begin here: 1.5s after the start, an ISO date, or @NANOSECONDS"), N_ ("TIME") },
    { "to", 0, 0, G_OPTION_ARG_STRING, &options.to, N_ ("End here"), N_ ("TIME") },
    { "pid", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &options.pids, N_ ("Only these processes"),
      N_ ("PID[,PID…]") },
    { "sort", 0, 0, G_OPTION_ARG_STRING, &options.sort, sort_help, N_ ("COLUMN") },
    { "all", 0, 0, G_OPTION_ARG_NONE, &options.all,
      N_ ("Show every thread, also those that did nothing"), NULL },
    { NULL },
  };
  g_auto (GStrv) positional = NULL;
  int status;

  if (weft_command_parse ("stat", _ ("FILE"),
                          _ ("Shows how long every thread ran, and what it waited for."), entries,
                          argc, argv, &positional, &status))
    status = check_and_show (&options, positional);
  options_clear (&options);
  return status;
}
