/* trace-source.h: where traces come from, as a table: the helper that traces live, and
 * the files that can be opened. In: a path, or the wish to trace. Out: a store that says
 * of which machine it is and what its clocks said. The window and the command line open
 * through here and know no source by name. */
#pragma once
#include "helper-client.h"

G_BEGIN_DECLS

/* @fraction: 0 … 1. In the thread that opens. */
typedef void (*WeftTraceProgress) (double fraction, gpointer user_data);

/* So much of a file is shown to those who may know it. */
#define WEFT_TRACE_SOURCE_HEAD_BYTES 4096

/* One source. A source of files has the first four, one that traces the last. */
typedef struct
{
  const char *id;
  const char *title;     /* of what it opens, to be translated */
  const char *extension; /* without a dot */
  gboolean saved_so;     /* what is traced is saved in this form */

  /* By the first bytes of a file, at most %WEFT_TRACE_SOURCE_HEAD_BYTES. */
  gboolean (*recognise) (const guint8 *head, gsize size);

  /* As weft_trace_source_open(), of a file that was recognised. The store is finished
   * and knows its machine, its clocks and its scopes. */
  WeftTraceStore *(*open) (const char *path, WeftTraceProgress progress, gpointer user_data,
                           char **warning, GCancellable *cancellable, GError **error);

  /* A client for an empty store, which gets machine, clocks and scope with the start. */
  WeftHelperClient *(*connect) (WeftTraceStore *store);
} WeftTraceSource;

/* The rows of the table; NULL behind the last. */
const WeftTraceSource *weft_trace_source_get (guint i);

/**
 * weft_trace_source_open:
 * @path: (type filename)
 * @progress: (nullable)
 * @warning: (out) (optional) (nullable) (transfer full): a sentence for the person
 *   when not all of it could be opened
 *
 * Slow: for a worker thread. Never writes to the file or beside it.
 *
 * Returns: (transfer full): a finished store; NULL when there is no such file, when no
 * source knows it, or when its source cannot read it; the message names the file
 */
WeftTraceStore *weft_trace_source_open (const char *path, WeftTraceProgress progress,
                                        gpointer user_data, char **warning,
                                        GCancellable *cancellable, GError **error);

/**
 * weft_trace_source_new_store:
 * @label: (nullable): what the trace is of
 *
 * Returns: (transfer full): an empty store of this machine: what /proc shows can be put
 * into it, and a live trace
 */
WeftTraceStore *weft_trace_source_new_store (const char *label);

/* (transfer full): a client that traces live into @store, which is empty yet. */
WeftHelperClient *weft_trace_source_connect (WeftTraceStore *store);

G_END_DECLS
