/* slice-facts.c: see the header. */
#include "slice-facts.h"
#include "slice-text.h"

typedef struct
{
  guint thread;
  guint64 time_ns;
} Moment;

void
weft_slice_facts_free (WeftSliceFacts *facts)
{
  if (facts == NULL)
    return;
  g_free (facts->title);
  g_free (facts->body);
  g_free (facts);
}

/* Before a thread was ever recorded it has no slice. */
static void
add_exclusion (WeftTraceStore *store, const Moment *moment, GError *error)
{
  g_autofree char *why = NULL, *told = NULL;

  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return;
  weft_trace_store_begin_read (store);
  why = weft_slice_text_exclusion (store, moment->thread, moment->time_ns, moment->time_ns + 1);
  weft_trace_store_end_read (store);
  if (why == NULL)
    return;
  told = g_steal_pointer (&error->message);
  error->message = g_strdup_printf ("%s\n%s", told, why);
}

static void
find (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  WeftTraceStore *store = source;
  const Moment *moment = data;
  g_autoptr (WeftSliceFacts) facts = g_new0 (WeftSliceFacts, 1);
  GError *error = NULL;

  if (g_task_return_error_if_cancelled (task))
    return;
  if (!weft_trace_store_find_details (store, moment->thread, moment->time_ns, &facts->details,
                                      &error))
    {
      add_exclusion (store, moment, error);
      g_task_return_error (task, error);
      return;
    }
  weft_trace_store_begin_read (store);
  facts->title = weft_slice_text_title (store, &facts->details);
  facts->body = weft_slice_text_body (store, &facts->details);
  weft_trace_store_end_read (store);
  g_task_return_pointer (task, g_steal_pointer (&facts), (GDestroyNotify)weft_slice_facts_free);
}

void
weft_slice_facts_find_async (WeftTraceStore *store, guint thread, guint64 time_ns,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (store, cancellable, callback, user_data);
  Moment *moment = g_new (Moment, 1);

  *moment = (Moment){ thread, time_ns };
  g_task_set_task_data (task, moment, g_free);
  g_task_run_in_thread (task, find);
}

WeftSliceFacts *
weft_slice_facts_find_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
