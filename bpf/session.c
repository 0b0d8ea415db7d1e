/* session.c: see the header. The tracer belongs to the main loop's thread; it
 * is drained only to answer a Read, and only for as much as that asked for. */
#include "session.h"
#include "call-limit.h"
#include "framed-input.h"
#include "tracer.h"
#include "weft-dbus.h"
#include <gio/gunixoutputstream.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <sys/utsname.h>
#include <unistd.h>

#define MOST_IN_FLIGHT 16
#define MOST_MESSAGE_BYTES (64u << 10) /* SetTargets with all of its targets takes 16 KiB */
#define MOST_TARGETS 4096
#define MOST_READS 2
#define LEAST_READ_BYTES 128u
#define MOST_READ_BYTES (4u << 20)
#define MOST_WAIT_MS 1000u
#define LEAST_RING_BYTES (256u << 10)
#define MOST_RING_BYTES (256u << 20)

/* A Read is answered when so much is there … */
#define BATCH_BYTES (256u << 10)
/* … which is looked at this often. */
#define TICK_MS 15
/* What drains beside the ring's content: losses, a snapshot's first records. */
#define SLACK_BYTES (16u << 10)
/* What only the answer to a Read looks like. */
#define READ_ANSWER "aytttt"
/* Programs that still ran when the session was stopped have ended by then. */
#define SETTLE_US (G_USEC_PER_SEC / 10)

/* Answers to Read that GDBus holds: it would queue without bound, each of them twice (as a
 * message and as bytes), for a client that calls and does not read. Shared with GDBus's
 * thread, whose filters see a message when its turn to be written has come. */
typedef struct
{
  gint number;
} Unsent;

struct _WeftSession
{
  GObject parent_instance;

  WeftSessionOptions options;
  GDBusConnection *connection;
  WeftDBusSession1 *skeleton;
  WeftTracer *tracer; /* from Start on */

  GArray *targets; /* guint32; set before Start, else NULL */
  gboolean children, only;

  gsize batch_bytes;    /* answers a Read at once; well below the ring's size */
  GQueue reads;         /* of Read, oldest first */
  Unsent *unsent;       /* (owned): reference counted */
  gint64 head_since_us; /* since when the oldest is the oldest */
  guint timer;
  gint64 stopped_us; /* 0 while not stopped */
};

G_DEFINE_FINAL_TYPE (WeftSession, weft_session, G_TYPE_OBJECT)

