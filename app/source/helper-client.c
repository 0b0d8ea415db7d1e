/* helper-client.c: see the header. One thread owns the connection: it opens it,
 * keeps two Reads on their way and feeds the store. The owner's context only
 * hears of it. */
#include "helper-client.h"
#include "helper-launch.h"
#include "record.h"
#include <glib/gi18n.h>
#include <string.h>

#define SESSION_PATH "/io/github/weftscope/Session1"
#define SESSION_INTERFACE "io.github.weftscope.Session1"
#define READ_BYTES (1u << 20)
#define READ_WAIT_MS 33
#define READS_ON_THEIR_WAY 2

struct _WeftHelperClient
{
  GObject parent_instance;

  WeftTraceStore *store;
  GMainContext *owner;   /* where signals are emitted */
  GThread *thread;
  GMainContext *context; /* of the thread */
  GMainLoop *loop;

  /* set up by the thread before it reports the start; then read-only */
  WeftHelperOptions options;
  GCancellable *cancellable;
  GDBusConnection *connection;
  GSubprocess *child;
  GVariant *capabilities;

  /* the thread's own */
  guint reads;
  gboolean detached;     /* Stop was answered */
  gboolean over;
  GTask *start_task;
  GTask *stop_task;

  GMutex mutex;          /* guards what follows */
  WeftHelperAccount account;
  GVariant *targets;     /* (aubb), to be sent when the session is there */
  gboolean progress_due; /* a "progress" is on its way to the owner */
};

enum
{
  SIGNAL_PROGRESS,
  SIGNAL_ENDED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftHelperClient, weft_helper_client, G_TYPE_OBJECT)

static void
weft_helper_client_finalize (GObject *object)
{
  WeftHelperClient *self = WEFT_HELPER_CLIENT (object);

  g_clear_object (&self->connection);
  g_clear_object (&self->child);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->store);
  g_clear_pointer (&self->capabilities, g_variant_unref);
  g_clear_pointer (&self->targets, g_variant_unref);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_pointer (&self->owner, g_main_context_unref);
  g_clear_pointer (&self->thread, g_thread_unref);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (weft_helper_client_parent_class)->finalize (object);
}

