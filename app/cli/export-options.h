/* export-options.h: what `export` was asked to do, and its picture; private to it.
 * In: arguments. Out: a stream. */
#pragma once
#include "event-row.h"

G_BEGIN_DECLS

typedef struct
{
  char *out, *view, *format, *events, *from, *to, *title;
  char **pids;
  int width, height;
  double scale;
  gboolean dark;
} WeftExportOptions;

/* @filter: its range and processes; those must be in the recording */
gboolean weft_command_export_image (WeftTraceStore *store, const WeftExportOptions *options,
                                    const char *format, const WeftEventFilter *filter,
                                    GOutputStream *out, GError **error);

G_END_DECLS
