/* slice-facts.h: what is known of a slice, found off the main thread: its records
 * may have to come from the file. In: a thread and a moment. Out: details and
 * the words for them. */
#pragma once
#include "trace/trace-store.h"

G_BEGIN_DECLS

typedef struct
{
  WeftSliceDetails details;
  char *title; /* "worker-2 · lock wait · 4.63 ms" */
  char *body;  /* lines: call, CPU and start, who ended it */
} WeftSliceFacts;

void weft_slice_facts_free (WeftSliceFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftSliceFacts, weft_slice_facts_free)

/* @callback comes in the thread-default main context. */
void weft_slice_facts_find_async (WeftTraceStore *store, guint thread, guint64 time_ns,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);
/* (transfer full): NULL with @error set when nothing is known of that moment. */
WeftSliceFacts *weft_slice_facts_find_finish (GAsyncResult *result, GError **error);

G_END_DECLS
