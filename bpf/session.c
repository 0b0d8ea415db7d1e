/* session.c: see the header. Methods run on the main thread; a filter in
 * GDBus's worker keeps a flood from ever getting there. */
#include "session.h"
#include "weft-dbus.h"
#include <glib/gi18n.h>
#include <string.h>
#include <sys/utsname.h>

#define OBJECT_PATH "/io/github/weftscope/Session1"
#define MOST_IN_FLIGHT 16
#define MOST_READS 2
#define LEAST_READ_BYTES 128
#define MOST_READ_BYTES (4u << 20)
#define ENOUGH_BYTES (256u << 10)
#define MOST_WAIT_MS 1000
#define LOOK_EVERY_MS 10

typedef struct
{
  GDBusMethodInvocation *invocation;
  guint32 max_bytes;
  gint64 deadline_us; /* g_get_monotonic_time() */
} PendingRead;

/* Shared with the filter, which outlives the session by a moment. */
typedef struct
{
  gint in_flight;
  gint flooded;
} Traffic;

struct _WeftSession
{
  GObject parent_instance;

  GDBusConnection *connection;
  WeftDBusSession1 *skeleton;
  WeftTracer *tracer;
  Traffic *traffic;
  GQueue reads; /* PendingRead */
  guint look_source;
  gboolean started, closed;
};

enum
{
  SIGNAL_CLOSED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftSession, weft_session, G_TYPE_OBJECT)

static void
pending_read_free (gpointer data)
{
  PendingRead *read = data;

  g_clear_object (&read->invocation);
  g_free (read);
}

static void
weft_session_close (WeftSession *self)
{
  if (self->closed)
    return;
  self->closed = TRUE;
  g_clear_handle_id (&self->look_source, g_source_remove);
  g_queue_clear_full (&self->reads, pending_read_free);
  g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->skeleton));
  g_clear_pointer (&self->tracer, weft_tracer_free);
  g_dbus_connection_close (self->connection, NULL, NULL, NULL);
  g_signal_emit (self, signals[SIGNAL_CLOSED], 0);
}

static void
weft_session_finalize (GObject *object)
{
  WeftSession *self = WEFT_SESSION (object);

  g_clear_handle_id (&self->look_source, g_source_remove);
  g_queue_clear_full (&self->reads, pending_read_free);
  g_clear_pointer (&self->tracer, weft_tracer_free);
  g_clear_object (&self->skeleton);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->traffic, g_atomic_rc_box_release);
  G_OBJECT_CLASS (weft_session_parent_class)->finalize (object);
}

