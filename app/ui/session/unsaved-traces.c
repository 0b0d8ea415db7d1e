/* unsaved-traces.c: see the header. */
#include "unsaved-traces.h"
#include "recording/recording.h"
#include "recording/unsaved.h"
#include <glib/gstdio.h>
#include <sys/stat.h>

static void
trace_clear (gpointer data)
{
  g_free (((WeftUnsavedTrace *)data)->path);
}

/* When the folder was made: its name begins with the date, which a person may have
 * changed; the folder's birth is not told everywhere, the file's last change is. */
static gint64
read_date (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (folder);
  g_autoptr (GDateTime) date = NULL;
  int year, month, day, hour, minute, second;

  if (sscanf (name, "%4d-%2d-%2d-%2d%2d%2d", &year, &month, &day, &hour, &minute, &second) == 6)
    date = g_date_time_new_local (year, month, day, hour, minute, second);
  return date != NULL ? g_date_time_to_unix (date) : 0;
}

static void
look_at (const char *path, WeftUnsavedTrace *trace)
{
  static const char *const parts[] = { "", "-wal" };
  gint64 written_s = 0;

  trace->path = g_strdup (path);
  trace->begun_s = read_date (path);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *part = g_strconcat (path, parts[i], NULL);
      struct stat info;

      if (g_stat (part, &info) != 0)
        continue;
      trace->bytes += (guint64)info.st_size;
      if (info.st_size > 0)
        written_s = MAX (written_s, (gint64)info.st_mtime);
    }
  if (trace->begun_s == 0)
    trace->begun_s = written_s;
  trace->span_ns = (guint64)MAX (written_s - trace->begun_s, 0) * 1000000000;
}

/* Its writer was gone before there was anything. Not when somebody has it by now. */
static void
remove_empty (const char *path)
{
  g_autoptr (WeftRecording) recording = weft_recording_adopt (path, NULL);

  if (recording != NULL)
    weft_recording_discard (recording);
}

static void
list (GTask *task, gpointer source, gpointer unused, GCancellable *cancellable)
{
  g_autoptr (GPtrArray) paths = weft_unsaved_list ();
  GArray *traces = g_array_new (FALSE, TRUE, sizeof (WeftUnsavedTrace));

  g_array_set_clear_func (traces, trace_clear);
  for (guint i = 0; i < paths->len; i++)
    {
      WeftUnsavedTrace trace = { 0 };

      if (weft_recording_file_is_empty (paths->pdata[i]))
        {
          remove_empty (paths->pdata[i]);
          continue;
        }
      look_at (paths->pdata[i], &trace);
      g_array_append_val (traces, trace);
    }
  g_task_return_pointer (task, traces, (GDestroyNotify)g_array_unref);
}

void
weft_unsaved_traces_list_async (GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_run_in_thread (task, list);
}

GArray *
weft_unsaved_traces_list_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

typedef struct
{
  char *path;
  char *to; /* NULL: away with it */
} Order;

static void
order_free (gpointer data)
{
  Order *order = data;

  g_free (order->path);
  g_free (order->to);
  g_free (order);
}

static void
carry_out (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Order *order = data;
  GError *error = NULL;
  g_autoptr (WeftRecording) recording = weft_recording_adopt (order->path, &error);

  if (recording != NULL && order->to == NULL)
    weft_recording_discard (recording);
  if (recording == NULL
      || (order->to != NULL && !weft_recording_save_as (recording, order->to, NULL, &error)))
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
give_order (const char *path, const char *to, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Order *order = g_new0 (Order, 1);

  order->path = g_strdup (path);
  order->to = g_strdup (to);
  g_task_set_task_data (task, order, order_free);
  g_task_run_in_thread (task, carry_out);
}

void
weft_unsaved_traces_save_async (const char *path, const char *to, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  give_order (path, to, callback, user_data);
}

void
weft_unsaved_traces_discard_async (const char *path, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  give_order (path, NULL, callback, user_data);
}

gboolean
weft_unsaved_traces_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
