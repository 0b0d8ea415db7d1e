/* export-command.c: `weftscope export FILE -o OUT`. In: a recording. Out: a picture
 * or a table. A file appears under its name only when it is whole. */
#include "command.h"
#include "export-format.h"
#include "output-file.h"
#include "output-refusal.h"
#include "printable.h"
#include "terminal.h"
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

/* A size that was not asked for. */
#define NOT_GIVEN G_MININT
#define NO_SCALE -G_MAXDOUBLE

typedef struct
{
  char *out, *view, *format_word, *events, *from, *to, *title;
  char **pids;
  int width, height;
  double scale;
  gboolean dark;

  /* as understood */
  const WeftExportFormat *format;
  GArray *tgids;     /* (nullable) (element-type guint32) */
  GArray *processes; /* (nullable) (element-type guint): their ids, for a picture */
  WeftExportRequest request;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->out);
  g_free (self->view);
  g_free (self->format_word);
  g_free (self->events);
  g_free (self->from);
  g_free (self->to);
  g_free (self->title);
  g_strfreev (self->pids);
  g_clear_pointer (&self->tgids, g_array_unref);
  g_clear_pointer (&self->processes, g_array_unref);
}

/* --- understanding ------------------------------------------------------- */

/* A name that says another format than it holds is a slip, as a rule. */
static void
remark_ending (const Options *self)
{
  const WeftExportFormat *named = weft_export_format_of_name (self->out);
  g_autofree char *name = weft_printable_name (self->out);
  g_autofree char *text = NULL;

  if (named == NULL || named == self->format)
    return;
  text = g_strdup_printf (_ ("“%s” is written as %s, as --format says, and ends like a file of"
                             " %s."),
                          name, self->format->id, named->id);
  weft_terminal_say (text);
}

/* By --format, else by the name's ending. */
static gboolean
find_format (Options *self, GError **error)
{
  g_autofree char *formats = weft_export_format_list (WEFT_EXPORT_ANYTHING, "");
  g_autofree char *endings = weft_export_format_list (WEFT_EXPORT_ANYTHING, ".");

  self->format = self->format_word != NULL ? weft_export_format_find (self->format_word)
                                           : weft_export_format_of_name (self->out);
  if (self->format != NULL)
    return TRUE;
  if (self->format_word != NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 _ ("There is no format “%s”: choose %s."), self->format_word, formats);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 _ ("“%s” does not tell the format: end it in %s, or add --format."), self->out,
                 endings);
  return FALSE;
}

/* "fork,exec" as a set of kinds; 0 for the usual ones. */
static gboolean
find_kinds (const char *words, guint64 *kinds, GError **error)
{
  g_auto (GStrv) names = g_strsplit (words != NULL ? words : "", ",", -1);

  *kinds = 0;
  for (guint i = 0; names[i] != NULL; i++)
    {
      guint64 kind = weft_event_kind_from_name (names[i]);
      g_autofree char *known = NULL;

      if (kind == 0)
        {
          known = weft_event_kinds_list (WEFT_EVENT_KINDS_ALL);
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                       _ ("There are no “%s” events: choose %s, or all."), names[i], known);
          return FALSE;
        }
      *kinds |= kind;
    }
  return TRUE;
}

static gboolean
find_sizes (Options *self, GError **error)
{
  WeftImageOptions *image = &self->request.image;

  if ((self->width != NOT_GIVEN && !weft_image_check_width (self->width, error))
      || (self->height != NOT_GIVEN && !weft_image_check_height (self->height, error))
      || (self->scale != NO_SCALE && !weft_image_check_scale (self->scale, error)))
    return FALSE;
  image->width_px = self->width != NOT_GIVEN ? self->width : 0;
  image->height_px = self->height != NOT_GIVEN ? self->height : 0;
  image->scale = self->scale != NO_SCALE ? self->scale : 0;
  image->dark = self->dark;
  image->title = self->title;
  return TRUE;
}

/* An option that the format has no use for was meant for another. */
static gboolean
check_options_fit (Options *self, GError **error)
{
  gboolean picture = (self->format->holds & WEFT_EXPORT_PICTURE) != 0;
  const struct
  {
    const char *name;
    gboolean given;
  } of_others[] = {
    { "--events", picture && self->events != NULL },
    { "--width", !picture && self->width != NOT_GIVEN },
    { "--height", !picture && self->height != NOT_GIVEN },
    { "--scale", !picture && self->scale != NO_SCALE },
    { "--dark", !picture && self->dark },
    { "--title", !picture && self->title != NULL },
    { "--view", !picture && self->view != NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (of_others); i++)
    if (of_others[i].given)
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                     picture ? _ ("%s is for tables of events, and “%s” is a picture.")
                             : _ ("%s is for pictures, and “%s” is a table of events."),
                     of_others[i].name, self->format->id);
        return FALSE;
      }
  return TRUE;
}

static gboolean
understand (Options *self, char **positional, GError **error)
{
  g_autoptr (GError) why = NULL;
  const char *problem = NULL;

  if (positional[0] == NULL || positional[1] != NULL)
    problem = _ ("Name one recording.");
  else if (self->out == NULL)
    problem = _ ("Say where to with -o OUT; “-” is standard output.");
  else if (self->view != NULL && strcmp (self->view, "lanes") != 0)
    problem = _ ("This version draws one view: lanes.");
  if (problem != NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, problem);
      return FALSE;
    }
  self->tgids = weft_command_parse_pids (self->pids, &why);
  if (why != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
  return find_format (self, error) && check_options_fit (self, error)
         && find_kinds (self->events, &self->request.events.kinds, error)
         && find_sizes (self, error);
}