static void
weft_session_class_init (WeftSessionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_session_finalize;
  signals[SIGNAL_CLOSED] = g_signal_new ("closed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
weft_session_init (WeftSession *self)
{
  g_queue_init (&self->reads);
}

/* --- reading ------------------------------------------------------------ */

static void
answer_read (WeftSession *self, PendingRead *read)
{
  WeftTracerAccount account;
  guint64 complete_until_ns;
  guint8 *buffer = g_malloc (read->max_bytes);
  gsize used = weft_tracer_drain (self->tracer, buffer, read->max_bytes, &complete_until_ns);
  GVariant *records;

  weft_tracer_get_account (self->tracer, &account);
  buffer = g_realloc (buffer, MAX (used, 1));
  records = g_variant_new_from_data (G_VARIANT_TYPE_BYTESTRING, buffer, used, TRUE, g_free, buffer);
  weft_dbus_session1_complete_read (self->skeleton, g_object_ref (read->invocation), records,
                                    complete_until_ns, account.produced, account.delivered,
                                    account.lost);
}

/* Answers the oldest Read when enough has gathered or it has waited enough. */
static gboolean
look_cb (gpointer user_data)
{
  WeftSession *self = user_data;
  PendingRead *read = g_queue_peek_head (&self->reads);

  if (read != NULL
      && (weft_tracer_get_pending (self->tracer) >= MIN (ENOUGH_BYTES, read->max_bytes)
          || g_get_monotonic_time () >= read->deadline_us))
    {
      g_queue_pop_head (&self->reads);
      answer_read (self, read);
      pending_read_free (read);
    }
  if (!g_queue_is_empty (&self->reads))
    return G_SOURCE_CONTINUE;
  self->look_source = 0;
  return G_SOURCE_REMOVE;
}

static gboolean
refuse (GDBusMethodInvocation *invocation, GDBusError code, const char *message)
{
  g_dbus_method_invocation_return_error_literal (invocation, G_DBUS_ERROR, (gint) code, message);
  return TRUE;
}

static gboolean
read_cb (WeftDBusSession1 *skeleton, GDBusMethodInvocation *invocation, guint max_bytes,
         guint wait_ms, gpointer user_data)
{
  WeftSession *self = user_data;
  PendingRead *read;

  if (!self->started)
    return refuse (invocation, G_DBUS_ERROR_FAILED, _ ("Start comes first"));
  if (max_bytes < LEAST_READ_BYTES || max_bytes > MOST_READ_BYTES || wait_ms > MOST_WAIT_MS)
    return refuse (invocation, G_DBUS_ERROR_INVALID_ARGS,
                   _ ("Read takes 128 bytes to 4 MiB and waits at most 1000 ms"));
  if (g_queue_get_length (&self->reads) >= MOST_READS)
    return refuse (invocation, G_DBUS_ERROR_LIMITS_EXCEEDED, _ ("At most two Reads at a time"));
  read = g_new0 (PendingRead, 1);
  read->invocation = invocation;
  read->max_bytes = max_bytes;
  read->deadline_us = g_get_monotonic_time () + (gint64) wait_ms * 1000;
  g_queue_push_tail (&self->reads, read);
  if (self->look_source == 0)
    self->look_source = g_timeout_add (LOOK_EVERY_MS, look_cb, self);
  return TRUE;
}

/* --- the other calls ---------------------------------------------------- */

static gboolean
fail (GDBusMethodInvocation *invocation, GError *error)
{
  g_dbus_method_invocation_take_error (invocation, error);
  return TRUE;
}

static gboolean
start_cb (WeftDBusSession1 *skeleton, GDBusMethodInvocation *invocation, guint version,
          gpointer user_data)
{
  WeftSession *self = user_data;
  GError *error = NULL;

  if (self->started)
    return refuse (invocation, G_DBUS_ERROR_FAILED, _ ("The session has been started already"));
  if (version < WEFT_STREAM_VERSION)
    return refuse (invocation, G_DBUS_ERROR_NOT_SUPPORTED,
                   _ ("The app is too old for this helper; update it"));
  if (!weft_tracer_start (self->tracer, &error))
    return fail (invocation, error);
  self->started = TRUE;
  weft_dbus_session1_complete_start (skeleton, invocation, WEFT_STREAM_VERSION);
  return TRUE;
}

static gboolean
set_targets_cb (WeftDBusSession1 *skeleton, GDBusMethodInvocation *invocation, GVariant *tgids,
                gboolean children, gboolean only, gpointer user_data)
{
  WeftSession *self = user_data;
  GError *error = NULL;
  gsize n;
  const guint32 *values = g_variant_get_fixed_array (tgids, &n, sizeof (guint32));

  if (!weft_tracer_set_targets (self->tracer, values, n, children, &error)
      || !weft_tracer_set_only_targets (self->tracer, only, &error))
    return fail (invocation, error);
  weft_dbus_session1_complete_set_targets (skeleton, invocation);
  return TRUE;
}

static gboolean
set_groups_cb (WeftDBusSession1 *skeleton, GDBusMethodInvocation *invocation,
               const char *const *groups, gpointer user_data)
{
  for (; *groups != NULL; groups++)
    if (strcmp (*groups, "sched") != 0)
      return refuse (invocation, G_DBUS_ERROR_NOT_SUPPORTED,
                     _ ("This helper records the group \"sched\" only"));
  weft_dbus_session1_complete_set_groups (skeleton, invocation);
  return TRUE;
}

static gboolean
stop_cb (WeftDBusSession1 *skeleton, GDBusMethodInvocation *invocation, gpointer user_data)
{
  WeftSession *self = user_data;

  weft_tracer_stop (self->tracer);
  weft_dbus_session1_complete_stop (skeleton, invocation);
  return TRUE;
}

static gboolean
get_recursion_misses_cb (WeftDBusSession1 *skeleton, GDBusMethodInvocation *invocation,
                         gpointer user_data)
{
  WeftSession *self = user_data;
  WeftTracerAccount account;

  weft_tracer_get_account (self->tracer, &account);
  weft_dbus_session1_complete_get_recursion_misses (skeleton, invocation,
                                                    account.recursion_misses);
  return TRUE;
}

/* --- the connection ----------------------------------------------------- */

static gboolean
is_reply (GDBusMessage *message)
{
  GDBusMessageType type = g_dbus_message_get_message_type (message);

  return type == G_DBUS_MESSAGE_TYPE_METHOD_RETURN || type == G_DBUS_MESSAGE_TYPE_ERROR;
}

/* In GDBus's worker: lets calls in until their replies are written. A call that
 * wants no reply would never be counted out, and the protocol has none. */
static GDBusMessage *
filter_cb (GDBusConnection *connection, GDBusMessage *message, gboolean incoming,
           gpointer user_data)
{
  Traffic *traffic = user_data;

  if (!incoming)
    {
      if (is_reply (message))
        g_atomic_int_add (&traffic->in_flight, -1);
      return message;
    }
  if (g_dbus_message_get_message_type (message) == G_DBUS_MESSAGE_TYPE_METHOD_CALL
      && !(g_dbus_message_get_flags (message) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED))
    {
      if (g_atomic_int_add (&traffic->in_flight, 1) < MOST_IN_FLIGHT)
        return message;
      if (g_atomic_int_compare_and_exchange (&traffic->flooded, 0, 1))
        g_dbus_connection_close (connection, NULL, NULL, NULL);
    }
  g_object_unref (message);
  return NULL;
}

static void
closed_cb (GDBusConnection *connection, gboolean remote_vanished, GError *error,
           gpointer user_data)
{
  weft_session_close (user_data);
}

static void
describe (WeftSession *self)
{
  GVariantBuilder limits;
  struct utsname name;
  g_autoptr (GVariant) capabilities = weft_tracer_get_capabilities (self->tracer);

  g_variant_builder_init (&limits, G_VARIANT_TYPE ("a{su}"));
  g_variant_builder_add (&limits, "{su}", "in-flight", MOST_IN_FLIGHT);
  g_variant_builder_add (&limits, "{su}", "read-bytes", MOST_READ_BYTES);
  g_variant_builder_add (&limits, "{su}", "targets", 4096);
  weft_dbus_session1_set_limits (self->skeleton, g_variant_builder_end (&limits));
  weft_dbus_session1_set_capabilities (self->skeleton, capabilities);
  weft_dbus_session1_set_kernel (self->skeleton, uname (&name) == 0 ? name.release : "");
  weft_dbus_session1_set_version (self->skeleton, WEFT_VERSION);
}

static gboolean
serve (WeftSession *self, GIOStream *stream, GError **error)
{
  self->connection = g_dbus_connection_new_sync (
      stream, NULL, G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING, NULL, NULL, error);
  if (self->connection == NULL)
    return FALSE;
  self->traffic = g_atomic_rc_box_new0 (Traffic);
  g_dbus_connection_add_filter (self->connection, filter_cb,
                                g_atomic_rc_box_acquire (self->traffic), g_atomic_rc_box_release);
  self->skeleton = weft_dbus_session1_skeleton_new ();
  describe (self);
  g_signal_connect (self->skeleton, "handle-start", G_CALLBACK (start_cb), self);
  g_signal_connect (self->skeleton, "handle-set-targets", G_CALLBACK (set_targets_cb), self);
  g_signal_connect (self->skeleton, "handle-set-groups", G_CALLBACK (set_groups_cb), self);
  g_signal_connect (self->skeleton, "handle-stop", G_CALLBACK (stop_cb), self);
  g_signal_connect (self->skeleton, "handle-read", G_CALLBACK (read_cb), self);
  g_signal_connect (self->skeleton, "handle-get-recursion-misses",
                    G_CALLBACK (get_recursion_misses_cb), self);
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->skeleton),
                                         self->connection, OBJECT_PATH, error))
    return FALSE;
  g_signal_connect_object (self->connection, "closed", G_CALLBACK (closed_cb), self, 0);
  g_dbus_connection_start_message_processing (self->connection);
  return TRUE;
}

WeftSession *
weft_session_new (GIOStream *stream, const WeftTracerOptions *options, GError **error)
{
  g_autoptr (WeftSession) self = g_object_new (WEFT_TYPE_SESSION, NULL);

  self->tracer = weft_tracer_new (options, error);
  if (self->tracer == NULL || !serve (self, stream, error))
    return NULL;
  return g_steal_pointer (&self);
}
