/* helper-session.c: see the header. The thread opens the connection, keeps two
 * Reads on their way and feeds the store; a store that is slow slows the Reads,
 * and nothing else. */
#include "helper-session.h"
#include "helper-launch.h"
#include "read-reply.h"
#include "record.h"
#include <glib/gi18n.h>

#define SESSION_PATH "/io/github/weftscope/Session1"
#define SESSION_INTERFACE "io.github.weftscope.Session1"
#define READ_BYTES (1u << 20)
#define READ_WAIT_MS 33
#define READS_ON_THEIR_WAY 2
#define CALL_MS 10000 /* any other call is answered at once */
#define MISSES_INTERVAL_US G_USEC_PER_SEC

struct _WeftHelperSession
{
  WeftTraceStore *store;
  WeftHelperOptions options;
  WeftHelperEventFunc func;
  gpointer user_data;
  GCancellable *cancellable;
  GThread *thread;
  GMainContext *context; /* of the thread */

  /* the thread's own */
  WeftHelperLaunch launch;
  GDBusConnection *connection;
  GVariant *targets; /* (nullable): to be sent before Start */
  guint calls;       /* on their way; each of them uses us */
  guint reads;       /* of these */
  gboolean stopped;  /* Stop was answered: the first empty Read is the last */
  gboolean over;
  gint64 misses_asked_us;

  GMutex lock; /* guards what follows */
  WeftHelperAccount account;
  GVariant *capabilities;
};

/* --- the end -------------------------------------------------------------- */

/* @error: (nullable): why, when it was not asked for */
static void
end (WeftHelperSession *self, const GError *error)
{
  guint64 until_ns = self->account.complete_until_ns;

  if (self->over)
    return;
  self->over = TRUE;
  if (until_ns == 0)
    until_ns = (guint64)g_get_monotonic_time () * 1000;
  weft_trace_store_finish (self->store, until_ns);
  self->func (WEFT_HELPER_OVER, error, self->user_data);
}

static void
end_broken (WeftHelperSession *self, const GError *cause)
{
  g_autoptr (GError) error = NULL;

  if (cause->domain == G_IO_ERROR && cause->code == G_IO_ERROR_INVALID_DATA)
    error = g_error_new (G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                         _ ("The tracing helper sent what is no trace: %s. What came before is "
                            "kept; app and helper may be of different versions"),
                         cause->message);
  else
    error = g_error_new (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                         _ ("The tracing helper has gone (%s). What it sent is kept; start again "
                            "to go on"),
                         cause->message);
  end (self, error);
}

/* --- calls ---------------------------------------------------------------- */

static void
call (WeftHelperSession *self, const char *method, GVariant *arguments, const char *answer_type,
      int timeout_ms, GAsyncReadyCallback callback)
{
  self->calls++;
  g_dbus_connection_call (self->connection, NULL, SESSION_PATH, SESSION_INTERFACE, method,
                          arguments, G_VARIANT_TYPE (answer_type), G_DBUS_CALL_FLAGS_NONE,
                          timeout_ms, NULL, callback, self);
}

/* (transfer full): the answer; NULL with @error, or NULL when nobody cares any more */
static GVariant *
take_answer (WeftHelperSession *self, GObject *source, GAsyncResult *result, GError **error)
{
  GError *local = NULL;
  GVariant *answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &local);

  self->calls--;
  if (self->over)
    {
      g_clear_error (&local);
      g_clear_pointer (&answer, g_variant_unref);
    }
  if (local != NULL)
    {
      g_dbus_error_strip_remote_error (local);
      g_propagate_error (error, local);
    }
  return answer;
}

static void
got_misses_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WeftHelperSession *self = user_data;
  g_autoptr (GVariant) answer = take_answer (self, source, result, NULL);

  if (answer == NULL)
    return; /* a Read will tell */
  g_mutex_lock (&self->lock);
  g_variant_get (answer, "(t)", &self->account.recursion_misses);
  g_mutex_unlock (&self->lock);
}

static void
ask_for_misses (WeftHelperSession *self)
{
  gint64 now_us = g_get_monotonic_time ();

  if (now_us - self->misses_asked_us < MISSES_INTERVAL_US)
    return;
  self->misses_asked_us = now_us;
  call (self, "GetRecursionMisses", NULL, "(t)", CALL_MS, got_misses_cb);
}

/* --- reading -------------------------------------------------------------- */

