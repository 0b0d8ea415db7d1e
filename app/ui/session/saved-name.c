/* saved-name.c: see the header. */
#include "saved-name.h"
#include "export/export-format.h"
#include "source/trace-source.h"
#include "trace/printable.h"
#include <glib/gi18n.h>
#include <string.h>

static const char *
saved_extension (void)
{
  const WeftTraceSource *source;

  for (guint i = 0; (source = weft_trace_source_get (i)) != NULL; i++)
    if (source->saved_so)
      return source->extension;
  g_assert_not_reached ();
}

static gboolean
has_extension (const char *path, const char *extension)
{
  const char *dot = strrchr (path, '.');

  return dot != NULL && g_ascii_strcasecmp (dot + 1, extension) == 0;
}

char *
weft_saved_name (const char *path, GError **error)
{
  const WeftExportFormat *meant = weft_export_format_of_name (path);
  const char *extension = saved_extension ();
  g_autofree char *name = NULL, *shown = NULL, *before = NULL;

  if (has_extension (path, extension))
    return g_strdup (path);
  if (meant == NULL)
    return g_strconcat (path, ".", extension, NULL);
  name = g_path_get_basename (path);
  shown = weft_printable_name (name);
  *strrchr (name, '.') = '\0';
  before = weft_printable_name (name);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               _ ("“%s” would be a recording, whatever its name says (%s). Save it as %s.%s, then"
                  " export it."),
               shown, _ (meant->title), before, extension);
  return NULL;
}
