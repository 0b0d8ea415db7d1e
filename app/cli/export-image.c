/* export-image.c: the picture. In: a store and options. Out: png, svg or pdf. */
#include "export-options.h"
#include "image.h"
#include <glib/gi18n.h>

/* Ids of the processes that had one of the numbers, for the picture. */
static GArray *
find_processes (WeftTraceStore *store, GArray *tgids, GError **error)
{
  WeftProcessTable *table = weft_trace_store_get_processes (store);
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < tgids->len; i++)
    {
      guint32 tgid = g_array_index (tgids, guint32, i);
      guint n_before = ids->len;

      for (guint id = 0; id < weft_process_table_get_size (table); id++)
        if (weft_process_table_get (table, id)->tgid == tgid)
          g_array_append_val (ids, id);
      if (ids->len > n_before)
        continue;
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("The recording knows no process %u."), tgid);
      g_array_unref (ids);
      return NULL;
    }
  return ids;
}

gboolean
weft_command_export_image (WeftTraceStore *store, const WeftExportOptions *options,
                           const char *format, const WeftEventFilter *filter, GOutputStream *out,
                           GError **error)
{
  g_autoptr (GArray) processes = NULL;
  WeftImageOptions image = { .width_px = options->width,
                             .height_px = options->height,
                             .scale = options->scale,
                             .dark = options->dark,
                             .from_ns = filter->from_ns,
                             .to_ns = filter->to_ns,
                             .title = options->title,
                             .format = format };

  if (filter->tgids != NULL)
    {
      processes = find_processes (store, filter->tgids, error);
      if (processes == NULL)
        return FALSE;
      image.processes = processes;
    }
  return weft_image_export (store, &image, out, NULL, error);
}