enum
{
  CLOSED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* A Read that waits for its answer. */
typedef struct
{
  GDBusMethodInvocation *invocation; /* owned until answered */
  guint32 max_bytes;
  gint64 wait_us;
} Read;

/* --- reads ---------------------------------------------------------------- */

static gboolean
read_is_due (WeftSession *self, const Read *read)
{
  gsize pending = weft_tracer_get_pending (self->tracer);
  gint64 now_us = g_get_monotonic_time ();
  WeftTracerAccount account;

  if (pending >= MIN (self->batch_bytes, read->max_bytes))
    return TRUE;
  if (self->stopped_us == 0)
    return now_us - self->head_since_us >= read->wait_us;
  weft_tracer_get_account (self->tracer, &account);
  return pending > 0 || account.produced == account.delivered + account.lost
         || now_us - self->stopped_us >= SETTLE_US;
}

static void
answer_read (WeftSession *self, Read *read)
{
  gsize room = weft_tracer_get_pending (self->tracer) + SLACK_BYTES;
  gsize bytes = MIN (room, read->max_bytes);
  guint8 *buffer = g_malloc (bytes);
  guint64 complete_until_ns = 0;
  gsize used = weft_tracer_drain (self->tracer, buffer, bytes, &complete_until_ns);
  WeftTracerAccount account;

  weft_tracer_get_account (self->tracer, &account);
  g_atomic_int_inc (&self->unsent->number);
  weft_dbus_session1_complete_read (self->skeleton, read->invocation,
                                    g_variant_new_from_data (G_VARIANT_TYPE_BYTESTRING, buffer,
                                                             used, TRUE, g_free, buffer),
                                    complete_until_ns, account.produced, account.delivered,
                                    account.lost);
  g_free (read);
}

static GDBusMessage *
count_sent (GDBusConnection *connection, GDBusMessage *message, gboolean incoming,
            gpointer user_data)
{
  Unsent *unsent = user_data;

  if (!incoming && g_str_equal (g_dbus_message_get_signature (message), READ_ANSWER))
    g_atomic_int_add (&unsent->number, -1);
  return message;
}

static gboolean tick_cb (gpointer user_data);

/* When to look at the ring again for a Read that is not due. */
static guint
next_look_ms (WeftSession *self, const Read *read)
{
  gint64 left_us = self->head_since_us + read->wait_us - g_get_monotonic_time ();

  return (guint)CLAMP ((left_us + 999) / 1000, 1, TICK_MS);
}

static void
serve_reads (WeftSession *self)
{
  const Read *head;

  g_clear_handle_id (&self->timer, g_source_remove);
  while ((head = g_queue_peek_head (&self->reads)) != NULL && read_is_due (self, head))
    {
      answer_read (self, g_queue_pop_head (&self->reads));
      self->head_since_us = g_get_monotonic_time ();
    }
  if (head != NULL)
    self->timer = g_timeout_add (next_look_ms (self, head), tick_cb, self);
}

static gboolean
tick_cb (gpointer user_data)
{
  WeftSession *self = user_data;

  self->timer = 0;
  serve_reads (self);
  return G_SOURCE_REMOVE;
}

static gboolean
refuse (GDBusMethodInvocation *invocation, GDBusError code, const char *message)
{
  g_dbus_method_invocation_return_error_literal (invocation, G_DBUS_ERROR, code, message);
  return TRUE;
}

static gboolean
refuse_not_started (GDBusMethodInvocation *invocation)
{
  return refuse (invocation, G_DBUS_ERROR_FAILED,
                 _ ("The trace has not been started; call Start first"));
}

static gboolean
handle_read_cb (WeftDBusSession1 *skeleton, GDBusMethodInvocation *invocation, guint32 max_bytes,
                guint32 wait_ms, WeftSession *self)
{
  Read *read;

  if (self->tracer == NULL)
    return refuse_not_started (invocation);
  if (max_bytes < LEAST_READ_BYTES || max_bytes > MOST_READ_BYTES || wait_ms > MOST_WAIT_MS)
    return refuse (invocation, G_DBUS_ERROR_INVALID_ARGS,
                   _ ("A read takes 128 bytes to 4 MiB and waits a second at most"));
  if (g_queue_get_length (&self->reads) + (guint)g_atomic_int_get (&self->unsent->number)
      >= MOST_READS)
    return refuse (invocation, G_DBUS_ERROR_LIMITS_EXCEEDED, _ ("Two reads are waiting already"));

  read = g_new0 (Read, 1);
  read->invocation = invocation;
  read->max_bytes = max_bytes;
  read->wait_us = (gint64)wait_ms * 1000;
  if (g_queue_is_empty (&self->reads))
    self->head_since_us = g_get_monotonic_time ();
  g_queue_push_tail (&self->reads, read);
  serve_reads (self);
  return TRUE;
}

/* --- control -------------------------------------------------------------- */

static gboolean
apply_targets (WeftSession *self, const guint32 *tgids, gsize n, gboolean children, gboolean only,
               GError **error)
{
  return weft_tracer_set_targets (self->tracer, tgids, n, children, error)
         && weft_tracer_set_only_targets (self->tracer, only, error);
}

static gboolean
handle_set_targets_cb (WeftDBusSession1 *skeleton, GDBusMethodInvocation *invocation,
                       GVariant *targets, gboolean children, gboolean only, WeftSession *self)
{
  g_autoptr (GError) error = NULL;
  gsize n = 0;
  const guint32 *tgids = g_variant_get_fixed_array (targets, &n, sizeof *tgids);

  if (n > MOST_TARGETS)
    return refuse (invocation, G_DBUS_ERROR_INVALID_ARGS,
                   _ ("At most 4096 processes can be chosen; choose a common parent instead"));
  if (self->tracer != NULL && !apply_targets (self, tgids, n, children, only, &error))
    {
      g_dbus_method_invocation_return_gerror (invocation, error);
      return TRUE;
    }
  if (self->tracer == NULL)
    {
      g_clear_pointer (&self->targets, g_array_unref);
      self->targets = g_array_new (FALSE, FALSE, sizeof *tgids);
      if (n > 0)
        g_array_append_vals (self->targets, tgids, (guint)n);
      self->children = children;
      self->only = only;
    }
  weft_dbus_session1_complete_set_targets (skeleton, invocation);
  return TRUE;
}

static gboolean
handle_set_groups_cb (WeftDBusSession1 *skeleton, GDBusMethodInvocation *invocation,
                      const char *const *groups, WeftSession *self)
{
  if (g_strv_length ((char **)groups) != 1 || !g_str_equal (groups[0], "sched"))
    return refuse (invocation, G_DBUS_ERROR_INVALID_ARGS,
                   _ ("This version of the helper records one group, “sched”"));
  weft_dbus_session1_complete_set_groups (skeleton, invocation);
  return TRUE;
}

/* Loads, sets what was chosen, attaches; nothing is left behind on failure. */
static WeftTracer *
start_tracer (WeftSession *self, GError **error)
{
  WeftTracerOptions options = {
    .scope = self->options.own ? WEFT_SCOPE_OWN : WEFT_SCOPE_MACHINE,
    .uid = self->options.uid,
    .gid = self->options.gid,
    .ring_bytes = self->options.ring_bytes,
    .only_targets = self->only,
  };
  g_autoptr (WeftTracer) tracer = weft_tracer_new (&options, error);

  if (tracer == NULL)
    return NULL;
  if (self->targets != NULL
      && !weft_tracer_set_targets (tracer, (const guint32 *)(void *)self->targets->data,
                                   self->targets->len, self->children, error))
    return NULL;
  return weft_tracer_start (tracer, error) ? g_steal_pointer (&tracer) : NULL;
}

static gboolean
handle_start_cb (WeftDBusSession1 *skeleton, GDBusMethodInvocation *invocation, guint32 version,
                 WeftSession *self)
{
  g_autoptr (GVariant) capabilities = NULL;
  g_autoptr (GError) error = NULL;

  if (version < WEFT_STREAM_VERSION)
    return refuse (invocation, G_DBUS_ERROR_NOT_SUPPORTED,
                   _ ("The app understands only streams older than this helper writes; update it"));
  if (self->tracer != NULL)
    return refuse (invocation, G_DBUS_ERROR_FAILED,
                   _ ("A session can be started once; open another"));
  self->tracer = start_tracer (self, &error);
  if (self->tracer == NULL)
    {
      g_dbus_method_invocation_return_gerror (invocation, error);
      return TRUE;
    }
  g_clear_pointer (&self->targets, g_array_unref);
  capabilities = weft_tracer_get_capabilities (self->tracer);
  weft_dbus_session1_set_capabilities (skeleton, capabilities);
  weft_dbus_session1_complete_start (skeleton, invocation, WEFT_STREAM_VERSION);
  return TRUE;
}

static gboolean
handle_stop_cb (WeftDBusSession1 *skeleton, GDBusMethodInvocation *invocation, WeftSession *self)
{
  if (self->tracer == NULL)
    return refuse_not_started (invocation);
  if (self->stopped_us == 0)
    {
      weft_tracer_stop (self->tracer);
      self->stopped_us = g_get_monotonic_time ();
    }
  weft_dbus_session1_complete_stop (skeleton, invocation);
  serve_reads (self);
  return TRUE;
}

static gboolean
handle_get_recursion_misses_cb (WeftDBusSession1 *skeleton, GDBusMethodInvocation *invocation,
                                WeftSession *self)
{
  WeftTracerAccount account = { 0 };

  if (self->tracer != NULL)
    weft_tracer_get_account (self->tracer, &account);
  weft_dbus_session1_complete_get_recursion_misses (skeleton, invocation, account.recursion_misses);
  return TRUE;
}

/* --- life ----------------------------------------------------------------- */

static void
drop_reads (WeftSession *self)
{
  Read *read;

  while ((read = g_queue_pop_head (&self->reads)) != NULL)
    {
      g_object_unref (read->invocation); /* unanswered: nobody is there any more */
      g_free (read);
    }
  g_clear_handle_id (&self->timer, g_source_remove);
}

static void
let_go (WeftSession *self)
{
  drop_reads (self);
  g_clear_pointer (&self->tracer, weft_tracer_free);
  if (self->skeleton != NULL)
    {
      g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->skeleton));
      g_signal_handlers_disconnect_by_data (self->skeleton, self);
    }
  g_clear_object (&self->skeleton);
}

