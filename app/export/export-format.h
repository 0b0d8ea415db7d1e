/* export-format.h: the formats a trace can be written in, as a table: what the export
 * dialog offers, what the command line knows, what the README lists. In: a store and what
 * to show of it. Out: bytes. */
#pragma once
#include "event-export.h"
#include "image.h"

G_BEGIN_DECLS

/* What a format can hold. */
typedef enum
{
  WEFT_EXPORT_PICTURE = 1 << 0,
  WEFT_EXPORT_EVENTS = 1 << 1,
  WEFT_EXPORT_ANYTHING = WEFT_EXPORT_PICTURE | WEFT_EXPORT_EVENTS,
} WeftExportContent;

/* What is wanted of a trace; a format takes what it can hold. */
typedef struct
{
  WeftImageOptions image;
  WeftEventFilter events;
} WeftExportRequest;

typedef struct
{
  const char *id;            /* as --format takes it, and the usual ending of a name */
  const char *title;         /* to be translated */
  const char *extensions[3]; /* in lower case, without a dot; NULL behind the last */
  WeftExportContent holds;
  WeftEventFormat events; /* of %WEFT_EXPORT_EVENTS: for a trace that grows as well */

  /* Blocks: for a worker thread. @out is left open. @progress: (nullable) */
  gboolean (*write) (WeftTraceStore *store, const WeftExportRequest *request, GOutputStream *out,
                     WeftEventProgress progress, gpointer user_data, GCancellable *cancellable,
                     GError **error);
} WeftExportFormat;

/* The rows of the table; NULL behind the last. */
const WeftExportFormat *weft_export_format_get (guint i);

/* By id, in any case. (nullable) */
const WeftExportFormat *weft_export_format_find (const char *id);

/* By a file name's ending, in any case. (nullable) */
const WeftExportFormat *weft_export_format_of_name (const char *name);

/* (transfer full): "png, svg, pdf, csv or jsonl": those that hold something of @holds.
 * @before: stands before each, such as "." */
char *weft_export_format_list (WeftExportContent holds, const char *before);

G_END_DECLS