/* --- writing ------------------------------------------------------------- */

static void
show_progress_cb (double fraction, gpointer user_data)
{
  g_autofree char *line = g_strdup_printf (_ ("Exporting… %d %%"), (int)(fraction * 100));

  weft_terminal_show_line ((const char *const[]){ line, NULL });
}

/* Ids of all processes that had one of the numbers, for the picture. */
static GArray *
find_processes (WeftTraceStore *store, GArray *tgids)
{
  WeftProcessTable *table = weft_trace_store_get_processes (store);
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint id = 0; id < weft_process_table_get_size (table); id++)
    for (guint i = 0; i < tgids->len; i++)
      if (weft_process_table_get (table, id)->tgid == g_array_index (tgids, guint32, i))
        g_array_append_val (ids, id);
  return ids;
}

static gboolean
write_out (Options *self, WeftTraceStore *store, const char *path, GError **error)
{
  gboolean terminal = isatty (STDERR_FILENO), written;
  g_autoptr (WeftOutputFile) out = NULL;

  if (!weft_command_check_pids (store, self->tgids, error)
      || !weft_output_refuse_input (self->out, path, error))
    return FALSE;
  if (self->tgids != NULL)
    self->processes = find_processes (store, self->tgids);
  self->request.image.processes = self->processes;
  self->request.events.tgids = self->tgids;
  out = weft_output_file_open (self->out, WEFT_OUTPUT_NONE, error);
  if (out == NULL)
    return FALSE;
  written = self->format->write (store, &self->request, weft_output_file_get_stream (out),
                                 terminal ? show_progress_cb : NULL, NULL, NULL, error);
  weft_terminal_clear_line ();
  if (!written || !weft_output_file_commit (out, error))
    return FALSE;
  remark_ending (self);
  return TRUE;
}

static int
export_file (Options *self, const char *path)
{
  WeftEventFilter *events = &self->request.events;
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftTraceStore) store = weft_command_open (path, &error);

  if (store == NULL)
    {
      weft_command_complain (error);
      return WEFT_EXIT_FAILED;
    }
  if (!weft_command_parse_range (store, self->from, self->to, &events->from_ns, &events->to_ns,
                                 &error))
    return weft_command_refuse_usage ("export", error);
  self->request.image.from_ns = events->from_ns;
  self->request.image.to_ns = events->to_ns;
  if (write_out (self, store, path, &error))
    return WEFT_EXIT_DONE;
  weft_command_complain (error);
  return WEFT_EXIT_FAILED;
}

static int
check_and_export (Options *self, char **positional)
{
  g_autoptr (GError) error = NULL;

  if (!understand (self, positional, &error))
    return weft_command_refuse_usage ("export", error);
  return export_file (self, positional[0]);
}

int
weft_command_export (int argc, char **argv)
{
  Options options = { .width = NOT_GIVEN, .height = NOT_GIVEN, .scale = NO_SCALE };
  g_autofree char *formats = weft_export_format_list (WEFT_EXPORT_ANYTHING, "");
  g_autofree char *pictures = weft_export_format_list (WEFT_EXPORT_PICTURE, "");
  g_autofree char *tables = weft_export_format_list (WEFT_EXPORT_EVENTS, "");
  g_autofree char *format_help = g_strdup_printf (_ ("%s; else the name's ending tells"), formats);
  g_autofree char *summary
      = g_strdup_printf (_ ("Turns a recording into a picture (%s) or a table of its events (%s)."),
                         pictures, tables);
  g_autofree char *usual = weft_event_kinds_list (WEFT_EVENT_KINDS_DEFAULT);
  g_autofree char *others
      = weft_event_kinds_list (WEFT_EVENT_KINDS_ALL & ~WEFT_EVENT_KINDS_DEFAULT);
  g_autofree char *kinds_help
      = g_strdup_printf (_ ("Only these kinds: %s (those by default), %s, all"), usual, others);
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.out,
      N_ ("Write here; “-” is standard output"), N_ ("OUT") },
    { "format", 0, 0, G_OPTION_ARG_STRING, &options.format_word, format_help, N_ ("F") },
    { "view", 0, 0, G_OPTION_ARG_STRING, &options.view, N_ ("What to draw: lanes"), N_ ("VIEW") },
    { "from", 0, 0, G_OPTION_ARG_STRING, &options.from,
      N_ ("Begin here: 1.5s after the start, an ISO date, or @NANOSECONDS"), N_ ("TIME") },
    { "to", 0, 0, G_OPTION_ARG_STRING, &options.to, N_ ("End here"), N_ ("TIME") },
    { "pid", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &options.pids, N_ ("Only these processes"),
      N_ ("PID[,PID…]") },
    { "events", 0, 0, G_OPTION_ARG_STRING, &options.events, kinds_help, N_ ("KINDS") },
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

  if (weft_command_parse ("export", _ ("FILE -o OUT"), summary, entries, argc, argv, &positional,
                          &status))
    status = check_and_export (&options, positional);
  options_clear (&options);
  return status;
}
