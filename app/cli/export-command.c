/* export-command.c: `weftscope export FILE -o OUT`. In: a recording. Out: a picture
 * or a table. A file appears under its name only when it is whole. */
#include "command.h"
#include "event-export.h"
#include "export-options.h"
#include <errno.h>
#include <gio/gunixoutputstream.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
options_clear (WeftExportOptions *self)
{
  g_free (self->out);
  g_free (self->view);
  g_free (self->format);
  g_free (self->events);
  g_free (self->from);
  g_free (self->to);
  g_free (self->title);
  g_strfreev (self->pids);
}

static const char *const formats[] = { "csv", "jsonl", "png", "svg", "pdf", NULL };

static gboolean
is_image (const char *format)
{
  return strcmp (format, "csv") != 0 && strcmp (format, "jsonl") != 0;
}

/* By --format, else by the name's ending. (nullable) */
static const char *
find_format (const WeftExportOptions *options, GError **error)
{
  const char *ending = options->format;

  if (ending == NULL && strrchr (options->out, '.') != NULL)
    ending = strrchr (options->out, '.') + 1;
  for (guint i = 0; ending != NULL && formats[i] != NULL; i++)
    if (g_ascii_strcasecmp (formats[i], ending) == 0)
      return formats[i];
  if (options->format != NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 _ ("There is no format “%s”: choose csv, jsonl, png, svg or pdf."),
                 options->format);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 _ ("“%s” does not tell the format: end it in .csv, .jsonl, .png, .svg or .pdf,"
                    " or add --format."),
                 options->out);
  return NULL;
}

/* "fork,exec" as a set of kinds; 0 for the usual ones. */
static gboolean
find_kinds (const char *words, guint *kinds, GError **error)
{
  g_auto (GStrv) names = g_strsplit (words != NULL ? words : "", ",", -1);

  *kinds = 0;
  for (guint i = 0; names[i] != NULL; i++)
    {
      guint kind = weft_event_kind_from_name (names[i]);

      if (kind == 0)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                       _ ("There are no “%s” events: choose fork, exec, exit, switch, wakeup,"
                          " rename, state, lost, suspend, sync or all."),
                       names[i]);
          return FALSE;
        }
      *kinds |= kind;
    }
  return TRUE;
}

static gboolean
check_options (const WeftExportOptions *options, char **positional, GError **error)
{
  const char *problem = NULL;

  if (positional[0] == NULL || positional[1] != NULL)
    problem = _ ("Name one recording.");
  else if (options->out == NULL)
    problem = _ ("Say where to with -o OUT; “-” is standard output.");
  else if (options->view != NULL && strcmp (options->view, "lanes") != 0)
    problem = _ ("This version draws one view: lanes.");
  else if (options->width < 0 || options->height < 0 || options->scale < 0)
    problem = _ ("A picture's size must be positive.");
  if (problem == NULL)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, problem);
  return FALSE;
}

/* Standard output, or a stream that replaces the file when it is closed. */
static GOutputStream *
open_out (const char *path, GError **error)
{
  g_autoptr (GFile) file = NULL;
  GFileOutputStream *stream;

  if (strcmp (path, "-") == 0)
    return g_unix_output_stream_new (STDOUT_FILENO, FALSE);
  file = g_file_new_for_path (path);
  stream = g_file_replace (file, NULL, FALSE, G_FILE_CREATE_NONE, NULL, error);
  if (stream == NULL)
    g_prefix_error (error, _ ("“%s” cannot be written: "), path);
  return (GOutputStream *)stream;
}

static void
show_progress_cb (double fraction, gpointer user_data)
{
  g_autofree char *line = g_strdup_printf (_ ("Exporting… %d %%"), (int)(fraction * 100));

  weft_command_show_line (line);
}