static void
weft_helper_client_class_init (WeftHelperClientClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = weft_helper_client_finalize;
  signals[SIGNAL_PROGRESS]
      = g_signal_new ("progress", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_ENDED] = g_signal_new ("ended", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
weft_helper_client_init (WeftHelperClient *self)
{
  g_mutex_init (&self->mutex);
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->owner = g_main_context_ref_thread_default ();
}

WeftHelperClient *
weft_helper_client_new (WeftTraceStore *store)
{
  WeftHelperClient *self = g_object_new (WEFT_TYPE_HELPER_CLIENT, NULL);

  self->store = g_object_ref (store);
  return self;
}

/* --- what the owner hears ----------------------------------------------- */

static gboolean
progress_cb (gpointer user_data)
{
  WeftHelperClient *self = user_data;

  g_mutex_lock (&self->mutex);
  self->progress_due = FALSE;
  g_mutex_unlock (&self->mutex);
  g_signal_emit (self, signals[SIGNAL_PROGRESS], 0);
  return G_SOURCE_REMOVE;
}

static void
tell_progress (WeftHelperClient *self)
{
  gboolean due;

  g_mutex_lock (&self->mutex);
  due = !self->progress_due;
  self->progress_due = TRUE;
  g_mutex_unlock (&self->mutex);
  if (due)
    g_main_context_invoke_full (self->owner, G_PRIORITY_DEFAULT, progress_cb, g_object_ref (self),
                                g_object_unref);
}

typedef struct
{
  WeftHelperClient *client;
  GError *error;
} Ending;

static void
ending_free (gpointer data)
{
  Ending *ending = data;

  g_object_unref (ending->client);
  g_error_free (ending->error);
  g_free (ending);
}

static gboolean
ended_cb (gpointer user_data)
{
  Ending *ending = user_data;

  g_signal_emit (ending->client, signals[SIGNAL_ENDED], 0, ending->error);
  return G_SOURCE_REMOVE;
}

/* The session is over: everything read goes to the tracks. Takes @error; NULL
 * when it was asked for. */
static void
end (WeftHelperClient *self, GError *error)
{
  guint64 until = self->account.complete_until_ns;

  if (self->over)
    {
      g_clear_error (&error);
      return;
    }
  self->over = TRUE;
  weft_trace_store_finish (self->store, until);
  if (self->stop_task != NULL)
    {
      g_task_return_boolean (self->stop_task, TRUE);
      g_clear_object (&self->stop_task);
      g_clear_error (&error);
    }
  else
    {
      Ending *ending = g_new0 (Ending, 1);

      ending->client = g_object_ref (self);
      ending->error = error;
      g_main_context_invoke_full (self->owner, G_PRIORITY_DEFAULT, ended_cb, ending, ending_free);
    }
  g_main_loop_quit (self->loop);
}

/* --- reading ------------------------------------------------------------ */

static void read_next (WeftHelperClient *self);

static gboolean
take_batch (WeftHelperClient *self, GVariant *answer, gsize *bytes, GError **error)
{
  g_autoptr (GVariant) records = NULL;
  g_autoptr (GBytes) data = NULL;
  WeftHelperAccount account;

  g_variant_get (answer, "(@aytttt)", &records, &account.complete_until_ns, &account.produced,
                 &account.delivered, &account.lost);
  data = g_variant_get_data_as_bytes (records);
  *bytes = g_bytes_get_size (data);
  if (!weft_trace_store_append (self->store, data, account.complete_until_ns, error))
    return FALSE;
  weft_trace_store_set_lost (self->store, account.lost);
  g_mutex_lock (&self->mutex);
  self->account = account;
  g_mutex_unlock (&self->mutex);
  tell_progress (self);
  return TRUE;
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftHelperClient) self = user_data;
  GError *error = NULL;
  g_autoptr (GVariant) answer
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  gsize bytes = 0;

  self->reads--;
  if (self->over)
    {
      g_clear_error (&error);
      return;
    }
  if (answer == NULL || !take_batch (self, answer, &bytes, &error))
    {
      g_prefix_error (&error, _ ("The connection to the tracing helper broke: "));
      end (self, error);
      return;
    }
  if (self->detached && bytes == 0)
    end (self, NULL);
  else
    read_next (self);
}

static void
read_next (WeftHelperClient *self)
{
  while (self->reads < (self->detached ? 1 : READS_ON_THEIR_WAY))
    {
      self->reads++;
      g_dbus_connection_call (self->connection, NULL, SESSION_PATH, SESSION_INTERFACE, "Read",
                              g_variant_new ("(uu)", READ_BYTES,
                                             self->detached ? 0 : READ_WAIT_MS),
                              G_VARIANT_TYPE ("(aytttt)"), G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL,
                              read_cb, g_object_ref (self));
    }
}

/* --- starting ----------------------------------------------------------- */

/* An answer is asked for because the helper takes no calls without one. */
static void
targets_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftHelperClient) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (answer == NULL && !self->over)
    g_warning ("SetTargets: %s", error->message);
}

static void
send_targets (WeftHelperClient *self)
{
  g_autoptr (GVariant) targets = NULL;

  g_mutex_lock (&self->mutex);
  if (self->connection != NULL)
    targets = g_steal_pointer (&self->targets);
  g_mutex_unlock (&self->mutex);
  if (targets != NULL)
    g_dbus_connection_call (self->connection, NULL, SESSION_PATH, SESSION_INTERFACE, "SetTargets",
                            targets, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, targets_cb,
                            g_object_ref (self));
}

/* The first targets go before Start, so that nothing unwanted is ever recorded. */
static gboolean
start_session (WeftHelperClient *self, GDBusConnection *connection, GError **error)
{
  g_autoptr (GVariant) accepted = NULL;
  g_autoptr (GVariant) capabilities = NULL;

  g_mutex_lock (&self->mutex);
  self->connection = g_object_ref (connection);
  g_mutex_unlock (&self->mutex);
  send_targets (self);
  weft_trace_store_begin_now (self->store);
  accepted = g_dbus_connection_call_sync (
      connection, NULL, SESSION_PATH, SESSION_INTERFACE, "Start",
      g_variant_new ("(u)", WEFT_STREAM_VERSION), G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE,
      G_MAXINT, self->cancellable, error);
  if (accepted == NULL)
    return FALSE;
  capabilities = g_dbus_connection_call_sync (
      connection, NULL, SESSION_PATH, "org.freedesktop.DBus.Properties", "Get",
      g_variant_new ("(ss)", SESSION_INTERFACE, "Capabilities"), G_VARIANT_TYPE ("(v)"),
      G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  if (capabilities != NULL)
    g_variant_get (capabilities, "(v)", &self->capabilities);
  return TRUE;
}

static void
closed_cb (GDBusConnection *connection, gboolean vanished, GError *error, gpointer user_data)
{
  WeftHelperClient *self = user_data;

  end (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                                  _ ("The tracing helper has gone. What it sent is kept; start "
                                     "again to go on")));
}

