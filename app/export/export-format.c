/* export-format.c: the table, and looking up in it. In: words. Out: rows. */
#include "export-format.h"
#include <glib/gi18n.h>
#include <string.h>

static gboolean
write_image (WeftTraceStore *store, const WeftExportRequest *request, WeftImageFormat format,
             GOutputStream *out, GCancellable *cancellable, GError **error)
{
  WeftImageOptions options = request->image;

  options.format = format;
  return weft_image_export (store, &options, out, cancellable, error);
}

static gboolean
write_png (WeftTraceStore *store, const WeftExportRequest *request, GOutputStream *out,
           WeftEventProgress progress, gpointer user_data, GCancellable *cancellable,
           GError **error)
{
  return write_image (store, request, WEFT_IMAGE_PNG, out, cancellable, error);
}

static gboolean
write_svg (WeftTraceStore *store, const WeftExportRequest *request, GOutputStream *out,
           WeftEventProgress progress, gpointer user_data, GCancellable *cancellable,
           GError **error)
{
  return write_image (store, request, WEFT_IMAGE_SVG, out, cancellable, error);
}

static gboolean
write_pdf (WeftTraceStore *store, const WeftExportRequest *request, GOutputStream *out,
           WeftEventProgress progress, gpointer user_data, GCancellable *cancellable,
           GError **error)
{
  return write_image (store, request, WEFT_IMAGE_PDF, out, cancellable, error);
}

static gboolean
write_csv (WeftTraceStore *store, const WeftExportRequest *request, GOutputStream *out,
           WeftEventProgress progress, gpointer user_data, GCancellable *cancellable,
           GError **error)
{
  return weft_event_export (store, WEFT_EVENT_FORMAT_CSV, &request->events, out, progress,
                            user_data, cancellable, error);
}

static gboolean
write_jsonl (WeftTraceStore *store, const WeftExportRequest *request, GOutputStream *out,
             WeftEventProgress progress, gpointer user_data, GCancellable *cancellable,
             GError **error)
{
  return weft_event_export (store, WEFT_EVENT_FORMAT_JSONL, &request->events, out, progress,
                            user_data, cancellable, error);
}

static const WeftExportFormat formats[] = {
  { .id = "png",
    .title = N_ ("PNG picture"),
    .extensions = { "png" },
    .holds = WEFT_EXPORT_PICTURE,
    .write = write_png },
  { .id = "svg",
    .title = N_ ("SVG picture"),
    .extensions = { "svg" },
    .holds = WEFT_EXPORT_PICTURE,
    .write = write_svg },
  { .id = "pdf",
    .title = N_ ("PDF picture"),
    .extensions = { "pdf" },
    .holds = WEFT_EXPORT_PICTURE,
    .write = write_pdf },
  { .id = "csv",
    .title = N_ ("CSV events"),
    .extensions = { "csv" },
    .holds = WEFT_EXPORT_EVENTS,
    .events = WEFT_EVENT_FORMAT_CSV,
    .write = write_csv },
  { .id = "jsonl",
    .title = N_ ("JSON lines events"),
    .extensions = { "jsonl", "ndjson" },
    .holds = WEFT_EXPORT_EVENTS,
    .events = WEFT_EVENT_FORMAT_JSONL,
    .write = write_jsonl },
};

const WeftExportFormat *
weft_export_format_get (guint i)
{
  return i < G_N_ELEMENTS (formats) ? &formats[i] : NULL;
}

const WeftExportFormat *
weft_export_format_find (const char *id)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_ascii_strcasecmp (formats[i].id, id) == 0)
      return &formats[i];
  return NULL;
}

const WeftExportFormat *
weft_export_format_of_name (const char *name)
{
  const char *point = strrchr (name, '.');

  for (guint i = 0; point != NULL && i < G_N_ELEMENTS (formats); i++)
    for (guint e = 0; formats[i].extensions[e] != NULL; e++)
      if (g_ascii_strcasecmp (formats[i].extensions[e], point + 1) == 0)
        return &formats[i];
  return NULL;
}

char *
weft_export_format_list (WeftExportContent holds, const char *before)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *others = NULL;
  char *last;

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (formats[i].holds & holds)
      g_ptr_array_add (words, g_strconcat (before, formats[i].id, NULL));
  last = g_ptr_array_steal_index (words, words->len - 1);
  if (words->len == 0)
    return last;
  g_ptr_array_add (words, NULL);
  others = g_strjoinv (", ", (char **)words->pdata);
  g_ptr_array_remove_index (words, words->len - 1);
  g_ptr_array_add (words, last);
  /* Translators: the end of a list: "png, svg or pdf" */
  return g_strdup_printf (_ ("%s or %s"), others, last);
}
