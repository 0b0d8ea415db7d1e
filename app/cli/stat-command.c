/* stat-command.c: `weftscope stat FILE`. In: a recording. Out: figures on standard
 * output. */
#include "command.h"
#include "stat.h"
#include <glib/gi18n.h>

typedef struct
{
  gboolean json;
  char *from, *to;
  char **pids;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->from);
  g_free (self->to);
  g_strfreev (self->pids);
}

static int
show (const Options *options, GArray *tgids, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftTraceStore) store = weft_command_open (path, &error);
  WeftStatOptions stat = { .tgids = tgids };
  g_autofree char *text = NULL;

  if (store == NULL)
    {
      weft_command_complain (error);
      return WEFT_EXIT_FAILED;
    }
  if (!weft_command_parse_range (store, options->from, options->to, &stat.from_ns, &stat.to_ns,
                                 &error))
    return weft_command_refuse_usage ("stat", error);
  text = options->json ? weft_stat_to_json (store, &stat, NULL, &error)
                       : weft_stat_to_table (store, &stat, NULL, &error);
  if (text == NULL)
    {
      weft_command_complain (error);
      return WEFT_EXIT_FAILED;
    }
  return weft_command_print (text) ? WEFT_EXIT_DONE : WEFT_EXIT_FAILED;
}

static int
check_and_show (const Options *options, char **positional)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) tgids = weft_command_parse_pids (options->pids, &error);

  if (error == NULL && (positional[0] == NULL || positional[1] != NULL))
    g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                         _ ("Name one recording."));
  if (error != NULL)
    return weft_command_refuse_usage ("stat", error);
  return show (options, tgids, positional[0]);
}

int
weft_command_stat (int argc, char **argv)
{
  Options options = { FALSE };
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, N_ ("Print JSON, a stable format"), NULL },
    { "from", 0, 0, G_OPTION_ARG_STRING, &options.from,
      N_ ("Begin here: 1.5s after the start, or an ISO date"), N_ ("TIME") },
    { "to", 0, 0, G_OPTION_ARG_STRING, &options.to, N_ ("End here"), N_ ("TIME") },
    { "pid", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &options.pids, N_ ("Only these processes"),
      N_ ("PID[,PID…]") },
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