static gboolean
take_batch (WeftHelperSession *self, GVariant *answer, gsize *bytes, GError **error)
{
  WeftHelperAccount account = self->account; /* only this thread writes it */

  if (!weft_read_reply_take (answer, self->store, &account, bytes, error))
    return FALSE;
  g_mutex_lock (&self->lock);
  self->account = account;
  g_mutex_unlock (&self->lock);
  self->func (WEFT_HELPER_PROGRESS, NULL, self->user_data);
  return TRUE;
}

static void keep_reading (WeftHelperSession *self);

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WeftHelperSession *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = take_answer (self, source, result, &error);
  gsize bytes = 0;

  self->reads--;
  if (self->over)
    return;
  if (answer == NULL || !take_batch (self, answer, &bytes, &error))
    end_broken (self, error);
  else if (self->stopped && bytes == 0)
    end (self, NULL);
  else
    keep_reading (self);
}

static void
keep_reading (WeftHelperSession *self)
{
  for (; self->reads < READS_ON_THEIR_WAY; self->reads++)
    call (self, "Read", g_variant_new ("(uu)", READ_BYTES, READ_WAIT_MS), WEFT_READ_REPLY_TYPE,
          G_MAXINT, read_cb);
  ask_for_misses (self);
}

/* --- orders --------------------------------------------------------------- */

static void
targets_set_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WeftHelperSession *self = user_data;
  g_autoptr (GError) cause = NULL;
  g_autoptr (GVariant) answer = take_answer (self, source, result, &cause);
  g_autoptr (GError) error = NULL;

  if (cause == NULL)
    return;
  error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, _ ("Cannot choose what is traced: %s"),
                       cause->message);
  self->func (WEFT_HELPER_REFUSED, error, self->user_data);
}

static void
stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WeftHelperSession *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = take_answer (self, source, result, &error);

  if (answer != NULL)
    self->stopped = TRUE;
  else if (error != NULL)
    end_broken (self, error);
}

typedef struct
{
  WeftHelperSession *session;
  GVariant *targets; /* NULL: stop */
} Order;

static void
order_free (gpointer data)
{
  Order *order = data;

  g_clear_pointer (&order->targets, g_variant_unref);
  g_free (order);
}

static gboolean
obey_cb (gpointer user_data)
{
  Order *order = user_data;
  WeftHelperSession *self = order->session;

  if (self->over)
    return G_SOURCE_REMOVE;
  if (order->targets != NULL)
    call (self, "SetTargets", order->targets, "()", CALL_MS, targets_set_cb);
  else
    call (self, "Stop", NULL, "()", CALL_MS, stopped_cb);
  return G_SOURCE_REMOVE;
}

static void
give_order (WeftHelperSession *self, GVariant *targets)
{
  Order *order = g_new0 (Order, 1);

  order->session = self;
  order->targets = targets != NULL ? g_variant_ref (targets) : NULL;
  g_main_context_invoke_full (self->context, G_PRIORITY_DEFAULT, obey_cb, order, order_free);
}

void
weft_helper_session_set_targets (WeftHelperSession *self, GVariant *targets)
{
  give_order (self, targets);
}

void
weft_helper_session_stop (WeftHelperSession *self)
{
  give_order (self, NULL);
}

/* --- starting ------------------------------------------------------------- */

static GVariant *
call_and_wait (WeftHelperSession *self, const char *interface, const char *method,
               GVariant *arguments, const char *answer_type, int timeout_ms, GError **error)
{
  return g_dbus_connection_call_sync (self->connection, NULL, SESSION_PATH, interface, method,
                                      arguments, G_VARIANT_TYPE (answer_type),
                                      G_DBUS_CALL_FLAGS_NONE, timeout_ms, self->cancellable, error);
}

/* The first targets go before Start, so that nothing unwanted is ever recorded.
 * The first call waits for as long as a person needs to type a password. */