static void
closed_cb (GDBusConnection *connection, gboolean vanished, GError *error, WeftSession *self)
{
  g_object_ref (self);
  let_go (self);
  g_signal_emit (self, signals[CLOSED], 0);
  g_object_unref (self);
}

static void
set_facts (WeftDBusSession1 *skeleton)
{
  struct utsname machine;
  GVariantBuilder limits;

  g_variant_builder_init (&limits, G_VARIANT_TYPE ("a{su}"));
  g_variant_builder_add (&limits, "{su}", "in-flight", MOST_IN_FLIGHT);
  g_variant_builder_add (&limits, "{su}", "targets", MOST_TARGETS);
  g_variant_builder_add (&limits, "{su}", "read-bytes", MOST_READ_BYTES);
  g_variant_builder_add (&limits, "{su}", "reads", MOST_READS);
  weft_dbus_session1_set_limits (skeleton, g_variant_builder_end (&limits));
  weft_dbus_session1_set_capabilities (skeleton,
                                       g_variant_new_array (G_VARIANT_TYPE ("{s(bs)}"), NULL, 0));
  weft_dbus_session1_set_version (skeleton, WEFT_VERSION);
  if (uname (&machine) == 0)
    weft_dbus_session1_set_kernel (skeleton, machine.release);
}