static gboolean
write_out (WeftTraceStore *store, const WeftExportOptions *options, const char *format,
           const WeftEventFilter *filter, GOutputStream *out, GError **error)
{
  gboolean terminal = isatty (STDERR_FILENO);
  g_autoptr (GCancellable) discard = g_cancellable_new ();
  gboolean written;

  if (is_image (format))
    written = weft_command_export_image (store, options, format, filter, out, error);
  else
    written
        = weft_event_export (store,
                             strcmp (format, "csv") == 0 ? WEFT_EVENT_FORMAT_CSV
                                                         : WEFT_EVENT_FORMAT_JSONL,
                             filter, out, terminal ? show_progress_cb : NULL, NULL, NULL, error);
  weft_command_clear_line ();
  if (written)
    return g_output_stream_close (out, NULL, error);
  /* Closing a replacement that was cancelled leaves the old file alone. */
  g_cancellable_cancel (discard);
  g_output_stream_close (out, discard, NULL);
  return FALSE;
}

/* Returns: the exit status */
static int export(const WeftExportOptions *options, const char *path, const char *format,
                  WeftEventFilter *filter)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftTraceStore) store = weft_command_open (path, &error);
  g_autoptr (GOutputStream) out = NULL;

  if (store == NULL)
    {
      weft_command_complain (error);
      return WEFT_EXIT_FAILED;
    }
  if (!weft_command_parse_range (store, options->from, options->to, &filter->from_ns,
                                 &filter->to_ns, &error))
    return weft_command_refuse_usage ("export", error);
  out = open_out (options->out, &error);
  if (out != NULL && write_out (store, options, format, filter, out, &error))
    return WEFT_EXIT_DONE;
  weft_command_complain (error);
  return WEFT_EXIT_FAILED;
}

static int
check_and_export (const WeftExportOptions *options, char **positional)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) tgids = weft_command_parse_pids (options->pids, &error);
  WeftEventFilter filter = { .tgids = tgids };
  const char *format = NULL;

  if (error == NULL && check_options (options, positional, &error)
      && find_kinds (options->events, &filter.kinds, &error))
    format = find_format (options, &error);
  if (error != NULL)
    return weft_command_refuse_usage ("export", error);
  return export(options, positional[0], format, &filter);
}

int
weft_command_export (int argc, char **argv)
{
  WeftExportOptions options = { NULL };
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.out,
      N_ ("Write here; “-” is standard output"), N_ ("OUT") },
    { "format", 0, 0, G_OPTION_ARG_STRING, &options.format,
      N_ ("csv, jsonl, png, svg or pdf; else the name's ending tells"), N_ ("F") },
    { "view", 0, 0, G_OPTION_ARG_STRING, &options.view, N_ ("What to draw: lanes"), N_ ("VIEW") },
    { "from", 0, 0, G_OPTION_ARG_STRING, &options.from,
      N_ ("Begin here: 1.5s after the start, or an ISO date"), N_ ("TIME") },
    { "to", 0, 0, G_OPTION_ARG_STRING, &options.to, N_ ("End here"), N_ ("TIME") },
    { "pid", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &options.pids, N_ ("Only these processes"),
      N_ ("PID[,PID…]") },
    { "events", 0, 0, G_OPTION_ARG_STRING, &options.events,
      N_ ("Only these kinds: fork,exec,exit,switch,wakeup (those by default), rename, state,"
          " lost, suspend, sync, all"),
      N_ ("KINDS") },
    { "width", 0, 0, G_OPTION_ARG_INT, &options.width, N_ ("Width of the picture"), N_ ("PX") },
    { "height", 0, 0, G_OPTION_ARG_INT, &options.height,
      N_ ("Height of the picture; else as many lanes as there are"), N_ ("PX") },
    { "scale", 0, 0, G_OPTION_ARG_DOUBLE, &options.scale,
      N_ ("Pixels of the file for each pixel of the size"), N_ ("N") },
    { "dark", 0, 0, G_OPTION_ARG_NONE, &options.dark, N_ ("Dark colours"), NULL },
    { "title", 0, 0, G_OPTION_ARG_STRING, &options.title, N_ ("Above the picture"), N_ ("TEXT") },
    { NULL },
  };
  g_auto (GStrv) positional = NULL;
  int status;

  if (weft_command_parse ("export", _ ("FILE -o OUT"),
                          _ ("Turns a recording into a picture (png, svg, pdf) or a table of its"
                             " events (csv, jsonl)."),
                          entries, argc, argv, &positional, &status))
    status = check_and_export (&options, positional);
  options_clear (&options);
  return status;
}
