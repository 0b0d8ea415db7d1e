/* bus-call.c: see the header. The call has a cancellable of its own, which nobody but this
 * thread touches: that of the caller only wakes it. So a cancellation never comes behind an
 * answer that was taken, where it would wait in a context that nobody turns any more. */
#include "bus-call.h"

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **answered = user_data;

  *answered = g_object_ref (result);
}

static void
cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  g_main_context_wakeup (user_data);
}

static void
await (GMainContext *context, GAsyncResult **answered, GCancellable *asked, GCancellable *own)
{
  gulong waking
      = asked != NULL ? g_cancellable_connect (asked, G_CALLBACK (cancelled_cb), context, NULL) : 0;

  while (*answered == NULL)
    {
      if (g_cancellable_is_cancelled (asked))
        g_cancellable_cancel (own);
      g_main_context_iteration (context, TRUE);
    }
  g_cancellable_disconnect (asked, waking);
  while (g_main_context_iteration (context, FALSE))
    ; /* a cancellation that an answer was faster than */
}

GVariant *
weft_bus_call (GDBusConnection *connection, const WeftBusCall *call, GVariant *arguments,
               GUnixFDList **fds, GCancellable *cancellable, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GCancellable) own = g_cancellable_new ();
  g_autoptr (GAsyncResult) answered = NULL;

  g_main_context_push_thread_default (context);
  g_dbus_connection_call_with_unix_fd_list (connection, call->bus_name, call->path, call->interface,
                                            call->method, arguments,
                                            G_VARIANT_TYPE (call->answer_type), call->flags,
                                            call->timeout_ms, NULL, own, answered_cb, &answered);
  await (context, &answered, cancellable, own);
  g_main_context_pop_thread_default (context);
  return g_dbus_connection_call_with_unix_fd_list_finish (connection, fds, answered, error);
}