static gboolean
start (WeftHelperSession *self, GError **error)
{
  g_autoptr (GVariant) set = NULL, accepted = NULL, capabilities = NULL;
  guint32 version = 0;

  if (self->targets != NULL)
    {
      set = call_and_wait (self, SESSION_INTERFACE, "SetTargets", self->targets, "()", G_MAXINT,
                           error);
      if (set == NULL)
        return FALSE;
    }
  accepted = call_and_wait (self, SESSION_INTERFACE, "Start",
                            g_variant_new ("(u)", WEFT_STREAM_VERSION), "(u)", G_MAXINT, error);
  if (accepted == NULL)
    return FALSE;
  weft_trace_store_begin_with_first (self->store);
  g_variant_get (accepted, "(u)", &version);
  if (version > WEFT_STREAM_VERSION)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   _ ("The tracing helper writes version %u of the stream, this app reads up to "
                      "%d. Update the app"),
                   version, WEFT_STREAM_VERSION);
      return FALSE;
    }
  capabilities = call_and_wait (self, "org.freedesktop.DBus.Properties", "Get",
                                g_variant_new ("(ss)", SESSION_INTERFACE, "Capabilities"), "(v)",
                                CALL_MS, error);
  if (capabilities == NULL)
    return FALSE;
  g_mutex_lock (&self->lock);
  g_variant_get (capabilities, "(v)", &self->capabilities);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

static gboolean
open (WeftHelperSession *self, GError **error)
{
  if (!weft_helper_launch (&self->options, &self->launch, self->cancellable, error))
    return FALSE;
  self->connection
      = g_dbus_connection_new_sync (self->launch.stream, NULL, G_DBUS_CONNECTION_FLAGS_NONE, NULL,
                                    self->cancellable, error);
  if (self->connection == NULL)
    return FALSE;
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  if (start (self, error))
    return TRUE;
  weft_helper_launch_explain (&self->launch, self->cancellable, error);
  return FALSE;
}

/* --- the thread ----------------------------------------------------------- */

static gboolean
wake_cb (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

static void
wake (GCancellable *cancellable, WeftHelperSession *self)
{
  g_main_context_invoke (self->context, wake_cb, NULL);
}

static void
run (WeftHelperSession *self)
{
  gulong waking = g_signal_connect (self->cancellable, "cancelled", G_CALLBACK (wake), self);

  keep_reading (self);
  while (!self->over && !g_cancellable_is_cancelled (self->cancellable))
    g_main_context_iteration (self->context, TRUE);
  self->over = TRUE;
  g_signal_handler_disconnect (self->cancellable, waking);
  g_dbus_connection_close_sync (self->connection, NULL, NULL);
  while (self->calls > 0)
    g_main_context_iteration (self->context, TRUE); /* they fail now */
}

static gpointer
session_main (gpointer user_data)
{
  WeftHelperSession *self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean opened;

  g_main_context_push_thread_default (self->context);
  opened = open (self, &error);
  weft_helper_launch_close_agent (&self->launch);
  self->func (WEFT_HELPER_STARTED, error, self->user_data);
  if (opened)
    run (self);
  g_clear_object (&self->connection);
  weft_helper_launch_clear (&self->launch);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

WeftHelperSession *
weft_helper_session_new (WeftTraceStore *store, const WeftHelperOptions *options, GVariant *targets,
                         WeftHelperEventFunc func, gpointer user_data)
{
  WeftHelperSession *self = g_new0 (WeftHelperSession, 1);

  g_mutex_init (&self->lock);
  self->store = g_object_ref (store);
  self->options = *options;
  self->targets = targets != NULL ? g_variant_ref (targets) : NULL;
  self->func = func;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();
  self->context = g_main_context_new ();
  self->thread = g_thread_new ("weft-helper", session_main, self);
  return self;
}

void
weft_helper_session_cancel (WeftHelperSession *self)
{
  g_cancellable_cancel (self->cancellable);
}

void
weft_helper_session_free (WeftHelperSession *self)
{
  if (self == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  g_thread_join (self->thread);
  g_clear_pointer (&self->capabilities, g_variant_unref);
  g_clear_pointer (&self->targets, g_variant_unref);
  g_main_context_unref (self->context);
  g_object_unref (self->cancellable);
  g_object_unref (self->store);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
weft_helper_session_get_account (WeftHelperSession *self, WeftHelperAccount *account)
{
  g_mutex_lock (&self->lock);
  *account = self->account;
  g_mutex_unlock (&self->lock);
}

GVariant *
weft_helper_session_get_capabilities (WeftHelperSession *self)
{
  GVariant *capabilities;

  g_mutex_lock (&self->lock);
  capabilities = self->capabilities != NULL ? g_variant_ref (self->capabilities) : NULL;
  g_mutex_unlock (&self->lock);
  return capabilities;
}
