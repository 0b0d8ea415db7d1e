/* unsaved-traces.h: traces that earlier runs left behind, or that were replaced
 * without an answer. In: the folder of unsaved traces. Out: what there is, and what
 * the person wants done with it; all in a worker. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  char *path;
  gint64 begun_s;  /* of the real time clock */
  guint64 span_ns; /* from its beginning to the last time it was written */
  guint64 bytes;   /* of it and of what waits beside it */
} WeftUnsavedTrace;

/* Those with nothing in them go: there is nothing to ask about. */
void weft_unsaved_traces_list_async (GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full) (element-type WeftUnsavedTrace): the newest first */
GArray *weft_unsaved_traces_list_finish (GAsyncResult *result, GError **error);

/* Moves it to where the person wants it. */
void weft_unsaved_traces_save_async (const char *path, const char *to, GAsyncReadyCallback callback,
                                     gpointer user_data);
/* Removes it for good. */
void weft_unsaved_traces_discard_async (const char *path, GAsyncReadyCallback callback,
                                        gpointer user_data);
/* Of both. FALSE also when another Weftscope has it by now. */
gboolean weft_unsaved_traces_finish (GAsyncResult *result, GError **error);

G_END_DECLS