static gboolean
open_session (WeftHelperClient *self, GError **error)
{
  g_autoptr (GIOStream) stream
      = weft_helper_launch (&self->options, &self->child, self->cancellable, error);
  g_autoptr (GDBusConnection) connection = NULL;

  if (stream == NULL)
    return FALSE;
  connection = g_dbus_connection_new_sync (stream, NULL, G_DBUS_CONNECTION_FLAGS_NONE, NULL,
                                           self->cancellable, error);
  if (connection != NULL && start_session (self, connection, error))
    return TRUE;
  if (self->child != NULL && !g_cancellable_is_cancelled (self->cancellable))
    weft_helper_explain_exit (self->child, error);
  return FALSE;
}

static gpointer
run_thread (gpointer user_data)
{
  g_autoptr (WeftHelperClient) self = user_data;
  g_autoptr (GTask) task = g_steal_pointer (&self->start_task);
  GError *error = NULL;

  g_main_context_push_thread_default (self->context);
  if (open_session (self, &error))
    {
      gulong handler
          = g_signal_connect (self->connection, "closed", G_CALLBACK (closed_cb), self);

      g_task_return_boolean (task, TRUE);
      read_next (self);
      g_main_loop_run (self->loop);
      g_signal_handler_disconnect (self->connection, handler);
      g_dbus_connection_close_sync (self->connection, NULL, NULL);
      /* answers that come with the closing release what they hold */
      while (self->reads > 0)
        g_main_context_iteration (self->context, TRUE);
    }
  else
    {
      g_task_return_error (task, error);
    }
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

void
weft_helper_client_start_async (WeftHelperClient *self, const WeftHelperOptions *options,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_return_if_fail (self->thread == NULL);
  self->options = *options;
  self->cancellable = cancellable != NULL ? g_object_ref (cancellable) : g_cancellable_new ();
  self->start_task = g_task_new (self, NULL, callback, user_data);
  self->thread = g_thread_new ("helper client", run_thread, g_object_ref (self));
}

gboolean
weft_helper_client_start_finish (WeftHelperClient *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
weft_helper_client_set_targets (WeftHelperClient *self, const guint32 *tgids, gsize n,
                                gboolean children, gboolean only)
{
  GVariant *targets
      = g_variant_new ("(@aubb)",
                       g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, tgids, n, sizeof *tgids),
                       children, only);

  g_mutex_lock (&self->mutex);
  g_clear_pointer (&self->targets, g_variant_unref);
  self->targets = g_variant_ref_sink (targets);
  g_mutex_unlock (&self->mutex);
  send_targets (self);
}

/* --- stopping ----------------------------------------------------------- */

static void
stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftHelperClient) self = user_data;
  GError *error = NULL;
  g_autoptr (GVariant) answer
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (self->over)
    {
      g_clear_error (&error);
      return;
    }
  if (answer == NULL)
    {
      end (self, error);
      return;
    }
  self->detached = TRUE;
  read_next (self);
}

static gboolean
stop_in_thread_cb (gpointer user_data)
{
  GTask *task = user_data;
  WeftHelperClient *self = g_task_get_source_object (task);

  if (self->over || self->stop_task != NULL)
    {
      g_task_return_boolean (task, TRUE);
      return G_SOURCE_REMOVE;
    }
  self->stop_task = g_object_ref (task);
  g_dbus_connection_call (self->connection, NULL, SESSION_PATH, SESSION_INTERFACE, "Stop", NULL,
                          NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, stopped_cb, g_object_ref (self));
  return G_SOURCE_REMOVE;
}

void
weft_helper_client_stop_async (WeftHelperClient *self, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  if (self->connection == NULL || self->over)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  g_main_context_invoke_full (self->context, G_PRIORITY_DEFAULT, stop_in_thread_cb, task,
                              g_object_unref);
}

gboolean
weft_helper_client_stop_finish (WeftHelperClient *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
weft_helper_client_get_account (WeftHelperClient *self, WeftHelperAccount *account)
{
  g_mutex_lock (&self->mutex);
  *account = self->account;
  g_mutex_unlock (&self->mutex);
}

GVariant *
weft_helper_client_get_capabilities (WeftHelperClient *self)
{
  return self->capabilities != NULL ? g_variant_ref (self->capabilities) : NULL;
}