static gboolean export(WeftSession *self, GError **error)
{
  self->skeleton = weft_dbus_session1_skeleton_new ();
  set_facts (self->skeleton);
  g_object_connect (self->skeleton, "signal::handle-start", handle_start_cb, self,
                    "signal::handle-set-targets", handle_set_targets_cb, self,
                    "signal::handle-set-groups", handle_set_groups_cb, self, "signal::handle-stop",
                    handle_stop_cb, self, "signal::handle-read", handle_read_cb, self,
                    "signal::handle-get-recursion-misses", handle_get_recursion_misses_cb, self,
                    NULL);
  return g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->skeleton),
                                           self->connection, WEFT_SESSION_PATH, error);
}

WeftSession *
weft_session_new (int in_fd, int out_fd, const WeftSessionOptions *options, GError **error)
{
  g_autoptr (WeftSession) self = g_object_new (WEFT_TYPE_SESSION, NULL);
  g_autoptr (GInputStream) input = weft_framed_input_new (in_fd, MOST_MESSAGE_BYTES);
  g_autoptr (GOutputStream) output = g_unix_output_stream_new (out_fd, TRUE);
  g_autoptr (GIOStream) stream = g_simple_io_stream_new (input, output);

  self->options = *options;
  if (options->ring_bytes != 0)
    self->batch_bytes = MIN (BATCH_BYTES, options->ring_bytes / 4);
  /* GDBus's one worker serves all sessions: nothing in it may block. */
  if (!g_unix_set_fd_nonblocking (in_fd, TRUE, error)
      || !g_unix_set_fd_nonblocking (out_fd, TRUE, error))
    return NULL;
  self->connection
      = g_dbus_connection_new_sync (stream, NULL, G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                                    NULL, NULL, error);
  if (self->connection == NULL)
    return NULL;
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  weft_call_limit_install (self->connection, MOST_IN_FLIGHT, WEFT_EXCESS_DISCONNECT);
  g_dbus_connection_add_filter (self->connection, count_sent,
                                g_atomic_rc_box_acquire (self->unsent), g_atomic_rc_box_release);
  if (!export(self, error))
    return NULL;
  g_signal_connect (self->connection, "closed", G_CALLBACK (closed_cb), self);
  g_dbus_connection_start_message_processing (self->connection);
  return g_steal_pointer (&self);
}

const WeftSessionOptions *
weft_session_get_options (WeftSession *self)
{
  return &self->options;
}

gboolean
weft_session_check_ring (gboolean own, guint32 ring_bytes, GError **error)
{
  guint32 most = own ? WEFT_OWN_RING_BYTES : MOST_RING_BYTES;

  if (ring_bytes == 0
      || ((ring_bytes & (ring_bytes - 1)) == 0 && ring_bytes >= LEAST_RING_BYTES
          && ring_bytes <= most))
    return TRUE;
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
               _ ("The ring's size must be a power of two from 256 KiB to %u MiB"), most >> 20);
  return FALSE;
}

static void
weft_session_dispose (GObject *object)
{
  WeftSession *self = WEFT_SESSION (object);

  let_go (self);
  g_clear_pointer (&self->targets, g_array_unref);
  if (self->connection != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->connection, self);
      g_dbus_connection_close (self->connection, NULL, NULL, NULL);
    }
  g_clear_object (&self->connection);
  g_clear_pointer (&self->unsent, g_atomic_rc_box_release);
  G_OBJECT_CLASS (weft_session_parent_class)->dispose (object);
}

static void
weft_session_class_init (WeftSessionClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_session_dispose;

  /* closed: the client is gone, and what was loaded for it. */
  signals[CLOSED] = g_signal_new ("closed", WEFT_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
}

static void
weft_session_init (WeftSession *self)
{
  g_queue_init (&self->reads);
  self->unsent = g_atomic_rc_box_new0 (Unsent);
  self->batch_bytes = BATCH_BYTES;
}
